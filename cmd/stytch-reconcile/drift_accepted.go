package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// showAccepted writes what a plan leaves alone because it is accepted, and what
// it does not leave alone any more.
func showAccepted(w io.Writer, p *plan.Plan) error {
	var b strings.Builder
	if len(p.Accepted) > 0 {
		fmt.Fprint(&b, "\nAccepted, and left alone:\n")
	}
	for _, a := range p.Accepted {
		value, err := json.Marshal(a.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  %s: %s, by %s until %s: %s\n",
			render.Safe(about(a.Acceptance)), render.Safe(string(value)), render.Safe(a.Owner), render.Safe(a.Expires), render.Safe(a.Reason))
	}
	if len(p.Lapsed) > 0 {
		fmt.Fprint(&b, "\nNo longer accepted:\n")
	}
	for _, l := range p.Lapsed {
		fmt.Fprintf(&b, "  %s: %s (by %s: %s)\n", render.Safe(about(l.Acceptance)), render.Safe(l.Why), render.Safe(l.Owner), render.Safe(l.Reason))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// about names what an acceptance is about.
func about(a plan.Acceptance) string {
	if a.Attribute == "" {
		return string(a.Address)
	}
	return string(a.Address) + " " + a.Attribute
}
