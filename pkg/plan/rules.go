package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Verdict is what a rule of the house found: that it does not hold, or that
// nobody can tell. A rule that holds leaves none.
type Verdict struct {
	Name      string  `json:"name"`                // of the rule
	Severity  string  `json:"severity"`            // RuleError or RuleWarning
	Address   Address `json:"address"`             // of the resource or the change; "" of the whole plan
	Message   string  `json:"message"`             // the rule's own, or why nobody can tell
	Undecided bool    `json:"undecided,omitempty"` // nobody can tell: it counts as broken
	Source    *Source `json:"source,omitempty"`    // where the rule stands
}

// The severities of a rule.
const (
	RuleError   = "error"   // the plan is blocked
	RuleWarning = "warning" // the plan is shown with a warning
)

// RulesBlock is the id of the block of rules that do not hold.
const RulesBlock = "rules"

// LiftRule is how a block of a rule is lifted.
const LiftRule = "change the documents so that the rule holds, or change the rule in a change of its own"

// ruleWarning is how a warning of a rule begins.
const ruleWarning = "rule "

// mostTold is how many verdicts of one rule a plan tells in sentences. All of
// them are in Plan.Rules.
const mostTold = 10

// Rules are the house's own, asked while a plan is made. They are pure: the
// same questions get the same answers.
type Rules interface {
	// Resource judges one declared resource as it will be.
	Resource(Subject) []Verdict
	// Plan judges the changes and the plan, which is whole but for its digest.
	Plan(*Plan) []Verdict
}

// A Subject is a resource that a document declares and that there will be.
type Subject struct {
	Kind   Kind
	Within Address
	Key    string
	Unread string // why nobody knows what is live, or ""
	// After makes the whole object, of which most kinds have no rule: declared laid over live, or over Stytch's defaults. It is
	// not asked of what is Unread.
	After func() any
}

// Address is the resource's.
func (s Subject) Address() Address { return NewAddress(s.Within, s.Kind.Name(), s.Key) }

// Judge has the plan judged by rules. It must be called before Compare.
func (d *Draft) Judge(rules Rules) { d.rules = rules }

// judge asks the rules about one declared resource, also when the change of it
// is not part of this plan: a rule is about what the documents want.
//
//	declared          live                  asked about
//	absent            any                   nothing: it shall not be there
//	any               an object             declared laid over it
//	any               none, or a deleted    declared laid over Stytch's defaults
//	any               none seen, and not    nothing, and the verdict says so
//	                  everything was read
func (d *Draft) judge(s *scope, p pair) {
	if d.rules == nil || p.declared.Absent {
		return
	}
	subject := Subject{Kind: s.Kind, Within: s.Within, Key: p.declared.Key}
	var live any // what is there, if anything
	switch {
	case p.live != nil && !p.live.Gone:
		live = p.live.Value
	case s.Unknown != "":
		subject.Unread = fmt.Sprintf("%s could not be read whole", s)
	}
	subject.After = func() any { return s.Kind.After(live, p.declared.Value, p.declared.Initial) }
	d.plan.Rules = append(d.plan.Rules, d.rules.Resource(subject)...)
}

// judgePlan asks the rules about the whole, and tells what they found.
func (d *Draft) judgePlan() {
	p := &d.plan
	if d.rules != nil {
		p.Rules = append(p.Rules, d.rules.Plan(p)...)
	}
	if len(p.Rules) == 0 {
		return
	}
	sortVerdicts(p.Rules)
	for _, verdicts := range p.BrokenRules() {
		for _, sentence := range verdictSentences(verdicts) {
			d.tellVerdict(verdicts[0].Severity, sentence)
		}
	}
	broken := map[Address]bool{}
	for _, v := range p.Rules {
		broken[v.Address] = broken[v.Address] || v.Severity == RuleError
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; broken[c.Address] {
			c.BlockedBy = append(c.BlockedBy, RulesBlock)
		}
	}
	p.normalise()
}

// BrokenRules are the plan's verdicts, rule by rule and severity by severity.
func (p *Plan) BrokenRules() [][]Verdict {
	var rules [][]Verdict
	for start := 0; start < len(p.Rules); {
		end := start + 1
		for end < len(p.Rules) && p.Rules[end].Name == p.Rules[start].Name && p.Rules[end].Severity == p.Rules[start].Severity {
			end++
		}
		rules = append(rules, p.Rules[start:end])
		start = end
	}
	return rules
}

// RuleWarnings are those of the plan's warnings that rules of the house gave.
// Whoever shows the rules themselves leaves them out.
func (p *Plan) RuleWarnings() []string {
	var list []string
	for _, verdicts := range p.BrokenRules() {
		if verdicts[0].Severity == RuleError {
			continue
		}
		for _, sentence := range verdictSentences(verdicts) {
			list = append(list, ruleWarning+sentence)
		}
	}
	return list
}

// verdictSentences tells one rule: a sentence for each of the first verdicts, and
// one for the rest.
func verdictSentences(verdicts []Verdict) []string {
	var list []string
	for i, v := range verdicts {
		if i == mostTold {
			return append(list, fmt.Sprintf("%s: and %d more", v.Name, len(verdicts)-mostTold))
		}
		about := v.Message
		if v.Address != "" {
			about = fmt.Sprintf("%s (%s)", v.Message, v.Address)
		}
		list = append(list, v.Name+": "+about)
	}
	return list
}

func (d *Draft) tellVerdict(severity, sentence string) {
	if severity != RuleError {
		d.Warn("%s%s", ruleWarning, sentence)
		return
	}
	d.block(Block{ID: RulesBlock, Reason: sentence, Lift: LiftRule})
}

// sortVerdicts brings verdicts into their one order.
func sortVerdicts(verdicts []Verdict) {
	slices.SortFunc(verdicts, func(a, b Verdict) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Severity, b.Severity), cmp.Compare(a.Address, b.Address), strings.Compare(a.Message, b.Message))
	})
}
