package kindtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"testing"
)

// examples has one literal a kind. A new kind needs one here, or the suite
// fails.
func examples(t *testing.T) map[string]example {
	t.Helper()
	return map[string]example{
		"environment":           environmentExample(),
		"redirect_url":          redirectURLExample(),
		"rbac_policy":           rbacPolicyExample(),
		"jwt_template":          jwtTemplateExample(),
		"trusted_token_profile": trustedTokenProfileExample(t),
		"m2m_client":            m2mClientExample(),
		"connected_app":         connectedAppExample(),
		"fraud_rule":            fraudRuleExample(),
		"organization":          organizationExample(),
		"member":                memberExample(),
		"oidc_connection":       oidcConnectionExample(),
		"saml_connection":       samlConnectionExample(t),
		"external_connection":   externalConnectionExample(),
		"scim_connection":       scimConnectionExample(),

		"password_strength_config": passwordStrengthExample(),
		"country_code_allowlist":   countryCodeExample(),
		"b2b_sdk_config":           sdkConfigExample(),
		"email_template":           emailTemplateExample(),
		"default_email_template":   defaultEmailTemplateExample(),
		"event_log_streaming":      eventLogStreamingExample(),
		"public_token":             {}, // nothing in it can be set
		"secret":                   {},
	}
}

const (
	aChoice  = "one of several words, none of them empty; the default is among the values"
	isNeeded = "Stytch wants one always"
)

var onAndOff = []any{true, false, true}

func environmentExample() example {
	return example{
		raw: func(t *testing.T, w *World) Object { return w.Ask(t, http.MethodGet, "~", nil)["environment"].(Object) },
		rows: map[string]row{
			"name":                                    {values: []any{"Staging", "Stage <2>"}, kept: isNeeded},
			"cross_org_passwords_enabled":             {values: onAndOff, clear: false},
			"user_impersonation_enabled":              {values: onAndOff, clear: false},
			"zero_downtime_session_migration_url":     {values: []any{"https://old.example/userinfo", "https://older.example/me"}, clear: ""},
			"user_lock_self_serve_enabled":            {values: onAndOff, clear: false},
			"user_lock_threshold":                     {values: []any{3, 20}, clear: 0},
			"user_lock_ttl":                           {values: []any{60, 7200}, clear: 0},
			"idp_authorization_url":                   {values: []any{"https://acme.example/consent", "https://acme.example/c2"}, clear: ""},
			"idp_dynamic_client_registration_enabled": {values: onAndOff, clear: false},
			"idp_dynamic_client_registration_access_token_template_content": {
				values: []any{`{"plan": "gold"}`, `{"org": {{ organization.organization_id }}}`}, clear: "",
			},
			"use_custom_domain_in_magic_link_emails": {values: onAndOff, clear: false},
		},
	}
}

func redirectURLExample() example {
	const address = "https://app.acme.example/authenticate?next={}"
	return example{
		key:  address,
		base: Object{"valid_types": []any{Object{"type": "INVITE"}}},
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/redirect_urls?url="+url.QueryEscape(address), nil)["redirect_url"].(Object)
		},
		rows: map[string]row{"valid_types": {
			values: []any{
				[]any{Object{"type": "LOGIN", "is_default": true}},
				[]any{Object{"type": "SIGNUP"}, Object{"type": "LOGIN", "is_default": false}},
				[]any{Object{"type": "DISCOVERY"}, Object{"type": "RESET_PASSWORD", "is_default": true}, Object{"type": "SIGNUP", "is_default": true}},
			},
			kept: "a URL without types is refused; absent: true removes it",
		}},
	}
}

