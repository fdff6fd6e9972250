package sandbox_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestEveryAnswerHasStytchsEnvelope(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		errorType                string
	}{
		{"a read", "GET", environmentOf, "", 200, ""},
		{"a create is 200, not 201", "POST", environmentOf + "/secrets", "", 200, ""},
		{"a delete is 200 with a body, not 204", "DELETE", "/pwa/v3/projects/acme", "", 200, ""},
		{"an unknown project", "GET", "/pwa/v3/projects/nobody", "", 404, "project_not_found"},
		{"an unknown route", "GET", "/pwa/v3/nothing", "", 404, "route_not_found"},
		{"the root", "GET", "/", "", 404, "route_not_found"},
		{"a wrong method", "PUT", "/pwa/v3/projects", "", 405, "method_not_allowed"},
		{"a body that is no JSON", "POST", "/pwa/v3/projects", "{", 400, "bad_request"},
		{"a body that is no object", "POST", "/pwa/v3/projects", "[]", 400, "bad_request"},
		{"a body that is null", "POST", "/pwa/v3/projects", "null", 400, "bad_request"},
		{"a body with a second value", "POST", "/pwa/v3/projects", "{} {}", 400, "bad_request"},
		{"a value of the wrong type", "POST", "/pwa/v3/projects", `{"name":1}`, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := l.manage(c.method, c.path, c.body)
			got.want(t, c.status, c.errorType)
			if got.at("status_code") != float64(c.status) {
				t.Errorf("status_code in the body is %v, the HTTP status %d", got.at("status_code"), c.status)
			}
			if !strings.HasPrefix(got.text("request_id"), "request-id-") {
				t.Errorf("request_id is %q", got.text("request_id"))
			}
			if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
				t.Errorf("Content-Type is %q", kind)
			}
			if c.errorType != "" && !strings.HasSuffix(got.text("error_url"), fmt.Sprintf("/%d#%s", c.status, c.errorType)) {
				t.Errorf("error_url is %q", got.text("error_url"))
			}
		})
	}
}

func TestEachPlaneTakesItsOwnCredentials(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	consumer, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"})
	if err != nil {
		t.Fatal(err)
	}
	key, secret := l.credentials.WorkspaceKeyID, l.credentials.WorkspaceKeySecret
	for _, c := range []struct {
		name, path, user, password string
		status                     int
		errorType                  string
	}{
		{"the workspace key opens the management API", "/pwa/v3/projects", key, secret, 200, ""},
		{"a wrong workspace secret does not", "/pwa/v3/projects", key, "x", 401, "unauthorized_credentials"},
		{"an empty workspace secret does not", "/pwa/v3/projects", key, "", 401, "unauthorized_credentials"},
		{"nothing does not", "/pwa/v3/projects", "", "", 401, "unauthorized_credentials"},
		{"a project's secret does not", "/pwa/v3/projects", l.credentials.ProjectID, l.credentials.Secret, 401, "unauthorized_credentials"},
		{"the project's secret opens the B2B API", "/v1/b2b/rbac/policy", l.credentials.ProjectID, l.credentials.Secret, 200, ""},
		{"another project's does not", "/v1/b2b/rbac/policy", l.credentials.ProjectID, consumer.Secret, 401, "unauthorized_credentials"},
		{"an unknown project ID", "/v1/b2b/rbac/policy", "project-test-00000000-0000-0000-0000-000000000000", "x", 401, "unauthorized_credentials"},
		{"no credentials", "/v1/b2b/rbac/policy", "", "", 401, "unauthorized_credentials"},
		{"a malformed project ID", "/v1/b2b/rbac/policy", "acme", "x", 400, "invalid_project_id_authentication"},
		{"a Consumer project on a B2B path", "/v1/b2b/rbac/policy", consumer.ProjectID, consumer.Secret, 400, "invalid_b2b_endpoint"},
		{"a Consumer project on a common path", "/v1/debug/whoami", consumer.ProjectID, consumer.Secret, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := l.send("GET", c.path, "", c.user, c.password)
			got.want(t, c.status, c.errorType)
			if strings.Contains(fmt.Sprint(got.body), secret) {
				t.Error("the answer holds the workspace secret")
			}
		})
	}
}

func TestRepeatedSlashesInAPathAreForgiven(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.manage("GET", "//pwa/v3//projects/acme", "").want(t, 200, "")
}

