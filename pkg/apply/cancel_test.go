package apply

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// slow is an operation of one second that gives up when its context ends.
func slow(ctx context.Context, _ plan.Operation) error {
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestInterruption(t *testing.T) {
	row := func() *plan.Plan {
		return planOf(change("a", step(0)), change("b", step(0)), change("c", step(0)), change("d", step(1, "a")), change("e", step(0), step(1)))
	}
	for _, test := range []struct {
		name  string
		after time.Duration
		want  []string
		code  int
	}{
		{
			"before the start tries nothing", 0,
			[]string{"a not_tried", "b not_tried", "c not_tried", "d not_tried", "e not_tried"},
			ExitError,
		},
		{
			"lets what is under way end and reports it truly", 500 * time.Millisecond,
			[]string{"a done", "b done", "c not_tried", "d not_tried", "e not_tried"},
			ExitPartly,
		},
		{
			"between two steps of a change says which were done", 1500 * time.Millisecond,
			[]string{"a done", "b done", "c done", "d not_tried", "e not_tried: in part: 1 of 2 steps was done"},
			ExitPartly,
		},
		{"after the end changes nothing", time.Minute, []string{"a done", "b done", "c done", "d done", "e done"}, ExitDone},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.after)
				defer cancel()
				p := row()
				r, err := Run(ctx, p, &world{hook: slow}, Options{Parallelism: 2})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, told(r)); diff != "" {
					t.Errorf("report (-want +got):\n%s", diff)
				}
				if got := ExitCode(p, r); got != test.code {
					t.Errorf("ExitCode = %d, want %d", got, test.code)
				}
			})
		})
	}
}

func TestParallelismBoundsTheTimeOfARun(t *testing.T) {
	for _, test := range []struct {
		name        string
		parallelism int
		want        time.Duration
	}{
		{"one at a time takes a second each", 1, 20 * time.Second},
		{"four at a time take a quarter", 4, 5 * time.Second},
		{"zero means the default of eight", 0, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var changes []plan.Change
				for i := range 20 {
					changes = append(changes, change(string(rune('a'+i)), step(0)))
				}
				start := time.Now()
				if _, err := Run(t.Context(), planOf(changes...), &world{hook: slow}, Options{Parallelism: test.parallelism}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != test.want {
					t.Errorf("took %v, want %v", took, test.want)
				}
			})
		})
	}
}

func TestStaleBeforeAnInterruptionIsNotTheWholeStory(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &world{hook: func(context.Context, plan.Operation) error {
		cancel()
		return errStale
	}}
	p := planOf(change("a", step(0)), change("b", step(0)))
	r, err := Run(ctx, p, w, Options{Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := ExitCode(p, r); got != ExitError {
		t.Errorf("ExitCode = %d, want %d: one was stale, the other was never tried", got, ExitError)
	}
}
