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
	pg.header("Apply to", r.Target)
	pg.unfinished(r)
	pg.blank()
	pg.done(r)
	s := r.Summary
	total := fmt.Sprintf("Apply: %d done, %d failed, %d skipped, %d not tried.", s.Done, s.Failed, s.Skipped, s.NotTried)
	pg.line(0, pg.paint(bold, total))
	if q := r.Requests; q.Sent > 0 {
		pg.line(0, fmt.Sprintf("Requests: %d sent, %d retried, %d rate-limited.", q.Sent, q.Retried, q.RateLimited))
	}
	pg.rate(r.Requests)
	pg.digest(r.Digest)
	return pg.end()
}

// rate says what keeping to the rate cost, if it cost anything.
func (pg *page) rate(q plan.Requests) {
	if q.WaitedSeconds == 0 && len(q.LearnedLimits) == 0 {
		return
	}
	text := fmt.Sprintf("Rate: %d%% of the project's limits at most; waited %.0fs.", q.Share, math.Ceil(q.WaitedSeconds))
	var learned []string
	for _, l := range q.LearnedLimits {
		learned = append(learned, fmt.Sprintf("%s %.1f a %s", Safe(l.Class), l.Requests, Safe(l.Per)))
	}
	if len(learned) > 0 {
		text += " Limits learned: " + strings.Join(learned, ", ") + "."
	}
	pg.line(0, text)
}

// unfinished lists what is not done: failures first, for they are the cause.
func (pg *page) unfinished(r *plan.Report) {
	first := true
	for _, result := range []plan.Result{plan.Failed, plan.Skipped, plan.NotTried} {
		for _, c := range r.Operations {
			if c.Result != result {
				continue
			}
			if first {
				pg.blank()
				first = false
			}
			pg.line(1, pg.outcome(c))
		}
	}
}

// outcome is the line of one change that is not done.
func (pg *page) outcome(c plan.ReportedChange) string {
	result, color := strings.ReplaceAll(string(c.Result), "_", " "), yellow
	if c.Result == plan.Failed {
		color = loud
	}
	text := fmt.Sprintf("%s %s %s", pg.paint(color, fmt.Sprintf("%-9s", Safe(result))), pg.sign(c.Action), word(string(c.Address)))
	var reasons []string
	if c.Error != nil {
		reasons = append(reasons, failure(c.Error))
	}
	if c.Note != "" {
		reasons = append(reasons, Safe(c.Note))
	}
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, "; ")
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
func (pg *page) done(r *plan.Report) {
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
		return
	}
	var parts []string
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete, plan.Restore} {
		if counts[action] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[action], past[action]))
		}
	}
	if inPlace > 0 {
		parts = append(parts, fmt.Sprintf("%d already in place, not written", inPlace))
	}
	pg.line(0, fmt.Sprintf("done: %d (%s)", total, strings.Join(parts, ", ")))
}
