package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	recipeRepository = "acme/auth"
	recipeAuthor     = "github-actions[bot]"
)

// A platform is a GitHub that keeps what the recipes use of it: comments, issues,
// runs and their artifacts. It knows what a token may do, and answers in pages of
// two, so that whoever reads one page sees too little.
type platform struct {
	url string

	mu        sync.Mutex
	tokens    map[string]map[string]string // what a token may: "issues" to "write"
	comments  []*comment
	issues    []*issue
	pulls     []*pullRequest
	runs      []*workflowRun
	artifacts map[string]map[string]string // by run and name: content by file
	refused   []string                     // what a token was not good for
	broken    string                       // a part of the paths that are not answered
}

// A comment on a pull request.
type comment struct {
	ID     int    `json:"id"`
	Number int    `json:"-"`
	User   user   `json:"user"`
	Body   string `json:"body"`
	edits  int
}

type user struct {
	Login string `json:"login"`
}

type issue struct {
	Number      int             `json:"number"`
	User        user            `json:"user"`
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	State       string          `json:"state"`
	PullRequest json.RawMessage `json:"pull_request,omitempty"`
	edits       int
}

type pullRequest struct {
	Number         int     `json:"number"`
	MergedAt       *string `json:"merged_at"`
	MergeCommitSHA string  `json:"merge_commit_sha"`
	Head           head    `json:"head"`
	Base           head    `json:"base"`
	branch         string
}

type head struct {
	Ref        string          `json:"ref"`
	SHA        string          `json:"sha"`
	Repository *repositoryName `json:"repo"`
}

type repositoryName struct {
	FullName string `json:"full_name"`
}

type workflowRun struct {
	ID             int            `json:"id"`
	RunNumber      int            `json:"run_number"`
	RunAttempt     int            `json:"run_attempt"`
	HeadSHA        string         `json:"head_sha"`
	HeadBranch     string         `json:"head_branch"`
	HeadRepository repositoryName `json:"head_repository"`
	Event          string         `json:"event"`
	Conclusion     *string        `json:"conclusion"`
	workflow       string
}

func newPlatform(t *testing.T) *platform {
	p := &platform{tokens: map[string]map[string]string{}, artifacts: map[string]map[string]string{}}
	server := httptest.NewServer(p.routes())
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *platform) routes() http.Handler {
	mux := http.NewServeMux()
	repo := "/repos/" + recipeRepository
	handle := func(pattern, permission string, h func(*http.Request, map[string]string) (any, int)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+repo+path, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if !p.may(r, permission) {
				p.refused = append(p.refused, r.Method+" "+r.URL.Path)
				http.Error(w, `{"message":"Resource not accessible by integration"}`, http.StatusForbidden)
				return
			}
			if p.broken != "" && strings.Contains(r.URL.Path, p.broken) {
				http.Error(w, `{"message":"Server Error"}`, http.StatusBadGateway)
				return
			}
			fields := map[string]string{}
			if r.Method != http.MethodGet {
				if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			answer, status := h(r, fields)
			page(w, r, answer, status)
		})
	}
	handle("GET /issues/{number}/comments", "pull-requests: read", func(r *http.Request, _ map[string]string) (any, int) {
		return p.commentsOf(number(r, "number")), http.StatusOK
	})
	handle("POST /issues/{number}/comments", "pull-requests: write", func(r *http.Request, f map[string]string) (any, int) {
		if tooLong(f) {
			return nil, http.StatusUnprocessableEntity
		}
		c := &comment{ID: 1000 + len(p.comments), Number: number(r, "number"), User: user{recipeAuthor}, Body: f["body"]}
		p.comments = append(p.comments, c)
		return c, http.StatusCreated
	})
	handle("PATCH /issues/comments/{id}", "pull-requests: write", func(r *http.Request, f map[string]string) (any, int) {
		i := slices.IndexFunc(p.comments, func(c *comment) bool { return c.ID == number(r, "id") })
		if i < 0 || tooLong(f) {
			return nil, http.StatusUnprocessableEntity
		}
		p.comments[i].Body = f["body"]
		p.comments[i].edits++
		return p.comments[i], http.StatusOK
	})
	handle("GET /issues", "issues: read", func(r *http.Request, _ map[string]string) (any, int) {
		return slices.DeleteFunc(slices.Clone(p.issues), func(i *issue) bool { return i.State != r.FormValue("state") }), http.StatusOK
	})
	handle("POST /issues", "issues: write", func(_ *http.Request, f map[string]string) (any, int) {
		if tooLong(f) {
			return nil, http.StatusUnprocessableEntity
		}
		i := &issue{Number: 500 + len(p.issues), User: user{recipeAuthor}, Title: f["title"], Body: f["body"], State: "open"}
		p.issues = append(p.issues, i)
		return i, http.StatusCreated
	})
	handle("PATCH /issues/{number}", "issues: write", func(r *http.Request, f map[string]string) (any, int) {
		n := slices.IndexFunc(p.issues, func(i *issue) bool { return i.Number == number(r, "number") })
		if n < 0 || tooLong(f) {
			return nil, http.StatusUnprocessableEntity
		}
		i := p.issues[n]
		i.Body, i.edits = f["body"], i.edits+1
		if state := f["state"]; state != "" {
			i.State = state
		}
		return i, http.StatusOK
	})
	handle("GET /commits/{sha}/pulls", "pull-requests: read", func(r *http.Request, _ map[string]string) (any, int) {
		// What the commit became part of, too, in whatever state: the caller has to look.
		return slices.DeleteFunc(slices.Clone(p.pulls), func(pr *pullRequest) bool {
			return pr.MergeCommitSHA != r.PathValue("sha") && pr.Head.SHA != r.PathValue("sha")
		}), http.StatusOK
	})
	handle("GET /pulls/{number}", "pull-requests: read", func(r *http.Request, _ map[string]string) (any, int) {
		i := slices.IndexFunc(p.pulls, func(pr *pullRequest) bool { return pr.Number == number(r, "number") })
		if i < 0 {
			return nil, http.StatusNotFound
		}
		return p.pulls[i], http.StatusOK
	})
	handle("GET /actions/workflows/{file}/runs", "actions: read", func(r *http.Request, _ map[string]string) (any, int) {
		return map[string]any{"workflow_runs": p.runsOf(r)}, http.StatusOK
	})
	handle("GET /actions/runs/{id}/artifacts/{name}", "actions: read", func(r *http.Request, _ map[string]string) (any, int) {
		files, ok := p.artifacts[r.PathValue("id")+"/"+r.PathValue("name")]
		if !ok {
			return nil, http.StatusNotFound
		}
		return files, http.StatusOK
	})
	return mux
}

