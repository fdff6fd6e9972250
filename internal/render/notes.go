package render

import (
	"fmt"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How many notes of one sort are shown before they are counted.
const notesShown = 20

// warnings shows what the plan warns of and what it does not know.
func (pg *page) warnings(p *plan.Plan) {
	if len(p.Warnings)+len(p.Unknown) > 0 {
		pg.blank()
	}
	for _, warning := range p.Warnings {
		pg.line(0, pg.paint(yellow, "Warning: "+Safe(warning)))
	}
	for _, u := range p.Unknown {
		if u.Change != "" {
			pg.line(0, pg.paint(yellow, fmt.Sprintf("Unknown: whom the change of %s concerns could not be counted: %s; it is left out",
				Safe(string(u.Change)), Safe(u.Reason))))
			continue
		}
		pg.line(0, pg.paint(yellow, fmt.Sprintf("Unknown: %s of %s could not be read whole: %s; nothing is created or deleted there",
			Safe(u.Kind), scope(u.Scope), Safe(u.Reason))))
	}
}

// undeclared counts what is live and in no document: a line for each scope, or,
// when they are many, a line for each kind.
func (pg *page) undeclared(p *plan.Plan) {
	if len(p.Undeclared) == 0 {
		return
	}
	pg.blank()
	if len(p.Undeclared) <= notesShown {
		for _, u := range p.Undeclared {
			pg.line(0, leftAlone(u.Count, u.Kind, scope(u.Scope)))
		}
		return
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
		pg.line(0, leftAlone(counts[kind], kind, count(scopes[kind], "scope")))
	}
}

func leftAlone(n int, kind, where string) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s of %s %s not declared; left alone", count(n, Safe(kind)), where, verb)
}

// blocks says what forbids the plan and how each block is lifted.
func (pg *page) blocks(p *plan.Plan) {
	if len(p.Blocked) == 0 {
		return
	}
	pg.blank()
	seen := map[string]int{}
	var ids []string
	for _, b := range p.Blocked {
		if seen[b.ID] == 0 {
			ids = append(ids, b.ID)
		}
		seen[b.ID]++
		if seen[b.ID] > notesShown {
			continue
		}
		pg.line(0, pg.paint(loud, fmt.Sprintf("Blocked by %s: %s", Safe(b.ID), Safe(b.Reason))))
		if b.Lift != "" {
			pg.line(1, "to lift it: "+Safe(b.Lift))
		}
	}
	for _, id := range ids {
		if more := seen[id] - notesShown; more > 0 {
			pg.line(0, pg.paint(loud, fmt.Sprintf("Blocked by %s: %d more times", Safe(id), more)))
		}
	}
	pg.line(0, "Nothing of this plan is applied until every block is lifted.")
}

func scope(address string) string {
	if address == "" {
		return "the environment"
	}
	return Safe(address)
}
