package render

import (
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How many notes of one sort are shown before they are counted.
const notesShown = 20

// acceptedColumns is how much is shown of a value that is accepted.
const acceptedColumns = 200

// A block is what forbids a plan, and how it is lifted; or how many more times
// the same forbids it.
type block struct {
	id, reason, lift string
	more             int
}

// warnings shows what the plan warns of and what it does not know.
func (pg *page) warnings(s *sheet) {
	if s.warned() > 0 || len(s.unknown) > 0 {
		pg.blank()
	}
	for _, warning := range s.warnings {
		pg.line(0, pg.paint(yellow, "Warning: "+warning))
	}
	for _, unknown := range s.unknown {
		pg.line(0, pg.paint(yellow, "Unknown: "+unknown))
	}
	pg.rules(s, false)
}

// warned is how many warnings there are; a rule counts once.
func (s *sheet) warned() int {
	n := len(s.warnings)
	for _, r := range s.rules {
		if !r.blocks {
			n++
		}
	}
	return n
}

// warnings are the plan's but those of rules, which have a view of their own.
func warnings(p *plan.Plan) []string {
	ofRules := p.RuleWarnings()
	var list []string
	for _, warning := range p.Warnings {
		if !slices.Contains(ofRules, warning) {
			list = append(list, Safe(warning))
		}
	}
	return list
}

func unknown(p *plan.Plan) []string {
	var list []string
	for _, u := range p.Unknown {
		if u.Change != "" {
			list = append(list, fmt.Sprintf("whom the change of %s concerns could not be counted: %s; it is left out",
				Safe(string(u.Change)), Safe(u.Reason)))
			continue
		}
		list = append(list, fmt.Sprintf("%s of %s could not be read whole: %s; nothing is created or deleted there",
			Safe(u.Kind), scope(u.Scope), Safe(u.Reason)))
	}
	return list
}

// asides shows what is not part of the plan: what nobody declared, and what
// cannot be compared.
func (pg *page) asides(notes []string) {
	if len(notes) > 0 {
		pg.blank()
	}
	for _, note := range notes {
		pg.line(0, note)
	}
}

// undeclared counts what is live and in no document: a line for each scope, or,
// when they are many, a line for each kind.
func undeclared(p *plan.Plan) []string {
	var list []string
	if len(p.Undeclared) <= notesShown {
		for _, u := range p.Undeclared {
			list = append(list, leftAlone(u.Count, u.Kind, scope(u.Scope)))
		}
		return list
	}
	counts, scopes := map[string]int{}, map[string]int{}
	var kinds []string
	for _, u := range p.Undeclared {
		if scopes[u.Kind] == 0 {
			kinds = append(kinds, u.Kind)
		}
		counts[u.Kind] += u.Count
		scopes[u.Kind]++
	}
	for _, kind := range kinds {
		list = append(list, leftAlone(counts[kind], kind, count(scopes[kind], "scope")))
	}
	return list
}

// accepted lists what somebody accepted, and what is no longer accepted.
//
//	accepted by ops until 2030-01-01, and left alone: organization/acme email_invites: "ALL_ALLOWED" (a trial)
//	no longer accepted, it expired on 2026-01-01: organization/acme/member/eve@acme.example: present (by ops: a guest)
func accepted(p *plan.Plan) ([]string, error) {
	var list []string
	d := drawing{}
	about := func(a plan.Acceptance) string {
		if a.Attribute == "" {
			return word(string(a.Address)) + ": " + Safe(fmt.Sprint(a.Value))
		}
		return word(string(a.Address)) + " " + name(a.Attribute) + ": " + shorten(literal(d.tree(a.Value)), acceptedColumns)
	}
	for _, a := range p.Accepted {
		list = append(list, fmt.Sprintf("accepted by %s until %s, and left alone: %s (%s)", Safe(a.Owner), Safe(a.Expires), about(a.Acceptance), Safe(a.Reason)))
	}
	for _, l := range p.Lapsed {
		list = append(list, fmt.Sprintf("no longer accepted, %s: %s (by %s: %s)", Safe(l.Why), about(l.Acceptance), Safe(l.Owner), Safe(l.Reason)))
	}
	return list, d.err
}

func leftAlone(n int, kind, where string) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s of %s %s not declared; left alone", count(n, Safe(kind)), where, verb)
}

// nothingUntil is what every block of a plan means.
const nothingUntil = "Nothing of this plan is applied until every block is lifted."

// blocks says what forbids the plan and how each block is lifted.
func (pg *page) blocks(s *sheet) {
	if s.blocked == 0 {
		return
	}
	pg.blank()
	for _, b := range s.blocks {
		if b.more > 0 {
			pg.line(0, pg.paint(loud, fmt.Sprintf("Blocked by %s: %d more times", b.id, b.more)))
			continue
		}
		pg.line(0, pg.paint(loud, fmt.Sprintf("Blocked by %s: %s", b.id, b.reason)))
		if b.lift != "" {
			pg.line(1, "to lift it: "+b.lift)
		}
	}
	pg.rules(s, true)
	pg.line(0, nothingUntil)
}

// blocks are the plan's but those of rules, which have a view of their own, and
// how many they are.
func blocks(p *plan.Plan) (list []block, all int) {
	seen := map[string]int{}
	var ids []string
	for _, b := range p.Blocked {
		if b.ID == plan.RulesBlock && len(p.Rules) > 0 {
			continue
		}
		all++
		if seen[b.ID] == 0 {
			ids = append(ids, b.ID)
		}
		seen[b.ID]++
		if seen[b.ID] <= notesShown {
			list = append(list, block{id: Safe(b.ID), reason: Safe(b.Reason), lift: Safe(b.Lift)})
		}
	}
	for _, id := range ids {
		if more := seen[id] - notesShown; more > 0 {
			list = append(list, block{id: Safe(id), more: more})
		}
	}
	return list, all
}

func scope(address string) string {
	if address == "" {
		return "the environment"
	}
	return Safe(address)
}
