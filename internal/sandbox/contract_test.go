package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// publishedSpec is where a copy of the file that Stytch publishes (stytchauth/stytch-openapi) may lie beside the
// checkout. It is not part of this project.
const publishedSpec = "../../../shared/stytch/openapi.yml"

// A contract checks every request and answer that passes against Stytch's published OpenAPI file.
type contract struct {
	t       *testing.T
	spec    *openapi3.T
	handler http.Handler
	checked map[string]bool // "METHOD /path/{of}/the/file"
}

func newContract(t *testing.T, handler http.Handler) *contract {
	t.Helper()
	if _, err := os.Stat(publishedSpec); err != nil {
		t.Skipf("Stytch's OpenAPI file is not there (%v); clone stytchauth/stytch-openapi and put its openapi.yml at %s", err, publishedSpec)
	}
	spec, err := openapi3.NewLoader().LoadFromFile(publishedSpec)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, spec: spec, handler: handler, checked: map[string]bool{}}
}

// find gives the operation of the file that a request is for. A literal segment wins over a variable.
func (c *contract) find(r *http.Request) (*routers.Route, map[string]string) {
	var best *routers.Route
	var values map[string]string
	for path, item := range c.spec.Paths.Map() {
		pattern, actual := strings.Split(path, "/"), strings.Split(r.URL.Path, "/")
		if len(pattern) != len(actual) || item.GetOperation(r.Method) == nil {
			continue
		}
		found := map[string]string{}
		for i := range pattern {
			if name, ok := strings.CutPrefix(pattern[i], "{"); ok {
				found[strings.TrimSuffix(name, "}")] = actual[i]
			} else if pattern[i] != actual[i] {
				found = nil
				break
			}
		}
		if found != nil && (best == nil || len(found) < len(values)) {
			best = &routers.Route{Spec: c.spec, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)}
			values = found
		}
	}
	return best, values
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	c.check(r, recorder)
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
}

func (c *contract) check(r *http.Request, answered *httptest.ResponseRecorder) {
	route, values := c.find(r)
	if route == nil {
		c.t.Errorf("the file has no %s %s", r.Method, r.URL.Path)
		return
	}
	c.checked[r.Method+" "+route.Path] = true
	request := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: values, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), request); err != nil {
		c.t.Errorf("request %s %s: %v", r.Method, r.URL.Path, err)
	}
	if answered.Code == http.StatusNotFound {
		return // real, but not in the file
	}
	response := &openapi3filter.ResponseValidationInput{RequestValidationInput: request, Status: answered.Code, Header: answered.Header(), Options: request.Options}
	response.SetBodyBytes(withoutNulls(c.t, answered.Body.Bytes()))
	if err := openapi3filter.ValidateResponse(r.Context(), response); err != nil {
		c.t.Errorf("answer to %s %s: %v", r.Method, r.URL.Path, err)
	}
}

