package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// A Seed names an environment that a sandbox should have.
type Seed struct {
	ProjectSlug     string // required
	EnvironmentSlug string // required
	ProjectName     string // "" means the slug
	Vertical        string // "B2B" (when empty) or "CONSUMER"
	// ProjectID is the ID that the named environment gets, "project-test-…" or "project-live-…" as its type; "" makes one.
	ProjectID string
	// Live makes the named environment the project's LIVE one. Otherwise it is a TEST one, and a LIVE environment is
	// made beside it, as Stytch wants one first.
	Live bool
}

// Credentials open one environment of a sandbox and its management API. They print without their secrets.
type Credentials struct {
	ProjectSlug        string
	EnvironmentSlug    string
	ProjectID          string // user name of the B2B API
	Secret             string // its password
	WorkspaceKeyID     string // user name of the management API
	WorkspaceKeySecret string // its password
}

// String names the environment and leaves the secrets out.
func (c Credentials) String() string {
	return fmt.Sprintf("%s/%s (%s, secrets not shown)", c.ProjectSlug, c.EnvironmentSlug, c.ProjectID)
}

// Format prints String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue logs String.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Ensure makes what a seed names and is missing, and gives the credentials of its environment. It fails when the
// project or environment exists with another vertical, type or project ID.
func (s *Server) Ensure(seed Seed) (Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.closed {
		return Credentials{}, errors.New("the sandbox is closed")
	}
	var b batch
	env, err := s.ensure(seed, &b)
	if err != nil {
		return Credentials{}, fmt.Errorf("seeding %s/%s: %w", seed.ProjectSlug, seed.EnvironmentSlug, err)
	}
	if err := s.commit(b); err != nil {
		return Credentials{}, fmt.Errorf("seeding %s/%s: %w", seed.ProjectSlug, seed.EnvironmentSlug, err)
	}
	return Credentials{
		ProjectSlug: env.ProjectSlug, EnvironmentSlug: env.Slug,
		ProjectID: env.ProjectID, Secret: env.Secrets[0].Value,
		WorkspaceKeyID: s.state.Workspace.KeyID, WorkspaceKeySecret: s.state.Workspace.KeySecret,
	}, nil
}

func (s *Server) ensure(seed Seed, b *batch) (*environment, error) {
	if err := s.checkSeed(&seed); err != nil {
		return nil, err
	}
	now := s.options.Now().UTC().Truncate(time.Second)
	p := s.state.Projects[seed.ProjectSlug]
	if p == nil {
		p = &project{Slug: seed.ProjectSlug, Name: seed.ProjectName, Vertical: seed.Vertical, CreatedAt: now, Environments: map[string]*environment{}}
		s.state.Projects[p.Slug] = p
		b.project(p)
	}
	if !seed.Live && p.liveEnvironment() == nil {
		s.seedEnvironment(p, liveSlugBeside(seed.EnvironmentSlug), "", typeLive, now, b)
	}
	env := p.Environments[seed.EnvironmentSlug]
	if env == nil {
		kind := typeTest
		if seed.Live {
			kind = typeLive
		}
		env = s.seedEnvironment(p, seed.EnvironmentSlug, seed.ProjectID, kind, now, b)
	}
	if len(env.Secrets) == 0 {
		env.Secrets = append(env.Secrets, newSecret(env, now))
		b.environment(env)
	}
	return env, nil
}

func (s *Server) seedEnvironment(p *project, slug, projectID, kind string, now time.Time, b *batch) *environment {
	env := newEnvironment(p, slug, slug, kind, now)
	if projectID != "" {
		env.ProjectID = projectID
	}
	s.state.addEnvironment(p, env)
	b.environment(env)
	return env
}

// checkSeed fills a seed's defaults and refuses what does not fit the state, before anything is made.
func (s *Server) checkSeed(seed *Seed) error {
	if seed.Vertical == "" {
		seed.Vertical = verticalB2B
	}
	if seed.ProjectName == "" {
		seed.ProjectName = seed.ProjectSlug
	}
	prefix := "project-test-"
	if seed.Live {
		prefix = "project-live-"
	}
	p := s.state.Projects[seed.ProjectSlug]
	var env *environment
	if p != nil {
		env = p.Environments[seed.EnvironmentSlug]
	}
	switch {
	case !validSlug(seed.ProjectSlug) || !validSlug(seed.EnvironmentSlug):
		return errors.New("a slug has 1 to 128 letters, digits, '-', '_' and '.'")
	case seed.Vertical != verticalB2B && seed.Vertical != verticalConsumer:
		return fmt.Errorf("the vertical is B2B or CONSUMER, not %q", seed.Vertical)
	case seed.ProjectID != "" && (!strings.HasPrefix(seed.ProjectID, prefix) || !projectIDForm.MatchString(seed.ProjectID)):
		return fmt.Errorf("the project ID %q does not have the form %s…", seed.ProjectID, prefix)
	case p != nil && p.Vertical != seed.Vertical:
		return fmt.Errorf("the project exists as a %s project", p.Vertical)
	case env != nil && env.live() != seed.Live:
		return fmt.Errorf("the environment exists as a %s environment", env.Type)
	case env != nil && seed.ProjectID != "" && env.ProjectID != seed.ProjectID:
		return fmt.Errorf("the environment exists with the project ID %s", env.ProjectID)
	case env == nil && s.state.byProjectID[seed.ProjectID] != nil:
		return fmt.Errorf("the project ID %s belongs to another environment", seed.ProjectID)
	case env == nil && seed.Live && p != nil && p.liveEnvironment() != nil:
		return fmt.Errorf("the project's LIVE environment is %q", p.liveEnvironment().Slug)
	}
	return nil
}

// liveSlugBeside names the LIVE environment that is made beside a TEST one.
func liveSlugBeside(testSlug string) string {
	if testSlug == "production" {
		return "live"
	}
	return "production"
}
