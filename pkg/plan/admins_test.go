package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAdministrators(t *testing.T) {
	admin := func(key string) plan.Object { return live("id-"+key, key, "roles=stytch_admin") }
	none := func(key string) plan.Declaration { return declare(key, "roles=") }
	some := func(key string) plan.Declaration { return declare(key, "roles=stytch_admin") }
	tests := []struct {
		name     string
		minimum  int
		declared []plan.Declaration
		live     []plan.Object
		blocked  bool
		lockOut  bool
		needs    int // of the removal of ada
	}{
		{name: "one of two may go", minimum: 1, declared: only(none("ada")), live: []plan.Object{admin("ada"), admin("bob")}},
		{name: "the last one may not", minimum: 1, declared: only(none("ada")), live: []plan.Object{admin("ada"), live("2", "bob")}, blocked: true, lockOut: true},
		{name: "the last one may not be deleted either", minimum: 1, declared: only(absent("ada")), live: []plan.Object{admin("ada"), live("2", "bob")}, blocked: true, lockOut: true},
		{name: "the last one may go when another comes, and waits for that one", minimum: 1, declared: only(none("ada"), some("bob")), live: []plan.Object{admin("ada")}, needs: 1},
		{name: "one of many goes without waiting for another that comes", minimum: 1, declared: only(none("ada"), some("bob")), live: []plan.Object{admin("ada"), admin("eve")}},
		{name: "a removal waits for no more additions than it takes", minimum: 1, declared: only(none("ada"), some("bob"), some("cyd"), some("dan")), live: []plan.Object{admin("ada")}, needs: 1},
		{name: "two must stay when the policy wants two", minimum: 2, declared: only(none("ada")), live: []plan.Object{admin("ada"), admin("bob")}, blocked: true, lockOut: true},
		{name: "an organization that had too few already may change one for another", minimum: 2, declared: only(none("ada"), some("bob")), live: []plan.Object{admin("ada")}, needs: 1},
		{name: "an organization without administrators may be changed", minimum: 1, declared: only(declare("ada", "name=x")), live: []plan.Object{live("1", "ada")}},
		{name: "with a minimum of none the last one may go, and the risk is named", minimum: 0, declared: only(none("ada")), live: []plan.Object{admin("ada")}, lockOut: true},
		{name: "a new address takes nothing from an administrator", minimum: 1, declared: only(renamed("ada", "old", "roles=stytch_admin")), live: []plan.Object{admin("old")}},
		{name: "a deleted administrator counts for nothing", minimum: 1, declared: only(none("ada")), live: []plan.Object{admin("ada"), gone(admin("bob"))}, blocked: true, lockOut: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.MinAdmins = test.minimum
			p, problems := draft(policy, members(test.declared, test.live...))
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			ada := find(p, "organization/acme/member/ada")
			lockOut := slices.ContainsFunc(ada.Risks, func(r plan.Risk) bool { return r.Class == plan.LockOut })
			blocked := slices.Contains(blockIDs(p), "min_admins")
			got := []any{blocked, slices.Contains(ada.BlockedBy, "min_admins"), lockOut, len(ada.Steps[0].Needs)}
			if diff := cmp.Diff([]any{test.blocked, test.blocked, test.lockOut, test.needs}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRisksFollowFromGrants(t *testing.T) {
	p, _ := draft(lax(), members(
		only(declare("ada", "roles=editor"), absent("bob"), declare("eve"), declare("new", "roles=editor"), renamed("now", "then")),
		live("1", "ada", "roles=viewer"), live("2", "bob"), revivable(live("3", "eve")), live("4", "then", "roles=viewer"),
	))
	got := map[string][]plan.Risk{}
	for _, c := range p.Changes {
		got[c.Key] = c.Risks
	}
	where := func(s string) string { return "organization/acme/member/" + s + " in organization/acme" }
	want := map[string][]plan.Risk{
		"ada": {{Class: plan.AccessRemoved, Reason: where("ada loses role viewer")}, {Class: plan.AccessWidened, Reason: where("ada gains role editor")}},
		"bob": {{Class: plan.AccessRemoved, Reason: where("bob loses membership")}},
		"eve": {{Class: plan.AccessWidened, Reason: where("eve gains membership")}},
		"new": {}, "now": {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
