package sandbox

import (
	"encoding/json"
	"fmt"
)

// Fork makes another sandbox that starts from what this one holds now: the same objects, ids and credentials. It lives
// in memory, meets no faults, and has an empty log of requests; what happens in one no longer shows in the other. A test
// that tries many things from one state builds that state once.
func (s *Server) Fork() (*Server, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	records := map[string]json.RawMessage{}
	for _, r := range s.state.everything() {
		value, err := json.Marshal(r.Value)
		if err != nil {
			return nil, fmt.Errorf("forking the sandbox: %w", err)
		}
		records[r.Key] = value
	}
	copied, err := stateFrom(records)
	if err != nil {
		return nil, fmt.Errorf("forking the sandbox: %w", err)
	}
	options := s.options
	options.Dir, options.Projects, options.Faults = "", nil, Faults{}
	fork, err := New(options)
	if err != nil {
		return nil, err
	}
	fork.state = copied
	return fork, nil
}
