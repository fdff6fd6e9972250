package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// workflowCommand is a line from which GitHub's runner reads a command: two colons
// after any space at its beginning, or the older form anywhere.
var workflowCommand = regexp.MustCompile(`(?m)^[\s\p{Z}\x{85}]*::|##\[`)

// brokenCommand is what is left of one.
var brokenCommand = regexp.MustCompile(`\\(x|u00)(3a:|5b)`)

// hostileState declares over what is live, and is full of commands itself.
const hostileState = `
version: 1
project: {project_slug: acme-auth, environment_slug: test}
policy:
  protect: ["organization/acme/member/::error::@acme.example"]
  rules: {"##[error]rule": {subject: organization, condition: '${self.organization_name == "x"}', message: "##[error]no", severity: warning}}
redirect_urls: {}
organizations:
  acme:
    organization_name: "##[error]declared"
    trusted_metadata: {"##": ["[error]x"], "::error::key": "::error::value\n::error::line"}
    members:
      ada@acme.example: {name: "::set-output name=x::y", roles: [stytch_admin]}
`

// Whoever names an organization, a member or a file must not command the platform
// that a run takes place on: not by a name that Stytch holds, and not by one that
// a proposed change brings.
func TestNoOutputCommandsTheWorkflow(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	refusing := "" // a path that is refused with a hostile message
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusing != "" && strings.Contains(r.URL.Path, refusing) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"status_code":400,"error_type":"##[error]t","request_id":"##[error]r","error_message":"##[error]no\n::error::no"}`)
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { at.Close(); _ = server.Close() })

	live := &world{sandbox: server, credentials: granted}
	for _, c := range [][2]string{
		{"/v1/b2b/organizations", `{"organization_slug":"acme","organization_name":"::error::live\n::error::again ##[error]x","trusted_metadata":{"##":["[error]y"],"::error::key":"##[error]"}}`},
		{"/v1/b2b/organizations/{acme}/members", `{"email_address":"ada@acme.example","name":"##[error]\n::error::ada"}`},
	} {
		if _, err := live.call(http.MethodPost, c[0], c[1]); err != nil {
			t.Fatal(err)
		}
	}

	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"::error::state.yaml": hostileState, "::error::wrong.yaml": "version: 1\n'::error::': 1\n'##[error]x': [\"##[error]\"]\n",
		" ::error::twice.yaml": hostileState, "tests/::error::a.yaml": "version: 1\norganizations: {acme: {organization_name: '::error::'}}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broken := 0 // commands that were about to be said
	run := func(refused string, args ...string) int {
		t.Helper()
		refusing = refused
		var said bytes.Buffer
		code := run(t.Context(), args, program{stdin: strings.NewReader(""), stdout: &said, stderr: &said, lookupEnv: func(name string) (string, bool) {
			value, ok := map[string]string{
				"STYTCH_PROJECT_ID": granted.ProjectID, "STYTCH_SECRET": granted.Secret,
				"STYTCH_WORKSPACE_KEY_ID": granted.WorkspaceKeyID, "STYTCH_WORKSPACE_KEY_SECRET": granted.WorkspaceKeySecret,
				"STYTCH_BASE_URI": at.URL, "STYTCH_MANAGEMENT_BASE_URI": at.URL,
			}[name]
			return value, ok
		}})
		if found := workflowCommand.FindString(said.String()); found != "" {
			t.Errorf("%s (code %d) says %q:\n%s", strings.Join(args, " "), code, found, said.String())
		}
		broken += len(brokenCommand.FindAllString(said.String(), -1))
		return code
	}
	const state, wrong, twice = "::error::state.yaml", "::error::wrong.yaml", " ::error::twice.yaml"
	for _, format := range []string{"text", "json", "markdown"} {
		logs := strings.Replace(format, "markdown", "text", 1)
		do := func(refused string, args ...string) {
			t.Helper()
			run(refused, append(args, "--format", format, "--log-level", "debug", "--log-format", logs)...)
		}
		do("", "validate", state)
		do("", "validate", wrong)
		do("", "validate", state, twice)
		do("", "plan", "-o", "plan.json", state)
		do("", "plan", "::error::missing.yaml")
		do("", "plan", "--target", "::error::x", state)
		do("", "show", "plan.json")
		do("", "verify", "--plan", "plan.json")
		do("", "verify", "--digest", "sha256:"+strings.Repeat("0", 64), state)
		do("", "drift", "--state", "told.json", state)
		do("", "test", state)
		do("members/search", "plan", state)
		do("organizations/search", "plan", state)
		do("/pwa/", "plan", state)
		do("organizations/organization", "verify", "--plan", "plan.json")
		do("organizations/organization", "apply", "--auto-approve", "--report", "report.json", state)
		do("", "show", "report.json")
		do("", "##[error]", state)
		do("", "plan", "--##[error]", state)
	}
	if code := run("", "apply", "--auto-approve", state); code != 0 || broken < 100 {
		t.Errorf("exit code %d, and %d commands were broken: this test looks at nothing", code, broken)
	}
}
