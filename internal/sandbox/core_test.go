package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	management "github.com/stytchauth/stytch-management-go/v3/pkg/api"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A lab is a sandbox behind a real address, with Stytch's management SDK talking to it.
type lab struct {
	t           *testing.T
	server      *sandbox.Server
	address     string
	api         *management.API
	credentials sandbox.Credentials
}

var acmeTest = sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test", ProjectName: "Acme"}

// environmentOf is the management path of the lab's environment.
const environmentOf = "/pwa/v3/projects/acme/environments/test"

// newLab starts a sandbox with the B2B project "acme", its LIVE environment "production" and its TEST environment "test".
func newLab(t *testing.T, options sandbox.Options) *lab {
	t.Helper()
	server, err := sandbox.New(options)
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
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &lab{
		t: t, server: server, address: listener.URL, credentials: credentials,
		api: management.NewClient(credentials.WorkspaceKeyID, credentials.WorkspaceKeySecret, management.WithBaseURI(listener.URL)),
	}
}

// A reply is an answer as any HTTP client sees it.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// text gives a string found by a path of keys, "" when there is none.
func (r reply) text(path ...string) string {
	value, _ := r.at(path...).(string)
	return value
}

func (r reply) at(path ...string) any {
	var value any = r.body
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// manage sends a raw request with the workspace key.
func (l *lab) manage(method, path, body string) reply {
	l.t.Helper()
	return l.send(method, path, body, l.credentials.WorkspaceKeyID, l.credentials.WorkspaceKeySecret)
}

// send sends a raw request with any credentials, none when user is empty.
func (l *lab) send(method, path, body, user, password string) reply {
	l.t.Helper()
	request, err := http.NewRequestWithContext(l.t.Context(), method, l.address+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		l.t.Fatal(err)
	}
	got := reply{status: response.StatusCode, header: response.Header}
	if err := json.Unmarshal(text.Bytes(), &got.body); err != nil {
		l.t.Fatalf("%s %s answers %d with no JSON object: %s", method, path, response.StatusCode, text.String())
	}
	return got
}

// want fails the test unless the reply has the status and, for a refusal, the error type.
func (r reply) want(t *testing.T, status int, errorType string) {
	t.Helper()
	if r.status != status || r.text("error_type") != errorType {
		t.Errorf("got %d %q (%s), want %d %q", r.status, r.text("error_type"), r.text("error_message"), status, errorType)
	}
}

// memberWithPassword makes an organization with one member who has a password.
func (l *lab) memberWithPassword() {
	l.t.Helper()
	l.data("POST", "/v1/b2b/organizations", `{"organization_name":"Acme","organization_slug":"acme"}`).want(l.t, 200, "")
	made := l.data("POST", "/v1/b2b/organizations/acme/members", `{"email_address":"ada@acme.example"}`)
	made.want(l.t, 200, "")
	if err := l.server.SetFactors(l.credentials.ProjectID, made.text("member_id"), true, false); err != nil {
		l.t.Fatal(err)
	}
}
