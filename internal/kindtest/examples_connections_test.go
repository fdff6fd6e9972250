package kindtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// connectionRoles stand beside the connections of examples.
func connectionRoles() Object {
	return Object{"rbac_policy": Object{"custom_roles": Object{"editor": Object{}, "viewer": Object{}}}}
}

// Connections are the SSO connections of an organization, by the list's name in Stytch's answer.
func (w *World) Connections(t testing.TB, slug, list string) []Object {
	t.Helper()
	return each(w.Ask(t, http.MethodGet, "/v1/b2b/sso/"+slug, nil)[list])
}

func connectionNamed(name, list string) func(*testing.T, *World) Object {
	return func(t *testing.T, w *World) Object {
		for _, c := range w.Connections(t, "acme", list) {
			if c["display_name"] == name {
				return c
			}
		}
		return nil
	}
}

const pinsOne = "names an object and is compared with nothing: TestAmbiguousConnectionNamesAreListedAndAnIDPinsOne"

func oidcConnectionExample() example {
	uri := func(path string) row {
		return row{values: []any{"https://idp.example/" + path, "https://idp.test/" + path}, kept: "an active connection cannot be without it"}
	}
	return example{
		key: "Okta",
		raw: connectionNamed("Okta", "oidc_connections"),
		rows: map[string]row{
			"connection_id":     {skip: pinsOne},
			"identity_provider": {values: []any{"okta", "microsoft-entra", "generic"}, kept: aChoice},
			"client_id":         {values: []any{"stytch", "0oa<1>"}, kept: "an active connection cannot be without it"},
			"client_secret": {
				values: []any{`${env("GIVEN")}`, `${env("OTHER")}`}, kept: "a secret is a reference, and never empty",
				raw: func(connection Object) any {
					for name, text := range givenSecrets() {
						if connection["client_secret"] == text {
							return `${env("` + name + `")}`
						}
					}
					return nil
				},
			},
			"issuer":            uri("issuer"),
			"authorization_url": uri("authorize"),
			"token_url":         uri("token"),
			"userinfo_url":      uri("userinfo"),
			"jwks_url":          uri("keys"),
			"custom_scopes": {
				values: []any{[]any{"openid", "email"}, []any{"groups", "openid", "a+b"}}, clear: []any{},
				raw: func(connection Object) any {
					text, _ := connection["custom_scopes"].(string)
					decoded, err := url.PathUnescape(text)
					if err != nil || strings.Contains(text, " ") {
						return "not as Stytch wants it: " + text
					}
					return strings.Fields(decoded)
				},
			},
			"attribute_mapping": {values: []any{Object{"plan": "subscription"}, Object{"team": "department", "plan": "tier"}}, clear: Object{}},
		},
	}
}

