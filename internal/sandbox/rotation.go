package sandbox

// A rotatingSecret is the secret of a client, of which answers show the end: while a rotation is going on there is a
// next one, and both are valid.
type rotatingSecret struct {
	LastFour     string `json:",omitempty"`
	NextLastFour string `json:",omitempty"`
}

func lastFour(secret string) string { return secret[max(0, len(secret)-4):] }

// show puts into an answer what may be seen of the secret. Without a rotation Stytch shows null.
func (s rotatingSecret) show(a answer) {
	a["client_secret_last_four"], a["next_client_secret_last_four"] = s.LastFour, nil
	if s.NextLastFour != "" {
		a["next_client_secret_last_four"] = s.NextLastFour
	}
}

// start makes the next secret, unless there is one.
func (s *rotatingSecret) start() (next string, begun bool) {
	if s.NextLastFour != "" {
		return "", false
	}
	next = newSecretValue()
	s.NextLastFour = lastFour(next)
	return next, true
}

// end puts the next secret into the current one's place, or drops it. It reports false when there is none.
func (s *rotatingSecret) end(complete bool) bool {
	if s.NextLastFour == "" {
		return false
	}
	if complete {
		s.LastFour = s.NextLastFour
	}
	s.NextLastFour = ""
	return true
}
