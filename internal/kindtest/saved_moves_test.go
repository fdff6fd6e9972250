package kindtest

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A member comes back: as planned, once more, or by somebody else's hand.
func TestRestorationsOfSavedPlans(t *testing.T) {
	for _, verified := range []bool{true, false} {
		back := func(t *testing.T) (*World, *plan.Plan) {
			w := New(t, Options{Knobs: sandbox.Knobs{}})
			w.Converge(t, acme("ada@acme.example: {name: Ada, trusted_metadata: {plan: free, old: 1}}\nbob@acme.example: {}"))
			member := id(w.Member(t, "acme", "ada@acme.example"))
			if verified {
				if err := w.Sandbox.MarkVerified(w.Target.ProjectID, member); err != nil {
					t.Fatal(err)
				}
			}
			w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+id(w.Organization(t, "acme"))+"/members/"+member, nil)
			return w, w.Plan(t, acme("ada@acme.example: {name: A, trusted_metadata: {plan: gold, old: null}}\nbob@acme.example: {mfa_enrolled: true}"), "restorations=1")
		}
		t.Run(map[bool]string{true: "reactivated", false: "created anew"}[verified], func(t *testing.T) {
			w, p := back(t)
			if p.Changes[0].Action != plan.Restore {
				t.Fatalf("no restoration:\n%s", Told(p))
			}
			w.carryOut(t, p).all(t, "done", apply.ExitDone)
			w.carryOut(t, p).all(t, "in place", apply.ExitDone)

			w, p = back(t)
			w.Apply(t, acme("ada@acme.example: {name: Else}"), "restorations=1")
			w.carryOut(t, p).ended(t, apply.ExitStale, map[plan.Address]string{ada: "stale", bob: "done"})

			// A new member has the address; the deleted one stays deleted.
			w, p = back(t)
			w.Ask(t, http.MethodPost, "/v1/b2b/organizations/"+id(w.Organization(t, "acme"))+"/members", Object{"email_address": "ada@acme.example", "name": "Else"})
			w.carryOut(t, p).ended(t, apply.ExitStale, map[plan.Address]string{ada: "stale", bob: "done"})
		})
	}
}

// The policy is written in two steps, and who takes it up again finds any of
// its states.
func TestTheStepsOfASavedPolicy(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{UsedRolesKept: true}, Parallelism: 1})
	w.Converge(t, policyAndMember("{editor: {}}", "editor"))
	p := w.Plan(t, policyAndMember("{author: {}}", "author"))
	member := id(w.Member(t, "acme", "ada@acme.example"))
	path := "/v1/b2b/organizations/" + id(w.Organization(t, "acme")) + "/members/" + member
	w.Ask(t, http.MethodPut, path, Object{"roles": []any{}})
	w.carryOut(t, p).ended(t, apply.ExitStale, map[plan.Address]string{"rbac_policy": "skipped", acmeAddr: "done", ada: "stale"})

	// The first step is done. Once the member is as planned again, the rest follows.
	w.Ask(t, http.MethodPut, path, Object{"roles": []any{"editor"}})
	w.carryOut(t, p).ended(t, apply.ExitDone, map[plan.Address]string{"rbac_policy": "done", acmeAddr: "in place", ada: "done"})
	w.carryOut(t, p).all(t, "in place", apply.ExitDone)

	// Back to where it was, and somebody adds a role.
	w.Converge(t, policyAndMember("{editor: {}}", "editor"))
	w.Converge(t, policyAndMember("{editor: {}, viewer: {}}", "editor"))
	w.carryOut(t, p).ended(t, apply.ExitStale, map[plan.Address]string{"rbac_policy": "stale", acmeAddr: "skipped", ada: "skipped"})
}

