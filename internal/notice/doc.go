// Package notice is what drift tells to those who do not watch: a message to a
// chat, the body of an issue, and metrics.
//
// Read first: State in state.go, which knows what was told before and so what is
// new; then message.go, issue.go and metrics.go, which are text made of a
// Finding, and send.go, which is the only way out.
//
// All that comes from Stytch is hostile, and the chat is read by many: live text
// stands between backticks, escaped, cut to a length, and with its email
// addresses shortened.
package notice
