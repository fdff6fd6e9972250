package plan

import (
	"slices"
	"strings"
)

// A Reliance is a live object that a plan leaves as it is, and without which one
// of its changes would lock somebody out: the other administrator, when one of
// two goes. A plan may be carried out long after it was made, so that whoever
// carries it out looks at the object right before the change.
type Reliance struct {
	Lifeline
	Address        Address `json:"address"`
	Kind           string  `json:"kind"`
	Key            string  `json:"key"`
	ID             string  `json:"id,omitempty"`
	OrganizationID string  `json:"organization_id,omitempty"`
}

// mostHolders bounds how many holders of one lifeline are remembered: the plan's
// size must not grow with the administrators that an organization has.
const mostHolders = 16

// holdUp counts a live object that holds a lifeline up, and remembers some.
func (d *Draft) holdUp(s *scope, l Lifeline, key string, o *Object) {
	d.held[l]++
	if o.ID != "" && len(d.holders[l]) < mostHolders {
		d.holders[l] = append(d.holders[l], Reliance{
			Lifeline: l, Address: s.address(key), Kind: s.Kind.Name(), Key: key, ID: o.ID, OrganizationID: s.OrganizationID,
		})
	}
}

// rely names, for each change that lowers a lifeline, the objects that hold it up
// afterwards and that the plan does not lower: as many as are needed. What the
// plan adds is a need of its steps already; who was counted without being seen
// can be looked at by nobody.
//
//	live                least  the plan takes  it relies on
//	ada, bob, eve       1      ada             bob
//	ada, bob, eve       2      ada             bob, eve
//	ada                 1      ada, gives new  nothing: the removal needs the addition
func (d *Draft) rely(turnovers []*turnover) {
	for _, t := range turnovers {
		losing := map[Address]bool{}
		for _, i := range t.losers {
			losing[d.entries[i].Address] = true
		}
		left := slices.DeleteFunc(slices.Clone(d.holders[t.Lifeline]), func(r Reliance) bool { return losing[r.Address] })
		slices.SortFunc(left, func(a, b Reliance) int { return strings.Compare(string(a.Address), string(b.Address)) })
		left = left[:min(len(left), t.before, t.least)]
		for _, i := range t.losers {
			d.entries[i].ReliesOn = append(d.entries[i].ReliesOn, left...)
		}
	}
}
