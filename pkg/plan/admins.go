package plan

import (
	"fmt"
	"slices"
)

// adminGrant is the grant that lets a member administer an organization.
const adminGrant = "role stytch_admin"

// countAdmins counts the live administrators of an organization from which the
// entries take some away, so that guardAdmins can judge the plan as a whole.
func (d *Draft) countAdmins(s *scope, entries []entry) {
	if s.Within == "" || !slices.ContainsFunc(entries, func(e entry) bool { return e.count(e.grants.removed) > 0 }) {
		return
	}
	d.unread[s.Within] = s.Unknown != ""
	for i := range s.Live {
		object := &s.Live[i]
		if object.Gone {
			continue
		}
		for _, g := range s.Kind.Grants(s.Within, object.Key, object.Value) {
			if g.What == adminGrant {
				d.admins[s.Within]++
			}
		}
	}
}

// guardAdmins blocks a plan that leaves an organization with fewer explicit
// administrators than the policy wants. It judges the change: an organization
// that has too few already is not the plan's doing.
//
//	live  taken  given  min_admins  verdict
//	2     1      0      1           fine
//	1     1      0      1           blocked
//	1     1      1      1           fine; the removal leans on the addition
//	0     0      0      1           fine: it was so already
//
// Where not all members were seen, dropUnjudged has left the removals out.
func (d *Draft) guardAdmins() {
	for _, t := range d.turnovers() {
		d.guardScope(t)
	}
}

// dropUnjudged leaves out the removals of administrators that nobody can judge,
// because not all members of the organization were seen, and then whatever leans
// on those removals. What that leaves out may have been an addition, so that
// the counting starts over until nothing more goes.
func (d *Draft) dropUnjudged() {
	for {
		omitted := map[Address]bool{}
		for _, t := range d.turnovers() {
			before, after := d.administrators(t)
			if !d.unread[t.scope] || after >= before || after >= d.plan.Policy.MinAdmins {
				continue
			}
			for _, e := range t.losers {
				d.Warn("the %s of %s is left out: it takes an administrator from %s, whose other members could not all be read", e.Action, e.Address, e.scope)
				omitted[e.Address] = true
			}
		}
		if len(omitted) == 0 {
			return
		}
		d.entries = slices.DeleteFunc(d.entries, func(e entry) bool {
			if omitted[e.Address] {
				d.missing(&e, "which is left out")
			}
			return omitted[e.Address]
		})
		d.dropUnseen()
	}
}

// A turnover is what a plan does to the administrators of one organization.
type turnover struct {
	scope           Address
	losers, gainers []*entry
	lost, gained    int
}

// administrators counts those of an organization before and after the plan.
func (d *Draft) administrators(t *turnover) (before, after int) {
	before = d.admins[t.scope]
	return before, before - t.lost + t.gained
}

// turnovers lists those in which administrators are lost.
func (d *Draft) turnovers() []*turnover {
	byScope := map[Address]*turnover{}
	var order []*turnover
	for i := range d.entries {
		e := &d.entries[i]
		lost, gained := e.count(e.grants.removed), e.count(e.grants.added)
		if lost+gained == 0 {
			continue
		}
		t := byScope[e.scope]
		if t == nil {
			t = &turnover{scope: e.scope}
			byScope[e.scope] = t
			order = append(order, t)
		}
		t.lost, t.gained = t.lost+lost, t.gained+gained
		if lost > 0 {
			t.losers = append(t.losers, e)
		}
		if gained > 0 {
			t.gainers = append(t.gainers, e)
		}
	}
	return slices.DeleteFunc(order, func(t *turnover) bool { return t.lost == 0 })
}

// guardScope judges one organization.
func (d *Draft) guardScope(t *turnover) {
	least := d.plan.Policy.MinAdmins
	before, after := d.administrators(t)
	if after >= before || after >= least && after > 0 {
		t.lean(min(before, least) - (before - t.lost))
		return
	}
	for _, e := range t.losers {
		e.Risks = append(e.Risks, Risk{Class: LockOut, Reason: fmt.Sprintf("%s is left with %d explicit stytch_admin members", t.scope, after)})
	}
	if after < least {
		d.block(Block{
			ID: "min_admins", Reason: fmt.Sprintf("%s would have %d explicit stytch_admin members instead of %d; policy.min_admins is %d", t.scope, after, before, least),
			Lift: "make another member stytch_admin in the same change, or lower policy.min_admins",
		}, t.losers...)
	}
}

// lean makes every removal wait for as many additions as it takes: in whatever
// order operations end, the organization keeps its administrators. A removal
// that is fine without any addition waits for none.
func (t *turnover) lean(missing int) {
	for _, e := range t.losers {
		for _, other := range t.gainers[:max(0, min(missing, len(t.gainers)))] {
			e.leansOn = append(e.leansOn, other.Address)
		}
	}
}

// count is the number of administrators among grants.
func (e *entry) count(names []string) int {
	n := 0
	for _, name := range names {
		if e.who[name].What == adminGrant {
			n++
		}
	}
	return n
}
