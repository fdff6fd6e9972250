package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// onGitHub is a world with the recipe for GitHub in its repository.
func onGitHub(t *testing.T) *recipeWorld {
	t.Helper()
	t.Parallel()
	w := newRecipeWorld(t)
	w.copyRecipe("github", ".github/actions/stytch-reconcile")
	workflows := filepath.Join(w.origin, ".github/workflows")
	if err := os.Rename(filepath.Join(w.origin, ".github/actions/stytch-reconcile/workflows"), workflows); err != nil {
		t.Fatal(err)
	}
	w.settled()
	return w
}

// open opens a pull request for a branch, which need not be one of ours.
func (w *recipeWorld) open(branch, repository string) *pullRequest {
	pr := &pullRequest{Number: 40 + len(w.platform.pulls), branch: branch, Base: head{Ref: "main"}}
	pr.Head = head{Ref: branch, Repository: &repositoryName{repository}}
	w.platform.pulls = append(w.platform.pulls, pr)
	return pr
}

// plan runs the workflow that plans, as a push to the pull request does.
func (w *recipeWorld) plan(t *testing.T, pr *pullRequest) map[string]string {
	t.Helper()
	pr.Head.SHA = git(t, w.origin, "rev-parse", pr.branch)
	git(t, w.origin, "checkout", "-q", "--detach", "main")
	git(t, w.origin, "merge", "-q", "--no-ff", "-m", "Merge", pr.branch)
	return w.start(t, "plan.yml", occasion{
		event: "pull_request", ref: fmt.Sprintf("refs/pull/%d/merge", pr.Number), sha: git(t, w.origin, "rev-parse", "HEAD"),
		fork: pr.Head.Repository.FullName != recipeRepository,
		payload: map[string]any{"pull_request": map[string]any{
			"number": pr.Number, "head": map[string]any{"sha": pr.Head.SHA, "repo": map[string]any{"full_name": pr.Head.Repository.FullName}},
		}},
	})
}

// merge merges a pull request and runs the workflow that applies.
func (w *recipeWorld) merge(t *testing.T, pr *pullRequest, how ...string) map[string]string {
	t.Helper()
	git(t, w.origin, "checkout", "-q", "main")
	if how[0] == "--rebase" {
		git(t, w.origin, "cherry-pick", "main.."+pr.branch)
	} else {
		git(t, w.origin, append(append([]string{"merge", "-q"}, how...), pr.branch)...)
	}
	if how[0] == "--squash" {
		git(t, w.origin, "commit", "-q", "-m", "Squashed")
	}
	now := "2026-11-22T10:11:12Z"
	pr.MergedAt, pr.MergeCommitSHA = &now, git(t, w.origin, "rev-parse", "HEAD")
	return w.pushed(t)
}

func (w *recipeWorld) pushed(t *testing.T) map[string]string {
	t.Helper()
	return w.start(t, "apply.yml", occasion{event: "push", ref: "refs/heads/main", sha: git(t, w.origin, "rev-parse", "main")})
}

// dispatched runs the workflow that applies by hand.
func (w *recipeWorld) dispatched(t *testing.T, digest string) map[string]string {
	t.Helper()
	return w.start(t, "apply.yml", occasion{
		event: "workflow_dispatch", ref: "refs/heads/main", sha: git(t, w.origin, "rev-parse", "main"), inputs: map[string]any{"digest": digest},
	})
}

func (w *recipeWorld) drifted(t *testing.T) map[string]string {
	t.Helper()
	return w.start(t, "drift.yml", occasion{event: "schedule", ref: "refs/heads/main", sha: git(t, w.origin, "rev-parse", "main")})
}

// ended fails unless the jobs of a workflow ended as said.
func (w *recipeWorld) ended(t *testing.T, got, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("jobs (-want +got):\n%s\n%s", diff, w.logs)
	}
	if len(w.platform.refused) > 0 {
		t.Errorf("a token was not good for %v", w.platform.refused)
	}
}

// only is the one comment on a pull request that has a text.
func (w *recipeWorld) only(t *testing.T, pr *pullRequest, marker string) *comment {
	t.Helper()
	var found []*comment
	for _, c := range w.platform.commentsOf(pr.Number) {
		if c.User.Login == recipeAuthor && strings.HasPrefix(c.Body, "<!-- stytch-reconcile in CI: "+marker) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d comments of ours are about %s, want one\n%s", len(found), marker, w.logs)
	}
	if n := len(found[0].Body); n > 65_000 {
		t.Errorf("a comment has %d bytes", n)
	}
	return found[0]
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%.5000s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%.5000s", part, text)
		}
	}
}

// appliedTwo fails unless the second state of most tests is live.
func (w *recipeWorld) appliedTwo(t *testing.T) {
	t.Helper()
	answer, err := w.stytch.call(http.MethodGet, "/v1/b2b/organizations/{acme}")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, answer, `"organization_name":"Acme Two"`)
}

// artifact is the last one with a name.
func (w *recipeWorld) artifact(name string) map[string]string {
	for _, run := range slices.Backward(w.platform.runs) {
		if files, ok := w.platform.artifacts[fmt.Sprintf("%d/%s", run.ID, name)]; ok {
			return files
		}
	}
	return nil
}
