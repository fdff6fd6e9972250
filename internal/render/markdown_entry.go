package render

import "strings"

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
		if r.number == 0 {
			under("**Risk** " + code(r.class) + ": " + prose(r.reason))
		}
	}
	if folded := e.foldedRisks(code); folded != "" {
		under("**Risk** " + folded)
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
	for i, consequence := range e.consequences {
		if e.numbers[i] == 0 {
			under("→ " + prose(consequence))
		}
	}
	if folded := e.foldedConsequences(); folded != "" {
		under("→ " + folded)
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
	var rest []string
	if len(e.classes) > 0 {
		rest = append(rest, codes(e.classes))
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
	}{{e.about, &out.about}, {e.origins, &out.origins}, {e.blockedBy, &out.blockedBy}, {e.classes, &out.classes}} {
		for _, text := range list.from {
			*list.to = append(*list.to, short(text))
		}
	}
	for i, text := range e.consequences {
		if e.numbers[i] > 0 || len(out.consequences) < briefConsequences {
			out.consequences, out.numbers = append(out.consequences, short(text)), append(out.numbers, e.numbers[i])
		}
	}
	for _, r := range e.risks[:min(len(e.risks), briefRisks)] {
		out.risks = append(out.risks, risk{short(r.class), short(r.reason), r.number, r.more})
	}
	if more := e.moreRisks(); more != "" {
		out.consequences, out.numbers = append([]string{more}, out.consequences...), append([]int{0}, out.numbers...)
	}
	out.fields = briefRows(e.fields)
	return out
}

// moreRisks counts the risks of which a brief entry says nothing else, and names
// the classes that only they have: "and 5 more risks, of sessions-revoked too".
func (e entry) moreRisks() string {
	n, shown := 0, map[string]bool{}
	for i, r := range e.risks {
		if i < briefRisks {
			shown[r.class] = true
			continue
		}
		n += max(r.more, 1)
	}
	if n == 0 {
		return ""
	}
	text := "and " + count(n, "more risk")
	var others []string
	for _, class := range e.classes {
		if !shown[class] {
			others = append(others, shorten(class, briefColumns))
		}
	}
	if len(others) > 0 {
		text += ", of " + strings.Join(others, ", ") + " too"
	}
	return text
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
