package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// The documents of the tests that kill an apply: two states with some 200
// operations between them, of every action, in one request, in several, and in
// two steps. What stands there and in neither document must stay as it is.
func killDocuments() (before, after string) {
	const header = `version: 1
project: {project_slug: acme-auth, environment_slug: test}
policy: {min_admins: 0, limits: {deletes: 1000, delete_percent: 100, access_removals: 1000, restorations: 100, lock_outs: 100}}
`
	profile := func(name, issuer string) string {
		return fmt.Sprintf("  %s: {issuer: %s, audience: a, public_key_type: JWK, jwks_url: https://a.example/jwks, attribute_mapping: {email: email, token_id: jti}}\n", name, issuer)
	}
	var b, a strings.Builder
	b.WriteString(header + "rbac_policy: {custom_roles: {editor: {}, old: {}}}\ntrusted_token_profiles:\n")
	a.WriteString(header + "rbac_policy: {custom_roles: {editor: {description: Edits}, author: {}}}\njwt_templates: {SESSION: {template_content: '{\"a\": 1}'}}\ntrusted_token_profiles:\n")
	for i := range 8 {
		b.WriteString(profile(fmt.Sprint("p", i), "b.example"))
		switch {
		case i < 2:
			fmt.Fprintf(&a, "  p%d: {absent: true}\n", i)
		case i < 6:
			a.WriteString(profile(fmt.Sprint("p", i), "c.example"))
		}
		a.WriteString(profile(fmt.Sprint("new", i), "d.example"))
	}
	b.WriteString("redirect_urls:\n")
	a.WriteString("redirect_urls:\n")
	for i := range 8 {
		fmt.Fprintf(&b, "  https://r%d.example/: {valid_types: [{type: LOGIN}]}\n", i)
		switch {
		case i < 3:
			fmt.Fprintf(&a, "  https://r%d.example/: {absent: true}\n", i)
		case i < 6:
			fmt.Fprintf(&a, "  https://r%d.example/: {valid_types: [{type: LOGIN}, {type: SIGNUP}]}\n", i)
		}
		fmt.Fprintf(&a, "  https://n%d.example/: {valid_types: [{type: INVITE}]}\n", i)
	}
	b.WriteString("organizations:\n")
	a.WriteString("organizations:\n")
	for i := range 28 {
		fmt.Fprintf(&b, "  o%02d: {organization_name: O, trusted_metadata: {seats: 1}, members: {m0@o.example: {name: M, mfa_phone_number: '+14155550%03d'}, m1@o.example: {roles: [old]}, m2@o.example: {}}}\n", i, i+100)
		switch {
		case i < 2:
			fmt.Fprintf(&a, "  o%02d: {absent: true}\n", i)
			continue
		case i < 16:
			fmt.Fprintf(&a, "  o%02d: {organization_name: O, trusted_metadata: {seats: 2, tier: gold}, members: {m0@o.example: {mfa_phone_number: '+14155550%03d'}, ", i, i+200)
		default:
			fmt.Fprintf(&a, "  o%02d: {organization_name: O, members: {m0@o.example: {name: N}, ", i)
		}
		if i < 18 {
			a.WriteString("m2@o.example: {absent: true}, ")
		}
		if i < 8 {
			a.WriteString("gone@o.example: {name: G, roles: [author]}, ")
		}
		a.WriteString("m1@o.example: {roles: [author]}, new@o.example: {roles: [editor]}}}\n")
	}
	for i := range 20 {
		fmt.Fprintf(&a, "  n%02d: {organization_name: N, members: {a@n.example: {}, b@n.example: {roles: [author]}}}\n", i)
	}
	return b.String(), a.String()
}

// bystanders are live before and declared by nobody.
const bystanders = `version: 1
project: {project_slug: acme-auth, environment_slug: test}
redirect_urls: {https://bystander.example/: {valid_types: [{type: LOGIN}]}}
trusted_token_profiles: {bystander: {issuer: x, audience: x, public_key_type: JWK, jwks_url: https://x.example/jwks, attribute_mapping: {email: email, token_id: jti}}}
organizations:
  bystander: {organization_name: B, members: {b@b.example: {}}}
  o05: {organization_name: O, members: {stranger@o.example: {}}}
`

