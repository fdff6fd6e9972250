package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Target is one environment of one project. In what the documents want, empty fields are open.
type Target struct {
	ProjectSlug     string // the workspace's name of the project
	EnvironmentSlug string // the project's name of the environment
	ProjectID       string // "project-test-…" or "project-live-…": the environment's id on the data plane
	Live            bool   // real people log in here; ignored in what the documents want
	Vertical        string // "B2B", "CONSUMER" or "ALL"; empty when it could not be asked; ignored in what the documents want
}

// Resolve settles which environment this run talks to, and refuses any other than the documents name. With a workspace
// key it asks Stytch for the project and the environment, by their slugs (two requests). Without one the documents must
// name the project_id, for the data plane cannot tell a slug, and nothing is sent. A project for consumers is refused:
// the documents describe B2B.
func (c *Client) Resolve(ctx context.Context, want Target, needs Needs) (Target, error) {
	named := want.ProjectSlug != "" && want.EnvironmentSlug != ""
	switch {
	case c.Management != nil && named:
		return c.askTarget(ctx, want)
	case len(needs[Management]) > 0 && c.Management == nil:
		return Target{}, fmt.Errorf("%s and %s are needed for %s", varKeyID, varKeySecret, kindList(needs[Management]))
	case len(needs[Management]) > 0:
		return Target{}, fmt.Errorf("project.project_slug and project.environment_slug are needed for %s: Stytch's %s knows projects by these names", kindList(needs[Management]), Management)
	}
	return c.trustTarget(want)
}

// askTarget lets the management plane say which environment the slugs name.
func (c *Client) askTarget(ctx context.Context, want Target) (Target, error) {
	got := Target{ProjectSlug: want.ProjectSlug, EnvironmentSlug: want.EnvironmentSlug}
	if err := c.askProject(ctx, &got); err != nil {
		return Target{}, err
	}
	if err := c.askEnvironment(ctx, &got); err != nil {
		return Target{}, err
	}
	if err := c.refuseTarget(want, got); err != nil {
		return Target{}, err
	}
	return got, nil
}

// askProject fills in what only the project knows.
func (c *Client) askProject(ctx context.Context, t *Target) error {
	var answer struct {
		Project struct {
			Vertical string `json:"vertical"`
		} `json:"project"`
	}
	path := Path("/pwa/v3/projects/%s", t.ProjectSlug)
	err := c.Manage(ctx, Request{Method: http.MethodGet, Path: path}, &answer)
	if IsNotFound(err) {
		return fmt.Errorf("this workspace has no project %q: check project.project_slug, and that the workspace key belongs to the project's workspace: %w", t.ProjectSlug, err)
	}
	if err != nil {
		return fmt.Errorf("asking Stytch for the project %q: %w", t.ProjectSlug, err)
	}
	t.Vertical = answer.Project.Vertical
	return nil
}

// askEnvironment fills in what only the environment knows.
func (c *Client) askEnvironment(ctx context.Context, t *Target) error {
	var answer struct {
		Environment struct {
			ProjectID string `json:"project_id"`
			Type      string `json:"type"`
		} `json:"environment"`
	}
	path := Path("/pwa/v3/projects/%s/environments/%s", t.ProjectSlug, t.EnvironmentSlug)
	err := c.Manage(ctx, Request{Method: http.MethodGet, Path: path}, &answer)
	if IsNotFound(err) {
		return fmt.Errorf("the project %q has no environment %q: check project.environment_slug: %w", t.ProjectSlug, t.EnvironmentSlug, err)
	}
	if err != nil {
		return fmt.Errorf("asking Stytch for the environment %q of the project %q: %w", t.EnvironmentSlug, t.ProjectSlug, err)
	}
	t.ProjectID = answer.Environment.ProjectID
	t.Live = answer.Environment.Type == "LIVE" || isLive(t.ProjectID)
	return nil
}

// refuseTarget compares what Stytch said with what the documents and the credentials name.
func (c *Client) refuseTarget(want, got Target) error {
	var problems []error
	where := fmt.Sprintf("environment %q of project %q", got.EnvironmentSlug, got.ProjectSlug)
	switch {
	case got.ProjectID == "":
		problems = append(problems, fmt.Errorf("the %s has no project_id in Stytch's answer: nothing can tell whether the credentials belong to it", where))
	case want.ProjectID != "" && want.ProjectID != got.ProjectID:
		problems = append(problems, fmt.Errorf("the documents name project_id %s, but the %s is %s", want.ProjectID, where, got.ProjectID))
	}
	if got.ProjectID != "" && c.projectID != "" && c.projectID != got.ProjectID {
		problems = append(problems, fmt.Errorf("%s is %s, but the documents name the %s, which is %s: these are credentials of another environment", varProjectID, c.projectID, where, got.ProjectID))
	}
	if got.Vertical == "CONSUMER" {
		problems = append(problems, fmt.Errorf("the project %q is a Consumer project: the documents describe a B2B project", got.ProjectSlug))
	}
	return errors.Join(problems...)
}

// trustTarget does without the management plane: the project id in the documents must be that of the credentials.
func (c *Client) trustTarget(want Target) (Target, error) {
	switch {
	case want.ProjectID == "":
		return Target{}, errors.New("project.project_id is required without a workspace key and both slugs: Stytch's data API cannot tell which environment a slug names")
	case c.projectID == "":
		return Target{}, fmt.Errorf("%s is not set, so that nothing can tell whether this is the project of the documents, %s", varProjectID, want.ProjectID)
	case c.projectID != want.ProjectID:
		return Target{}, fmt.Errorf("%s is %s, but the documents name %s: these are credentials of another environment", varProjectID, c.projectID, want.ProjectID)
	}
	return Target{
		ProjectSlug: want.ProjectSlug, EnvironmentSlug: want.EnvironmentSlug,
		ProjectID: want.ProjectID, Live: isLive(want.ProjectID),
	}, nil
}

// isLive: Stytch's SDKs choose the host by the same prefix.
func isLive(projectID string) bool { return strings.HasPrefix(projectID, "project-live-") }
