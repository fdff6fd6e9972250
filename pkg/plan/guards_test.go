package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// crowd is n live members, the first k of which the declarations want absent.
func crowd(n, k int) plan.Set {
	var declared []plan.Declaration
	var objects []plan.Object
	for i := range n {
		key := fmt.Sprintf("m%03d", i)
		objects = append(objects, live("id-"+key, key))
		if i < k {
			declared = append(declared, absent(key))
		}
	}
	return members(declared, objects...)
}

func TestLimits(t *testing.T) {
	organization := func(nested int) plan.Set {
		return plan.Set{Kind: organizationKind, Declared: only(absent("acme")),
			Live: []plan.Object{with(live("1", "acme"), func(o *plan.Object) { o.Nested = nested }), live("2", "b"), live("3", "c")}}
	}
	closing := *organizationKind
	closing.effects = func(plan.Transition) plan.Effects { return plan.Effects{Removals: 30} }
	everyRole := func(n int) plan.Set {
		var roles []string
		for i := range n {
			roles = append(roles, fmt.Sprintf("r%d", i))
		}
		return members(only(declare("ada", "roles=")), live("1", "ada", "roles="+strings.Join(roles, ",")))
	}
	tests := []struct {
		name   string
		limits plan.Limits
		set    plan.Set
		lift   []string
	}{
		{"ten deletions pass the default", plan.DefaultPolicy().Limits, crowd(100, 10), nil},
		{"eleven do not", plan.DefaultPolicy().Limits, crowd(100, 11), []string{"--allow deletes=11"}},
		{"the number that was named lets exactly that through", plan.Limits{Deletes: 11, DeletePercent: 25, AccessRemovals: 25}, crowd(100, 11), nil},
		{"an organization counts with what nests in it, as objects and as grants", plan.DefaultPolicy().Limits, organization(30),
			[]string{"--allow access_removals=30", "--allow deletes=31"}},
		{"a quarter of a set may go", plan.Limits{Deletes: 100, DeletePercent: 25, AccessRemovals: 100}, crowd(20, 5), nil},
		{"more than a quarter may not", plan.Limits{Deletes: 100, DeletePercent: 25, AccessRemovals: 100}, crowd(20, 6), []string{"--allow delete_percent=30"}},
		{"a share is rounded up", plan.Limits{Deletes: 100, DeletePercent: 33, AccessRemovals: 100}, crowd(30, 10), []string{"--allow delete_percent=34"}},
		{"half of a set under ten may go", plan.DefaultPolicy().Limits, crowd(8, 4), nil},
		{"more than half of a set under ten may not", plan.DefaultPolicy().Limits, crowd(9, 5), []string{"--allow delete_percent=56"}},
		{"the only one of a set may not go", plan.DefaultPolicy().Limits, crowd(1, 1), []string{"--allow delete_percent=100"}},
		{"lifted to 100 it may", plan.Limits{Deletes: 1, DeletePercent: 100, AccessRemovals: 1}, crowd(1, 1), nil},
		{"a set of ten follows the percentage", plan.DefaultPolicy().Limits, crowd(10, 3), []string{"--allow delete_percent=30"}},
		{"with nothing allowed to go, half of a small set may not go either", plan.Limits{Deletes: 10, AccessRemovals: 9}, crowd(4, 1), []string{"--allow delete_percent=25"}},
		{"every role and membership that is taken counts", plan.DefaultPolicy().Limits, everyRole(26), []string{"--allow access_removals=26"}},
		{"25 of them pass", plan.DefaultPolicy().Limits, everyRole(25), nil},
		{"what a kind says that people lose counts too", plan.DefaultPolicy().Limits,
			plan.Set{Kind: &closing, Declared: only(declare("acme", "name=x")), Live: []plan.Object{live("1", "acme")}}, []string{"--allow access_removals=30"}},
		{"nothing is restored by default", plan.DefaultPolicy().Limits, members(only(declare("ada")), revivable(live("1", "ada"))), []string{"--allow restorations=1"}},
		{"a restoration passes when it is allowed", plan.Limits{Restorations: 1}, members(only(declare("ada")), revivable(live("1", "ada"))), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Limits = test.limits
			p, _ := draft(policy, test.set)
			var lift []string
			for _, b := range p.Blocked {
				lift = append(lift, b.Lift)
			}
			if diff := cmp.Diff(test.lift, lift); diff != "" {
				t.Error(diff)
			}
			if len(p.Changes) == 0 {
				t.Error("a blocked plan still shows its changes")
			}
			for _, c := range p.Changes {
				if (len(c.BlockedBy) > 0) != (len(test.lift) > 0) {
					t.Errorf("%s is blocked by %q", c.Address, c.BlockedBy)
				}
			}
		})
	}
}

func TestEveryExceededPercentageNamesTheNumberThatLiftsThemAll(t *testing.T) {
	policy := lax()
	policy.Limits.DeletePercent = 25
	other := crowd(3, 2)
	other.Within = "organization/globex"
	p, _ := draft(policy, crowd(10, 4), other)
	for _, b := range p.Blocked {
		if b.Lift != "--allow delete_percent=67" {
			t.Errorf("%s: %s", b.Reason, b.Lift)
		}
	}
	policy.Limits.DeletePercent = 67
	if p, _ = draft(policy, crowd(10, 4), other); len(p.Blocked) > 0 {
		t.Errorf("still blocked: %v", p.Blocked)
	}
}

