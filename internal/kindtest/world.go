// Package kindtest runs every kind of the catalog against the sandbox, the whole
// way that the program goes: documents are loaded and decoded, live state is
// read over real HTTP, compared, and changed. What the sandbox then has is read
// by plain HTTP requests, with no code of the catalog between.
//
// Read first: World in this file, the tests' way to do all that in one line.
// Then conformance_test.go, which takes every attribute of every kind through
// being set, changed, cleared and left out, and fails for one that nobody gave
// examples for. The other tests tell what happens to people: each is a sentence
// of the promises about plans.
package kindtest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// Options change a World. The zero value is a sandbox as the documentation has it.
type Options struct {
	Knobs sandbox.Knobs
	// Now is the sandbox's clock; nil is the real one.
	Now func() time.Time
	// Transport puts something between the program and the sandbox; nil is nothing.
	Transport func(next http.RoundTripper) http.RoundTripper
	// PackSize is kind.ReadOptions.PackSize.
	PackSize int
	// Parallelism is apply.Options.Parallelism: with 1 what nothing orders goes by address.
	Parallelism int
}

// A World is a sandbox with one B2B environment and a connection to it.
type World struct {
	Sandbox    *sandbox.Server
	Connection *client.Connection
	Catalog    kind.Catalog
	Target     plan.Target
	Drawer     *Drawer           // what applies were shown once
	Variables  map[string]string // of the documents: ids that only the sandbox knows

	base        string
	credentials sandbox.Credentials
	options     Options
}

// Documents are files by their names.
type Documents map[string]string

// New starts a World that ends with the test.
func New(t testing.TB, o Options) *World {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Knobs: o.Knobs, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &World{
		Sandbox: server, Catalog: catalog.All(), Drawer: &Drawer{}, base: web.URL, credentials: granted, options: o,
		Target: plan.Target{ProjectID: granted.ProjectID, ProjectSlug: "acme-auth", EnvironmentSlug: "test"},
	}
	w.Connection = w.Connect(t, transport, o.Transport)
	return w
}

// Connect opens another connection to the same sandbox.
func (w *World) Connect(t testing.TB, base http.RoundTripper, around func(http.RoundTripper) http.RoundTripper) *client.Connection {
	t.Helper()
	if around != nil {
		base = around(base)
	}
	connection, err := client.Connect(client.Config{
		ProjectID: w.credentials.ProjectID, Secret: client.NewSecret(w.credentials.Secret),
		WorkspaceKeyID: w.credentials.WorkspaceKeyID, WorkspaceKeySecret: client.NewSecret(w.credentials.WorkspaceKeySecret),
		BaseURI: w.base, ManagementBaseURI: w.base, FraudBaseURI: w.base, Transport: base, MaxRetries: -1, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

// Diagnose loads and decodes documents and returns everything that is wrong
// with them.
func (w *World) Diagnose(t testing.TB, documents Documents) (*kind.Desired, spec.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range documents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	document, diagnostics := spec.Load([]string{dir}, spec.Options{Vocabulary: w.Catalog.Vocabulary(), LookupEnv: w.variable})
	if document == nil {
		return nil, diagnostics
	}
	desired, more := kind.Decode(document, w.Catalog)
	return desired, append(append(diagnostics, more...), desired.Resolve(secrets())...)
}

// TryPlan plans and returns what a user would be told instead of a plan.
// It fails the test when planning wrote anything.
func (w *World) TryPlan(t testing.TB, documents Documents, allow ...string) (*plan.Plan, spec.Diagnostics, error) {
	t.Helper()
	desired, diagnostics := w.Diagnose(t, documents)
	if diagnostics.HasErrors() {
		return nil, diagnostics, nil
	}
	if err := kind.Allow(&desired.Policy, allow); err != nil {
		return nil, nil, err
	}
	before := len(w.Sandbox.Requests())
	p, diagnostics, err := desired.Plan(t.Context(), w.Connection.ReadOnly(), w.Target, kind.ReadOptions{ToolVersion: "test", PackSize: w.options.PackSize})
	for _, r := range w.Sandbox.Requests()[before:] {
		if r.Write {
			t.Errorf("planning sent %s %s, which writes", r.Method, r.Path)
		}
	}
	return p, diagnostics, err
}

// Plan plans documents that have nothing wrong with them.
func (w *World) Plan(t testing.TB, documents Documents, allow ...string) *plan.Plan {
	t.Helper()
	p, diagnostics, err := w.TryPlan(t, documents, allow...)
	if err != nil {
		t.Fatal(err)
	}
	if len(diagnostics) > 0 {
		t.Fatalf("the documents have problems:\n%s", words(diagnostics))
	}
	return p
}

// Run carries out a plan.
func (w *World) Run(t testing.TB, p *plan.Plan) (*plan.Report, error) {
	t.Helper()
	return apply.Run(t.Context(), p, w.Arm(kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target)), apply.Options{Parallelism: w.options.Parallelism})
}

// Apply plans and carries out, and fails the test unless everything was done.
func (w *World) Apply(t testing.TB, documents Documents, allow ...string) *plan.Plan {
	t.Helper()
	p := w.Plan(t, documents, allow...)
	if len(p.Blocked) > 0 {
		t.Fatalf("the plan is blocked: %v", p.Blocked)
	}
	report, err := w.Run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Operations {
		if o.Result != plan.Done {
			t.Fatalf("%s %s: %s %s %+v", o.Action, o.Address, o.Result, o.Note, o.Error)
		}
	}
	return p
}

// Converge applies, and fails the test unless a second plan is empty.
func (w *World) Converge(t testing.TB, documents Documents, allow ...string) *plan.Plan {
	t.Helper()
	p := w.Apply(t, documents, allow...)
	if again := w.Plan(t, documents); len(again.Changes) > 0 {
		t.Fatalf("something is left to change after the apply:\n%s", Told(again))
	}
	return p
}
