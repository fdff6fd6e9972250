package kind

import (
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// The subjects of rules that are no kinds.
const (
	planSubject   = "plan"   // the plan, once
	changeSubject = "change" // each change
)

// A rule is one of `policy.rules`, decoded.
type rule struct {
	spec.Rule
	subject, severity string
}

// A house is the rules of the documents. It judges resources and plans; nothing
// that nobody declared is ever asked about.
type house struct {
	catalog Catalog
	rules   map[string][]rule // by subject, in the order of their names
}

var _ plan.Rules = (*house)(nil)

// decodeRules checks the rules offline: what they are about, and every name in
// their expressions. It gives nil when there are none.
func decodeRules(rules []*spec.Rule, catalog Catalog) (*house, spec.Diagnostics) {
	var out spec.Diagnostics
	h := &house{catalog: catalog, rules: map[string][]rule{}}
	for _, r := range rules {
		decoded := rule{Rule: *r, severity: plan.RuleError}
		decoded.subject = oneOf(r.Subject, "subject of a rule", subjects(catalog), &out)
		if severity := oneOf(r.Severity, "severity", []string{plan.RuleError, plan.RuleWarning}, &out); severity != "" {
			decoded.severity = severity
		}
		if decoded.subject == "" {
			continue // reported
		}
		names := namesFor(decoded.subject, catalog)
		for _, e := range []*spec.Expression{r.When, r.Condition} {
			if e != nil {
				out.Append(e.Check(names, decoded.subject, cty.Bool)...)
			}
		}
		if r.Message != nil {
			out.Append(r.Message.Check(names, decoded.subject, cty.String)...)
		}
		if r.Condition == nil || r.Message == nil {
			continue // reported
		}
		h.rules[decoded.subject] = append(h.rules[decoded.subject], decoded)
	}
	if len(rules) == 0 {
		return nil, nil
	}
	return h, out
}

// oneOf reads a text that must be one of some words, "" when it is absent or wrong.
func oneOf(n *spec.Node, what string, words []string, out *spec.Diagnostics) string {
	switch {
	case n == nil || n.Type == spec.Invalid:
		return ""
	case n.Type != spec.String:
		out.Append(n.Mismatch("a string"))
		return ""
	case !slices.Contains(words, n.String):
		out.Append(spec.UnknownName(n.Range, what, n.String, words))
		return ""
	}
	return n.String
}

// subjects are what rules can be about.
func subjects(catalog Catalog) []string {
	names := []string{planSubject, changeSubject}
	for _, k := range catalog.Kinds() {
		names = append(names, k.Name())
	}
	return names
}

// Resource judges one declared resource by the rules of its kind.
func (h *house) Resource(s plan.Subject) []plan.Verdict {
	rules := h.rules[s.Kind.Name()]
	if len(rules) == 0 {
		return nil
	}
	var verdicts []plan.Verdict
	if s.Unread != "" {
		// The plan is incomplete already, and nothing is written to what was not seen: to block the rest of it would help nobody.
		for _, r := range rules {
			verdicts = append(verdicts, plan.Verdict{
				Name: r.Name, Severity: plan.RuleWarning, Address: s.Address(), Message: "cannot be decided: " + s.Unread, Undecided: true,
				Source: sourceOf(r),
			})
		}
		return verdicts
	}
	k, ok := h.catalog.Lookup(s.Kind.Name())
	if !ok {
		panic("a plan compares the kind " + s.Kind.Name() + ", which the catalog does not have")
	}
	names := map[string]cty.Value{"self": selfOf(k, s)}
	for _, r := range rules {
		verdicts = append(verdicts, r.judge(s.Address(), names)...)
	}
	return verdicts
}

// Plan judges each change, and the plan.
func (h *house) Plan(p *plan.Plan) []plan.Verdict {
	if len(h.rules[planSubject])+len(h.rules[changeSubject]) == 0 {
		return nil
	}
	var verdicts []plan.Verdict
	whole := planOf(p)
	for _, r := range h.rules[planSubject] {
		verdicts = append(verdicts, r.judge("", map[string]cty.Value{"plan": whole})...)
	}
	if len(h.rules[changeSubject]) == 0 {
		return verdicts
	}
	for i := range p.Changes {
		names := map[string]cty.Value{"plan": whole, "change": spec.ValueOf(changeOf(&p.Changes[i]))}
		for _, r := range h.rules[changeSubject] {
			verdicts = append(verdicts, r.judge(p.Changes[i].Address, names)...)
		}
	}
	return verdicts
}

// sourceOf is where a rule is written.
func sourceOf(r rule) *plan.Source {
	return &plan.Source{File: r.NameRange.Filename, Line: r.NameRange.Start.Line, Column: r.NameRange.Start.Column}
}

// judge asks one rule about one thing. A rule that cannot be evaluated has not
// been kept.
func (r rule) judge(address plan.Address, names map[string]cty.Value) []plan.Verdict {
	verdict := plan.Verdict{Name: r.Name, Severity: r.severity, Address: address, Source: sourceOf(r)}
	undecided := func(word string, err error) []plan.Verdict {
		verdict.Message, verdict.Undecided = fmt.Sprintf("cannot be decided: the %s: %s", word, err), true
		return []plan.Verdict{verdict}
	}
	if r.When != nil {
		applies, err := r.When.Bool(names)
		if err != nil {
			return undecided("when", err)
		}
		if !applies {
			return nil
		}
	}
	holds, err := r.Condition.Bool(names)
	if err != nil {
		return undecided("condition", err)
	}
	if holds {
		return nil
	}
	if verdict.Message, err = r.Message.Text(names); err != nil {
		verdict.Message = fmt.Sprintf("does not hold, and its message cannot be made: %s", err)
	}
	return []plan.Verdict{verdict}
}
