package kindtest

import (
	"net/http"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The part of the story that is about SSO connections. They live in an
// organization of their own, next to one whose ids the documents know.
const (
	sisterOrganization = "organization-test-00000000-0000-4000-8000-000000000001"
	sisterConnection   = "saml-connection-test-00000000-0000-4000-8000-000000000001"
	nieceOrganization  = "organization-test-00000000-0000-4000-8000-000000000002"
	nieceConnection    = "saml-connection-test-00000000-0000-4000-8000-000000000002"
	auntOrganization   = "organization-test-00000000-0000-4000-8000-000000000003"
	auntConnection     = "saml-connection-test-00000000-0000-4000-8000-000000000003"
)

func leaningOn(organization, connection, role string) Object {
	return Object{
		"external_organization_id": organization, "external_connection_id": connection,
		"external_connection_implicit_role_assignments": []Object{{"role_id": role}},
	}
}

func linkedBefore(certificates []string) Object {
	return Object{
		"organization_name": "Linked", "sso_default_connection_id": "saml_connection/Okta",
		"saml_connections": Object{"Okta": whole(certificates[0], certificates[1]), "Old": Object{}, "Former": Object{"identity_provider": "okta"}},
		"oidc_connections": Object{"Entra": oidc(nil), "Old": Object{}},
		"external_connections": Object{
			"Sister": leaningOn(sisterOrganization, sisterConnection, "editor"), "Aunt": leaningOn(auntOrganization, auntConnection, "editor"),
		},
	}
}

func linkedAfter(certificates []string) Object {
	okta := whole(certificates[1], certificates[2])
	okta["idp_initiated_auth_disabled"] = true
	return Object{
		"organization_name": "Linked", "sso_default_connection_id": "oidc_connection/New",
		"saml_connections": Object{
			"Okta": okta, "Old": Object{"absent": true}, "Latter": Object{"renamed_from": "Former", "alternative_audience_uri": "urn:old"},
			"New": whole(certificates[0]),
		},
		"oidc_connections":     Object{"Entra": oidc(Object{"client_secret": `${env("OTHER")}`}), "Old": Object{"absent": true}, "New": oidc(nil)},
		"external_connections": Object{"Sister": leaningOn(sisterOrganization, sisterConnection, "author"), "Aunt": Object{"absent": true}, "Niece": leaningOn(nieceOrganization, nieceConnection, "author")},
	}
}

// fresh is an organization that is new and whose settings name its connection.
func fresh() Object {
	return Object{
		"organization_name": "Fresh", "oidc_connections": Object{"Entra": oidc(nil)}, "sso_jit_provisioning": "RESTRICTED",
		"sso_jit_provisioning_allowed_connections": []string{"oidc_connection/Entra"}, "sso_default_connection_id": "oidc_connection/Entra",
	}
}

// addSisters makes the organizations that the story's external connections lean on.
func (w *World) addSisters(t testing.TB) {
	t.Helper()
	for id, connection := range map[string]string{sisterOrganization: sisterConnection, nieceOrganization: nieceConnection, auntOrganization: auntConnection} {
		if err := w.Sandbox.AddOrganization(w.Target.ProjectID, id, connection, "of-"+id[len(id)-1:]); err != nil {
			t.Fatal(err)
		}
	}
}

// seeConnections adds the connections of an organization to a sight.
func (s sight) seeConnections(t testing.TB, w *World, within plan.Address, organization string) {
	t.Helper()
	answer := w.tell(t, http.MethodGet, "/v1/b2b/sso/"+organization, nil)
	for _, kind := range []string{"saml_connection", "oidc_connection", "external_connection"} {
		for _, c := range each(answer[kind+"s"]) {
			s.add(plan.NewAddress(within, kind, c["display_name"].(string)), c["connection_id"], c)
		}
	}
}
