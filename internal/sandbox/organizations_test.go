package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// clock is a time that does not pass.
func clock() time.Time { return time.Date(2026, 4, 25, 16, 37, 9, 123456, time.UTC) }

func TestAFreshOrganizationHasEveryKeyAndItsDefault(t *testing.T) {
	l := newLab(t, sandbox.Options{Now: clock})
	r := l.must("POST", organizationsPath, `{"organization_name":"SAML Org x","organization_slug":"saml-org-x"}`)
	id := r.text("organization", "organization_id")
	if !strings.HasPrefix(id, "organization-test-") {
		t.Errorf("the ID is %q", id)
	}
	want := `{"allowed_auth_methods":[],"allowed_first_party_connected_apps":[],"allowed_mfa_methods":[],
		"allowed_oauth_tenants":{},"allowed_third_party_connected_apps":[],"auth_methods":"ALL_ALLOWED",
		"claimed_email_domains":[],"created_at":"2026-04-25T16:37:09Z","custom_roles":[],
		"email_allowed_domains":[],"email_invites":"ALL_ALLOWED","email_jit_provisioning":"NOT_ALLOWED",
		"first_party_connected_apps_allowed_type":"ALL_ALLOWED","mfa_methods":"ALL_ALLOWED",
		"mfa_policy":"OPTIONAL","oauth_tenant_jit_provisioning":"NOT_ALLOWED","organization_external_id":null,
		"organization_id":"ID","organization_logo_url":"","organization_name":"SAML Org x",
		"organization_slug":"saml-org-x","rbac_email_implicit_role_assignments":[],"scim_active_connection":null,
		"scim_active_connections":[],"sso_active_connections":[],"sso_default_connection_id":null,
		"sso_jit_provisioning":"ALL_ALLOWED","sso_jit_provisioning_allowed_connections":[],
		"third_party_connected_apps_allowed_type":"ALL_ALLOWED","trusted_metadata":{},"updated_at":"2026-04-25T16:37:09Z"}`
	r.wantJSON(t, strings.Replace(want, "ID", id, 1), "organization")
	for _, name := range []string{id, "saml-org-x"} {
		if diff := cmp.Diff(r.at("organization"), l.must("GET", organizationsPath+"/"+name, "").at("organization")); diff != "" {
			t.Errorf("read as %s it differs:\n%s", name, diff)
		}
	}
}

