package sandbox

import "time"

// SetJWKSTimeout bounds the fetch of a profile's keys.
func (s *Server) SetJWKSTimeout(timeout time.Duration) { s.data.jwks.timeout = timeout }
