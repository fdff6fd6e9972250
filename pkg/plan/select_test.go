package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAPartialPlanHasWhatIsSelectedAndWhatThatNeeds(t *testing.T) {
	tests := []struct {
		name              string
		targets, excluded []plan.Address
		want              []string
	}{
		{name: "a target alone", targets: []plan.Address{"organization/globex"}, want: []string{"update organization/globex"}},
		{
			name: "a target brings along what it needs, and nothing else", targets: []plan.Address{"organization/acme/member/ada"},
			want: []string{"create organization/acme", "create organization/acme/member/ada", "update policy"},
		},
		{
			name: "an organization stands for what nests in it", targets: []plan.Address{"organization/acme"},
			want: []string{"create organization/acme", "create organization/acme/member/ada", "create organization/acme/member/bob", "update policy"},
		},
		{
			name: "what needs something excluded is left out", excluded: []plan.Address{"policy"},
			want: []string{"create organization/acme", "create organization/acme/member/bob", "update organization/globex"},
		},
		{name: "an excluded organization takes its members with it", excluded: []plan.Address{"organization/acme"}, want: []string{"update organization/globex", "update policy"}},
		{
			name: "an exclusion beats a target", targets: []plan.Address{"organization/acme"}, excluded: []plan.Address{"organization/acme/member/ada"},
			want: []string{"create organization/acme", "create organization/acme/member/bob"},
		},
		{
			name: "what a target would have needed does not come along for one that is excluded", targets: []plan.Address{"organization/acme/member/ada", "organization/globex"}, excluded: []plan.Address{"organization/acme"},
			want: []string{"update organization/globex"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			closed := lax()
			closed.Undeclared = map[string]plan.Undeclaring{"link": plan.DeleteUndeclared}
			d := plan.NewDraft(plan.Target{}, closed, "test")
			d.Select(test.targets, test.excluded)
			d.Compare(plan.Set{Kind: policyKind, Declared: only(declare("", "roles=editor")), Live: []plan.Object{live("p", "")}})
			d.Compare(plan.Set{Kind: linkKind, Closed: true, Live: []plan.Object{live("l", "undeclared")}})
			d.Compare(plan.Set{Kind: organizationKind, Declared: only(declare("acme"), declare("globex", "name=Globex")), Live: []plan.Object{live("g", "globex")}})
			d.Compare(plan.Set{Kind: memberKind, Within: "organization/acme", Declared: only(declare("ada", "roles=editor"), declare("bob"))})
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := cmp.Diff(test.want, actions(p)); diff != "" {
				t.Error(diff)
			}
			if !p.Partial {
				t.Error("a plan with something left out does not say so")
			}
			if p.Summary.Undeclared != 1 {
				t.Error("a partial plan deletes nothing because it is not declared, and still counts it")
			}
		})
	}
}

// A policy removes a role while a member lets go of it, and a default moves from
// one link to another: neither half may run without the other.
func TestAPartialPlanTakesNothingAwayThatIsStillUsed(t *testing.T) {
	tests := []struct {
		name              string
		targets, excluded []plan.Address
		want              []string
		warned            string
	}{
		{name: "a target brings along those who let go of what it removes", targets: []plan.Address{"policy"}, want: []string{"update organization/acme/member/ada", "update organization/acme/member/bob", "update policy"}},
		{name: "and what they need", targets: []plan.Address{"organization/acme/member/ada"}, want: []string{"update organization/acme/member/ada", "update organization/acme/member/bob", "update policy"}},
		{
			name: "what somebody excluded still uses is not removed, and who needs the rest of that change is left out", excluded: []plan.Address{"organization/acme/member/bob"},
			want:   []string{"create link/new", "update link/old"},
			warned: "the update of policy is left out: it takes away role/editor, and organization/acme/member/bob, which would let go of it, is not part of this plan",
		},
		{name: "a default that moves takes both along", targets: []plan.Address{"link/old"}, want: []string{"create link/new", "update link/old"}},
		{
			name: "a default is not given up to somebody excluded", excluded: []plan.Address{"link/new", "organization/acme"}, want: []string{},
			warned: "the update of link/old is left out: it gives up default/login to another, which is not part of this plan",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := plan.NewDraft(plan.Target{}, lax(), "test")
			d.Select(test.targets, test.excluded)
			d.Compare(plan.Set{Kind: policyKind, Declared: only(declare("", "roles=author")), Live: []plan.Object{live("p", "", "roles=editor")}})
			d.Compare(plan.Set{Kind: linkKind, Declared: only(declare("old", "roles="), declare("new", "roles=login")), Live: []plan.Object{live("l", "old", "roles=login")}})
			d.Compare(plan.Set{Kind: organizationKind, Declared: only(declare("acme")), Live: []plan.Object{live("o", "acme")}})
			d.Compare(plan.Set{
				Kind: memberKind, Within: "organization/acme", Declared: only(declare("ada", "roles=author"), declare("bob", "roles=")),
				Live: []plan.Object{live("a", "ada", "roles=editor"), live("b", "bob", "roles=editor")},
			})
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := cmp.Diff(test.want, actions(p)); diff != "" {
				t.Error(diff)
			}
			if test.warned != "" && !slices.Contains(p.Warnings, test.warned) {
				t.Errorf("warnings: %q", p.Warnings)
			}
		})
	}
}
