package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finish judges the collected changes as a whole: their order, what they need
// of each other, limits and protections, counts and digest. The problems are
// mistakes of the documents; a plan with problems must not be shown. It is
// called once, after everything was compared.
func (d *Draft) Finish() (*Plan, []Problem) {
	part := d.apart()
	p, problems := d.finish()
	if part != nil {
		p.Repair = part.repair(p)
	}
	return p, problems
}

func (d *Draft) finish() (*Plan, []Problem) {
	slices.SortStableFunc(d.entries, func(a, b entry) int { return cmp.Compare(a.Address, b.Address) })
	d.oneEach()
	d.dropAccepted()
	d.dropUnselected()
	d.dropUnrepaired()
	d.dropUncounted()
	d.dropUnseen()
	d.dropUnjudged()
	turnovers := d.turnovers()
	d.orderSteps(turnovers)
	d.guardLifelines(turnovers)
	d.rely(turnovers)
	d.protect()
	d.limit()
	p := &d.plan
	p.Changes = make([]Change, 0, len(d.entries))
	for i := range d.entries {
		p.Summary.count(d.entries[i].Action)
		p.Changes = append(p.Changes, d.entries[i].Change)
	}
	p.normalise()
	d.judgePlan()
	p.Digest = p.digest()
	return p, d.problems
}

// oneEach reports two changes with one address: what reviews, needs and reports
// name must be one object. Keys that differ only in an encoded control
// character can meet like this.
func (d *Draft) oneEach() {
	for i := 1; i < len(d.entries); i++ {
		if a, b := d.entries[i-1], d.entries[i]; a.Address == b.Address {
			d.problems = append(d.problems, Problem{
				Resource: cmp.Or(b.resource, a.resource), Message: fmt.Sprintf("%s stands for two objects: %q and %q", a.Address, a.Key, b.Key),
				Hint: "give one of them another key",
			})
		}
	}
}

func (s *Summary) count(action Action) {
	switch action {
	case Create:
		s.Create++
	case Update:
		s.Update++
	case Delete:
		s.Delete++
	case Restore:
		s.Restore++
	}
}

// normalise sorts every list whose order has no meaning and makes empty lists
// lists, so that readers of the JSON never see null.
func (p *Plan) normalise() {
	p.Policy = p.Policy.normal()
	slices.Sort(p.Warnings)
	p.Warnings = orEmpty(slices.Compact(p.Warnings))
	slices.SortFunc(p.Unknown, func(a, b Unknown) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Scope, b.Scope), cmp.Compare(a.Change, b.Change), strings.Compare(a.Reason, b.Reason))
	})
	p.Unknown = orEmpty(slices.Compact(p.Unknown))
	slices.SortFunc(p.Undeclared, func(a, b Undeclared) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Kind, b.Kind))
	})
	p.Undeclared = orEmpty(p.Undeclared)
	slices.SortFunc(p.NotComparable, func(a, b NotComparable) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Attribute, b.Attribute))
	})
	slices.SortFunc(p.Accepted, func(a, b Accepted) int { return byAddress(a.Acceptance, b.Acceptance) })
	slices.SortFunc(p.Lapsed, func(a, b Lapsed) int { return byAddress(a.Acceptance, b.Acceptance) })
	slices.SortFunc(p.Blocked, func(a, b Block) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Reason, b.Reason))
	})
	p.Blocked, p.Changes = orEmpty(p.Blocked), orEmpty(p.Changes)
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Attributes, c.Risks, c.Steps = orEmpty(c.Attributes), orEmpty(c.Risks), orEmpty(c.Steps)
		c.Consequences, c.BlockedBy = orEmpty(c.Consequences), orEmpty(c.BlockedBy)
	}
	for i := range p.Undeclared {
		p.Undeclared[i].Keys = orEmpty(p.Undeclared[i].Keys)
	}
}

func orEmpty[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}

// block records why the plan must not run and marks the changes that are why.
func (d *Draft) block(b Block, entries ...*entry) {
	d.plan.Blocked = append(d.plan.Blocked, b)
	for _, e := range entries {
		if !slices.Contains(e.BlockedBy, b.ID) {
			e.BlockedBy = append(e.BlockedBy, b.ID)
		}
	}
}