func rbacPolicyExample() example {
	resources := Object{"documents": Object{"description": "", "available_actions": []any{"read", "write"}}}
	ofRole := func(name string) func(Object) any {
		return func(policy Object) any {
			role, _ := policy[name].(Object)
			return byResource(role["permissions"])
		}
	}
	everything := Object{"documents": []any{"*"}}
	return example{
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/rbac_policy", nil)["policy"].(Object)
		},
		rows: map[string]row{
			"stytch_member.permissions": {
				with: Object{"custom_resources": resources}, raw: ofRole("stytch_member"),
				values: []any{
					Object{"stytch.self": []any{"*"}, "documents": []any{"read"}},
					Object{"stytch.self": []any{"update.info.name"}, "documents": []any{"write", "read"}},
				},
				clear: Object{"stytch.self": []any{}, "documents": []any{}},
			},
			"stytch_admin.permissions": {
				with: Object{"custom_resources": resources},
				// Stytch's own permissions stay unless named; the example looks at those that it names.
				raw: func(policy Object) any {
					all, _ := ofRole("stytch_admin")(policy).(Object)
					return Object{"stytch.sso": all["stytch.sso"], "documents": all["documents"]}
				},
				values: []any{Object{"stytch.sso": []any{"get"}, "documents": []any{"read"}}, Object{"stytch.sso": []any{"*"}, "documents": []any{"*"}}},
				clear:  Object{"stytch.sso": []any{}, "documents": []any{}},
			},
			"custom_roles": {
				with: Object{"custom_resources": resources},
				values: []any{
					Object{"editor": Object{"description": "writes", "permissions": everything}},
					Object{"editor": Object{"description": "reads", "permissions": Object{"documents": []any{"read"}}}, "viewer": Object{}},
				},
				clear: Object{},
				raw:   func(policy Object) any { return byID(policy["custom_roles"], "role_id") },
			},
			"custom_resources": {
				values: []any{resources, Object{"documents": Object{"description": "papers", "available_actions": []any{"write", "sign"}}, "rooms": Object{}}},
				clear:  Object{},
				raw:    func(policy Object) any { return byID(policy["custom_resources"], "resource_id") },
			},
			"custom_scopes": {
				with: Object{"custom_resources": resources},
				values: []any{
					Object{"read:documents": Object{"description": "Read", "permissions": Object{"documents": []any{"read"}}}},
					Object{"all:documents": Object{"description": "All", "permissions": everything}},
				},
				clear: Object{},
				raw:   func(policy Object) any { return byID(policy["custom_scopes"], "scope") },
			},
		},
	}
}

// byID turns a list of the policy into the map that documents have. Elements
// that hold nothing but their id count as {"": true} on both sides.
func byID(list any, idKey string) any {
	elements := Object{}
	items, _ := list.([]any)
	for _, item := range items {
		element := item.(Object)
		id := element[idKey].(string)
		delete(element, idKey)
		if permissions, ok := element["permissions"]; ok {
			element["permissions"] = byResource(permissions)
		}
		elements[id] = element
	}
	return elements
}

func byResource(list any) any {
	permissions := Object{}
	items, _ := list.([]any)
	for _, item := range items {
		permissions[item.(Object)["resource_id"].(string)] = item.(Object)["actions"]
	}
	return permissions
}

func jwtTemplateExample() example {
	return example{
		key: "SESSION",
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/jwt_templates/SESSION", nil)["jwt_template"].(Object)
		},
		rows: map[string]row{
			"template_content": {
				values: []any{`{"roles": {{ member.rbac.roles }}}`, `{"plan": "gold", "n": 1}`}, clear: "",
				raw: func(template Object) any {
					if template["template_content"] == "{}" {
						return "" // adds no claims, like ""
					}
					return template["template_content"]
				},
			},
			"custom_audience": {values: []any{"billing", "reports"}, clear: ""},
		},
	}
}

