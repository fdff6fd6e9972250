package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// twoStep is a document that adds in phase 0 and removes in phase 2, when the
// member m of phase 1 has let go.
func twoStep() []plan.Change {
	return []plan.Change{
		change("rbac_policy", step(0), step(2, "m")),
		change("m", step(1, "rbac_policy")),
		change("other", step(1)),
	}
}

// told writes a report as lines to compare: address, result, note or error.
func told(r *plan.Report) []string {
	var lines []string
	for _, c := range r.Operations {
		line := fmt.Sprintf("%s %s", c.Address, c.Result)
		if c.Error != nil {
			line += " (" + c.Error.Message + ")"
		}
		if c.Note != "" {
			line += ": " + c.Note
		}
		lines = append(lines, line)
	}
	return lines
}

func TestReport(t *testing.T) {
	for _, test := range []struct {
		name string
		plan *plan.Plan
		in   *world
		want []string
	}{
		{"an empty plan does nothing", planOf(), failing(), nil},
		{"what nothing hinders is done", planOf(twoStep()...), failing(), []string{"rbac_policy done", "m done", "other done"}},
		{
			"independent work continues and dependants are skipped, naming what they need",
			planOf(change("a", step(0)), change("b", step(0)), change("a/m", step(1, "a")), change("b/m", step(1, "b")), change("a/m/x", step(2, "a/m"))),
			failing("a"),
			[]string{
				"a failed (Email format is invalid.)",
				"b done",
				"a/m skipped: needs a, which failed",
				"b/m done",
				"a/m/x skipped: needs a/m, which was skipped",
			},
		},
		{
			"a removal that leans on a failed addition is skipped and says what was done before",
			planOf(twoStep()...), failing("m"),
			[]string{
				"rbac_policy skipped: in part: 1 of 2 steps was done; the next needs m, which failed",
				"m failed (Email format is invalid.)",
				"other done",
			},
		},
		{
			"a change whose first step failed is failed and its second step is not tried",
			planOf(twoStep()...), failing("rbac_policy"),
			[]string{"rbac_policy failed (Email format is invalid.)", "m skipped: needs rbac_policy, which failed", "other done"},
		},
		{
			"a change whose later step failed says which were done",
			planOf(change("d", step(0), step(1), step(2))),
			&world{fails: map[plan.Need]error{{Address: "d", Step: 2}: errOther}},
			[]string{"d failed (no route to host): in part: 2 of 3 steps were done"},
		},
		{
			"a need within one phase is waited for",
			planOf(change("late", step(0, "early")), change("early", step(0))), failing(),
			[]string{"late done", "early done"},
		},
		{
			"a failed need within one phase skips what needs it",
			planOf(change("late", step(0, "early")), change("early", step(0))), failing("early"),
			[]string{"late skipped: needs early, which failed", "early failed (Email format is invalid.)"},
		},
		{
			"a need that the plan does not have cannot have succeeded",
			planOf(change("a", step(0, "gone"))), failing(),
			[]string{"a skipped: needs gone, for which this plan has no such step"},
		},
		{
			"needs in a circle are skipped and do not hang",
			planOf(change("a", step(0, "b")), change("b", step(0, "a")), change("c", step(0))), failing(),
			[]string{"a skipped: needs b, which the plan does not put before it", "b skipped: needs a, which was skipped", "c done"},
		},
		{
			"a need of a later phase is skipped, and the later one is still done",
			planOf(change("a", step(0, "b")), change("b", step(1))), failing(),
			[]string{"a skipped: needs b, which the plan does not put before it", "b done"},
		},
		{
			"a change without a step is never called done",
			planOf(change("hollow"), change("b", step(0))), failing(),
			[]string{"hollow failed (the plan has no step for this change)", "b done"},
		},
		{
			"what is blocked is skipped with its dependants",
			planOf(plan.Change{Address: "a", BlockedBy: []string{"unknown"}, Steps: []plan.Step{step(0)}}, change("a/m", step(1, "a"))), failing(),
			[]string{"a skipped: blocked by unknown", "a/m skipped: needs a, which was skipped"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Run(t.Context(), test.plan, test.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(r)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			if s := r.Summary; s.Done+s.Failed+s.Skipped+s.NotTried != len(test.plan.Changes) {
				t.Errorf("summary %+v does not add up to %d changes", s, len(test.plan.Changes))
			}
		})
	}
}

func TestReportNamesThePlanItIsOf(t *testing.T) {
	p := planOf()
	p.Target = plan.Target{ProjectID: "project-test-1"}
	r, err := Run(t.Context(), p, failing(), Options{})
	want := &plan.Report{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.2.3", Digest: "sha256:aa", Target: p.Target,
		Operations: []plan.ReportedChange{}, Requests: plan.Requests{Endpoints: []plan.EndpointCount{}},
	}
	if diff := cmp.Diff(want, r); diff != "" || err != nil {
		t.Errorf("report (-want +got), %v:\n%s", err, diff)
	}
}

func TestBlockedPlanTouchesNothing(t *testing.T) {
	p := planOf(change("a", step(0)))
	p.Blocked = []plan.Block{{ID: "deletes"}}
	w := failing()
	r, err := Run(t.Context(), p, w, Options{Progress: func(Event) { t.Error("progress was told of something") }})
	if r != nil || !errors.Is(err, ErrBlocked) || len(w.events) > 0 {
		t.Errorf("Run = %v, %v and began %v; want ErrBlocked and nothing begun", r, err, w.started())
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name string
		hook func(context.Context, plan.Operation) error
		want *plan.Failure
	}{
		{"what Stytch answered is reported as it stands", func(context.Context, plan.Operation) error {
			return errRefused
		}, errRefused},
		{"a failure inside another error is found", func(context.Context, plan.Operation) error {
			return fmt.Errorf("updating: %w", errRefused)
		}, errRefused},
		{"another error gives its words", func(context.Context, plan.Operation) error {
			return errOther
		}, &plan.Failure{Type: "error", Message: "no route to host"}},
		{"a panic names the address and is the failure of one change", func(context.Context, plan.Operation) error {
			panic("index out of range")
		}, &plan.Failure{Type: "panic", Message: "carrying out a stopped on a mistake of this program: index out of range"}},
		{"a nil failure in an error is a failure and no panic", func(context.Context, plan.Operation) error {
			var none *plan.Failure
			return none
		}, &plan.Failure{Type: "error", Message: "carrying out a failed without saying why"}},
		{"an actor that ends its goroutine is a failure and no hang", func(context.Context, plan.Operation) error {
			runtime.Goexit()
			return nil
		}, &plan.Failure{Type: "error", Message: "carrying out a ended without an answer"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &world{hook: func(ctx context.Context, op plan.Operation) error {
				if op.Change.Address == "a" {
					return test.hook(ctx, op)
				}
				return nil
			}}
			r, err := Run(t.Context(), planOf(change("a", step(0)), change("b", step(0))), w, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.Operations[0].Error, cmpopts.IgnoreFields(plan.Failure{}, "Cause")); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
			if r.Summary != (plan.ReportSummary{Done: 1, Failed: 1}) {
				t.Errorf("summary = %+v", r.Summary)
			}
		})
	}
}

func TestPanicKeepsItsStackAsCause(t *testing.T) {
	w := &world{hook: func(context.Context, plan.Operation) error { panic("boom") }}
	r, err := Run(t.Context(), planOf(change("a", step(0))), w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if cause := r.Operations[0].Error.Cause; cause == nil || !strings.Contains(cause.Error(), "apply_test.go") {
		t.Errorf("cause = %v, want the stack", cause)
	}
}

func TestProgress(t *testing.T) {
	var lines []string
	record := func(e Event) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %d/%d %s", e.Action, e.Address, e.Step, e.Steps, e.Result)))
		if (e.Err != nil) != (e.Result == plan.Failed) {
			t.Errorf("event %+v: an error stands exactly with what failed", e)
		}
	}
	if _, err := Run(t.Context(), planOf(twoStep()...), failing("m"), Options{Parallelism: 1, Progress: record}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"update rbac_policy 1/2",
		"update rbac_policy 1/2 done",
		"update m 1/1",
		"update m 1/1 failed",
		"update other 1/1",
		"update other 1/1 done",
		"update rbac_policy 2/2 skipped",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestWhatIsInPlaceAlreadyIsDoneAndNotWritten(t *testing.T) {
	p := planOf(change("a", step(0)), change("a/m", step(1, "a")), change("d", step(0), step(1)))
	w := &world{fails: map[plan.Need]error{{Address: "a"}: plan.ErrInPlace, {Address: "d"}: plan.ErrInPlace}}
	r, err := Run(t.Context(), p, w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []plan.ReportedChange{
		{Address: "a", Result: plan.Done, Note: inPlace},
		{Address: "a/m", Result: plan.Done, Written: 1},
		{Address: "d", Result: plan.Done, Written: 1},
	} {
		got := r.Operations[i]
		if got.Address != want.Address || got.Result != want.Result || got.Note != want.Note || got.Written != want.Written || got.Error != nil {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
