package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The values of an acceptance of a whole object.
const (
	Present = "present" // it is live, and nobody wants it
	Missing = "missing" // it is declared, and not live
)

// An Acceptance says that one difference is known and left alone until it
// changes or the day is over: one live value of one attribute, or that an object
// is present or missing. What is accepted is no part of a plan, so that the next
// apply does not undo it; without the entry the declared value counts again.
//
//	live       accepted   declared   today            result
//	a          a          b          until the day    left alone
//	a          a          b          after the day    a change; lapsed
//	c          a          b          any              a change; lapsed: the live value is another
//	b          a          b          any              nothing to do
type Acceptance struct {
	Address   Address `json:"address"`
	Attribute string  `json:"attribute,omitempty"` // "" for the object itself
	Value     any     `json:"value"`               // in JSON's types; Present or Missing for an object
	Owner     string  `json:"owner"`
	Reason    string  `json:"reason"`
	Expires   string  `json:"expires"` // the last day on which it holds, 2006-01-02
	Source    *Source `json:"source,omitempty"`

	// Known is a value of the kind's that holds the accepted attribute and nothing else.
	Known any `json:"-"`
}

// An Accepted is a difference that an acceptance keeps out of the plan.
type Accepted struct {
	Fingerprint string `json:"fingerprint"`
	Acceptance
}

// A Lapsed is a difference that was accepted and is part of the plan again.
type Lapsed struct {
	Acceptance
	Why string `json:"why"`
}

// Accept says which differences are left alone, and which day it is. It must be
// called before Compare.
func (d *Draft) Accept(acceptances []Acceptance, today string) {
	d.acceptances, d.today = acceptances, today
}

// acceptancesOf are those that speak of the object of that key.
func (d *Draft) acceptancesOf(s *scope, key string) []Acceptance {
	var of []Acceptance
	for _, a := range d.acceptances {
		within, kind, about := a.Address.split()
		if within == s.Within && kind == s.Kind.Name() && s.Kind.Fold(about) == s.Kind.Fold(escapeControl(key)) {
			of = append(of, a)
		}
	}
	return of
}

// withoutAccepted is the declaration without the attributes whose live value is
// accepted: they are managed by nobody as long as they stay as they are.
func (d *Draft) withoutAccepted(s *scope, declared *Declaration, live *Object) *Declaration {
	acceptances := d.acceptancesOf(s, declared.Key)
	if len(acceptances) == 0 {
		return declared
	}
	differences := s.Kind.Compare(live.Value, declared.Value)
	kept := *declared
	for _, a := range acceptances {
		i := slices.IndexFunc(differences, func(difference Attribute) bool { return difference.Name == a.Attribute })
		if a.Attribute == "" || i < 0 {
			continue
		}
		a.Address = s.address(declared.Key)
		same := !slices.ContainsFunc(s.Kind.Compare(live.Value, a.Known), func(other Attribute) bool { return other.Name == a.Attribute })
		if !d.stillAccepted(a, same) {
			continue
		}
		kept.Value = s.Kind.Without(kept.Value, a.Attribute)
		d.accepted(a, fingerprint(a.Address, differences[i].Name, Update, differences[i].Before))
	}
	return &kept
}

// leftAlone reports whether it is accepted that an object is there, or that it
// is not. Its change is then left out, with what needs it, in Finish.
func (d *Draft) leftAlone(s *scope, e *entry) bool {
	state := Missing
	if e.Action == Delete {
		state = Present
	}
	for _, a := range d.acceptancesOf(s, e.Key) {
		if a.Attribute != "" {
			continue
		}
		a.Address = e.Address
		if d.stillAccepted(a, a.Value == state) {
			d.accepted(a, fingerprint(a.Address, "", e.Action, nil))
			return true
		}
	}
	return false
}

// stillAccepted reports whether an acceptance of a difference counts today, and records
// why it does not.
func (d *Draft) stillAccepted(a Acceptance, same bool) bool {
	switch {
	case !same:
		d.plan.Lapsed = append(d.plan.Lapsed, Lapsed{a, "the live value is not the accepted one"})
	case a.Expires < d.today:
		d.plan.Lapsed = append(d.plan.Lapsed, Lapsed{a, fmt.Sprintf("it expired on %s", a.Expires)})
	default:
		return true
	}
	return false
}

func (d *Draft) accepted(a Acceptance, fingerprint string) {
	d.plan.Accepted = append(d.plan.Accepted, Accepted{fingerprint, a})
}

// dropAccepted leaves out the objects whose presence or absence is accepted, and
// of an organization that is missing what would nest in it.
func (d *Draft) dropAccepted() {
	var left []Address
	for i := range d.entries {
		if d.entries[i].leftAlone {
			left = append(left, d.entries[i].Address)
		}
	}
	if len(left) > 0 {
		d.leaveOut(func(i int) bool { return includes(left, d.entries[i].Address) })
	}
}

func byAddress(a, b Acceptance) int {
	return cmp.Or(strings.Compare(string(a.Address), string(b.Address)), strings.Compare(a.Attribute, b.Attribute), strings.Compare(a.Expires, b.Expires))
}
