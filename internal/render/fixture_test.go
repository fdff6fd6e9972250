package render

import (
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

var (
	staging    = plan.Target{ProjectID: "project-test-1111", ProjectSlug: "acme-auth", EnvironmentSlug: "test"}
	production = plan.Target{ProjectID: "project-live-1111", ProjectSlug: "acme-auth", EnvironmentSlug: "production", Live: true}
)

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// planOf makes a whole plan of changes, its summary counted.
func planOf(target plan.Target, unchanged int, changes ...plan.Change) *plan.Plan {
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.2.3", Digest: digest, Target: target, Complete: true,
		Unknown: []plan.Unknown{}, Changes: []plan.Change{}, Undeclared: []plan.Undeclared{}, Blocked: []plan.Block{}, Warnings: []string{},
		Policy:  plan.DefaultPolicy(),
		Summary: plan.Summary{Unchanged: unchanged},
	}
	for _, c := range changes {
		switch c.Action {
		case plan.Create:
			p.Summary.Create++
		case plan.Update:
			p.Summary.Update++
		case plan.Delete:
			p.Summary.Delete++
		case plan.Restore:
			p.Summary.Restore++
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// change makes a change that stands on the given line of acme.yaml; 0 is nowhere.
func change(action plan.Action, address string, line int, attributes ...plan.Attribute) plan.Change {
	parts := strings.Split(address, "/")
	c := plan.Change{
		Address: plan.Address(address), Kind: parts[0], Key: address, Action: action, Origin: plan.Drift,
		Attributes: attributes, Risks: []plan.Risk{}, Consequences: []string{}, BlockedBy: []string{}, Steps: []plan.Step{{}},
	}
	if line > 0 {
		c.Source = &plan.Source{File: "acme.yaml", Line: line, Column: 3}
	}
	if attributes == nil {
		c.Attributes = []plan.Attribute{}
	}
	return c
}

func differs(name string, before, after any) plan.Attribute {
	return plan.Attribute{Name: name, Before: before, After: after}
}

func adds(name string, after any) plan.Attribute { return differs(name, nil, after) }
func lost(name string, before any) plan.Attribute {
	return differs(name, before, nil)
}

func hidden(name string) plan.Attribute { return plan.Attribute{Name: name, Sensitive: true} }

func hiddenFrom(name string, from plan.Reference) plan.Attribute {
	return plan.Attribute{Name: name, Sensitive: true, Reference: &from}
}

type object = map[string]any

func numbered(format string, n int) []any {
	var list []any
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}

// basedPlan knows who changed what.
func basedPlan() *plan.Plan {
	by := func(origin plan.Origin, a plan.Attribute) plan.Attribute {
		a.Origin = origin
		return a
	}
	p := planOf(
		staging, 3,
		change(plan.Update, "organization/acme", 18,
			by(plan.Drift, differs("email_invites", "ALL_ALLOWED", "RESTRICTED")), by(plan.Both, differs("organization_name", "Acme Labs", "Acme, Inc.")),
			by(plan.Edit, differs("trusted_metadata.plan", "free", "pro"))),
		change(plan.Create, "organization/acme/member/cyd@acme.example", 24, by(plan.Edit, adds("name", "Cyd"))),
		change(plan.Delete, "organization/acme/member/eve@acme.example", 0),
		change(plan.Update, "redirect_url/https://acme.example", 5, by(plan.Both, differs("valid_types", []any{}, []any{"LOGIN"}))),
	)
	p.Base = "git:origin/main"
	p.Changes[0].Origin, p.Changes[1].Origin, p.Changes[3].Origin = plan.Both, plan.Edit, plan.Both
	return p
}

// busyPlan has every action, every sort of difference, risks, blocks and notes.
func busyPlan() *plan.Plan {
	p := planOf(production, 7,
		change(plan.Update, "jwt_template/SESSION", 4,
			differs("template_content", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"b\": 3\n}\n")),
		change(plan.Create, "redirect_url/https://app.acme.example/authenticate", 3,
			adds("valid_types", []any{object{"type": "LOGIN", "is_default": true}, object{"type": "SIGNUP", "is_default": false}})),
		change(plan.Update, "organization/acme", 18,
			differs("email_invites", "ALL_ALLOWED", "RESTRICTED"),
			differs("email_allowed_domains", []any{"old.example", "acme.example"}, []any{"acme.example", "acme.test"}),
			differs("trusted_metadata.plan", object{"name": "free", "seats": 3}, object{"name": "pro", "seats": 3}),
			differs("organization_logo_url", "", "https://acme.example/"+strings.Repeat("logo/", 20)),
			hiddenFrom("client_secret", plan.Reference{Env: "ACME"})),
		change(plan.Restore, "organization/acme/member/back@acme.example", 30, adds("name", "Back"), adds("roles", []any{"stytch_admin"})),
		change(plan.Delete, "organization/acme/member/gone@acme.example", 0,
			lost("name", "Gone"), lost("roles", []any{"editor"}), lost("untrusted_metadata", object{}), lost("external_id", "")),
		change(plan.Delete, "organization/beta", 40, lost("organization_name", "Beta"), lost("a", 1), lost("b", 2), lost("c", 3), lost("d", 4),
			lost("e", 5), lost("f", 6), lost("g", false), lost("h", strings.Repeat("long ", 40)), lost("i", true)),
	)
	p.Changes[2].Risks = []plan.Risk{{Class: plan.AccessWidened, Reason: "organization/acme lets acme.test in"}}
	p.Changes[2].Consequences = []string{"new members must have an address of acme.example or acme.test"}
	p.Changes[3].Risks = []plan.Risk{{Class: plan.AccessWidened, Reason: "a deleted member comes back"}}
	p.Changes[3].BlockedBy = []string{"restorations"}
	p.Changes[4].Risks = []plan.Risk{{Class: plan.AccessRemoved, Reason: "organization/acme/member/gone@acme.example loses membership in organization/acme"}}
	p.Changes[5].Risks = []plan.Risk{{Class: plan.Irreversible, Reason: "a deleted organization does not come back"}}
	p.Warnings = []string{"the total that Stytch gave, 9, is not what it listed, 8"}
	p.Complete = false
	p.Unknown = []plan.Unknown{{Kind: "member", Scope: "organization/gamma", Reason: "the cursor came back"}, {Kind: "redirect_url", Reason: "status 500"}}
	p.Undeclared = []plan.Undeclared{
		{Kind: "redirect_url", Count: 1, Keys: []string{"https://old.acme.example"}},
		{Kind: "member", Scope: "organization/acme", Count: 2, Keys: []string{"a@acme.example", "b@acme.example"}},
	}
	p.NotComparable = []plan.NotComparable{{Kind: "oidc_connection", Scope: "organization/acme", Attribute: "private_key", Count: 2, Keys: []string{"a", "b"}}}
	p.Summary.Undeclared = 3
	p.Blocked = []plan.Block{{ID: "restorations", Reason: "1 deleted objects would come back; the limit restorations is 0", Lift: "--allow restorations=1"}}
	return p
}

func report() *plan.Report {
	return &plan.Report{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.2.3", Digest: digest, Target: production,
		Summary: plan.ReportSummary{Done: 3, Failed: 1, Skipped: 2, NotTried: 1},
		Operations: []plan.ReportedChange{
			{Address: "organization/acme", Action: plan.Update, Result: plan.Done, Written: 1},
			{Address: "organization/beta", Action: plan.Create, Result: plan.Done, Written: 1},
			{Address: "organization/gamma", Action: plan.Create, Result: plan.Done, Written: 1},
			{Address: "organization/beta/member/x@beta.example", Action: plan.Create, Result: plan.Skipped, Note: "needs organization/delta, which failed"},
			{Address: "organization/delta", Action: plan.Create, Result: plan.Failed, Error: &plan.Failure{
				Type: "organization_slug_already_used", Status: 400, RequestID: "request-id-test-1", Message: "The slug is taken.",
			}},
			{Address: "rbac_policy", Action: plan.Update, Result: plan.Skipped, Note: "in part: 1 of 2 steps was done; the next needs organization/delta, which failed"},
			{Address: "organization/acme/member/z@acme.example", Action: plan.Delete, Result: plan.NotTried},
		},
		Requests: plan.Requests{Sent: 9, Retried: 1, Endpoints: []plan.EndpointCount{{Endpoint: "POST /v1/b2b/organizations", Sent: 9}}},
	}
}

// classes lists the classes of risk, the worst first.
func classes() []string {
	var list []string
	for _, class := range plan.RiskClasses() {
		list = append(list, class.ID)
	}
	return list
}
