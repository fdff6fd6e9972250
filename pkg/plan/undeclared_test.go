package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

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
		{
			"go all when the organization manages those too", deleting, with(set, func(s *plan.Set) { s.IDPMembers = plan.IDPManage }),
			[]string{"delete organization/acme/member/bob", "delete organization/acme/member/eve"},
			nil,
		},
		{"do not exist where the kind's key is not present", deleting, with(set, func(s *plan.Set) { s.Closed = false }), []string{}, nil},
		{"of a kind that is kept are never deleted", deleting, plan.Set{Kind: organizationKind, Live: []plan.Object{live("1", "acme")}, Closed: true}, []string{}, []string{"acme"}},
		{
			"that share an address stay, because a reviewer could not tell them apart", deleting,
			members(only(pinned("ada", "1")), live("1", "ada"), live("2", "ada"), live("5", "twin"), live("6", "twin")),
			[]string{},
			[]string{"ada", "twin", "twin"},
		},
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
