package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// outputsOf reads outputs as GitHub's runner does: a name, then = and the value, or
// << and a delimiter, and the lines up to it.
func outputsOf(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			outputs[line[:equals]] = line[equals+1:]
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			var value []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				value = append(value, lines[i])
			}
			if i == len(lines) {
				return nil, fmt.Errorf("%s does not end", name)
			}
			outputs[name] = strings.Join(value, "\n")
		default:
			return nil, fmt.Errorf("%q is no output", line)
		}
	}
	return outputs, nil
}

func TestNoTextCanInjectAnOutput(t *testing.T) {
	hostile := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"\n", "\r", "=", "<<", "EOF", "end-", "blocked=false", " ", "a", "\\", "::"}), 0, 9).Draw(t, "parts"), "")
	}))
	rapid.Check(t, func(t *rapid.T) {
		f := workflow{plan: &plan.Plan{Digest: hostile.Draw(t, "digest"), Blocked: []plan.Block{{ID: "deletes"}}, Changes: []plan.Change{
			{Risks: []plan.Risk{{Class: hostile.Draw(t, "class")}, {Class: plan.LockOut}}},
		}}}
		outputs, err := outputsOf(string(f.stepOutputs([]byte("x"), exitBlocked)))
		if err != nil {
			t.Fatal(err)
		}
		if outputs["blocked"] != "true" || outputs["exit_code"] != "3" || len(outputs) != 12 {
			t.Fatalf("an output was forged or lost: %q", outputs)
		}
		for name, value := range outputs {
			if strings.ContainsAny(value, "\r\n") {
				t.Fatalf("%s has several lines: %q", name, value)
			}
		}
		if !strings.HasPrefix(outputs["risks"], plan.LockOut) {
			t.Fatalf("the worst risk is not the first: %q", outputs["risks"])
		}
	})
}

func TestThePlaceOfAFileInTheRepository(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "real", "infra"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(root, "link")); err != nil {
		t.Skip("no links here: ", err)
	}
	for _, name := range []string{"real/infra/a.yaml"} {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	for _, test := range []struct {
		name       string
		in         workspace
		file, want string // want "" is outside
	}{
		{"without a workspace a file is where it is", workspace{here: at("real", "infra")}, "a.yaml", "a.yaml"},
		{"in the root of the workspace too", workspace{here: at("real"), root: at("real")}, "infra/a.yaml", "infra/a.yaml"},
		{"beneath it the way there comes first", workspace{here: at("real", "infra"), root: at("real")}, "a.yaml", "infra/a.yaml"},
		{"a way up is taken", workspace{here: at("real", "infra"), root: at("real")}, "../b.yaml", "b.yaml"},
		{"a way out leads outside", workspace{here: at("real"), root: at("real")}, "../b.yaml", ""},
		{"an absolute file is made relative", workspace{here: at("real", "infra"), root: at("real")}, at("real", "infra", "a.yaml"), "infra/a.yaml"},
		{"an absolute file without a workspace is below the working directory", workspace{here: at("real")}, at("real", "infra", "a.yaml"), "infra/a.yaml"},
		{"an absolute file elsewhere is outside", workspace{here: at("real"), root: at("real")}, at("elsewhere.yaml"), ""},
		{"a workspace that is a link is the same", workspace{here: at("real", "infra"), root: at("link")}, "a.yaml", "infra/a.yaml"},
		{"an absolute file by a link is the same", workspace{here: at("real"), root: at("real")}, at("link", "infra", "a.yaml"), "infra/a.yaml"},
		{"a working directory elsewhere is its own root", workspace{here: at("real"), root: at("other")}, "a.yaml", "a.yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := test.in.file(test.file)
			if got = map[bool]string{true: got}[ok]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What is written to Stytch must not look like a plain failure because a file of
// the platform is gone.
func TestAResultThatCannotBeHandedOnIsAFailure(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone", "output")
	for _, test := range []struct {
		name string
		code int
		f    workflow
		want int
	}{
		{"nothing else failed", 0, workflow{plan: &plan.Plan{}}, exitError},
		{"something was written", 0, workflow{plan: &plan.Plan{}, report: &plan.Report{Requests: plan.Requests{Written: 1}}}, exitPartial},
		{"the code that there is stays", exitStale, workflow{plan: &plan.Plan{}}, exitStale},
	} {
		t.Run(test.name, func(t *testing.T) {
			var said bytes.Buffer
			test.f.outputs = true
			o := output{workflow: test.f, program: program{stderr: &said, lookupEnv: func(string) (string, bool) { return gone, true }}}
			if got := o.tellWorkflow(test.code, nil); got != test.want {
				t.Errorf("the code is %d, want %d", got, test.want)
			}
			if diff := cmp.Diff("error: appending to "+gone+": no such file or directory\n", said.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARepairTellsWhatItDidAndWhatItLeft(t *testing.T) {
	p := &plan.Plan{Complete: true, Changes: []plan.Change{{Address: "organization/done", Action: plan.Update}, {Address: "organization/left", Action: plan.Update}}, Differences: []plan.Difference{{}}}
	o := output{workflow: workflow{drift: true, plan: p, report: &plan.Report{Operations: []plan.ReportedChange{{Address: "organization/done", Action: plan.Update, Result: plan.Done}}}}}
	var titles []string
	for _, a := range o.workflow.found() {
		titles = append(titles, a.Title)
	}
	if diff := cmp.Diff([]string{"Done: Update organization/done", "Update organization/left"}, titles); diff != "" {
		t.Error(diff)
	}
	summary, err := o.summarize(nil)
	if err != nil || !bytes.Contains(summary, []byte("### Apply to")) || !bytes.Contains(summary, []byte("### Plan for")) {
		t.Errorf("%v: the summary is\n%s", err, summary)
	}
}

func TestAnOutputThatIsNoPlainWordStandsBetweenDelimitersNobodyKnows(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		var b bytes.Buffer
		stepOutput(&b, "risks", "a b")
		lines := strings.Split(b.String(), "\n")
		delimiter, ok := strings.CutPrefix(lines[0], "risks<<")
		if !ok || len(lines) != 4 || lines[1] != "a b" || lines[2] != delimiter || seen[delimiter] {
			t.Errorf("got %q", b.String())
		}
		seen[delimiter] = true
	}
}

func TestARunThatEndsWithAnErrorHandsOnItsCodeAlone(t *testing.T) {
	f := workflow{plan: &plan.Plan{Digest: "sha256:x"}, report: &plan.Report{}}
	if diff := cmp.Diff("exit_code=1\n", string(f.stepOutputs(nil, exitError))); diff != "" {
		t.Error(diff)
	}
}
