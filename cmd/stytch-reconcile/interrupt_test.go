package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// An interrupt while something is being written lets what is under way end, tries
// nothing more, and says what was done.
func TestAnInterruptedApplySaysWhatWasDone(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	serving := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r)
		if r.Method == http.MethodPost && r.URL.Path == "/v1/b2b/organizations" {
			interrupt()
		}
	}))
	defer serving.Close()

	document := filepath.Join(t.TempDir(), "acme.yaml")
	content := "version: 1\nproject: {project_slug: acme-auth, environment_slug: test}\norganizations:\n"
	for _, slug := range []string{"acme", "globex", "initech"} {
		content += "  " + slug + ": {organization_name: " + slug + "}\n"
	}
	if err := os.WriteFile(document, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{
		"STYTCH_PROJECT_ID": granted.ProjectID, "STYTCH_SECRET": granted.Secret,
		"STYTCH_WORKSPACE_KEY_ID": granted.WorkspaceKeyID, "STYTCH_WORKSPACE_KEY_SECRET": granted.WorkspaceKeySecret,
		"STYTCH_BASE_URI": serving.URL, "STYTCH_MANAGEMENT_BASE_URI": serving.URL,
	}
	var out, talk bytes.Buffer
	code := run(ctx, []string{"apply", "--auto-approve", "--journal", t.TempDir(), "--parallelism", "1", "--replan", document}, program{
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk,
		lookupEnv: func(name string) (string, bool) { value, ok := environment[name]; return value, ok },
	})
	if code != exitPartial {
		t.Errorf("exit code %d, want %d", code, exitPartial)
	}
	if !strings.Contains(out.String(), "Apply: 1 done, 0 failed, 0 skipped, 2 not tried.") {
		t.Errorf("the report does not say what was done:\n%s%s", out.String(), talk.String())
	}
	if !strings.Contains(talk.String(), "error: interrupted; ") {
		t.Errorf("nothing says why the rest was not tried: %q", talk.String())
	}
}
