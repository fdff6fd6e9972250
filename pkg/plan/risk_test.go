package plan_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestTheWorstRiskOfAChange(t *testing.T) {
	risk := func(class string) plan.Risk { return plan.Risk{Class: class, Reason: "because"} }
	for _, test := range []struct {
		name  string
		risks []plan.Risk
		want  string
	}{
		{"a change without risks has none", nil, ""},
		{"the order in which a kind names them does not matter", []plan.Risk{risk(plan.Irreversible), risk(plan.LockOut), risk(plan.AccessWidened)}, plan.LockOut},
		{"a class of a newer version is a risk", []plan.Risk{risk("from-the-future")}, "from-the-future"},
		{"a class that is known goes before one that is not", []plan.Risk{risk("from-the-future"), risk(plan.SecretIssued)}, plan.SecretIssued},
	} {
		t.Run(test.name, func(t *testing.T) {
			worst, ok := (&plan.Change{Risks: test.risks}).WorstRisk()
			if worst.Class != test.want || ok != (test.want != "") {
				t.Errorf("%q, %t, want %q", worst.Class, ok, test.want)
			}
		})
	}
}

// The page that people read and the registry name the same classes, each in a
// section of its own, in the same order.
func TestEveryClassOfRiskIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/risks.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	before := regexp.MustCompile(`(?s)^(.*?)\n# Blocks`).FindSubmatch(page)
	for _, m := range regexp.MustCompile("(?m)^## ([a-z-]+)\n\n[A-Z]").FindAllSubmatch(before[1], -1) {
		documented = append(documented, string(m[1]))
	}
	var known []string
	for i, class := range plan.RiskClasses() {
		known = append(known, class.ID)
		if plan.Severity(class.ID) != i || class.Sentence == "" {
			t.Errorf("%s: severity %d, want %d, and a sentence", class.ID, plan.Severity(class.ID), i)
		}
		if want := "docs/risks.md#" + class.ID; class.Page() != want {
			t.Errorf("%s is documented at %s, want %s", class.ID, class.Page(), want)
		}
	}
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("docs/risks.md (-registry +page):\n%s", diff)
	}
}

// Access gained is as loud as access lost: nothing stands between the two.
func TestAccessGainedStandsNextToAccessLost(t *testing.T) {
	if lost, gained := plan.Severity(plan.AccessRemoved), plan.Severity(plan.AccessWidened); gained != lost+1 {
		t.Errorf("access-removed has severity %d and access-widened %d", lost, gained)
	}
}
