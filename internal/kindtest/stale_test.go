package kindtest

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A saved plan is carried out some time after it was made. What somebody
// changed meanwhile is refused, and the rest goes on.
func TestASavedPlanIsHeldAgainstWhatIsLiveNow(t *testing.T) {
	const before = "ada@acme.example: {name: Ada}\nbob@acme.example: {name: Bob}\ncid@acme.example: {name: Cid}\ndan@acme.example: {name: Dan}\neve@acme.example: {name: Eve}"
	const wanted = "ada@acme.example: {name: A}\nbob@acme.example: {name: B}\ncid@acme.example: {name: C}\n" +
		"dan@acme.example: {absent: true}\neve@acme.example: {absent: true}\nnew@acme.example: {name: New}\nown@acme.example: {name: Own}"
	w := New(t, Options{})
	w.Converge(t, acme(before))
	p := w.Plan(t, acme(wanted))

	organization := "/v1/b2b/organizations/" + id(w.Organization(t, "acme")) + "/members"
	change := func(address string, body Object) {
		w.Ask(t, http.MethodPut, organization+"/"+id(w.Member(t, "acme", address)), body)
	}
	change("ada@acme.example", Object{"name": "Countess"})                                             // what the plan changes
	change("bob@acme.example", Object{"is_breakglass": true})                                          // something else
	change("cid@acme.example", Object{"name": "C"})                                                    // what the plan wants
	change("dan@acme.example", Object{"trusted_metadata": Object{"plan": "gold"}})                     // what is to be deleted
	w.Ask(t, http.MethodPost, organization, Object{"email_address": "new@acme.example", "name": "No"}) // the address is taken
	w.Ask(t, http.MethodPost, organization, Object{"email_address": "own@acme.example", "name": "Own"})

	actor := w.Arm(kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target))
	actor.Recheck = true
	w.Sandbox.ResetRequests()
	report, err := apply.Run(t.Context(), p, actor, apply.Options{Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := map[plan.Address]string{}
	for _, o := range report.Operations {
		result := string(o.Result)
		if o.Error != nil && o.Error.Stale {
			result = "stale"
		}
		got[o.Address] = result
	}
	const in = "organization/acme/member/"
	want := map[plan.Address]string{
		in + "ada@acme.example": "stale", in + "bob@acme.example": "done", in + "cid@acme.example": "done", in + "dan@acme.example": "stale",
		in + "eve@acme.example": "done", in + "new@acme.example": "stale", in + "own@acme.example": "done",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if sent := writes(w.Sandbox.Requests()); len(sent) != 2 {
		t.Errorf("%d writes, want bob's update and eve's deletion alone: %v", len(sent), sent)
	}
	if code := apply.ExitCode(p, report); code != apply.ExitStale {
		t.Errorf("exit code %d, want %d", code, apply.ExitStale)
	}
}
