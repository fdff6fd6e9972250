package plan

import (
	"fmt"
	"slices"
)

// An entry is a change and what finishing the plan must know of it.
type entry struct {
	Change
	scope        Address
	traits       Traits
	resource     any // the declaration's, nil for a deletion by omission
	offers, uses delta
	grants       delta
	who          map[string]Grant
	removals     int              // grants that people lose beside those in grants
	holders      map[Grant]int    // how many people lose what ends with it for all of them; see Object
	pulls        map[Lifeline]int // by how much it raises or lowers the holders of lifelines
	held         int              // live objects of its kind in its scope
	closed       string           // why an identity provider's ownership forbids it
	past         []Address        // of a deletion: what the base may call the object
	uncounted    string           // why nobody can say whom it concerns
	empty        bool             // nothing nests in it, as was counted
	leftAlone    bool             // that it is there, or is not, is accepted
	blind        bool             // not all of its kind in its scope could be read
}

// A delta is what a change adds to a set of references or grants and removes.
// Both lists are sorted and without repeats.
type delta struct{ added, removed []string }

// write adds a creation, a restoration, or an update if anything differs.
func (d *Draft) write(s *scope, action Action, declared *Declaration, live *Object) {
	change := Change{
		Address: s.address(declared.Key), Kind: s.Kind.Name(), Key: declared.Key,
		Action: action, Source: declared.Source, OrganizationID: s.OrganizationID,
	}
	var again []Attribute // write-only attributes that are sent again
	var before any        // what is live now: nothing, of what is to be created or restored
	declared = d.withoutWaiting(s, declared, live)
	if action == Update {
		declared = d.withoutAccepted(s, declared, live)
		change.ID, before = live.ID, live.Value
		compared := s.Kind.Compare(live.Value, declared.Value)
		again = d.writeOnly(s, declared, compared)
		change.Attributes = append(compared, again...)
		if len(change.Attributes) == 0 {
			d.plan.Summary.Unchanged++
			return
		}
	} else {
		change.Attributes, change.RenamedFrom = s.Kind.Creation(declared.Value, declared.Initial), declared.RenamedFrom
		if action == Restore {
			change.Attributes = append(change.Attributes, removed(s.Kind.Compare(live.Value, declared.Value))...)
		}
		if live != nil && live.Revives {
			change.ID = live.ID
		}
	}
	change.Origin = s.history.written(action, declared, live, change.Attributes)
	after := s.Kind.After(before, declared.Value, declared.Initial)
	e := s.entry(change, before, after, live)
	e.resource = declared.Resource
	if action == Update {
		e.Steps = sentAgain(slices.Clone(s.Kind.Steps(live.Value, after, change.Attributes)), again)
	}
	if action == Create {
		e.Steps = slices.Clone(s.Kind.Steps(nil, after, change.Attributes))
	}
	e.closed = e.ownership(live, s.IDPMembers)
	if e.leftAlone = action != Update && d.leftAlone(s, &e); e.leftAlone {
		d.entries = append(d.entries, e) // until it is known what needs it
		return
	}
	for _, problem := range append(newProblems(s.Kind, before, after, action), e.effects(s, live, after)...) {
		problem.Resource = declared.Resource
		d.problems = append(d.problems, problem)
	}
	d.entries = append(d.entries, e)
}

// removed are the keys that a declaration takes away: of what comes back with
// old metadata they are part of the change, of what is new they mean nothing.
func removed(differences []Attribute) []Attribute {
	return slices.DeleteFunc(differences, func(a Attribute) bool { return a.After != nil || a.Sensitive })
}

// newProblems are the rules that the object which there will be breaks and the
// live one does not. Stytch makes exceptions for some customers: a value that
// it has accepted must not make every other change impossible.
func newProblems(k Kind, before, after any, action Action) []Problem {
	problems := k.Problems(after, action)
	if len(problems) == 0 || before == nil {
		return problems
	}
	old := k.Problems(before, action)
	return slices.DeleteFunc(problems, func(p Problem) bool {
		return slices.ContainsFunc(old, func(o Problem) bool { return o.Attribute == p.Attribute && o.Message == p.Message })
	})
}

