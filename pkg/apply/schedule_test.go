package apply

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// anyPlan draws a plan of up to twenty changes, their steps in phases that rise,
// whose needs point to steps that come before them or, rarely, anywhere.
func anyPlan(t *rapid.T) *plan.Plan {
	var changes []plan.Change
	for i := range rapid.IntRange(0, 20).Draw(t, "changes") {
		c := change(fmt.Sprintf("c%d", i))
		phase := 0
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			phase += rapid.IntRange(0, 2).Draw(t, "rise")
			c.Steps = append(c.Steps, plan.Step{Phase: phase})
		}
		changes = append(changes, c)
	}
	p := planOf(changes...)
	operations := p.Operations()
	for i := range operations {
		s := &operations[i].Change.Steps[operations[i].Step]
		for range rapid.IntRange(0, 2).Draw(t, "needs") {
			on := operations[rapid.IntRange(0, len(operations)-1).Draw(t, "need")]
			if on.Phase() >= s.Phase && rapid.IntRange(0, 9).Draw(t, "odd") > 0 {
				continue
			}
			s.Needs = append(s.Needs, plan.Need{Address: on.Change.Address, Step: on.Step})
		}
	}
	return p
}

// The laws of an apply, over random plans and random failures, with the fates of
// the steps worked out again here in the plainest way.
func TestLawsOfAnApply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		w := &world{fails: map[plan.Need]error{}}
		for _, op := range p.Operations() {
			if rapid.IntRange(0, 5).Draw(t, "fails") == 0 {
				w.fails[plan.Need{Address: op.Change.Address, Step: op.Step}] = errOther
			}
		}
		bound := rapid.IntRange(1, 4).Draw(t, "parallelism")
		stopAfter := rapid.IntRange(-1, 30).Draw(t, "stop after")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ends := 0
		r, err := Run(ctx, p, w, Options{Parallelism: bound, Progress: func(e Event) {
			if e.Result != "" && e.Result != plan.NotTried {
				ends++
			}
			if ends == stopAfter {
				cancel()
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		lawCountsAddUp(t, p, r)
		lawOrder(t, p, w)
		if w.most > bound {
			t.Fatalf("%d operations at once, want at most %d", w.most, bound)
		}
		if ctx.Err() == nil {
			lawFates(t, p, w, r)
		}
	})
}

func lawCountsAddUp(t *rapid.T, p *plan.Plan, r *plan.Report) {
	s := r.Summary
	if len(r.Operations) != len(p.Changes) || s.Done+s.Failed+s.Skipped+s.NotTried != len(p.Changes) {
		t.Fatalf("%+v over %d operations does not add up to %d changes", s, len(r.Operations), len(p.Changes))
	}
	counted := plan.ReportSummary{}
	for i, c := range r.Operations {
		if c.Address != p.Changes[i].Address {
			t.Fatalf("operation %d is of %s, want %s: the plan's order", i, c.Address, p.Changes[i].Address)
		}
		if (c.Error != nil) != (c.Result == plan.Failed) {
			t.Fatalf("%s is %s with error %v", c.Address, c.Result, c.Error)
		}
		count(&counted, c.Result)
	}
	if counted != s {
		t.Fatalf("summary %+v, counted %+v", s, counted)
	}
}

// lawOrder: nothing starts twice, before a lower phase has ended, before the
// step before it, or before all it needs has succeeded.
func lawOrder(t *rapid.T, p *plan.Plan, w *world) {
	needs := map[plan.Need][]plan.Need{}
	for _, op := range p.Operations() {
		at := plan.Need{Address: op.Change.Address, Step: op.Step}
		needs[at] = op.Needs()
		if op.Step > 0 {
			needs[at] = append([]plan.Need{{Address: at.Address, Step: at.Step - 1}}, needs[at]...)
		}
	}
	open := map[int]int{}
	begun, succeeded := map[plan.Need]bool{}, map[plan.Need]bool{}
	highest := 0
	for _, e := range w.events {
		if !e.start {
			open[e.phase]--
			succeeded[e.need] = w.fails[e.need] == nil
			continue
		}
		if begun[e.need] {
			t.Fatalf("%s was begun twice", name(e.need))
		}
		begun[e.need] = true
		if e.phase < highest {
			t.Fatalf("%s of phase %d was begun after phase %d", name(e.need), e.phase, highest)
		}
		highest = e.phase
		for phase, n := range open {
			if phase < e.phase && n > 0 {
				t.Fatalf("%s of phase %d was begun while phase %d was under way", name(e.need), e.phase, phase)
			}
		}
		open[e.phase]++
		for _, n := range needs[e.need] {
			if !succeeded[n] {
				t.Fatalf("%s was begun although %s had not succeeded", name(e.need), name(n))
			}
		}
	}
}

// lawFates: a step is tried exactly when all it needs can succeed before it, so
// whatever a failure does not touch is done.
func lawFates(t *rapid.T, p *plan.Plan, w *world, r *plan.Report) {
	steps := map[plan.Need]plan.Operation{}
	for _, op := range p.Operations() {
		steps[plan.Need{Address: op.Change.Address, Step: op.Step}] = op
	}
	var succeeds func(at plan.Need, below map[plan.Need]bool) bool
	succeeds = func(at plan.Need, below map[plan.Need]bool) bool {
		op, ok := steps[at]
		if !ok || below[at] || w.fails[at] != nil {
			return false
		}
		below[at] = true
		defer delete(below, at)
		needs := op.Needs()
		if op.Step > 0 {
			needs = append([]plan.Need{{Address: at.Address, Step: at.Step - 1}}, needs...)
		}
		for _, n := range needs {
			if steps[n].Change == nil || steps[n].Phase() > op.Phase() || !succeeds(n, below) {
				return false
			}
		}
		return true
	}
	for i, c := range p.Changes {
		want := true
		for s := range c.Steps {
			want = want && succeeds(plan.Need{Address: c.Address, Step: s}, map[plan.Need]bool{})
		}
		if got := r.Operations[i].Result == plan.Done; got != want {
			t.Fatalf("%s is %s, want done: %t", c.Address, r.Operations[i].Result, want)
		}
	}
}
