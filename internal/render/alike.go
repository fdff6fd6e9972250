package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A sentence is said once, above the changes of a section that say it, when so
// many say it and it is no longer than this; and at most so many sentences are.
const (
	foldFrom    = 3
	foldColumns = 400
	foldsShown  = 12
)

// An alike is a sentence that several changes of one section say: it stands above
// them once, with a number, and each of them has the number and the class of risk.
//
//	Organization acme
//	  (1) access-removed: each of 12 members loses membership in organization/acme
//	  (2) 12 members: a member who never verified an address cannot come back
//	  - organization/acme/member/a@acme.example
//	      ! access-removed (1)
//	      -> see (2)
type alike struct {
	number   int
	class    string // of the risk, "" of a consequence
	who      string // "12 members", or "12 changes" when they are of several kinds
	sentence string // without the address that it began with, when it did
	each     bool   // it did: who stands in its place
}

// text is the sentence with those whom it is about.
func (a alike) text() string {
	if a.each {
		return "each of " + a.who + " " + a.sentence
	}
	return a.who + ": " + a.sentence
}

// A saying is a risk or a consequence apart from the change that has it.
type saying struct {
	class, sentence string
	own             bool // it began with the address of the change
}

// sayingOf takes the address of the change away where the sentence begins with it.
// That of a singleton is a word that a sentence may begin with.
func sayingOf(c *plan.Change, class, sentence string) saying {
	if rest, ok := strings.CutPrefix(sentence, string(c.Address)+" "); ok && strings.Contains(string(c.Address), "/") {
		return saying{class, rest, true}
	}
	return saying{class, sentence, false}
}

// sayings are those of a change, each once.
func sayings(c *plan.Change) []saying {
	var list []saying
	add := func(s saying) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	shown, _ := firstRisks(c)
	for _, r := range shown {
		add(sayingOf(c, r.Class, r.Reason))
	}
	for _, consequence := range c.Consequences {
		add(sayingOf(c, "", consequence))
	}
	return list
}

// fold finds what several changes of the section say, the worst risk first and
// consequences last.
func (s *section) fold() {
	counts, kinds := map[saying]int{}, map[saying]string{}
	var order []saying
	for _, c := range s.changes {
		for _, said := range sayings(c) {
			switch counts[said]++; {
			case counts[said] == 1:
				order, kinds[said] = append(order, said), c.Kind
			case kinds[said] != c.Kind:
				kinds[said] = "change"
			}
		}
	}
	order = slices.DeleteFunc(order, func(said saying) bool { return counts[said] < foldFrom || len(said.sentence) > foldColumns })
	slices.SortStableFunc(order, func(a, b saying) int { return counts[b] - counts[a] })
	order = order[:min(len(order), foldsShown)]
	slices.SortStableFunc(order, func(a, b saying) int { return a.severity() - b.severity() })
	s.numbers = map[saying]int{}
	for i, said := range order {
		s.numbers[said] = i + 1
		s.alike = append(s.alike, alike{
			number: i + 1, class: Safe(said.class), who: count(counts[said], Safe(kinds[said])), sentence: Safe(said.sentence), each: said.own,
		})
	}
}

// severity is that of the risk; consequences come after all risks.
func (s saying) severity() int {
	if s.class == "" {
		return riskless
	}
	return plan.Severity(s.class)
}

// reference is how a change names a sentence that stands above it.
func reference(number int) string { return fmt.Sprintf("(%d)", number) }

// foldedRisks are the classes of the risks that stand above the change, each with
// its number, written by mark: "access-removed (1), irreversible (2)".
func (e entry) foldedRisks(mark func(string) string) string {
	var list []string
	for _, r := range e.risks {
		if text := mark(r.class) + " " + reference(r.number); r.number > 0 && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

// foldedConsequences names the consequences that stand above the change, "" when
// none does.
func (e entry) foldedConsequences() string {
	var list []string
	for _, n := range e.numbers {
		if n > 0 {
			list = append(list, reference(n))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "see " + strings.Join(list, ", ")
}

// alikes writes what several changes of a section say.
func (pg *page) alikes(s *section) {
	for _, a := range s.alike {
		if a.class == "" {
			pg.line(1, reference(a.number)+" -> "+a.text())
			continue
		}
		pg.line(1, pg.paint(loud, reference(a.number)+" ! "+a.class+": "+a.text()))
	}
}

// alikes is what several changes of a section say, as a list with another mark
// than that of the changes, which would else be one list with it.
func (s *section) alikes() string {
	var b strings.Builder
	for _, a := range s.alike {
		if a.class == "" {
			b.WriteString("* " + reference(a.number) + " → " + prose(a.text()) + "\n")
			continue
		}
		b.WriteString("* " + reference(a.number) + " **Risk** " + code(a.class) + ": " + prose(a.text()) + "\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}
