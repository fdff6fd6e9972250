package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// repositoryOf makes a git repository of one document in the working directory.
func repositoryOf(t *testing.T, document string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("acme.yaml", []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	inGit(t, "init", "--quiet")
	inGit(t, "add", ".")
	inGit(t, "-c", "user.name=Test", "-c", "user.email=test@acme.example", "commit", "--quiet", "-m", "All.")
}

// inGit runs git and gives what it writes.
func inGit(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// An interrupt while git hands over a commit ends the run, and leaves nothing of
// the commit behind.
func TestAnInterruptLeavesNothingOfABaseBehind(t *testing.T) {
	repositoryOf(t, "version: 1\nproject: {project_slug: acme-auth, environment_slug: test}\norganizations:\n  acme: {organization_name: Acme}\n")
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	programs, temporary := t.TempDir(), t.TempDir()
	pipe := filepath.Join(programs, "started")
	if err := exec.CommandContext(t.Context(), "mkfifo", pipe).Run(); err != nil {
		t.Skip("there are no pipes with a name")
	}
	// A git that tells when it is asked for contents, and then takes its time.
	slow := fmt.Sprintf("#!/bin/sh\ncase \"$*\" in *cat-file*) echo >%s; exec sleep 60;; esac\nexec %s \"$@\"\n", pipe, git)
	if err := os.WriteFile(filepath.Join(programs, "git"), []byte(slow), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", temporary)

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	go func() {
		started, err := os.Open(pipe)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, started)
		_ = started.Close()
		interrupt()
	}()
	var out, talk bytes.Buffer
	code := run(ctx, []string{"plan", "--base", "git:HEAD", "acme.yaml"}, program{
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk, lookupEnv: func(string) (string, bool) { return "", false },
	})
	if want := "error: --base git:HEAD: interrupted; nothing was written\n"; code != exitError || talk.String() != want {
		t.Errorf("exit code %d, said %q, want %d and %q", code, talk.String(), exitError, want)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// What the repository's git is started with holds nothing of Stytch's credentials.
func TestGitSeesNoCredentials(t *testing.T) {
	t.Setenv("STYTCH_SECRET", "canary")
	r := &repository{program: "git"}
	for _, variable := range r.command(t.Context(), "version").Env {
		if strings.HasPrefix(variable, "STYTCH_") || strings.Contains(variable, "canary") {
			t.Errorf("git is given %s", variable)
		}
	}
}

// A hook of git is told of a repository in its environment, and then takes every
// directory for the top of it. What counts is where the working directory is:
// elsewhere there would be nothing that is protected.
func TestTheRepositoryIsTheOneOfTheWorkingDirectory(t *testing.T) {
	repositoryOf(t, "version: 1\n")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("below", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("below")
	t.Setenv("GIT_DIR", filepath.Join(here, ".git"))
	r, err := openRepository(t.Context(), "HEAD")
	if err != nil || r.prefix != "below/" {
		t.Errorf("%+v, %v; the working directory is below/ in its repository", r, err)
	}
	t.Setenv("GIT_WORK_TREE", filepath.Join(here, "below"))
	if r, err := openRepository(t.Context(), "HEAD"); err != nil || r.prefix != "below/" {
		t.Errorf("%+v, %v; the working directory is below/ in its repository", r, err)
	}
}

// A directory of documents may hold what looks like a repository of its own: its
// author would say what was protected, and by its configuration what git runs.
func TestARepositoryThatIsAmongTheDocumentsIsNone(t *testing.T) {
	repositoryOf(t, "version: 1\n")
	inGit(t, "clone", "--quiet", "--bare", ".", "below")
	t.Chdir("below")
	if r, err := openRepository(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "cannot use bare repository") {
		t.Errorf("%+v, %v", r, err)
	}
}

// What a commit says is not what a repository may have put in its place.
func TestABaseIsReadAsItWasCommitted(t *testing.T) {
	repositoryOf(t, "version: 1\n")
	if err := os.WriteFile("other", []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	inGit(t, "replace", inGit(t, "rev-parse", "HEAD:acme.yaml"), inGit(t, "hash-object", "-w", "other"))
	places, root, err := checkOut(t.Context(), "HEAD", []string{"acme.yaml"})
	defer func() { _ = os.RemoveAll(root) }()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(places[0]); err != nil || string(got) != "version: 1\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// An interrupt ends the run also when git has started something that goes on,
// as it does to fetch what a partial clone lacks.
func TestAnInterruptWaitsForNothingThatGitStarted(t *testing.T) {
	programs := t.TempDir()
	pipe := filepath.Join(programs, "started")
	if err := exec.CommandContext(t.Context(), "mkfifo", pipe).Run(); err != nil {
		t.Skip("there are no pipes with a name")
	}
	git := filepath.Join(programs, "git")
	if err := os.WriteFile(git, []byte("#!/bin/sh\nsleep 30 &\necho >"+pipe+"\nwait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := (&repository{program: git}).git(ctx, "rev-parse")
		ended <- err
	}()
	if _, err := os.ReadFile(pipe); err != nil {
		t.Fatal(err)
	}
	interrupt()
	select {
	case err := <-ended:
		if !errors.Is(err, errInterrupted) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the run goes on until what git started has ended")
	}
}

// A tree of git may hold names that a working tree cannot: none of them leads
// out of the directory that a commit is written to.
func TestACommitIsWrittenIntoItsDirectoryAlone(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	into, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = into.Close() }()
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../evil.yaml", "a/../../evil.yaml", filepath.Join(outside, "evil.yaml"), "link/evil.yaml"} {
		if err := writeFile(into, name, strings.NewReader("evil")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	left, err := os.ReadDir(outside)
	if err != nil || len(left) > 0 {
		t.Errorf("written outside: %v %v", left, err)
	}
}
