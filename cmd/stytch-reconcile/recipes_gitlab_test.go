package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// proposed runs the pipeline of a merge request.
func (g *gitLab) proposed(t *testing.T, branch, project string) (map[string]int, map[string]any) {
	t.Helper()
	sha := git(t, g.origin, "rev-parse", branch)
	found := having(g.requests, "source_branch", branch)
	if len(found) == 0 {
		source, _ := strconv.Atoi(project)
		g.requests = append(g.requests, map[string]any{"iid": 30 + len(g.requests), "source_branch": branch, "target_branch": "main", "state": "opened", "source_project_id": source})
		found = g.requests[len(g.requests)-1:]
	}
	id := 600 + len(g.jobs) + len(g.log)
	found[0]["sha"] = sha
	found[0]["head_pipeline"] = map[string]any{"id": id, "sha": sha, "source": "merge_request_event"}
	return g.pipeline(t, sha, map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": project, "CI_PIPELINE_ID": fmt.Sprint(id),
		"CI_MERGE_REQUEST_IID": asText(found[0]["iid"]), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
	}), found[0]
}

func (g *gitLab) merged(t *testing.T, request map[string]any) map[string]int {
	t.Helper()
	git(t, g.origin, "checkout", "-q", "main")
	git(t, g.origin, "merge", "-q", "--no-ff", "-m", "Merge", asText(request["source_branch"]))
	request["state"], request["merge_commit_sha"] = "merged", git(t, g.origin, "rev-parse", "HEAD")
	return g.onMain(t, map[string]string{"CI_PIPELINE_SOURCE": "push"})
}

func (g *gitLab) onMain(t *testing.T, variables map[string]string) map[string]int {
	t.Helper()
	variables["CI_COMMIT_BRANCH"] = "main"
	return g.pipeline(t, git(t, g.origin, "rev-parse", "main"), variables)
}

func (g *gitLab) codes(t *testing.T, got, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("jobs (-want +got):\n%s\n%s", diff, g.log)
	}
}

