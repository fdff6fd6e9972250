package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const adminAndMember = `[{"role_id":"stytch_member","sources":[{"type":"direct_assignment","details":{}}]},
	{"role_id":"stytch_admin","sources":[{"type":"direct_assignment","details":{}}]}]`

const memberOnly = `[{"role_id":"stytch_member","sources":[{"type":"direct_assignment","details":{}}]}]`

// newAcme starts a sandbox with one organization, acme, and gives the organization's path.
func newAcme(t *testing.T, options sandbox.Options) (*lab, string) {
	t.Helper()
	l := newLab(t, options)
	return l, l.organization(`"organization_name":"Acme","organization_slug":"acme"`)
}

// verify makes a member's address verified.
func (l *lab) verify(member string) {
	l.t.Helper()
	if err := l.server.MarkVerified(l.credentials.ProjectID, member); err != nil {
		l.t.Fatal(err)
	}
}

func TestAFreshMemberHasEveryKeyAndItsDefault(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{Now: clock})
	r := l.must("POST", acme+"/members", `{"email_address":"Ada@acme.example"}`)
	id := r.text("member_id")
	if !strings.HasPrefix(id, "member-test-") {
		t.Errorf("the ID is %q", id)
	}
	want := `{"created_at":"2026-04-25T16:37:09Z","default_mfa_method":"","email_address":"Ada@acme.example",
		"email_address_verified":false,"external_id":null,"is_admin":false,"is_breakglass":false,"is_locked":false,
		"lock_created_at":null,"lock_expires_at":null,"member_id":"MEMBER","member_password_id":"","mfa_enrolled":false,
		"mfa_phone_number":"","mfa_phone_number_verified":false,"name":"","oauth_registrations":[],
		"organization_id":"ORGANIZATION","retired_email_addresses":[],"roles":` + memberOnly + `,"scim_registration":null,
		"sso_registrations":[],"status":"active","totp_registration_id":"","trusted_metadata":{},"untrusted_metadata":{},
		"updated_at":"2026-04-25T16:37:09Z"}`
	organization := strings.TrimPrefix(acme, organizationsPath+"/")
	r.wantJSON(t, strings.NewReplacer("MEMBER", id, "ORGANIZATION", organization).Replace(want), "member")
	if r.text("organization", "organization_id") != organization {
		t.Errorf("the answer's organization is %v", r.at("organization"))
	}
}

func TestCreatingAMember(t *testing.T) {
	for _, test := range []struct {
		name, body, errorType string
		key, want             string
	}{
		{name: "pending when asked for", body: `"create_member_as_pending":true`, key: "status", want: `"pending"`},
		{name: "with a phone number", body: `"mfa_phone_number":"+12025550123"`, key: "mfa_phone_number", want: `"+12025550123"`},
		{name: "with roles, stytch_member first", body: `"roles":["stytch_admin","stytch_admin"]`, key: "roles", want: adminAndMember},
		{name: "stytch_admin makes an admin", body: `"roles":["stytch_admin"]`, key: "is_admin", want: `true`},
		{name: "a status is not writable", body: `"status":"invited"`, key: "status", want: `"active"`},
		{name: "default_mfa_method is not known on create", body: `"default_mfa_method":"totp"`, key: "default_mfa_method", want: `""`},
		{name: "metadata of both sorts", body: `"untrusted_metadata":{"x":[1,{"y":null}]}`, key: "untrusted_metadata", want: `{"x":[1,{"y":null}]}`},
		{name: "stytch_member cannot be written", body: `"roles":["stytch_member"]`, errorType: "cannot_assign_default_rbac_role_id"},
		{name: "an unknown role is refused", body: `"roles":["ghost"]`, errorType: "invalid_rbac_role_id"},
		{name: "a local phone number is refused", body: `"mfa_phone_number":"2025550123"`, errorType: "invalid_phone_number"},
		{name: "somebody's phone number is refused", body: `"mfa_phone_number":"+12025550199"`, errorType: "duplicate_member_phone_number"},
		{name: "a taken external id is refused", body: `"external_id":"taken"`, errorType: "duplicate_member_external_id"},
		{name: "an external id with a slash is refused", body: `"external_id":"a/b"`, errorType: "invalid_argument"},
		{name: "a flag that is a string is refused", body: `"is_breakglass":"true"`, errorType: "invalid_argument"},
		{name: "a bad address is refused", body: `"email_address":"ada@acme"`, errorType: "invalid_email"},
		{name: "two at signs are refused", body: `"email_address":"ada@x@acme.example"`, errorType: "invalid_email"},
		{name: "a taken address is refused, whatever its case", body: `"email_address":"TAKEN@acme.example"`, errorType: "duplicate_member_email"},
		{name: "a retired address is refused", body: `"email_address":"Old@acme.example"`, errorType: "retired_member_email"},
		{name: "a claimed domain is refused", body: `"email_address":"ada@claimed.example"`, errorType: "action_not_allowed_email_domain_is_claimed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, acme := newAcme(t, sandbox.Options{})
			l.organization(`"organization_name":"Claimer","claimed_email_domains":["Claimed.example"]`)
			taken, _ := l.member(acme, `"email_address":"old@acme.example","external_id":"taken","mfa_phone_number":"+12025550199"`)
			l.must("PUT", taken, `{"email_address":"taken@acme.example"}`)
			body := `{"email_address":"ada@acme.example",` + test.body + `}`
			if strings.HasPrefix(test.body, `"email_address"`) {
				body = `{` + test.body + `}`
			}
			r := l.data("POST", acme+"/members", body)
			if test.errorType != "" {
				r.want(t, 400, test.errorType)
				l.data("GET", acme+"/metrics", "").wantJSON(t, `1`, "member_count")
				return
			}
			r.want(t, 200, "")
			r.wantJSON(t, test.want, "member", test.key)
		})
	}
}

