// Package render turns plans and reports into what people and programs read.
//
// Read first: Text in this file, the face of the product; change.go shows one
// change, value.go one differing attribute. Safe in safe.go is what makes live
// text harmless: names in Stytch come from other people's customers. Whatever
// is printed and was not written in this package passes through it.
package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Options say how text looks. The zero value is plain text, 100 columns wide.
type Options struct {
	Color bool // colours, as SGR sequences around what is the same text without
	Width int  // columns that a line should not exceed where it can be broken; 0 is 100
}

// Text writes the plan for a reviewer: what changes, grouped by organization
// and riskiest first, what it does to people, what is not known, what forbids
// it, and at the end how much it is and its digest. The same plan gives the
// same bytes. The error is the writer's, or names a value that is not JSON's.
func Text(w io.Writer, p *plan.Plan, o Options) error {
	pg := newPage(w, o)
	pg.based = p.Base != ""
	pg.header("Plan for", p.Target)
	pg.legend(p)
	for _, g := range groups(p) {
		pg.blank()
		pg.line(0, pg.paint(bold, g.title))
		for _, c := range g.changes {
			pg.change(c)
		}
	}
	pg.warnings(p)
	pg.undeclared(p)
	pg.notComparable(p)
	pg.blocks(p)
	pg.blank()
	pg.line(0, pg.paint(bold, verdict(p)))
	pg.digest(p.Digest)
	return pg.end()
}

// verdict is the last line that everybody reads. It says that nothing would
// change only if everything could be seen and was asked for.
func verdict(p *plan.Plan) string {
	s := p.Summary
	switch {
	case s.Changes() > 0 || len(p.Changes) > 0:
		return fmt.Sprintf("Plan: %d to create, %d to update, %d to delete, %d to restore. %d unchanged.",
			s.Create, s.Update, s.Delete, s.Restore, s.Unchanged)
	case !p.Complete:
		return "No changes in what could be read. What could not be read is listed above."
	case p.Partial:
		return "No changes in what was selected."
	case len(p.NotComparable) > 0:
		return "No changes in what can be compared."
	}
	return "No changes. What is declared is what is live."
}

// header names the environment; a live one is said out loud.
func (pg *page) header(what string, t plan.Target) {
	var names []string
	for _, name := range []string{t.ProjectSlug, t.EnvironmentSlug} {
		if name != "" {
			names = append(names, Safe(name))
		}
	}
	text := what + " " + strings.Join(names, "/")
	switch {
	case len(names) == 0:
		text += Safe(t.ProjectID)
	case t.ProjectID != "":
		text += " (" + Safe(t.ProjectID) + ")"
	}
	text = pg.paint(bold, text)
	if t.Live {
		text += " " + pg.paint(loud, "LIVE")
	}
	pg.line(0, text)
}

// legend explains the signs that this plan uses.
func (pg *page) legend(p *plan.Plan) {
	used := map[plan.Action]bool{}
	for i := range p.Changes {
		used[p.Changes[i].Action] = true
	}
	var signs []string
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete, plan.Restore} {
		if used[action] {
			signs = append(signs, pg.sign(action)+" "+string(action))
		}
	}
	if len(signs) > 0 {
		pg.line(1, strings.Join(signs, "   "))
	}
}

func (pg *page) digest(digest string) {
	if digest != "" {
		pg.line(0, "Digest: "+Safe(digest))
	}
}
