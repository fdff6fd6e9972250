package plan_test

import (
	"fmt"
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
		return plan.Set{
			Kind: organizationKind, Declared: only(absent("acme")),
			Live: []plan.Object{with(live("1", "acme"), func(o *plan.Object) { o.Nested = nested }), live("2", "b"), live("3", "c")},
		}
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
		{
			"an organization counts with what nests in it, as objects and as grants", plan.DefaultPolicy().Limits, organization(30),
			[]string{"--allow access_removals=30", "--allow deletes=31"},
		},
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
		{
			"what a kind says that people lose counts too", plan.DefaultPolicy().Limits,
			plan.Set{Kind: &closing, Declared: only(declare("acme", "name=x")), Live: []plan.Object{live("1", "acme")}},
			[]string{"--allow access_removals=30"},
		},
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
	other.Within = "organization/aardvark" // the worst comes first
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