func TestProtection(t *testing.T) {
	acme := plan.Set{Kind: organizationKind, Declared: only(absent("acme")), Live: []plan.Object{live("1", "acme"), live("2", "b")}}
	member := members(only(absent("ada")), live("1", "ada"), live("2", "bob"))
	tests := []struct {
		name      string
		protected plan.Address
		set       plan.Set
		blocked   bool
	}{
		{"a protected organization is not deleted", "organization/acme", acme, true},
		{"a member of a protected organization is not deleted", "organization/acme", member, true},
		{"an organization with a protected member is not deleted", "organization/acme/member/ada", acme, true},
		{"a protected member is not deleted", "organization/acme/member/ada", member, true},
		{"the case in which a protected address was written does not matter", "organization/acme/member/ADA", member, true},
		{"another organization's protection says nothing", "organization/acm", acme, false},
		{"another member's protection says nothing", "organization/acme/member/bob", member, false},
		{"an address that only starts alike is another one", "organization/acme/member/ad", member, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Protect = []plan.Address{test.protected}
			p, _ := draft(policy, test.set)
			want := []string{}
			if test.blocked {
				want = []string{"protect"}
			}
			if diff := cmp.Diff(want, blockIDs(p)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, p.Changes[0].BlockedBy); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIdentityProvidersOwnTheirMembers(t *testing.T) {
	change := map[string]plan.Declaration{
		"rename": declare("ada", "name=Ada"), "roles": declare("ada", "roles=editor"), "delete": absent("ada"), "restore": declare("ada"),
	}
	tests := []struct {
		owner, policy string
		blocked       string // the changes that are
	}{
		{"", plan.IDPObserve, ""},
		{"scim", plan.IDPObserve, "delete rename restore roles"},
		{"scim", plan.IDPRoles, "delete rename restore"},
		{"scim", plan.IDPManage, ""},
		{"sso", plan.IDPObserve, "delete"},
		{"sso", plan.IDPRoles, "delete"},
		{"sso", plan.IDPManage, ""},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("a member of %q under idp_members: %s", test.owner, test.policy), func(t *testing.T) {
			var blocked []string
			for name, declaration := range change {
				ada := live("1", "ada")
				ada.Owner, ada.Gone = test.owner, name == "restore"
				p, _ := draft(lax(), with(members(only(declaration), ada), func(s *plan.Set) { s.IDPMembers = test.policy }))
				if len(p.Changes) != 1 {
					t.Fatalf("%s: %v", name, actions(p))
				}
				if slices.Contains(blockIDs(p), "idp_members") {
					blocked = append(blocked, name)
				}
			}
			slices.Sort(blocked)
			if got := strings.Join(blocked, " "); got != test.blocked {
				t.Errorf("blocked are %q, want %q", got, test.blocked)
			}
		})
	}
}

func TestUndeclaredObjects(t *testing.T) {
	deleting := lax()
	deleting.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared, "organization": plan.DeleteUndeclared}
	owned := with(live("3", "eve"), func(o *plan.Object) { o.Owner = "sso" })
	set := members(only(declare("ada")), live("1", "ada"), live("2", "bob"), owned, gone(live("4", "zed")))
	tests := []struct {
		name    string
		policy  plan.Policy
		set     plan.Set
		actions []string
		left    []string
	}{
		{"are counted and left alone by default", lax(), set, []string{}, []string{"bob", "eve"}},
		{"go where the policy closes the set, but those that an identity provider brought", deleting, set, []string{"delete organization/acme/member/bob"}, []string{"eve"}},
		{"go all when the organization manages those too", deleting, with(set, func(s *plan.Set) { s.IDPMembers = plan.IDPManage }),
			[]string{"delete organization/acme/member/bob", "delete organization/acme/member/eve"}, nil},
		{"do not exist where the kind's key is not present", deleting, with(set, func(s *plan.Set) { s.Closed = false }), []string{}, nil},
		{"of a kind that is kept are never deleted", deleting, plan.Set{Kind: organizationKind, Live: []plan.Object{live("1", "acme")}, Closed: true}, []string{}, []string{"acme"}},
		{"that share an address stay, because a reviewer could not tell them apart", deleting,
			members(only(pinned("ada", "1")), live("1", "ada"), live("2", "ada"), live("5", "twin"), live("6", "twin")), []string{}, []string{"ada", "twin", "twin"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, problems := draft(test.policy, test.set)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			var left []string
			for _, u := range p.Undeclared {
				left = append(left, u.Keys...)
			}
			if diff := cmp.Diff([][]string{test.actions, test.left}, [][]string{actions(p), left}); diff != "" {
				t.Error(diff)
			}
			if p.Summary.Undeclared != len(test.left) {
				t.Errorf("%d are counted", p.Summary.Undeclared)
			}
		})
	}
}

func TestADeletionByOmissionThatAKindRefusesIsBlocked(t *testing.T) {
	refusing := *memberKind
	refusing.effects = func(plan.Transition) plan.Effects {
		return plan.Effects{Problems: []plan.Problem{{Message: "somebody needs it", Hint: "ask them"}}}
	}
	policy := lax()
	policy.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
	byOmission := with(members(nil, live("1", "ada")), func(s *plan.Set) { s.Kind = &refusing })
	p, problems := draft(policy, byOmission)
	if diff := cmp.Diff([]plan.Block{{ID: "rule", Reason: "organization/acme/member/ada cannot be deleted: somebody needs it", Lift: "ask them"}}, p.Blocked); diff != "" || len(problems) > 0 {
		t.Error(diff, messages(problems))
	}
	declared := byOmission
	declared.Declared = only(absent("ada"))
	if _, problems = draft(policy, declared); len(problems) != 1 || problems[0].Resource != "ada" {
		t.Errorf("a declared deletion that is refused is a mistake of the document: %v", problems)
	}
}

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
