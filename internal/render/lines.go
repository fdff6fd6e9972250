package render

import (
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// How much stays of what two texts share: lines around a differing line, and
// characters around the differing part of a long line.
const (
	linesAround      = 3
	charactersAround = 20
)

// textDiff shows which lines of a text differ.
func (d *drawing) textDiff(indent int, before, after string) {
	diff, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, after), linesAround)
	if err != nil {
		// The edits are udiff's own, so this does not happen; both texts whole are
		// then the honest answer.
		d.block(indent, red, "- ", before)
		d.block(indent, green, "+ ", after)
		return
	}
	ends := strings.HasSuffix(before, "\n") != strings.HasSuffix(after, "\n")
	for i, hunk := range diff.Hunks {
		if i > 0 {
			d.line(indent, dim, "…")
		}
		for _, line := range hunk.Lines {
			text := lineText(line.Content)
			if ends && !strings.HasSuffix(line.Content, "\n") {
				text += ` \ no newline at the end`
			}
			switch line.Kind {
			case udiff.Delete:
				d.line(indent, red, "- "+text)
			case udiff.Insert:
				d.line(indent, green, "+ "+text)
			case udiff.Equal:
				d.line(indent, plain, strings.TrimRight("  "+text, " "))
			}
		}
	}
}

// block shows a text line by line, each after the mark.
func (d *drawing) block(indent int, s style, mark, text string) {
	for line := range strings.Lines(text) {
		d.line(indent, s, strings.TrimRight(mark+lineText(line), " "))
	}
}

// lineText is one line of a longer text; a space at its end is made visible.
func lineText(line string) string {
	line = strings.TrimSuffix(line, "\n")
	text := Safe(line)
	if strings.HasSuffix(line, " ") {
		text = strings.TrimSuffix(text, " ") + `\x20`
	}
	return text
}

// elide quotes two long texts of one line, each cut to where they differ; the
// dots stand outside the quotation marks, so they are not text.
func elide(before, after string) (string, string) {
	b, a := []rune(before), []rune(after)
	start := 0
	for start < min(len(b), len(a)) && b[start] == a[start] {
		start++
	}
	end := 0
	for end < min(len(b), len(a))-start && b[len(b)-1-end] == a[len(a)-1-end] {
		end++
	}
	start, end = max(start-charactersAround, 0), max(end-charactersAround, 0)
	cut := func(text []rune) string {
		out := quote(string(slices.Clone(text[start : len(text)-end])))
		if start > 0 {
			out = "…" + out
		}
		if end > 0 {
			out += "…"
		}
		return out
	}
	return cut(b), cut(a)
}
