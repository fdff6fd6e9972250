package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestARemovalNamesWhomItReliesOn(t *testing.T) {
	admin := func(key string) plan.Object { return live("id-"+key, key, "roles=stytch_admin") }
	none := func(key string) plan.Declaration { return declare(key, "roles=") }
	crowd := []plan.Object{admin("ada")}
	for i := range 100 {
		crowd = append(crowd, admin(fmt.Sprintf("m%03d", i)))
	}
	tests := []struct {
		name     string
		minimum  int
		declared []plan.Declaration
		live     []plan.Object
		want     []string // the members on whom the removal of ada relies
	}{
		{"on one, when one must stay", 1, only(none("ada")), []plan.Object{admin("ada"), admin("eve"), admin("bob")}, []string{"bob"}},
		{"on two, when two must stay", 2, only(none("ada")), []plan.Object{admin("ada"), admin("eve"), admin("bob")}, []string{"bob", "eve"}},
		{"not on whom the plan takes away as well", 1, only(none("ada"), absent("bob")), []plan.Object{admin("ada"), admin("bob"), admin("eve")}, []string{"eve"}},
		{"on whom the plan changes otherwise", 1, only(none("ada"), declare("bob", "name=Bob")), []plan.Object{admin("ada"), admin("bob")}, []string{"bob"}},
		{"on nobody, when the addition is a need", 1, only(none("ada"), declare("new", "roles=stytch_admin")), []plan.Object{admin("ada")}, nil},
		{"on nobody, when nobody must stay", 0, only(none("ada")), []plan.Object{admin("ada"), admin("bob")}, nil},
		{"on one of many", 1, only(none("ada")), crowd, []string{"m000"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.MinAdmins = test.minimum
			p, problems := draft(policy, members(test.declared, test.live...))
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			var got []string
			for _, r := range find(p, "organization/acme/member/ada").ReliesOn {
				got = append(got, r.Key)
				if r.ID != "id-"+r.Key || r.What != plan.Administrator || r.Where != "organization/acme" {
					t.Errorf("it cannot be looked at: %+v", r)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("relies on (-want +got):\n%s", diff)
			}
		})
	}
}
