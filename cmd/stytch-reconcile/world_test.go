package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A world is what a script finds outside: an address that counts who contacts
// it, and, once the script says stytch, a sandbox behind it.
type world struct {
	contacts atomic.Int64
	server   *httptest.Server
	root     string // the checkout

	sandbox     *sandbox.Server
	credentials sandbox.Credentials

	mu        sync.Mutex
	meanwhile []interference
	writes    int // requests that could write, since they were last looked at
	chat      chatroom
}

// An interference is what somebody else does while our request is under way.
type interference struct {
	method, path string // before the first request that has this method and this path, in which * is any one part
	act          func() error
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// newWorld gives a script its own address, as the environment's Stytch, with
// credentials that nothing accepts.
func newWorld(env *testscript.Env) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	w := &world{root: root}
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.contacts.Add(1)
		}
	}
	w.server.Start()
	env.Defer(func() {
		w.server.Close()
		if w.sandbox != nil {
			_ = w.sandbox.Close()
		}
	})
	env.Values[worldKey{}] = w
	env.Setenv("ROOT", root)
	env.Setenv("NO_COLOR", "1")
	for _, v := range [][2]string{
		{"STYTCH_PROJECT_ID", "project-test-00000000-0000-4000-8000-000000000000"},
		{"STYTCH_SECRET", "no-secret"},
		{"STYTCH_WORKSPACE_KEY_ID", "no-key"},
		{"STYTCH_WORKSPACE_KEY_SECRET", "no-secret"},
		{"STYTCH_BASE_URI", w.server.URL},
		{"STYTCH_MANAGEMENT_BASE_URI", w.server.URL},
	} {
		env.Setenv(v[0], v[1])
	}
	return nil
}

// ServeHTTP answers as the sandbox does, after what happens meanwhile.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	server := w.sandbox
	w.mu.Unlock()
	if server == nil {
		http.Error(rw, `{"status_code":401,"error_type":"unauthorized_credentials","error_message":"Go away."}`, http.StatusUnauthorized)
		return
	}
	if act := w.interferenceOf(r); act != nil {
		if err := act(); err != nil {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(rw, `{"status_code":400,"error_type":"bad_request","error_message":%q,"request_id":"request-id-test-1"}`, err.Error())
			return
		}
	}
	server.ServeHTTP(rw, r)
}

func (w *world) interferenceOf(r *http.Request) func() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, m := range w.meanwhile {
		if fits, err := path.Match(m.path, r.URL.Path); err == nil && fits && m.method == r.Method {
			w.meanwhile = append(w.meanwhile[:i:i], w.meanwhile[i+1:]...)
			return m.act
		}
	}
	return nil
}

// stytch SLUG/ENVIRONMENT [PROJECT_ID] starts a sandbox in the test's own
// process, and puts its credentials into the environment.
func startStytch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: stytch SLUG/ENVIRONMENT [PROJECT_ID]")
	}
	w := worldOf(ts)
	slug, environment, _ := strings.Cut(args[0], "/")
	seed := sandbox.Seed{ProjectSlug: slug, EnvironmentSlug: environment}
	if len(args) == 2 {
		seed.ProjectID = args[1]
		seed.Live = strings.HasPrefix(args[1], "project-live-")
	}
	server, err := sandbox.New(sandbox.Options{Log: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	w.credentials, err = server.Ensure(seed)
	ts.Check(err)
	w.mu.Lock()
	w.sandbox = server
	w.mu.Unlock()
	ts.Setenv("STYTCH_PROJECT_ID", w.credentials.ProjectID)
	ts.Setenv("STYTCH_SECRET", w.credentials.Secret)
	ts.Setenv("STYTCH_WORKSPACE_KEY_ID", w.credentials.WorkspaceKeyID)
	ts.Setenv("STYTCH_WORKSPACE_KEY_SECRET", w.credentials.WorkspaceKeySecret)
}

// started FILE waits until a command in the background has written a file.
func started(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: started FILE")
	}
	for range 500 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s does not appear", args[0])
}