// may says whether the token of a request allows what is asked for. The name of the
// permission is GitHub's own.
func (p *platform) may(r *http.Request, permission string) bool {
	area, level, _ := strings.Cut(permission, ": ")
	has := p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")][area]
	return has == level || has == "write"
}

func (p *platform) commentsOf(number int) []*comment {
	return slices.DeleteFunc(slices.Clone(p.comments), func(c *comment) bool { return c.Number != number })
}

// runsOf are the runs of a workflow, the newest first.
func (p *platform) runsOf(r *http.Request) []*workflowRun {
	found := []*workflowRun{}
	for _, run := range slices.Backward(p.runs) {
		fits := run.workflow == r.PathValue("file")
		for name, value := range map[string]string{"event": run.Event, "head_sha": run.HeadSHA, "branch": run.HeadBranch, "status": deref(run.Conclusion)} {
			fits = fits && (!r.URL.Query().Has(name) || r.FormValue(name) == value)
		}
		if fits {
			found = append(found, run)
		}
	}
	return found
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.PathValue(name))
	return n
}

// tooLong says whether GitHub would refuse a body.
func tooLong(fields map[string]string) bool { return len([]rune(fields["body"])) > 65536 }

// page answers with one page of a list, and where the next one is.
func page(w http.ResponseWriter, r *http.Request, answer any, status int) {
	w.Header().Set("Content-Type", "application/json")
	content, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if list := reflect.ValueOf(answer); list.Kind() == reflect.Slice && list.Len() == 0 {
		content = []byte("[]")
	}
	var list []json.RawMessage
	if json.Unmarshal(content, &list) == nil && list != nil {
		const size = 2
		n, _ := strconv.Atoi(r.FormValue("page"))
		n = max(n, 1)
		from, to := min((n-1)*size, len(list)), min(n*size, len(list))
		if to < len(list) {
			next := *r.URL
			query := next.Query()
			query.Set("page", strconv.Itoa(n+1))
			next.RawQuery = query.Encode()
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s>; rel="next"`, r.Host, next.String()))
			w.Header().Set("X-Next-Page", strconv.Itoa(n+1))
		}
		content, _ = json.Marshal(list[from:to])
	}
	w.WriteHeader(status)
	_, _ = w.Write(content)
}

// grant makes a token that may do what is said.
func (p *platform) grant(permissions map[string]string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := fmt.Sprintf("token-%d", len(p.tokens))
	p.tokens[token] = maps.Clone(permissions)
	return token
}
