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

// The page that people read and the registry name the same classes.
func TestEveryClassOfRiskIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/risks.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	before := regexp.MustCompile(`(?s)^(.*?)\n# Blocks`).FindSubmatch(page)
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllSubmatch(before[1], -1) {
		documented[string(m[1])] = true
	}
	known := map[string]bool{}
	for i, class := range plan.RiskClasses() {
		known[class.ID] = true
		if plan.Severity(class.ID) != i || class.Sentence == "" {
			t.Errorf("%s: severity %d, want %d, and a sentence", class.ID, plan.Severity(class.ID), i)
		}
	}
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("docs/risks.md (-registry +page):\n%s", diff)
	}
}
