package apply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// inPart begins the note of every change that was neither left alone nor done
// whole.
const inPart = "in part: "

// inPlace is the note of a change of which nothing had to be written.
const inPlace = "already in place"

// hindrance says why a task must not be tried although its turn has come, or "".
// A step after a failed or skipped step of the same change is hindered by that
// one; a need that was not tried is no hindrance, for then the run is over.
func (t *task) hindrance() string {
	if blocked := t.op.Change.BlockedBy; len(blocked) > 0 {
		return "blocked by " + strings.Join(blocked, ", ")
	}
	for _, n := range t.needs {
		switch {
		case n.task == nil:
			return fmt.Sprintf("needs %s, for which this plan has no such step", n.address)
		case n.task.result == plan.Failed:
			return t.because(n, "failed")
		case n.task.result == plan.Skipped:
			return t.because(n, "was skipped")
		}
	}
	return ""
}

func (t *task) because(n need, what string) string {
	if n.own {
		return fmt.Sprintf("its step %d %s", n.task.op.Step+1, what)
	}
	return fmt.Sprintf("needs %s, which %s", n.address, what)
}

// outOfOrder says what a task waits for that cannot come before it.
func (t *task) outOfOrder() string {
	if why := t.hindrance(); why != "" {
		return why
	}
	for _, n := range t.needs {
		if n.task.result == "" {
			return fmt.Sprintf("needs %s, which the plan does not put before it", n.address)
		}
	}
	return "needs what the plan does not put before it"
}

// report sums up the tasks, one result a change, in the plan's order.
func report(p *plan.Plan, tasks []*task) *plan.Report {
	r := &plan.Report{
		FormatVersion: plan.FormatVersion,
		ToolVersion:   p.ToolVersion,
		Digest:        p.Digest,
		Target:        p.Target,
		Operations:    make([]plan.ReportedChange, 0, len(p.Changes)),
		Requests:      plan.Requests{Endpoints: []plan.EndpointCount{}},
	}
	for i := range p.Changes {
		change := &p.Changes[i]
		steps := tasks[:len(change.Steps)]
		tasks = tasks[len(change.Steps):]
		reported := conclude(change, steps)
		r.Operations = append(r.Operations, reported)
		count(&r.Summary, reported.Result)
	}
	return r
}

// conclude makes one result of the steps of a change: the first step that was
// not done decides, since no later one was tried.
func conclude(change *plan.Change, steps []*task) plan.ReportedChange {
	reported := plan.ReportedChange{Address: change.Address, Action: change.Action, ID: change.ID, Result: plan.Done}
	if len(steps) == 0 {
		reported.Result = plan.Failed
		reported.Error = &plan.Failure{Type: "invalid_plan", Message: "the plan has no step for this change"}
		return reported
	}
	done := 0
	for done < len(steps) && steps[done].result == plan.Done {
		done++
	}
	var remarks []string
	for _, t := range steps[:done] {
		if t.note != inPlace {
			reported.Written++
			remarks = append(remarks, t.note)
		}
		reported.ID = cmp.Or(t.id, reported.ID)
	}
	if done == len(steps) {
		reported.Note = strings.Join(slices.DeleteFunc(remarks, func(note string) bool { return note == "" }), "; ")
		if reported.Written == 0 {
			reported.Note = inPlace
		}
		return reported
	}
	stopped := steps[done]
	reported.Result = stopped.result
	reported.Note = stopped.note
	if stopped.result == plan.Failed {
		reported.Error = failure(stopped.err)
	}
	if done > 0 {
		reported.Note = partly(done, len(steps), stopped.note)
	}
	return reported
}

// partly says which steps of a change were done before it stopped.
func partly(done, steps int, note string) string {
	verb := "was"
	if done > 1 {
		verb = "were"
	}
	text := fmt.Sprintf("%s%d of %d steps %s done", inPart, done, steps, verb)
	if note != "" {
		text += "; the next " + note
	}
	return text
}

// failure is the error as a report tells it.
func failure(err error) *plan.Failure {
	if f, ok := errors.AsType[*plan.Failure](err); ok {
		return f
	}
	return &plan.Failure{Type: "error", Message: err.Error(), Cause: err}
}

func count(s *plan.ReportSummary, result plan.Result) {
	switch result {
	case plan.Done:
		s.Done++
	case plan.Failed:
		s.Failed++
	case plan.Skipped:
		s.Skipped++
	case plan.NotTried:
		s.NotTried++
	}
}
