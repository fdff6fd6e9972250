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
	err   error
}

func newPage(w io.Writer, o Options) *page {
	return &page{w: bufio.NewWriter(w), color: o.Color}
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

// row writes one row of a drawing.
func (pg *page) row(r row) {
	var b strings.Builder
	for _, s := range r.spans {
		b.WriteString(pg.paint(s.style, s.text))
	}
	pg.line(r.indent, b.String())
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
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
	loud   style = "1;31"
)

func (pg *page) paint(s style, text string) string {
	if !pg.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// signs are the marks of the actions. The legend explains them.
var signs = map[plan.Action]span{
	plan.Create: {green, "+"}, plan.Update: {yellow, "~"}, plan.Delete: {red, "-"}, plan.Restore: {cyan, "^"},
}

// actions are all of them, in the order in which they are counted.
var actions = []plan.Action{plan.Create, plan.Update, plan.Delete, plan.Restore}

func signOf(action plan.Action) span {
	if s, ok := signs[action]; ok {
		return s
	}
	return span{plain, "?"}
}

func (pg *page) sign(action plan.Action) string {
	s := signOf(action)
	return pg.paint(s.style, s.text)
}
