package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// A Rule is one entry of `policy.rules`. Its expressions are kept as they are written: what they are about is known only when a
// plan is made. Whoever knows the kinds decodes the words Subject and Severity.
type Rule struct {
	Name              string
	NameRange         hcl.Range
	Subject, Severity *Node       // nil when the word is absent or null
	Condition         *Expression // what must hold; nil when it was reported
	Message           *Expression // what is wrong when it does not hold; nil when it was reported
	When              *Expression // nil: always
}

// ruleWords are the words of a rule, in the order of the documentation.
var ruleWords = []string{"subject", "when", "condition", "message", "severity"}

// rulesWord is the policy that is not evaluated with the others.
const rulesWord = "rules"

// readRules takes the rules out of the policy, which is evaluated without them.
func (l *loader) readRules() {
	if l.policy == nil || l.policy.Type != Map {
		return
	}
	at := slices.IndexFunc(l.policy.Entries, func(e Entry) bool { return e.Key == rulesWord })
	if at < 0 {
		return
	}
	rules := l.policy.Entries[at].Value
	rest := *l.policy
	rest.Entries = slices.Delete(slices.Clone(rest.Entries), at, at+1)
	l.policy = &rest
	if rules.Type == Null {
		return
	}
	if rules.Type != Map {
		l.wantMap(rules, "a map from names to rules")
		return
	}
	for i := range rules.Entries {
		l.readRule(&rules.Entries[i])
	}
}

func (l *loader) readRule(e *Entry) {
	if e.Key == "" {
		l.diags.Append(Errorf(e.KeyRange, "the name of a rule cannot be empty"))
		return
	}
	switch e.Value.Type {
	case Null:
		return // as if it were not there
	case Map:
	default:
		l.wantMap(e.Value, "a map of subject, condition and message")
		return
	}
	r := &Rule{Name: e.Key, NameRange: e.KeyRange}
	for i := range e.Value.Entries {
		word := &e.Value.Entries[i]
		switch word.Key {
		case "subject":
			r.Subject = l.free(word.Value, "in a rule")
		case "severity":
			r.Severity = l.free(word.Value, "in a rule")
		case "when":
			r.When = l.ruleExpression(word.Value, "a bool")
		case "condition":
			r.Condition = l.ruleExpression(word.Value, "a bool")
		case "message":
			r.Message = l.ruleExpression(word.Value, "a string")
		default:
			l.diags.Append(UnknownName(word.KeyRange, "word in a rule", word.Key, ruleWords))
		}
	}
	for _, word := range []string{"subject", "condition", "message"} {
		if n := e.Value.Lookup(word); n == nil || n.Type == Null {
			l.diags.Append(Errorf(e.KeyRange, "the rule %q needs its %s", e.Key, word))
		}
	}
	l.document.Rules = append(l.document.Rules, r)
}

// ruleExpression keeps an expression for later; nil when it is null, or cannot be one.
func (l *loader) ruleExpression(n *Node, want string) *Expression {
	switch n.Type {
	case Null, Invalid:
		return nil
	case Ref:
		l.scope.forbidReferences(n, "in a rule")
		return nil
	case unevaluated:
		return &Expression{node: n, scope: l.scope}
	}
	if given := map[NodeType]string{Bool: "a bool", String: "a string"}[n.Type]; given != want {
		l.diags.Append(n.Mismatch(want).WithHint("an expression is written ${…} in YAML, and as it is in HCL"))
		return nil
	}
	return &Expression{node: n, scope: l.scope}
}
