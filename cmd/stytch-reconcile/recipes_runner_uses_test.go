package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// action runs our own action, which has to be in the checkout.
func (r *jobRun) action(s flowStep, env, with map[string]string) {
	directory := filepath.Join(r.workspace, s.Uses)
	var a compositeAction
	strictly(r.t, filepath.Join(directory, "action.yml"), &a)
	inputs := map[string]any{}
	for name, input := range a.Inputs {
		value, err := (&evaluation{contexts: r.contexts}).text(input.Default)
		r.check(err)
		inputs[name] = value
	}
	for name, value := range with {
		if _, ok := a.Inputs[name]; !ok {
			r.t.Fatalf("the action has no input %s", name)
		}
		inputs[name] = value
	}
	inputs["binary"], inputs["version"] = "stytch-reconcile", ""
	outer := maps.Clone(r.contexts)
	r.contexts["inputs"] = inputs
	// An action sees neither of them.
	delete(r.contexts, "secrets")
	delete(r.contexts, "vars")
	r.steps(a.Runs.Steps, env, directory)
	maps.Copy(r.contexts, outer)
}

// uses does what an action of GitHub's does.
func (r *jobRun) uses(name string, with map[string]string) {
	switch name {
	case "actions/checkout@v4":
		if with["persist-credentials"] != "false" {
			r.t.Errorf("the checkout keeps the token")
		}
		if with["fetch-depth"] == "0" {
			git(r.t, r.workspace, "clone", "-q", "--shared", "--no-checkout", r.origin, ".")
		} else { // one commit and no branches
			git(r.t, r.workspace, "init", "-q")
			git(r.t, r.workspace, "fetch", "-q", "--depth", "1", "file://"+r.origin, r.occasion.sha)
		}
		git(r.t, r.workspace, "checkout", "-q", r.occasion.sha)
	case "actions/upload-artifact@v4":
		r.upload(with)
	case "actions/cache/restore@v4", "actions/cache/save@v4":
		kept := filepath.Join(r.caches, strings.TrimSuffix(with["key"], fmt.Sprintf("%d-%d", r.run.ID, r.run.RunAttempt)))
		from, to := kept, filepath.Join(r.workspace, with["path"])
		if strings.Contains(name, "save") {
			from, to = to, from
			r.check(os.RemoveAll(to))
		} else if with["restore-keys"] != filepath.Base(kept) {
			r.t.Errorf("the cache %s is not looked up by the start of its key", with["key"])
		}
		if _, err := os.Stat(from); err == nil {
			r.check(os.CopyFS(to, os.DirFS(from)))
		}
	default:
		r.t.Fatalf("the action %s is not known here", name)
	}
}

func (r *jobRun) upload(with map[string]string) {
	path := with["path"]
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.workspace, path)
	}
	files := map[string]string{}
	err := filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		files[entry.Name()] = string(content)
		return err
	})
	if err != nil && with["if-no-files-found"] != "ignore" {
		r.log.WriteString("no files were found\n")
		r.failed = true
		return
	}
	if strings.Contains(with["path"], "/.") || strings.HasPrefix(with["path"], ".") {
		if with["include-hidden-files"] != "true" {
			r.t.Errorf("%s is hidden, and would not be uploaded", with["path"])
		}
	}
	if len(files) > 0 {
		r.platform.mu.Lock()
		defer r.platform.mu.Unlock()
		r.platform.artifacts[fmt.Sprintf("%d/%s", r.run.ID, with["name"])] = files
	}
}

// stepOutputs reads what a step put out, as the runner does.
func stepOutputs(content string) (map[string]any, error) {
	outputs := map[string]any{}
	lines := strings.Split(content, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		name, rest, heredoc := strings.Cut(line, "<<")
		if equals := strings.Index(line, "="); equals >= 0 && (!heredoc || equals < len(name)) {
			outputs[line[:equals]] = line[equals+1:]
			continue
		}
		if !heredoc {
			return nil, fmt.Errorf("the runner cannot read the output %q", line)
		}
		end := slices.Index(lines[i+1:], rest)
		if end < 0 {
			return nil, fmt.Errorf("the output %s does not end", name)
		}
		outputs[name] = strings.Join(lines[i+1:i+1+end], "\n")
		i += end + 1
	}
	return outputs, nil
}

// checkLog fails on a line that the runner would take for a command, but for those
// that only show something, and on a secret.
func (w *recipeWorld) checkLog(log string) {
	w.t.Helper()
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		harmless := strings.HasPrefix(line, "::error ") || strings.HasPrefix(line, "::warning ") || strings.HasPrefix(line, "::notice ")
		if strings.Contains(line, "##[") || strings.HasPrefix(line, "::") && !harmless {
			w.t.Errorf("a line of the log is a command: %q", line)
		}
	}
	for _, secret := range []string{w.stytch.credentials.Secret, w.stytch.credentials.WorkspaceKeySecret} {
		if strings.Contains(log, secret) {
			w.t.Errorf("a secret is in the log:\n%s", log)
		}
	}
}
