package render

import (
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// planPage is a sheet on its way to HTML.
func planPage(s *sheet) *htmlPage {
	sections := riskiestFirst(s.sections)
	var changes []*plan.Change // in the order of the page
	for i := range sections {
		changes = append(changes, sections[i].changes...)
	}
	page := &htmlPage{
		What: "Plan for", Place: s.place.name, Live: s.place.live, Verdict: s.verdict, Digest: s.digest, Total: len(changes), Sought: "address, attribute, risk, file",
		Risks: htmlRisks(changes), Notes: planNotes(s), Filters: useful(planFilters(changes, s.based), len(changes)),
		Asides: notesOf(htmlNotes{Title: "Accepted", Notes: sentences(s.accepted)}, htmlNotes{Title: "Not declared", Notes: sentences(s.undeclared)},
			htmlNotes{Title: "Not comparable", Notes: sentences(s.notComparable)}),
		err: s.err,
	}
	if s.hedged {
		page.Details = []string{"What could not be read is listed below."}
	}
	number := 1
	for i := range sections {
		page.Sections = append(page.Sections, page.section(s, &sections[i], number, len(sections) >= foldedFrom && (i >= 3 || severity(sections[i].changes[0]) >= riskless)))
		number += len(sections[i].changes)
	}
	return page
}

// planNotes is what forbids the plan, what is unknown, and what it warns of.
func planNotes(s *sheet) []htmlNotes {
	blocked := htmlNotes{Title: "Blocked", Sort: "blocked", Lead: "Blocked " + times(s.blocked) + ". " + nothingUntil}
	warned := htmlNotes{Title: "Warnings", Sort: "warning", Notes: sentences(s.warnings)}
	for _, b := range s.blocks {
		note := htmlNote{Label: b.id, Text: b.reason, Lift: b.lift}
		if b.more > 0 {
			note.Text = fmt.Sprintf("%d more times", b.more)
		}
		blocked.Notes = append(blocked.Notes, note)
	}
	for _, r := range s.rules {
		note := htmlNote{Text: r.about(func(name string) string { return name }), Lift: r.lift}
		for _, f := range r.fails {
			text := f.message
			if f.address != "" {
				text = f.address + ": " + text
			}
			note.Below = append(note.Below, text)
		}
		if r.more > 0 {
			note.Below = append(note.Below, fmt.Sprintf("and %d more", r.more))
		}
		if r.blocks {
			note.Label = "rules"
			blocked.Notes = append(blocked.Notes, note)
		} else {
			warned.Notes = append(warned.Notes, note)
		}
	}
	return notesOf(blocked, htmlNotes{Title: "Not known", Sort: "unknown", Notes: sentences(s.unknown)}, warned)
}

// section is the changes of one organization, numbered from first.
func (p *htmlPage) section(s *sheet, from *section, first int, fold bool) htmlSection {
	out := htmlSection{Title: "Environment", Counts: actionCounts(from.changes), Fold: fold}
	if from.organization != "" {
		out.Title, out.Name = "Organization", from.organization
	}
	var risks []string
	for _, c := range riskCounts(from.changes) {
		risks = append(risks, fmt.Sprintf("%d %s", c.changes, c.class.ID))
	}
	out.Risks = strings.Join(risks, ", ")
	for _, c := range from.changes {
		if len(c.BlockedBy) > 0 {
			out.Blocked++
		}
	}
	for _, a := range from.alike {
		out.Alike = append(out.Alike, htmlAlike{first, a.number, a.class, a.text()})
	}
	out.Changes = func(yield func(htmlChange) bool) {
		for i, c := range from.changes {
			e, err := s.entry(c)
			if err != nil && p.err == nil {
				p.err = err
			}
			if p.err != nil || !yield(plannedChange(first, first+i, c, e, s.based)) {
				return
			}
		}
	}
	return out
}

// htmlRisks counts the classes of risk, and finds the first change of each.
func htmlRisks(changes []*plan.Change) []htmlRisk {
	first := map[string]int{}
	for i, c := range changes {
		for _, class := range classesOf(c) {
			if first[class] == 0 {
				first[class] = i + 1
			}
		}
	}
	var list []htmlRisk
	for _, c := range riskCounts(changes) {
		list = append(list, htmlRisk{c.class.ID, c.class.Sentence, c.changes, first[c.class.ID]})
	}
	return list
}

// planFilters are the questions about the changes of a plan.
func planFilters(changes []*plan.Change, based bool) []htmlFilter {
	action, risk := htmlFilter{Name: "action", Label: "Action"}, htmlFilter{Name: "risk", Label: "Risk"}
	origin, blocked := htmlFilter{Name: "origin", Label: "Origin"}, htmlFilter{Name: "blocked", Label: "State"}
	for _, known := range append(actions, "other") {
		for _, c := range changes {
			if oneOf(c.Action, actions...) == string(known) {
				action.add(string(known), string(known))
			}
		}
	}
	for _, c := range riskCounts(changes) {
		risk.Options = append(risk.Options, htmlOption{c.class.ID, c.class.ID, c.changes})
	}
	for _, c := range changes {
		if len(c.Risks) == 0 {
			risk.add("none", "no risk")
		}
		if len(c.BlockedBy) > 0 {
			blocked.add("yes", "blocked")
		}
	}
	for _, known := range append(everyOrigin, "other") {
		for _, c := range changes {
			if based && oneOf(c.Origin, everyOrigin...) == string(known) {
				origin.add(string(known), string(known))
			}
		}
	}
	return []htmlFilter{action, risk, origin, blocked}
}
