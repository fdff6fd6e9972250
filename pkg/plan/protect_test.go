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