func trustedTokenProfileExample(t *testing.T) example {
	t.Helper()
	first, second, third := publicKey(t), publicKey(t), publicKey(t)
	base := Object{
		"audience": "project-live-1", "issuer": "stytch.com/project-live-1", "jwks_url": "https://api.acme.example/jwks",
		"public_key_type": "JWK",
	}
	return example{
		key:  "consumer-migration",
		base: base,
		raw: func(t *testing.T, w *World) Object {
			return pick(w.Ask(t, http.MethodGet, "~/trusted_token_profiles", nil)["profiles"], "name", "consumer-migration")
		},
		rows: map[string]row{
			"profile_id": {skip: "names an object and is compared with nothing: TestAmbiguousProfileNamesAreListedAndAnIDPinsOne"},
			"audience":   {values: []any{"a", "b"}, kept: isNeeded},
			"issuer":     {values: []any{"a.example", "b.example"}, kept: isNeeded},
			"jwks_url": {
				base:   Object{"audience": "a", "issuer": "b", "public_key_type": "PEM", "pem_files": []any{first}},
				values: []any{"https://a.example/jwks", "https://b.example/jwks"}, clear: "",
			},
			"attribute_mapping": {
				values: []any{Object{"email": "email", "token_id": "sub"}, Object{"email": "mail", "token_id": "jti", "external_member_id": "sub"}},
				clear:  Object{},
			},
			"can_jit_provision": {
				with:   Object{"attribute_mapping": Object{"email": "email", "token_id": "sub", "organization_id": "org"}},
				values: onAndOff, clear: false,
			},
			"public_key_type": {skip: "can be given once: every creation here gives it, and TestAPublicKeyTypeCannotChange"},
			"pem_files": {
				base:   Object{"audience": "a", "issuer": "b", "public_key_type": "PEM"},
				values: []any{[]any{first}, []any{second, first}, []any{first, third}}, // one that was there stays: lock_outs
				kept:   "a PEM profile keeps one key at least",
				needed: true,
				raw: func(profile Object) any {
					var keys []any
					for _, file := range profile["pem_files"].([]any) {
						keys = append(keys, file.(Object)["public_key"])
					}
					return keys
				},
			},
		},
	}
}

func publicKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func metadataRow() row {
	return row{
		values: []any{
			Object{"plan": "gold", "seats": 3, "limits": Object{"a": []any{1, 2}, "b": 0.5}},
			Object{"plan": "lead", "seats": 3, "limits": Object{"a": []any{1}}},
			Object{"plan": "lead", "seats": nil, "limits": nil},
		},
		clear: Object{"plan": nil, "seats": nil, "limits": nil},
	}
}

func organizationExample() example {
	domains := Object{"email_allowed_domains": []any{"acme.example"}}
	return example{
		key:    "acme",
		base:   Object{"organization_name": "Acme"},
		beside: Object{"rbac_policy": Object{"custom_roles": Object{"editor": Object{}, "viewer": Object{}}}},
		raw:    func(t *testing.T, w *World) Object { return w.Organization(t, "acme") },
		rows: map[string]row{
			"organization_name":        {values: []any{"Acme, Inc.", "Acme <b>GmbH</b>"}, kept: isNeeded},
			"organization_external_id": {values: []any{"crm-1", "crm|2"}, clear: ""},
			"organization_logo_url":    {values: []any{"https://acme.example/a.png", "https://acme.example/b.png"}, clear: ""},
			"trusted_metadata":         metadataRow(),
			"idp_members":              {skip: "is never sent: TestMembersOfAnIdentityProvider"},
			"email_invites":            {with: domains, values: []any{"RESTRICTED", "NOT_ALLOWED", "ALL_ALLOWED"}, kept: aChoice},
			"email_jit_provisioning":   {with: domains, values: []any{"RESTRICTED", "NOT_ALLOWED"}, kept: aChoice},
			"email_allowed_domains":    {values: []any{[]any{"acme.example", "acme.test"}, []any{"beta.example"}}, clear: []any{}},
			"sso_jit_provisioning":     {values: []any{"NOT_ALLOWED", "ALL_ALLOWED"}, kept: aChoice + "; RESTRICTED: TestSettingsThatNameConnections"},
			"sso_jit_provisioning_allowed_connections": {
				with: Object{"oidc_connections": Object{"Okta": oidc(nil), "Entra": oidc(nil)}}, raw: connectionWords("sso_jit_provisioning_allowed_connections"),
				values: []any{[]any{"oidc_connection/Okta"}, []any{"oidc_connection/Entra", "oidc_connection/Okta"}}, clear: []any{},
			},
			"sso_default_connection_id": {
				with: Object{"oidc_connections": Object{"Okta": oidc(nil), "Entra": oidc(nil)}}, raw: connectionWords("sso_default_connection_id"),
				values: []any{"oidc_connection/Okta", "oidc_connection/Entra"}, clear: "",
			},
			"auth_methods":                  {with: Object{"allowed_auth_methods": []any{"sso"}}, values: []any{"RESTRICTED", "ALL_ALLOWED"}, kept: aChoice},
			"allowed_auth_methods":          {values: []any{[]any{"sso", "password"}, []any{"magic_link"}}, clear: []any{}},
			"mfa_policy":                    {values: []any{"REQUIRED_FOR_ALL", "OPTIONAL"}, kept: aChoice},
			"mfa_methods":                   {with: Object{"allowed_mfa_methods": []any{"totp"}}, values: []any{"RESTRICTED", "ALL_ALLOWED"}, kept: aChoice},
			"allowed_mfa_methods":           {values: []any{[]any{"sms_otp", "totp"}, []any{"totp"}}, clear: []any{}},
			"oauth_tenant_jit_provisioning": {with: Object{"allowed_oauth_tenants": Object{"slack": []any{"T1"}}}, values: []any{"RESTRICTED", "NOT_ALLOWED"}, kept: aChoice},
			"allowed_oauth_tenants":         {values: []any{Object{"slack": []any{"T1", "T2"}, "github": []any{"9"}}, Object{"hubspot": []any{"7"}}}, clear: Object{}},
			"rbac_email_implicit_role_assignments": {
				values: []any{
					[]any{Object{"domain": "acme.example", "role_id": "editor"}, Object{"domain": "acme.example", "role_id": "viewer"}},
					[]any{Object{"domain": "beta.example", "role_id": "editor"}},
				},
				clear: []any{},
			},
			"claimed_email_domains":                   {values: []any{[]any{"acme.example"}, []any{"acme.test", "beta.example"}}, clear: []any{}},
			"first_party_connected_apps_allowed_type": {values: []any{"RESTRICTED", "NOT_ALLOWED", "ALL_ALLOWED"}, kept: aChoice},
			"allowed_first_party_connected_apps": {
				with:   Object{"first_party_connected_apps_allowed_type": "RESTRICTED"},
				values: []any{[]any{"app-1", "app-2"}, []any{"app-3"}}, clear: []any{},
			},
			"third_party_connected_apps_allowed_type": {values: []any{"RESTRICTED", "NOT_ALLOWED", "ALL_ALLOWED"}, kept: aChoice},
			"allowed_third_party_connected_apps": {
				with:   Object{"third_party_connected_apps_allowed_type": "RESTRICTED"},
				values: []any{[]any{"app-1", "app-2"}, []any{"app-3"}}, clear: []any{},
			},
		},
	}
}