// withoutNulls drops keys that are null. The file marks nothing nullable, but real answers have nulls, for
// organization_external_id for instance.
func withoutNulls(t *testing.T, text []byte) []byte {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	var drop func(any)
	drop = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, inner := range value {
				if inner == nil {
					delete(value, key)
				}
				drop(inner)
			}
		case []any:
			for _, inner := range value {
				drop(inner)
			}
		}
	}
	drop(value)
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnswersKeepStytchsPublishedContract(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	credentials, err := server.Ensure(acmeTest)
	if err != nil {
		t.Fatal(err)
	}
	checks := newContract(t, server)
	listener := httptest.NewServer(checks)
	t.Cleanup(listener.Close)
	l := &lab{t: t, server: server, address: listener.URL, credentials: credentials}
	tour(l)
	tourOfClients(l)
	for operation := range strings.FieldsSeq(`POST/v1/b2b/organizations GET/v1/b2b/organizations/{organization_id}
		PUT/v1/b2b/organizations/{organization_id} DELETE/v1/b2b/organizations/{organization_id}
		POST/v1/b2b/organizations/search DELETE/v1/b2b/organizations/{organization_id}/external_id
		GET/v1/b2b/organizations/{organization_id}/metrics GET/v1/b2b/organizations/{organization_id}/connected_apps
		POST/v1/b2b/organizations/{organization_id}/members GET/v1/b2b/organizations/{organization_id}/member
		PUT/v1/b2b/organizations/{organization_id}/members/{member_id} DELETE/v1/b2b/organizations/{organization_id}/members/{member_id}
		PUT/v1/b2b/organizations/{organization_id}/members/{member_id}/reactivate POST/v1/b2b/organizations/members/search
		GET/v1/b2b/organizations/members/dangerously_get/{member_id}
		DELETE/v1/b2b/organizations/{organization_id}/members/mfa_phone_numbers/{member_id}
		DELETE/v1/b2b/organizations/{organization_id}/members/{member_id}/totp
		DELETE/v1/b2b/organizations/{organization_id}/members/passwords/{member_password_id}
		DELETE/v1/b2b/organizations/{organization_id}/members/{member_id}/external_id
		POST/v1/b2b/organizations/{organization_id}/members/{member_id}/unlink_retired_email
		GET/v1/b2b/organizations/{organization_id}/members/{member_id}/connected_apps
		GET/v1/b2b/sso/{organization_id} DELETE/v1/b2b/sso/{organization_id}/connections/{connection_id}
		POST/v1/b2b/sso/saml/{organization_id} PUT/v1/b2b/sso/saml/{organization_id}/connections/{connection_id}
		PUT/v1/b2b/sso/saml/{organization_id}/connections/{connection_id}/url
		DELETE/v1/b2b/sso/saml/{organization_id}/connections/{connection_id}/verification_certificates/{certificate_id}
		DELETE/v1/b2b/sso/saml/{organization_id}/connections/{connection_id}/encryption_private_keys/{private_key_id}
		POST/v1/b2b/sso/oidc/{organization_id} PUT/v1/b2b/sso/oidc/{organization_id}/connections/{connection_id}
		POST/v1/b2b/sso/external/{organization_id} PUT/v1/b2b/sso/external/{organization_id}/connections/{connection_id}
		POST/v1/b2b/scim/{organization_id}/connection GET/v1/b2b/scim/{organization_id}/connection
		PUT/v1/b2b/scim/{organization_id}/connection/{connection_id} DELETE/v1/b2b/scim/{organization_id}/connection/{connection_id}
		GET/v1/b2b/scim/{organization_id}/connection/{connection_id}
		POST/v1/b2b/scim/{organization_id}/connection/{connection_id}/rotate/start
		POST/v1/b2b/scim/{organization_id}/connection/{connection_id}/rotate/complete
		POST/v1/b2b/scim/{organization_id}/connection/{connection_id}/rotate/cancel
		GET/v1/b2b/rbac/policy GET/v1/debug/whoami GET/v1/projects/metrics
		GET/v1/b2b/sessions/jwks/{project_id} GET/v1/sessions/jwks/{project_id}
		POST/v1/m2m/clients GET/v1/m2m/clients/{client_id} PUT/v1/m2m/clients/{client_id} DELETE/v1/m2m/clients/{client_id}
		POST/v1/m2m/clients/search POST/v1/m2m/clients/{client_id}/secrets/rotate/start
		POST/v1/m2m/clients/{client_id}/secrets/rotate POST/v1/m2m/clients/{client_id}/secrets/rotate/cancel
		POST/v1/connected_apps/clients GET/v1/connected_apps/clients/{client_id} PUT/v1/connected_apps/clients/{client_id}
		DELETE/v1/connected_apps/clients/{client_id} POST/v1/connected_apps/clients/search
		POST/v1/connected_apps/clients/{client_id}/secrets/rotate/start POST/v1/connected_apps/clients/{client_id}/secrets/rotate
		POST/v1/connected_apps/clients/{client_id}/secrets/rotate/cancel POST/v1/rules/set POST/v1/rules/list`) {
		if method, path, _ := strings.Cut(operation, "/"); !checks.checked[method+" /"+path] {
			t.Errorf("the tour does not pass %s /%s", method, path)
		}
	}
}

