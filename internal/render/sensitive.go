package render

import (
	"fmt"

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