// A default moves inside a plan, and the URL that it leaves is not stale for
// that; everything else that happened to it is.
func TestRedirectDefaultsThatMoveInsideASavedPlan(t *testing.T) {
	const a, b = link + "a", link + "b"
	const addrA, addrB = plan.Address("redirect_url/" + a), plan.Address("redirect_url/" + b)
	before := links(a + ": {valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP, is_default: true}]}\n" + b + ": {valid_types: [{type: LOGIN}]}")
	moved := links(a + ": {valid_types: [{type: LOGIN}, {type: SIGNUP, is_default: true}]}\n" + b + ": {valid_types: [{type: LOGIN, is_default: true}]}")
	put := func(address string, types ...Object) func(*testing.T, *World) {
		return func(t *testing.T, w *World) {
			w.Ask(t, http.MethodPut, "~/redirect_urls?url="+url.QueryEscape(address), Object{"valid_types": types, "do_not_promote_defaults": true})
		}
	}
	for _, m := range []meanwhile{
		{name: "it moves", before: before, planned: moved, want: map[plan.Address]string{addrA: "in place", addrB: "done"}},
		{
			name: "it moves from a URL that changes in other ways too", before: before,
			planned: links(a + ": {valid_types: [{type: LOGIN}, {type: SIGNUP, is_default: true}, {type: INVITE}]}\n" + b + ": {valid_types: [{type: LOGIN, is_default: true}]}"),
			want:    map[plan.Address]string{addrA: "done", addrB: "done"},
		},
		{
			name: "it moves to a new URL, and the old one goes", before: before, planned: links(a + ": {absent: true}\n" + b + "2: {valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP, is_default: true}]}"),
			allow: []string{"delete_percent=100"}, want: map[plan.Address]string{addrA: "done", addrB + "2": "done"},
		},
		{
			name: "two URLs exchange defaults", before: links(a + ": {valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP}]}\n" + b + ": {valid_types: [{type: LOGIN}, {type: SIGNUP, is_default: true}]}"),
			planned: links(a + ": {valid_types: [{type: LOGIN}, {type: SIGNUP, is_default: true}]}\n" + b + ": {valid_types: [{type: LOGIN, is_default: true}, {type: SIGNUP}]}"),
			want:    map[plan.Address]string{addrA: "done", addrB: "done"},
		},
		{
			name: "a type was removed by hand", before: before, planned: moved, by: put(a, Object{"type": "SIGNUP", "is_default": true}),
			code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale", addrB: "done"},
		},
		{
			name: "a type was added by hand", before: before, planned: moved,
			by:   put(a, Object{"type": "LOGIN", "is_default": true}, Object{"type": "SIGNUP", "is_default": true}, Object{"type": "INVITE"}),
			code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale", addrB: "done"},
		},
		{
			name: "a default that shall stay was taken by hand", before: before, planned: moved, by: put(a, Object{"type": "LOGIN", "is_default": true}, Object{"type": "SIGNUP"}),
			code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale", addrB: "done"},
		},
		{
			name: "a default was taken by hand, and no change of the plan moves one", before: before,
			planned: links(a + ": {valid_types: [{type: LOGIN}, {type: SIGNUP}, {type: INVITE}]}"), by: put(a, Object{"type": "LOGIN"}, Object{"type": "SIGNUP", "is_default": true}),
			code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale"},
		},
		{
			name: "a default was taken by hand from what is deleted", before: before, planned: links(a + ": {absent: true}"), by: put(a, Object{"type": "LOGIN"}, Object{"type": "SIGNUP", "is_default": true}),
			allow: []string{"delete_percent=100"}, code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale"},
		},
		{
			name: "a type was added by hand to what is deleted while its default moves", before: before, planned: links(a + ": {absent: true}\n" + b + ": {valid_types: [{type: LOGIN, is_default: true}]}"),
			by:    put(a, Object{"type": "LOGIN", "is_default": true}, Object{"type": "SIGNUP", "is_default": true}, Object{"type": "INVITE"}),
			allow: []string{"delete_percent=100"}, code: apply.ExitStale, want: map[plan.Address]string{addrA: "stale", addrB: "done"},
		},
	} {
		t.Run(m.name, m.run)
	}
}

// Numbers keep their digits, nested metadata its form and keys their letters.
func TestASavedPlanKeepsEveryValue(t *testing.T) {
	w := New(t, Options{})
	const metadata = `{"größe \u2028 <b>": {"n": 12345678901234567890, "f": 0.1, "e": 1e3, "deep": [1, [null, {"ключ": "✓ & </script>"}], ""]}, "a.b": "dotted", "empty": {}, "no": false, "zero": 0}`
	documents := state("organizations:\n  acme:\n    organization_name: \"Ä & <Söhne> \\u202e\"\n    trusted_metadata: " + metadata + "\n")
	p := w.Plan(t, documents)
	w.carryOut(t, p).all(t, "done", apply.ExitDone)
	if left := w.Plan(t, documents); len(left.Changes) > 0 {
		t.Fatalf("something is left to change:\n%s", Told(left))
	}
	w.carryOut(t, p).all(t, "in place", apply.ExitDone)
	gone := w.Plan(t, state("organizations: {acme: {absent: true}}\n"), "delete_percent=100")
	w.carryOut(t, gone).all(t, "done", apply.ExitDone)
}

// A list that is not found is an error: nothing says that its objects are gone.
func TestAListThatIsNotFoundTellsNothing(t *testing.T) {
	var lost atomic.Bool
	losing := func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			if lost.Load() && r.Method == http.MethodGet {
				return Answered(r, http.StatusNotFound, `{"status_code":404,"error_type":"environment_not_found","error_message":"gone","request_id":"r"}`), nil
			}
			return next(body)
		}}
	}
	w := New(t, Options{Transport: losing})
	w.Converge(t, links(link+": {valid_types: [{type: LOGIN}]}"))
	p := w.Plan(t, links(link+": {absent: true}"), "delete_percent=100")
	lost.Store(true)
	w.carryOut(t, p).all(t, "failed", apply.ExitError)
}