// tour visits every endpoint of the B2B API with every field filled.
func tour(l *lab) {
	acme := l.organization(`"organization_name":"Acme","organization_slug":"acme","organization_external_id":"crm-1",
		"organization_logo_url":"https://acme.example/l.png","trusted_metadata":{"plan":"gold"},"email_invites":"RESTRICTED",
		"email_jit_provisioning":"RESTRICTED","email_allowed_domains":["acme.example"],"sso_jit_provisioning":"ALL_ALLOWED",
		"auth_methods":"RESTRICTED","allowed_auth_methods":["sso","password"],"mfa_policy":"REQUIRED_FOR_ALL","mfa_methods":"RESTRICTED",
		"allowed_mfa_methods":["totp"],"oauth_tenant_jit_provisioning":"RESTRICTED","allowed_oauth_tenants":{"slack":["T1"]},
		"rbac_email_implicit_role_assignments":[{"domain":"acme.example","role_id":"stytch_admin"}],
		"claimed_email_domains":["acme.example"],"first_party_connected_apps_allowed_type":"RESTRICTED",
		"allowed_first_party_connected_apps":["connected-app-test-1"],"third_party_connected_apps_allowed_type":"NOT_ALLOWED"`)
	id := strings.TrimPrefix(acme, organizationsPath+"/")
	connection, err := l.server.AddSSOConnection(l.credentials.ProjectID, id, "Okta")
	if err != nil {
		l.t.Fatal(err)
	}
	l.must("PUT", acme, `{"sso_default_connection_id":"`+connection+`"}`)
	l.data("PUT", acme, `{"email_allowed_domains":[]}`).want(l.t, 400, "invalid_restricted_email_setting")
	ada, member := l.member(acme, `"email_address":"ada@acme.example","name":"Ada","roles":["stytch_admin"],"external_id":"7",
		"trusted_metadata":{"a":1},"untrusted_metadata":{"b":[2]},"is_breakglass":true,"mfa_enrolled":true,"mfa_phone_number":"+12025550123"`)
	l.must("PUT", ada, `{"email_address":"lovelace@acme.example","default_mfa_method":"sms_otp"}`)
	l.verify(member)
	if err := l.server.SetFactors(l.credentials.ProjectID, member, true, true); err != nil {
		l.t.Fatal(err)
	}
	for _, source := range []string{"scim", "sso"} {
		if err := l.server.MarkProvisioned(l.credentials.ProjectID, member, source); err != nil {
			l.t.Fatal(err)
		}
	}
	password := l.must("GET", acme+"/member?member_id=7", "").text("member", "member_password_id")
	l.must("POST", organizationsPath+"/search", `{"limit":10,`+query("organization_slugs", `["acme"]`)+`}`)
	l.must("POST", organizationsPath+"/members/search", `{"organization_ids":["`+id+`"],`+query("member_roles", `["stytch_admin"]`)+`}`)
	l.must("DELETE", acme+"/members/passwords/"+password, "")
	l.must("DELETE", acme+"/members/mfa_phone_numbers/"+member, "")
	l.must("DELETE", ada+"/totp", "")
	l.must("POST", ada+"/unlink_retired_email", `{"email_address":"ada@acme.example"}`)
	l.must("DELETE", ada+"/external_id", "")
	l.must("DELETE", ada, "")
	l.must("GET", organizationsPath+"/members/dangerously_get/"+member+"?include_deleted=true", "")
	l.must("PUT", ada+"/reactivate", "{}")
	for _, path := range []string{
		acme, acme + "/metrics", acme + "/connected_apps", ada + "/connected_apps", "/v1/b2b/rbac/policy",
		"/v1/debug/whoami", "/v1/projects/metrics", "/v1/b2b/sessions/jwks/" + l.credentials.ProjectID, "/v1/sessions/jwks/" + l.credentials.ProjectID,
	} {
		l.must("GET", path, "")
	}
	connectionTour(l, acme)
	l.must("DELETE", acme+"/external_id", "")
	l.must("DELETE", acme, "")
	l.data("GET", acme, "").want(l.t, 404, "organization_not_found")
}
