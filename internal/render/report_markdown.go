package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// ReportMarkdown writes how an apply ended, as Markdown does a plan: how many of
// each first, then what is not done, failures first. What does not fit into the
// budget is cut from the end and counted. The error is the writer's, or says that
// not even the headline fits.
func ReportMarkdown(w io.Writer, r *plan.Report, o MarkdownOptions) error {
	var b strings.Builder
	b.WriteString(marker("apply", placeOf(r.Target)))
	heading(&b, "Apply to", placeOf(r.Target))
	b.WriteString("**" + total(r) + "**\n\n")
	head, foot, most := b.String(), reportFoot(r), o.maxBytes()
	all := unfinished(r)
	whole, brief := make([]string, len(all)), make([]string, len(all))
	for i, u := range all {
		whole[i], brief[i] = u.item(u.address, u.reason), u.item(shorten(u.address, briefColumns), shorten(u.reason, briefColumns))
	}
	if body := list(whole); len(head)+len(body)+len(foot) <= most {
		_, err := io.WriteString(w, head+body+foot)
		return err
	}
	// The notice is never longer than when it counts all.
	room := most - len(head) - len(foot) - len(o.notListed(all)) - len("\n")
	if room < 0 {
		return &BudgetError{MaxBytes: most, Least: most - room}
	}
	shown := 0
	for shown < len(brief) && room >= len(brief[shown]) {
		room -= len(brief[shown])
		shown++
	}
	_, err := io.WriteString(w, head+list(brief[:shown])+o.notListed(all[shown:])+foot)
	return err
}

// reportFoot is how much of what was done, what it took, and the digest.
func reportFoot(r *plan.Report) string {
	var foot string
	if done := done(r); done != "" {
		foot = prose(done) + "\n\n"
	}
	for _, line := range usage(r.Requests) {
		foot += prose(line) + "\n\n"
	}
	if r.Digest != "" {
		foot += "Digest: " + code(Safe(r.Digest)) + "\n"
	}
	return foot
}

// item is one change that is not done, as an item of a list.
func (o outcome) item(address, reason string) string {
	text := "- **" + o.word() + "** " + code(signOf(o.action).text+" "+address)
	if reason != "" {
		text += ": " + prose(reason)
	}
	return text + "\n"
}

// list is items with the blank line that ends a list.
func list(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return strings.Join(items, "") + "\n"
}

// notListed says what of a report is not shown, and where all of it is.
func (o MarkdownOptions) notListed(left []outcome) string {
	counts := map[plan.Result]int{}
	for _, u := range left {
		counts[u.result]++
	}
	var parts []string
	for _, result := range []plan.Result{plan.Failed, plan.Skipped, plan.NotTried} {
		if n := counts[result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome{result: result}.word()))
		}
	}
	text := "Cut to fit"
	if len(parts) > 0 {
		text += ", not listed: " + strings.Join(parts, ", ")
	}
	return text + ". " + o.elsewhere("report.json", "apply --report report.json") + "\n\n"
}
