package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A schedule starts operations and hears of their end. One goroutine, Run's,
// owns all of it; an operation runs in a goroutine of its own and says on the
// channel how it ended.
//
//	phase 0   org A   org B (fails)         all of phase 0 ended ...
//	phase 1   A's member   B's member       ... B's member is skipped, A's runs
//	phase 2   removal that needs both       skipped, naming B's member
type schedule struct {
	tasks       []*task // in the plan's order
	actor       Actor
	progress    func(Event)
	parallelism int

	ready   []*task // nothing is in their way; in the plan's order
	running int
	ended   chan ending
}

// A task is one operation and what is known of it so far.
type task struct {
	op     plan.Operation
	needs  []need
	needed []*task // whose need this task is
	open   int     // needs that have not ended

	id     string      // of the object, where it was learned
	result plan.Result // empty until it has ended
	note   string      // why it was skipped
	err    error       // why it failed
}

// A need is a task that must be done first. The task is nil when the plan has
// no such step; own marks the step before it of the same change.
type need struct {
	address plan.Address
	task    *task
	own     bool
}

// An ending says how the goroutine of a task ended.
type ending struct {
	task *task
	id   string
	err  error
}

func newSchedule(p *plan.Plan, a Actor, o Options) *schedule {
	s := &schedule{actor: a, progress: o.Progress, parallelism: o.Parallelism, ended: make(chan ending)}
	index := map[plan.Need]*task{}
	for _, op := range p.Operations() {
		t := &task{op: op}
		s.tasks = append(s.tasks, t)
		index[plan.Need{Address: op.Change.Address, Step: op.Step}] = t
	}
	for _, t := range s.tasks {
		if t.op.Step > 0 {
			address := t.op.Change.Address
			t.need(address, index[plan.Need{Address: address, Step: t.op.Step - 1}], true)
		}
		for _, n := range t.op.Needs() {
			t.need(n.Address, index[n], false)
		}
	}
	return s
}

func (t *task) need(address plan.Address, on *task, own bool) {
	t.needs = append(t.needs, need{address: address, task: on, own: own})
	if on != nil {
		on.needed = append(on.needed, t)
		t.open++
	}
}

// run carries out one phase after the other.
func (s *schedule) run(ctx context.Context) {
	phases := map[int][]*task{}
	var order []int
	for _, t := range s.tasks {
		phase := t.op.Phase()
		if phases[phase] == nil {
			order = append(order, phase)
		}
		phases[phase] = append(phases[phase], t)
	}
	slices.Sort(order)
	for _, phase := range order {
		s.phase(ctx, phase, phases[phase])
	}
}

// phase carries out the tasks of one phase and returns when all have ended.
func (s *schedule) phase(ctx context.Context, phase int, tasks []*task) {
	for _, t := range tasks {
		if t.open == 0 && t.result == "" {
			s.ready = append(s.ready, t)
		}
	}
	for {
		for len(s.ready) > 0 && s.running < s.parallelism {
			t := s.ready[0]
			s.ready = s.ready[1:]
			s.begin(ctx, t, phase)
		}
		if s.running == 0 {
			break
		}
		e := <-s.ended
		s.running--
		result := plan.Done
		note := ""
		switch {
		case errors.Is(e.err, plan.ErrInPlace):
			note, e.err = inPlace, nil
		case remark(e.err) != "":
			note, e.err = remark(e.err), nil
		case e.err != nil:
			result = plan.Failed
		}
		e.task.id = e.id
		s.end(e.task, phase, result, note, e.err)
	}
	// What is left waits for itself or for a later phase. Only a broken plan has
	// this, and its answer is to leave the object alone.
	for _, t := range tasks {
		if t.result == "" {
			s.end(t, phase, plan.Skipped, t.outOfOrder(), nil)
		}
	}
	s.ready = nil
}

// begin starts a task whose needs have all ended, or says why it does not.
func (s *schedule) begin(ctx context.Context, t *task, phase int) {
	if why := t.hindrance(); why != "" {
		s.end(t, phase, plan.Skipped, why, nil)
		return
	}
	if ctx.Err() != nil {
		s.end(t, phase, plan.NotTried, "", nil)
		return
	}
	s.tell(t)
	s.running++
	go func() {
		e := ending{task: t, err: fmt.Errorf("carrying out %s ended without an answer", t.op.Change.Address)}
		defer func() { s.ended <- e }() // also when the actor ends its goroutine
		e.id, e.err = do(context.WithoutCancel(ctx), s.actor, t.op)
	}()
}

// remark is what an operation that was done says besides, or "".
func remark(err error) string {
	if r, ok := errors.AsType[*plan.Remark](err); ok {
		return r.Text
	}
	return ""
}

// panicked is the type of the failure of an operation on which this program
// stopped.
const panicked = "panic"

// do calls the actor; a panic in it is the failure of one change, not the end of
// a run whose report would then be lost.
func do(ctx context.Context, a Actor, op plan.Operation) (id string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &plan.Failure{
				Type:    panicked,
				Message: fmt.Sprintf("carrying out %s stopped on a mistake of this program: %v", op.Change.Address, v),
				Cause:   fmt.Errorf("panic: %v\n%s", v, debug.Stack()),
			}
		}
	}()
	id, err = a.Do(ctx, op)
	var f *plan.Failure
	if errors.As(err, &f) && f == nil { // a nil pointer in an error is not nil
		return id, fmt.Errorf("carrying out %s failed without saying why", op.Change.Address)
	}
	return id, err
}

// end notes how a task ended and readies what waited for it alone.
func (s *schedule) end(t *task, phase int, result plan.Result, note string, err error) {
	t.result, t.note, t.err = result, note, err
	s.tell(t)
	for _, next := range t.needed {
		next.open--
		if next.open == 0 && next.result == "" && next.op.Phase() == phase {
			s.ready = append(s.ready, next)
		}
	}
}

func (s *schedule) tell(t *task) {
	c := t.op.Change
	s.progress(Event{
		Address: c.Address, Action: c.Action,
		Step: t.op.Step + 1, Steps: len(c.Steps),
		Result: t.result, Err: t.err,
	})
}
