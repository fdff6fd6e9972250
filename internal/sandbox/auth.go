package sandbox

import (
	"crypto/subtle"
	"regexp"
	"strings"
	"time"
)

// projectIDForm is what Stytch's project IDs look like. Hand-chosen IDs of seeds have the prefix but not always a UUID.
var projectIDForm = regexp.MustCompile(`^project-(test|live)-[A-Za-z0-9-]+$`)

// usedAtPrecision is how exactly the sandbox remembers when a secret was last used; finer would make every read a write.
const usedAtPrecision = time.Minute

// authenticateManagement checks the workspace key, Stytch's credentials for the management API.
func (s *Server) authenticateManagement(_ *call, user, password string) *apiError {
	w := s.state.Workspace
	if user != w.KeyID || !same(password, w.KeySecret) {
		return unauthorized("The workspace key ID or secret is not valid.")
	}
	return nil
}

// authenticateData checks a project ID and one of its secrets, and enters that environment.
func (s *Server) authenticateData(c *call, user, password string) *apiError {
	if user != "" && !projectIDForm.MatchString(user) {
		return badRequest("invalid_project_id_authentication", "The project ID in the Basic credentials is malformed.")
	}
	env := s.state.byProjectID[user]
	if env == nil || env.secretMatching(password) < 0 {
		return unauthorized("The project ID or secret is not valid.")
	}
	c.env, c.project = env, s.state.Projects[env.ProjectSlug]
	if c.project.Vertical == verticalConsumer && strings.Contains(c.route.pattern, "/b2b/") {
		return badRequest("invalid_b2b_endpoint", "This endpoint serves B2B projects, and this is a Consumer project.")
	}
	return nil
}

// secretMatching gives the position of the environment's secret with this value, or -1.
func (e *environment) secretMatching(value string) int {
	found := -1
	for i := range e.Secrets {
		if same(value, e.Secrets[i].Value) {
			found = i
		}
	}
	return found
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// touchSecret records that a secret was used. It runs before the call takes its lock, because a read may not write.
func (s *Server) touchSecret(projectID, password string) {
	now := s.options.Now().UTC().Truncate(time.Second)
	stale := func() (*environment, int) {
		env := s.state.byProjectID[projectID]
		if env == nil || s.store.closed {
			return nil, -1
		}
		i := env.secretMatching(password)
		if i < 0 || (env.Secrets[i].UsedAt != nil && now.Sub(*env.Secrets[i].UsedAt) < usedAtPrecision) {
			return nil, -1
		}
		return env, i
	}
	s.mu.RLock()
	env, _ := stale()
	s.mu.RUnlock()
	if env == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if env, i := stale(); env != nil {
		env.Secrets[i].UsedAt = &now
		var b batch
		b.environment(env)
		if line, err := s.keep(b); err == nil { // a lost time of use harms nobody; a broken store refuses the call itself
			_ = s.store.sync(line)
		}
	}
}
