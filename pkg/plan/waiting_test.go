package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestWhatWaitsIsToldAndIsNoDifference(t *testing.T) {
	const acme = "organization/acme/member/"
	for _, test := range []struct {
		name    string
		live    []plan.Object
		fields  []string
		actions []string
	}{
		{"of what is live, and nothing else differs", []plan.Object{live("1", "ada", "name=Ada")}, []string{"name=later"}, nil},
		{"of what is live, and something else differs", []plan.Object{live("1", "ada", "name=Ada")}, []string{"name=later", "external=7"}, []string{"update " + acme + "ada"}},
		{"of what is to be created", nil, []string{"name=later"}, []string{"create " + acme + "ada"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := plan.NewDraft(plan.Target{}, plan.DefaultPolicy(), "test")
			d.Compare(plan.Set{Kind: memberKind, Within: "organization/acme", Declared: only(declare("ada", test.fields...)), Live: test.live})
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var actions []string
			for _, c := range p.Changes {
				actions = append(actions, string(c.Action)+" "+string(c.Address))
				for _, a := range c.Attributes {
					if a.Name == "name" {
						t.Errorf("the plan has %+v", a)
					}
				}
			}
			if diff := cmp.Diff(test.actions, actions); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{acme + "ada: the name waits"}, p.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}