func TestAMemberNeedsAnAddressAndAnOrganization(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	l.data("POST", acme+"/members", `{"name":"Ada"}`).want(t, 400, "invalid_email")
	l.data("POST", organizationsPath+"/ghost/members", `{"email_address":"ada@acme.example"}`).want(t, 404, "organization_not_found")
}

func TestClaimantsTakeMembersOfTheirDomain(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	first := l.organization(`"organization_name":"One","claimed_email_domains":["acme.example"]`)
	second := l.organization(`"organization_name":"Two","claimed_email_domains":["acme.example"]`)
	other := l.organization(`"organization_name":"Three"`)
	l.member(first, `"email_address":"ada@acme.example"`)
	l.member(second, `"email_address":"ada@acme.example"`)
	l.data("POST", other+"/members", `{"email_address":"ada@acme.example"}`).want(t, 400, "action_not_allowed_email_domain_is_claimed")
	l.must("PUT", first, `{"claimed_email_domains":[]}`)
	l.data("POST", other+"/members", `{"email_address":"ada@acme.example"}`).want(t, 400, "action_not_allowed_email_domain_is_claimed")
	l.must("DELETE", second, "")
	l.member(other, `"email_address":"ada@acme.example"`)
}

func TestUpdatingAMember(t *testing.T) {
	for _, test := range []struct {
		name, body, errorType string
		key, want             string
	}{
		{name: "an absent key stays", body: `{}`, key: "name", want: `"Ada"`},
		{name: "an empty string clears the name", body: `{"name":""}`, key: "name", want: `""`},
		{name: "false turns a flag off", body: `{"is_breakglass":false}`, key: "is_breakglass", want: `false`},
		{name: "false turns MFA off", body: `{"mfa_enrolled":false}`, key: "mfa_enrolled", want: `false`},
		{name: "a null stays", body: `{"mfa_enrolled":null}`, key: "mfa_enrolled", want: `true`},
		{name: "roles are replaced whole", body: `{"roles":[]}`, key: "roles", want: memberOnly},
		{name: "absent roles stay", body: `{"name":"x"}`, key: "roles", want: adminAndMember},
		{name: "an external id can change", body: `{"external_id":"two"}`, key: "external_id", want: `"two"`},
		{name: "metadata merges", body: `{"trusted_metadata":{"a":null,"b":{"z":2}}}`, key: "trusted_metadata", want: `{"b":{"z":2}}`},
		{name: "the phone number is a factor", body: `{"default_mfa_method":"sms_otp"}`, key: "default_mfa_method", want: `"sms_otp"`},
		{name: "an empty phone number changes nothing", body: `{"mfa_phone_number":""}`, key: "mfa_phone_number", want: `"+12025550123"`},
		{name: "TOTP is not a factor of this member", body: `{"default_mfa_method":"totp"}`, errorType: "default_mfa_member_missing_factor"},
		{name: "an unknown factor is refused", body: `{"default_mfa_method":"fax"}`, errorType: "invalid_mfa_default_method"},
		{name: "a phone number is not replaced", body: `{"mfa_phone_number":"+12025550124"}`, errorType: "duplicate_member_phone_number_for_member"},
		{name: "an unknown role is refused", body: `{"name":"lost","roles":["stytch_admin","ghost"]}`, errorType: "invalid_rbac_role_id"},
		{name: "an empty external id is refused", body: `{"external_id":""}`, errorType: "invalid_argument"},
		{name: "somebody's address is refused", body: `{"email_address":"bob@acme.example"}`, errorType: "duplicate_member_email"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, acme := newAcme(t, sandbox.Options{})
			l.member(acme, `"email_address":"bob@acme.example"`)
			ada, id := l.member(acme, `"email_address":"ada@acme.example","name":"Ada","is_breakglass":true,"mfa_enrolled":true,
				"roles":["stytch_admin"],"external_id":"one","mfa_phone_number":"+12025550123","trusted_metadata":{"a":1,"b":{"y":1}}`)
			before := l.must("GET", acme+"/member?member_id="+id, "").at("member")
			r := l.data("PUT", ada, test.body)
			if test.errorType == "" {
				r.want(t, 200, "")
				r.wantJSON(t, test.want, "member", test.key)
				return
			}
			r.want(t, 400, test.errorType)
			if diff := cmp.Diff(before, l.must("GET", acme+"/member?member_id="+id, "").at("member")); diff != "" {
				t.Errorf("a refused update changed something:\n%s", diff)
			}
		})
	}
}

