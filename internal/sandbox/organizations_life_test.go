package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestConnectionsOfAnOrganization(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme, other := l.organization(`"organization_name":"Acme"`), l.organization(`"organization_name":"Other"`)
	id := func(path string) string { return strings.TrimPrefix(path, organizationsPath+"/") }
	connection, err := l.server.AddSSOConnection(l.credentials.ProjectID, id(acme), "Okta")
	if err != nil {
		t.Fatal(err)
	}
	r := l.must("PUT", acme, `{"sso_jit_provisioning":"RESTRICTED","sso_jit_provisioning_allowed_connections":["`+connection+`"],
		"sso_default_connection_id":"`+connection+`"}`)
	r.wantJSON(t, `[{"connection_id":"`+connection+`","display_name":"Okta","identity_provider":"generic"}]`, "organization", "sso_active_connections")
	r.wantJSON(t, `"`+connection+`"`, "organization", "sso_default_connection_id")
	l.must("PUT", acme, `{"sso_default_connection_id":null}`).wantJSON(t, `null`, "organization", "sso_default_connection_id")
	l.data("PUT", acme, `{"sso_jit_provisioning_allowed_connections":[]}`).want(t, 400, "invalid_restricted_sso_setting")
	l.data("PUT", other, `{"sso_jit_provisioning_allowed_connections":["`+connection+`"]}`).want(t, 400, "sso_connection_organization_mismatch")
	l.must("PUT", acme, `{"sso_jit_provisioning":"ALL_ALLOWED","sso_jit_provisioning_allowed_connections":[]}`)
}

func TestAnOrganizationIsFoundByIDSlugAndExternalID(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path := l.organization(`"organization_name":"Acme","organization_slug":"acme","organization_external_id":"crm|1"`)
	for _, name := range []string{"acme", "crm|1", "crm%7C1"} {
		l.must("GET", organizationsPath+"/"+name, "").wantJSON(t, `"acme"`, "organization", "organization_slug")
	}
	l.must("PUT", path, `{"organization_slug":"new"}`)
	l.data("GET", organizationsPath+"/acme", "").want(t, 404, "organization_not_found")
	l.must("DELETE", organizationsPath+"/new/external_id", "").wantJSON(t, `null`, "organization", "organization_external_id")
	l.must("DELETE", organizationsPath+"/new/external_id", "")
	l.data("GET", organizationsPath+"/crm%7C1", "").want(t, 404, "organization_not_found")
	l.organization(`"organization_name":"Second","organization_slug":"acme","organization_external_id":"crm|1"`)
	l.data("PUT", path, `{"organization_slug":"acme"}`).want(t, 400, "organization_slug_already_used")
	l.data("PUT", path, `{"organization_external_id":"crm|1"}`).want(t, 400, "organization_external_id_already_used")
}

func TestDeletingAnOrganizationTakesItsMembers(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	path := l.organization(`"organization_name":"Acme","organization_slug":"acme","claimed_email_domains":["acme.example"]`)
	_, member := l.member(path, `"email_address":"ada@acme.example"`)
	r := l.must("DELETE", organizationsPath+"/acme", "")
	if got := organizationsPath + "/" + r.text("organization_id"); got != path {
		t.Errorf("the answer names %s, not %s", got, path)
	}
	for _, gone := range []string{path, organizationsPath + "/acme", path + "/metrics"} {
		l.data("GET", gone, "").want(t, 404, "organization_not_found")
	}
	l.data("DELETE", path, "").want(t, 404, "organization_not_found")
	l.data("GET", organizationsPath+"/members/dangerously_get/"+member+"?include_deleted=true", "").want(t, 404, "member_not_found")
	again := l.organization(`"organization_name":"Acme","organization_slug":"acme"`)
	l.member(again, `"email_address":"ada@acme.example"`)
}

