package render

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A sheet is a plan as it is shown, before it is written in any form: what is
// counted and said is decided here, once. All text in it has passed through Safe.
// What is shown of one change is made when it is asked for, by entry, so that a
// large plan is not held twice.
type sheet struct {
	place    place
	actions  []plan.Action // those that the plan uses
	summary  plan.Summary
	verdict  string // the one line that everybody reads
	hedged   bool   // the verdict leans on what could not be read
	digest   string
	sections []section

	warnings      []string
	unknown       []string
	undeclared    []string
	notComparable []string
	accepted      []string // differences that are known and left alone, and those that no longer are
	rules         []brokenRule
	blocks        []block // but those of rules
	blocked       int     // how many blocks there are, also of those that are only counted; a rule counts once

	numbers map[plan.Address]map[saying]int // of what stands above the changes, by their home

	width int
	err   error // the first value that could not be shown
	based bool  // a base was given, so that the plan knows who changed what
}

// newSheet makes the sheet of a plan. The width is that of Options.
func newSheet(p *plan.Plan, width int) *sheet {
	if width <= 0 {
		width = 100
	}
	s := &sheet{
		place: placeOf(p.Target), summary: p.Summary, verdict: verdict(p), digest: Safe(p.Digest), sections: sections(p),
		warnings: warnings(p), unknown: unknown(p), undeclared: undeclared(p), notComparable: notComparable(p),
		rules: brokenRules(p), width: width, based: p.Base != "",
	}
	s.blocks, s.blocked = blocks(p)
	for _, r := range s.rules {
		if r.blocks {
			s.blocked++
		}
	}
	var err error
	if s.accepted, err = accepted(p); err != nil {
		s.err = err
	}
	s.hedged = len(p.Changes) == 0 && !p.Complete
	s.numbers = map[plan.Address]map[saying]int{}
	for i := range s.sections {
		s.numbers[home(s.sections[i].changes[0])] = s.sections[i].numbers
	}
	used := map[plan.Action]bool{}
	for i := range p.Changes {
		used[p.Changes[i].Action] = true
	}
	for _, action := range actions {
		if used[action] {
			s.actions = append(s.actions, action)
		}
	}
	return s
}

// A place is the environment that something is about.
type place struct {
	name string
	live bool

	project, environment string // as the target has them; not passed through Safe
}

func placeOf(t plan.Target) place {
	var names []string
	for _, name := range []string{t.ProjectSlug, t.EnvironmentSlug} {
		if name != "" {
			names = append(names, Safe(name))
		}
	}
	text := strings.Join(names, "/")
	switch {
	case len(names) == 0:
		text = Safe(t.ProjectID)
	case t.ProjectID != "":
		text += " (" + Safe(t.ProjectID) + ")"
	}
	return place{name: text, live: t.Live, project: cmp.Or(t.ProjectSlug, t.ProjectID), environment: t.EnvironmentSlug}
}

// verdict is the last line that everybody reads. It says that nothing would
// change only if everything could be seen and was asked for.
func verdict(p *plan.Plan) string {
	s := p.Summary
	switch {
	case s.Changes() > 0 || len(p.Changes) > 0:
		return fmt.Sprintf("Plan: %d to create, %d to update, %d to delete, %d to restore. %d unchanged.",
			s.Create, s.Update, s.Delete, s.Restore, s.Unchanged)
	case !p.Complete:
		return "No changes in what could be read."
	case p.Partial:
		return "No changes in what was selected."
	case p.Destroy:
		return "No changes. Nothing that is declared is left to remove."
	case len(p.NotComparable) > 0:
		return "No changes in what can be compared."
	}
	return "No changes. What is declared is what is live."
}
