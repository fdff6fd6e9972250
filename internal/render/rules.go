package render

import (
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A brokenRule is one rule of the house that does not hold: where it is written and
// whom it is about. All text in it has passed through Safe.
type brokenRule struct {
	name   string
	place  string // file:line, "" when the plan does not know
	blocks bool   // its severity is error
	fails  []ruleFailure
	more   int // how many fails are not shown
	lift   string
}

// A ruleFailure is one thing that breaks a rule; the address is empty when it is the plan.
type ruleFailure struct{ address, message string }

// brokenRules are the rules that do not hold, those that block the plan first.
func brokenRules(p *plan.Plan) []brokenRule {
	var blocking, warning []brokenRule
	for _, verdicts := range p.BrokenRules() {
		first := verdicts[0]
		r := brokenRule{name: word(first.Name), blocks: first.Severity == plan.RuleError}
		if first.Source != nil {
			r.place = fmt.Sprintf("%s:%d", Safe(first.Source.File), first.Source.Line)
		}
		for i, v := range verdicts {
			if i == notesShown {
				r.more = len(verdicts) - i
				break
			}
			f := ruleFailure{message: Safe(v.Message)}
			if v.Address != "" {
				f.address = word(string(v.Address))
			}
			r.fails = append(r.fails, f)
		}
		if r.blocks {
			r.lift = Safe(plan.LiftRule)
			blocking = append(blocking, r)
			continue
		}
		warning = append(warning, r)
	}
	return append(blocking, warning...)
}

// about says which rule it is and how often it is broken: "rule domains_named
// (acme.yaml:12) does not hold for 3". The plan itself is not counted. Names are
// written by mark.
func (r brokenRule) about(mark func(string) string) string {
	text := "rule " + mark(r.name)
	if r.place != "" {
		text += " (" + mark(r.place) + ")"
	}
	text += " does not hold"
	if n := len(r.fails) + r.more; n > 1 || r.fails[0].address != "" {
		text += fmt.Sprintf(" for %d", n)
	}
	return text
}

// rules writes the rules that block the plan, or those that only warn.
func (pg *page) rules(s *sheet, blocking bool) {
	style, label := yellow, "Warning: "
	if blocking {
		style, label = loud, "Blocked by rules: "
	}
	for _, r := range s.rules {
		if r.blocks != blocking {
			continue
		}
		pg.line(0, pg.paint(style, label+r.about(func(name string) string { return name })))
		for _, f := range r.fails {
			if f.address == "" {
				pg.line(1, f.message)
				continue
			}
			pg.line(1, f.address+": "+f.message)
		}
		if r.more > 0 {
			pg.line(1, fmt.Sprintf("and %d more", r.more))
		}
		if r.lift != "" {
			pg.line(1, "to lift it: "+r.lift)
		}
	}
}

// item writes a rule as an item of a list, with so many of those that break it,
// cut to so many columns; 0 is not cut.
func (r brokenRule) item(most, columns int) string {
	short := func(text string) string {
		if columns > 0 {
			return shorten(text, columns)
		}
		return text
	}
	label := "**Warning**: "
	if r.blocks {
		label = "**Blocked** by `rules`: "
	}
	text := "- " + label + r.about(func(name string) string { return code(short(name)) })
	if r.lift != "" {
		text += "; to lift it: " + prose(r.lift)
	}
	var b strings.Builder
	b.WriteString(text + "\n")
	for i, f := range r.fails {
		if columns > 0 && i == most {
			break
		}
		line := prose(short(f.message))
		if f.address != "" {
			line = code(short(f.address)) + ": " + line
		}
		b.WriteString("  - " + line + "\n")
	}
	shown := len(r.fails)
	if columns > 0 {
		shown = min(shown, most)
	}
	if more := len(r.fails) + r.more - shown; more > 0 {
		fmt.Fprintf(&b, "  - and %d more\n", more)
	}
	return b.String()
}
