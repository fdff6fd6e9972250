package sandbox_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/sso"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/sso/external"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/sso/oidc"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/sso/saml"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const ssoPath = "/v1/b2b/sso"

// quoted is a text as JSON.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func rsaKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// connection makes a connection and gives the path of its updates, and its id.
func (l *lab) connection(kind, organization, body string) (path, id string) {
	l.t.Helper()
	all := ssoPath + "/" + kind + "/" + strings.TrimPrefix(organization, organizationsPath+"/")
	id = l.must("POST", all, body).text("connection", "connection_id")
	return all + "/connections/" + id, id
}

// certified gives a SAML connection a certificate that the sandbox makes up, and gives it.
func (l *lab) certified(path string) string {
	l.t.Helper()
	list := l.must("PUT", path+"/url", `{"metadata_url":"https://idp.example/metadata"}`).at("connection", "verification_certificates").([]any)
	return list[len(list)-1].(map[string]any)["certificate"].(string)
}

func TestASAMLConnectionBecomesActiveByItselfAndStaysSo(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	path, id := l.connection("saml", acme, `{"display_name":"Okta","identity_provider":"okta"}`)
	l.must("GET", acme, "").wantJSON(t, `[]`, "organization", "sso_active_connections")
	r := l.must("PUT", path, `{"idp_entity_id":"https://idp.example","idp_sso_url":"https://idp.example/sso","attribute_mapping":{"email":"m","full_name":"n"}}`)
	r.wantJSON(t, `"pending"`, "connection", "status")
	r.wantJSON(t, `"https://test.stytch.com/v1/b2b/sso/callback/`+id+`"`, "connection", "acs_url")
	l.certified(path)
	l.must("GET", acme, "").wantJSON(t, `[{"connection_id":"`+id+`","display_name":"Okta","identity_provider":"okta"}]`, "organization", "sso_active_connections")
	l.data("PUT", path, `{"idp_entity_id":""}`).want(t, 400, "saml_connection_idp_entity_id_required")
	l.must("PUT", path, `{"nameid_format":"urn:x","idp_initiated_auth_disabled":true}`).wantJSON(t, `"urn:x"`, "connection", "nameid_format")
	l.must("PUT", path, `{"nameid_format":"","idp_initiated_auth_disabled":false}`).
		wantJSON(t, `"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"`, "connection", "nameid_format")
}

func TestWhatASAMLConnectionRefuses(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	path, _ := l.connection("saml", acme, `{"display_name":"Okta"}`)
	for _, test := range []struct{ body, errorType string }{
		{`{"identity_provider":"acme"}`, "invalid_sso_idp"},
		{`{"x509_certificate":"nonsense"}`, "invalid_x509_certificate"},
		{`{"idp_sso_url":"http://idp.example"}`, "saml_connection_idp_sso_url_invalid_format"},
		{`{"attribute_mapping":{"email":"m"}}`, "saml_connection_attribute_mapping_invalid_format"},
		{`{"attribute_mapping":{"email":{"a":"b"},"full_name":"n"}}`, "saml_connection_attribute_mapping_invalid_format"},
		{`{"saml_connection_implicit_role_assignments":[{"role_id":"nobody"}]}`, "invalid_rbac_role_id"},
		{`{"saml_connection_implicit_role_assignments":[{"role_id":"stytch_member"}]}`, "cannot_assign_default_rbac_role_id"},
		{`{"saml_group_implicit_role_assignments":[{"role_id":"stytch_admin","group":"it"}]}`, "saml_connection_attribute_mapping_missing_groups_key"},
		{`{"signing_private_key":"nonsense"}`, "saml_connection_signing_private_key_invalid_format"},
	} {
		l.data("PUT", path, test.body).want(t, 400, test.errorType)
	}
	l.data("PUT", path+"/url", `{"metadata_url":"http://idp.example"}`).want(t, 400, "invalid_saml_metadata_url")
	l.data("PUT", path+"x", `{}`).want(t, 404, "saml_connection_not_found")
	l.data("DELETE", ssoPath+"/"+strings.TrimPrefix(acme, organizationsPath+"/")+"/connections/x", "").want(t, 404, "sso_connection_not_found")
}

