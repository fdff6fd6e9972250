package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// words are what scripts can say beyond testscript's own commands.
var words = map[string]func(*testscript.TestScript, bool, []string){
	"exits":     exits,
	"refused":   refused,
	"contacted": contacted,
	"stable":    stable,
	"digest":    digest,
	"json":      validJSON,
	"private":   private,
	"journal":   journal,
	"tear":      tear,
	"started":   started,
	"stytch":    startStytch,
	"call":      call,
	"meanwhile": meanwhile,
	"fails":     fails,
	"happens":   happens,
	"wrote":     wrote,
	"begun":     begun,
	"faults":    faults,
	"populate":  populate,
	"chat":      chat,
	"told":      told,
	"keypair":   keypair,
	"jwks":      serveJWKS,
	"sign":      sign,
	"attest":    attest,
	"recipe":    recipe,
}

// exits N COMMAND… runs a command that must end with exit code N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, args[1:]); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func exitCode(ts *testscript.TestScript, command []string) int {
	err := ts.Exec(command[0], command[1:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode()
	}
	ts.Check(err)
	return 0
}

var positioned = regexp.MustCompile(`^[^ :]+:[1-9][0-9]*:[1-9][0-9]*: (error|warning): `)

// refused ARG… plans documents that are wrong: exit code 1, nothing on stdout, a
// place on stderr, the same from validate, and no connection to Stytch.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: refused ARG…")
	}
	said := make([]string, 0, 2)
	for _, command := range []string{"validate", "plan"} {
		if got := exitCode(ts, append([]string{"stytch-reconcile", command}, args...)); got != exitError {
			ts.Fatalf("%s: exit code %d, want %d", command, got, exitError)
		}
		if out := ts.ReadFile("stdout"); out != "" {
			ts.Fatalf("%s: something on stdout", command)
		}
		said = append(said, ts.ReadFile("stderr"))
	}
	if said[0] != said[1] {
		ts.Fatalf("validate and plan do not say the same")
	}
	if !json.Valid([]byte(said[1])) && !positioned.MatchString(said[1]) {
		ts.Fatalf("what is said does not start with a place")
	}
	contacted(ts, true, nil)
}

// contacted fails unless a connection was made to the address that the
// environment gives as Stytch's; "! contacted" fails if there was one.
func contacted(ts *testscript.TestScript, neg bool, _ []string) {
	n := worldOf(ts).contacts.Load()
	if neg && n > 0 {
		ts.Fatalf("%d connections to Stytch, want none", n)
	}
	if !neg && n == 0 {
		ts.Fatalf("no connection to Stytch")
	}
}

// different is what differs from run to run, and what it is called in a golden
// file instead.
var different = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:DIGEST"},
	{regexp.MustCompile(`(127\.0\.0\.1|\[::1\]):[0-9]+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`(export [A-Z_]*SECRET=)'[^']+'`), "${1}'SECRET'"},
	{regexp.MustCompile(`go1\.[0-9.]+`), "GOVERSION"},
	{regexp.MustCompile(`apply-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}`), "apply-TIME-RANDOM"},
	{regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC`), "TIME"},
	{regexp.MustCompile(`[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}`), "TIME"},
}

// stable replaces what differs from run to run in the last stdout and stderr.
func stable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: stable")
	}
	replace := func(text string) string {
		for _, d := range different {
			text = d.form.ReplaceAllString(text, d.name)
		}
		return strings.ReplaceAll(text, ts.Getenv("WORK"), "$"+"WORK")
	}
	stdout, stderr := replace(ts.ReadFile("stdout")), replace(ts.ReadFile("stderr"))
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
}

// digest NAME puts the digest that the last stdout shows into a variable.
func digest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: digest NAME")
	}
	ts.Setenv(args[0], regexp.MustCompile(`sha256:[0-9a-f]{64}`).FindString(ts.ReadFile("stdout")))
}

// private FILE fails unless a file can be read and written by its owner alone.
func private(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: private FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := info.Mode().Perm(); got != 0o600 {
		ts.Fatalf("%s has mode %o, want 600", args[0], got)
	}
}

// journal DIR NAME puts the newest journal of a directory into a variable.
func journal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: journal DIR NAME")
	}
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "apply-*.jsonl"))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("%s holds no journal", args[0])
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return written(ts, a).Compare(written(ts, b)) })
	ts.Setenv(args[1], args[0]+"/"+filepath.Base(newest))
}

// begun DIR waits until a journal of a directory tells of an operation that began
// and has not ended.
func begun(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: begun DIR")
	}
	for range 1000 {
		found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "apply-*.jsonl"))
		ts.Check(err)
		for _, name := range found {
			content, err := os.ReadFile(name) //nolint:gosec // a file of the test
			ts.Check(err)
			if strings.Count(string(content), `"event":"begin"`) > strings.Count(string(content), `"event":"end"`) {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no operation begins")
}

// tear FILE LINES leaves so many lines of a journal, and half of the next: what a
// killed process leaves.
func tear(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tear FILE LINES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	lines := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	if len(lines) < n+2 {
		ts.Fatalf("%s has no more than %d lines", args[0], len(lines)-1)
	}
	torn := strings.Join(lines[:n], "") + lines[n][:len(lines[n])/2]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(torn), 0o600))
}

func written(ts *testscript.TestScript, name string) time.Time {
	info, err := os.Stat(name)
	ts.Check(err)
	return info.ModTime()
}

// json FILE fails unless a file is one JSON value.
func validJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: json FILE")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &value))
}