// remove adds a deletion. Declared is nil when no document names the object.
func (d *Draft) remove(s *scope, live *Object, declared *Declaration, source *Source) {
	change := Change{
		Address: s.address(live.Key), Kind: s.Kind.Name(), Key: live.Key,
		Action: Delete, Source: source, OrganizationID: s.OrganizationID, ID: live.ID,
		Attributes: s.Kind.Whole(live.Value), Nested: live.Nested,
	}
	change.Origin = s.history.removed(declared, live, change.Attributes)
	e := s.entry(change, live.Value, nil, live)
	e.past = s.pastAddresses(live)
	if e.leftAlone = d.leftAlone(s, &e); e.leftAlone {
		d.entries = append(d.entries, e)
		return
	}
	e.closed = e.ownership(live, s.IDPMembers)
	problems := e.effects(s, live, nil)
	if declared != nil {
		e.resource = declared.Resource
		for _, problem := range problems {
			problem.Resource = declared.Resource
			d.problems = append(d.problems, problem)
		}
	} else if len(problems) > 0 {
		// Nothing in the documents is wrong; the object cannot go all the same.
		d.block(Block{ID: "rule", Reason: fmt.Sprintf("%s cannot be deleted: %s", e.Address, problems[0].Message), Lift: problems[0].Hint}, &e)
	}
	d.entries = append(d.entries, e)
}

// entry works out what a change adds to and removes from references and grants.
// Grants of both sides go by the new key: a new address takes nothing away.
func (s *scope) entry(change Change, before, after any, live *Object) entry {
	e := entry{Change: change, scope: s.Within, traits: s.traits, held: s.held, who: map[string]Grant{}}
	var offersBefore, usesBefore, offersAfter, usesAfter, grantsBefore, grantsAfter []string
	if before != nil {
		offersBefore, usesBefore = s.Kind.References(s.Within, live.Key, before)
		grantsBefore = e.remember(s.Kind.Grants(s.Within, change.Key, before))
	}
	if after != nil {
		offersAfter, usesAfter = s.Kind.References(s.Within, change.Key, after)
		grantsAfter = e.remember(s.Kind.Grants(s.Within, change.Key, after))
	}
	e.offers, e.uses = difference(offersBefore, offersAfter), difference(usesBefore, usesAfter)
	e.grants = difference(grantsBefore, grantsAfter)
	e.pulls, e.blind = s.pulls(&change, before, after), s.Unknown != ""
	if live != nil {
		e.holders, e.uncounted, e.empty = live.Holders, live.Uncounted, live.Empty
	}
	return e
}

// remember keeps grants by a comparable name.
func (e *entry) remember(grants []Grant) []string {
	names := make([]string, 0, len(grants))
	for _, g := range grants {
		name := g.Who + "\x00" + g.What + "\x00" + g.Where
		e.who[name] = g
		names = append(names, name)
	}
	return names
}

// effects fills in risks and consequences: those that follow from grants, for
// every kind alike, and the kind's own. It returns the kind's problems.
func (e *entry) effects(s *scope, live *Object, after any) []Problem {
	if e.Action != Create {
		e.Risks = append(e.Risks, e.grantRisks()...)
	}
	if e.Action == Restore && len(e.grants.added) == 0 {
		e.Risks = append(e.Risks, Risk{Class: AccessWidened, Reason: fmt.Sprintf("%s was deleted and comes back", e.Address)})
	}
	own := s.Kind.Effects(Transition{
		Action: e.Action, Within: s.Within, Key: e.Key, Live: live, After: after, Changed: e.Attributes, Siblings: s.Live,
	})
	e.Risks = append(e.Risks, own.Risks...)
	e.Consequences = append(e.Consequences, own.Consequences...)
	e.removals = own.Removals
	return own.Problems
}

func (e *entry) grantRisks() []Risk {
	var risks []Risk
	for _, name := range e.grants.removed {
		risks = append(risks, Risk{Class: AccessRemoved, Reason: e.who[name].sentence("loses")})
	}
	for _, name := range e.grants.added {
		risks = append(risks, Risk{Class: AccessWidened, Reason: e.who[name].sentence("gains")})
	}
	return risks
}

func (g Grant) sentence(verb string) string {
	return fmt.Sprintf("%s %s %s in %s", g.Who, verb, g.What, g.Where)
}

// difference compares two lists as sets.
func difference(before, after []string) delta {
	before, after = sorted(before), sorted(after)
	return delta{added: without(after, before), removed: without(before, after)}
}

// without lists what of a sorted list is not in another.
func without(list, other []string) []string {
	var left []string
	for _, v := range list {
		if _, found := slices.BinarySearch(other, v); !found {
			left = append(left, v)
		}
	}
	return left
}

// sorted is a sorted copy without repeats.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
