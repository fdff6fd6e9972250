package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	rendered "github.com/yuin/goldmark/renderer/html"
)

var (
	planned     = map[string]string{"validate": "success", "plan": "success"}
	planFailed  = map[string]string{"validate": "success", "plan": "failure"}
	applied     = map[string]string{"apply": "success"}
	applyFailed = map[string]string{"apply": "failure"}
	looked      = map[string]string{"drift": "success"}
	lookFailed  = map[string]string{"drift": "failure"}
)

func TestOnGitHubAPlanIsOneCommentAndAppliesWhatWasReviewed(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme One")})
	// Others wrote here before, some of them with our marker.
	for i := range 3 {
		w.platform.comments = append(w.platform.comments, &comment{
			ID: 1 + i, Number: pr.Number, User: user{"mallory"}, Body: "<!-- stytch-reconcile in CI: plan of production -->\nAll is well.",
		})
	}
	w.ended(t, w.plan(t, pr), planned)
	c := w.only(t, pr, "plan")
	holds(t, c.Body, "Acme One", "stytch-reconcile:plan project=acme-auth environment=production", "https://github.example/acme/auth/actions/runs/")
	holds(t, w.summaries, "Acme One")
	holds(t, w.logs, "::")

	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	c = w.only(t, pr, "plan")
	holds(t, c.Body, "Acme Two")
	lacks(t, c.Body, "Acme One")
	if c.edits != 1 {
		t.Errorf("the comment was edited %d times, want once", c.edits)
	}
	for _, c := range w.platform.comments[:3] {
		if c.edits > 0 {
			t.Errorf("a comment of %s was touched", c.User.Login)
		}
	}
	if n := w.writes(); n != 0 {
		t.Errorf("planning wrote %d times", n)
	}

	// Whoever may write to the repository may edit the comment. That changes nothing.
	c.Body = regexp.MustCompile(`sha256:[0-9a-f]{64}`).ReplaceAllString(c.Body, "sha256:"+strings.Repeat("0", 64))
	w.ended(t, w.merge(t, pr, "--squash"), applied)
	if n := w.writes(); n != 1 {
		t.Errorf("the apply wrote %d times, want once\n%s", n, w.logs)
	}
	w.appliedTwo(t)
	holds(t, w.only(t, pr, "apply").Body, "was applied", "1 updated")
	if len(w.artifact("stytch-journal-production-1")) == 0 {
		t.Errorf("the journal was not kept: %v", w.platform.artifacts)
	}
}

func TestOnGitHubEveryWayToMergeBringsItsDigest(t *testing.T) {
	for name, how := range map[string][]string{
		"a merge commit": {"--no-ff", "-m", "Merge"},
		"a fast-forward": {"--ff-only"},
		"a squash":       {"--squash"},
		"a rebase":       {"--rebase"},
	} {
		t.Run(name, func(t *testing.T) {
			w := onGitHub(t)
			pr := w.open("feature", recipeRepository)
			w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
			w.ended(t, w.plan(t, pr), planned)
			if how[0] != "--ff-only" {
				// Main moves on, and what moved it is applied: the digest is the same, for it is the same plan.
				w.commit("main", map[string]string{"stytch/production/other.yaml": "organizations:\n  other: {organization_name: Other}\n"})
				w.program("apply", "--auto-approve", "--journal", t.TempDir(), filepath.Join(w.origin, "stytch/production"))
			}
			w.ended(t, w.merge(t, pr, how...), applied)
			w.appliedTwo(t)
		})
	}
}

