package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// How much of a name and of a value a reader of a notice sees. The plan has all.
const (
	nameShown  = 300
	valueShown = 160
)

// incomplete stands before what was found, so that it is never what is cut.
const incomplete = "Not everything could be read: there may be more."

// Options say how much a notice tells.
type Options struct {
	FullAddresses bool // email addresses are not shortened
}

var email = regexp.MustCompile(`("[^"]*"|[^\s"'<>()\[\],;:|/]+)@([^\s"'<>()\[\],;:|/@]+)`)

// shorten leaves of each email address the first letter and the domain: enough
// for whoever knows the person.
func shorten(text string) string {
	return email.ReplaceAllStringFunc(text, func(address string) string {
		at := strings.LastIndex(address, "@")
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(address[:at], `"\`))
		return string(first) + "…" + address[at:]
	})
}

// live makes any text fit to stand in one line of a notice: shortened, escaped
// and cut. What the form of a notice escapes comes after.
func (o Options) live(text string, most int) string {
	if !o.FullAddresses {
		text = shorten(text)
	}
	text = render.Safe(text)
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return text
}

// span is live text between backticks, in which neither Slack nor Markdown reads
// anything but the text. One that it holds becomes an apostrophe.
func (o Options) span(text string, most int) string {
	text = strings.ReplaceAll(o.live(text, most), "`", "'")
	if text == "" {
		text = " "
	}
	return "`" + text + "`"
}

// value shows a value as JSON does.
func (o Options) value(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "`?`"
	}
	return o.span(strings.TrimSuffix(b.String(), "\n"), valueShown)
}

// name is what a drift is about.
func (o Options) name(address plan.Address, attribute string) string {
	if attribute == "" {
		return o.span(string(address), nameShown)
	}
	return o.span(string(address), nameShown) + " " + o.span(attribute, nameShown)
}

// sentence says what a drift is.
func (o Options) sentence(d plan.Difference) string {
	s := o.name(d.Address, d.Attribute)
	switch {
	case d.Attribute == "" && d.Action == plan.Delete:
		s += " is there and should not be"
	case d.Attribute == "":
		s += " is missing"
	case d.Sensitive:
		s += " is not what is declared"
	default:
		s += " is " + o.value(d.Live) + ", declared is " + o.value(d.Declared)
	}
	if len(d.Risks) > 0 {
		worst := slices.SortedStableFunc(slices.Values(d.Risks), func(a, b string) int { return plan.Severity(a) - plan.Severity(b) })
		s += fmt.Sprintf(" (undoing it: %s)", strings.Join(worst, ", "))
	}
	if d.Lapsed != "" {
		s += "; it was accepted, but " + render.Safe(d.Lapsed)
	}
	return s
}

// title names the environment.
func (o Options) title(t plan.Target) string {
	if t.ProjectSlug == "" {
		return o.span(t.ProjectID, nameShown)
	}
	return o.span(t.ProjectSlug+"/"+t.EnvironmentSlug, nameShown)
}

// riskiest is drift with the worst risk of undoing it first: what is cut is the end.
func riskiest(drift []plan.Difference) []plan.Difference {
	worst := func(d plan.Difference) int {
		least := len(plan.RiskClasses()) + 1
		for _, class := range d.Risks {
			least = min(least, plan.Severity(class))
		}
		return least
	}
	return slices.SortedStableFunc(slices.Values(drift), func(a, b plan.Difference) int { return worst(a) - worst(b) })
}

// A pile is text that is made of lines and never longer than its room.
type pile struct {
	strings.Builder
	room int // bytes
	left int // lines that found none
}

func (p *pile) line(text string) {
	if p.Len()+len(text)+1 > p.room {
		p.left++
		return
	}
	fmt.Fprintln(&p.Builder, text)
}

// list adds lines under a heading, and nothing when there is none. Without room for
// the heading there is none for what it is about, which would stand under another.
func (p *pile) list(heading, bullet string, lines []string) {
	if len(lines) == 0 {
		return
	}
	if p.Len()+len(heading)+1 > p.room {
		p.left += len(lines)
		return
	}
	p.line(heading)
	for _, l := range lines {
		p.line(bullet + l)
	}
}

func each[E any](items []E, line func(E) string) []string {
	lines := make([]string, 0, len(items))
	for _, item := range items {
		lines = append(lines, line(item))
	}
	return lines
}
