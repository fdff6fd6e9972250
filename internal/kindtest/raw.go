package kindtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// An Object is JSON as the sandbox answered it.
type Object = map[string]any

// Ask sends a request to the sandbox as any HTTP client would, past the
// program's own client, and returns the answer. Paths of the management API
// start with /pwa; a path that starts with ~ stands in the environment.
func (w *World) Ask(t testing.TB, method, path string, body any) Object {
	t.Helper()
	status, answer := w.TryAsk(t, method, path, body)
	if status/100 != 2 {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// TryAsk is Ask for requests that may be refused.
func (w *World) TryAsk(t testing.TB, method, path string, body any) (status int, answer Object) {
	t.Helper()
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		path = "/pwa/v3/projects/acme-auth/environments/test" + rest
	}
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, w.base+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/pwa/") {
		request.SetBasicAuth(w.credentials.WorkspaceKeyID, w.credentials.WorkspaceKeySecret)
	} else {
		request.SetBasicAuth(w.credentials.ProjectID, w.credentials.Secret)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return response.StatusCode, answer
}

// Organization returns the organization with a slug, nil if there is none.
func (w *World) Organization(t testing.TB, slug string) Object {
	t.Helper()
	found := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/search", Object{"limit": 1000})
	return pick(found["organizations"], "organization_slug", slug)
}

// Member returns the member with an address, nil if there is none. Of several,
// one who is not deleted goes first.
func (w *World) Member(t testing.TB, slug, address string) Object {
	t.Helper()
	organization := w.Organization(t, slug)
	if organization == nil {
		return nil
	}
	ids := []any{organization["organization_id"]}
	live := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", Object{"organization_ids": ids, "limit": 1000})
	if found := pick(live["members"], "email_address", address); found != nil {
		return found
	}
	gone := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", Object{
		"organization_ids": ids, "limit": 1000, "query": Object{"operator": "AND", "operands": []Object{{"filter_name": "statuses", "filter_value": []string{"deleted"}}}},
	})
	return pick(gone["members"], "email_address", address)
}

// pick finds an object in a list by the value of one of its keys.
func pick(list any, key, value string) Object {
	items, _ := list.([]any)
	for _, item := range items {
		if object, ok := item.(Object); ok && object[key] == value {
			return object
		}
	}
	return nil
}

// Told lists what a plan would do, one line a change: action, address, and the
// attributes that change.
func Told(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "%s %s", c.Action, c.Address)
		for _, a := range c.Attributes {
			fmt.Fprintf(&b, " %s: %v -> %v", a.Name, a.Before, a.After)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func words(diagnostics spec.Diagnostics) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%d:%d %s (%s)\n", d.Range.Start.Line, d.Range.Start.Column, d.Summary, d.Hint)
	}
	return b.String()
}
