package render

import (
	"cmp"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// otherRisk stands for every class of risk that a newer version knows.
const otherRisk = "other"

// riskiestFirst is the sections with the worst change first. Inside a section the
// worst one stands first already.
func riskiestFirst(sections []section) []section {
	list := slices.Clone(sections)
	slices.SortStableFunc(list, func(a, b section) int {
		return cmp.Compare(severity(a.changes[0]), severity(b.changes[0]))
	})
	return list
}

// A riskCount is how many changes have a class of risk.
type riskCount struct {
	class   plan.RiskClass
	changes int
}

// riskCounts counts changes by class of risk, the worst class first.
func riskCounts(changes []*plan.Change) []riskCount {
	counts := map[string]int{}
	for _, c := range changes {
		for _, class := range classesOf(c) {
			counts[class]++
		}
	}
	var list []riskCount
	for _, class := range append(plan.RiskClasses(), plan.RiskClass{ID: otherRisk, Sentence: "A risk that this version does not know."}) {
		if counts[class.ID] > 0 {
			list = append(list, riskCount{class, counts[class.ID]})
		}
	}
	return list
}

// classesOf lists the classes of a change's risks, each once.
func classesOf(c *plan.Change) []string {
	var list []string
	for _, r := range c.Risks {
		class := r.Class
		if plan.Severity(class) == riskless-1 {
			class = otherRisk
		}
		if !slices.Contains(list, class) {
			list = append(list, class)
		}
	}
	return list
}
