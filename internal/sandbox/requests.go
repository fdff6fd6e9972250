package sandbox

import (
	"slices"
	"sync"
)

// A Request is one line of the sandbox's own log: what was asked and how it was answered.
type Request struct {
	Method   string
	Path     string    // as sent, percent-encoded, without the query
	Endpoint string    // the route's pattern, such as "/v1/b2b/organizations/{organization_id}"; empty when unknown
	Status   int       // the HTTP status that the handler gave or the fault set; 0 when the connection was cut before either
	Write    bool      // the endpoint can change state; a search does not, though its method is POST
	Fault    FaultKind // what went wrong on demand; empty when nothing did
}

// maxRequests bounds the log of a sandbox that runs for long; the older half goes when it is full.
const maxRequests = 200_000

type requestLog struct {
	mu      sync.Mutex
	entries []Request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxRequests {
		l.entries = slices.Delete(l.entries, 0, maxRequests/2)
	}
	l.entries = append(l.entries, r)
}

// Requests gives what was asked since the start or the last ResetRequests, in the order of the answers. Of a very long
// log only the newer part is kept.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.entries)
}

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.entries = nil
}
