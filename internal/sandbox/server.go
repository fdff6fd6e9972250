// Package sandbox is a local Stytch: the management API and the B2B API on one address, an http.Handler that keeps
// state and enforces Stytch's rules as its documentation and SDKs describe them.
//
// Read state.go first (what is kept), then route.go (how a request finds its handler) and serve.go (what happens to
// every request); faults.go is what goes wrong on demand; after that each file is one group of endpoints and can be read alone. What Stytch does not document
// is a switch in knobs.go. The package shares no code with the reconciler, so that one misunderstanding of Stytch
// cannot pass unnoticed on both sides.
package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a sandbox behaves. The zero value is a sandbox in memory, without rate limits, that answers as the
// documentation says.
type Options struct {
	// Dir is the directory in which the state is kept: state.json, its log and a lock file, created with mode 0600
	// where missing. Empty keeps the state in memory only.
	Dir string
	// Projects are made when New finds them missing.
	Projects []Seed
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Knobs answer the questions that Stytch's documentation leaves open.
	Knobs Knobs
	// Log receives one debug record a request, without bodies or credentials; nil logs nothing.
	Log *slog.Logger
	// SearchLimitPerMinute caps the searches of organizations and members of one environment in each clock minute;
	// 0 means no cap. Stytch's SDK documents 100.
	SearchLimitPerMinute int
	// RequestLimitPerSecond caps the other requests in each clock second: those of one environment to the B2B API, and,
	// counted by themselves, those to the management API; 0 means no cap. Stytch publishes no numbers.
	RequestLimitPerSecond int
	// JWKSHosts are the hosts, with or without a port, from which attest may fetch a profile's keys. Those on the loopback
	// interface are permitted without being named: whoever writes a profile should not choose what a sandbox connects to.
	JWKSHosts []string
	// Faults are what goes wrong from the start; (*Server).SetFaults changes them.
	Faults Faults
}

// A Server is one sandbox. It is an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	router  router
	log     requestLog
	data    dataServer                 // what the B2B API keeps that is not state: rate windows, caches
	faults  atomic.Pointer[faultBoard] // nil when nothing goes wrong

	mu    sync.RWMutex // guards state; held for reading by reads and for writing by writes
	state *state
	store *store
}

// New opens a sandbox: it loads what Options.Dir holds, makes a workspace key if there is none, and makes the seeds
// that are missing. It fails when the directory cannot be used, is in use by another sandbox, or holds state that a
// newer version wrote.
func New(options Options) (*Server, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	store, loaded, err := openStore(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's state: %w", err)
	}
	s := &Server{options: options, store: store, state: loaded}
	s.managementRoutes()
	s.dataRoutes()
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", errors.Join(err, store.close(loaded)))
	}
	return s, nil
}

// start makes what every sandbox has: a workspace key and the seeds; and then what is to go wrong.
func (s *Server) start() error {
	if s.state.Workspace.KeyID == "" {
		s.state.Workspace = newWorkspace()
		b := batch{}
		b.workspace(&s.state.Workspace)
		if err := s.commit(b); err != nil {
			return err
		}
	}
	for _, seed := range s.options.Projects {
		if _, err := s.Ensure(seed); err != nil {
			return err
		}
	}
	return s.SetFaults(s.options.Faults)
}

// Close writes the state to one file and gives the directory free. Requests after Close are refused. Closing twice is
// allowed.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.close(s.state)
}
