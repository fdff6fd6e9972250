package kindtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is emptied, removed or unset really goes, and stays gone.

func TestWhatIsTakenAwayIsGoneFromTheSandbox(t *testing.T) {
	const roles = "rbac_policy: {custom_roles: {editor: {}, viewer: {}}}\n"
	member := func(attributes string) string {
		return roles + "organizations:\n  acme:\n    organization_name: Acme\n    members:\n      ada@acme.example: {" + attributes + "}\n"
	}
	organization := func(attributes string) string {
		return "organizations:\n  acme: {organization_name: Acme, " + attributes + "}\n"
	}
	ofMember := func(t *testing.T, w *World) Object { return w.Member(t, "acme", "ada@acme.example") }
	ofOrganization := func(t *testing.T, w *World) Object { return w.Organization(t, "acme") }
	for _, test := range []struct {
		name          string
		before, after string
		object        func(*testing.T, *World) Object
		look          func(Object) any
		was, is       any
	}{
		{
			"a member is no longer enrolled in MFA",
			member("mfa_enrolled: true"), member("mfa_enrolled: false"), ofMember,
			func(o Object) any { return o["mfa_enrolled"] }, true, false,
		},
		{
			"an organization's allowed domains are emptied",
			organization("email_allowed_domains: [acme.example]"), organization("email_allowed_domains: []"), ofOrganization,
			func(o Object) any { return o["email_allowed_domains"] },
			[]any{"acme.example"},
			[]any{},
		},
		{
			"a key of metadata is removed by null, and the others stay",
			member("trusted_metadata: {plan: gold, seats: 3}"), member("trusted_metadata: {plan: null}"), ofMember,
			func(o Object) any { return o["trusted_metadata"] },
			Object{"plan": "gold", "seats": 3.0},
			Object{"seats": 3.0},
		},
		{
			"a role is taken away, and the other stays",
			member("roles: [editor, viewer]"), member("roles: [viewer]"), ofMember,
			assigned,
			[]any{"editor", "viewer"},
			[]any{"viewer"},
		},
		{
			"the last role is taken away",
			member("roles: [editor]"), member("roles: []"), ofMember, assigned,
			[]any{"editor"},
			[]any(nil),
		},
		{
			"a member's external_id is unset",
			member("external_id: user-1"), member(`external_id: ""`), ofMember,
			func(o Object) any { return o["external_id"] }, "user-1", nil,
		},
		{
			"an organization's external id is unset",
			organization("organization_external_id: crm-1"), organization(`organization_external_id: ""`), ofOrganization,
			func(o Object) any { return o["organization_external_id"] }, "crm-1", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			w.Converge(t, state(test.before))
			if diff := cmp.Diff(test.was, test.look(test.object(t, w))); diff != "" {
				t.Fatalf("before (-want +got):\n%s", diff)
			}
			p := w.Converge(t, state(test.after))
			if len(p.Changes) != 1 {
				t.Errorf("%d changes, want 1:\n%s", len(p.Changes), Told(p))
			}
			if diff := cmp.Diff(test.is, test.look(test.object(t, w))); diff != "" {
				t.Errorf("after (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOmittedAttributesAreNeverTouched(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme(`ada@acme.example: {name: Ada, mfa_enrolled: true, trusted_metadata: {plan: gold}}`))
	before := w.Member(t, "acme", "ada@acme.example")
	for _, members := range []string{
		"ada@acme.example: {}",
		"ada@acme.example: {trusted_metadata: {}}",
		`ada@acme.example: {name: "${null}"}`,
	} {
		only(t, w.Plan(t, acme(members)))
	}
	p := w.Converge(t, acme("ada@acme.example: {is_breakglass: true}"))
	only(t, p, "update organization/acme/member/ada@acme.example")
	before["is_breakglass"] = true
	after := w.Member(t, "acme", "ada@acme.example")
	delete(before, "updated_at")
	delete(after, "updated_at")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a change of one attribute changed others too (-before +after):\n%s", diff)
	}
}

func TestInitialIsSentOnceAndNeverCompared(t *testing.T) {
	w := New(t, Options{})
	documents := acme("ada@acme.example: {initial: {name: Ada, create_member_as_pending: true, trusted_metadata: {source: import}}}")
	w.Converge(t, documents)
	ada := w.Member(t, "acme", "ada@acme.example")
	if ada["name"] != "Ada" || ada["status"] != "pending" || !cmp.Equal(ada["trusted_metadata"], any(Object{"source": "import"})) {
		t.Errorf("created as %v", ada)
	}
	w.Ask(t, "PUT", "/v1/b2b/organizations/"+ada["organization_id"].(string)+"/members/"+id(ada), Object{"name": "Countess"})
	only(t, w.Plan(t, documents))
}
