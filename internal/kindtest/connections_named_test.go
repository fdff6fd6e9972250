package kindtest

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// naming is an organization whose settings name a connection that it has.
func naming(more Object) Documents {
	attributes := Object{
		"oidc_connections": Object{"Okta": oidc(nil)}, "email_invites": "NOT_ALLOWED", "email_jit_provisioning": "NOT_ALLOWED",
		"sso_jit_provisioning": "RESTRICTED", "sso_jit_provisioning_allowed_connections": []string{"oidc_connection/Okta"},
		"sso_default_connection_id": "oidc_connection/Okta",
	}
	maps.Copy(attributes, more)
	return companyWith(attributes)
}

func TestSettingsThatNameConnections(t *testing.T) {
	t.Run("of a new organization follow its connections", func(t *testing.T) {
		w := New(t, Options{})
		p := w.Converge(t, naming(nil))
		id := w.Connections(t, "acme", "oidc_connections")[0]["connection_id"]
		acme := w.Organization(t, "acme")
		if acme["sso_default_connection_id"] != id || !cmp.Equal(acme["sso_jit_provisioning_allowed_connections"], []any{id}) || acme["sso_jit_provisioning"] != "RESTRICTED" {
			t.Errorf("%v", acme)
		}
		want := []string{
			"POST /v1/b2b/organizations", "POST /v1/b2b/sso/oidc/{organization_id}", "PUT /v1/b2b/sso/oidc/{organization_id}/connections/{connection_id}",
			"PUT /v1/b2b/organizations/{organization_id}",
		}
		if diff := cmp.Diff(want, writes(w.Sandbox.Requests())); diff != "" {
			t.Error(diff)
		}
		if steps := p.Changes[0].Steps; len(steps) != 2 || len(steps[1].Needs) != 1 || steps[1].Needs[0].Address != "organization/acme/oidc_connection/Okta" {
			t.Errorf("steps %+v", steps)
		}
		for _, a := range p.Changes[0].Attributes {
			if a.Name == "sso_default_connection_id" && a.After != "oidc_connection/Okta" {
				t.Errorf("the plan shows %v", a.After)
			}
		}
	})
	t.Run("move before the connection that they named goes", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, naming(nil))
		w.Sandbox.ResetRequests()
		w.Converge(t, naming(Object{
			"oidc_connections":                         Object{"Okta": Object{"absent": true}, "Entra": oidc(nil)},
			"sso_jit_provisioning_allowed_connections": []string{"oidc_connection/Entra"}, "sso_default_connection_id": "oidc_connection/Entra",
		}), "delete_percent=100", "lock_outs=1")
		want := []string{
			"POST /v1/b2b/sso/oidc/{organization_id}", "PUT /v1/b2b/sso/oidc/{organization_id}/connections/{connection_id}",
			"PUT /v1/b2b/organizations/{organization_id}", "DELETE /v1/b2b/sso/{organization_id}/connections/{connection_id}",
		}
		if diff := cmp.Diff(want, writes(w.Sandbox.Requests())); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("may give the id, which is the same as the name", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, naming(nil))
		id := w.Connections(t, "acme", "oidc_connections")[0]["connection_id"]
		if p := w.Plan(t, naming(Object{"sso_default_connection_id": id, "sso_jit_provisioning_allowed_connections": []any{id}})); len(p.Changes) > 0 {
			t.Error(Told(p))
		}
	})
	t.Run("are cleared", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, naming(nil))
		w.Converge(t, naming(Object{"sso_default_connection_id": "", "sso_jit_provisioning": "ALL_ALLOWED", "sso_jit_provisioning_allowed_connections": []any{}}))
		if acme := w.Organization(t, "acme"); acme["sso_default_connection_id"] != nil {
			t.Errorf("%v", acme)
		}
	})
	t.Run("follow a connection to its new name", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, naming(nil))
		w.Converge(t, naming(Object{
			"oidc_connections":                         Object{"Okta 2": oidc(Object{"renamed_from": "Okta"})},
			"sso_jit_provisioning_allowed_connections": []string{"oidc_connection/Okta 2"}, "sso_default_connection_id": "oidc_connection/Okta 2",
		}))
	})
	t.Run("of a saved plan are written once", func(t *testing.T) {
		w := New(t, Options{})
		p := w.Plan(t, naming(nil))
		for _, want := range []string{"done", "in place"} {
			o := w.carryOut(t, p)
			if diff := cmp.Diff(map[plan.Address]string{"organization/acme": want, "organization/acme/oidc_connection/Okta": want}, o.of); diff != "" || o.code != 0 {
				t.Errorf("%s\n%s", diff, o.told())
			}
		}
	})
}

func TestSettingsThatNameNoConnection(t *testing.T) {
	for _, test := range []struct {
		name string
		more Object
		want string
	}{
		{"neither a name nor an id", Object{"sso_default_connection_id": "Okta"}, `"Okta" names no SSO connection`},
		{"a kind that is no connection", Object{"sso_default_connection_id": "member/ada"}, `"member/ada" names no SSO connection`},
		{
			"a connection that is not declared although others are",
			Object{"sso_default_connection_id": "oidc_connection/Otka"},
			`organization/acme uses the oidc_connection "Otka", which the documents do not declare (did you mean "Okta"?)`,
		},
		{
			"a connection that shall go",
			Object{"oidc_connections": Object{"Okta": Object{"absent": true}}},
			`organization/acme uses the oidc_connection "Okta", which the documents do not declare`,
		},
		{
			"none, where some are needed",
			Object{"sso_jit_provisioning_allowed_connections": []string{}},
			"sso_jit_provisioning is RESTRICTED, and sso_jit_provisioning_allowed_connections is empty",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diagnostics := New(t, Options{}).Diagnose(t, naming(test.more))
			if said := words(diagnostics); !strings.Contains(said, test.want) {
				t.Errorf("said %s, want %s", said, test.want)
			}
		})
	}
	t.Run("one that is live alone is known when it is sent", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, companyWith(nil))
		report, err := w.Run(t, w.Plan(t, companyWith(Object{"sso_default_connection_id": "saml_connection/Okta"})))
		if err != nil || report.Summary.Failed != 1 || !strings.Contains(report.Operations[0].Error.Message, "the organization has no saml_connection/Okta") {
			t.Errorf("%v %+v", err, report)
		}
		if _, err := w.Sandbox.AddSSOConnection(w.Target.ProjectID, w.Organization(t, "acme")["organization_id"].(string), "Okta"); err != nil {
			t.Fatal(err)
		}
		w.Converge(t, companyWith(Object{"sso_default_connection_id": "saml_connection/Okta"}))
	})
}
