package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// The types of an environment.
const (
	typeLive = "LIVE"
	typeTest = "TEST"
)

func (s *Server) environmentRoutes() {
	settings := environmentSettingKeys()
	s.handle("POST "+projectPath+"/environments", write, createEnvironment, append([]string{"name", "type", "environment_slug"}, settings...)...)
	s.handle("GET "+projectPath+"/environments", read, listEnvironments)
	s.handle("GET "+environmentPath, read, getEnvironment)
	s.handle("PATCH "+environmentPath, write, updateEnvironment, append([]string{"name", customDomainKey}, settings...)...)
	s.handle("DELETE "+environmentPath, write, deleteEnvironment)
	s.handle("GET "+environmentPath+"/metrics", read, environmentMetrics)
}

// newEnvironment gives an environment as Stytch makes it, with everything that a fresh one already holds.
func newEnvironment(p *project, slug, name, kind string, now time.Time) *environment {
	e := &environment{
		Slug: slug, ProjectSlug: p.Slug, Type: kind, Name: name, CreatedAt: now,
		OAuthCallbackID:  newUUID(),
		Settings:         defaultSettings(),
		JWTTemplates:     defaultJWTTemplates(),
		PasswordStrength: defaultPasswordStrength(),
		CountryCodes:     defaultCountryCodes(),
		RBAC:             defaultPolicy(p.Vertical),
		SDKConfig:        defaultSDKConfig(),
	}
	e.ProjectID = e.newID("project")
	e.PublicTokens = []publicToken{newPublicToken(e, now)}
	if !e.live() {
		e.RedirectURLs = []redirectURL{localRedirectURL(p.Vertical)}
	}
	return e
}

// createEnvironment makes an environment: the LIVE one first, then any number of TEST ones.
func createEnvironment(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	name, kind, slug := get[string](&b, "name").Value, get[string](&b, "type").Value, get[string](&b, "environment_slug").Value
	if slug == "" {
		slug = generatedSlug("environment")
	}
	live := c.project.liveEnvironment()
	switch {
	case b.err != nil:
		return nil, b.err
	case name == "":
		return nil, badRequest("invalid_argument", "name is required.")
	case kind != typeLive && kind != typeTest:
		return nil, badRequest("invalid_argument", "type must be LIVE or TEST, not %q.", kind)
	case kind == typeLive && live != nil:
		return nil, badRequest("duplicate_live_environment", "The project has a LIVE environment: %q.", live.Slug)
	case kind == typeTest && live == nil:
		return nil, badRequest("live_environment_required", "A project needs its LIVE environment before a TEST one.")
	case !validSlug(slug):
		return nil, badRequest("invalid_argument", "environment_slug %q is malformed.", slug)
	case c.project.Environments[slug] != nil:
		return nil, c.duplicate("duplicate_environment_slug", "The environment slug %q is in use.", slug)
	}
	e := newEnvironment(c.project, slug, name, kind, c.now)
	if err := c.readSettings(&e.Settings); err != nil {
		return nil, err
	}
	c.server.state.addEnvironment(c.project, e)
	c.saveEnvironment(e)
	return answer{"environment": e.view()}, nil
}

func listEnvironments(c *call) (answer, *apiError) {
	views := []environmentView{}
	for _, e := range c.project.Environments {
		views = append(views, e.view())
	}
	slices.SortFunc(views, func(a, b environmentView) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Type, b.Type), cmp.Compare(a.EnvironmentSlug, b.EnvironmentSlug))
	})
	return answer{"environments": views}, nil
}

func getEnvironment(c *call) (answer, *apiError) {
	return answer{"environment": c.env.view()}, nil
}

// updateEnvironment merges: what is not sent, or sent as null, keeps its value.
func updateEnvironment(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	name, customDomain := get[string](&b, "name"), get[bool](&b, customDomainKey)
	settings := c.env.Settings
	if b.err == nil {
		b.err = c.readSettings(&settings)
	}
	toggled := settings.CrossOrgPasswordsEnabled != c.env.Settings.CrossOrgPasswordsEnabled
	switch {
	case b.err != nil:
		return nil, b.err
	case name.Sent && !name.Null && name.Value == "":
		return nil, badRequest("invalid_argument", "name cannot be empty.")
	case toggled && c.env.passwordsExist() && !c.server.options.Knobs.PasswordTogglesAllowed:
		return nil, badRequest("cannot_toggle_cross_org_passwords_when_password_in_use",
			"cross_org_passwords_enabled cannot change once members have passwords.")
	}
	if customDomain.Sent && !customDomain.Null {
		settings.UseCustomDomainInMagicLinkEmails = customDomain.Value
	}
	c.env.Settings, c.env.Name = settings, cmp.Or(name.Value, c.env.Name)
	c.saveEnvironment(c.env)
	return answer{"environment": c.env.view()}, nil
}

// deleteEnvironment removes a TEST environment. A LIVE one goes only with its project.
func deleteEnvironment(c *call) (answer, *apiError) {
	if c.env.live() {
		return nil, badRequest("cannot_delete_live_environment", "A LIVE environment is deleted only with its project.")
	}
	c.changes.dropEnvironment(c.env)
	c.server.state.removeEnvironment(c.project, c.env)
	return answer{}, nil
}

func environmentMetrics(c *call) (answer, *apiError) {
	organizations, members := c.env.counts()
	return answer{"metrics": map[string]int{
		"user_count": 0, "organization_count": organizations, "member_count": members, "m2m_client_count": 0,
	}}, nil
}
