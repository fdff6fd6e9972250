package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const provisioning = `,"can_jit_provision":true`

func TestTheClaimsOfATokenSayWhoSomebodyIs(t *testing.T) {
	l, is, acme := newAttestLab(t, sandbox.Options{})
	id := strings.TrimPrefix(acme, organizationsPath+"/")
	l.member(acme, `"email_address":"bob@acme.example","external_id":"b-1"`)
	l.organization(`"organization_name":"Other","organization_slug":"other","organization_external_id":"crm-2"`)
	l.makeRole("editor")
	profile := l.trust(is, "")
	unmapped := func(mapping string) string { return l.trustWith(`"jwks_url":"` + is.address + `"` + mapping) }
	for _, c := range []struct {
		name, profile, more string
		change              []func(*token)
		status              int
		want                string
	}{
		{"the organization's external ID", profile, "", nil, 200, ""},
		{"the organization's ID", profile, "", []func(*token){claim("org", id)}, 200, ""},
		{"but not its slug", profile, "", []func(*token){claim("org", "acme")}, 404, "organization_not_found"},
		{"an organization that is not there", profile, "", []func(*token){claim("org", "crm-9")}, 404, "organization_not_found"},
		{"no organization", profile, "", []func(*token){claim("org", nil)}, 400, "token_missing_organization_id_claim"},
		{"none, but the request names it by its slug", profile, `,"organization_id":"acme"`, []func(*token){claim("org", nil)}, 200, ""},
		{"none, and the request's is not there", profile, `,"organization_id":"none"`, []func(*token){claim("org", nil)}, 404, "organization_not_found"},
		{"the request's organization is the token's", profile, `,"organization_id":"acme"`, nil, 200, ""},
		{"the request's organization is another", profile, `,"organization_id":"other"`, nil, 400, "invalid_token_organization_id_claim"},
		{"an organization that is no string", profile, "", []func(*token){claim("org", 7)}, 400, "jwt_invalid_claims"},
		{"another spelling of the address", profile, "", []func(*token){claim("mail", "Ada@ACME.example")}, 200, ""},
		{"nobody's address", profile, "", []func(*token){claim("mail", "eve@acme.example")}, 404, "member_not_found"},
		{"a member of another organization", profile, "", []func(*token){claim("org", "crm-2")}, 404, "member_not_found"},
		{"no address", profile, "", []func(*token){claim("mail", nil)}, 400, "jwt_invalid_claims"},
		{"what is no address", profile, "", []func(*token){claim("mail", "ada")}, 400, "jwt_invalid_claims"},
		{"no token_id", profile, "", []func(*token){claim("sid", nil)}, 400, "jwt_invalid_claims"},
		{"an empty token_id", profile, "", []func(*token){claim("sid", "")}, 400, "jwt_invalid_claims"},
		{"a token_id that is a number", profile, "", []func(*token){claim("sid", 7)}, 400, "jwt_invalid_claims"},
		{"a role that nobody made", profile, "", []func(*token){claim("roles", []string{"none"})}, 400, "invalid_rbac_role_id"},
		{"the role that everybody has", profile, "", []func(*token){claim("roles", []string{"stytch_member"})}, 400, "cannot_assign_default_rbac_role_id"},
		{"a role that is no list", profile, "", []func(*token){claim("roles", "editor")}, 400, "jwt_invalid_claims"},
		{"a list with what is no role", profile, "", []func(*token){claim("roles", []any{"editor", 1})}, 400, "jwt_invalid_claims"},
		{"the external ID of another member", profile, "", []func(*token){claim("ext", "b-1")}, 400, "duplicate_member_external_id"},
		{"another external ID than the member's", profile, "", []func(*token){claim("mail", "bob@acme.example"), claim("ext", "b-2")}, 400, invalid},
		{"a profile that maps nothing", unmapped(""), `,"organization_id":"acme"`, nil, 400, "jwt_invalid_claims"},
		{"a profile that maps no token_id", unmapped(`,"attribute_mapping":{"email":"mail"}`), `,"organization_id":"acme"`, nil, 400, "jwt_invalid_claims"},
		{"a profile that maps no address", unmapped(`,"attribute_mapping":{"token_id":"sid"}`), `,"organization_id":"acme"`, nil, 400, "jwt_invalid_claims"},
		{
			"a profile that maps the ID of users", unmapped(`,"attribute_mapping":{"email":"mail","token_id":"sid","external_user_id":"ext"}`), "", nil,
			400, "trusted_token_profile_incorrect_external_id_mapping",
		},
		{
			"a profile that maps both IDs", unmapped(`,"attribute_mapping":{"email":"mail","token_id":"sid","external_user_id":"a","external_member_id":"b"}`), "", nil,
			400, "trusted_token_profile_cannot_have_multiple_external_ids",
		},
		{"no profile", "", "", nil, 400, "invalid_argument"},
		{"an unknown profile", "ttp-test-none", "", nil, 404, "trusted_token_profile_not_found"},
	} {
		t.Run(c.name, func(t *testing.T) { l.attest(c.profile, is.token(c.change...), c.more).want(t, c.status, c.want) })
	}
}

