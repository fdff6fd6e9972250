package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const checkout = "../.."

// callProgram runs the program in this process, with nothing in its environment.
func callProgram(t *testing.T, wantCode int, args ...string) (stdout string) {
	t.Helper()
	var out, talk bytes.Buffer
	code := run(t.Context(), args, program{
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk, lookupEnv: func(string) (string, bool) { return "", false },
	})
	if code != wantCode {
		t.Fatalf("%s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, wantCode, out.String(), talk.String())
	}
	return out.String()
}

// exampleDirectories are all folders of examples/ that hold documents.
func exampleDirectories(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(checkout, "examples"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "ci" {
			return fs.SkipDir // the YAML there is that of pipelines
		}
		if err == nil && entry.IsDir() && entry.Name() == testsDir {
			return fs.SkipDir // what stands there is no document of its own
		}
		if err != nil || entry.IsDir() || strings.Contains(entry.Name(), ".vars.") {
			return err
		}
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".hcl":
			if dir := filepath.Dir(path); len(found) == 0 || found[len(found)-1] != dir {
				found = append(found, dir)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryExampleIsValidPlansAppliesAndThenPlansEmpty(t *testing.T) {
	examples := exampleDirectories(t)
	if len(examples) < 4 {
		t.Fatalf("found %d examples: %v", len(examples), examples)
	}
	for _, dir := range examples {
		t.Run(strings.TrimPrefix(filepath.ToSlash(dir), checkout+"/examples/"), func(t *testing.T) {
			t.Parallel()
			inSandbox := "--sandbox=" + t.TempDir()
			callProgram(t, 0, "validate", dir)
			callProgram(t, exitChanges, "plan", "--detailed-exitcode", inSandbox, dir)
			callProgram(t, 0, "apply", "--auto-approve", "--journal", t.TempDir(), inSandbox, dir)
			callProgram(t, 0, "plan", "--detailed-exitcode", inSandbox, dir)
			if _, err := os.Stat(filepath.Join(dir, testsDir)); err == nil {
				callProgram(t, 0, "test", dir)
			}
		})
	}
}

func TestBothSyntaxesOfAnExampleGiveTheSamePlan(t *testing.T) {
	for _, example := range []string{"quickstart", "rules"} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			samePlan(t, filepath.Join(checkout, "examples", example))
		})
	}
}

func samePlan(t *testing.T, example string) {
	t.Helper()
	inSandbox := "--sandbox=" + t.TempDir()
	inYAML, inHCL := filepath.Join(example, "yaml"), filepath.Join(example, "hcl")
	planned := func(dir string, wantCode int) string {
		return withoutSources(t, callProgram(t, wantCode, "plan", "--detailed-exitcode", "--format", "json", inSandbox, dir))
	}
	if diff := cmp.Diff(planned(inYAML, exitChanges), planned(inHCL, exitChanges)); diff != "" {
		t.Errorf("the plans differ (-yaml +hcl):\n%s", diff)
	}
	callProgram(t, 0, "apply", "--auto-approve", "--journal", t.TempDir(), inSandbox, inYAML)
	if diff := cmp.Diff(planned(inYAML, 0), planned(inHCL, 0)); diff != "" {
		t.Errorf("the plans after an apply differ (-yaml +hcl):\n%s", diff)
	}
}

// withoutSources drops every "source" of a JSON plan and keeps all other bytes.
func withoutSources(t *testing.T, written string) string {
	t.Helper()
	var plan struct {
		Changes []struct {
			Source json.RawMessage `json:"source"`
		} `json:"changes"`
	}
	if err := json.Unmarshal([]byte(written), &plan); err != nil {
		t.Fatal(err)
	}
	for _, change := range plan.Changes {
		if len(change.Source) == 0 {
			t.Fatal("a change has no source")
		}
		written = strings.Replace(written, `"source": `+string(change.Source), `"source": …`, 1)
	}
	return written
}

func TestTheCommandUnderTryItEndsInNoChanges(t *testing.T) {
	t.Parallel()
	command := codeBlock(t, "## Try it")
	copied := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "cmd", "internal", "pkg", "spec", "examples"} {
		copyTree(t, filepath.Join(checkout, part), filepath.Join(copied, part))
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", command)
	shell.Dir = copied
	var out, talk bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &talk
	if err := shell.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, out.String(), talk.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[len(lines)-2], "No changes.") {
		t.Errorf("it does not end in \"No changes.\":\n%s", out.String())
	}
}

func TestTheCommandUnderTestIsGoTest(t *testing.T) {
	t.Parallel()
	if got := codeBlock(t, "## Test"); got != "go test ./...\n" {
		t.Errorf("got %q", got)
	}
}

// codeBlock is the first code block of the README under a heading.
func codeBlock(t *testing.T, heading string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(checkout, "README.md"))
	if err != nil {
		t.Fatalf("the README says how to try and test the program, and cannot be read: %v", err)
	}
	_, section, found := strings.Cut(string(content), "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, block, opened := strings.Cut(section, "\n```")
	_, block, _ = strings.Cut(block, "\n") // the language
	block, _, closed := strings.Cut(block, "```")
	if !found || !opened || !closed {
		t.Fatalf("the README has no code block under %q", heading)
	}
	return block
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return
	}
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
