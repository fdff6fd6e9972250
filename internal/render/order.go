package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A section is the changes of one organization, or those of the environment.
type section struct {
	organization string // its slug, harmless; "" for the environment
	changes      []*plan.Change
	alike        []alike        // what several of them say, said once
	numbers      map[saying]int // of those
}

// title is what a section is called.
func (s *section) title() string {
	if s.organization == "" {
		return "Environment"
	}
	return "Organization " + s.organization
}

// sections puts the environment first, then the organizations by slug; inside a
// section what is blocked first, then the riskiest, then the plan's own order.
func sections(p *plan.Plan) []section {
	changes := make([]*plan.Change, 0, len(p.Changes))
	for i := range p.Changes {
		changes = append(changes, &p.Changes[i])
	}
	slices.SortStableFunc(changes, func(a, b *plan.Change) int {
		return cmp.Or(cmp.Compare(home(a), home(b)), cmp.Compare(severity(a), severity(b)))
	})
	var list []section
	for i, c := range changes {
		if i == 0 || home(c) != home(changes[i-1]) {
			list = append(list, section{organization: Safe(strings.TrimPrefix(string(home(c)), "organization/"))})
		}
		last := &list[len(list)-1]
		last.changes = append(last.changes, c)
	}
	for i := range list {
		list[i].fold()
	}
	return list
}

// home is the organization that the change is in or of, or "".
func home(c *plan.Change) plan.Address {
	if within := c.Address.Organization(); within != "" {
		return within
	}
	if strings.HasPrefix(string(c.Address), "organization/") {
		return c.Address
	}
	return ""
}

// riskless is the severity of a change that has no risk and is not blocked.
var riskless = len(plan.RiskClasses()) + 1

// severity is lower the sooner a reviewer should see the change: below zero of
// what is blocked, which is in the order of its risks too.
func severity(c *plan.Change) int {
	s := riskless
	if worst, ok := c.WorstRisk(); ok {
		s = plan.Severity(worst.Class)
	}
	if len(c.BlockedBy) > 0 {
		s -= riskless + 1
	}
	return s
}