func TestCertificatesAppendAndTheLastOneStays(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path, _ := l.connection("saml", l.organization(`"organization_name":"Acme"`), `{"display_name":"Okta"}`)
	l.must("PUT", path, `{"attribute_mapping":{"email":"m","full_name":"n"}}`)
	text := l.certified(path)
	r := l.must("PUT", path, `{"x509_certificate":`+quoted(text)+`}`)
	if list := r.at("connection", "verification_certificates").([]any); len(list) != 2 {
		t.Fatalf("one text twice is %d certificates", len(list))
	}
	for range 3 {
		l.certified(path)
	}
	l.data("PUT", path+"/url", `{"metadata_url":"https://idp.example/metadata"}`).want(t, 400, "too_many_sso_verification_certificates")
	list := l.must("PUT", path, `{}`).at("connection", "verification_certificates").([]any)
	for i, c := range list {
		id := c.(map[string]any)["certificate_id"].(string)
		if i < len(list)-1 {
			l.must("DELETE", path+"/verification_certificates/"+id, "").wantJSON(t, quoted(id), "certificate_id")
			l.data("DELETE", path+"/verification_certificates/"+id, "").want(t, 404, "saml_certificate_not_found")
			continue
		}
		l.data("DELETE", path+"/verification_certificates/"+id, "").want(t, 400, "cannot_delete_last_sso_verification_key")
	}
}

func TestPrivateKeysAreNeverShown(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path, _ := l.connection("saml", l.organization(`"organization_name":"Acme"`), `{"display_name":"Okta"}`)
	key := rsaKey(t)
	r := l.must("PUT", path, `{"signing_private_key":`+quoted(key)+`,"saml_encryption_private_key":`+quoted(key)+`}`)
	if text, _ := json.Marshal(r.body); strings.Contains(string(text), "PRIVATE") {
		t.Errorf("the answer shows a key: %s", text)
	}
	id := r.at("connection", "encryption_private_keys").([]any)[0].(map[string]any)["private_key_id"].(string)
	l.must("DELETE", path+"/encryption_private_keys/"+id, "").wantJSON(t, quoted(id), "private_key_id")
	l.data("DELETE", path+"/encryption_private_keys/"+id, "").want(t, 404, "encryption_private_key_not_found")
}

func TestAnIssuerBringsItsURLsAlong(t *testing.T) {
	for _, fails := range []bool{false, true} {
		l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{DiscoveryFails: fails}})
		path, _ := l.connection("oidc", l.organization(`"organization_name":"Acme"`), `{"display_name":"Okta"}`)
		r := l.must("PUT", path, `{"issuer":"https://idp.example","client_id":"c","client_secret":"s","token_url":"https://gate.example/token"}`)
		r.wantJSON(t, `"https://gate.example/token"`, "connection", "token_url")
		if warned := r.text("warning") != ""; warned != fails {
			t.Errorf("discovery fails: %v, warned: %v", fails, warned)
		}
		want := `"active"`
		if fails {
			want = `"pending"`
		}
		r.wantJSON(t, want, "connection", "status")
		if !fails {
			l.must("PUT", path, `{"jwks_url":"https://gate.example/keys"}`)
			l.must("PUT", path, `{"issuer":"https://idp.example"}`).wantJSON(t, `"https://gate.example/keys"`, "connection", "jwks_url")
			l.data("PUT", path, `{"client_secret":""}`).want(t, 400, "oidc_connection_client_secret_required")
		}
	}
}

