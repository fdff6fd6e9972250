package kindtest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Tests of what takes time - repetitions, time limits, late answers - run in a
// synctest bubble, in which waiting costs nothing. The network would keep a
// bubble's clock from moving, so that these worlds use pipes in its place: Go's
// own HTTP server and client, with everything between them but the wire.

// pipes is a net.Listener whose connections stay in memory.
type pipes struct {
	opened chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.opened:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.opened <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// patience is how long a piped connection waits for an answer.
const patience = 5 * time.Second

// piped is a World around a sandbox, for use inside a bubble: with retries and
// time limits as in production, and with one request at a time.
func piped(t testing.TB, server *sandbox.Server, granted sandbox.Credentials) *World {
	t.Helper()
	w := &World{
		Sandbox: server, Catalog: catalog.All(), Drawer: &Drawer{}, base: "http://sandbox.example", credentials: granted, options: Options{Parallelism: 1},
		Target: plan.Target{ProjectID: granted.ProjectID, ProjectSlug: "acme-auth", EnvironmentSlug: "test"},
	}
	w.Connection = w.pipe(t, server, nil)
	return w
}

// pipe opens another connection, to a handler in front of the sandbox. Around
// may put something between the program and the pipe.
func (w *World) pipe(t testing.TB, handler http.Handler, around func(http.RoundTripper) http.RoundTripper) *client.Connection {
	t.Helper()
	listener := &pipes{opened: make(chan net.Conn), closed: make(chan struct{})}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = web.Serve(listener) // http.ErrServerClosed, at the end
	}()
	transport := &http.Transport{DialContext: listener.dial, MaxIdleConnsPerHost: 32}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = web.Close()
		<-served
	})
	var base http.RoundTripper = transport
	if around != nil {
		base = around(base)
	}
	connection, err := client.Connect(client.Config{
		ProjectID: w.credentials.ProjectID, Secret: client.NewSecret(w.credentials.Secret),
		WorkspaceKeyID: w.credentials.WorkspaceKeyID, WorkspaceKeySecret: client.NewSecret(w.credentials.WorkspaceKeySecret),
		BaseURI: w.base, ManagementBaseURI: w.base, FraudBaseURI: w.base, Transport: base, Timeout: patience, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

// decoded is the desired state of documents, with every limit lifted: the tests
// that use it ask what becomes of a plan, not whether it is allowed.
func decoded(t testing.TB, documents Documents) *kind.Desired {
	t.Helper()
	desired, diagnostics := (&World{Catalog: catalog.All()}).Diagnose(t, documents)
	if len(diagnostics) > 0 {
		t.Fatalf("the documents have problems:\n%s", words(diagnostics))
	}
	if err := kind.Allow(&desired.Policy, []string{"deletes=1000", "delete_percent=100", "access_removals=1000", "restorations=1000", "lock_outs=1000"}); err != nil {
		t.Fatal(err)
	}
	return desired
}

// bare is a sandbox with one environment and nothing in it.
func bare(t testing.TB) (*sandbox.Server, sandbox.Credentials) {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme-auth", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return server, granted
}

func forked(t testing.TB, server *sandbox.Server) *sandbox.Server {
	t.Helper()
	fork, err := server.Fork()
	if err != nil {
		t.Fatal(err)
	}
	return fork
}

// strike sets faults, in their text form; none clears them.
func (w *World) strike(t testing.TB, faults ...sandbox.Fault) {
	t.Helper()
	if err := w.Sandbox.SetFaults(sandbox.Faults{Rules: faults}); err != nil {
		t.Fatal(err)
	}
}

// tell asks the sandbox's handler itself, with nothing between.
func (w *World) tell(t testing.TB, method, path string, body any) Object {
	t.Helper()
	status, answer := w.tryTell(t, method, path, body)
	if status/100 != 2 {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// tryTell is tell for requests that may be refused.
func (w *World) tryTell(t testing.TB, method, path string, body any) (status int, answer Object) {
	t.Helper()
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		path = "/pwa/v3/projects/acme-auth/environments/test" + rest
	}
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(sent))
	if strings.HasPrefix(path, "/pwa/") {
		request.SetBasicAuth(w.credentials.WorkspaceKeyID, w.credentials.WorkspaceKeySecret)
	} else {
		request.SetBasicAuth(w.credentials.ProjectID, w.credentials.Secret)
	}
	recorder := httptest.NewRecorder()
	w.Sandbox.ServeHTTP(recorder, request)
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, recorder.Body)
	}
	return recorder.Code, answer
}
