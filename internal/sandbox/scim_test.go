package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// newSCIM gives an organization a SCIM connection and returns its path, and the bearer token.
func (l *lab) newSCIM(organization, body string) (path, token string) {
	l.t.Helper()
	of := strings.Replace(organization, "/organizations/", "/scim/", 1) + "/connection"
	made := l.must("POST", of, body)
	return of + "/" + made.text("connection", "connection_id"), made.text("connection", "bearer_token")
}

func (l *lab) pushGroup(organization, name string) string {
	l.t.Helper()
	id, err := l.server.AddSCIMGroup(l.credentials.ProjectID, strings.TrimPrefix(organization, organizationsPath+"/"), name)
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

// scimTour visits every endpoint of SCIM connections with every field filled.
func scimTour(l *lab, acme string) {
	path, _ := l.newSCIM(acme, `{"display_name":"Okta","identity_provider":"okta"}`)
	group := l.pushGroup(acme, "Engineering")
	l.pushGroup(acme, "Sales")
	l.must("PUT", path, `{"display_name":"Entra","identity_provider":"microsoft-entra",
		"scim_group_implicit_role_assignments":[{"role_id":"stytch_admin","group_id":"`+group+`","group_name":"Engineering"}]}`)
	l.must("GET", strings.TrimSuffix(path, "/"+path[strings.LastIndex(path, "/")+1:]), "")
	l.must("GET", path+"?limit=1", "")
	l.must("POST", path+"/rotate/start", "{}")
	l.must("POST", path+"/rotate/cancel", "{}")
	l.must("POST", path+"/rotate/start", "{}")
	l.must("POST", path+"/rotate/complete", "{}")
	l.must("DELETE", path, "")
}

func TestAnOrganizationHasOneSCIMConnection(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	of := strings.Replace(acme, "/organizations/", "/scim/", 1) + "/connection"
	l.data("GET", of, "").want(t, 400, "no_active_scim_connection")
	path, token := l.newSCIM(acme, `{"display_name":"Okta"}`)
	l.data("POST", of, `{"display_name":"Entra"}`).want(t, 400, "active_scim_connection_exists")
	shown := l.must("GET", of, "")
	if shown.text("connection", "identity_provider") != "generic" || shown.text("connection", "bearer_token_last_four") != token[len(token)-4:] {
		t.Errorf("shown %v", shown.at("connection"))
	}
	if again := shown.at("connection", "bearer_token"); again != nil {
		t.Errorf("the token is shown again: %v", again)
	}
	if l.must("GET", acme, "").text("organization", "scim_active_connection", "display_name") != "Okta" {
		t.Error("the organization does not show its connection")
	}
	l.must("DELETE", path, "")
	l.data("PUT", path, `{}`).want(t, 404, "scim_connection_not_found")
	if l.must("GET", acme, "").at("organization", "scim_active_connection") != nil {
		t.Error("the organization shows a connection that is gone")
	}
}

func TestARoleGoesToAGroupThatWasPushed(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	path, _ := l.newSCIM(acme, `{"display_name":"Okta"}`)
	assign := func(group string) string {
		return `{"scim_group_implicit_role_assignments":[{"role_id":"stytch_admin","group_id":"` + group + `"}]}`
	}
	l.data("PUT", path, assign("scim-group-test-1")).want(t, 400, "scim_group_role_assignment_group_does_not_exist")
	group := l.pushGroup(acme, "Engineering")
	_, ada := l.member(acme, `"email_address":"ada@acme.example"`)
	if err := l.server.ProvisionBySCIM(l.credentials.ProjectID, ada, group); err != nil {
		t.Fatal(err)
	}
	admin := func() bool {
		shown, ok := l.must("GET", acme+"/member?member_id="+ada, "").at("member", "is_admin").(bool)
		return ok && shown
	}
	l.must("PUT", path, assign(group))
	if !admin() {
		t.Error("the role of the group does not reach the member")
	}
	l.must("DELETE", path, "")
	if admin() {
		t.Error("the role outlives the connection")
	}
}

func TestGroupsComeInPages(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	path, _ := l.newSCIM(acme, `{"display_name":"Okta"}`)
	l.pushGroup(acme, "A")
	l.pushGroup(acme, "B")
	first := l.must("GET", path+"?limit=1", "")
	next := first.text("next_cursor")
	if next == "" || len(first.at("scim_groups").([]any)) != 1 {
		t.Fatalf("the first page: %v", first.at())
	}
	if second := l.must("GET", path+"?limit=1&cursor="+next, ""); second.text("next_cursor") != "" {
		t.Errorf("the second page: %v", second.at())
	}
}
