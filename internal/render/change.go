package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How much of what is lost, and of what is alike, a reader is shown.
const (
	lossesShown = 8
	risksShown  = 20
)

// change shows one change: what it is and where it is asked for, by whom when
// that is known, which attributes differ, what that does.
//
//	~ organization/acme (acme.yaml:18, both)
//	    drift: email_invites
//	    organization_name: "Acme" -> "Acme, Inc."
//	    email_invites: "ALL_ALLOWED" -> "RESTRICTED"
//	    ! access-removed: …
//	    -> …
func (pg *page) change(c *plan.Change) {
	text := pg.sign(c.Action) + " " + pg.paint(bold, word(string(c.Address)))
	if about := pg.about(c); len(about) > 0 {
		text += pg.paint(dim, " ("+strings.Join(about, ", ")+")")
	}
	pg.line(1, text)
	pg.origins(c)
	switch c.Action {
	case plan.Delete:
		pg.losses(c.Attributes)
	case plan.Create, plan.Restore:
		for _, a := range c.Attributes {
			pg.creation(a)
		}
	default:
		for _, a := range c.Attributes {
			pg.update(a)
		}
	}
	pg.risks(c.Risks)
	for _, consequence := range c.Consequences {
		pg.line(3, "-> "+Safe(consequence))
	}
	if len(c.BlockedBy) > 0 {
		names := make([]string, 0, len(c.BlockedBy))
		for _, id := range c.BlockedBy {
			names = append(names, Safe(id))
		}
		pg.line(3, pg.paint(loud, "x blocked by "+strings.Join(names, ", ")))
	}
}

// about is where a change is asked for and, when a base was given, its origin.
func (pg *page) about(c *plan.Change) []string {
	var about []string
	if c.Source != nil {
		about = append(about, fmt.Sprintf("%s:%d", Safe(c.Source.File), c.Source.Line))
	}
	if pg.based {
		about = append(about, Safe(string(c.Origin)))
	}
	return about
}

// origins tells the attributes of a change apart when they have different ones:
// what was changed in Stytch, and so goes back, is named; the rest is edits.
func (pg *page) origins(c *plan.Change) {
	names := map[plan.Origin][]string{}
	for _, a := range c.Attributes {
		names[a.Origin] = append(names[a.Origin], name(a.Name))
	}
	if !pg.based || len(names) < 2 {
		return
	}
	for _, origin := range []plan.Origin{plan.Drift, plan.Both} {
		if len(names[origin]) > 0 {
			pg.line(3, pg.paint(dim, string(origin)+": "+strings.Join(names[origin], ", ")))
		}
	}
}

// risks shows each risk; of many of one class, the first ones and a count, since
// closing a way to log in may touch every member of an organization.
func (pg *page) risks(risks []plan.Risk) {
	shown := map[string]int{}
	var classes []string
	for _, risk := range risks {
		if shown[risk.Class] == 0 {
			classes = append(classes, risk.Class)
		}
		shown[risk.Class]++
		if shown[risk.Class] <= risksShown {
			pg.line(3, pg.paint(loud, "! "+Safe(risk.Class)+": "+Safe(risk.Reason)))
		}
	}
	for _, class := range classes {
		if more := shown[class] - risksShown; more > 0 {
			pg.line(3, pg.paint(loud, fmt.Sprintf("! %s: and %d more", Safe(class), more)))
		}
	}
}

// losses shows what goes with a deleted object, compactly.
func (pg *page) losses(attributes []plan.Attribute) {
	shown, more := 0, 0
	for _, a := range attributes {
		before := pg.tree(a.Before)
		if empty(before) && !a.Sensitive {
			continue
		}
		if shown == lossesShown {
			more++
			continue
		}
		shown++
		if a.Sensitive {
			pg.line(3, secret(a, plan.Delete))
			continue
		}
		pg.line(3, shorten(name(a.Name)+": "+literal(before), pg.width-6))
	}
	if more > 0 {
		pg.line(3, "and "+count(more, "more attribute"))
	}
}

// shorten cuts text to so many columns.
func shorten(text string, columns int) string {
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:max(columns-1, 0)]) + "…"
}

// count writes a number and its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