func TestOnGitHubWhatWasNotReviewedIsNotApplied(t *testing.T) {
	other := map[string]string{"stytch/production/other.yaml": "organizations:\n  other: {organization_name: Other}\n"}
	for _, c := range []struct {
		name   string
		happen func(*testing.T, *recipeWorld, *pullRequest) map[string]string
		told   string // "" where nobody can be told but by the log
	}{
		{"main moved, and what moved it was not applied", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.commit("main", other)
			return w.merge(t, pr, "--no-ff", "-m", "Merge")
		}, "what would run now is not what was reviewed"},
		{"somebody changed Stytch by hand", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.renamed("Acme by hand")
			w.writes()
			return w.merge(t, pr, "--squash")
		}, "what would run now is not what was reviewed"},
		{"a commit came after the plan", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			pr.Head.SHA = w.commit("feature", other)
			return w.merge(t, pr, "--squash")
		}, "has no plan that could be applied"},
		{"the plan of the last commit is not done", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.began("plan.yml", occasion{event: "pull_request", sha: pr.Head.SHA})
			return w.merge(t, pr, "--squash")
		}, "has no plan that could be applied"},
		{"the plan was made again, and nobody has its digest", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.platform.runs[len(w.platform.runs)-1].RunAttempt = 2
			return w.merge(t, pr, "--squash")
		}, "is not kept any more, or none was made"},
		{"the pull request comes from a fork", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			pr.Head.Repository.FullName = "stranger/auth"
			return w.merge(t, pr, "--squash")
		}, "comes from a fork"},
		{"the run that has the digest is one of a fork", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.platform.runs[len(w.platform.runs)-1].HeadRepository.FullName = "stranger/auth"
			return w.merge(t, pr, "--squash")
		}, "has no plan that could be applied"},
		{"somebody pushed to main", func(t *testing.T, w *recipeWorld, _ *pullRequest) map[string]string {
			w.commit("main", other)
			return w.pushed(t)
		}, ""},
		{"a commit of a merged pull request is pushed", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			git(t, w.origin, "checkout", "-q", "main")
			git(t, w.origin, "merge", "-q", "--ff-only", pr.branch)
			earlier := "2026-11-22T10:11:12Z"
			pr.MergedAt, pr.MergeCommitSHA = &earlier, strings.Repeat("a", 40)
			return w.pushed(t) // the commit belongs to the pull request, but is not what it became
		}, ""},
		{"the digest that was kept is none", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.artifact("stytch-plan-production-1")["digest"] = "--auto-approve"
			return w.merge(t, pr, "--squash")
		}, "is none"},
		{"a person gives the digest of something else", func(t *testing.T, w *recipeWorld, pr *pullRequest) map[string]string {
			w.merge(t, pr, "--squash")
			w.renamed("Acme")
			w.writes()
			w.commit("main", other)
			return w.dispatched(t, strings.TrimSpace(w.artifact("stytch-plan-production-1")["digest"]))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := onGitHub(t)
			pr := w.open("feature", recipeRepository)
			w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
			w.ended(t, w.plan(t, pr), planned)
			w.ended(t, c.happen(t, w, pr), applyFailed)
			if n := w.writes(); n != 0 {
				t.Errorf("%d writes, want none\n%s", n, w.logs)
			}
			holds(t, w.summaries, "Acme Two") // what would run now is shown in any case
			if c.told == "" {
				return
			}
			holds(t, w.only(t, pr, "apply").Body, "**Nothing was written**", c.told, "gh workflow run apply.yml --ref main -f digest=sha256:")
		})
	}
}

func TestOnGitHubNobodyIsAskedToApplyWhatCouldNotBeReadWhole(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	pr.Head.SHA = git(t, w.origin, "rev-parse", "feature")
	w.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations/search", func() error { return fmt.Errorf("not today") }}}
	w.ended(t, w.merge(t, pr, "--squash"), applyFailed)
	body := w.only(t, pr, "apply").Body
	holds(t, body, "**Nothing was written**", "has no plan that could be applied", "could not be read whole")
	lacks(t, body, "gh workflow run")
}

func TestOnGitHubAPersonAppliesWhatAFailedApplyShowed(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	w.renamed("Acme by hand")
	w.ended(t, w.merge(t, pr, "--squash"), applyFailed)
	body := w.only(t, pr, "apply").Body
	holds(t, body, "Acme by hand")
	digest := regexp.MustCompile(`-f digest=(sha256:[0-9a-f]{64})\n`).FindStringSubmatch(body)
	if digest == nil {
		t.Fatalf("no digest in\n%s", body)
	}
	w.ended(t, w.dispatched(t, digest[1]), applied)
	w.appliedTwo(t)
}

func TestOnGitHubAForkIsValidatedAndNothingElse(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("theirs", "stranger/auth")
	w.commit("theirs", map[string]string{recipeDocuments: state("Acme Two")})
	before := w.stytch.contacts.Load()
	w.ended(t, w.plan(t, pr), map[string]string{"validate": "success", "plan": "skipped"})
	if len(w.stytch.sandbox.Requests()) > 0 || w.stytch.contacts.Load() != before {
		t.Error("Stytch was asked something")
	}
	if len(w.platform.comments) > 0 {
		t.Error("there is a comment")
	}
	w.commit("theirs", map[string]string{recipeDocuments: state("Acme Two") + "    nonsense: 1\n"})
	w.ended(t, w.plan(t, pr), map[string]string{"validate": "failure", "plan": "skipped"})
	holds(t, w.logs, "::error file="+recipeDocuments)
}

