package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A group is the changes of one organization, or those of the environment.
type group struct {
	title   string
	changes []*plan.Change
}

// groups puts the environment first, then the organizations by slug; inside a
// group what is blocked first, then the riskiest, then the plan's own order.
func groups(p *plan.Plan) []group {
	changes := make([]*plan.Change, 0, len(p.Changes))
	for i := range p.Changes {
		changes = append(changes, &p.Changes[i])
	}
	slices.SortStableFunc(changes, func(a, b *plan.Change) int {
		return cmp.Or(cmp.Compare(home(a), home(b)), cmp.Compare(severity(a), severity(b)))
	})
	var list []group
	for i, c := range changes {
		if i == 0 || home(c) != home(changes[i-1]) {
			list = append(list, group{title: title(home(c))})
		}
		last := &list[len(list)-1]
		last.changes = append(last.changes, c)
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

func title(home plan.Address) string {
	if home == "" {
		return "Environment"
	}
	return "Organization " + Safe(strings.TrimPrefix(string(home), "organization/"))
}

// harm lists the classes of risk, the worst first.
var harm = []string{
	plan.LockOut, plan.AccessRemoved, plan.AuthenticationWeakened, plan.AccessWidened,
	plan.PasswordCleared, plan.SessionsRevoked, plan.Irreversible,
}

// severity is lower the sooner a reviewer should see the change.
func severity(c *plan.Change) int {
	if len(c.BlockedBy) > 0 {
		return -1
	}
	worst := len(harm) + 1
	for _, risk := range c.Risks {
		rank := slices.Index(harm, risk.Class)
		if rank < 0 {
			rank = len(harm) // a class that this list does not know is still a risk
		}
		worst = min(worst, rank)
	}
	return worst
}