func TestCreatingAnOrganization(t *testing.T) {
	for _, test := range []struct {
		name, body string // the body's keys
		errorType  string // "" for a success
		key, want  string // what to look at in the answer, as JSON
	}{
		{
			name: "without any setting email_invites is ALL_ALLOWED", body: `"organization_logo_url":"https://acme.example/l.png","trusted_metadata":{"a":1}`,
			key: "email_invites", want: `"ALL_ALLOWED"`,
		},
		{
			name: "with a setting at its own default email_invites turns NOT_ALLOWED", body: `"auth_methods":"ALL_ALLOWED"`,
			key: "email_invites", want: `"NOT_ALLOWED"`,
		},
		{name: "with an empty list among the settings too", body: `"email_allowed_domains":[]`, key: "email_invites", want: `"NOT_ALLOWED"`},
		{name: "a null is not a setting", body: `"auth_methods":null`, key: "email_invites", want: `"ALL_ALLOWED"`},
		{
			name: "email_invites that is sent is kept", body: `"auth_methods":"ALL_ALLOWED","email_invites":"ALL_ALLOWED"`,
			key: "email_invites", want: `"ALL_ALLOWED"`,
		},
		{name: "a name alone makes a slug", body: ``, key: "organization_slug", want: `"acme-inc"`},
		{
			name: "a null in metadata stores nothing", body: `"trusted_metadata":{"a":null,"b":{"c":null}}`,
			key: "trusted_metadata", want: `{"b":{"c":null}}`,
		},
		{
			name: "connections are not known on create", body: `"email_invites":"ALL_ALLOWED","sso_default_connection_id":"nonsense"`,
			key: "sso_default_connection_id", want: `null`,
		},
		{name: "an unknown key is ignored", body: `"status":"active"`, key: "mfa_policy", want: `"OPTIONAL"`},
		{
			name: "domains are stored in lower case", body: `"email_invites":"RESTRICTED","email_allowed_domains":["Acme.Example"]`,
			key: "email_allowed_domains", want: `["acme.example"]`,
		},
		{name: "no way in is refused", body: `"sso_jit_provisioning":"NOT_ALLOWED"`, errorType: "invalid_organization_auth_factor_setting"},
		{name: "RESTRICTED invites need domains", body: `"email_invites":"RESTRICTED"`, errorType: "invalid_restricted_email_setting"},
		{
			name: "RESTRICTED email JIT needs domains", body: `"email_invites":"ALL_ALLOWED","email_jit_provisioning":"RESTRICTED"`,
			errorType: "invalid_restricted_email_setting",
		},
		{name: "RESTRICTED SSO JIT needs connections", body: `"sso_jit_provisioning":"RESTRICTED"`, errorType: "invalid_restricted_sso_setting"},
		{
			name: "RESTRICTED tenant JIT needs tenants", body: `"oauth_tenant_jit_provisioning":"RESTRICTED","allowed_oauth_tenants":{"slack":[]}`,
			errorType: "invalid_restricted_oauth_tenants_setting",
		},
		{name: "RESTRICTED auth methods need a list", body: `"auth_methods":"RESTRICTED"`, errorType: "allowed_auth_methods_required_for_restricted"},
		{name: "RESTRICTED MFA methods need a list", body: `"mfa_methods":"RESTRICTED"`, errorType: "allowed_mfa_methods_required_for_restricted"},
		{name: "a setting in lower case is refused", body: `"email_invites":"all_allowed"`, errorType: "invalid_organization_auth_factor_setting"},
		{
			name: "email JIT knows no ALL_ALLOWED", body: `"email_jit_provisioning":"ALL_ALLOWED"`,
			errorType: "invalid_organization_auth_factor_setting_for_email_jit_provisioning",
		},
		{name: "an unknown MFA policy is refused", body: `"mfa_policy":"ALWAYS"`, errorType: "invalid_organization_mfa_policy"},
		{name: "an unknown auth method is refused", body: `"allowed_auth_methods":["fax"]`, errorType: "invalid_organization_allowed_auth_methods"},
		{name: "an unknown MFA method is refused", body: `"allowed_mfa_methods":["fax"]`, errorType: "invalid_organization_allowed_mfa_methods"},
		{name: "an unknown tenant provider is refused", body: `"allowed_oauth_tenants":{"google":["x"]}`, errorType: "invalid_oauth_allowed_tenants_format"},
		{name: "tenants that are no lists are refused", body: `"allowed_oauth_tenants":{"slack":"x"}`, errorType: "invalid_oauth_allowed_tenants_format"},
		{
			name: "an unknown role is refused", body: `"rbac_email_implicit_role_assignments":[{"domain":"acme.example","role_id":"ghost"}]`,
			errorType: "invalid_rbac_role_id",
		},
		{
			name: "stytch_member cannot be given", body: `"rbac_email_implicit_role_assignments":[{"domain":"acme.example","role_id":"stytch_member"}]`,
			errorType: "cannot_assign_default_rbac_role_id",
		},
		{
			name: "a common domain gives no role", body: `"rbac_email_implicit_role_assignments":[{"domain":"gmail.com","role_id":"stytch_admin"}]`,
			errorType: "rbac_domain_too_common",
		},
		{name: "a common domain cannot be claimed", body: `"claimed_email_domains":["gmail.com"]`, errorType: "organization_settings_claimed_domain_too_common"},
		{name: "a number is no string", body: `"organization_logo_url":7`, errorType: "invalid_argument"},
		{name: "a relative logo is refused", body: `"organization_logo_url":"/logo.png"`, errorType: "invalid_url"},
		{name: "a slug of one character is refused", body: `"organization_slug":"a"`, errorType: "invalid_organization_slug"},
		{name: "a slug without a letter is refused", body: `"organization_slug":"--"`, errorType: "invalid_organization_slug"},
		{name: "an external id with a space is refused", body: `"organization_external_id":"a b"`, errorType: "invalid_organization_external_id"},
		{name: "an empty external id is refused", body: `"organization_external_id":""`, errorType: "invalid_organization_external_id"},
		{
			name: "a taken slug is reported before a bad setting", body: `"organization_slug":"taken","email_invites":"all_allowed"`,
			errorType: "organization_slug_already_used",
		},
		{name: "a taken external id is refused", body: `"organization_external_id":"crm-1"`, errorType: "organization_external_id_already_used"},
		{name: "metadata of 21 keys is refused", body: `"trusted_metadata":{` + strings.TrimSuffix(keys(21), ",") + `}`, errorType: "metadata_too_many_keys"},
		{name: "metadata over 4 KB is refused", body: `"trusted_metadata":{"a":"` + strings.Repeat("x", 4096) + `"}`, errorType: "metadata_too_large"},
		{name: "metadata that is a list is refused", body: `"trusted_metadata":[]`, errorType: "metadata_invalid_format"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.organization(`"organization_name":"Taken","organization_slug":"taken","organization_external_id":"crm-1"`)
			body := `{"organization_name":"Acme, Inc."`
			if test.body != "" {
				body += "," + test.body
			}
			r := l.data("POST", organizationsPath, body+"}")
			if test.errorType != "" {
				r.want(t, 400, test.errorType)
				return
			}
			r.want(t, 200, "")
			r.wantJSON(t, test.want, "organization", test.key)
		})
	}
}

// keys gives n metadata keys.
func keys(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(`"k` + string(rune('a'+i)) + `":1,`)
	}
	return text.String()
}

