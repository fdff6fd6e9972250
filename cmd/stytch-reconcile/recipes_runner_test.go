package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A flow is a workflow file, as far as the recipes use what there is. A key that is
// not here is an error when the file is read.
type flow struct {
	Name        string
	On          map[string]yaml.Node
	Permissions map[string]string
	Concurrency struct {
		Group            string
		CancelInProgress bool `yaml:"cancel-in-progress"`
	}
	Jobs map[string]flowJob
}

type flowJob struct {
	Needs          string
	If             string
	RunsOn         string `yaml:"runs-on"`
	Environment    string
	TimeoutMinutes int `yaml:"timeout-minutes"`
	Permissions    map[string]string
	Steps          []flowStep
}

type flowStep struct {
	ID, Name, If, Uses, Run, Shell string
	With, Env                      map[string]string
}

// A compositeAction is our action.yml.
type compositeAction struct {
	Name, Description string
	Inputs            map[string]struct {
		Description string
		Required    bool
		Default     string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []flowStep
	}
}

// strictly reads YAML into a form, and fails on what the form does not have.
func strictly(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// An occasion is what starts a workflow.
type occasion struct {
	event   string
	ref     string // refs/heads/main
	sha     string // what is checked out
	payload map[string]any
	inputs  map[string]any
	fork    bool
}

// A jobRun is one job while it runs: what its steps share.
type jobRun struct {
	*recipeWorld
	t         *testing.T
	occasion  occasion
	run       *workflowRun
	workspace string
	temporary string
	env       map[string]string
	contexts  map[string]any
	log       bytes.Buffer
	failed    bool
}

// start runs a workflow, job by job, and says how each ended.
func (w *recipeWorld) start(t *testing.T, file string, o occasion) map[string]string {
	t.Helper()
	var f flow
	strictly(t, filepath.Join(w.origin, ".github/workflows", file), &f)
	if _, ok := f.On[o.event]; !ok {
		t.Fatalf("%s does not run on %s", file, o.event)
	}
	if len(f.Permissions) > 0 {
		t.Errorf("%s gives permissions to every job", file)
	}
	run := w.began(file, o)
	results := map[string]string{}
	w.logs = ""
	for len(results) < len(f.Jobs) {
		before := len(results)
		for _, name := range slices.Sorted(maps.Keys(f.Jobs)) {
			if j := f.Jobs[name]; results[name] == "" && (j.Needs == "" || results[j.Needs] != "") {
				results[name] = w.job(t, j, run, o, j.Needs == "" || results[j.Needs] == "success")
			}
		}
		if len(results) == before {
			t.Fatalf("the jobs of %s wait for each other", file)
		}
	}
	conclusion := "success"
	if slices.Contains(slices.Collect(maps.Values(results)), "failure") {
		conclusion = "failure"
	}
	run.Conclusion = &conclusion
	return results
}

// began makes the run of a workflow.
func (w *recipeWorld) began(file string, o occasion) *workflowRun {
	w.platform.mu.Lock()
	defer w.platform.mu.Unlock()
	run := &workflowRun{
		ID: 9000 + len(w.platform.runs), RunNumber: len(w.platform.runs) + 1, RunAttempt: 1, HeadSHA: o.sha,
		HeadBranch: strings.TrimPrefix(o.ref, "refs/heads/"), HeadRepository: repositoryName{recipeRepository}, Event: o.event, workflow: file,
	}
	if request, ok := o.payload["pull_request"].(map[string]any); ok {
		run.HeadSHA = asText(property(property(request, "head"), "sha"))
	}
	if o.fork {
		run.HeadRepository.FullName = "stranger/auth"
	}
	w.platform.runs = append(w.platform.runs, run)
	return run
}

func (w *recipeWorld) job(t *testing.T, j flowJob, run *workflowRun, o occasion, needed bool) string {
	t.Helper()
	token, secrets := w.platform.grant(j.Permissions), w.secrets[j.Environment]
	if o.fork { // whatever the workflow says
		readOnly := maps.Clone(j.Permissions)
		for area := range readOnly {
			readOnly[area] = "read"
		}
		token, secrets = w.platform.grant(readOnly), nil
	}
	r := &jobRun{recipeWorld: w, t: t, occasion: o, run: run, workspace: t.TempDir(), temporary: t.TempDir()}
	r.contexts = map[string]any{
		"secrets": secrets,
		"vars":    w.variables,
		"inputs":  o.inputs,
		"runner":  map[string]any{"temp": r.temporary},
		"github": map[string]any{
			"repository": recipeRepository, "sha": o.sha, "ref": o.ref, "event_name": o.event, "event": o.payload, "token": token,
			"run_id": run.ID, "run_attempt": run.RunAttempt,
		},
	}
	r.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": recipeRepository, "GITHUB_SHA": o.sha, "GITHUB_REF": o.ref,
		"GITHUB_REF_NAME": strings.TrimPrefix(o.ref, "refs/heads/"), "GITHUB_EVENT_NAME": o.event, "GITHUB_WORKSPACE": r.workspace,
		"GITHUB_SERVER_URL": "https://github.example", "GITHUB_API_URL": w.platform.url, "GITHUB_RUN_ID": fmt.Sprint(run.ID),
		"GITHUB_RUN_ATTEMPT": fmt.Sprint(run.RunAttempt), "RUNNER_TEMP": r.temporary, "HOME": r.temporary,
		"PATH": w.path, "STYTCH_BASE_URI": w.stytch.server.URL, "STYTCH_MANAGEMENT_BASE_URI": w.stytch.server.URL,
	}
	e := &evaluation{contexts: r.contexts, failed: !needed}
	runs, err := e.condition(j.If)
	if err != nil {
		t.Fatal(err)
	}
	if !runs {
		return "skipped"
	}
	r.steps(j.Steps, r.env, "")
	w.logs += r.log.String()
	w.checkLog(r.log.String())
	if r.failed {
		return "failure"
	}
	return "success"
}

