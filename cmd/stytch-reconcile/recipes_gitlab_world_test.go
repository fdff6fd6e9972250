package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A gitLab keeps what the recipe uses of GitLab. Its lists have two entries a page.
type gitLab struct {
	*recipeWorld
	url         string
	notes       []map[string]any // with the merge request under "iid"
	issues      []map[string]any
	requests    []map[string]any // merge requests
	jobs        map[int]string   // what the plan of a pipeline kept as its digest
	deployments []map[string]any // the last one first
	log         string
}

const gitLabToken, us, them = "glpat-token", 7, 8

func onGitLab(t *testing.T) *gitLab {
	t.Helper()
	t.Parallel()
	g := &gitLab{recipeWorld: newRecipeWorld(t), jobs: map[int]string{}}
	g.copyRecipe("gitlab", ".gitlab/stytch")
	if err := os.Rename(filepath.Join(g.origin, ".gitlab/stytch/.gitlab-ci.yml"), filepath.Join(g.origin, ".gitlab-ci.yml")); err != nil {
		t.Fatal(err)
	}
	g.settled()
	server := httptest.NewServer(g.routes())
	t.Cleanup(server.Close)
	g.url = server.URL + "/api/v4"
	return g
}

func (g *gitLab) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(*http.Request, map[string]any) any) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v4"+path, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("PRIVATE-TOKEN") != gitLabToken {
				http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
				return
			}
			var fields map[string]any
			if r.Method != http.MethodGet {
				if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			answer := h(r, fields)
			if answer == nil {
				http.Error(w, `{"message":"404 Not found"}`, http.StatusNotFound)
				return
			}
			if text, ok := answer.(string); ok {
				_, _ = w.Write([]byte(text))
				return
			}
			page(w, r, answer, http.StatusOK)
		})
	}
	project := "/projects/77"
	handle("GET /user", func(*http.Request, map[string]any) any { return map[string]any{"id": us} })
	handle("GET "+project+"/merge_requests/{iid}/notes", func(r *http.Request, _ map[string]any) any { return having(g.notes, "iid", number(r, "iid")) })
	handle("POST "+project+"/merge_requests/{iid}/notes", func(r *http.Request, f map[string]any) any {
		note := map[string]any{"id": 100 + len(g.notes), "iid": number(r, "iid"), "body": f["body"], "author": map[string]any{"id": us}, "system": false}
		g.notes = append(g.notes, note)
		return note
	})
	handle("PUT "+project+"/merge_requests/{iid}/notes/{id}", func(r *http.Request, f map[string]any) any { return changed(g.notes, "id", number(r, "id"), f) })
	handle("GET "+project+"/issues", func(r *http.Request, _ map[string]any) any { return having(g.issues, "state", r.FormValue("state")) })
	handle("POST "+project+"/issues", func(_ *http.Request, f map[string]any) any {
		issue := map[string]any{"iid": 10 + len(g.issues), "state": "opened", "author": map[string]any{"id": us}, "title": f["title"], "description": f["description"]}
		g.issues = append(g.issues, issue)
		return issue
	})
	handle("PUT "+project+"/issues/{iid}", func(r *http.Request, f map[string]any) any {
		if f["state_event"] == "close" {
			f["state"] = "closed"
		}
		return changed(g.issues, "iid", number(r, "iid"), f)
	})
	handle("GET "+project+"/repository/commits/{sha}/merge_requests", func(*http.Request, map[string]any) any { return g.requests })
	handle("GET "+project+"/merge_requests/{iid}", func(r *http.Request, _ map[string]any) any { return having(g.requests, "iid", number(r, "iid"))[0] })
	handle("GET "+project+"/pipelines/{id}/jobs", func(r *http.Request, _ map[string]any) any {
		jobs := []map[string]any{{"id": 1, "name": "validate", "status": "success"}, {"id": 2, "name": "plan", "status": "failed"}}
		if _, ok := g.jobs[number(r, "id")]; ok {
			jobs = append(jobs, map[string]any{"id": number(r, "id") * 10, "name": "plan", "status": "success"})
		}
		return jobs
	})
	handle("GET "+project+"/jobs/{id}/artifacts/stytch-digest", func(r *http.Request, _ map[string]any) any {
		if digest := g.jobs[number(r, "id")/10]; digest != "" {
			return digest
		}
		return nil
	})
	handle("GET "+project+"/deployments", func(*http.Request, map[string]any) any { return g.deployments })
	return mux
}

func having(list []map[string]any, key string, value any) []map[string]any {
	return slices.DeleteFunc(slices.Clone(list), func(m map[string]any) bool { return m[key] != value })
}

func changed(list []map[string]any, key string, value any, fields map[string]any) any {
	found := having(list, key, value)
	if len(found) == 0 {
		return nil
	}
	edits, _ := found[0]["edits"].(int)
	maps.Copy(found[0], fields)
	found[0]["edits"] = edits + 1
	return found[0]
}