func TestAnExternalConnectionLeansOnAnotherOrganizations(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.makeRole("editor")
	acme, other := l.organization(`"organization_name":"Acme"`), l.organization(`"organization_name":"Other"`)
	id := func(path string) string { return strings.TrimPrefix(path, organizationsPath+"/") }
	target, err := l.server.AddSSOConnection(l.credentials.ProjectID, id(other), "Okta")
	if err != nil {
		t.Fatal(err)
	}
	_, pending := l.connection("saml", other, `{"display_name":"New"}`)
	lean := func(organization, connection string) string {
		return `{"display_name":"Sister","external_organization_id":"` + organization + `","external_connection_id":"` + connection + `",
			"connection_implicit_role_assignments":[{"role_id":"editor"}]}`
	}
	path, made := l.connection("external", acme, lean(id(other), target))
	all := ssoPath + "/external/" + id(acme)
	l.data("POST", all, lean(id(other), target)).want(t, 400, "duplicate_external_sso_connection")
	l.data("POST", all, lean(id(other), pending)).want(t, 400, "external_connection_not_active")
	l.data("POST", all, lean(id(acme), target)).want(t, 400, "external_organization_id_same_as_organization_id")
	l.must("PUT", path, `{"external_connection_implicit_role_assignments":[]}`).wantJSON(t, `[]`, "connection", "external_connection_implicit_role_assignments")
	l.must("PUT", path, `{"connection_implicit_role_assignments":[{"role_id":"editor"}]}`).
		wantJSON(t, `[]`, "connection", "external_connection_implicit_role_assignments") // the creation's word
	l.must("PUT", acme, `{"sso_default_connection_id":"`+made+`"}`)
	one := ssoPath + "/" + id(acme) + "/connections/" + made
	l.data("DELETE", one, "").want(t, 400, "cannot_delete_default_sso_connection")
	l.must("PUT", acme, `{"sso_default_connection_id":"","sso_jit_provisioning_allowed_connections":["`+made+`"]}`)
	l.must("DELETE", one, "").wantJSON(t, quoted(made), "connection_id")
	l.must("GET", acme, "").wantJSON(t, `[]`, "organization", "sso_jit_provisioning_allowed_connections")
}

func TestTheSDKTakesConnectionsThroughTheirLives(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.makeRole("editor")
	l.organization(`"organization_name":"Acme","organization_slug":"acme"`)
	other := strings.TrimPrefix(l.organization(`"organization_name":"Other"`), organizationsPath+"/")
	target, err := l.server.AddSSOConnection(l.credentials.ProjectID, other, "Okta")
	if err != nil {
		t.Fatal(err)
	}
	api, ctx := newSDK(t, l), t.Context()
	s, err := api.SSO.SAML.CreateConnection(ctx, &saml.CreateConnectionParams{OrganizationID: "acme", DisplayName: "Okta"})
	if err != nil || s.Connection.Status != "pending" {
		t.Fatalf("%+v %v", s, err)
	}
	u, err := api.SSO.SAML.UpdateConnection(ctx, &saml.UpdateConnectionParams{
		OrganizationID: "acme", ConnectionID: s.Connection.ConnectionID, IDPEntityID: "e", SigningPrivateKey: rsaKey(t),
		SAMLConnectionImplicitRoleAssignments: []*sso.SAMLConnectionImplicitRoleAssignment{{RoleID: "editor"}},
	})
	if err != nil || len(u.Connection.SigningCertificates) != 1 || u.Connection.SAMLConnectionImplicitRoleAssignments[0].RoleID != "editor" {
		t.Fatalf("%+v %v", u, err)
	}
	o, err := api.SSO.OIDC.CreateConnection(ctx, &oidc.CreateConnectionParams{OrganizationID: "acme", DisplayName: "Entra"})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := api.SSO.OIDC.UpdateConnection(ctx, &oidc.UpdateConnectionParams{
		OrganizationID: "acme", ConnectionID: o.Connection.ConnectionID, Issuer: "https://idp.example", ClientID: "c", ClientSecret: "s",
	})
	if err != nil || changed.Connection.Status != "active" || changed.Connection.JWKSURL == "" {
		t.Fatalf("%+v %v", changed, err)
	}
	if _, err := api.SSO.External.CreateConnection(ctx, &external.CreateConnectionParams{
		OrganizationID: "acme", ExternalOrganizationID: other, ExternalConnectionID: target, DisplayName: "Sister",
	}); err != nil {
		t.Fatal(err)
	}
	all, err := api.SSO.GetConnections(ctx, &sso.GetConnectionsParams{OrganizationID: "acme"})
	if err != nil || len(all.SAMLConnections) != 1 || len(all.OIDCConnections) != 1 || len(all.ExternalConnections) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	if _, err := api.SSO.DeleteConnection(ctx, &sso.DeleteConnectionParams{OrganizationID: "acme", ConnectionID: o.Connection.ConnectionID}); err != nil {
		t.Fatal(err)
	}
}

