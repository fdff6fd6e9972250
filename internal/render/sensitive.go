package render

import (
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// sensitive stands in place of every value that is a secret.
const sensitive = "(sensitive)"

// secret shows what may be shown of a sensitive attribute: that it is written,
// and where its value comes from.
//
//	client_secret: (sensitive) -> (sensitive), from env("OKTA_SECRET")
func secret(a plan.Attribute, action plan.Action) string {
	text := name(a.Name) + ": " + sensitive
	if action == plan.Update {
		text += " -> " + sensitive
	}
	if a.Reference != nil {
		text += ", from " + Safe(a.Reference.String())
	}
	return text
}

// masked is the plan without the values of sensitive attributes. A plan that was
// made or read as it should be holds none, and is given back as it is.
func masked(p *plan.Plan) *plan.Plan {
	mask := func(attributes []plan.Attribute) []plan.Attribute {
		list := slices.Clone(attributes)
		for i := range list {
			if list[i].Sensitive {
				list[i].Before, list[i].After = nil, nil
			}
		}
		return list
	}
	leaky := func(a plan.Attribute) bool { return a.Sensitive && (a.Before != nil || a.After != nil) }
	out := p
	for i, c := range p.Changes {
		if !slices.ContainsFunc(c.Attributes, leaky) && !slices.ContainsFunc(c.Steps, func(s plan.Step) bool { return slices.ContainsFunc(s.Attributes, leaky) }) {
			continue
		}
		if out == p {
			whole := *p
			whole.Changes = slices.Clone(p.Changes)
			out = &whole
		}
		c.Attributes, c.Steps = mask(c.Attributes), slices.Clone(c.Steps)
		for k := range c.Steps {
			c.Steps[k].Attributes = mask(c.Steps[k].Attributes)
		}
		out.Changes[i] = c
	}
	return out
}

// notComparable counts the secrets of which nobody can say whether they differ.
func notComparable(p *plan.Plan) []string {
	var list []string
	for i, n := range p.NotComparable {
		if i == notesShown {
			return append(list, fmt.Sprintf("and %s that cannot be compared", count(len(p.NotComparable)-i, "more attribute")))
		}
		list = append(list, fmt.Sprintf("%s of %s of %s is not comparable: Stytch never shows it; --resend ADDRESS sends it again",
			Safe(n.Attribute), count(n.Count, Safe(n.Kind)), scope(n.Scope)))
	}
	return list
}