// quick is a directory in memory where there is one: these tests write much, and
// what they show does not hang on the disk.
func quick(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "stytch-reconcile-*") //nolint:usetesting // t.TempDir is where TMPDIR says
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// A site is a sandbox that serves, and what stands between it and the program.
type site struct {
	sandbox     *sandbox.Server
	credentials sandbox.Credentials
	dir         string
	web         *httptest.Server
	between     func(w http.ResponseWriter, r *http.Request, serve http.Handler) // of requests that write; nil is nothing

	mu    sync.Mutex
	quiet *sync.Cond // no connection is open
	conns int
}

// openSite serves the sandbox of a directory.
func openSite(t testing.TB, dir string) *site {
	t.Helper()
	s := &site{dir: dir}
	s.quiet = sync.NewCond(&s.mu)
	var err error
	if s.sandbox, err = sandbox.New(sandbox.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if s.credentials, err = s.sandbox.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"}); err != nil {
		t.Fatal(err)
	}
	s.web = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if between := s.put(); between != nil && r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/search") {
			between(w, r, s.sandbox)
			return
		}
		s.sandbox.ServeHTTP(w, r)
	}))
	s.web.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch state {
		case http.StateNew:
			s.conns++
		case http.StateClosed, http.StateHijacked:
			s.conns--
			s.quiet.Broadcast()
		}
	}
	s.web.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.web.Start()
	return s
}

// put is what was put between.
func (s *site) put() func(http.ResponseWriter, *http.Request, http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.between
}

// place puts something between the program and the sandbox.
func (s *site) place(between func(http.ResponseWriter, *http.Request, http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.between = between
}

// settle waits until everything that dead processes have sent is carried out.
func (s *site) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.conns > 0 {
		s.quiet.Wait()
	}
	s.between = nil
}

func (s *site) close() {
	s.web.Close()
	_ = s.sandbox.Close()
}

func (s *site) environment() map[string]string {
	return map[string]string{
		"STYTCH_PROJECT_ID": s.credentials.ProjectID, "STYTCH_SECRET": s.credentials.Secret,
		"STYTCH_WORKSPACE_KEY_ID": s.credentials.WorkspaceKeyID, "STYTCH_WORKSPACE_KEY_SECRET": s.credentials.WorkspaceKeySecret,
		"STYTCH_BASE_URI": s.web.URL, "STYTCH_MANAGEMENT_BASE_URI": s.web.URL, "NO_COLOR": "1",
	}
}

// run runs the program in this process.
func (s *site) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	environment := s.environment()
	var out, talk bytes.Buffer
	code = run(ctx, args, program{
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk,
		lookupEnv: func(name string) (string, bool) { value, ok := environment[name]; return value, ok },
	})
	return code, out.String(), talk.String()
}

// must runs the program and fails the test unless it ends well.
func (s *site) must(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	code, out, talk := s.run(t.Context(), args...)
	if code != 0 {
		t.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), code, out, talk)
	}
	return out, talk
}

func (s *site) ask(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(sent))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(s.credentials.ProjectID, s.credentials.Secret)
	if strings.HasPrefix(path, "/pwa/") {
		r.SetBasicAuth(s.credentials.WorkspaceKeyID, s.credentials.WorkspaceKeySecret)
	}
	w := httptest.NewRecorder()
	s.sandbox.ServeHTTP(w, r)
	content, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(content, &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, content)
	}
	return answer
}

