package render

import (
	"bufio"
	"io"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A page is text being written, line by line. It remembers the first error, so
// that nothing between the first line and the last has to.
type page struct {
	w     *bufio.Writer
	color bool
	width int
	based bool // a base was given, so that the plan knows who changed what
	err   error
}

func newPage(w io.Writer, o Options) *page {
	if o.Width <= 0 {
		o.Width = 100
	}
	return &page{w: bufio.NewWriter(w), color: o.Color, width: o.Width}
}

// line writes one line, indented by so many steps of two spaces. The text is
// this package's own words and what has passed through Safe.
func (pg *page) line(indent int, text string) {
	if pg.err != nil {
		return
	}
	_, pg.err = pg.w.WriteString(strings.Repeat("  ", indent) + text + "\n")
}

func (pg *page) blank() { pg.line(0, "") }

// fits reports whether plain text of this indent stays within the width.
func (pg *page) fits(indent int, text string) bool {
	return 2*indent+len([]rune(text)) <= pg.width
}

// end flushes the page and tells the first error.
func (pg *page) end() error {
	if pg.err != nil {
		return pg.err
	}
	return pg.w.Flush()
}

// A style is the parameters of an SGR sequence.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
	loud   style = "1;31"
)

func (pg *page) paint(s style, text string) string {
	if !pg.color || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// sign is the mark of an action. The legend explains it.
func (pg *page) sign(action plan.Action) string {
	switch action {
	case plan.Create:
		return pg.paint(green, "+")
	case plan.Update:
		return pg.paint(yellow, "~")
	case plan.Delete:
		return pg.paint(red, "-")
	case plan.Restore:
		return pg.paint(cyan, "^")
	}
	return "?"
}