// A gitLabJob is a job of .gitlab-ci.yml, as far as the recipe uses what there is.
type gitLabJob struct {
	Stage, Image  string
	Needs         []string
	Rules         []struct{ If, Changes any }
	Environment   struct{ Name, Action string }
	ResourceGroup string `yaml:"resource_group"`
	Interruptible bool
	Script        []string
	Artifacts     struct {
		When, Access string
		Paths        []string
	}
	Cache struct {
		Key, When string
		Paths     []string
	}
}

type gitLabFile struct {
	Stages    []string
	Default   gitLabJob
	Variables map[string]string
	Jobs      map[string]gitLabJob `yaml:",inline"`
}

// pipeline runs the jobs of a pipeline, and says how each ended.
func (g *gitLab) pipeline(t *testing.T, sha string, variables map[string]string) map[string]int {
	t.Helper()
	var file gitLabFile
	strictly(t, filepath.Join(g.origin, ".gitlab-ci.yml"), &file)
	codes := map[string]int{}
	g.log = ""
	for _, name := range []string{"validate", "plan", "apply", "drift"} {
		job, ok := file.Jobs[name]
		if !ok || len(file.Jobs) != 4 {
			t.Fatalf("the jobs are %v", file.Jobs)
		}
		env := map[string]string{
			"CI_API_V4_URL": g.url, "CI_PROJECT_ID": "77", "CI_COMMIT_SHA": sha, "CI_JOB_URL": "https://gitlab.example/-/jobs/1", "CI_DEFAULT_BRANCH": "main",
			"PATH": g.path, "STYTCH_BASE_URI": g.stytch.server.URL, "STYTCH_MANAGEMENT_BASE_URI": g.stytch.server.URL,
		}
		for _, more := range []map[string]string{file.Variables, variables} {
			maps.Copy(env, more)
		}
		if !slices.ContainsFunc(job.Rules, func(r struct{ If, Changes any }) bool { return gitLabRule(t, asText(r.If), env) }) {
			continue
		}
		if env["CI_PROJECT_ID"] == env["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"] || env["CI_COMMIT_BRANCH"] == "main" {
			env["STYTCH_GITLAB_TOKEN"] = gitLabToken
			if job.Environment.Name == "production-plan" || job.Environment.Name == "production" {
				c := g.stytch.credentials
				env["STYTCH_PROJECT_ID"], env["STYTCH_SECRET"] = c.ProjectID, c.Secret
				env["STYTCH_WORKSPACE_KEY_ID"], env["STYTCH_WORKSPACE_KEY_SECRET"] = c.WorkspaceKeyID, c.WorkspaceKeySecret
			}
		}
		codes[name] = g.job(t, name, job, sha, env)
	}
	g.checkLog(g.log)
	return codes
}

var gitLabTerm = regexp.MustCompile(`^\$(\w+)(?: == (?:"([^"]*)"|\$(\w+)))?$`)

// gitLabRule says whether an "if" holds, in the one form that the recipe uses.
func gitLabRule(t *testing.T, rule string, env map[string]string) bool {
	t.Helper()
	for term := range strings.SplitSeq(rule, " && ") {
		m := gitLabTerm.FindStringSubmatch(term)
		if m == nil {
			t.Fatalf("the rule %q is not known here", rule)
		}
		want := m[2]
		if m[3] != "" {
			want = env[m[3]]
		}
		if holds := env[m[1]] == want; strings.Contains(term, "==") && !holds || !strings.Contains(term, "==") && env[m[1]] == "" {
			return false
		}
	}
	return true
}

func (g *gitLab) job(t *testing.T, name string, job gitLabJob, sha string, env map[string]string) int {
	t.Helper()
	workspace := t.TempDir()
	git(t, workspace, "clone", "-q", "--shared", "--no-checkout", g.origin, ".")
	git(t, workspace, "checkout", "-q", sha)
	kept := filepath.Join(g.caches, job.Cache.Key)
	for _, path := range job.Cache.Paths {
		if _, err := os.Stat(filepath.Join(kept, path)); err == nil {
			if err := os.CopyFS(filepath.Join(workspace, path), os.DirFS(filepath.Join(kept, path))); err != nil {
				t.Fatal(err)
			}
		}
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.Join(job.Script, "\n"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = workspace, &log, &log
	cmd.Env = []string{"HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}
	for key, value := range env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	err := cmd.Run()
	g.log += log.String()
	code := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		code = ended.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	for _, path := range job.Cache.Paths {
		if _, err := os.Stat(filepath.Join(workspace, path)); err == nil && job.Cache.When == "always" {
			if err := os.RemoveAll(filepath.Join(kept, path)); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(kept, path), os.DirFS(filepath.Join(workspace, path))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, path := range job.Artifacts.Paths {
		content, err := os.ReadFile(filepath.Join(workspace, path))
		if name == "plan" && err == nil && code == 0 {
			id, _ := strconv.Atoi(env["CI_PIPELINE_ID"])
			g.jobs[id] = string(content)
		}
	}
	if name == "apply" && code == 0 {
		g.deployments = append([]map[string]any{{"sha": sha, "deployable": map[string]any{"name": "apply"}}}, g.deployments...)
	}
	return code
}
