package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// furnish writes something of everything that is kept.
func (l *lab) furnish() {
	l.t.Helper()
	l.manage("PUT", rbacPath, `{"custom_roles":[{"role_id":"writer"}],"custom_resources":[`+documents+`]}`).want(l.t, 200, "")
	l.manage("PUT", environmentOf+"/jwt_templates/M2M", `{"template_content":"{ }"}`).want(l.t, 200, "")
	l.manage("POST", environmentOf+"/allowed_country_codes/sms", `{"country_codes":["DE"]}`).want(l.t, 200, "")
	l.manage("PUT", environmentOf+"/password_strength_config", `{"validation_policy":"LUDS"}`).want(l.t, 200, "")
	l.manage("PATCH", environmentOf, `{"user_lock_ttl":9,"name":"Staging"}`).want(l.t, 200, "")
	l.profile(`,"public_key_type":"PEM","pem_files":["x"],"attribute_mapping":{"email":"mail"}`)
	l.memberWithPassword()
	l.data("PUT", "/v1/b2b/organizations/acme", `{"trusted_metadata":{"a":[1,{"b":null}]}}`).want(l.t, 200, "")
	gone := l.data("POST", "/v1/b2b/organizations/acme/members", `{"email_address":"bob@acme.example","roles":["writer"]}`)
	l.data("DELETE", "/v1/b2b/organizations/acme/members/"+gone.text("member_id"), "").want(l.t, 200, "")
}

// Each write is on the disk when it is answered, whatever comes after it.
func TestEveryWriteIsKeptByItself(t *testing.T) {
	dir := t.TempDir()
	l := newLab(t, sandbox.Options{Dir: dir})
	l.furnish()
	pem := l.profile(`,"public_key_type":"PEM","pem_files":["x"]`)
	key := pem + "/keys/" + l.manage("POST", pem+"/keys", `{"public_key":"y"}`).text("pem_file", "pem_file_id")
	token := environmentOf + "/public_tokens/" + l.manage("POST", environmentOf+"/public_tokens", "").text("public_token", "public_token")
	secret := environmentOf + "/secrets/" + l.manage("POST", environmentOf+"/secrets", "").text("secret", "secret_id")
	local := environmentOf + "/redirect_urls?url=http%3A%2F%2Flocalhost%3A3000%2Fauthenticate"
	const other = "/pwa/v3/projects/acme/environments/other"
	for _, c := range []struct{ name, method, path, body string }{
		{"a JWT template", "PUT", environmentOf + "/jwt_templates/SESSION", `{"template_content":"{ \"a\": 1 }"}`},
		{"country codes", "POST", environmentOf + "/allowed_country_codes/sms", `{"country_codes":["AT"]}`},
		{"a password policy", "PUT", environmentOf + "/password_strength_config", `{"validate_on_authentication":true}`},
		{"an RBAC policy", "PUT", rbacPath, `{"custom_roles":[{"role_id":"writer"},{"role_id":"reader"}]}`},
		{"a redirect URL", "PUT", local, `{"valid_types":[{"type":"LOGIN"}]}`},
		{"a new redirect URL", "POST", environmentOf + "/redirect_urls", `{"url":"https://b.example","valid_types":[{"type":"LOGIN"}]}`},
		{"a deleted redirect URL", "DELETE", local, ""},
		{"a profile", "PATCH", pem, `{"name":"Other"}`},
		{"a new key", "POST", pem + "/keys", `{"public_key":"z"}`},
		{"a deleted key", "DELETE", key, ""},
		{"a deleted profile", "DELETE", pem, ""},
		{"a new profile", "POST", profilesOf, `{"name":"N","audience":"A","issuer":"I"}`},
		{"a new public token", "POST", environmentOf + "/public_tokens", ""},
		{"a deleted public token", "DELETE", token, ""},
		{"a new secret", "POST", environmentOf + "/secrets", ""},
		{"a deleted secret", "DELETE", secret, ""},
		{"an environment's settings", "PATCH", environmentOf, `{"user_lock_threshold":4}`},
		{"a new environment", "POST", "/pwa/v3/projects/acme/environments", `{"name":"Other","type":"TEST","environment_slug":"other"}`},
		{"a deleted environment", "DELETE", other, ""},
		{"an SDK configuration", "PUT", environmentOf + "/sdk/b2b", `{"config":{"basic":{"enabled":true}}}`},
		{"an email template", "POST", "/pwa/v3/projects/acme/email_templates", `{"template_id":"a","prebuilt_customization":{"button_border_radius":2.5}}`},
		{"a default email template", "POST", "/pwa/v3/projects/acme/default_email_templates/PREBUILT", `{"template_id":"a"}`},
		{"a project's name", "PATCH", "/pwa/v3/projects/acme", `{"name":"Other"}`},
		{"a new project", "POST", "/pwa/v3/projects", `{"name":"Shop","vertical":"B2B","project_slug":"shop"}`},
		{"a deleted project", "DELETE", "/pwa/v3/projects/shop", ""},
	} {
		l.manage(c.method, c.path, c.body).want(t, 200, "")
		again := newLab(t, sandbox.Options{Dir: copyOf(t, dir)})
		if diff := cmp.Diff(l.everything(), again.everything()); diff != "" {
			t.Errorf("%s is not kept:\n%s", c.name, diff)
		}
	}
}

