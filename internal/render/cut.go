package render

import (
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A cut says how much is shown of each change, all changes being in one order, the
// riskiest first. The bounds never fall, so that nothing says more than what is
// riskier:
//
//	[0, whole)          everything
//	[whole, brief)      the worst risks, and the beginnings of values
//	[brief, line)       one line
//	[line, counted)     counted in the line of its organization
//	[counted, …)        counted at the end
type cut struct{ whole, brief, line, counted int }

// cuts yields the cuts of n changes of which so many are risky, in the order in
// which they are tried. What has no risk gives way first, step by step, to
// nothing but a count; then what has one does, the least of it first.
func cuts(n, risky int, try func(cut) bool) bool {
	down := func(from, to int, at func(int) cut) bool {
		for i := from; i >= to; i-- {
			if try(at(i)) {
				return true
			}
		}
		return false
	}
	return down(n, risky, func(i int) cut { return cut{i, n, n, n} }) ||
		down(n, risky, func(i int) cut { return cut{risky, i, n, n} }) ||
		down(n, risky, func(i int) cut { return cut{risky, risky, i, n} }) ||
		down(n, risky, func(i int) cut { return cut{risky, risky, risky, i} }) ||
		down(risky, 0, func(i int) cut { return cut{i, risky, risky, risky} }) ||
		down(risky, 0, func(i int) cut { return cut{0, i, risky, risky} }) ||
		down(risky, 0, func(i int) cut { return cut{0, 0, i, risky} }) ||
		down(risky, 0, func(i int) cut { return cut{0, 0, 0, i} })
}

// refilled uses the room that is left when one large change has given way: what
// follows gets a line again, or a count, or more.
func (c cut) refilled(n int, fits func(cut) bool) cut {
	raise := func(from, to int, at func(int) cut) {
		for i := to; i > from; i-- {
			if fits(at(i)) {
				c = at(i)
				return
			}
		}
	}
	was := c
	raise(c.line, n, func(i int) cut { return cut{was.whole, was.brief, i, max(i, was.counted)} })
	was = c
	raise(c.counted, n, func(i int) cut { return cut{was.whole, was.brief, was.line, i} })
	was = c
	raise(c.brief, c.line, func(i int) cut { return cut{was.whole, i, was.line, was.counted} })
	was = c
	raise(c.whole, c.brief, func(i int) cut { return cut{i, was.brief, was.line, was.counted} })
	return c
}

// fit is the document, cut to the budget. What is never cut comes first; then what
// forbids the plan and what is unknown, with up to half of the room; then changes.
func (d *document) fit() (string, error) {
	n, most := len(d.items), d.options.maxBytes()
	sizes, err := d.measure()
	if err != nil {
		return "", err
	}
	head, foot := d.headline(), d.digest()
	all := cut{n, n, n, n}
	notes, legend, asides := d.notes(len(d.sheet.unknown)+len(d.sheet.warnings), 0), d.legend(), d.asides()
	if len(head)+len(notes)+len(legend)+sizes.of(all)+len(asides)+len(foot) <= most {
		return d.write(head+notes+legend, all, asides+foot)
	}
	// Something is left out, and that is said.
	least := head + d.leftOut(cut{}, n) + foot
	if len(least) > most {
		return "", &BudgetError{MaxBytes: most, Least: len(least)}
	}
	room := most - len(least) - leftOutSpare
	if len(notes) > room/2 {
		d.omitted = append(d.omitted, "notes")
		if notes = d.notes(briefNotes, 2*briefColumns); len(notes) > room/2 {
			notes = ""
		}
	}
	if len(legend) > room/8 {
		legend = ""
	}
	if len(asides) > room/8 {
		d.omitted = append(d.omitted, "what is beside the plan")
		asides = ""
	}
	room -= len(notes) + len(legend) + len(asides)
	var chosen cut
	fits := func(c cut) bool { return sizes.of(c) <= room }
	if !cuts(n, sizes.risky, func(c cut) bool { chosen = c; return fits(c) }) {
		return least, nil
	}
	chosen = chosen.refilled(n, fits)
	return d.write(head+notes+legend, chosen, asides+d.leftOut(chosen, d.unlisted(chosen))+foot)
}

// A BudgetError says that a budget is less than what is never cut.
type BudgetError struct{ MaxBytes, Least int }

// Error is the failure as a sentence.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("%d bytes are too few: the headline alone takes %d", e.MaxBytes, e.Least)
}

