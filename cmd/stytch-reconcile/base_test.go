package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repositoryOf makes a git repository of one document in the working directory.
func repositoryOf(t *testing.T, document string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("acme.yaml", []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."}, {"-c", "user.name=Test", "-c", "user.email=test@acme.example", "commit", "--quiet", "-m", "All."}} {
		if out, err := exec.CommandContext(t.Context(), git, args...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
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
	slow := fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = cat-file ]; then echo >%s; exec sleep 60; fi\nexec %s \"$@\"\n", pipe, git)
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