func memberExample() example {
	return example{
		key: "ada@acme.example",
		beside: Object{
			"rbac_policy": Object{"custom_roles": Object{"editor": Object{}, "viewer": Object{}}},
			"policy":      Object{"min_admins": 0}, // the one member is the last administrator
		},
		raw: func(t *testing.T, w *World) Object { return w.Member(t, "acme", "ada@acme.example") },
		rows: map[string]row{
			"name":               {values: []any{"Ada", "Ada Lovelace"}, clear: ""},
			"external_id":        {values: []any{"user-1", "user|2"}, clear: ""},
			"roles":              {values: []any{[]any{"editor", "stytch_admin"}, []any{"stytch_admin", "viewer"}}, clear: []any{}, raw: assigned},
			"is_breakglass":      {values: onAndOff, clear: false},
			"trusted_metadata":   metadataRow(),
			"untrusted_metadata": metadataRow(),
			"mfa_enrolled":       {values: onAndOff, clear: false},
			"mfa_phone_number":   {values: []any{"+14155550123", "+14155550124"}, clear: ""},
			"default_mfa_method": {
				with:   Object{"mfa_phone_number": "+14155550123"},
				values: []any{"sms_otp", "totp"}, kept: "Stytch has no way to unset it",
				prepare: func(t *testing.T, w *World) {
					id := w.Member(t, "acme", "ada@acme.example")["member_id"].(string)
					if err := w.Sandbox.SetFactors(w.Target.ProjectID, id, false, true); err != nil {
						t.Fatal(err)
					}
				},
			},
			"create_member_as_pending": {skip: "is legal in initial alone: TestInitialIsSentOnceAndNeverCompared"},
		},
	}
}

// assigned are the roles that a member has by direct assignment, without the
// one that everybody has.
func assigned(member Object) any {
	var roles []any
	for _, item := range member["roles"].([]any) {
		role := item.(Object)
		for _, source := range role["sources"].([]any) {
			if source.(Object)["type"] == "direct_assignment" && role["role_id"] != "stytch_member" {
				roles = append(roles, role["role_id"])
			}
		}
	}
	return roles
}