func TestPercentEncodedPathSegmentsAreDecodedAfterMatching(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	got := l.manage("GET", "/pwa/v3/projects/acme%2Fenvironments", "")
	got.want(t, 404, "project_not_found")
	if !strings.Contains(got.text("error_message"), `"acme/environments"`) {
		t.Errorf("message is %q", got.text("error_message"))
	}
}

func TestUnknownBodyKeysAreIgnoredUnlessTheKnobIsSet(t *testing.T) {
	body := `{"name":"Acme 2","project_slug":"acme","colour":"red"}`
	newLab(t, sandbox.Options{}).manage("PATCH", "/pwa/v3/projects/acme", body).want(t, 200, "")
	strict := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{StrictBodies: true}})
	strict.manage("PATCH", "/pwa/v3/projects/acme", body).want(t, 400, "invalid_argument")
	strict.manage("PATCH", "/pwa/v3/projects/acme", `{"name":"Acme 2","project_slug":"acme"}`).want(t, 200, "")
}

func TestTheSandboxCountsWhatItWasAsked(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.manage("GET", environmentOf, "")
	l.manage("POST", environmentOf+"/secrets", "")
	l.manage("PATCH", "/pwa/v3/projects/nobody", "{}")
	l.manage("GET", "/nothing", "")
	l.data("POST", "/v1/b2b/organizations/search", "{}")
	want := []sandbox.Request{
		{Method: "GET", Path: environmentOf, Endpoint: "/pwa/v3/projects/{project_slug}/environments/{environment_slug}", Status: 200},
		{Method: "POST", Path: environmentOf + "/secrets", Endpoint: "/pwa/v3/projects/{project_slug}/environments/{environment_slug}/secrets", Status: 200, Write: true},
		{Method: "PATCH", Path: "/pwa/v3/projects/nobody", Endpoint: "/pwa/v3/projects/{project_slug}", Status: 404, Write: true},
		{Method: "GET", Path: "/nothing", Status: 404},
		{Method: "POST", Path: "/v1/b2b/organizations/search", Endpoint: "/v1/b2b/organizations/search", Status: 200},
	}
	if diff := cmp.Diff(want, l.server.Requests()); diff != "" {
		t.Error(diff)
	}
	l.server.ResetRequests()
	if left := l.server.Requests(); len(left) != 0 {
		t.Errorf("after a reset there are %d requests", len(left))
	}
}

func TestNoSecretReachesTheLogOrAPrintedCredential(t *testing.T) {
	var log strings.Builder
	l := newLab(t, sandbox.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	made := l.manage("POST", environmentOf+"/secrets", "").text("secret", "secret")
	slog.New(slog.NewTextHandler(&log, nil)).Info("credentials", "c", l.credentials)
	printed := log.String() + fmt.Sprintf("%v %+v %#v %s %q", l.credentials, l.credentials, l.credentials, l.credentials, l.credentials)
	for _, secret := range []string{made, l.credentials.Secret, l.credentials.WorkspaceKeySecret} {
		if secret == "" || strings.Contains(printed, secret) {
			t.Errorf("the secret %q is empty or was printed", secret)
		}
	}
}

func TestAClosedSandboxRefusesRequests(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
	}
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/pwa/v3/projects", http.NoBody))
	if recorder.Code != http.StatusInternalServerError {
		t.Errorf("got %d", recorder.Code)
	}
	if _, err := server.Ensure(acmeTest); err == nil {
		t.Error("a closed sandbox took a seed")
	}
}

func TestManyClientsAtOnceLoseNothing(t *testing.T) {
	l := newLab(t, sandbox.Options{Dir: t.TempDir()})
	const clients, each = 8, 10
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for i := range each {
				l.manage("POST", environmentOf+"/redirect_urls",
					fmt.Sprintf(`{"url":"https://c%d.example/%d","valid_types":[{"type":"LOGIN"}]}`, client, i)).want(t, 200, "")
				l.manage("GET", environmentOf+"/redirect_urls/all", "").want(t, 200, "")
				l.data("GET", "/v1/debug/whoami", "").want(t, 200, "")
			}
		})
	}
	group.Wait()
	all, _ := l.manage("GET", environmentOf+"/redirect_urls/all", "").at("redirect_urls").([]any)
	if want := clients*each + 1; len(all) != want {
		t.Errorf("there are %d redirect URLs, want %d", len(all), want)
	}
}
