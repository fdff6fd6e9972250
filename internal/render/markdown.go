package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Budgets of Markdown, in bytes, a little under what the platforms take for one
// comment.
const (
	GitHubBytes = 65_000
	GitLabBytes = 1_000_000
)

// foldedFrom is how many sections are so many that each is folded.
const foldedFrom = 5

// MarkdownOptions say how Markdown is cut. The zero value is for a comment on
// GitHub.
type MarkdownOptions struct {
	MaxBytes int    // what is written is never longer; 0 is GitHubBytes
	File     string // where all of it is saved, if it is: told when something is left out
}

func (o MarkdownOptions) maxBytes() int { return cmp.Or(o.MaxBytes, GitHubBytes) }

// Markdown writes the plan as a comment for a reviewer: how much it is, what
// forbids it and what is not known, then what changes, the riskiest first. It is
// never longer than the budget, and what is riskier is never cut for what is
// less: see cut. The error is the writer's, or names a value that is not JSON's,
// or says that not even the headline fits.
func Markdown(w io.Writer, p *plan.Plan, o MarkdownOptions) error {
	s := newSheet(p, 0)
	if s.err != nil {
		return s.err
	}
	d := newDocument(s, o)
	out, err := d.fit()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, out)
	return err
}

// A document is a sheet on its way to Markdown.
type document struct {
	sheet    *sheet
	options  MarkdownOptions
	sections []section // the riskiest first
	folded   bool
	items    []item   // all changes, the riskiest first
	omitted  []string // what is cut beside the changes
}

// An item is one change and its place.
type item struct {
	change  *plan.Change
	section int
}

func newDocument(s *sheet, o MarkdownOptions) *document {
	d := &document{sheet: s, options: o, sections: riskiestFirst(s.sections), folded: len(s.sections) >= foldedFrom}
	for i := range d.sections {
		for _, c := range d.sections[i].changes {
			d.items = append(d.items, item{change: c, section: i})
		}
	}
	slices.SortStableFunc(d.items, func(a, b item) int { return cmp.Compare(severity(a.change), severity(b.change)) })
	return d
}

// headline is what is never cut: for what, how much, how risky, whether it is
// forbidden and whether it is whole.
func (d *document) headline() string {
	s := d.sheet
	var b strings.Builder
	b.WriteString(marker("plan", s.place))
	heading(&b, "Plan for", s.place)
	b.WriteString("**" + s.verdict + "**\n\n")
	if risks := d.riskCounts(); risks != "" {
		b.WriteString("Risks: " + risks + ".\n\n")
	}
	if s.blocked > 0 {
		b.WriteString("**Blocked " + times(s.blocked) + ".** " + nothingUntil + "\n\n")
	}
	var notes []string
	for _, n := range []struct {
		count int
		noun  string
	}{{len(s.unknown), "unknown"}, {s.warned(), "warning"}} {
		switch {
		case n.count == 0:
		case n.noun == "unknown":
			notes = append(notes, fmt.Sprintf("Not all could be read: %d unknown.", n.count))
		default:
			notes = append(notes, count(n.count, n.noun)+".")
		}
	}
	if len(notes) > 0 {
		b.WriteString(strings.Join(notes, " ") + "\n\n")
	}
	return b.String()
}

func heading(b *strings.Builder, what string, in place) {
	b.WriteString("### " + what + " " + code(in.name))
	if in.live {
		b.WriteString(" **LIVE**")
	}
	b.WriteString("\n\n")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// riskCounts says how many changes have each class of risk, the worst first.
func (d *document) riskCounts() string {
	changes := make([]*plan.Change, 0, len(d.items))
	for _, it := range d.items {
		changes = append(changes, it.change)
	}
	var list []string
	for _, c := range riskCounts(changes) {
		list = append(list, fmt.Sprintf("%d %s", c.changes, c.class.ID))
	}
	return strings.Join(list, ", ")
}

// legend explains the signs that this plan uses.
func (d *document) legend() string {
	var explained []string
	for _, action := range d.sheet.actions {
		explained = append(explained, code(signs[action].text)+" "+string(action))
	}
	if len(explained) == 0 {
		return ""
	}
	return strings.Join(explained, ", ") + "\n\n"
}

// open begins a section. Of many, those with the worst risks are not folded.
func (d *document) open(i int) string {
	s := &d.sections[i]
	counts := actionCounts(s.changes)
	if !d.folded {
		if s.organization == "" {
			return "#### Environment: " + counts + "\n\n" + s.alikes()
		}
		return "#### Organization " + code(s.organization) + ": " + counts + "\n\n" + s.alikes()
	}
	tag, title := "<details>", "Environment"
	if i < 3 && severity(s.changes[0]) < riskless {
		tag = "<details open>"
	}
	if s.organization != "" {
		title = "Organization " + htmlCode(s.organization)
	}
	return tag + "<summary>" + title + ": " + counts + "</summary>\n\n" + s.alikes()
}

// end ends a section.
func (d *document) end() string {
	if d.folded {
		return "\n</details>\n\n"
	}
	return "\n"
}

// actionCounts counts changes by what they do: "2 to create, 1 to delete".
func actionCounts(changes []*plan.Change) string {
	counts := map[plan.Action]int{}
	for _, c := range changes {
		counts[c.Action]++
	}
	var list []string
	known := 0
	for _, action := range actions {
		if n := counts[action]; n > 0 {
			known += n
			list = append(list, fmt.Sprintf("%d to %s", n, action))
		}
	}
	if more := len(changes) - known; more > 0 {
		list = append(list, fmt.Sprintf("%d of another sort", more))
	}
	return strings.Join(list, ", ")
}
