package kindtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A plan that takes an administrator because there is another is wrong once the
// other is gone, however long ago it was made.
func TestWhatAChangeReliesOnIsLookedAtRightBefore(t *testing.T) {
	const ada, bob = plan.Address("organization/acme/member/ada@acme.example"), plan.Address("organization/acme/member/bob@acme.example")
	both := state("organizations: {acme: {organization_name: Acme, members: {ada@acme.example: {roles: [stytch_admin]}, bob@acme.example: {roles: [stytch_admin]}}}}\n")
	// The other administrator is declared, and left as he is, or nobody declares him.
	for name, adaOnly := range map[string]string{
		"another who is declared":   "{ada@acme.example: {roles: []}, bob@acme.example: {roles: [stytch_admin]}}",
		"another who is undeclared": "{ada@acme.example: {roles: []}}",
		"a removal":                 "{ada@acme.example: {absent: true}}",
	} {
		planned := state("organizations: {acme: {organization_name: Acme, members: " + adaOnly + "}}\n")
		without := state("organizations: {acme: {organization_name: Acme, members: {bob@acme.example: {roles: []}}}}\n")
		gone := state("organizations: {acme: {organization_name: Acme, members: {bob@acme.example: {absent: true}}}}\n")
		for _, m := range []meanwhile{
			{name: "stays", code: apply.ExitDone, want: map[plan.Address]string{ada: "done"}},
			{name: "lost the role", others: without, code: apply.ExitStale, want: map[plan.Address]string{ada: "stale"}},
			{name: "was deleted", others: gone, code: apply.ExitStale, want: map[plan.Address]string{ada: "stale"}},
		} {
			m.name, m.before, m.planned = name+" "+m.name, both, planned
			m.allow = []string{"delete_percent=100"}
			t.Run(m.name, m.run)
		}
	}

	w := New(t, Options{})
	w.Converge(t, both)
	p := w.Plan(t, state("organizations: {acme: {members: {ada@acme.example: {roles: []}}}}\n"))
	var relied []plan.Address
	for _, r := range p.Changes[0].ReliesOn {
		relied = append(relied, r.Address)
	}
	if diff := cmp.Diff([]plan.Address{bob}, relied); diff != "" {
		t.Errorf("relies on (-want +got):\n%s", diff)
	}
}

// An organization that closes its methods because a member is breakglass does
// not do so once the member is not.
func TestWhoKeepsAWayToLogInIsLookedAtRightBefore(t *testing.T) {
	const acme = plan.Address("organization/acme")
	documents := func(methods, breakglass string) Documents {
		return state("organizations: {acme: {organization_name: Acme, " + methods + "members: {ada@acme.example: {is_breakglass: " + breakglass + "}, bob@acme.example: {}}}}\n")
	}
	const closed = "auth_methods: RESTRICTED, allowed_auth_methods: [sso], "
	meanwhile{
		before: documents("", "true"), planned: documents(closed, "true"), others: documents("", "false"),
		code: apply.ExitStale, want: map[plan.Address]string{acme: "stale"},
	}.run(t)
}
