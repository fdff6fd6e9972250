package render

import (
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// everyOrigin are the origins, in the order in which they are counted.
var everyOrigin = []plan.Origin{plan.Edit, plan.Drift, plan.Both}

// An htmlChange is one change as the template reads it. What ends as an attribute,
// from Number to Result, is a number or a word of ours.
type htmlChange struct {
	Number                 int
	Action, Origin, Result string
	Classes                string // of risk, or "none"
	Blocked                bool

	Sign, Verb   string
	Address      string
	About        []string
	Reason       string // why it is not done
	Risks        []htmlReason
	AlikeRisks   []htmlReference // those that stand above the change
	BlockedBy    string
	Origins      []string
	Fields       []htmlField
	Consequences []string
	AlikeThen    []htmlReference
}

// An htmlReason is a class of risk and a reason.
type htmlReason struct{ Class, Reason string }

// An htmlReference is the number of a sentence above the changes of the section,
// at its anchor, and the class of the risk that it tells, if it tells one.
type htmlReference struct {
	Class          string
	Anchor, Number int
}

// An htmlField is what is shown of an attribute: its line, and lines below it.
type htmlField struct {
	Line  []htmlSpan
	Below []htmlLine
}

// An htmlLine is one line below a field.
type htmlLine struct {
	Indent string
	Spans  []htmlSpan
}

// An htmlSpan is text of one meaning: a name, what goes, what comes.
type htmlSpan struct{ Sort, Text string }

// plannedChange is an entry on its way to HTML. The anchor is that of its section.
func plannedChange(anchor, number int, c *plan.Change, e entry, based bool) htmlChange {
	out := newHTMLChange(number, e.action, e.address)
	out.About, out.Origins = e.about, e.origins
	out.BlockedBy, out.Blocked = strings.Join(e.blockedBy, ", "), len(e.blockedBy) > 0
	out.Classes = "none"
	if len(c.Risks) > 0 {
		out.Classes = spaced(classesOf(c))
	}
	if based {
		out.Origin = oneOf(c.Origin, everyOrigin...)
	}
	for _, r := range e.risks {
		above := htmlReference{r.class, anchor, r.number}
		switch {
		case r.number == 0:
			out.Risks = append(out.Risks, htmlReason{r.class, r.reason})
		case !slices.Contains(out.AlikeRisks, above):
			out.AlikeRisks = append(out.AlikeRisks, above)
		}
	}
	for i, consequence := range e.consequences {
		if e.numbers[i] == 0 {
			out.Consequences = append(out.Consequences, consequence)
			continue
		}
		out.AlikeThen = append(out.AlikeThen, htmlReference{Anchor: anchor, Number: e.numbers[i]})
	}
	for i := 0; i < len(e.fields); {
		field := htmlField{Line: parted(e.fields[i])}
		for i++; i < len(e.fields) && e.fields[i].indent > fieldIndent; i++ {
			r := e.fields[i]
			field.Below = append(field.Below, htmlLine{strings.Repeat("  ", r.indent-fieldIndent-1), spansOf(r)})
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}

func newHTMLChange(number int, action plan.Action, address string) htmlChange {
	known := oneOf(action, actions...)
	return htmlChange{Number: number, Action: known, Verb: known, Sign: signOf(action).text, Address: address}
}

// sortOf is what a style means.
func sortOf(s style) string {
	switch s {
	case red:
		return "gone"
	case green:
		return "new"
	case dim:
		return "dim"
	}
	return ""
}

func spansOf(r row) []htmlSpan {
	list := make([]htmlSpan, 0, len(r.spans))
	for _, s := range r.spans {
		list = append(list, htmlSpan{sortOf(s.style), s.text})
	}
	return list
}

// parted is a row with its name, and what it was and will be, told apart. It reads
// them from the text, where names and values are quoted when they could be taken
// for anything else:
//
//	email_invites:   "ALL_ALLOWED"   ->   "RESTRICTED"
//	name             gone            arrow  new
func parted(r row) []htmlSpan {
	list := spansOf(r)
	if len(list) == 0 || list[0].Sort != "" {
		return list
	}
	text, rest := list[0].Text, list[1:]
	end := unquoted(text, ":")
	if end < 0 {
		return list
	}
	out := []htmlSpan{{"name", text[:end+1]}}
	value := text[end+1:]
	if arrow := unquoted(value, " -> "); arrow >= 0 {
		out = append(out, htmlSpan{"", " "}, htmlSpan{"gone", strings.TrimPrefix(value[:arrow], " ")},
			htmlSpan{"dim", " -> "}, htmlSpan{"new", value[arrow+len(" -> "):]})
	} else if value != "" {
		out = append(out, htmlSpan{"", value})
	}
	return append(out, rest...)
}

// unquoted is where the mark stands first outside quotation marks, or -1.
func unquoted(text, mark string) int {
	inside := false
	for i := 0; i < len(text); i++ {
		switch {
		case inside && text[i] == '\\':
			i++
		case text[i] == '"':
			inside = !inside
		case !inside && strings.HasPrefix(text[i:], mark):
			return i
		}
	}
	return -1
}
