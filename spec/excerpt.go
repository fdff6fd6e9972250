package spec

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// WriteText writes the diagnostics for people, in the order that they have:
//
//	acme.yaml:18:5: error: unknown attribute of organization "email_invite"
//	  18 |     email_invite: RESTRICTED
//	     |     ^^^^^^^^^^^^
//	  hint: did you mean "email_invites"?
//
// Sources are those of the Document; a file that is not among them is named without an excerpt. What documents hold is
// escaped, so that no name can forge a line, move the cursor or turn the direction of the text.
func (ds Diagnostics) WriteText(w io.Writer, sources map[string][]byte, color bool) error {
	out := &textWriter{Writer: bufio.NewWriter(w), sources: concealed(ds, sources), texts: map[string]*text{}, color: color}
	for i := range ds {
		out.diagnostic(&ds[i])
	}
	return out.Flush()
}

// concealed are the sources with asterisks in place of what must not be shown, whichever diagnostic has it in its excerpt.
func concealed(ds Diagnostics, sources map[string][]byte) map[string][]byte {
	shown := maps.Clone(sources)
	for i := range ds {
		at := ds[i].Range
		if _, ok := shown[at.Filename]; !ds[i].Conceal || !ok {
			continue
		}
		text := bytes.Clone(shown[at.Filename])
		for b := max(at.Start.Byte, 0); b < min(at.End.Byte, len(text)); b++ {
			if text[b] != '\n' && text[b] != '\r' {
				text[b] = '*'
			}
		}
		shown[at.Filename] = text
	}
	return shown
}

type textWriter struct {
	*bufio.Writer // remembers the first error until Flush
	sources       map[string][]byte
	texts         map[string]*text
	color         bool
}

// The colours, as terminals name them.
const (
	red    = "31;1"
	yellow = "33;1"
	faint  = "2"
)

func (w *textWriter) paint(code, s string) string {
	if !w.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (w *textWriter) print(parts ...string) {
	for _, part := range parts {
		_, _ = w.WriteString(part) // Flush returns the error
	}
}

func (w *textWriter) diagnostic(d *Diagnostic) {
	code := red
	if d.Severity == Warning {
		code = yellow
	}
	w.print(where(d.Range), w.paint(code, d.Severity.String()+":"), " ", escape(d.Summary), "\n")
	w.excerpt(d.Range, code)
	if d.Hint != "" {
		for i, line := range strings.Split(strings.TrimRight(d.Hint, "\n"), "\n") {
			lead := "  hint: "
			if i > 0 {
				lead = "        "
			}
			w.print(lead, lineStart(escape(line)), "\n")
		}
	}
	for i := range d.Related {
		w.print("  ", where(d.Related[i].Range), escape(d.Related[i].Message), "\n")
		w.excerpt(d.Related[i].Range, faint)
	}
}

// where is "FILE:LINE:COLUMN: ", empty for what is in no file.
func where(at hcl.Range) string {
	if at.Filename == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: ", lineStart(escape(at.Filename)), max(at.Start.Line, 1), max(at.Start.Column, 1))
}

// lineStart is escaped text that a line begins with. GitHub reads a command from a
// line that begins with two colons, and whoever proposes a change names its files.
func lineStart(s string) string {
	if trimmed := strings.TrimLeft(s, " "); strings.HasPrefix(trimmed, "::") {
		return s[:len(s)-len(trimmed)] + `\u003a` + trimmed[1:]
	}
	return s
}

// How much of a long line is shown before and after the place in question, in bytes.
const (
	shownBefore = 60
	shownAfter  = 100
)

// excerpt writes the first line of a range with the range underlined.
func (w *textWriter) excerpt(at hcl.Range, code string) {
	t := w.texts[at.Filename]
	if t == nil {
		content, ok := w.sources[at.Filename]
		if !ok {
			return
		}
		t = newText(at.Filename, "", content)
		w.texts[at.Filename] = t
	}
	number := at.Start.Line
	if number < 1 || number > len(t.lines) || len(t.content) == 0 {
		return
	}
	whole := t.lineRange(number)
	first, last := whole.Start.Byte, whole.End.Byte
	from := min(max(at.Start.Byte, first), last)
	to := min(max(at.End.Byte, from), last)
	lead, marks, trail := "", "", ""
	if from-first > 2*shownBefore {
		first, lead = boundary(t.content, from-shownBefore), "…"
	}
	if last-from > 2*shownAfter {
		last, trail = boundary(t.content, from+shownAfter), "…"
	}
	before, within, after := escapeLine(t.content[first:from]), escapeLine(t.content[from:min(to, last)]), escapeLine(t.content[min(to, last):last])
	marks = strings.Repeat(" ", width(lead+before)) + w.paint(code, strings.Repeat("^", max(width(within), 1)))
	gutter := fmt.Sprintf("%4d | ", number)
	shown := strings.ReplaceAll(before+within+after, "##[", `##\u005b`) // its parts were escaped one by one
	w.print(w.paint(faint, gutter), lead, shown, trail, "\n")
	w.print(w.paint(faint, strings.Repeat(" ", len(gutter)-2)+"| "), marks, "\n")
}

// boundary moves an offset back to the start of a rune. What is no UTF-8 has no
// runes, and is cut anywhere.
func boundary(content []byte, offset int) int {
	for start := offset; offset < len(content) && start >= max(0, offset-utf8.UTFMax+1); start-- {
		if utf8.RuneStart(content[start]) {
			return start
		}
	}
	return offset
}

// width is how many columns text takes, wide characters not considered.
func width(s string) int {
	n := 0
	for rest := []byte(s); len(rest) > 0; n++ {
		rest = rest[graphemeLength(rest):]
	}
	return n
}

// escapeLine escapes a line of a file; tabs become the spaces that they look like.
func escapeLine(line []byte) string {
	return escape(string(bytes.ReplaceAll(line, []byte("\t"), []byte("    "))))
}
