package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A cage runs the program with secrets that nobody may ever see again, and keeps
// everything that it says and writes.
type cage struct {
	t       *testing.T
	dir     string
	env     map[string]string
	said    bytes.Buffer
	secrets []string
}

func (c *cage) run(args ...string) int {
	c.t.Helper()
	args = append(args, "--log-level", "debug")
	fmt.Fprintf(&c.said, "$ %s\n", strings.Join(args, " "))
	code := run(c.t.Context(), args, program{
		stdin: strings.NewReader(""), stdout: &c.said, stderr: &c.said,
		lookupEnv: func(name string) (string, bool) { value, ok := c.env[name]; return value, ok },
	})
	fmt.Fprintf(&c.said, "[%d]\n", code)
	return code
}

// forms are the ways in which a secret may travel.
func (c *cage) forms() map[string]string {
	forms := map[string]string{}
	for _, secret := range c.secrets {
		forms[secret] = "as it is"
		forms[url.QueryEscape(secret)] = "escaped for a URL"
		for _, id := range []string{c.env["STYTCH_PROJECT_ID"], c.env["STYTCH_WORKSPACE_KEY_ID"]} {
			forms[base64.StdEncoding.EncodeToString([]byte(id+":"+secret))] = "as an Authorization header"
		}
	}
	return forms
}

// check looks for every form of every secret in what was said and in every file.
// The control is what must be there: it went the way that a secret would go.
func (c *cage) check(control string) {
	c.t.Helper()
	texts := map[string]string{"output": c.said.String()}
	err := filepath.WalkDir(c.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of the test
		texts[path] = string(content)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for where, text := range texts {
		for form, how := range c.forms() {
			if strings.Contains(text, form) {
				c.t.Errorf("%s shows a secret %s:\n%s", where, how, around(text, form))
			}
		}
	}
	if !strings.Contains(texts["output"], control) {
		c.t.Errorf("the output does not even show %q: this test looks at nothing\n%s", control, texts["output"])
	}
}

func around(text, needle string) string {
	at := strings.Index(text, needle)
	return text[max(0, at-200):min(len(text), at+len(needle)+100)]
}

// echo answers every request with an error that repeats the request: its
// headers, its query and its body. Proxies and gateways do that.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"status_code":%d,"error_type":"bad_request","request_id":"r","error_message":%q}`,
			status, fmt.Sprintf("cannot serve %s %v %s", r.URL, r.Header, body))
	}
}

const caged = `
version: 1
project: {project_slug: acme-auth, environment_slug: test}
redirect_urls: {https://app.acme.example/: {valid_types: [{type: LOGIN}]}}
trusted_token_profiles:
  m: {issuer: i.example, audience: a, public_key_type: JWK, jwks_url: https://i.example/jwks, attribute_mapping: {email: email, token_id: jti}}
organizations: {acme: {organization_name: Acme, members: {ada@acme.example: {roles: [stytch_admin]}}}}
`

func TestNoCredentialIsEverTold(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	good := httptest.NewServer(server)
	t.Cleanup(func() { good.Close(); _ = server.Close() })

	for _, test := range []struct {
		name    string
		handler http.Handler // nil: the sandbox
		wrong   bool         // credentials that nothing accepts
		most    int          // the exit codes may not be higher than this
		control string
	}{
		{name: "when all goes well", control: granted.ProjectID},
		{name: "when the credentials are refused", wrong: true, most: 1, control: "unauthorized_credentials"},
		{name: "when a gateway repeats what it was sent", handler: echo(http.StatusBadRequest), most: 7, control: "cannot serve"},
		{name: "when it does so with the credentials refused", handler: echo(http.StatusUnauthorized), most: 1, control: "cannot serve"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := good.URL
			if test.handler != nil {
				bad := httptest.NewServer(test.handler)
				t.Cleanup(bad.Close)
				at = bad.URL
			}
			c := &cage{t: t, dir: t.TempDir(), secrets: []string{granted.Secret, granted.WorkspaceKeySecret}, env: map[string]string{
				"STYTCH_PROJECT_ID": granted.ProjectID, "STYTCH_SECRET": granted.Secret,
				"STYTCH_WORKSPACE_KEY_ID": granted.WorkspaceKeyID, "STYTCH_WORKSPACE_KEY_SECRET": granted.WorkspaceKeySecret,
				"STYTCH_BASE_URI": at, "STYTCH_MANAGEMENT_BASE_URI": at,
			}}
			if test.wrong {
				c.env["STYTCH_SECRET"], c.env["STYTCH_WORKSPACE_KEY_SECRET"] = "canary-project/secret+1", "canary-workspace/secret+2"
				c.secrets = append(c.secrets, c.env["STYTCH_SECRET"], c.env["STYTCH_WORKSPACE_KEY_SECRET"])
			}
			in := func(name string) string { return filepath.Join(c.dir, name) }
			if err := os.WriteFile(in("state.yaml"), []byte(caged), 0o600); err != nil {
				t.Fatal(err)
			}
			most := 0
			for _, args := range [][]string{
				{"validate", in("state.yaml")},
				{"plan", "-o", in("plan.json"), in("state.yaml")},
				{"plan", "--format", "json", "--log-format", "json", in("state.yaml")},
				{"plan", "--format", "markdown", in("state.yaml")},
				{"plan", "--format", "html", in("state.yaml")},
				{"apply", "--auto-approve", "--report", in("report.json"), "--journal", in("journal"), in("state.yaml")},
				{"apply", "--plan", in("plan.json"), "--journal", in("journal"), "--format", "json", "--log-format", "json"},
				{"verify", "--plan", in("plan.json")},
				{"drift", "--state", in("told.json"), "--metrics", in("metrics.prom"), "--issue-body", in("issue.md"), in("state.yaml")},
			} {
				most = max(most, c.run(args...))
			}
			if test.most == 0 {
				for _, args := range [][]string{{"show", in("plan.json")}, {"show", in("report.json")}, {"show", "--format", "markdown", in("report.json")}, {"show", "--format", "html", in("report.json")}} {
					most = max(most, c.run(args...))
				}
			}
			if most > max(test.most, exitStale) {
				t.Errorf("exit code %d\n%s", most, c.said.String())
			}
			c.check(test.control)
		})
	}
}
