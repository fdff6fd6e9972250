package kindtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A witness stands between the program and the sandbox, sees every write, and
// may be told to do something about one.
type witness struct {
	mu     sync.Mutex
	writes []sent
	// Before is asked before a write is sent and may answer it; nil answers nothing.
	before func(s *sent) func(r *http.Request, next func() (*http.Response, error)) (*http.Response, error)
	// After is told of each write that was answered.
	after func(s sent)
}

// A sent is one write and how it was answered; status 0 is no answer.
type sent struct {
	method, path, url string // url is the query's, for redirect URLs
	body              Object
	status            int
	answer            Object
}

func (w *witness) around(next http.RoundTripper) http.RoundTripper {
	return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
		if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/search") {
			return next(body)
		}
		s := sent{method: r.Method, path: r.URL.Path, url: r.URL.Query().Get("url")}
		_ = json.Unmarshal(body, &s.body) // a write may have no body
		send := func() (*http.Response, error) {
			response, err := next(body)
			if err != nil {
				return nil, err
			}
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			s.status = response.StatusCode
			_ = json.Unmarshal(text, &s.answer) // an answer that is no JSON has nothing to tell
			response.Body = io.NopCloser(bytes.NewReader(text))
			return response, err
		}
		answer := func(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) { return send() }
		if w.before != nil {
			if other := w.before(&s); other != nil {
				answer = other
			}
		}
		response, err := answer(r, send)
		if w.after != nil {
			w.after(s)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.writes = append(w.writes, s)
		return response, err
	}}
}

// forget starts anew.
func (w *witness) forget() { w.writes = nil }

var (
	organizationPath = regexp.MustCompile(`^/v1/b2b/organizations(?:/([^/]+))?(?:/external_id)?$`)
	memberPath       = regexp.MustCompile(`^/v1/b2b/organizations/([^/]+)/members(?:/mfa_phone_numbers)?(?:/([^/]+))?(?:/reactivate|/external_id)?$`)
	environmentRest  = regexp.MustCompile(`^/pwa/v3/projects/acme-auth/environments/test(?:/([a-z_]+))?(?:/([^/]+))?`)
)

// subject says which change of a plan a write belongs to: the address, or what
// the write is about when no change of the plan is about that. The writes before
// tell the ids of the members that the plan created, the report those of the
// organizations that it created or found in place.
func (s sent) subject(p *plan.Plan, report *plan.Report, earlier []sent) plan.Address {
	if m := organizationPath.FindStringSubmatch(s.path); m != nil {
		slug, _ := s.body["organization_slug"].(string)
		return among(p, "organization", m[1], slug, func(plan.Change) bool { return true })
	}
	if m := memberPath.FindStringSubmatch(s.path); m != nil {
		var made plan.Address
		for _, o := range report.Operations {
			if o.ID == m[1] {
				made = o.Address
			}
		}
		address, _ := s.body["email_address"].(string)
		if id := m[2]; id != "" { // a member that a write before created
			for _, e := range earlier {
				if created, _ := e.answer["member"].(Object); created["member_id"] == id && e.method == http.MethodPost {
					address = created["email_address"].(string)
				}
			}
		}
		return among(p, "member", m[2], address, func(c plan.Change) bool {
			return c.OrganizationID == m[1] || c.OrganizationID == "" && c.Address.Organization() == made
		})
	}
	m := environmentRest.FindStringSubmatch(s.path)
	if m == nil {
		return plan.Address(s.method + " " + s.path)
	}
	switch m[1] {
	case "":
		return "environment"
	case "rbac_policy":
		return "rbac_policy"
	case "jwt_templates":
		return plan.NewAddress("", "jwt_template", m[2])
	case "redirect_urls":
		if url, ok := s.body["url"].(string); ok {
			return plan.NewAddress("", "redirect_url", url)
		}
		return plan.NewAddress("", "redirect_url", s.url)
	}
	name, _ := s.body["name"].(string)
	return among(p, "trusted_token_profile", m[2], name, func(plan.Change) bool { return true })
}

// among finds the change of a kind by its id or, where that is not in the plan
// because the object was not there, by its key.
func among(p *plan.Plan, kind, id, key string, within func(plan.Change) bool) plan.Address {
	for _, c := range p.Changes {
		if c.Kind == kind && c.ID != "" && c.ID == id {
			return c.Address
		}
	}
	for _, c := range p.Changes {
		if c.Kind == kind && c.ID == "" && strings.EqualFold(c.Key, key) && within(c) {
			return c.Address
		}
	}
	return plan.Address("no change of " + kind + " " + id + key)
}
