// Package apply carries out a plan through a small Actor interface: in order,
// with bounded concurrency, and with a report whose counts add up to the plan.
// It has no clock and no network of its own.
//
// Read first: Run in this file, then schedule.go, which decides what may start
// when, and result.go, which turns what the steps did into one result a change.
// journal.go is what is written down before anything is done, and
// journal_recover.go what becomes of it after a run that was cut off.
package apply

import (
	"context"
	"errors"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// ErrBlocked is Run's answer to a plan that a limit, a protection or a guard
// forbids. Nothing was tried.
var ErrBlocked = errors.New("the plan is blocked, so nothing was applied")

// DefaultParallelism is how many operations are under way at once when Options
// do not say.
const DefaultParallelism = 8

// An Actor carries out one operation and gives Stytch's id of the object, or ""
// where it did not learn it. Its error is plan.ErrInPlace when nothing had to be
// written, a *plan.Remark when it was done and there is something to know, and a
// *plan.Failure where Stytch answered. It is called from several
// goroutines at once.
//
// The context is not cancelled when Run's is: a write that has begun is better
// finished and reported than cut off with its outcome unknown.
type Actor interface {
	Do(ctx context.Context, op plan.Operation) (id string, err error)
}

// Options say how to carry out a plan. The zero value is the default.
type Options struct {
	// Parallelism is the most operations under way at once; below one it is
	// DefaultParallelism.
	Parallelism int

	// Progress is told when an operation starts and how it ended; nil is silent.
	// It is called from one goroutine, the one that called Run, and what it
	// does delays the run.
	Progress func(Event)
	// Journal is told of every operation before anything of it is sent; nil is
	// no journal. An operation that it cannot take is failed, and nothing else is
	// begun. Closing it is the caller's.
	Journal *Journal
}

// An Event is the start or the end of one operation.
type Event struct {
	Address plan.Address
	Action  plan.Action
	Step    int         // which step of the change this is, from 1
	Steps   int         // how many steps the change has
	Result  plan.Result // empty when the operation starts
	Err     error       // why it failed
}

// Run carries out the plan and reports how each of its changes ended, in the
// plan's order. It returns when everything it started has ended.
//
// Independent work continues after a failure; what needs what failed is
// skipped. When ctx ends, nothing more is started and what is under way is
// finished. The error is ErrBlocked, without a report, or nil: failures of
// changes stand in the report. The report's Requests are the caller's to fill.
func Run(ctx context.Context, p *plan.Plan, a Actor, o Options) (*plan.Report, error) {
	if len(p.Blocked) > 0 {
		return nil, ErrBlocked
	}
	if o.Parallelism < 1 {
		o.Parallelism = DefaultParallelism
	}
	if o.Progress == nil {
		o.Progress = func(Event) {}
	}
	if o.Journal != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		a = journaled{actor: a, journal: o.Journal, stop: stop}
	}
	s := newSchedule(p, a, o)
	s.run(ctx)
	return report(p, s.tasks), nil
}
