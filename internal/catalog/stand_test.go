package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A stand is a sandbox with one B2B environment, a connection to it, and what
// went over that connection.
type stand struct {
	t       *testing.T
	client  *client.Client
	scope   kind.Scope
	wire    *wire
	sandbox *sandbox.Server
}

func newStand(t *testing.T) *stand { return newStandWith(t, sandbox.Knobs{}) }

func newStandWith(t *testing.T, knobs sandbox.Knobs) *stand {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Knobs: knobs})
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() { web.Close(); _ = server.Close() })
	w := &wire{next: http.DefaultTransport}
	connection, err := client.Connect(client.Config{
		ProjectID: credentials.ProjectID, Secret: client.NewSecret(credentials.Secret),
		WorkspaceKeyID: credentials.WorkspaceKeyID, WorkspaceKeySecret: client.NewSecret(credentials.WorkspaceKeySecret),
		BaseURI: web.URL, ManagementBaseURI: web.URL, Transport: w, MaxRetries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &stand{
		t: t, client: connection.Writable(), wire: w, sandbox: server,
		scope: kind.Scope{ProjectSlug: "acme", EnvironmentSlug: "test", ProjectID: credentials.ProjectID},
	}
}

// call is a request of somebody else to the management API.
func (s *stand) call(method, path string, body any) {
	s.t.Helper()
	err := s.client.Manage(context.Background(), client.Request{Method: method, Path: environmentPath(s.scope, path), Body: body}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
}

// carryOut does what a plan says of one object: nothing live means a creation,
// nothing declared a deletion.
func carryOut[T any](s *stand, k kind.Kind, key string, live *kind.Live[T], declared *T) error {
	s.t.Helper()
	change := plan.Change{Address: plan.NewAddress("", k.Name(), key), Kind: k.Name(), Key: key, Action: plan.Update}
	switch {
	case live == nil:
		change.Action, change.Attributes = plan.Create, k.Creation(declared, nil)
	case declared == nil:
		change.Action, change.ID, change.Attributes = plan.Delete, live.ID, k.Whole(&live.Value)
	default:
		change.ID, change.Attributes = live.ID, k.Compare(&live.Value, declared)
		change.Steps = k.Steps(&live.Value, k.After(&live.Value, declared, nil), change.Attributes)
	}
	if change.Steps == nil {
		change.Steps = []plan.Step{{}}
	}
	actor := kind.NewActor(kind.NewCatalog(alone{k}), s.client, plan.Target{ProjectSlug: "acme", EnvironmentSlug: "test"})
	for step := range change.Steps {
		if _, err := actor.Do(context.Background(), plan.Operation{Change: &change, Step: step}); err != nil {
			return err
		}
	}
	return nil
}

// alone is a kind that waits for no other.
type alone struct{ kind.Kind }

func (alone) Follows() []string { return nil }

// list reads every object of a kind, or stops the test.
func list[T any](t *testing.T, read func() ([]kind.Live[T], error)) []kind.Live[T] {
	t.Helper()
	found, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A wire keeps the requests that went over it.
type wire struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []sentRequest
	lose string // the answer to the next request of this method and path suffix is lost
}

type sentRequest struct{ method, target, body string }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.mu.Lock()
	_, rest, _ := strings.Cut(r.URL.RequestURI(), "/environments/test")
	w.sent = append(w.sent, sentRequest{r.Method, rest, string(body)})
	lost := w.lose != "" && strings.HasSuffix(r.Method+" "+rest, w.lose)
	if lost {
		w.lose = ""
	}
	w.mu.Unlock()
	answer, err := w.next.RoundTrip(r)
	if lost && err == nil {
		_ = answer.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return answer, err
}

// writes are the requests since the last call that were no reads.
func (w *wire) writes() []sentRequest {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := slices.DeleteFunc(w.sent, func(r sentRequest) bool { return r.method == http.MethodGet })
	w.sent = nil
	return sent
}

// asJSON reads a body for comparison.
func asJSON(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// messages are the problems' words, for tables.
func messages(problems []kind.Problem) []string {
	words := make([]string, 0, len(problems))
	for _, p := range problems {
		words = append(words, strings.TrimPrefix(p.Attribute+": ", ": ")+p.Message)
	}
	return words
}

// effectsInWords are the classes and reasons of effects, and the consequences, in words.
func effectsInWords(e plan.Effects) []string {
	var words []string
	for _, r := range e.Risks {
		words = append(words, r.Class+": "+r.Reason)
	}
	return append(words, e.Consequences...)
}
