package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// ruledPlan breaks rules of the house of both severities.
func ruledPlan() *plan.Plan {
	at := func(line int) *plan.Source { return &plan.Source{File: "policy.yaml", Line: line, Column: 5} }
	c := change(plan.Create, "organization/o00", 3, adds("organization_name", "O"))
	c.BlockedBy = []string{plan.RulesBlock}
	p := planOf(staging, 2, c)
	p.Blocked = []plan.Block{{ID: "deletes", Reason: "12 objects would be deleted; the limit deletes is 10", Lift: "--allow deletes=12"}}
	for i := range 25 {
		v := plan.Verdict{Name: "domains_named", Severity: plan.RuleError, Address: plan.Address(fmt.Sprintf("organization/o%02d", i)), Message: fmt.Sprintf("o%02d must name its domains", i), Source: at(9)}
		p.Rules = append(p.Rules, v)
		if i < 10 {
			p.Blocked = append(p.Blocked, plan.Block{ID: plan.RulesBlock, Reason: "domains_named: " + v.Message, Lift: plan.LiftRule})
		}
	}
	p.Rules = append(p.Rules,
		plan.Verdict{Name: "few_at_once", Severity: plan.RuleWarning, Message: "3 objects at once", Source: at(14)},
		plan.Verdict{Name: "odd name", Severity: plan.RuleWarning, Address: "organization/acme", Message: "cannot be decided: the condition: no such key", Undecided: true},
	)
	p.Warnings = append([]string{"the total that Stytch gave, 9, is not what it listed, 8"}, p.RuleWarnings()...)
	return p
}

func TestARuleIsToldOnceWithAllThatBreakIt(t *testing.T) {
	p := ruledPlan()
	if len(p.Warnings) != 3 {
		t.Fatalf("%q, want two warnings of rules", p.Warnings)
	}
	out, source := text(t, p, Options{}), markdown(t, p, MarkdownOptions{})
	for words, want := range map[string]int{
		"Blocked by rules: rule domains_named (policy.yaml:9) does not hold for 25\n": 1, "  organization/o": 20, "  and 5 more\n": 1,
		"  to lift it: change the documents": 1, "Blocked by deletes: ": 1,
		"Warning: rule few_at_once (policy.yaml:14) does not hold\n  3 objects at once\n": 1, "Warning: ": 3,
		"Warning: rule \"odd name\" does not hold for 1\n  organization/acme: cannot be decided: ": 1,
	} {
		out := out[strings.Index(out, "Warning"):]
		if got := strings.Count(out, words); got != want {
			t.Errorf("%q stands %d times, want %d, in:\n%s", words, got, want, out)
		}
	}
	for words, want := range map[string]int{
		"**Blocked 2 times.**": 1, "3 warnings.": 1, "- **Blocked** by `rules`: rule `domains_named` (`policy.yaml:9`) does not hold for 25; to lift it: change": 1,
		"\n  - `organization/o": 20, "  - and 5 more\n": 1, "- **Warning**: rule `few_at_once` (`policy.yaml:14`) does not hold\n  - 3 objects at once\n": 1,
	} {
		if got := strings.Count(source, words); got != want {
			t.Errorf("%q stands %d times, want %d, in:\n%s", words, got, want, source)
		}
	}
	asHTML(t, source)
}

func TestRulesAreCutWithTheOtherNotes(t *testing.T) {
	p := ruledPlan()
	for i := range 30 {
		p.Rules = append(p.Rules, plan.Verdict{Name: fmt.Sprintf("rule_%02d", i), Severity: plan.RuleWarning, Message: strings.Repeat("long ", 60)})
	}
	source := markdown(t, p, MarkdownOptions{MaxBytes: 7000})
	for _, want := range []string{"33 warnings.", "\n- and 27 more rules\n", "  - and 20 more\n", "notes"} {
		if !strings.Contains(source, want) {
			t.Errorf("%q is missing in:\n%s", want, source)
		}
	}
	asHTML(t, source)
}