// everything reads all that the sandbox holds, as its answers show it.
func (l *lab) everything() map[string]any {
	l.t.Helper()
	seen := map[string]any{}
	show := func(r reply, name string) {
		delete(r.body, "request_id")
		seen[name] = r.body
	}
	for _, path := range []string{
		"", "/metrics", "/redirect_urls/all", "/public_tokens", "/secrets", "/jwt_templates/SESSION", "/jwt_templates/M2M", "/password_strength_config",
		"/allowed_country_codes/sms", "/sdk/b2b", "/rbac_policy", "/trusted_token_profiles",
	} {
		show(l.manage("GET", environmentOf+path, ""), path)
	}
	show(l.manage("GET", "/pwa/v3/projects", ""), "projects")
	show(l.manage("GET", "/pwa/v3/projects/acme/email_templates", ""), "email templates")
	show(l.manage("GET", "/pwa/v3/projects/acme/default_email_templates/PREBUILT", ""), "the default email template")
	show(l.manage("GET", "/pwa/v3/projects/acme/environments", ""), "environments")
	show(l.data("POST", "/v1/b2b/organizations/search", `{}`), "organizations")
	organization := l.data("GET", "/v1/b2b/organizations/acme", "").text("organization", "organization_id")
	show(l.data("POST", "/v1/b2b/organizations/members/search", `{"organization_ids":["`+organization+`"],"query":{"operator":"AND","operands":[
		{"filter_name":"statuses","filter_value":["active","pending","invited","deleted"]}]}}`), "members")
	return seen
}

// copyOf copies a state directory as a kill would leave it: no Close, no lock.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"state.json", "log.jsonl"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestStateSurvives(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(t *testing.T, l *lab, dir string) (next string)
	}{
		{"a restart", func(t *testing.T, l *lab, dir string) string {
			if err := l.server.Close(); err != nil {
				t.Fatal(err)
			}
			return dir
		}},
		{"a kill", func(t *testing.T, _ *lab, dir string) string { return copyOf(t, dir) }},
		{"a kill in the middle of a write that was not answered", func(t *testing.T, _ *lab, dir string) string {
			dir = copyOf(t, dir)
			appendTo(t, filepath.Join(dir, "log.jsonl"), `[{"key":"project/acme","value":{"Slug":"acme","Na`)
			return dir
		}},
		{"a kill between the new state file and the emptied log", func(t *testing.T, l *lab, dir string) string {
			killed := copyOf(t, dir)
			if err := l.server.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "state.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(killed, "state.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			return killed
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := newLab(t, sandbox.Options{Dir: dir})
			l.furnish()
			want := l.everything()
			again := newLab(t, sandbox.Options{Dir: c.after(t, l, dir)})
			if diff := cmp.Diff(want, again.everything()); diff != "" {
				t.Error(diff)
			}
			if again.credentials != l.credentials {
				t.Error("the credentials are others than before")
			}
		})
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedOrNewerStateIsAnErrorThatNamesTheFile(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"a state file that is no JSON", "state.json", `{"schema_`, "state.json is damaged"},
		{"a state file of a newer version", "state.json", `{"schema_version":99}`, "schema version 99"},
		{"a damaged line that others follow", "log.jsonl", "[{\n[]\n", "log.jsonl is damaged in line 1"},
		{"a record of the wrong form", "log.jsonl", `[{"key":"project/a","value":[]}]` + "\n", `the kept record "project/a"`},
		{"a record whose key names nothing", "log.jsonl", `[{"key":"member","value":{}}]` + "\n", "no known kind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := sandbox.New(sandbox.Options{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if text, _ := os.ReadFile(filepath.Join(dir, c.file)); string(text) != c.text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestTwoSandboxesCannotShareADirectory(t *testing.T) {
	dir := t.TempDir()
	first, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.New(sandbox.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second sandbox got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestStateFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "state")
	newLab(t, sandbox.Options{Dir: dir}).furnish()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("the directory holds %v", entries)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestWhatWasDeletedStaysDeleted(t *testing.T) {
	dir := t.TempDir()
	seed := acmeTest
	seed.ProjectID = "project-test-chosen"
	l := newLab(t, sandbox.Options{Dir: dir, Projects: []sandbox.Seed{seed}})
	l.furnish()
	l.manage("DELETE", environmentOf, "").want(t, 200, "")
	credentials, err := l.server.Ensure(seed)
	if err != nil {
		t.Fatal(err)
	}
	again := newLab(t, sandbox.Options{Dir: copyOf(t, dir)})
	if again.credentials != credentials {
		t.Error("the credentials are others than before the restart")
	}
	again.data("GET", "/v1/b2b/organizations/acme", "").want(t, 404, "organization_not_found")
}

func TestALongLogIsCompacted(t *testing.T) {
	dir := t.TempDir()
	l := newLab(t, sandbox.Options{Dir: dir})
	l.server.CompactAfter(5)
	for range 12 {
		l.manage("POST", environmentOf+"/secrets", "").want(t, 200, "")
	}
	text, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines >= 5 {
		t.Errorf("the log has %d lines", lines)
	}
	want := l.manage("GET", environmentOf+"/secrets", "").at("secrets")
	again := newLab(t, sandbox.Options{Dir: copyOf(t, dir)})
	if diff := cmp.Diff(want, again.manage("GET", environmentOf+"/secrets", "").at("secrets")); diff != "" {
		t.Error(diff)
	}
}

func TestASandboxThatCannotKeepItsStateSaysSoFromThenOn(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Dir: t.TempDir(), Projects: []sandbox.Seed{acmeTest}})
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := server.Ensure(acmeTest)
	if err != nil {
		t.Fatal(err)
	}
	l := serve(t, server, credentials)
	if err := server.BreakStore(); err != nil {
		t.Fatal(err)
	}
	l.manage("POST", environmentOf+"/secrets", "").want(t, 500, "internal_server_error")
	l.manage("GET", environmentOf+"/secrets", "").want(t, 500, "internal_server_error")
	if err := server.Close(); err == nil {
		t.Error("closing a broken sandbox said that all was well")
	}
}
