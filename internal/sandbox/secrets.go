package sandbox

import (
	"slices"
	"time"
)

// A secret is a password of the B2B API for one environment. The state keeps its value in clear: it opens nothing but
// this sandbox, and whoever starts the sandbox again wants to log in.
type secret struct {
	ID        string
	Value     string
	CreatedAt time.Time
	UsedAt    *time.Time // nil until first used, then exact to usedAtPrecision
}

// maxSecrets is per project, by Stytch's limits page.
const maxSecrets = 50

func (s *Server) secretRoutes() {
	path := environmentPath + "/secrets"
	s.handle("POST "+path, write, createSecret)
	s.handle("GET "+path, read, listSecrets)
	s.handle("GET "+path+"/{secret_id}", read, getSecret)
	s.handle("DELETE "+path+"/{secret_id}", write, deleteSecret)
}

func newSecret(e *environment, now time.Time) secret {
	return secret{ID: e.newID("secret"), Value: newSecretValue(), CreatedAt: now}
}

// masked is the secret as everything but its creation shows it.
func (s secret) masked() answer {
	return answer{"secret_id": s.ID, "last_four": s.Value[len(s.Value)-4:], "created_at": s.CreatedAt, "used_at": s.UsedAt}
}

// createSecret makes a secret. Its answer is the only one that holds the value.
func createSecret(c *call) (answer, *apiError) {
	if c.project.count(func(e *environment) int { return len(e.Secrets) }) >= maxSecrets {
		return nil, badRequest("secret_limit_exceeded", "A project has at most %d secrets.", maxSecrets)
	}
	made := newSecret(c.env, c.now)
	c.env.Secrets = append(c.env.Secrets, made)
	c.saveEnvironment(c.env)
	return answer{"secret": answer{"secret_id": made.ID, "secret": made.Value, "created_at": made.CreatedAt}}, nil
}

func listSecrets(c *call) (answer, *apiError) {
	masked := []answer{}
	for _, s := range c.env.Secrets {
		masked = append(masked, s.masked())
	}
	return answer{"secrets": masked}, nil
}

func getSecret(c *call) (answer, *apiError) {
	i, err := c.namedSecret()
	if err != nil {
		return nil, err
	}
	return answer{"secret": c.env.Secrets[i].masked()}, nil
}

func deleteSecret(c *call) (answer, *apiError) {
	i, err := c.namedSecret()
	if err != nil {
		return nil, err
	}
	c.env.Secrets = slices.Delete(c.env.Secrets, i, i+1)
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func (c *call) namedSecret() (int, *apiError) {
	i := slices.IndexFunc(c.env.Secrets, func(s secret) bool { return s.ID == c.param("secret_id") })
	if i < 0 {
		return 0, notFound("secret_not_found", "The environment has no secret %q.", c.param("secret_id"))
	}
	return i, nil
}