func TestOnGitHubAPlanThatFailsReplacesTheOneBefore(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	w.commit("feature", map[string]string{recipeDocuments: strings.Replace(state("x", "policy: {protect: [organization/acme]}\n"), "{organization_name: x}", "{absent: true}", 1)})
	w.ended(t, w.plan(t, pr), planFailed)
	holds(t, w.only(t, pr, "plan").Body, "**This plan is blocked**", "organization/acme")
	if got := w.platform.artifacts[fmt.Sprintf("%d/stytch-plan-production-1", w.platform.runs[len(w.platform.runs)-1].ID)]; got != nil {
		t.Errorf("the digest of a blocked plan was kept: %v", got)
	}
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Four")})
	w.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations/search", func() error { return fmt.Errorf("not today") }}}
	w.ended(t, w.plan(t, pr), planFailed)
	lacks(t, w.only(t, pr, "plan").Body, "Acme Two")
	w.ended(t, w.merge(t, pr, "--squash"), applyFailed)
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}

func TestOnGitHubAnApplyInPartFailsTellsAndKeepsTheJournal(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two") + "  beta: {organization_name: Beta}\n"})
	w.ended(t, w.plan(t, pr), planned)
	w.stytch.meanwhile = []interference{{"POST", "/v1/b2b/organizations", func() error { return fmt.Errorf("not today") }}}
	w.ended(t, w.merge(t, pr, "--squash"), applyFailed)
	holds(t, w.only(t, pr, "apply").Body, "**Applied in part.**", "not today", "organization/beta")
	if len(w.artifact("stytch-journal-production-1")) == 0 {
		t.Error("the journal was not kept")
	}
	w.appliedTwo(t)
	// Running it again is another plan, with what is left: a person decides.
	w.ended(t, w.pushed(t), applyFailed)
	holds(t, w.only(t, pr, "apply").Body, "**Nothing was written**", "Beta")
}

func TestOnGitHubAPlatformThatIsDownFailsTheJob(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	// Whether there was a review cannot be told: nothing is written.
	w.platform.broken = "/commits/"
	w.ended(t, w.merge(t, pr, "--squash"), applyFailed)
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
	// The report cannot be told: the journal is kept all the same.
	w.platform.broken = "/comments"
	w.ended(t, w.pushed(t), applyFailed)
	w.appliedTwo(t)
	if len(w.artifact("stytch-journal-production-1")) == 0 {
		t.Error("the journal was not kept")
	}
}

func TestOnGitHubALargePlanFitsIntoItsComment(t *testing.T) {
	w := onGitHub(t)
	pr := w.open("feature", recipeRepository)
	var many strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&many, "  org-%04d: {organization_name: %q}\n", i, fmt.Sprintf("An organization with the number %d 🙂", i))
	}
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two") + many.String()})
	w.ended(t, w.plan(t, pr), planned)
	c := w.only(t, pr, "plan")
	if len(c.Body) < 60_000 {
		t.Errorf("the comment has only %d bytes", len(c.Body))
	}
	holds(t, c.Body, "1500 to create, 1 to update", "in [this run](https://github.example/")
}

// hostile is what a customer may call an organization.
const hostile = "</details>`x`\\n::error::gotcha\\n##[set-env name=A]b\\nEOF\\ndigest=sha256:0 $(touch pwned) <!-- stytch-reconcile drift --> @everyone"

var code = regexp.MustCompile(`(?s)<code[^>]*>.*?</code>`)

// asCodeAlone fails unless the hostile name is in a Markdown as code and nothing else.
func asCodeAlone(t *testing.T, markdown string) {
	t.Helper()
	var html bytes.Buffer
	if err := goldmark.New(goldmark.WithRendererOptions(rendered.WithUnsafe())).Convert([]byte(markdown), &html); err != nil {
		t.Fatal(err)
	}
	holds(t, strings.Join(code.FindAllString(html.String(), -1), "\n"), "gotcha")
	rest := code.ReplaceAllString(html.String(), "")
	lacks(t, rest, "gotcha", "@everyone", "touch pwned")
	if got, want := strings.Count(rest, "</details>"), strings.Count(rest, "<details"); got != want {
		t.Errorf("%d details are closed, and %d opened:\n%s", got, want, rest)
	}
}

func TestOnGitHubAHostileNameDoesNoHarm(t *testing.T) {
	w := onGitHub(t)
	w.renamed(hostile)
	w.writes()
	pr := w.open("feature", recipeRepository)
	w.commit("feature", map[string]string{recipeDocuments: state("Acme Two")})
	w.ended(t, w.plan(t, pr), planned)
	asCodeAlone(t, w.only(t, pr, "plan").Body)
	w.ended(t, w.drifted(t), looked)
	asCodeAlone(t, w.platform.issues[0].Body)
	lacks(t, w.platform.issues[0].Title, "gotcha")
	w.ended(t, w.merge(t, pr, "--squash"), applied)
	w.appliedTwo(t)
}
