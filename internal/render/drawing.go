package render

import (
	"strings"
	"unicode/utf8"
)

// fieldIndent is where the attributes of a change begin, in steps of two spaces.
const fieldIndent = 3

// A row is one line of what is shown of an attribute. What stands deeper than
// fieldIndent belongs to the row above it. Its text has passed through Safe.
type row struct {
	indent int
	spans  []span
}

// A span is a part of a row in one style.
type span struct {
	style style
	text  string
}

func (r row) text() string {
	var b strings.Builder
	for _, s := range r.spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// A drawing is the attributes of one change as rows, for any renderer. The width
// decides what is said in one row. It remembers the first error.
type drawing struct {
	width int
	rows  []row
	err   error
}

func (d *drawing) line(indent int, s style, text string) {
	d.rows = append(d.rows, row{indent: indent, spans: []span{{s, text}}})
}

// fits reports whether text of this indent stays within the width.
func (d *drawing) fits(indent int, text string) bool {
	return 2*indent+utf8.RuneCountInString(text) <= d.width
}
