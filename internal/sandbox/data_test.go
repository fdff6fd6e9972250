package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const organizationsPath = "/v1/b2b/organizations"

// serve puts a sandbox that the test opened itself behind a real address.
func serve(t *testing.T, server *sandbox.Server, credentials sandbox.Credentials) *lab {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &lab{t: t, server: server, address: listener.URL, credentials: credentials}
}

// data sends a raw request with the environment's credentials.
func (l *lab) data(method, path, body string) reply {
	l.t.Helper()
	return l.send(method, path, body, l.credentials.ProjectID, l.credentials.Secret)
}

// must sends a raw request that has to succeed.
func (l *lab) must(method, path, body string) reply {
	l.t.Helper()
	r := l.data(method, path, body)
	if r.status != http.StatusOK {
		l.t.Fatalf("%s %s: got %d %s: %s", method, path, r.status, r.text("error_type"), r.text("error_message"))
	}
	return r
}

// organization makes an organization from the keys of a body, without braces, and gives its path.
func (l *lab) organization(keys string) string {
	l.t.Helper()
	return organizationsPath + "/" + l.must("POST", organizationsPath, "{"+keys+"}").text("organization", "organization_id")
}

// member makes a member of an organization from the keys of a body, and gives the member's path and ID.
func (l *lab) member(organization, keys string) (path, id string) {
	l.t.Helper()
	id = l.must("POST", organization+"/members", "{"+keys+"}").text("member_id")
	return organization + "/members/" + id, id
}

// makeRole puts a custom role into the environment's RBAC policy.
func (l *lab) makeRole(ids ...string) {
	l.t.Helper()
	var roles []map[string]any
	for _, id := range ids {
		roles = append(roles, map[string]any{"role_id": id, "description": id, "permissions": []any{}})
	}
	body, err := json.Marshal(map[string]any{"custom_roles": roles})
	if err != nil {
		l.t.Fatal(err)
	}
	l.manage("PUT", environmentOf+"/rbac_policy", string(body)).want(l.t, http.StatusOK, "")
}

// want fails the test unless the value at a path of the reply is the JSON.
func (r reply) wantJSON(t *testing.T, wanted string, path ...string) {
	t.Helper()
	var want any
	if err := json.Unmarshal([]byte(wanted), &want); err != nil {
		t.Fatalf("the test's JSON %s: %v", wanted, err)
	}
	if diff := cmp.Diff(want, r.at(path...)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", path, diff)
	}
}

func TestWhoamiNamesTheProject(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	r := l.must("GET", "/v1/debug/whoami", "")
	if r.text("project_id") != l.credentials.ProjectID || r.text("name") != "Acme" {
		t.Errorf("got %v", r.body)
	}
	l.send("GET", "/v1/debug/whoami", "", l.credentials.ProjectID, "wrong").want(t, 401, "unauthorized_credentials")
	l.send("GET", "/v1/debug/whoami", "", "nonsense", "wrong").want(t, 400, "invalid_project_id_authentication")
	l.send("GET", "/v1/debug/whoami", "", l.credentials.WorkspaceKeyID, l.credentials.WorkspaceKeySecret).
		want(t, 400, "invalid_project_id_authentication")
}

func TestMetricsCountOrganizationsAndLiveMembers(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme"`)
	l.organization(`"organization_name":"Other"`)
	l.member(acme, `"email_address":"ada@acme.example"`)
	gone, _ := l.member(acme, `"email_address":"bob@acme.example"`)
	l.must("DELETE", gone, "")

	l.must("GET", "/v1/projects/metrics", "").wantJSON(t, `[{"metric_type":"USER_COUNT","count":0},
		{"metric_type":"ORGANIZATION_COUNT","count":2},{"metric_type":"MEMBER_COUNT","count":1},
		{"metric_type":"M2M_CLIENT_COUNT","count":0}]`, "metrics")
	l.must("GET", acme+"/metrics", "").wantJSON(t, `1`, "member_count")
	l.must("GET", acme+"/connected_apps", "").wantJSON(t, `[]`, "connected_apps")
	managed := l.manage("GET", environmentOf+"/metrics", "")
	managed.wantJSON(t, `2`, "metrics", "organization_count")
	managed.wantJSON(t, `1`, "metrics", "member_count")
}

func TestTheSigningKeyIsPublicAndSurvivesACrash(t *testing.T) {
	dir, after := t.TempDir(), t.TempDir()
	l := newLab(t, sandbox.Options{Dir: dir})
	path := "/v1/b2b/sessions/jwks/" + l.credentials.ProjectID
	l.server.ResetRequests()
	b2b := l.send("GET", "/"+path, "", "", "")
	b2b.want(t, 200, "")
	consumer := l.send("GET", strings.Replace(path, "/b2b", "", 1), "", "", "")
	if diff := cmp.Diff(consumer.at("keys"), b2b.at("keys")); diff != "" {
		t.Errorf("the two paths differ:\n%s", diff)
	}
	for _, request := range l.server.Requests() {
		if request.Write {
			t.Errorf("%s counts as a write", request.Path)
		}
	}
	if err := os.CopyFS(after, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b2b.at("keys"), newLab(t, sandbox.Options{Dir: after}).send("GET", path, "", "", "").at("keys")); diff != "" {
		t.Errorf("after a crash the keys differ:\n%s", diff)
	}
	l.send("GET", "/v1/b2b/sessions/jwks/project-test-unknown", "", "", "").want(t, 404, "project_not_found")
}

func TestBothPlanesShowTheSameRBACPolicy(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.manage("PUT", environmentOf+"/rbac_policy", `{
		"custom_resources":[{"resource_id":"documents","description":"Files","available_actions":["read","write"]}],
		"custom_roles":[{"role_id":"editor","description":"Edits","permissions":[{"resource_id":"documents","actions":["*"]}]}],
		"custom_scopes":[{"scope":"read:documents","description":"Reads","permissions":[{"resource_id":"documents","actions":["read"]}]}]
	}`).want(t, 200, "")
	policy := l.must("GET", "/v1/b2b/rbac/policy", "")
	policy.wantJSON(t, `[{"scope":"read:documents","description":"Reads","permissions":[{"resource_id":"documents","actions":["read"]}]}]`,
		"policy", "scopes")
	roles, resources := map[string]any{}, map[string]any{}
	for _, role := range policy.at("policy", "roles").([]any) {
		roles[role.(map[string]any)["role_id"].(string)] = role
	}
	for _, resource := range policy.at("policy", "resources").([]any) {
		resources[resource.(map[string]any)["resource_id"].(string)] = resource
	}
	reply{body: roles}.wantJSON(t, `{"role_id":"editor","description":"Edits","permissions":[{"resource_id":"documents","actions":["*"]}]}`, "editor")
	reply{body: resources}.wantJSON(t, `{"resource_id":"documents","description":"Files","actions":["read","write"]}`, "documents")
	for _, id := range []string{"stytch_member", "stytch_admin"} {
		if roles[id] == nil {
			t.Errorf("the policy lacks the role %s", id)
		}
	}
	if resources["stytch.member"] == nil || resources["stytch.self"] == nil {
		t.Error("the policy lacks Stytch's own resources")
	}
}

func TestAConsumerProjectIsRefusedOnB2BPathsOnly(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	credentials, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"})
	if err != nil {
		t.Fatal(err)
	}
	l.send("POST", organizationsPath, `{"organization_name":"Acme"}`, credentials.ProjectID, credentials.Secret).
		want(t, 400, "invalid_b2b_endpoint")
	l.send("GET", "/v1/debug/whoami", "", credentials.ProjectID, credentials.Secret).want(t, 200, "")
}
