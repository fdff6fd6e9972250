package sandbox_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestAMistakeInAHandlerIsOneAnswer500AndLeavesNothingHalfDone(t *testing.T) {
	for _, path := range []string{"POST /v1/broken/half", "POST /v1/broken/answer", "POST /v1/broken/early", "GET /v1/broken/read"} {
		t.Run(path, func(t *testing.T) {
			dir, log := t.TempDir(), &strings.Builder{}
			l := newLab(t, sandbox.Options{Dir: dir, Log: slog.New(slog.NewTextHandler(log, nil))})
			l.server.AddBrokenRoutes()
			l.organization(`"organization_name":"Acme","organization_slug":"acme"`)
			tokens := func() int {
				all, _ := l.manage("GET", environmentOf+"/public_tokens", "").at("public_tokens").([]any)
				return len(all)
			}
			before := tokens()
			method, path, _ := strings.Cut(path, " ")
			l.data(method, path, "").want(t, 500, "internal_server_error")
			if !strings.Contains(log.String(), "panic=") || !strings.Contains(log.String(), path) {
				t.Errorf("the log does not tell: %s", log)
			}
			if after := tokens(); after != before || before == 0 {
				t.Errorf("there are %d public tokens, want %d as before", after, before)
			}
			l.organization(`"organization_name":"Other","organization_slug":"other"`)
			if found := l.must("POST", searchOrganizations, "{}").found("organizations", "organization_slug"); len(found) != 2 {
				t.Errorf("a search finds %v", found)
			}
			if err := l.server.Close(); err != nil {
				t.Fatal(err)
			}
			second, err := sandbox.New(sandbox.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = second.Close() }()
			l = serve(t, second, l.credentials)
			if after := tokens(); after != before || !l.exists() {
				t.Errorf("after a restart there are %d public tokens, want %d", after, before)
			}
		})
	}
}

func TestInMemoryAMistakeHalfwayStopsTheSandboxAndOthersDoNot(t *testing.T) {
	for path, want := range map[string]int{"/v1/broken/half": 500, "/v1/broken/answer": 500, "/v1/broken/early": 200} {
		l := newLab(t, sandbox.Options{})
		l.server.AddBrokenRoutes()
		l.data("POST", path, "").want(t, 500, "internal_server_error")
		if got := l.data("GET", "/v1/debug/whoami", ""); got.status != want {
			t.Errorf("after %s the sandbox answers %d, want %d", path, got.status, want)
		}
	}
}
