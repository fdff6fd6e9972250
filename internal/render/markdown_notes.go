package render

import (
	"fmt"
	"strings"
)

// briefNotes is how many notes of one sort a document shows that is cut.
const briefNotes = 5

// notes lists what forbids the plan, what is unknown and what it warns of: of
// each sort so many, cut to so many columns; 0 is not cut.
func (d *document) notes(most, columns int) string {
	short := func(text string) string {
		if columns > 0 {
			return shorten(text, columns)
		}
		return text
	}
	var b strings.Builder
	s := d.sheet
	for i, block := range s.blocks {
		if columns > 0 && i == most {
			fmt.Fprintf(&b, "- and %s\n", count(len(s.blocks)-i, "more block"))
			break
		}
		text := fmt.Sprintf("- **Blocked** by %s: ", code(short(block.id)))
		if block.more > 0 {
			fmt.Fprintf(&b, "%s%d more times\n", text, block.more)
			continue
		}
		text += prose(short(block.reason))
		if block.lift != "" {
			text += "; to lift it: " + prose(short(block.lift))
		}
		b.WriteString(text + "\n")
	}
	d.rules(&b, true, most, columns)
	for _, list := range []struct {
		label string
		notes []string
	}{{"Unknown", s.unknown}, {"Warning", s.warnings}} {
		for i, note := range list.notes {
			if i == most {
				fmt.Fprintf(&b, "- **%s**: and %d more\n", list.label, len(list.notes)-i)
				break
			}
			fmt.Fprintf(&b, "- **%s**: %s\n", list.label, prose(short(note)))
		}
	}
	d.rules(&b, false, most, columns)
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// rules writes the rules that block the plan, or those that only warn.
func (d *document) rules(b *strings.Builder, blocking bool, most, columns int) {
	shown, more := 0, 0
	for _, r := range d.sheet.rules {
		switch {
		case r.blocks != blocking:
		case columns > 0 && shown == most:
			more++
		default:
			shown++
			b.WriteString(r.item(most, columns))
		}
	}
	if more > 0 {
		fmt.Fprintf(b, "- and %s\n", count(more, "more rule"))
	}
}

// asides lists what is beside the plan.
func (d *document) asides() string {
	var b strings.Builder
	for _, list := range [][]string{d.sheet.accepted, d.sheet.undeclared, d.sheet.notComparable} {
		for _, note := range list {
			b.WriteString("- " + prose(note) + "\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "#### Beside this plan\n\n" + b.String() + "\n"
}

// leftOutSpare is by how much one cut's leftOut may be longer than the shortest
// cut's: three more parts with their numbers, and what is omitted.
const leftOutSpare = 160

// leftOut says what of the plan is not shown, and where all of it is.
func (d *document) leftOut(c cut, unlisted int) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{c.brief - c.whole, "shortened"},
		{c.line - c.brief, "in one line"},
		{len(d.items) - unlisted - c.line, "counted by organization"},
		{unlisted, "not listed"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", count(p.n, "change"), p.what))
		}
	}
	text := "Cut to fit"
	if parts = append(parts, d.omitted...); len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text + ". " + d.options.elsewhere("plan.json", "plan -o plan.json") + "\n\n"
}

// elsewhere says how to see all of what is cut.
func (o MarkdownOptions) elsewhere(file, save string) string {
	if o.File != "" {
		return "All of it: " + code("stytch-reconcile show "+shorten(Safe(o.File), briefColumns))
	}
	return "All of it: " + code("stytch-reconcile show "+file) + " after " + code(save)
}

func (d *document) digest() string {
	if d.sheet.digest == "" {
		return ""
	}
	return "Digest: " + code(d.sheet.digest) + "\n"
}
