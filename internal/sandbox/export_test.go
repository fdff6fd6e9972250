package sandbox

// CompactAfter makes a sandbox write a new state file after this many logged requests.
func (s *Server) CompactAfter(requests int) { s.store.compactAfter = requests }

// BreakStore closes the log under a sandbox, as a full or vanished disk would.
func (s *Server) BreakStore() error { return s.store.file.Close() }

// AddBrokenRoutes adds endpoints with mistakes: one that fails in the middle of two changes, one whose answer cannot be
// encoded, one that fails before it changes anything, and one that only reads.
func (s *Server) AddBrokenRoutes() {
	half := func(c *call) {
		c.env.PublicTokens = nil
		c.saveEnvironment(c.env)
	}
	s.handle("POST /v1/broken/half", write, func(c *call) (answer, *apiError) { half(c); panic("halfway") })
	s.handle("POST /v1/broken/answer", write, func(c *call) (answer, *apiError) { half(c); return answer{"f": half}, nil })
	s.handle("POST /v1/broken/early", write, func(*call) (answer, *apiError) { panic("early") })
	s.handle("GET /v1/broken/read", read, func(*call) (answer, *apiError) { panic("read") })
}
