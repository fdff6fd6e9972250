// Package render turns plans and reports into what people and programs read.
//
// Read first: the sheet in sheet.go, what is shown of a plan before it has a form.
// Text in this file, the face of the product, Markdown in markdown.go and HTML in
// html.go give it one, so that they cannot disagree. change.go shows one change, value.go one
// differing attribute. Safe in safe.go is what makes live text harmless: names in
// Stytch come from other people's customers. Whatever is printed and was not
// written in this package passes through it.
package render

import (
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
	pg, s := newPage(w, o), newSheet(p, o.Width)
	pg.err = s.err
	pg.header("Plan for", s.place)
	pg.legend(s)
	for i := range s.sections {
		pg.blank()
		pg.line(0, pg.paint(bold, s.sections[i].title()))
		pg.alikes(&s.sections[i])
		for _, c := range s.sections[i].changes {
			e, err := s.entry(c)
			if err != nil && pg.err == nil {
				pg.err = err
			}
			pg.change(e)
		}
	}
	pg.warnings(s)
	pg.asides(s.accepted)
	pg.asides(s.undeclared)
	pg.asides(s.notComparable)
	pg.blocks(s)
	pg.blank()
	last := s.verdict
	if s.hedged {
		last += " What could not be read is listed above."
	}
	pg.line(0, pg.paint(bold, last))
	pg.digest(s.digest)
	return pg.end()
}

// header names the environment; a live one is said out loud.
func (pg *page) header(what string, in place) {
	text := pg.paint(bold, what+" "+in.name)
	if in.live {
		text += " " + pg.paint(loud, "LIVE")
	}
	pg.line(0, text)
}

// legend explains the signs that this plan uses.
func (pg *page) legend(s *sheet) {
	var explained []string
	for _, action := range s.actions {
		explained = append(explained, pg.sign(action)+" "+string(action))
	}
	if len(explained) > 0 {
		pg.line(1, strings.Join(explained, "   "))
	}
}

func (pg *page) digest(digest string) {
	if digest != "" {
		pg.line(0, "Digest: "+digest)
	}
}
