package plan

import (
	"fmt"
	"slices"
)

// heldBack leaves out what must not be done where not everything was seen: an
// object that was not seen may be there. What the declaration would offer to
// others counts as unseen too, so that they do not build on it.
func (d *Draft) heldBack(s *scope, p pair) bool {
	declared, live := p.declared, p.live
	var omitted string
	switch {
	case live == nil && declared.Absent:
		return true // there is nothing to delete, and no telling whether it is gone
	case live == nil && s.traits.Singleton:
		omitted = "was not seen and is left alone"
	case live == nil:
		omitted = "was not seen and is not created"
	case declared.Absent:
		omitted = "is not deleted"
	case live.Gone:
		omitted = "is not restored"
	case s.Kind.Fold(live.Key) != s.Kind.Fold(declared.Key):
		omitted = fmt.Sprintf("is not made out of %q", live.Key)
	default:
		return false
	}
	d.Warn("%s %s: %s could not be read whole", s.address(declared.Key), omitted, s)
	if !declared.Absent {
		offers, _ := s.Kind.References(s.Within, declared.Key, declared.Value)
		for _, token := range offers {
			d.unseen[token] = "which could not be read"
		}
	}
	return true
}

// dropUnseen leaves out the changes that would start to use what was not seen,
// those that would take away what a change that is left out still uses, and
// those that lean on what is left out.
//
//	rbac_policy could not be read     its declared roles count as unseen
//	member starts to use one          left out, with a warning
//	member only changes the name      stays
//
//	member lets go of a role          left out, say by --exclude
//	rbac_policy removes the role      left out, with a warning: the member would lose it
func (d *Draft) dropUnseen() {
	for left := -1; left != len(d.entries); {
		left = len(d.entries)
		d.entries = slices.DeleteFunc(d.entries, func(e entry) bool {
			why := d.lacks(&e)
			if why == "" {
				return false
			}
			d.Warn("the %s of %s is left out: %s", e.Action, e.Address, why)
			d.missing(&e, "which is left out")
			if d.part != nil {
				d.left[e.Address] = why
			}
			return true
		})
	}
}

// missing records what a change that is left out neither offers nor lets go.
func (d *Draft) missing(e *entry, why string) {
	for _, token := range e.offers.added {
		d.unseen[token] = why
	}
	for _, token := range e.uses.removed {
		d.stillUsed[token] = e.Address
	}
}

// lacks says what stands in the way of a change, or "".
func (d *Draft) lacks(e *entry) string {
	for _, token := range e.uses.added {
		if why := d.unseen[token]; why != "" {
			return fmt.Sprintf("it needs %s, %s", token, why)
		}
	}
	for _, token := range e.offers.removed {
		if user, used := d.stillUsed[token]; used {
			return fmt.Sprintf("it takes away %s, and %s, which would let go of it, is not part of this plan", token, user)
		}
		if why := d.unseen[token]; why != "" {
			return fmt.Sprintf("it gives up %s to another, %s", token, why)
		}
	}
	return ""
}