// connectionTour visits every endpoint of connections with every field filled.
func connectionTour(l *lab, acme string) {
	scimTour(l, acme)
	id := strings.TrimPrefix(acme, organizationsPath+"/")
	other := strings.TrimPrefix(l.organization(`"organization_name":"Other"`), organizationsPath+"/")
	target, err := l.server.AddSSOConnection(l.credentials.ProjectID, other, "Okta")
	if err != nil {
		l.t.Fatal(err)
	}
	key := rsaKey(l.t)
	saml, samlID := l.connection("saml", acme, `{"display_name":"Okta","identity_provider":"okta"}`)
	text := l.certified(saml)
	r := l.must("PUT", saml, `{"display_name":"Okta 2","identity_provider":"generic","idp_entity_id":"e","idp_sso_url":"https://idp.example/sso",
		"attribute_mapping":{"email":"m","full_name":"n","groups":"g"},"x509_certificate":`+quoted(text)+`,"signing_private_key":`+quoted(key)+`,
		"saml_encryption_private_key":`+quoted(key)+`,"nameid_format":"urn:x","alternative_audience_uri":"a","alternative_acs_url":"https://old.example",
		"idp_initiated_auth_disabled":true,"allow_gateway_callback":true,"saml_connection_implicit_role_assignments":[{"role_id":"stytch_admin"}],
		"saml_group_implicit_role_assignments":[{"role_id":"stytch_admin","group":"it"}]}`)
	first := func(list, key string) string {
		return r.at("connection", list).([]any)[0].(map[string]any)[key].(string)
	}
	l.must("DELETE", saml+"/verification_certificates/"+first("verification_certificates", "certificate_id"), "")
	l.must("DELETE", saml+"/encryption_private_keys/"+first("encryption_private_keys", "private_key_id"), "")
	oidc, _ := l.connection("oidc", acme, `{"display_name":"Entra","identity_provider":"microsoft-entra"}`)
	l.must("PUT", oidc, `{"display_name":"Entra 2","identity_provider":"generic","client_id":"c","client_secret":"s","issuer":"https://idp.example",
		"authorization_url":"https://idp.example/a","token_url":"https://idp.example/t","userinfo_url":"https://idp.example/u",
		"jwks_url":"https://idp.example/k","custom_scopes":"openid%20email","attribute_mapping":{"plan":"tier"}}`)
	external, _ := l.connection("external", acme, `{"display_name":"Sister","external_organization_id":"`+other+`","external_connection_id":"`+target+`",
		"connection_implicit_role_assignments":[{"role_id":"stytch_admin"}],"group_implicit_role_assignments":[{"role_id":"stytch_admin","group":"it"}]}`)
	l.must("PUT", external, `{"display_name":"Sister 2","external_connection_implicit_role_assignments":[{"role_id":"stytch_admin"}],
		"external_group_implicit_role_assignments":[{"role_id":"stytch_admin","group":"it"}]}`)
	l.must("GET", ssoPath+"/"+id, "")
	l.must("DELETE", ssoPath+"/"+id+"/connections/"+samlID, "")
}
