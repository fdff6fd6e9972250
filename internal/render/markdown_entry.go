package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How much a shortened entry says.
const (
	briefColumns      = 120 // of one value, reason or name
	briefFields       = 5
	briefRisks        = 3
	briefConsequences = 2
)

// item writes an entry as an item of a list.
//
//   - `~ organization/acme` (`acme.yaml:18`, both)
//   - **Risk** `access-removed`: …
//   - `email_invites: "ALL_ALLOWED" -> "RESTRICTED"`
func (e entry) item() string {
	var b strings.Builder
	b.WriteString("- " + e.title() + "\n")
	under := func(text string) { b.WriteString("  - " + text + "\n") }
	for _, r := range e.risks {
		under("**Risk** " + code(r.class) + ": " + prose(r.reason))
	}
	if len(e.blockedBy) > 0 {
		under("**Blocked** by " + codes(e.blockedBy))
	}
	for _, told := range e.origins {
		under(prose(told))
	}
	for i := 0; i < len(e.fields); {
		field := e.fields[i]
		under(code(field.text()))
		i++
		first := i
		for i < len(e.fields) && e.fields[i].indent > fieldIndent {
			i++
		}
		fence(&b, e.fields[first:i])
	}
	for _, consequence := range e.consequences {
		under("→ " + prose(consequence))
	}
	return b.String()
}

// fence writes the rows below a field as a diff.
func fence(b *strings.Builder, rows []row) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("    ```diff\n")
	for _, r := range rows {
		text := strings.Repeat("  ", r.indent-fieldIndent-1) + unticked(r.text())
		b.WriteString(strings.TrimRight("    "+text, " ") + "\n")
	}
	b.WriteString("    ```\n")
}

// title is what an entry is about and where it is asked for.
func (e entry) title() string {
	title := code(signOf(e.action).text + " " + e.address)
	if len(e.about) == 0 {
		return title
	}
	about := make([]string, 0, len(e.about))
	for _, a := range e.about {
		about = append(about, prose(a))
	}
	return title + " (" + strings.Join(about, ", ") + ")"
}

// line is an entry in one line: what it is, the classes of its risks, what
// forbids it. An entry that is to be one line is brief already.
func (e entry) line() string {
	text := "- " + e.title()
	var rest, classes []string
	for _, r := range e.risks {
		if r.class != "" && !slices.Contains(classes, r.class) {
			classes = append(classes, r.class)
		}
	}
	if len(classes) > 0 {
		rest = append(rest, codes(classes))
	}
	if len(e.blockedBy) > 0 {
		rest = append(rest, "blocked by "+codes(e.blockedBy))
	}
	if len(rest) > 0 {
		text += ": " + strings.Join(rest, "; ")
	}
	return text + "\n"
}

func codes(list []string) string {
	out := make([]string, 0, len(list))
	for _, text := range list {
		out = append(out, code(text))
	}
	return strings.Join(out, ", ")
}

// brief is the entry with the worst of its risks and the beginnings of its values.
func (e entry) brief() entry {
	short := func(text string) string { return shorten(text, briefColumns) }
	out := entry{action: e.action, address: short(e.address)}
	for _, list := range []struct {
		from []string
		to   *[]string
	}{{e.about, &out.about}, {e.origins, &out.origins}, {e.consequences, &out.consequences}, {e.blockedBy, &out.blockedBy}} {
		for _, text := range list.from[:min(len(list.from), briefConsequences)] {
			*list.to = append(*list.to, short(text))
		}
	}
	risks := slices.Clone(e.risks)
	slices.SortStableFunc(risks, func(a, b risk) int { return cmp.Compare(plan.Severity(a.class), plan.Severity(b.class)) })
	for _, r := range risks[:min(len(risks), briefRisks)] {
		out.risks = append(out.risks, risk{short(r.class), short(r.reason)})
	}
	if n := len(risks) - briefRisks; n > 0 {
		out.consequences = append([]string{fmt.Sprintf("and %s", count(n, "more risk"))}, out.consequences...)
	}
	out.fields = briefRows(e.fields)
	return out
}

// briefRows shows a field in one row each, and of many the first.
func briefRows(rows []row) []row {
	var out []row
	fields := 0
	for i := 0; i < len(rows); {
		text, below := rows[i].text(), 0
		for i++; i < len(rows) && rows[i].indent > fieldIndent; i++ {
			below++
		}
		if fields++; fields > briefFields {
			continue
		}
		text = shorten(text, briefColumns)
		if below > 0 {
			text += " " + count(below, "line")
		}
		out = append(out, row{indent: fieldIndent, spans: []span{{plain, text}}})
	}
	if more := fields - briefFields; more > 0 {
		out = append(out, row{indent: fieldIndent, spans: []span{{plain, "and " + count(more, "more attribute")}}})
	}
	return out
}
