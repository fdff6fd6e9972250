package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// A FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults. "Commit" is the moment when a write is on disk; for a read it is the moment when the answer is
// known. Clients of Go's net/http send a GET once more by themselves when a connection that they used before is cut.
const (
	FaultLatency          FaultKind = "latency"
	FaultLateCommit       FaultKind = "late-commit"
	FaultLateAnswer       FaultKind = "late-answer"
	FaultError            FaultKind = "error"
	FaultErrorAfterCommit FaultKind = "error-after-commit"
	FaultCutBeforeCommit  FaultKind = "cut-before-commit"
	FaultCutAfterCommit   FaultKind = "cut-after-commit"
	FaultCutAnswer        FaultKind = "cut-answer"
	FaultTruncatedAnswer  FaultKind = "truncated-answer"
	FaultEmptyAnswer      FaultKind = "empty-answer"
	FaultSlowBody         FaultKind = "slow-body"
	FaultCutPage          FaultKind = "cut-page"
	FaultRepeatedRow      FaultKind = "repeated-row"
	FaultWrongTotal       FaultKind = "wrong-total"
	FaultRepeatedCursor   FaultKind = "repeated-cursor"
	FaultCursorLoop       FaultKind = "cursor-loop"
	FaultStaleRead        FaultKind = "stale-read"
)

// faultForms are all kinds, in the order of their help.
var faultForms = []faultForm{
	{
		kind: FaultLatency, required: []string{"delay"},
		doc:    "wait before handling the request; it stays undone if the client gives up meanwhile",
		effect: func(x *exchange) { x.handle(x.w) },
	},
	{
		kind: FaultLateCommit, required: []string{"delay"},
		doc:    "the same, but the request is handled even though its client has given up",
		effect: func(x *exchange) { time.Sleep(x.fault.Delay); x.handle(x.w) },
	},
	{
		kind: FaultLateAnswer, required: []string{"delay"},
		doc:    "handle the request at once and hold the answer back",
		effect: func(x *exchange) { answered := x.capture(); x.wait(x.fault.Delay); answered.send(x.w) },
	},
	{
		kind: FaultError, optional: []string{"status", "body", "retry-after"},
		doc:    "refuse with this status and do nothing",
		effect: func(x *exchange) { x.refuse(); x.log(x.fault.status()) },
	},
	{
		kind: FaultErrorAfterCommit, optional: []string{"status", "body", "retry-after"},
		doc:    "do what was asked and answer with this status all the same",
		effect: func(x *exchange) { x.capture(); x.refuse() },
	},
	{
		kind: FaultCutBeforeCommit, doc: "cut the connection and do nothing",
		effect: func(x *exchange) { x.log(0); cut() },
	},
	{
		kind: FaultCutAfterCommit, doc: "do what was asked and cut the connection before a byte of the answer",
		effect: func(x *exchange) { x.capture(); cut() },
	},
	{
		kind: FaultCutAnswer, doc: "cut the connection in the middle of the answer",
		effect: func(x *exchange) { x.capture().sendHalf(x.w); cut() },
	},
	{
		kind: FaultTruncatedAnswer, doc: "send half the JSON as if it were the whole answer",
		effect: func(x *exchange) {
			answered := x.capture()
			answered.body = answered.body[:len(answered.body)/2]
			answered.send(x.w)
		},
	},
	{
		kind: FaultEmptyAnswer, doc: "answer 200 without a body, as a proxy may",
		effect: func(x *exchange) {
			answered := x.capture()
			answered.status, answered.body = http.StatusOK, nil
			answered.send(x.w)
		},
	},
	{
		kind: FaultSlowBody, required: []string{"delay"}, doc: "send the headers at once and the body bit by bit over the delay",
		effect: func(x *exchange) { x.trickle(x.capture()) },
	},
	{
		kind: FaultCutPage, applies: isRead,
		doc:    "answer half of a list, without next_cursor, as if that were all",
		effect: func(x *exchange) { x.capture().edit(halveLists).send(x.w) },
	},
	{
		kind: FaultRepeatedRow, applies: isRead,
		doc:    "answer a list with its first row once more at the end",
		effect: func(x *exchange) { x.capture().edit(repeatFirstRow).send(x.w) },
	},
	{
		kind: FaultWrongTotal, applies: isSearch,
		doc:    "answer a search with a total of one more than there are",
		effect: func(x *exchange) { x.capture().edit(countOneMore).send(x.w) },
	},
	{
		kind: FaultRepeatedCursor, applies: arrival.hasCursor,
		doc:    "answer a page, except the first, with the cursor that asked for it",
		effect: func(x *exchange) { x.capture().edit(cursorBecomes(cursorOf(x.text))).send(x.w) },
	},
	{
		kind: FaultCursorLoop, applies: arrival.hasCursor,
		doc:    "answer a page, except the first, with the second page's cursor: the pages go round",
		effect: func(x *exchange) { x.capture().edit(cursorBecomes(x.secondPage())).send(x.w) },
	},
	{
		kind: FaultStaleRead, required: []string{"lag", "reads"}, applies: isRead,
		doc:    "show what was in place lag ago; or, for so many reads after a write, before it",
		effect: func(x *exchange) { x.handle(x.w) },
	},
}

// status is the status of an error.
func (f Fault) status() int {
	if f.Status == 0 {
		return http.StatusInternalServerError
	}
	return f.Status
}

func isRead(a arrival) bool { return a.route != nil && a.route.access == read }

func isSearch(a arrival) bool { return isRead(a) && strings.HasSuffix(a.route.pattern, "/search") }

// cut ends a request without another byte: net/http closes the connection.
func cut() { panic(http.ErrAbortHandler) }