func TestDeletedSlugsAreHeldWhereTheKnobSaysSo(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{DeletedSlugsHeld: true}})
	l.must("DELETE", l.organization(`"organization_name":"Acme"`), "")
	l.data("POST", organizationsPath, `{"organization_name":"Acme","organization_slug":"acme"}`).want(t, 400, "organization_slug_already_used")
	if path := l.organization(`"organization_name":"Acme"`); l.must("GET", path, "").text("organization", "organization_slug") == "acme" {
		t.Error("a generated slug is a held one")
	}
}

func TestOrganizationKnobs(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{ClaimedDomainsRefused: true, OAuthTenantsMerged: true, StrictBodies: true}})
	path := l.organization(`"organization_name":"Acme","allowed_oauth_tenants":{"slack":["T1"]}`)
	l.data("PUT", path, `{"claimed_email_domains":["acme.example"]}`).want(t, 400, "claimed_email_domains_not_supported")
	l.must("PUT", path, `{"allowed_oauth_tenants":{"github":["o"]},"organization_id":"repeated"}`).
		wantJSON(t, `{"slack":["T1"],"github":["o"]}`, "organization", "allowed_oauth_tenants")
	l.data("PUT", path, `{"colour":"red"}`).want(t, 400, "invalid_argument")
	l.data("POST", organizationsPath, `{"organization_name":"B","sso_default_connection_id":"x"}`).want(t, 400, "invalid_argument")
}

func TestAnOrganizationSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	read := func(prepare bool) []map[string]any {
		server, err := sandbox.New(sandbox.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		credentials, err := server.Ensure(acmeTest)
		if err != nil {
			t.Fatal(err)
		}
		l := serve(t, server, credentials)
		if prepare {
			path := l.organization(`"organization_name":"Acme","organization_slug":"acme","trusted_metadata":{"n":12345678901234567890}`)
			_, kept := l.member(path, `"email_address":"ada@acme.example","roles":["stytch_admin"],"external_id":"1"`)
			gone, _ := l.member(path, `"email_address":"bob@acme.example"`)
			l.must("DELETE", gone, "")
			lost := l.organization(`"organization_name":"Lost"`)
			l.member(lost, `"email_address":"eve@lost.example"`)
			l.must("DELETE", lost, "")
			if err := server.MarkVerified(credentials.ProjectID, kept); err != nil {
				t.Fatal(err)
			}
		}
		got := []map[string]any{
			l.must("GET", organizationsPath+"/acme", "").body,
			l.must("GET", organizationsPath+"/acme/member?member_id=1", "").body,
			l.must("POST", organizationsPath+"/members/search", `{"organization_ids":["acme"],"query":{"operator":"AND",
				"operands":[{"filter_name":"statuses","filter_value":["active","deleted"]}]}}`).body,
			l.must("GET", "/v1/projects/metrics", "").body,
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		return got
	}
	anyRequest := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "request_id" })
	if diff := cmp.Diff(read(true), read(false), anyRequest); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
}

func TestMembersOfADeletedOrganizationStayGoneAfterACrash(t *testing.T) {
	dir, after := t.TempDir(), t.TempDir()
	l := newLab(t, sandbox.Options{Dir: dir})
	lost := l.organization(`"organization_name":"Lost"`)
	_, eve := l.member(lost, `"email_address":"eve@lost.example"`)
	l.member(l.organization(`"organization_name":"Kept"`), `"email_address":"ada@kept.example"`)
	l.must("DELETE", lost, "")
	if err := os.CopyFS(after, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	crashed := newLab(t, sandbox.Options{Dir: after})
	crashed.must("GET", "/v1/projects/metrics", "").wantJSON(t, `[{"metric_type":"USER_COUNT","count":0},
		{"metric_type":"ORGANIZATION_COUNT","count":1},{"metric_type":"MEMBER_COUNT","count":1},
		{"metric_type":"M2M_CLIENT_COUNT","count":0}]`, "metrics")
	crashed.data("GET", organizationsPath+"/members/dangerously_get/"+eve, "").want(t, 404, "member_not_found")
	crashed.organization(`"organization_name":"Lost","organization_slug":"lost"`)
}