// said is the one note of ours about something.
func (g *gitLab) said(t *testing.T, request map[string]any, about string) string {
	t.Helper()
	var found []string
	for _, n := range having(g.notes, "iid", request["iid"]) {
		if body := asText(n["body"]); asText(property(n["author"], "id")) == fmt.Sprint(us) && strings.HasPrefix(body, "<!-- stytch-reconcile in CI: "+about) {
			found = append(found, body)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d notes of ours are about %s, want one\n%s", len(found), about, g.log)
	}
	return found[0]
}

func TestOnGitLabAMergeRequestIsPlannedAndAppliedAsReviewed(t *testing.T) {
	g := onGitLab(t)
	for i := range 3 {
		g.notes = append(g.notes, map[string]any{"id": i, "iid": 30, "author": map[string]any{"id": them}, "system": false, "body": "<!-- stytch-reconcile in CI: plan of production -->"})
	}
	for _, name := range []string{"Acme One", "Acme Two"} {
		g.commit("feature", map[string]string{recipeDocuments: state(name)})
		codes, request := g.proposed(t, "feature", "77")
		g.codes(t, codes, map[string]int{"validate": 0, "plan": 0})
		holds(t, g.said(t, request, "plan"), name, "[this job](https://gitlab.example/-/jobs/1)")
	}
	request := g.requests[0]
	lacks(t, g.said(t, request, "plan"), "Acme One")
	for _, n := range g.notes[:3] {
		if n["edits"] != nil {
			t.Error("somebody else's note was touched")
		}
	}
	if n := g.writes(); n != 0 {
		t.Errorf("planning wrote %d times", n)
	}
	g.codes(t, g.merged(t, request), map[string]int{"apply": 0})
	holds(t, g.said(t, request, "apply"), "was applied", "1 updated")
	g.appliedTwo(t)

	// Hostile names do no harm here, either.
	g.renamed(hostile)
	g.codes(t, g.onMain(t, map[string]string{"CI_PIPELINE_SOURCE": "schedule"}), map[string]int{"drift": 0})
	asCodeAlone(t, asText(g.issues[0]["description"]))
	lacks(t, asText(g.issues[0]["title"]), "gotcha")
}

func TestOnGitLabWhatWasNotReviewedIsNotApplied(t *testing.T) {
	other := map[string]string{"stytch/production/other.yaml": "organizations:\n  other: {organization_name: Other}\n"}
	for name, c := range map[string]struct {
		before func(*testing.T, *gitLab, map[string]any)
		told   string
	}{
		"main moved": {func(_ *testing.T, g *gitLab, _ map[string]any) { g.commit("main", other) }, "is not what was reviewed"},
		"a commit came after the plan": {func(_ *testing.T, g *gitLab, r map[string]any) {
			r["sha"] = g.commit("feature", other)
		}, "has no plan that could be applied"},
		"it comes from a fork":        {func(_ *testing.T, _ *gitLab, r map[string]any) { r["source_project_id"] = 78 }, "has no plan that could be applied"},
		"the digest is kept no more":  {func(_ *testing.T, g *gitLab, _ map[string]any) { g.jobs = map[int]string{g.lastPipeline(): ""} }, "is not kept any more"},
		"the digest is somebody else": {func(_ *testing.T, g *gitLab, _ map[string]any) { g.jobs[g.lastPipeline()] = "--auto-approve" }, "is not kept any more"},
	} {
		t.Run(name, func(t *testing.T) {
			g := onGitLab(t)
			g.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
			codes, request := g.proposed(t, "feature", "77")
			g.codes(t, codes, map[string]int{"validate": 0, "plan": 0})
			c.before(t, g, request)
			g.codes(t, g.merged(t, request), map[string]int{"apply": exitStale})
			body := g.said(t, request, "apply")
			holds(t, body, "**Nothing was written**", c.told, "Acme Two")
			if n := g.writes(); n != 0 {
				t.Errorf("%d writes, want none", n)
			}
			digest := regexp.MustCompile("`STYTCH_DIGEST` set to `(sha256:[0-9a-f]{64})`").FindStringSubmatch(body)
			if digest == nil {
				t.Fatalf("no digest in\n%s", body)
			}
			g.codes(t, g.onMain(t, map[string]string{"CI_PIPELINE_SOURCE": "web", "STYTCH_DIGEST": digest[1]}), map[string]int{"apply": 0})
			g.appliedTwo(t)
		})
	}
}

func (g *gitLab) lastPipeline() int {
	id, _ := property(g.requests[len(g.requests)-1]["head_pipeline"], "id").(int)
	return id
}

func TestOnGitLabAForkIsValidatedAndNothingElse(t *testing.T) {
	g := onGitLab(t)
	g.commit("theirs", map[string]string{recipeDocuments: state("Acme Two")})
	codes, _ := g.proposed(t, "theirs", "78")
	g.codes(t, codes, map[string]int{"validate": 0})
	if len(g.stytch.sandbox.Requests()) > 0 || len(g.notes) > 0 {
		t.Error("Stytch was asked something, or somebody was told")
	}
}

func TestOnGitLabWhatFailsIsTold(t *testing.T) {
	g := onGitLab(t)
	blocked := strings.Replace(state("x", "policy: {protect: [organization/acme]}\n"), "{organization_name: x}", "{absent: true}", 1)
	g.commit("feature", map[string]string{recipeDocuments: blocked})
	codes, request := g.proposed(t, "feature", "77")
	g.codes(t, codes, map[string]int{"validate": 0, "plan": exitBlocked})
	holds(t, g.said(t, request, "plan"), "**This plan is blocked**")

	g.commit("feature", map[string]string{recipeDocuments: state("Acme Two") + "  beta: {organization_name: Beta}\n"})
	codes, request = g.proposed(t, "feature", "77")
	g.codes(t, codes, map[string]int{"validate": 0, "plan": 0})
	g.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations", func() error { return errors.New("not today") }}}
	g.codes(t, g.merged(t, request), map[string]int{"apply": exitPartial})
	holds(t, g.said(t, request, "apply"), "**Applied in part.**", "not today")
	if journals, _ := filepath.Glob(filepath.Join(g.caches, "stytch-journal-production/.stytch-reconcile/*.jsonl")); len(journals) == 0 {
		t.Error("the journal was not kept")
	}
}

func TestOnGitLabDriftIsOneIssue(t *testing.T) {
	g := onGitLab(t)
	marker := "<!-- stytch-reconcile drift " + g.stytch.credentials.ProjectID + " -->"
	for i := range 3 {
		g.issues = append(g.issues, map[string]any{"iid": i, "state": "opened", "author": map[string]any{"id": them}, "description": marker})
	}
	looks := func(code int) {
		t.Helper()
		g.codes(t, g.onMain(t, map[string]string{"CI_PIPELINE_SOURCE": "schedule"}), map[string]int{"drift": code})
	}
	ours := func(state string) map[string]any {
		t.Helper()
		if len(g.issues) != 4 || g.issues[3]["state"] != state || g.issues[0]["edits"] != nil {
			t.Fatalf("want one issue of ours that is %s, and the others untouched: %v\n%s", state, g.issues, g.log)
		}
		return g.issues[3]
	}
	looks(0)
	g.renamed("Acme by hand")
	looks(0)
	holds(t, asText(ours("opened")["description"]), marker, "Acme by hand")
	looks(0)
	if ours("opened")["edits"] != 1 {
		t.Error("the issue was not updated")
	}
	holds(t, g.log, "drift: 0 new, 1 still there")
	g.renamed("Acme")
	g.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations/search", func() error { return errors.New("not today") }}}
	looks(exitIncomplete)
	ours("opened")
	looks(0)
	ours("closed")
}

// Whatever else the repository deploys to an environment of that name did not apply anything.
func TestOnGitLabNobodyElseSaysWhatWasApplied(t *testing.T) {
	g := onGitLab(t)
	g.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	codes, request := g.proposed(t, "feature", "77")
	g.codes(t, codes, map[string]int{"validate": 0, "plan": 0})
	g.codes(t, g.merged(t, request), map[string]int{"apply": 0})
	waiting := g.commit("main", map[string]string{recipeDocuments: state("Acme Five")})
	g.deployments = append([]map[string]any{
		{"sha": waiting, "deployable": map[string]any{"name": "deploy-website"}}, {"sha": waiting, "deployable": nil},
	}, g.deployments...)
	g.codes(t, g.onMain(t, map[string]string{"CI_PIPELINE_SOURCE": "schedule"}), map[string]int{"drift": 0})
	if len(g.issues) > 0 {
		t.Errorf("what was merged and waits is called drift: %v", g.issues)
	}
}
