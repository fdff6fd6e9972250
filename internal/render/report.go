package render

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// ReportText writes how an apply ended: a line for each change that is not done,
// saying why, then how many of each, what it asked of Stytch, and the digest.
// The error is the writer's.
func ReportText(w io.Writer, r *plan.Report, o Options) error {
	pg := newPage(w, o)
	pg.header("Apply to", placeOf(r.Target))
	for i, u := range unfinished(r) {
		if i == 0 {
			pg.blank()
		}
		pg.line(1, pg.outcome(u))
	}
	pg.blank()
	if done := done(r); done != "" {
		pg.line(0, done)
	}
	pg.line(0, pg.paint(bold, total(r)))
	for _, line := range usage(r.Requests) {
		pg.line(0, line)
	}
	pg.digest(Safe(r.Digest))
	return pg.end()
}

// total is the line that everybody reads.
func total(r *plan.Report) string {
	s := r.Summary
	return fmt.Sprintf("Apply: %d done, %d failed, %d skipped, %d not tried.", s.Done, s.Failed, s.Skipped, s.NotTried)
}

// usage says what was asked of Stytch, and what keeping to the rate cost, if it
// cost anything.
func usage(q plan.Requests) []string {
	var lines []string
	if q.Sent > 0 {
		lines = append(lines, fmt.Sprintf("Requests: %d sent, %d retried, %d rate-limited.", q.Sent, q.Retried, q.RateLimited))
	}
	if q.WaitedSeconds == 0 && len(q.LearnedLimits) == 0 {
		return lines
	}
	text := fmt.Sprintf("Rate: %d%% of the project's limits at most; waited %.0fs.", q.Share, math.Ceil(q.WaitedSeconds))
	var learned []string
	for _, l := range q.LearnedLimits {
		learned = append(learned, fmt.Sprintf("%s %.1f a %s", Safe(l.Class), l.Requests, Safe(l.Per)))
	}
	if len(learned) > 0 {
		text += " Limits learned: " + strings.Join(learned, ", ") + "."
	}
	return append(lines, text)
}

// An outcome is one change that is not done, and why, as it is shown.
type outcome struct {
	result  plan.Result
	action  plan.Action
	address string
	reason  string
}

// unfinished lists what is not done: failures first, for they are the cause.
func unfinished(r *plan.Report) []outcome {
	var list []outcome
	for _, result := range []plan.Result{plan.Failed, plan.Skipped, plan.NotTried} {
		for _, c := range r.Operations {
			if c.Result != result {
				continue
			}
			var reasons []string
			if c.Error != nil {
				reasons = append(reasons, failure(c.Error))
			}
			if c.Note != "" {
				reasons = append(reasons, Safe(c.Note))
			}
			list = append(list, outcome{c.Result, c.Action, word(string(c.Address)), strings.Join(reasons, "; ")})
		}
	}
	return list
}

// word is the result in plain words.
func (o outcome) word() string { return strings.ReplaceAll(string(o.result), "_", " ") }

// outcome is the line of one change that is not done.
func (pg *page) outcome(o outcome) string {
	color := yellow
	if o.result == plan.Failed {
		color = loud
	}
	text := fmt.Sprintf("%s %s %s", pg.paint(color, fmt.Sprintf("%-9s", o.word())), pg.sign(o.action), o.address)
	if o.reason != "" {
		text += ": " + o.reason
	}
	return text
}

// failure is Stytch's message and what its support asks for, as far as the
// message does not hold it already.
func failure(f *plan.Failure) string {
	var details []string
	add := func(detail, text string) {
		if detail != "" && !strings.Contains(f.Message, detail) {
			details = append(details, text)
		}
	}
	add(f.Type, Safe(f.Type))
	if f.Status != 0 {
		status := strconv.Itoa(f.Status)
		add(status+" ", "status "+status)
	}
	add(f.RequestID, Safe(f.RequestID))
	text := Safe(f.Message)
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

var past = map[plan.Action]string{
	plan.Create: "created", plan.Update: "updated", plan.Delete: "deleted", plan.Restore: "restored",
}

// done counts what was done, by action.
func done(r *plan.Report) string {
	counts := map[plan.Action]int{}
	total, inPlace := 0, 0
	for _, c := range r.Operations {
		switch {
		case c.Result == plan.Done && c.Written == 0:
			total++
			inPlace++
		case c.Result == plan.Done:
			total++
			counts[c.Action]++
		}
	}
	if total == 0 {
		return ""
	}
	var parts []string
	for _, action := range actions {
		if counts[action] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[action], past[action]))
		}
	}
	if inPlace > 0 {
		parts = append(parts, fmt.Sprintf("%d already in place, not written", inPlace))
	}
	return fmt.Sprintf("done: %d (%s)", total, strings.Join(parts, ", "))
}