func TestWhatATokenGivesAMemberStays(t *testing.T) {
	l, is, acme := newAttestLab(t, sandbox.Options{})
	l.makeRole("editor", "reader")
	ada := func() reply { return l.must("GET", acme+"/member?email_address=ada@acme.example", "") }
	l.must("PUT", acme+"/members/"+ada().text("member_id"), `{"roles":["reader"]}`)
	profile := l.trust(is, "")
	before := ada().at("member")
	l.attest(profile, is.token()).want(t, 200, "")
	if diff := cmp.Diff(before, ada().at("member")); diff != "" {
		t.Errorf("a token that says nothing new changed the member:\n%s", diff)
	}
	given := l.attest(profile, is.token(claim("roles", []string{"editor", "reader"}), claim("ext", "a-1")))
	given.want(t, 200, "")
	given.wantJSON(t, `["stytch_member","reader","editor"]`, "member_session", "roles")
	l.attest(profile, is.token()).want(t, 200, "")
	if got := ada().text("member", "external_id"); got != "a-1" {
		t.Errorf("the external ID is %q", got)
	}
	ada().wantJSON(t, `[{"role_id":"stytch_member","sources":[{"details":{},"type":"direct_assignment"}]},
		{"role_id":"reader","sources":[{"details":{},"type":"direct_assignment"}]},
		{"role_id":"editor","sources":[{"details":{},"type":"direct_assignment"}]}]`, "member", "roles")
}

func TestWhoMayLogInByAToken(t *testing.T) {
	l, is, acme := newAttestLab(t, sandbox.Options{})
	closed, open := l.trust(is, ""), l.trust(is, provisioning)
	of := func(address string) string { return is.token(claim("mail", address)) }
	for _, status := range []string{"pending", "invited"} {
		address := status + "@acme.example"
		_, id := l.member(acme, `"email_address":"`+address+`","create_member_as_pending":true`)
		if err := l.server.SetStatus(l.credentials.ProjectID, id, status); err != nil {
			t.Fatal(err)
		}
		got := l.attest(closed, of(address))
		got.want(t, 200, "")
		if got.text("member", "status") != "active" || got.text("member_id") != id {
			t.Errorf("the %s member is %v now", status, got.at("member"))
		}
	}
	path, deleted := l.member(acme, `"email_address":"gone@acme.example"`)
	l.must("DELETE", path, "")
	l.attest(closed, of("gone@acme.example")).want(t, 404, "member_not_found")
	again := l.attest(open, of("gone@acme.example"))
	again.want(t, 200, "")
	if again.text("member_id") == deleted {
		t.Error("a token brought a deleted member back")
	}
	path, _ = l.member(acme, `"email_address":"old@acme.example"`)
	l.must("PUT", path, `{"email_address":"new@acme.example"}`)
	l.attest(closed, of("old@acme.example")).want(t, 404, "member_not_found")
	l.attest(open, of("old@acme.example")).want(t, 400, "retired_member_email")
	l.attest(closed, of("new@acme.example")).want(t, 200, "")
	l.must("DELETE", acme, "")
	l.attest(closed, of("new@acme.example")).want(t, 404, "organization_not_found")
}

