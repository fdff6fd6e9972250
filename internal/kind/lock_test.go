package kind

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A lock is the tests' own kind with every sort of secret, over real HTTP.
type lock struct {
	Name   string      `attr:"name,key" doc:"-"`
	Title  Opt[string] `attr:"title" doc:"-"`
	Secret Opt[Secret] `attr:"client_secret,secret" doc:"-"`
	Key    Opt[Secret] `attr:"private_key,writeonly" doc:"-"`
	Pin    Opt[Secret] `attr:"pin,writeonly,initial" doc:"-"`
	Token  Opt[Secret] `attr:"token,writeonly" doc:"-"` // Stytch makes one up when a creation gives none
	Etched Opt[Secret] `attr:"etched,secret,immutable" doc:"-"`
}

const locksPath = "/v1/locks"

func lockType() Type[lock] {
	send := func(ctx context.Context, c *client.Client, method, path string, body, out any) error {
		return c.Data(ctx, client.Request{Method: method, Path: path, Body: body}, out)
	}
	return Type[lock]{
		Name: "lock", Plural: "locks", Doc: "-", Plane: client.Data, Issues: []string{"token"},
		List: func(ctx context.Context, c *client.Client, _ []Scope) iter.Seq2[Live[lock], error] {
			return func(yield func(Live[lock], error) bool) {
				var answer struct{ Locks []map[string]string }
				if err := send(ctx, c, http.MethodGet, locksPath, nil, &answer); err != nil {
					yield(Live[lock]{}, err)
					return
				}
				for _, l := range answer.Locks {
					live := Live[lock]{ID: l["name"], Value: lock{Name: l["name"], Title: Some(l["title"]), Secret: Some(Answered(l["client_secret"])), Etched: Some(Answered(l["etched"]))}}
					if !yield(live, nil) {
						return
					}
				}
			}
		},
		Create: func(ctx context.Context, c *client.Client, e Edit[lock]) (string, error) {
			var answer map[string]any
			if err := send(ctx, c, http.MethodPost, locksPath, Body(e.After), &answer); err != nil {
				return "", err
			}
			if e.Keep != nil {
				token, _ := answer["token"].(string)
				return e.After.Name, e.Keep("token", client.NewSecret(token))
			}
			return e.After.Name, nil
		},
		Update: func(ctx context.Context, c *client.Client, e Edit[lock]) error {
			return send(ctx, c, http.MethodPut, locksPath+"/"+e.ID, Body(e.After), nil)
		},
		Delete: func(ctx context.Context, c *client.Client, e Edit[lock]) error {
			return send(ctx, c, http.MethodDelete, locksPath+"/"+e.ID, nil, nil)
		},
	}
}

// A smith is the server that keeps the locks.
type smith struct {
	mutex  sync.Mutex
	locks  map[string]map[string]string
	bodies []string                                             // of every write
	fault  func(w http.ResponseWriter, body string) (done bool) // of the next write, before it is done
	after  func(w http.ResponseWriter) (done bool)              // of the next write, once it is done
	silent bool                                                 // answers creations without their token
	deaf   bool                                                 // refuses every read
}

func (s *smith) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	raw, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodGet && s.deaf {
		answerJSON(w, 400, map[string]any{"error_type": "away", "error_message": "not now"})
		return
	}
	if r.Method == http.MethodGet {
		shown := []map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(s.locks)) {
			l := s.locks[name]
			shown = append(shown, map[string]string{"name": name, "title": l["title"], "client_secret": l["client_secret"], "etched": l["etched"]})
		}
		answerJSON(w, 200, map[string]any{"locks": shown})
		return
	}
	s.bodies = append(s.bodies, string(raw))
	if fault := s.fault; fault != nil {
		if s.fault = nil; fault(w, string(raw)) {
			return
		}
	}
	var body map[string]string
	_ = json.Unmarshal(raw, &body)
	answer := map[string]any{}
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, locksPath), "/")
	switch r.Method {
	case http.MethodPost:
		if s.locks[body["name"]] != nil {
			answerJSON(w, 409, map[string]any{"error_type": "name_taken", "error_message": "taken"})
			return
		}
		if body["token"] == "" {
			body["token"] = "canary-issued-" + body["name"]
		}
		s.locks[body["name"]] = body
		if !s.silent {
			answer["token"] = body["token"]
		}
	case http.MethodPut:
		maps.Copy(s.locks[name], body)
	default:
		delete(s.locks, name)
	}
	if after := s.after; after != nil {
		if s.after = nil; after(w) {
			return
		}
	}
	answerJSON(w, 200, answer)
}

