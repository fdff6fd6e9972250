package sandbox

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// The verticals of a project.
const (
	verticalB2B      = "B2B"
	verticalConsumer = "CONSUMER"
	verticalAll      = "ALL"
)

// Where the management API keeps its projects and environments.
const (
	projectPath     = "/pwa/v3/projects/{project_slug}"
	environmentPath = projectPath + "/environments/{environment_slug}"
)

// maxProjects is how many projects a workspace may have, by Stytch's limits page.
const maxProjects = 50

// managementRoutes registers the management API.
func (s *Server) managementRoutes() {
	s.projectRoutes()
	s.environmentRoutes()
	s.redirectURLRoutes()
	s.publicTokenRoutes()
	s.secretRoutes()
	s.jwtTemplateRoutes()
	s.passwordStrengthRoutes()
	s.countryCodeRoutes()
	s.rbacPolicyRoutes()
	s.trustedTokenRoutes()
	s.sdkConfigRoutes()
	s.emailTemplateRoutes()
	s.eventLogStreamingRoutes()
}

func (s *Server) projectRoutes() {
	s.handle("POST /pwa/v3/projects", write, createProject, "name", "vertical", "project_slug")
	s.handle("GET /pwa/v3/projects", read, listProjects)
	s.handle("GET "+projectPath, read, getProject)
	s.handle("PATCH "+projectPath, write, updateProject, "name")
	s.handle("DELETE "+projectPath, write, deleteProject)
}

// A projectView is a project as the API shows it.
type projectView struct {
	CreatedAt   time.Time `json:"created_at"`
	Name        string    `json:"name"`
	ProjectSlug string    `json:"project_slug"`
	Vertical    string    `json:"vertical"`
}

func (p *project) view() projectView {
	return projectView{CreatedAt: p.CreatedAt, Name: p.Name, ProjectSlug: p.Slug, Vertical: p.Vertical}
}

// createProject makes a project without any environment, as Stytch's SDK tests show.
func createProject(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	name, vertical, slug := get[string](&b, "name"), get[string](&b, "vertical"), get[string](&b, "project_slug").Value
	projects := c.server.state.Projects
	if slug == "" {
		slug = generatedSlug("project")
	}
	switch {
	case b.err != nil:
		return nil, b.err
	case name.Value == "":
		return nil, badRequest("invalid_argument", "name is required.")
	case !slices.Contains([]string{verticalB2B, verticalConsumer, verticalAll}, vertical.Value):
		return nil, badRequest("invalid_argument", "vertical must be B2B, CONSUMER or ALL, not %q.", vertical.Value)
	case !validSlug(slug):
		return nil, badRequest("invalid_argument", "project_slug %q is malformed.", slug)
	case projects[slug] != nil:
		return nil, c.duplicate("duplicate_project_slug", "The project slug %q is in use.", slug)
	case len(projects) >= maxProjects:
		return nil, badRequest("project_limit_exceeded", "A workspace has at most %d projects.", maxProjects)
	}
	p := &project{Slug: slug, Name: name.Value, Vertical: vertical.Value, CreatedAt: c.now, Environments: map[string]*environment{}}
	projects[slug] = p
	c.saveProject(p)
	return answer{"project": p.view()}, nil
}

func listProjects(c *call) (answer, *apiError) {
	views := []projectView{}
	for _, p := range c.server.state.Projects {
		views = append(views, p.view())
	}
	slices.SortFunc(views, func(a, b projectView) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ProjectSlug, b.ProjectSlug))
	})
	return answer{"projects": views}, nil
}

func getProject(c *call) (answer, *apiError) {
	return answer{"project": c.project.view()}, nil
}

func updateProject(c *call) (answer, *apiError) {
	name, err := fieldOf[string](c, "name")
	switch {
	case err != nil:
		return nil, err
	case name.Null || !name.Sent:
	case name.Value == "":
		return nil, badRequest("invalid_argument", "name cannot be empty.")
	default:
		c.project.Name = name.Value
		c.saveProject(c.project)
	}
	return answer{"project": c.project.view()}, nil
}

// deleteProject removes a project with all its environments, the LIVE one included.
func deleteProject(c *call) (answer, *apiError) {
	for _, e := range c.project.Environments {
		c.changes.dropEnvironment(e)
		c.server.state.removeEnvironment(c.project, e)
	}
	delete(c.server.state.Projects, c.project.Slug)
	c.changes.drop(projectKey(c.project))
	return answer{}, nil
}

// duplicate is the refusal of a slug that is taken.
func (c *call) duplicate(kind, format string, args ...any) *apiError {
	err := badRequest(kind, format, args...)
	err.Status = cmp.Or(c.server.options.Knobs.DuplicateStatus, http.StatusBadRequest)
	return err
}

var slugForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

func validSlug(slug string) bool { return slugForm.MatchString(slug) }

// liveEnvironment gives the project's LIVE environment, or nil before it is made.
func (p *project) liveEnvironment() *environment {
	for _, e := range p.Environments {
		if e.live() {
			return e
		}
	}
	return nil
}

// count sums something over the project's environments; Stytch's limits are per project.
func (p *project) count(in func(*environment) int) int {
	sum := 0
	for _, e := range p.Environments {
		sum += in(e)
	}
	return sum
}