// steps runs steps one after the other. Those of an action have a scope of their own.
func (r *jobRun) steps(steps []flowStep, env map[string]string, action string) {
	outer, outputs := r.contexts["steps"], map[string]any{}
	r.contexts["steps"] = outputs
	defer func() { r.contexts["steps"] = outer }()
	for _, s := range steps {
		e := &evaluation{contexts: r.contexts, failed: r.failed}
		runs, err := e.condition(s.If)
		r.check(err)
		if !runs {
			continue
		}
		own := maps.Clone(env)
		maps.Copy(own, r.each(e, s.Env))
		with := r.each(e, s.With)
		var made map[string]any
		switch {
		case s.Run != "" && s.Uses == "":
			made = r.script(s, own, action)
		case s.Run == "" && strings.HasPrefix(s.Uses, "./"):
			r.action(s, own, with)
		case s.Run == "":
			r.uses(s.Uses, with)
		default:
			r.t.Fatalf("the step %+v neither runs nor uses", s)
		}
		if s.ID != "" {
			outputs[s.ID] = map[string]any{"outputs": made}
		}
	}
}

func (r *jobRun) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *jobRun) each(e *evaluation, texts map[string]string) map[string]string {
	values := map[string]string{}
	for name, text := range texts {
		value, err := e.text(text)
		r.check(err)
		values[name] = value
	}
	return values
}

// script runs the lines of a step as GitHub does, and reads what they put out.
func (r *jobRun) script(s flowStep, env map[string]string, action string) map[string]any {
	if strings.Contains(s.Run, "${{") {
		r.t.Errorf("an expression is pasted into a script: %s", s.Run)
	}
	if action != "" && s.Shell != "bash" {
		r.t.Errorf("a step of an action names no shell: %s", s.Run)
	}
	outputs, err := os.CreateTemp(r.temporary, "output-*")
	r.check(err)
	r.check(outputs.Close())
	summary := outputs.Name() + ".summary"
	r.check(os.WriteFile(summary, nil, 0o600))
	cmd := exec.CommandContext(r.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.workspace, &r.log, &r.log
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "GITHUB_OUTPUT="+outputs.Name(), "GITHUB_STEP_SUMMARY="+summary, "GITHUB_ACTION_PATH="+action)
	err = cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		r.failed = true
	} else {
		r.check(err)
	}
	written, err := os.ReadFile(summary)
	r.check(err)
	r.summaries += string(written)
	content, err := os.ReadFile(outputs.Name())
	r.check(err)
	made, err := stepOutputs(string(content))
	r.check(err)
	return made
}
