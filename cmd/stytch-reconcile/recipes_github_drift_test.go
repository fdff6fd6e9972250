package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

func TestOnGitHubDriftIsOneIssue(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	w.ended(t, w.merge(t, pr, "--squash"), applied)

	marker := "<!-- stytch-reconcile drift " + w.stytch.credentials.ProjectID + " -->"
	foreign := &issue{Number: 3, User: user{"mallory"}, Title: "Mine", Body: marker + "\nMine", State: "open"}
	request := &issue{Number: 4, User: user{recipeAuthor}, Body: marker, State: "open", PullRequest: []byte(`{}`)}
	w.platform.issues = append(w.platform.issues, foreign, request, &issue{Number: 5, User: user{recipeAuthor}, Body: marker, State: "closed"})
	untouched := func() {
		t.Helper()
		for _, i := range w.platform.issues[:3] {
			if i.edits > 0 {
				t.Errorf("the issue %d was touched", i.Number)
			}
		}
	}
	ours := func(n int) *issue {
		t.Helper()
		if len(w.platform.issues) != 3+n {
			t.Fatalf("%d issues of ours, want %d\n%s", len(w.platform.issues)-3, n, w.logs)
		}
		return w.platform.issues[2+n]
	}

	w.ended(t, w.drifted(t), looked)
	ours(0)

	// It appears, and is found twice: opened, and then updated.
	w.renamed("Acme by hand")
	w.ended(t, w.drifted(t), looked)
	i := ours(1)
	holds(t, i.Body, marker, "Acme by hand")
	holds(t, i.Title, "production")
	w.ended(t, w.drifted(t), looked)
	if i := ours(1); i.edits != 1 || i.State != "open" {
		t.Errorf("the issue was edited %d times and is %s", i.edits, i.State)
	}
	holds(t, w.logs, "drift: 0 new, 1 still there, 0 gone") // the state was kept from run to run

	// What could not be read is not gone.
	w.renamed("Acme Two")
	w.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations/search", func() error { return fmt.Errorf("not today") }}}
	w.ended(t, w.drifted(t), lookFailed)
	if i := ours(1); i.State != "open" {
		t.Error("the issue was closed by a run that could not read everything")
	}
	// Gone is gone.
	w.ended(t, w.drifted(t), looked)
	if i := ours(1); i.State != "closed" {
		t.Error("the issue was not closed")
	}
	holds(t, ours(1).Body, "What is declared is what is live")

	// What was merged and waits is no drift.
	w.commit("main", map[string]string{recipeDocuments: state("Acme Five")})
	w.ended(t, w.drifted(t), looked)
	ours(1)
	// It comes back: another issue, the closed one rests.
	w.renamed("Acme by hand")
	w.ended(t, w.drifted(t), looked)
	if i := ours(2); i.State != "open" {
		t.Error("the issue is not open")
	}
	untouched()

	// A run that could not even start says nothing about drift.
	w.commit("main", map[string]string{recipeDocuments: "nonsense\n"})
	edits := ours(2).edits
	w.ended(t, w.drifted(t), lookFailed)
	if i := ours(2); i.edits != edits || i.State != "open" {
		t.Error("the issue was touched")
	}
}

func TestOnGitHubDriftIsRepairedOnceSomebodyAsksForIt(t *testing.T) {
	w := onGitHub(t)
	allowed := state("Acme Two", "policy: {repair: {kinds: [organization]}}\n")
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: allowed})
	w.ended(t, w.plan(t, pr), planned)
	w.ended(t, w.merge(t, pr, "--squash"), applied)
	w.renamed("Acme by hand")
	w.writes()
	w.ended(t, w.drifted(t), looked)
	if n := w.writes(); n != 0 {
		t.Fatalf("%d writes of a drift that repairs nothing", n)
	}
	workflow := filepath.Join(w.origin, ".github/workflows/drift.yml")
	content, err := os.ReadFile(workflow)
	if err != nil {
		t.Fatal(err)
	}
	w.commit("main", map[string]string{".github/workflows/drift.yml": strings.Replace(string(content), "repair: 'false'", "repair: 'true'", 1)})
	w.ended(t, w.drifted(t), looked)
	w.appliedTwo(t)
	if i := w.platform.issues[0]; i.State != "closed" {
		t.Errorf("the issue is %s", i.State)
	}
	if len(w.artifact("stytch-journal-production-1")) == 0 {
		t.Error("the journal was not kept")
	}
}

// A pull request may bring files of its own: a run of one that is called apply.yml, from a branch that is called main,
// applied nothing.
func TestOnGitHubNobodyElseSaysWhatWasApplied(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	w.ended(t, w.merge(t, pr, "--squash"), applied)
	waiting := w.commit("main", map[string]string{recipeDocuments: state("Acme Five")})
	success := "success"
	for _, forged := range []workflowRun{
		{Event: "pull_request", HeadRepository: repositoryName{recipeRepository}},
		{Event: "push", HeadRepository: repositoryName{"stranger/auth"}},
	} {
		forged.workflow, forged.HeadBranch, forged.HeadSHA, forged.Conclusion = "apply.yml", "main", waiting, &success
		w.platform.runs = append(w.platform.runs, &forged)
	}
	w.ended(t, w.drifted(t), looked)
	if len(w.platform.issues) > 0 {
		t.Errorf("what was merged and waits is called drift:\n%s", w.platform.issues[0].Body)
	}
}