// stock lists what the sandbox has, without what no two runs have in common: its
// ids. What is there twice is listed twice.
func (s *site) stock(t testing.TB) []string {
	t.Helper()
	var list []string
	slugs, ids := map[any]any{}, []any{}
	for _, o := range items(s.ask(t, http.MethodPost, "/v1/b2b/organizations/search", map[string]any{"limit": 1000})["organizations"]) {
		slugs[o["organization_id"]], ids = o["organization_slug"], append(ids, o["organization_id"])
		list = append(list, fmt.Sprint("organization ", o["organization_slug"], " ", o["organization_name"], " ", o["trusted_metadata"]))
	}
	found := s.ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", map[string]any{"organization_ids": ids, "limit": 1000})
	for _, m := range items(found["members"]) {
		var roles []any
		for _, r := range items(m["roles"]) {
			roles = append(roles, r["role_id"])
		}
		list = append(list, fmt.Sprint("member ", slugs[m["organization_id"]], " ", m["email_address"], " ", m["name"], " ", m["mfa_phone_number"], " ", roles))
	}
	const environment = "/pwa/v3/projects/acme-auth/environments/test"
	for _, p := range items(s.ask(t, http.MethodGet, environment+"/trusted_token_profiles", nil)["profiles"]) {
		list = append(list, fmt.Sprint("profile ", p["name"], " ", p["issuer"]))
	}
	for _, r := range items(s.ask(t, http.MethodGet, environment+"/redirect_urls/all", nil)["redirect_urls"]) {
		list = append(list, fmt.Sprint("redirect ", r["url"], " ", r["valid_types"]))
	}
	policy, _ := s.ask(t, http.MethodGet, environment+"/rbac_policy", nil)["policy"].(map[string]any)
	for _, r := range items(policy["custom_roles"]) {
		list = append(list, fmt.Sprint("role ", r["role_id"], " ", r["description"]))
	}
	slices.Sort(list)
	return list
}

func items(list any) []map[string]any {
	values, _ := list.([]any)
	objects := make([]map[string]any, 0, len(values))
	for _, v := range values {
		if object, ok := v.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

// A scene is the state that every killed apply starts from.
type scene struct {
	state    []byte   // of the sandbox
	document string   // the file of the documents to apply
	plan     []string // addresses of the whole apply
	stock    []string // what there is when it was not killed
}

// setScene makes the state before.
func setScene(t testing.TB) scene {
	t.Helper()
	dir, documents := quick(t), quick(t)
	before, after := killDocuments()
	write := func(name, content string) string {
		file := filepath.Join(documents, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	s := openSite(t, dir)
	var gone strings.Builder
	gone.WriteString(before[:strings.Index(before, "rbac_policy")] + "organizations:\n")
	for i := range 8 {
		fmt.Fprintf(&gone, "  o%02d: {organization_name: O, members: {gone@o.example: {}}}\n", i)
	}
	for _, content := range []string{before, bystanders, gone.String()} {
		s.must(t, "apply", "--auto-approve", "--journal", quick(t), write("seed.yaml", content))
	}
	for i, m := range items(s.ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", map[string]any{
		"organization_ids": organizationIDs(t, s), "limit": 1000,
		"query": map[string]any{"operator": "AND", "operands": []any{map[string]any{"filter_name": "member_email_fuzzy", "filter_value": "gone@"}}},
	})["members"]) {
		if i%2 == 0 {
			if err := s.sandbox.MarkVerified(s.credentials.ProjectID, fmt.Sprint(m["member_id"])); err != nil {
				t.Fatal(err)
			}
		}
		s.ask(t, http.MethodDelete, fmt.Sprintf("/v1/b2b/organizations/%s/members/%s", m["organization_id"], m["member_id"]), nil)
	}
	s.close()
	state, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	return scene{state: state, document: write("after.yaml", after)}
}

func organizationIDs(t testing.TB, s *site) []any {
	t.Helper()
	var ids []any
	for _, o := range items(s.ask(t, http.MethodPost, "/v1/b2b/organizations/search", map[string]any{"limit": 1000})["organizations"]) {
		ids = append(ids, o["organization_id"])
	}
	return ids
}

// open serves the state before, and what was written to the log since.
func (c scene) open(t testing.TB, log []byte) *site {
	t.Helper()
	dir := quick(t)
	for name, content := range map[string][]byte{"state.json": c.state, "log.jsonl": log} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return openSite(t, dir)
}