func TestFindingAMember(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	other := l.organization(`"organization_name":"Other"`)
	_, id := l.member(acme, `"email_address":"ada@acme.example","external_id":"one"`)
	l.member(other, `"email_address":"ada@acme.example","external_id":"one"`)
	for _, query := range []string{"member_id=" + id, "member_id=one", "email_address=ADA%40acme.example", "member_id=&email_address=ada@acme.example"} {
		l.must("GET", acme+"/member?"+query, "").wantJSON(t, `"`+id+`"`, "member_id")
	}
	l.must("PUT", acme+"/members/one", `{"name":"By external ID"}`).wantJSON(t, `"`+id+`"`, "member_id")
	l.must("GET", organizationsPath+"/members/dangerously_get/"+id, "").wantJSON(t, `"Acme"`, "organization", "organization_name")
	l.data("GET", acme+"/member", "").want(t, 400, "invalid_member_get_fields")
	l.data("GET", acme+"/member?member_id="+id+"&email_address=ada@acme.example", "").want(t, 400, "invalid_member_get_fields")
	l.data("GET", other+"/member?member_id="+id, "").want(t, 404, "member_not_found")
	l.data("PUT", other+"/members/"+id, `{}`).want(t, 404, "member_not_found")
	l.data("GET", acme+"/member?email_address=ghost@acme.example", "").want(t, 404, "member_not_found")
	l.must("GET", acme+"/members/one/connected_apps", "").wantJSON(t, `[]`, "connected_apps")
}

func TestTheExternalIDIsUnsetByItsOwnEndpoint(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, _ := l.member(acme, `"email_address":"ada@acme.example","external_id":"one"`)
	l.must("DELETE", acme+"/members/one/external_id", "").wantJSON(t, `null`, "member", "external_id")
	l.data("PUT", acme+"/members/one", `{}`).want(t, 404, "member_not_found")
	l.must("DELETE", ada+"/external_id", "")
	l.member(acme, `"email_address":"bob@acme.example","external_id":"one"`)
}

func TestRolesShowWhereTheyComeFrom(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.makeRole("editor", "viewer")
	acme := l.organization(`"organization_name":"Acme","rbac_email_implicit_role_assignments":[
		{"domain":"Acme.example","role_id":"editor"},{"domain":"other.example","role_id":"viewer"}]`)
	ada, id := l.member(acme, `"email_address":"ada@acme.example","roles":["editor"]`)
	const direct = `{"type":"direct_assignment","details":{}}`
	const byEmail = `{"type":"email_assignment","details":{"email_domain":"acme.example"}}`
	const member = `{"role_id":"stytch_member","sources":[` + direct + `]}`
	roles := func(want string) {
		t.Helper()
		l.must("GET", acme+"/member?member_id="+id, "").wantJSON(t, want, "member", "roles")
	}
	roles(`[` + member + `,{"role_id":"editor","sources":[` + direct + `]}]`)
	l.verify(id)
	roles(`[` + member + `,{"role_id":"editor","sources":[` + direct + `,` + byEmail + `]}]`)
	l.must("PUT", ada, `{"roles":[]}`)
	roles(`[` + member + `,{"role_id":"editor","sources":[` + byEmail + `]}]`)
	l.must("PUT", acme, `{"rbac_email_implicit_role_assignments":[]}`)
	roles(`[` + member + `]`)
	if err := l.server.GrantProvidedRole(l.credentials.ProjectID, id, "stytch_admin", "scim_connection_group"); err != nil {
		t.Fatal(err)
	}
	r := l.must("PUT", ada, `{"roles":[]}`)
	r.wantJSON(t, `true`, "member", "is_admin")
	provided := r.at("member", "roles").([]any)[1].(map[string]any)["sources"].([]any)[0].(map[string]any)
	if provided["type"] != "scim_connection_group" || len(provided["details"].(map[string]any)) != 2 {
		t.Errorf("the provided role's source is %v", provided)
	}
}
