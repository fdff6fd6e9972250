package render

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How much of what is lost, and of what is alike, a reader is shown.
const (
	lossesShown = 8
	risksShown  = 20
)

// An entry is one change as it is shown: what it is and where it is asked for, by
// whom when that is known, which attributes differ, what that does. All text in
// it has passed through Safe.
type entry struct {
	action       plan.Action
	address      string
	about        []string // where it is asked for and, when a base was given, its origin
	origins      []string // the attributes of a change that has several origins, told apart
	fields       []row
	risks        []risk
	classes      []string // of all risks, also of those that are only counted; the worst first
	consequences []string
	numbers      []int // of each consequence: see risk.number
	blockedBy    []string
}

// A risk is a class of risk and a reason, or how many more there are of the class.
// The number is that of the sentence above the changes of the section which says
// the same of several, 0 when none does; a form that says it here need not look.
type risk struct {
	class, reason string
	number        int
	more          int // how many it counts, 0 of a reason
}

// entry is what is shown of a change.
func (s *sheet) entry(c *plan.Change) (entry, error) {
	numbers := s.numbers[home(c)]
	e := entry{action: c.Action, address: word(string(c.Address)), risks: risks(c, numbers)}
	if c.Source != nil {
		e.about = append(e.about, fmt.Sprintf("%s:%d", Safe(c.Source.File), c.Source.Line))
	}
	if s.based {
		e.about = append(e.about, Safe(string(c.Origin)))
		e.origins = origins(c)
	}
	for _, r := range e.risks {
		if !slices.Contains(e.classes, r.class) {
			e.classes = append(e.classes, r.class)
		}
	}
	for _, consequence := range c.Consequences {
		said := sayingOf(c, "", consequence)
		e.consequences, e.numbers = append(e.consequences, Safe(said.sentence)), append(e.numbers, numbers[said])
	}
	for _, id := range c.BlockedBy {
		e.blockedBy = append(e.blockedBy, Safe(id))
	}
	d := drawing{width: s.width}
	switch c.Action {
	case plan.Delete:
		d.losses(c.Attributes)
	case plan.Create, plan.Restore:
		for _, a := range c.Attributes {
			d.creation(a)
		}
	default:
		for _, a := range c.Attributes {
			d.update(a)
		}
	}
	e.fields = d.rows
	return e, d.err
}

// origins tells the attributes of a change apart when they have different ones:
// what was changed in Stytch, and so goes back, is named; the rest is edits.
func origins(c *plan.Change) []string {
	names := map[plan.Origin][]string{}
	for _, a := range c.Attributes {
		names[a.Origin] = append(names[a.Origin], name(a.Name))
	}
	if len(names) < 2 {
		return nil
	}
	var told []string
	for _, origin := range []plan.Origin{plan.Drift, plan.Both} {
		if len(names[origin]) > 0 {
			told = append(told, string(origin)+": "+strings.Join(names[origin], ", "))
		}
	}
	return told
}

// risks shows each risk, the worst first, without the address of the change where
// the sentence begins with it; of many of one class, the first ones and a count,
// since closing a way to log in may touch every member of an organization.
func risks(c *plan.Change, numbers map[saying]int) []risk {
	shown, more := firstRisks(c)
	var list []risk
	for _, r := range shown {
		said := sayingOf(c, r.Class, r.Reason)
		list = append(list, risk{class: Safe(r.Class), reason: Safe(said.sentence), number: numbers[said]})
	}
	for _, m := range more {
		m.class, m.reason = Safe(m.class), fmt.Sprintf("and %d more", m.more)
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b risk) int { return plan.Severity(a.class) - plan.Severity(b.class) })
	return list
}

// firstRisks are the first risks of each class, and how many more there are.
func firstRisks(c *plan.Change) (shown []plan.Risk, more []risk) {
	seen := map[string]int{}
	var classes []string
	for _, r := range c.Risks {
		if seen[r.Class] == 0 {
			classes = append(classes, r.Class)
		}
		if seen[r.Class]++; seen[r.Class] <= risksShown {
			shown = append(shown, r)
		}
	}
	for _, class := range classes {
		if n := seen[class] - risksShown; n > 0 {
			more = append(more, risk{class: class, more: n})
		}
	}
	return shown, more
}

// losses shows what goes with a deleted object, compactly.
func (d *drawing) losses(attributes []plan.Attribute) {
	shown, more := 0, 0
	for _, a := range attributes {
		before := d.tree(a.Before)
		if empty(before) && !a.Sensitive {
			continue
		}
		if shown == lossesShown {
			more++
			continue
		}
		shown++
		if a.Sensitive {
			d.line(fieldIndent, plain, secret(a, plan.Delete))
			continue
		}
		d.line(fieldIndent, plain, shorten(name(a.Name)+": "+literal(before), d.width-2*fieldIndent))
	}
	if more > 0 {
		d.line(fieldIndent, plain, "and "+count(more, "more attribute"))
	}
}

// change writes one change.
//
//	~ organization/acme (acme.yaml:18, both)
//	    drift: email_invites
//	    organization_name: "Acme" -> "Acme, Inc."
//	    email_invites: "ALL_ALLOWED" -> "RESTRICTED"
//	    ! access-removed: …
//	    -> …
func (pg *page) change(e entry) {
	text := pg.sign(e.action) + " " + pg.paint(bold, e.address)
	if len(e.about) > 0 {
		text += pg.paint(dim, " ("+strings.Join(e.about, ", ")+")")
	}
	pg.line(1, text)
	for _, told := range e.origins {
		pg.line(fieldIndent, pg.paint(dim, told))
	}
	for _, r := range e.fields {
		pg.row(r)
	}
	for _, r := range e.risks {
		if r.number == 0 {
			pg.line(fieldIndent, pg.paint(loud, "! "+r.class+": "+r.reason))
		}
	}
	if folded := e.foldedRisks(func(class string) string { return class }); folded != "" {
		pg.line(fieldIndent, pg.paint(loud, "! "+folded))
	}
	for i, consequence := range e.consequences {
		if e.numbers[i] == 0 {
			pg.line(fieldIndent, "-> "+consequence)
		}
	}
	if folded := e.foldedConsequences(); folded != "" {
		pg.line(fieldIndent, "-> "+folded)
	}
	if len(e.blockedBy) > 0 {
		pg.line(fieldIndent, pg.paint(loud, "x blocked by "+strings.Join(e.blockedBy, ", ")))
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
