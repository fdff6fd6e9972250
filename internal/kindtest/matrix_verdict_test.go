package kindtest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A verdict is about one story that met a hazard.
type verdict struct {
	scene
	hazard  hazard
	request sandbox.Request // the one that met it
	passage passage
	sight   sight // of the sandbox after the apply
	misled  bool  // a read showed the past: the plan may be one for another world, and no program can know
}

func (v verdict) check(t *testing.T) {
	t.Helper()
	if !v.misled {
		v.plansNothingElse(t)
	}
	v.reportsTruly(t)
	v.isSettled(t)
	v.exitsTruly(t)
	v.losesNothing(t, v.sight)
	v.twice(t, v.sight)
	if t.Failed() {
		t.Log(v.passage.told())
	}
}

// plansNothingElse: a read that failed leaves changes out and says so; it never
// adds one. A request that is repeated leaves the plan as it is.
func (v verdict) plansNothingElse(t *testing.T) {
	t.Helper()
	p := v.passage.plan
	if v.passage.err != nil || v.passage.problems.HasErrors() {
		if v.hazard.times == 0 {
			t.Errorf("one hazard, and there is no plan: %v %s", v.passage.err, words(v.passage.problems))
		}
		return
	}
	for i := range p.Changes {
		if !v.planned(&p.Changes[i]) {
			t.Errorf("planned because of the hazard: %s", told(&p.Changes[i]))
		}
	}
	if all := len(v.clean.plan.Changes); p.Complete && len(p.Changes) != all {
		t.Errorf("the plan has %d changes instead of %d, and claims to be complete", len(p.Changes), all)
	}
	if !p.Complete && v.hazard.times == 0 {
		t.Errorf("one hazard, and the plan is not complete: %v", p.Unknown)
	}
}

// planned says whether a change is one that is planned without a hazard too.
func (v verdict) planned(c *plan.Change) bool {
	return slices.ContainsFunc(v.clean.plan.Changes, func(clean plan.Change) bool { return told(&clean) == told(c) })
}

func told(c *plan.Change) string { return fmt.Sprintf("%s %s %v", c.Action, c.Address, c.Attributes) }

// reportsTruly holds every result against the sandbox.
//
//	result                  the object                      the requests of the operation
//	done                    as it was to become             -
//	done, already in place  as it was to become             none was a write
//	failed                  as it was to become: the error  some committed: the error says
//	                        says that nobody knows, or      that nobody knows, or what was done
//	                        that its secret is lost
//	skipped, not tried      as it was                       none was a write
func (v verdict) reportsTruly(t *testing.T) {
	t.Helper()
	if v.passage.report == nil {
		return
	}
	for i, c := range v.passage.report.Operations {
		if v.misled && (c.Written == 0 || !v.planned(&v.passage.plan.Changes[i])) {
			continue // it was misled about the very object, or went for something else
		}
		is, was, willBe := v.sight.of(c), v.before.of(c), v.after.objects[c.Address]
		asWanted, asBefore := reflect.DeepEqual(is, willBe), reflect.DeepEqual(is, was)
		committed := v.passage.committed(c.Address)
		message := ""
		if c.Error != nil {
			message = c.Error.Message
		}
		unknown := strings.Contains(message, "not known whether") || lostSecret(c)
		switch {
		case c.Result == plan.Done && !asWanted:
			t.Errorf("%s %s is reported as done, and is not so (-want +got):\n%s", c.Action, c.Address, cmp.Diff(willBe, is))
		case c.Result == plan.Done && c.Written == 0 && committed > 0:
			t.Errorf("%s %s is reported as already in place, and %d writes were made", c.Action, c.Address, committed)
		case c.Result == plan.Failed && asWanted && !asBefore && committed > 0 && !unknown:
			t.Errorf("%s %s is reported as failed, and is done: %s", c.Action, c.Address, message)
		case c.Result == plan.Failed && committed > 0 && !unknown && !strings.Contains(message, ", but ") && !strings.HasPrefix(c.Note, "in part"):
			t.Errorf("%s %s is reported as failed, %d of its writes were made, and nothing says so: %s", c.Action, c.Address, committed, message)
		case (c.Result == plan.Skipped || c.Result == plan.NotTried) && committed > 0 && !strings.HasPrefix(c.Note, "in part"):
			t.Errorf("%s %s is reported as %s, and %d writes were made", c.Action, c.Address, c.Result, committed)
		}
	}
}

