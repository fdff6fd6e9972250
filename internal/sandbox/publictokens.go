package sandbox

import (
	"slices"
	"time"
)

// A publicToken identifies an environment in frontends. It is not secret, and its value is its ID.
type publicToken struct {
	PublicToken string    `json:"public_token"`
	CreatedAt   time.Time `json:"created_at"`
}

// maxPublicTokens is per project, by Stytch's limits page.
const maxPublicTokens = 50

func (s *Server) publicTokenRoutes() {
	path := environmentPath + "/public_tokens"
	s.handle("POST "+path, write, createPublicToken)
	s.handle("GET "+path, read, listPublicTokens)
	s.handle("GET "+path+"/{public_token}", read, getPublicToken)
	s.handle("DELETE "+path+"/{public_token}", write, deletePublicToken)
}

func newPublicToken(e *environment, now time.Time) publicToken {
	return publicToken{PublicToken: e.newID("public-token"), CreatedAt: now}
}

func createPublicToken(c *call) (answer, *apiError) {
	if c.project.count(func(e *environment) int { return len(e.PublicTokens) }) >= maxPublicTokens {
		return nil, badRequest("public_token_limit_exceeded", "A project has at most %d public tokens.", maxPublicTokens)
	}
	made := newPublicToken(c.env, c.now)
	c.env.PublicTokens = append(c.env.PublicTokens, made)
	c.saveEnvironment(c.env)
	return answer{"public_token": made}, nil
}

func listPublicTokens(c *call) (answer, *apiError) {
	return answer{"public_tokens": c.env.PublicTokens}, nil
}

func getPublicToken(c *call) (answer, *apiError) {
	i, err := c.namedPublicToken()
	if err != nil {
		return nil, err
	}
	return answer{"public_token": c.env.PublicTokens[i]}, nil
}

// deletePublicToken removes a token, but never the environment's last one.
func deletePublicToken(c *call) (answer, *apiError) {
	i, err := c.namedPublicToken()
	if err != nil {
		return nil, err
	}
	if len(c.env.PublicTokens) == 1 {
		return nil, badRequest("cannot_delete_last_public_token", "An environment keeps at least one public token.")
	}
	c.env.PublicTokens = slices.Delete(c.env.PublicTokens, i, i+1)
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func (c *call) namedPublicToken() (int, *apiError) {
	i := slices.IndexFunc(c.env.PublicTokens, func(t publicToken) bool { return t.PublicToken == c.param("public_token") })
	if i < 0 {
		return 0, notFound("public_token_not_found", "The environment has no public token %q.", c.param("public_token"))
	}
	return i, nil
}
