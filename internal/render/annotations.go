package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Level is how loud an annotation is. The zero value is the loudest.
type Level int

// The levels of annotations, as GitHub has them.
const (
	LevelError   Level = iota // it forbids the plan, may lock somebody out, or failed
	LevelWarning              // a risk, or what nobody knows
	LevelNotice               // any other change
)

// String returns the word that GitHub has for the level.
func (l Level) String() string {
	switch l {
	case LevelError:
		return "error"
	case LevelWarning:
		return "warning"
	}
	return "notice"
}

// An Annotation is what a platform shows beside the line that asks for it. Its
// text is any text: it passes through Safe where it is written.
type Annotation struct {
	Level  Level
	Source *plan.Source // nil: no document asks for it
	Title  string
	Lines  []string
}

// How much of what is alike one annotation tells.
const (
	annotatedNames = 8
	annotatedRisks = 8
)

// How many blocks and unknowns are told one by one: the changes need room beside
// them.
const (
	annotatedBlocks  = 6
	annotatedUnknown = 3
)

// ChangeLevel is how loud a change is: what may lock somebody out is an error, any
// other risk is a warning.
func ChangeLevel(c *plan.Change) Level {
	worst, ok := c.WorstRisk()
	switch {
	case !ok:
		return LevelNotice
	case worst.Class == plan.LockOut:
		return LevelError
	}
	return LevelWarning
}

// PlanAnnotations are those of a plan, the worst of a level first: what forbids it,
// what is not known, each change where it is asked for, and what it warns of.
func PlanAnnotations(p *plan.Plan) []Annotation {
	return append(blockAnnotations(p), foundAnnotations(p)...)
}

// DriftAnnotations are those of what `drift` found: what would forbid to apply a
// plan says nothing about drift.
func DriftAnnotations(p *plan.Plan) []Annotation {
	drift := *p
	drift.Changes = slices.Clone(p.Changes)
	for i := range drift.Changes {
		drift.Changes[i].BlockedBy = nil
	}
	return foundAnnotations(&drift)
}

// foundAnnotations are those of a plan but for what forbids it.
func foundAnnotations(p *plan.Plan) []Annotation {
	list := unknownAnnotations(p)
	for _, c := range worstFirst(p) {
		list = append(list, changeAnnotation(c, p.Base != ""))
	}
	for _, warning := range p.Warnings {
		list = append(list, Annotation{Level: LevelWarning, Title: "Warning", Lines: []string{warning}})
	}
	return list
}

// VerdictAnnotations are those of a plan that is only compared with what was
// reviewed: its changes are known to whoever reviewed it.
func VerdictAnnotations(p *plan.Plan) []Annotation {
	return slices.Concat(blockAnnotations(p), unknownAnnotations(p))
}

// ReportAnnotations are those of an apply: what failed is an error, what was left
// undone a warning, what was done a notice. The plan knows which line asks for it.
func ReportAnnotations(p *plan.Plan, r *plan.Report) []Annotation {
	sources := map[plan.Address]*plan.Source{}
	for i := range p.Changes {
		sources[p.Changes[i].Address] = p.Changes[i].Source
	}
	var list []Annotation
	for i := range r.Operations {
		c := &r.Operations[i]
		a := Annotation{Source: sources[c.Address], Title: fmt.Sprintf("%s %s", capital(string(c.Action)), c.Address)}
		switch c.Result {
		case plan.Failed:
			a.Level, a.Title = LevelError, "Failed: "+a.Title
		case plan.Done:
			a.Level, a.Title = LevelNotice, "Done: "+a.Title
			a.Lines = append(a.Lines, doneInWords(c))
		default:
			a.Level, a.Title = LevelWarning, capital(outcome{result: c.Result}.word())+": "+a.Title
		}
		if c.Error != nil {
			a.Lines = append(a.Lines, failureLine(c.Error))
		}
		if c.Note != "" {
			a.Lines = append(a.Lines, c.Note)
		}
		list = append(list, a)
	}
	slices.SortStableFunc(list, func(a, b Annotation) int { return cmp.Compare(a.Level, b.Level) })
	return list
}

func doneInWords(c *plan.ReportedChange) string {
	if c.Written == 0 {
		return "It was in place already; nothing was written."
	}
	return fmt.Sprintf("It was %s.", cmp.Or(past[c.Action], "done"))
}

// failureLine is what Stytch said, and what its support asks for.
func failureLine(f *plan.Failure) string {
	parts := []string{f.Message}
	for _, detail := range []string{f.Type, f.RequestID} {
		if detail != "" && !strings.Contains(f.Message, detail) {
			parts = append(parts, "("+detail+")")
		}
	}
	return strings.Join(parts, " ")
}

