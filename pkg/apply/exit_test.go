package apply

import (
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestExitCode(t *testing.T) {
	incomplete := func(p *plan.Plan) *plan.Plan { p.Complete = false; return p }
	stale := func(address plan.Address) *world {
		return &world{fails: map[plan.Need]error{{Address: address}: errStale}}
	}
	both := failing("b")
	both.fails[plan.Need{Address: "a"}] = errStale
	two := func() *plan.Plan { return planOf(change("a", step(0)), change("b", step(0))) }
	chain := func() *plan.Plan {
		return planOf(change("a", step(0)), change("a/m", step(1, "a")), change("b", step(0)))
	}
	inPlaceAnd := func(others map[plan.Address]error) *world {
		w := &world{fails: map[plan.Need]error{{Address: "a"}: plan.ErrInPlace}}
		for address, err := range others {
			w.fails[plan.Need{Address: address}] = err
		}
		return w
	}
	blocked := planOf(change("a", step(0)))
	blocked.Blocked = []plan.Block{{ID: "deletes"}}
	unknown := incomplete(two())
	unknown.Changes[0].BlockedBy = []string{"unknown"}

	for _, test := range []struct {
		name string
		plan *plan.Plan
		in   *world
		want int
	}{
		{"nothing to do is 0", planOf(), failing(), ExitDone},
		{"everything done is 0", two(), failing(), ExitDone},
		{"a blocked plan is 3", blocked, failing(), ExitBlocked},
		{"everything failed is 1, for nothing was written", two(), failing("a", "b"), ExitError},
		{"one done and one failed is 5", two(), failing("a"), ExitPartly},
		{"one done, one failed and one skipped is 5", chain(), failing("a"), ExitPartly},
		{"a first step done and the second failed is 5, for something was written", planOf(change("d", step(0), step(1))), &world{fails: map[plan.Need]error{{Address: "d", Step: 1}: errOther}}, ExitPartly},
		{"a first step done and the second skipped is 5 although no change is done", planOf(change("d", step(0), step(2, "m")), change("m", step(1))), failing("m"), ExitPartly},
		{"all done but what was stale is 4", two(), stale("a"), ExitStale},
		{"all done but what was stale and its dependants is 4", chain(), stale("a"), ExitStale},
		{"everything stale is 4", planOf(change("a", step(0))), stale("a"), ExitStale},
		{"what is in place already is done", two(), inPlaceAnd(nil), ExitDone},
		{"what is in place was not written: a failure beside it is 1", two(), inPlaceAnd(map[plan.Address]error{"b": errOther}), ExitError},
		{"what is in place and what is stale is 4", two(), inPlaceAnd(map[plan.Address]error{"b": errStale}), ExitStale},
		{"stale beside another failure, nothing written, is 1", two(), both, ExitError},
		{"all done of an incomplete plan is 7", incomplete(two()), failing(), ExitIncomplete},
		{"nothing to do in an incomplete plan is 7", incomplete(planOf()), failing(), ExitIncomplete},
		{"all done but what leans on the unknown is 7", unknown, failing(), ExitIncomplete},
		{"a failure in an incomplete plan is 5 before 7", incomplete(two()), failing("a"), ExitPartly},
		{"stale in an incomplete plan is 4 before 7", incomplete(two()), stale("a"), ExitStale},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Run(t.Context(), test.plan, test.in, Options{})
			if err != nil && r != nil {
				t.Fatal(err)
			}
			if got := ExitCode(test.plan, r); got != test.want {
				t.Errorf("ExitCode = %d, want %d for %+v", got, test.want, r)
			}
		})
	}
}

func TestAFailedStepThatMayHaveWrittenIsNoCleanFailure(t *testing.T) {
	p := planOf(change("a", step(0)))
	r, err := Run(t.Context(), p, failing("a"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Requests.Written = 1 // the first of the step's requests, or one whose answer was lost
	if got := ExitCode(p, r); got != ExitPartly || !Wrote(r) {
		t.Errorf("ExitCode = %d, want %d", got, ExitPartly)
	}
}

func TestExitCodeWithoutReport(t *testing.T) {
	if got := ExitCode(planOf(), nil); got != ExitError {
		t.Errorf("ExitCode = %d, want %d", got, ExitError)
	}
}