func TestAnOrganizationNeedsAName(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.data("POST", organizationsPath, `{}`).want(t, 400, "organization_name_missing")
	l.data("POST", organizationsPath, `{"organization_name":" "}`).want(t, 400, "organization_name_missing")
	l.data("POST", organizationsPath, `{"organization_name":"`+strings.Repeat("é", 129)+`"}`).want(t, 400, "invalid_organization_name")
	l.data("POST", organizationsPath, `{"organization_name":"`+strings.Repeat("é", 128)+`"}`).want(t, 200, "")
}

func TestUpdatingAnOrganization(t *testing.T) {
	const start = `"organization_name":"Acme","organization_slug":"acme","email_invites":"RESTRICTED",
		"email_allowed_domains":["acme.example"],"auth_methods":"RESTRICTED","allowed_auth_methods":["sso","password"],
		"organization_logo_url":"https://acme.example/l.png","trusted_metadata":{"a":1,"b":2},"allowed_oauth_tenants":{"slack":["T1"]}`
	for _, test := range []struct {
		name, body, errorType string
		key, want             string
	}{
		{name: "an absent key stays", body: `{"organization_name":"New"}`, key: "allowed_auth_methods", want: `["sso","password"]`},
		{name: "a null stays", body: `{"email_allowed_domains":null}`, key: "email_allowed_domains", want: `["acme.example"]`},
		{
			name: "an empty list clears when nothing needs it", body: `{"email_invites":"ALL_ALLOWED","email_allowed_domains":[]}`,
			key: "email_allowed_domains", want: `[]`,
		},
		{name: "an empty string clears the logo", body: `{"organization_logo_url":""}`, key: "organization_logo_url", want: `""`},
		{name: "a list is replaced whole", body: `{"allowed_auth_methods":["magic_link"]}`, key: "allowed_auth_methods", want: `["magic_link"]`},
		{name: "an empty map clears the tenants", body: `{"allowed_oauth_tenants":{}}`, key: "allowed_oauth_tenants", want: `{}`},
		{name: "tenants are replaced whole", body: `{"allowed_oauth_tenants":{"github":["o"]}}`, key: "allowed_oauth_tenants", want: `{"github":["o"]}`},
		{name: "metadata merges and null deletes", body: `{"trusted_metadata":{"a":null,"c":3}}`, key: "trusted_metadata", want: `{"b":2,"c":3}`},
		{name: "empty metadata changes nothing", body: `{"trusted_metadata":{}}`, key: "trusted_metadata", want: `{"a":1,"b":2}`},
		{name: "the own slug may be sent again", body: `{"organization_slug":"acme"}`, key: "organization_slug", want: `"acme"`},
		{name: "the slug can change", body: `{"organization_slug":"acme-two"}`, key: "organization_slug", want: `"acme-two"`},
		{
			name: "the default connection is cleared by an empty string", body: `{"sso_default_connection_id":""}`,
			key: "sso_default_connection_id", want: `null`,
		},
		{
			name: "a list cannot be emptied while RESTRICTED", body: `{"allowed_auth_methods":[]}`,
			errorType: "allowed_auth_methods_required_for_restricted",
		},
		{name: "domains cannot be emptied while RESTRICTED", body: `{"email_allowed_domains":[]}`, errorType: "invalid_restricted_email_setting"},
		{name: "an unknown connection is no default", body: `{"sso_default_connection_id":"x"}`, errorType: "invalid_sso_default_connection_id"},
		{
			name: "an unknown connection cannot provision", body: `{"sso_jit_provisioning_allowed_connections":["x"]}`,
			errorType: "invalid_connection_for_jit_provisioning",
		},
		{
			name: "too many keys count after the merge", body: `{"trusted_metadata":{` + strings.TrimSuffix(keys(20), ",") + `}}`,
			errorType: "metadata_too_many_keys",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			path := l.organization(start)
			before := l.must("GET", path, "").at("organization")
			r := l.data("PUT", path, test.body)
			if test.errorType == "" {
				r.want(t, 200, "")
				r.wantJSON(t, test.want, "organization", test.key)
				l.must("GET", path, "").wantJSON(t, test.want, "organization", test.key)
				return
			}
			r.want(t, 400, test.errorType)
			if diff := cmp.Diff(before, l.must("GET", path, "").at("organization")); diff != "" {
				t.Errorf("a refused update changed something:\n%s", diff)
			}
		})
	}
}

func TestAnUpdateIsJudgedAsAWhole(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path := l.organization(`"organization_name":"Acme"`)
	body := `"email_jit_provisioning":"RESTRICTED","email_invites":"NOT_ALLOWED","sso_jit_provisioning":"NOT_ALLOWED","auth_methods":"RESTRICTED"`
	l.data("PUT", path, `{`+body+`}`).want(t, 400, "invalid_restricted_email_setting")
	l.must("PUT", path, `{`+body+`,"allowed_auth_methods":["sso"],"email_allowed_domains":["acme.example"]}`)
	l.data("PUT", path, `{"email_jit_provisioning":"NOT_ALLOWED"}`).want(t, 400, "invalid_organization_auth_factor_setting")
}
