package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

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

// A change that renames an organization takes no protection from what lives in it.
func TestARenameTakesNoProtectionAway(t *testing.T) {
	renamedTo := func(slug string) plan.Set {
		return plan.Set{Kind: organizationKind, Declared: only(renamed(slug, "acme")), Live: []plan.Object{live("1", "acme")}}
	}
	in := func(within plan.Address, declared ...plan.Declaration) plan.Set {
		return with(members(declared, live("2", "ada")), func(s *plan.Set) { s.Within = within })
	}
	names := func(protected ...plan.Address) []plan.Address { return protected }
	const inc, becomes = "organization/acme-inc", "organization/acme is protected and would be called "
	tests := []struct {
		name      string
		protected []plan.Address
		sets      []plan.Set
		blocked   bool
		warning   string
	}{
		{"a member of a protected organization", names("organization/acme"), []plan.Set{renamedTo("acme-inc"), in(inc, absent("ada"))}, true, becomes},
		{"a protected member", names("organization/acme/member/Ada"), []plan.Set{renamedTo("acme-inc"), in(inc, absent("ada"))}, true, "organization/acme/member/Ada is protected and would be called "},
		{"a member whom nobody declares", names("organization/acme"), []plan.Set{renamedTo("acme-inc"), in(inc)}, true, becomes},
		{"in whatever order they come", names("organization/acme"), []plan.Set{in(inc, absent("ada")), renamedTo("acme-inc")}, true, becomes},
		{"where both names are protected", names("organization/acme", inc), []plan.Set{renamedTo("acme-inc"), in(inc, absent("ada"))}, true, ""},
		{"a protected organization alone", names("organization/acme"), []plan.Set{renamedTo("acme-inc")}, false, becomes + "organization/acme-inc, which is not: protect that too"},
		{"both names of it", names("organization/acme", inc), []plan.Set{renamedTo("acme-inc")}, false, ""},
		{"where the rename itself is held back", names("organization/acme"), []plan.Set{unseen(renamedTo("acme-inc")), in(inc, absent("ada"))}, true, "is not made out of"},
		{"another organization", names("organization/b"), []plan.Set{renamedTo("acme-inc"), in(inc, absent("ada"))}, false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Protect, policy.Undeclared = test.protected, map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
			p, problems := draft(policy, test.sets...)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if got := slices.Contains(blockIDs(p), "protect"); got != test.blocked {
				t.Errorf("blocked: %v %v", got, actions(p))
			}
			if warned := strings.Join(p.Warnings, "\n"); test.warning == "" && warned != "" || !strings.Contains(warned, test.warning) {
				t.Errorf("warned of %q, want %q", warned, test.warning)
			}
		})
	}
}

// What the base protects stays, however the change words the deletion.
func TestTheBaseProtectsWhatAChangeUnprotects(t *testing.T) {
	organizations := func(declared ...plan.Declaration) plan.Set {
		return plan.Set{Kind: organizationKind, Declared: declared, Live: []plan.Object{live("1", "acme"), live("2", "b")}, Closed: true, Past: &plan.Past{}}
	}
	in := func(within plan.Address, base []plan.Declaration, set plan.Set) plan.Set {
		set.Past = &plan.Past{Declared: base, Within: within}
		return set
	}
	acme, acmeInc := plan.Address("organization/acme"), plan.Address("organization/acme-inc")
	ada := members(nil, live("1", "ada"), live("2", "bob"))
	moved := with(ada, func(s *plan.Set) { s.Within = acmeInc })
	tests := []struct {
		name      string
		protected plan.Address
		set       plan.Set
		blocked   bool
	}{
		{"a block that is dropped", "organization/acme/member/ada", in(acme, only(declare("ada")), ada), true},
		{"a block that becomes absent", "organization/acme/member/ada", in(acme, only(declare("ada")), members(only(absent("ada")), live("1", "ada"))), true},
		{"an address in another case", "organization/acme/member/ADA", in(acme, only(declare("ADA")), ada), true},
		{"an address in another case that the base never declared", "organization/acme/member/ADA", in(acme, nil, ada), true},
		{"an address that the base never declared", "organization/acme/member/ada", in(acme, nil, ada), true},
		{"a member of a protected organization", acme, in(acme, only(declare("ada")), ada), true},
		{"a protected organization", acme, organizations(absent("acme"), declare("b")), true},
		{"an organization with a protected member", "organization/acme/member/ada", organizations(absent("acme"), declare("b")), true},
		{"a protected member of an organization that is renamed", "organization/acme/member/ada", in(acme, only(declare("ada")), moved), true},
		{"a member of a protected organization that is renamed", acme, in(acme, only(declare("ada")), moved), true},
		{"a member who was to be renamed", "organization/acme/member/eve", in(acme, only(renamed("eve", "ada")), ada), true},
		{"a member whom an id pins", "organization/acme/member/eve", in(acme, only(pinned("eve", "1")), ada), true},
		{"another member's protection says nothing", "organization/acme/member/cyd", in(acme, only(declare("ada"), declare("cyd")), ada), false},
		{"another organization's protection says nothing", "organization/acm", organizations(absent("acme"), declare("b")), false},
		{"what is protected and not deleted is nobody's concern", acme, organizations(declare("acme", "name=new"), declare("b")), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
			p, problems := since(policy, []plan.Address{test.protected}, test.set)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
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
			if len(p.Policy.Protect) > 0 {
				t.Errorf("the base's protections are part of the policy, and so of the digest: %v", p.Policy.Protect)
			}
			if test.blocked && !strings.Contains(p.Blocked[0].Reason, string(test.protected)+" is protected at the base git:main") {
				t.Errorf("the reason does not say who protects: %s", p.Blocked[0].Reason)
			}
			unprotected, _ := since(policy, nil, test.set)
			if test.blocked == (unprotected.Digest == p.Digest) {
				t.Errorf("a base belongs to the digest if it blocks, and only then")
			}
		})
	}
}

func TestWhatTheBaseProtectsToo(t *testing.T) {
	policy := lax()
	policy.Protect = []plan.Address{"organization/acme"}
	set := plan.Set{Kind: organizationKind, Declared: only(absent("acme")), Live: []plan.Object{live("1", "acme")}, Past: &plan.Past{}}
	p, _ := since(policy, policy.Protect, set)
	if len(p.Blocked) != 1 || strings.Contains(p.Blocked[0].Reason, "base") {
		t.Errorf("what the documents protect themselves is told once, and not of the base: %v", p.Blocked)
	}
	moved := with(members(only(absent("ada")), live("1", "ada")), func(s *plan.Set) {
		s.Within, s.Past = "organization/acme-inc", &plan.Past{Within: "organization/acme"}
	})
	p, _ = since(policy, policy.Protect, moved)
	if diff := cmp.Diff([]string{"protect"}, blockIDs(p)); diff != "" {
		t.Errorf("a protection of today by the former name does not make the base's one void: %s", diff)
	}
}

func TestASelectionDoesNotWeakenTheBase(t *testing.T) {
	d := plan.NewDraft(target, lax(), "test")
	d.Since("git:main", []plan.Address{"organization/acme/member/ada"})
	d.Select([]plan.Address{"organization/acme/member/ada"}, []plan.Address{"organization/acme/member/bob"})
	set := members(only(absent("ada"), absent("bob")), live("1", "ada"), live("2", "bob"))
	set.Past = &plan.Past{Within: set.Within}
	d.Compare(set)
	p, _ := d.Finish()
	if diff := cmp.Diff([]string{"protect"}, blockIDs(p)); diff != "" {
		t.Error(diff)
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
