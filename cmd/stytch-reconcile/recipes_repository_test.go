package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A recipeWorld is what a recipe runs in: a repository with the recipe copied into
// it as its README says, a platform, and a Stytch.
type recipeWorld struct {
	t         *testing.T
	origin    string // the repository
	platform  *platform
	stytch    *world
	secrets   map[string]map[string]any // by environment, as a job sees them
	variables map[string]any
	caches    string
	path      string // with the platform's programs

	logs      string // of the last workflow
	summaries string
}

const recipeDocuments = "stytch/production/state.yaml"

// state are documents of the organization acme with a name.
func state(name string, more ...string) string {
	return "version: 1\nproject: {project_slug: acme-auth, environment_slug: production}\n" + strings.Join(more, "") +
		"organizations:\n  acme: {organization_name: " + name + "}\n"
}

// newRecipeWorld gives a recipe a repository with a main branch whose documents are
// live already.
func newRecipeWorld(t *testing.T) *recipeWorld {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short: pipelines are many processes each")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the recipes are shell scripts")
	}
	w := &recipeWorld{t: t, origin: t.TempDir(), platform: newPlatform(t), stytch: &world{}, caches: t.TempDir()}
	server, err := sandbox.New(sandbox.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	w.stytch.sandbox = server
	if w.stytch.credentials, err = server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "production"}); err != nil {
		t.Fatal(err)
	}
	w.stytch.server = httptest.NewServer(w.stytch)
	t.Cleanup(w.stytch.server.Close)
	c := w.stytch.credentials
	credentials := map[string]any{"STYTCH_SECRET": c.Secret, "STYTCH_WORKSPACE_KEY_SECRET": c.WorkspaceKeySecret}
	w.secrets = map[string]map[string]any{"stytch-plan": credentials, "stytch-apply": credentials}
	w.variables = map[string]any{"STYTCH_PROJECT_ID": c.ProjectID, "STYTCH_WORKSPACE_KEY_ID": c.WorkspaceKeyID}

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.path = t.TempDir()
	for name := range platformWords {
		if err := os.Symlink(self, filepath.Join(w.path, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.path += string(filepath.ListSeparator) + os.Getenv("PATH")

	git(t, w.origin, "init", "-q", "-b", "main")
	git(t, w.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
	return w
}

// settled puts the first state on main, and into Stytch.
func (w *recipeWorld) settled() {
	w.commit("main", map[string]string{recipeDocuments: state("Acme")})
	w.program("apply", "--auto-approve", "--journal", w.t.TempDir(), filepath.Join(w.origin, "stytch/production"))
	w.stytch.sandbox.ResetRequests()
}

// program runs ours, as somebody with the credentials.
func (w *recipeWorld) program(args ...string) {
	w.t.Helper()
	c := w.stytch.credentials
	cmd := exec.CommandContext(w.t.Context(), "stytch-reconcile", args...)
	cmd.Env = append(os.Environ(), "STYTCH_PROJECT_ID="+c.ProjectID, "STYTCH_SECRET="+c.Secret, "STYTCH_WORKSPACE_KEY_ID="+c.WorkspaceKeyID,
		"STYTCH_WORKSPACE_KEY_SECRET="+c.WorkspaceKeySecret, "STYTCH_BASE_URI="+w.stytch.server.URL, "STYTCH_MANAGEMENT_BASE_URI="+w.stytch.server.URL)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// renamed is somebody who changes Stytch by hand.
func (w *recipeWorld) renamed(name string) {
	w.t.Helper()
	if _, err := w.stytch.call(http.MethodPut, "/v1/b2b/organizations/{acme}", `{"organization_name":"`+name+`"}`); err != nil {
		w.t.Fatal(err)
	}
}

// writes is how often the recipes wrote to Stytch since it was last asked.
func (w *recipeWorld) writes() int {
	n := -w.stytch.ownWrites()
	for _, r := range w.stytch.sandbox.Requests() {
		if r.Write {
			n++
		}
	}
	w.stytch.sandbox.ResetRequests()
	return n
}

// copyRecipe copies files of examples/ci to where the README says.
func (w *recipeWorld) copyRecipe(from, to string) {
	w.t.Helper()
	if err := os.CopyFS(filepath.Join(w.origin, to), os.DirFS(filepath.Join(checkout, "examples/ci", from))); err != nil {
		w.t.Fatal(err)
	}
}

// commit writes files on a branch, which it makes from main if need be, and gives
// the commit.
func (w *recipeWorld) commit(branch string, files map[string]string) string {
	w.t.Helper()
	if branch != "main" {
		if _, err := exec.CommandContext(w.t.Context(), "git", "-C", w.origin, "checkout", "-q", branch).Output(); err != nil {
			git(w.t, w.origin, "checkout", "-q", "-b", branch, "main")
		}
	} else if git(w.t, w.origin, "branch", "--list", "main") != "" {
		git(w.t, w.origin, "checkout", "-q", "main")
	}
	for name, content := range files {
		file := filepath.Join(w.origin, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	git(w.t, w.origin, "add", "-A")
	git(w.t, w.origin, "commit", "-q", "--allow-empty", "-m", "Change")
	return git(w.t, w.origin, "rev-parse", "HEAD")
}

// git runs git, as nobody in particular.
func git(t *testing.T, directory string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{
		"-C", directory, "-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false", "-c", "advice.detachedHead=false",
	}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
