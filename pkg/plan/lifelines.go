package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// A Lifeline is something without which somebody is locked out: the
// administrators of an organization, a way to log in there, a profile whose
// tokens live clients send. Objects hold it up, and a change that takes away the
// last of them cuts it.
type Lifeline struct {
	Where Address `json:"where"` // what hangs on it: an organization, a profile, or "" for the whole environment
	What  string  `json:"what"`  // in words that follow "without": "a way to log in"
}

// Administrator is the What of an organization's explicit administrators, of
// whom policy.min_admins says how many there must be. Of all else one is enough.
const Administrator = "role stytch_admin"

// String names the lifeline in a sentence.
func (l Lifeline) String() string {
	if l.Where == "" {
		return l.What + " of the environment"
	}
	return fmt.Sprintf("%s of %s", l.What, l.Where)
}

// where names what hangs on it.
func (l Lifeline) where() string { return cmp.Or(string(l.Where), "the environment") }

// Hold counts holders of a lifeline that stand in no set, because nobody
// declares their kind there.
func (d *Draft) Hold(l Lifeline, holders int) { d.held[l] += holders }

// Uncounted records that nobody could count whom a change of one object concerns.
// The object's Uncounted says why, and leaves the change out.
func (d *Draft) Uncounted(kind string, change Address, reason string) {
	d.plan.Complete = false
	d.plan.Unknown = append(d.plan.Unknown, Unknown{Kind: kind, Scope: string(change.Organization()), Reason: reason, Change: change})
}

// countHolders counts what the live objects of a set hold up. What hangs on an
// object that nobody declares cannot be changed, and is not counted.
func (d *Draft) countHolders(s *scope, m matched) {
	if s.Unknown != "" && s.Within != "" {
		d.unread[s.Within] = true
	}
	for _, p := range m.pairs {
		if p.live != nil && !p.live.Gone {
			for _, l := range s.Kind.Lifelines(s.Within, p.declared.Key, p.live.Value, p.live.Value) {
				if !s.traits.HeldAbove || l.Where != s.Within {
					d.holdUp(s, l, p.declared.Key, p.live)
				}
			}
		}
	}
	for i := range s.Live {
		object := &s.Live[i]
		if m.taken[i] || object.Gone {
			continue
		}
		for _, l := range s.Kind.Lifelines(s.Within, object.Key, object.Value, object.Value) {
			if l.Where == s.Within && !s.traits.HeldAbove || l.Where != s.Within && l.Where != s.address(object.Key) {
				d.holdUp(s, l, object.Key, object)
			}
		}
	}
}

// pulls is by how much a change raises or lowers the holders of each lifeline.
// What hangs on the object itself ends with it.
func (s *scope) pulls(change *Change, before, after any) map[Lifeline]int {
	pulls := map[Lifeline]int{}
	if before != nil {
		for _, l := range s.Kind.Lifelines(s.Within, change.Key, before, before) {
			pulls[l]--
		}
	}
	if after != nil {
		for _, l := range s.Kind.Lifelines(s.Within, change.Key, before, after) {
			pulls[l]++
		}
	}
	maps.DeleteFunc(pulls, func(l Lifeline, by int) bool {
		own := l.Where != s.Within && l.Where == change.Address
		return by == 0 || own && change.Action == Delete
	})
	return pulls
}

// A turnover is what a plan does to one lifeline. Losers and gainers are the
// numbers of the changes that lower and raise it.
type turnover struct {
	Lifeline
	before, least   int
	losers, gainers []int
	lost, gained    int
	unread          bool // who holds it is not wholly known
	circular        bool // the additions that keep it wait for a change that cuts it
}

func (t *turnover) after() int { return t.before - t.lost + t.gained }

// cut reports whether the plan lowers it below its minimum. It judges the change:
// a lifeline that was cut already is not the plan's doing.
//
//	live  taken  given  least  verdict
//	2     1      0      1      fine
//	1     1      0      1      cut
//	1     1      1      1      fine; the removal leans on the addition
//	1     1      1      2      fine: it was too few already, and is not fewer
//	0     0      0      1      fine: it was so already
func (t *turnover) cut() bool {
	return t.circular || t.after() < t.before && t.after() < t.least
}

// turnovers lists the lifelines that some change lowers, in order.
func (d *Draft) turnovers() []*turnover {
	all := map[Lifeline]*turnover{}
	for i := range d.entries {
		e := &d.entries[i]
		for l, by := range e.pulls {
			// Nobody is locked out of what is empty. A count may be late, and who was seen there is there.
			if e.empty && l.Where == e.Address && !d.inhabited[e.Address] {
				continue
			}
			t := all[l]
			if t == nil {
				t = &turnover{Lifeline: l, before: d.held[l], least: 1, unread: l.Where != "" && d.unread[l.Where]}
				all[l] = t
			}
			if by > 0 {
				t.gained += by
				t.gainers = append(t.gainers, i)
				continue
			}
			t.lost -= by
			t.losers = append(t.losers, i)
			t.unread = t.unread || l.Where == "" && e.blind
		}
	}
	var order []*turnover
	for l, t := range all {
		if l.What == Administrator {
			t.least = d.plan.Policy.MinAdmins
		}
		if t.lost > 0 {
			order = append(order, t)
		}
	}
	slices.SortFunc(order, func(a, b *turnover) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What)) })
	return order
}

// dropUnjudged leaves out what cuts a lifeline as far as anybody could see,
// because not everything that may hold it was seen, and then whatever leans on
// that. What is left out may have held up another, so that the counting starts
// over until nothing more goes.
func (d *Draft) dropUnjudged() {
	for {
		omitted := map[Address]bool{}
		for _, t := range d.turnovers() {
			if !t.unread || !t.cut() {
				continue
			}
			for _, i := range t.losers {
				e := &d.entries[i]
				d.Warn("the %s of %s is left out: it takes from %s, and what else holds that could not all be read", e.Action, e.Address, t.Lifeline)
				omitted[e.Address] = true
			}
		}
		if len(omitted) == 0 {
			return
		}
		d.omit(func(e *entry) bool { return omitted[e.Address] })
		d.dropUnseen()
	}
}

// dropUncounted leaves out the changes of which nobody could say whom they concern.
func (d *Draft) dropUncounted() {
	d.omit(func(e *entry) bool {
		if e.uncounted != "" {
			d.Warn("the %s of %s is left out: nobody could say whom it concerns: %s", e.Action, e.Address, e.uncounted)
		}
		return e.uncounted != ""
	})
}

// omit leaves changes out of the plan, and remembers what they would have given.
func (d *Draft) omit(is func(*entry) bool) {
	d.entries = slices.DeleteFunc(d.entries, func(e entry) bool {
		left := is(&e)
		if left {
			d.missing(&e, "which is left out")
		}
		return left
	})
}

// lean makes every removal wait for as many additions as it takes: in whatever
// order operations end, and whichever of them fail, the lifeline holds. A removal
// that is fine without any addition waits for none. Where only additions are left
// that wait for the removal in turn, no order keeps the lifeline.
func (t *turnover) lean(g *web) {
	for _, loser := range t.losers {
		missing := min(t.before, t.least) - (t.before - t.lost)
		from := g.takes(loser)
		for _, gainer := range t.gainers {
			if missing <= 0 {
				break
			}
			if g.follow(from, g.last(gainer)) {
				missing -= g.entries[gainer].pulls[t.Lifeline]
			}
		}
		t.circular = t.circular || missing > 0
	}
}