// sizes are how many bytes the changes take in each form, summed from the first,
// so that any cut is measured at once.
type sizes struct {
	risky              int
	whole, brief, line []int // of the changes before
	opened             []int // the frames of the sections whose first change is before
	last               []int // the lines that count changes, of the sections whose last change is before
	counted            []int // the lines that count changes, of the sections whose first change is before
}

// of is how many bytes the changes take when they are cut so, or a few more.
func (s *sizes) of(c cut) int {
	n := len(s.whole) - 1
	total := s.whole[c.whole] + s.brief[c.brief] - s.brief[c.whole] + s.line[c.line] - s.line[c.brief] + s.opened[c.line]
	if c.line < n { // sections that are shown in part count what they leave out
		total += s.counted[c.line] - s.last[c.line]
	}
	if c.line < c.counted {
		total += len(furtherTitle) + s.counted[c.counted] - s.counted[c.line]
	}
	return total
}

func (d *document) measure() (*sizes, error) {
	n := len(d.items)
	s := &sizes{}
	for _, list := range []*[]int{&s.whole, &s.brief, &s.line, &s.opened, &s.last, &s.counted} {
		*list = make([]int, n+1)
	}
	final := make([]int, len(d.sections))
	for i, it := range d.items {
		final[it.section] = i
	}
	seen := make([]bool, len(d.sections))
	for i, it := range d.items {
		e, err := d.sheet.entry(it.change)
		if err != nil {
			return nil, err
		}
		brief := e.brief()
		s.whole[i+1] = s.whole[i] + len(e.item())
		s.brief[i+1] = s.brief[i] + len(brief.item())
		s.line[i+1] = s.line[i] + len(brief.line())
		s.opened[i+1], s.last[i+1], s.counted[i+1] = s.opened[i], s.last[i], s.counted[i]
		section := &d.sections[it.section]
		if !seen[it.section] {
			seen[it.section] = true
			s.opened[i+1] += len(d.open(it.section)) + len(d.end())
			s.counted[i+1] += len(section.row(section.changes))
		}
		if final[it.section] == i {
			s.last[i+1] += len(section.row(section.changes))
		}
		if severity(it.change) < riskless {
			s.risky = i + 1
		}
	}
	return s, nil
}

const furtherTitle = "#### Further changes, counted\n\n\n"

// row is the line that counts changes of a section which are not listed.
func (s *section) row(changes []*plan.Change) string {
	title := "Environment"
	if s.organization != "" {
		title = "Organization " + code(shorten(s.organization, briefColumns))
	}
	return fmt.Sprintf("- %s: %s not listed: %s\n", title, count(len(changes), "change"), actionCounts(changes))
}

// write puts head, changes and foot together.
func (d *document) write(head string, c cut, foot string) (string, error) {
	listed := make([][]string, len(d.sections))
	hidden := make([][]*plan.Change, len(d.sections))
	var further []int
	for i, it := range d.items {
		if i >= c.line {
			if len(listed[it.section])+len(hidden[it.section]) == 0 && i < c.counted {
				further = append(further, it.section)
			}
			hidden[it.section] = append(hidden[it.section], it.change)
			continue
		}
		e, err := d.sheet.entry(it.change)
		if err != nil {
			return "", err
		}
		switch {
		case i < c.whole:
			listed[it.section] = append(listed[it.section], e.item())
		case i < c.brief:
			listed[it.section] = append(listed[it.section], e.brief().item())
		default:
			listed[it.section] = append(listed[it.section], e.brief().line())
		}
	}
	var b strings.Builder
	b.WriteString(head)
	for i, entries := range listed {
		if len(entries) == 0 {
			continue
		}
		b.WriteString(d.open(i) + strings.Join(entries, ""))
		if len(hidden[i]) > 0 {
			b.WriteString(d.sections[i].row(hidden[i]))
		}
		b.WriteString(d.end())
	}
	if len(further) > 0 {
		b.WriteString(strings.TrimSuffix(furtherTitle, "\n"))
		for _, i := range further {
			b.WriteString(d.sections[i].row(hidden[i]))
		}
		b.WriteString("\n")
	}
	b.WriteString(foot)
	return b.String(), nil
}

// unlisted is how many changes are in no line at all.
func (d *document) unlisted(c cut) int {
	told := make([]bool, len(d.sections))
	n := 0
	for i, it := range d.items {
		told[it.section] = told[it.section] || i < max(c.line, c.counted)
		if !told[it.section] {
			n++
		}
	}
	return n
}