// blockAnnotations say what forbids a plan.
func blockAnnotations(p *plan.Plan) []Annotation {
	var list []Annotation
	for i, b := range p.Blocked {
		if i == annotatedBlocks {
			more := fmt.Sprintf("And %d more.", len(p.Blocked)-i)
			return append(list, Annotation{Level: LevelError, Title: "Blocked by more", Lines: []string{more}})
		}
		a := Annotation{Level: LevelError, Title: "Blocked by " + b.ID, Source: blockSource(p, b), Lines: []string{b.Reason}}
		if b.Lift != "" {
			a.Lines = append(a.Lines, "To lift it: "+b.Lift)
		}
		list = append(list, a)
	}
	return list
}

// blockSource is where the change stands that a block is about: the one that its
// reason names, the longest address since one may begin another, else the first
// that it holds back.
func blockSource(p *plan.Plan, b plan.Block) *plan.Source {
	var first, named *plan.Change
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Source == nil {
			continue
		}
		if first == nil && slices.Contains(c.BlockedBy, b.ID) {
			first = c
		}
		if strings.Contains(b.Reason, string(c.Address)) && (named == nil || len(c.Address) > len(named.Address)) {
			named = c
		}
	}
	switch {
	case named != nil:
		return named.Source
	case first != nil:
		return first.Source
	}
	return nil
}

func unknownAnnotations(p *plan.Plan) []Annotation {
	var list []Annotation
	for i, u := range p.Unknown {
		a := Annotation{Level: LevelWarning, Title: "Not all could be read"}
		if i == annotatedUnknown {
			a.Lines = []string{fmt.Sprintf("And %d more.", len(p.Unknown)-i)}
			return append(list, a)
		}
		switch {
		case u.Change != "":
			a.Lines = []string{fmt.Sprintf("Whom the change of %s concerns could not be counted: %s; it is left out.", u.Change, u.Reason)}
		case u.Scope == "":
			a.Lines = []string{fmt.Sprintf("%s of the environment: %s; nothing is created or deleted there.", u.Kind, u.Reason)}
		default:
			a.Lines = []string{fmt.Sprintf("%s of %s: %s; nothing is created or deleted there.", u.Kind, u.Scope, u.Reason)}
		}
		list = append(list, a)
	}
	return list
}

// worstFirst are all changes of a plan, whatever organization they are in.
func worstFirst(p *plan.Plan) []*plan.Change {
	changes := make([]*plan.Change, 0, len(p.Changes))
	for i := range p.Changes {
		changes = append(changes, &p.Changes[i])
	}
	slices.SortStableFunc(changes, func(a, b *plan.Change) int {
		return cmp.Or(cmp.Compare(ChangeLevel(a), ChangeLevel(b)), cmp.Compare(severity(a), severity(b)))
	})
	return changes
}

// changeAnnotation says what a change does to people, and which attributes it
// writes; their values are for the plan, which hides what is sensitive.
func changeAnnotation(c *plan.Change, based bool) Annotation {
	a := Annotation{Level: ChangeLevel(c), Source: c.Source, Title: fmt.Sprintf("%s %s", capital(string(c.Action)), c.Address)}
	if based && c.Origin != "" {
		a.Title += fmt.Sprintf(" (%s)", c.Origin)
	}
	risks := slices.Clone(c.Risks)
	slices.SortStableFunc(risks, func(a, b plan.Risk) int { return plan.Severity(a.Class) - plan.Severity(b.Class) })
	for _, r := range risks[:min(len(risks), annotatedRisks)] {
		a.Lines = append(a.Lines, r.Class+": "+r.Reason)
	}
	if more := len(risks) - annotatedRisks; more > 0 {
		a.Lines = append(a.Lines, "and "+count(more, "more risk"))
	}
	if c.Action == plan.Update && len(c.Attributes) > 0 {
		a.Lines = append(a.Lines, "Changes "+attributeNames(c.Attributes)+".")
	}
	if len(c.BlockedBy) > 0 {
		a.Lines = append(a.Lines, "Blocked by "+strings.Join(c.BlockedBy, ", ")+".")
	}
	if len(a.Lines) == 0 {
		a.Lines = []string{fmt.Sprintf("It is to be %s.", cmp.Or(past[c.Action], "changed"))}
	}
	return a
}

func attributeNames(attributes []plan.Attribute) string {
	var names []string
	for _, a := range attributes[:min(len(attributes), annotatedNames)] {
		names = append(names, a.Name)
	}
	text := strings.Join(names, ", ")
	if more := len(attributes) - annotatedNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// capital writes a word of ours with a capital letter.
func capital(word string) string {
	if word == "" {
		return word
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