// What another use of the action in the same job left is not told again.
func TestOnGitHubEachUseOfTheActionStartsAnew(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	work := filepath.Join(directory, "stytch-reconcile")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	left := []string{"digest", "fresh", "issue.md", "report.json", "result.md"}
	for _, name := range left {
		if err := os.WriteFile(filepath.Join(work, name), []byte("of another environment"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs(filepath.Join(checkout, "examples/ci/github/run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", script)
	cmd.Dir = directory
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "RUNNER_TEMP=" + directory, "GITHUB_OUTPUT=" + filepath.Join(directory, "output"),
		"COMMAND=drift", "BINARY=false", "PATHS=documents", "ARGUMENTS=", "BASE=", "MARKER=production", "REPAIR=false",
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range left {
		if content, _ := os.ReadFile(filepath.Join(work, name)); len(content) > 0 {
			t.Errorf("%s is still there", name)
		}
	}
}

// What runs with credentials must not change by itself.
func TestOnGitHubAVersionIsNamed(t *testing.T) {
	t.Parallel()
	install := func(marker, version string) (string, error) {
		directory := t.TempDir()
		fake := "#!/bin/sh\necho \"$@\"\nprintf '#!/bin/sh\\necho installed\\n' >\"$GOBIN/stytch-reconcile\"\nchmod +x \"$GOBIN/stytch-reconcile\"\n"
		if err := os.WriteFile(filepath.Join(directory, "go"), []byte(fake), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(directory, "stytch-reconcile/bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(checkout, "examples/ci/github/install.sh"))
		cmd.Env = []string{
			"PATH=" + directory + string(filepath.ListSeparator) + os.Getenv("PATH"), "RUNNER_TEMP=" + directory,
			"GITHUB_OUTPUT=" + filepath.Join(directory, "output"), "BINARY=", "VERSION=" + version, "MARKER=" + marker,
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, c := range [][2]string{
		{"production", ""},
		{"production", "latest"},
		{"production", "main"},
		{"production", "v1"},
		{"production", "v1.2"},
		{"production", "upgrade"},
		{"production", ">=v1.0.0"},
		{"a b", "v1.0.0"},
	} {
		if out, err := install(c[0], c[1]); err == nil {
			t.Errorf("marker %q and version %q are taken:\n%s", c[0], c[1], out)
		}
	}
	out, err := install("production", "v1.2.3")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	holds(t, out, "install github.com/stytch-reconcile/stytch-reconcile/cmd/stytch-reconcile@v1.2.3", "installed")
}

func TestOnGitHubTheMergeQueueVerifies(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	queued := func(branch string) map[string]string {
		base := git(t, w.origin, "rev-parse", "main")
		git(t, w.origin, "checkout", "-q", "--detach", "main")
		git(t, w.origin, "merge", "-q", "--no-ff", "-m", "Merge", branch)
		ref := fmt.Sprintf("refs/heads/gh-readonly-queue/main/pr-%d-%s", pr.Number, base)
		return w.start(t, "verify.yml", occasion{event: "merge_group", ref: ref, sha: git(t, w.origin, "rev-parse", "HEAD"), payload: map[string]any{
			"merge_group": map[string]any{"head_ref": ref, "base_ref": "refs/heads/main", "base_sha": base},
		}})
	}
	verified, refused := map[string]string{"verify": "success"}, map[string]string{"verify": "failure"}
	w.ended(t, queued("feature"), verified)
	w.renamed("Acme by hand")
	w.writes()
	w.ended(t, queued("feature"), refused)
	pr.Head.SHA = w.commit("feature", map[string]string{recipeDocuments: state("Acme Three")})
	w.ended(t, queued("feature"), refused)
	holds(t, w.logs, "has no plan that could be applied")
	// A pull request about something else has no plan, and needs none.
	w.commit("elsewhere", map[string]string{"README.md": "Hello"})
	w.ended(t, queued("elsewhere"), verified)
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}

func TestTheWorkflowsAreWhatGitHubTakes(t *testing.T) {
	w := onGitHub(t)
	linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{WorkingDir: w.origin})
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.LintRepository(w.origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%v", f)
	}
	files, err := filepath.Glob(filepath.Join(w.origin, ".github/workflows/*.yml"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d workflows, want 4 (%v)", len(files), err)
	}
	for _, file := range files {
		var f flow
		strictly(t, file, &f)
		// So that whoever copies it for a second environment, and replaces the name, has two groups.
		if group := f.Concurrency.Group; group != "" && !strings.Contains(group, "-production") {
			t.Errorf("%s: the group %s does not name the environment", filepath.Base(file), group)
		}
	}
	for _, file := range append(files, filepath.Join(w.origin, ".github/actions/stytch-reconcile/action.yml")) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			code, _, _ := strings.Cut(line, "#")
			lacks(t, code, "pull_request_target", "workflow_run", "github.head_ref", "secrets: inherit", "write-all")
		}
	}
}
