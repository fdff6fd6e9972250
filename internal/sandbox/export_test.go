package sandbox

// CompactAfter makes a sandbox write a new state file after this many logged requests.
func (s *Server) CompactAfter(requests int) { s.store.compactAfter = requests }

// BreakStore closes the log under a sandbox, as a full or vanished disk would.
func (s *Server) BreakStore() error { return s.store.file.Close() }