func TestAProfileMayProvision(t *testing.T) {
	l, is, acme := newAttestLab(t, sandbox.Options{})
	l.makeRole("editor")
	l.organization(`"organization_name":"Owner","organization_slug":"owner","claimed_email_domains":["claimed.example"]`)
	profile := l.trust(is, provisioning)
	for _, c := range []struct {
		name, more string
		change     []func(*token)
		status     int
		want       string
	}{
		{"a token must name its organization", `,"organization_id":"acme"`, []func(*token){claim("org", nil)}, 400, "token_missing_organization_id_claim"},
		{"an ID cannot be made", "", []func(*token){claim("org", "organization-test-9")}, 404, "organization_not_found"},
		{"nor what is no external ID", "", []func(*token){claim("org", "crm 9")}, 400, "invalid_token_organization_id_claim"},
		{"nor one that the request contradicts", `,"organization_id":"acme"`, []func(*token){claim("org", "crm-9")}, 400, "invalid_token_organization_id_claim"},
		{"nor a member with a role that nobody made", "", []func(*token){claim("org", "crm-9"), claim("roles", []string{"none"})}, 400, "invalid_rbac_role_id"},
		{
			"nor one whose domain another organization claims", "",
			[]func(*token){claim("org", "crm-9"), claim("mail", "a@claimed.example")},
			400, "action_not_allowed_email_domain_is_claimed",
		},
		{"nor one with a wrong external ID", "", []func(*token){claim("org", "crm-9"), claim("ext", "a b")}, 400, "invalid_argument"},
		{"nor for a session that is too long", `,"session_duration_minutes":527041`, []func(*token){claim("org", "crm-9")}, 400, "invalid_session_duration_minutes"},
		{"nor for claims that are too long", `,"session_custom_claims":{"a":"` + strings.Repeat("x", 4<<10) + `"}`, []func(*token){claim("org", "crm-9")}, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.attest(profile, is.token(c.change...), c.more).want(t, c.status, c.want)
			if got := l.must("POST", organizationsPath+"/search", `{}`).at("results_metadata", "total"); got != 2.0 {
				t.Errorf("there are %v organizations, want 2", got)
			}
		})
	}
	bob := l.attest(profile, is.token(claim("mail", "bob@acme.example"), claim("ext", "b-1"), claim("roles", []string{"editor"})))
	bob.want(t, 200, "")
	stored := l.must("GET", acme+"/member?member_id=b-1", "")
	if diff := cmp.Diff(bob.at("member"), stored.at("member")); diff != "" {
		t.Errorf("the answer is not what is stored:\n%s", diff)
	}
	if stored.text("member", "status") != "active" || stored.at("member", "email_address_verified") != false {
		t.Errorf("the member is %v", stored.at("member"))
	}
	made := l.attest(profile, is.token(claim("org", "crm-9")), `,"organization_id":"crm-9"`)
	made.want(t, 200, "")
	found := l.must("GET", organizationsPath+"/crm-9", "")
	if diff := cmp.Diff(made.at("organization"), found.at("organization")); diff != "" {
		t.Errorf("the answer is not what is stored:\n%s", diff)
	}
	if again := l.attest(profile, is.token(claim("org", "crm-9"))); again.text("member_id") != made.text("member_id") {
		t.Error("the second token made a second member")
	}
}

// What a token made is kept, as what a request made.
func TestWhatATokenMadeOutlivesTheSandbox(t *testing.T) {
	dir := t.TempDir()
	l, is, _ := newAttestLab(t, sandbox.Options{Dir: dir})
	made := l.attest(l.trust(is, provisioning), is.token(claim("org", "crm-9")))
	made.want(t, 200, "")
	if err := l.server.Close(); err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	again := serve(t, server, l.credentials).must("GET", organizationsPath+"/crm-9/member?email_address=ada@acme.example", "")
	if diff := cmp.Diff(made.at("member"), again.at("member")); diff != "" {
		t.Error(diff)
	}
}
