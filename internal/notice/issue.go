package notice

import (
	"fmt"
	"io"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// GitHub refuses an issue of more than 65,536 characters.
const issueRoom = 60_000

// Marker is the first line of the body of an issue: by it a pipeline finds the
// issue that it wrote before. It names the environment and never changes.
func Marker(t plan.Target) string {
	return "<!-- stytch-reconcile drift " + render.InComment(t.ProjectID) + " -->"
}

// WriteIssue writes the Markdown body of the one issue about an environment:
// everything that is drift now, not only what is new, so that it is replaced
// rather than repeated.
func (f Finding) WriteIssue(w io.Writer, o Options) error {
	p := &pile{room: issueRoom}
	p.line(Marker(f.Plan.Target))
	p.line(fmt.Sprintf("## Drift in %s", o.title(f.Plan.Target)))
	p.line("")
	if !f.Plan.Complete {
		p.line(incomplete + "\n")
	}
	if len(f.Plan.Differences) == 0 {
		text := "What is declared is what is live."
		if !f.Plan.Complete || f.Plan.Partial {
			text = "What was looked at is as it is declared."
		}
		p.line(text)
	}
	p.list("What is live and not declared:\n", "- ", each(riskiest(f.Plan.Differences), func(d plan.Difference) string {
		return o.sentence(d) + ", first seen " + f.next[d.Fingerprint].FirstSeen.UTC().Format(time.DateOnly)
	}))
	p.list("\nAccepted:\n", "- ", each(f.Plan.Accepted, func(a plan.Accepted) string {
		return fmt.Sprintf("%s is %s: %s, until %s, because %s", o.name(a.Address, a.Attribute), o.value(a.Value), o.span(a.Owner, nameShown), a.Expires, o.span(a.Reason, nameShown))
	}))
	if p.left > 0 {
		fmt.Fprintf(&p.Builder, "\nand %d more\n", p.left)
	}
	_, err := io.WriteString(w, p.String())
	return err
}