func samlConnectionExample(t *testing.T) example {
	t.Helper()
	first, second, third := certificate(t), certificate(t), certificate(t)
	mapping := Object{"attribute_mapping": Object{"email": "mail", "full_name": "name", "groups": "memberOf"}}
	return example{
		key:    "Okta",
		beside: connectionRoles(),
		raw:    connectionNamed("Okta", "saml_connections"),
		rows: map[string]row{
			"connection_id":     {skip: pinsOne},
			"identity_provider": {values: []any{"okta", "shibboleth", "generic"}, kept: aChoice},
			"idp_entity_id":     {values: []any{"https://idp.example/entity", "urn:idp"}, kept: "an active connection cannot be without it"},
			"idp_sso_url":       {values: []any{"https://idp.example/sso", "https://idp.test/sso"}, kept: "an active connection cannot be without it"},
			"attribute_mapping": {
				values: []any{Object{"email": "mail", "full_name": "name"}, Object{"email": "m", "first_name": "f", "last_name": "l", "groups": "g"}},
				kept:   "an active connection cannot be without it",
			},
			"verification_certificates": {
				values: []any{[]any{first}, []any{second, first}, []any{third}}, clear: []any{},
				raw: func(connection Object) any {
					var texts []any
					for _, c := range connection["verification_certificates"].([]any) {
						texts = append(texts, c.(Object)["certificate"])
					}
					return texts
				},
			},
			"signing_private_key":         {skip: "is never shown: TestPrivateKeysOfASAMLConnection"},
			"saml_encryption_private_key": {skip: "is never shown: TestPrivateKeysOfASAMLConnection"},
			"nameid_format": {
				values: []any{"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"}, clear: "",
				raw: func(connection Object) any {
					if connection["nameid_format"] == "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" {
						return "" // Stytch's own, which an empty one brings back
					}
					return connection["nameid_format"]
				},
			},
			"alternative_audience_uri":    {values: []any{"urn:old", "https://old.example/"}, clear: ""},
			"alternative_acs_url":         {values: []any{"https://old.example/acs", "https://older.example/acs"}, clear: ""},
			"idp_initiated_auth_disabled": {values: onAndOff, clear: false},
			"allow_gateway_callback":      {values: onAndOff, clear: false},
			"saml_connection_implicit_role_assignments": {
				values: []any{[]any{Object{"role_id": "editor"}, Object{"role_id": "viewer"}}, []any{Object{"role_id": "stytch_admin"}}}, clear: []any{},
			},
			"saml_group_implicit_role_assignments": {
				with:   mapping,
				values: []any{[]any{Object{"role_id": "editor", "group": "staff"}, Object{"role_id": "viewer", "group": "staff"}}, []any{Object{"role_id": "editor", "group": "it"}}},
				clear:  []any{},
			},
		},
	}
}

// besideSister makes another organization with a connection, which documents call by variables.
func besideSister(t *testing.T, w *World) {
	t.Helper()
	made := w.Ask(t, http.MethodPost, "/v1/b2b/organizations", Object{"organization_name": "Sister", "organization_slug": "sister"})
	sister := made["organization"].(Object)["organization_id"].(string)
	connection, err := w.Sandbox.AddSSOConnection(w.Target.ProjectID, sister, "Okta")
	if err != nil {
		t.Fatal(err)
	}
	w.Variables = map[string]string{"organization": sister, "connection": connection}
}

func externalConnectionExample() example {
	beside := connectionRoles()
	beside["variables"] = Object{"organization": Object{}, "connection": Object{}}
	return example{
		key:     "Sister",
		base:    Object{"external_organization_id": "${var.organization}", "external_connection_id": "${var.connection}"},
		beside:  beside,
		prepare: besideSister,
		raw:     connectionNamed("Sister", "external_connections"),
		rows: map[string]row{
			"connection_id":            {skip: pinsOne},
			"external_organization_id": {skip: "can be given once: every creation here gives it, and TestWhatAnExternalConnectionLeansOnCannotChange"},
			"external_connection_id":   {skip: "can be given once: every creation here gives it, and TestWhatAnExternalConnectionLeansOnCannotChange"},
			"external_connection_implicit_role_assignments": {
				values: []any{[]any{Object{"role_id": "editor"}, Object{"role_id": "viewer"}}, []any{Object{"role_id": "stytch_admin"}}}, clear: []any{},
			},
			"external_group_implicit_role_assignments": {
				values: []any{[]any{Object{"role_id": "editor", "group": "staff"}}, []any{Object{"role_id": "editor", "group": "it"}, Object{"role_id": "viewer", "group": "it"}}},
				clear:  []any{},
			},
		},
	}
}

// certificate is the certificate of a new key, as PEM text.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{CommonName: "idp.example"}, NotAfter: time.Now().AddDate(5, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// connectionWords puts names for the ids of an organization's setting.
func connectionWords(attribute string) func(Object) any {
	return func(organization Object) any {
		named := func(id any) any {
			for _, c := range each(organization["sso_active_connections"]) {
				if c["connection_id"] == id {
					kind, _, _ := strings.Cut(id.(string), "-")
					return kind + "_connection/" + c["display_name"].(string)
				}
			}
			return id
		}
		ids, several := organization[attribute].([]any)
		if !several {
			return named(organization[attribute])
		}
		var names []any
		for _, id := range ids {
			names = append(names, named(id))
		}
		return names
	}
}