// isSettled: after one hazard nothing that was done is reported as failed, not
// even as unknown: reading says what became of it. A secret that was in a lost
// answer no reading brings back.
func (v verdict) isSettled(t *testing.T) {
	t.Helper()
	if v.hazard.times > 0 || v.misled || v.passage.report == nil {
		return
	}
	for _, c := range v.passage.report.Operations {
		is := v.sight.of(c)
		done := reflect.DeepEqual(is, v.after.objects[c.Address]) && !reflect.DeepEqual(is, v.before.of(c))
		if c.Result == plan.Failed && done && !lostSecret(c) {
			t.Errorf("one hazard, and %s %s is done and reported as %s", c.Action, c.Address, c.Result)
		}
	}
}

// lostSecret says that a write was done, and that nobody has what Stytch showed.
func lostSecret(c plan.ReportedChange) bool { return c.Error != nil && c.Error.Type == "secret_lost" }

// exitsTruly holds the exit code against what was written.
func (v verdict) exitsTruly(t *testing.T) {
	t.Helper()
	wrote, done := committed(v.passage.log) > 0, reflect.DeepEqual(v.sight.objects, v.after.objects)
	switch {
	case v.passage.code == apply.ExitDone && !done && !v.misled:
		t.Errorf("exit code 0, and the sandbox is not what was declared (-want +got):\n%s", cmp.Diff(v.after.objects, v.sight.objects))
	case v.passage.code == apply.ExitError && wrote:
		t.Error("exit code 1, and something was written")
	case v.passage.report != nil && wrote && !apply.Wrote(v.passage.report):
		t.Error("something was written, and the report does not know")
	case v.passage.report != nil && !wrote && apply.Wrote(v.passage.report) && !v.doubtful():
		t.Error("nothing was written, and the report says something was")
	}
}

// doubtful says whether some write may have been carried out, as far as the
// program can know.
func (v verdict) doubtful() bool {
	return slices.ContainsFunc(v.passage.log, func(r sandbox.Request) bool { return r.Write && r.Fault != "" })
}

// losesNothing: what lived before is there under the same id, unless the plan
// deletes it.
func (v verdict) losesNothing(t *testing.T, now sight) {
	t.Helper()
	for address, id := range now.lost(v.before) {
		deleted := slices.ContainsFunc(v.clean.plan.Changes, func(c plan.Change) bool {
			return c.Action == plan.Delete && c.Address.Includes(address)
		})
		if !deleted {
			t.Errorf("%s (%s) is gone, and no plan deletes it", address, id)
		}
	}
}

// twice reports addresses with several objects. Where even the look before the
// creation of a profile showed the past, the next plan must stop at them.
func (v verdict) twice(t *testing.T, now sight) {
	t.Helper()
	if v.misled {
		return
	}
	for address, ids := range now.ids {
		if len(ids) > 1 {
			t.Errorf("%s is there %d times: %v", address, len(ids), ids)
		}
	}
}

// stopsAtTwins says whether there is no plan because some objects share a name
// that should be one's own, with a problem that names the ids of all of them.
func (r passage) stopsAtTwins(now sight) bool {
	twins := false
	for _, ids := range now.ids {
		for _, id := range ids {
			if len(ids) > 1 && !strings.Contains(words(r.problems), id) {
				return false
			}
		}
		twins = twins || len(ids) > 1
	}
	return twins
}

// converges runs the pipeline again, twice at most, and expects the end of the
// story, with nobody lost on the way.
func (v verdict) converges(t *testing.T, w *World) {
	t.Helper()
	for range 3 { // the third has nothing left to do
		w.Connection = w.pipe(t, w.Sandbox, nil)
		r := w.pipeline(t, v.story.after, v.saves)
		if v.passage.code == apply.ExitDone && r.plan != nil && len(r.plan.Changes) == 0 && v.hazard.fault.Kind != sandbox.FaultLateCommit && !v.misled {
			return // nothing has happened since it was looked at
		}
		now := w.sees(t)
		v.losesNothing(t, now)
		if v.misled && r.stopsAtTwins(now) {
			return
		}
		if r.err != nil || r.problems.HasErrors() {
			t.Fatalf("the next run has no plan: %s", r.told())
		}
		v.twice(t, now)
		if len(r.plan.Changes) > 0 {
			continue
		}
		want := maps.Clone(v.after.objects)
		for _, c := range v.clean.plan.Changes {
			if v.misled && c.Action == plan.Restore {
				want[c.Address] = now.objects[c.Address] // whom no search showed as deleted was made anew
			}
		}
		if !reflect.DeepEqual(want, now.objects) {
			t.Errorf("nothing is left to do, and it is not the end of the story (-want +got):\n%s\nthe first run: %s", cmp.Diff(want, now.objects), v.passage.told())
		}
		return
	}
	t.Errorf("after two more runs something is left to change; the first run: %s", v.passage.told())
}
