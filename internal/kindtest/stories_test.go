package kindtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// state is a document with the header that all of them have.
func state(body string) Documents {
	return Documents{"state.yaml": "version: 1\nproject: {project_slug: acme-auth, environment_slug: test}\n" + body}
}

// acme is a document with one organization and its members.
func acme(members string) Documents {
	return state("organizations:\n  acme:\n    organization_name: Acme\n    members:\n" + indented(members, 6))
}

func indented(text string, by int) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.Repeat(" ", by) + lines[i]
	}
	return strings.Join(lines, "\n") + "\n"
}

// refused plans, and fails the test unless the plan is blocked by exactly the
// named limits and protections, and carrying it out writes nothing.
func refused(t *testing.T, w *World, documents Documents, allow []string, ids ...string) *plan.Plan {
	t.Helper()
	p := w.Plan(t, documents, allow...)
	var blocked []string
	for _, b := range p.Blocked {
		blocked = append(blocked, b.ID)
	}
	slices.Sort(blocked)
	if diff := cmp.Diff(ids, slices.Compact(blocked)); diff != "" {
		t.Fatalf("blocked by (-want +got):\n%s\n%s", diff, Told(p))
	}
	before := len(w.Sandbox.Requests())
	if _, err := w.Run(t, p); !errors.Is(err, apply.ErrBlocked) {
		t.Fatalf("carrying out a blocked plan: %v, want ErrBlocked", err)
	}
	if sent := w.Sandbox.Requests()[before:]; len(sent) > 0 {
		t.Fatalf("a blocked plan sent %v", sent)
	}
	return p
}

// actions are a plan's changes in short: "create organization/acme".
func actions(p *plan.Plan) []string {
	var short []string
	for _, c := range p.Changes {
		short = append(short, fmt.Sprintf("%s %s", c.Action, c.Address))
	}
	return short
}

// only fails the test unless a plan has exactly these changes.
func only(t *testing.T, p *plan.Plan, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, actions(p)); diff != "" {
		t.Fatalf("changes (-want +got):\n%s\n%s", diff, Told(p))
	}
}

// writes are the writing requests of a world, by method and endpoint.
func writes(requests []sandbox.Request) []string {
	var sent []string
	for _, r := range requests {
		if r.Write {
			sent = append(sent, r.Method+" "+r.Endpoint)
		}
	}
	return sent
}

// consequences are all that a plan says beside attributes: risks, then consequences.
func consequences(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		for _, r := range c.Risks {
			fmt.Fprintf(&b, "%s: %s\n", r.Class, r.Reason)
		}
		for _, text := range c.Consequences {
			b.WriteString(text + "\n")
		}
	}
	return b.String()
}

func id(object Object) string {
	for _, key := range []string{"member_id", "organization_id"} {
		if id, ok := object[key].(string); ok {
			return id
		}
	}
	return ""
}