func answerJSON(w http.ResponseWriter, status int, body map[string]any) {
	body["request_id"], body["status_code"] = "request-id-test-1", status
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// echo refuses a write and repeats all of it.
func echo(w http.ResponseWriter, body string) bool {
	answerJSON(w, 400, map[string]any{"error_type": "bad_request", "error_message": "cannot take " + body})
	return true
}

// cut ends the connection without an answer.
func cut(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }

// A bench is a server, a connection and documents: the whole way that a run goes.
type bench struct {
	*smith
	t           *testing.T
	conn        *client.Connection
	environment map[string]string
	resend      []string
	log         strings.Builder
	target      plan.Target
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{smith: &smith{locks: map[string]map[string]string{}}, t: t, environment: map[string]string{}, target: plan.Target{ProjectID: "project-test-1"}}
	server := httptest.NewServer(b.smith)
	t.Cleanup(server.Close)
	conn, err := client.Connect(client.Config{
		ProjectID: "project-test-1", Secret: client.NewSecret("canary-credential"), BaseURI: server.URL, MaxRetries: -1,
		Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.Level(-100)})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	b.conn = conn
	return b
}

func (b *bench) catalog() Catalog { return NewCatalog(New(lockType())) }

func (b *bench) secrets() Secrets {
	return Secrets{LookupEnv: func(name string) (string, bool) { text, ok := b.environment[name]; return text, ok }}
}

// desired loads a directory of documents.
func (b *bench) desired(dir string) *Desired {
	b.t.Helper()
	document, diagnostics := spec.Load([]string{dir}, spec.Options{Vocabulary: b.catalog().Vocabulary()})
	desired, more := Decode(document, b.catalog())
	if all := told(append(diagnostics, more...)); len(all) > 0 {
		b.t.Fatal(all)
	}
	return desired
}

// plan makes the plan of a document.
func (b *bench) plan(content string) *plan.Plan {
	b.t.Helper()
	p, problems := b.planned(b.desired(write(b.t, content)))
	if len(problems) > 0 {
		b.t.Fatal(problems)
	}
	return p
}

func (b *bench) planned(desired *Desired) (*plan.Plan, []string) {
	b.t.Helper()
	if problems := told(desired.Resolve(b.secrets())); len(problems) > 0 {
		return nil, problems
	}
	again, err := desired.Resends(b.resend)
	if err != nil {
		b.t.Fatal(err)
	}
	p, diagnostics, err := desired.Plan(b.t.Context(), b.conn.ReadOnly(), b.target, ReadOptions{Resend: again})
	if err != nil {
		b.t.Fatal(err)
	}
	return p, told(diagnostics)
}

// saved is the plan as it comes back from a file.
func (b *bench) saved(p *plan.Plan) *plan.Plan {
	b.t.Helper()
	var text strings.Builder
	if err := p.Encode(&text); err != nil {
		b.t.Fatal(err)
	}
	back, err := plan.Decode(strings.NewReader(text.String()))
	if err != nil {
		b.t.Fatal(err)
	}
	return back
}

// apply carries a plan out. A saved one is checked object by object.
func (b *bench) apply(p *plan.Plan, sink Sink, saved bool) *plan.Report {
	b.t.Helper()
	read, err := b.secrets().ReadAll(p)
	if err != nil {
		b.t.Fatal(err)
	}
	actor := NewActor(b.catalog(), b.conn.Writable(), b.target)
	actor.Recheck, actor.Sink = saved, sink
	actor.Use(read)
	report, err := apply.Run(b.t.Context(), p, actor, apply.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	return report
}

// ends checks how the one change of a report ended, and gives its note or error.
func (b *bench) ends(r *plan.Report, want plan.Result) string {
	b.t.Helper()
	o := r.Operations[0]
	said := o.Note
	if o.Error != nil {
		said = o.Error.Message
	}
	if o.Result != want {
		b.t.Fatalf("it ended as %s (%s), want %s", o.Result, said, want)
	}
	return said
}
