package client

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// workspace serves two projects: "acme" for B2B with a live and a test environment, "shop" for consumers.
func workspace(w http.ResponseWriter, r *http.Request) {
	answers := map[string]string{
		"/pwa/v3/projects/acme":                         `{"project":{"project_slug":"acme","vertical":"B2B"}}`,
		"/pwa/v3/projects/acme/environments/production": `{"environment":{"project_id":"project-live-1","type":"LIVE"}}`,
		"/pwa/v3/projects/acme/environments/test":       `{"environment":{"project_id":"project-test-1","type":"TEST"}}`,
		"/pwa/v3/projects/acme/environments/old":        `{"environment":{"type":"TEST"}}`,
		"/pwa/v3/projects/shop":                         `{"project":{"project_slug":"shop","vertical":"CONSUMER"}}`,
		"/pwa/v3/projects/shop/environments/test":       `{"environment":{"project_id":"project-test-1","type":"TEST"}}`,
	}
	if _, password, _ := r.BasicAuth(); password != "canary-secret-2" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"status_code":401,"error_type":"unauthorized_credentials","error_message":"who?"}`))
		return
	}
	if body, ok := answers[r.URL.Path]; ok {
		_, _ = w.Write([]byte(body))
		return
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"status_code":404,"request_id":"r-1","error_type":"not_found","error_message":"none"}`))
}

func TestResolve(t *testing.T) {
	all := credentials()
	noKey := Config{ProjectID: all.ProjectID, Secret: all.Secret}
	keyOnly := Config{WorkspaceKeyID: all.WorkspaceKeyID, WorkspaceKeySecret: all.WorkspaceKeySecret}
	badKey := Config{WorkspaceKeyID: "k", WorkspaceKeySecret: NewSecret("canary-wrong")}
	data, management := Needs{Data: {"member"}}, Needs{Management: {"redirect_url"}}
	acme := func(environment, id string) Target {
		return Target{ProjectSlug: "acme", EnvironmentSlug: environment, ProjectID: id}
	}
	test1 := Target{ProjectSlug: "acme", EnvironmentSlug: "test", ProjectID: "project-test-1", Vertical: "B2B"}
	live1 := Target{ProjectSlug: "acme", EnvironmentSlug: "production", ProjectID: "project-live-1", Vertical: "B2B", Live: true}
	for _, test := range []struct {
		name    string
		config  Config
		want    Target
		needs   Needs
		got     Target
		refusal []string
	}{
		{"slugs and a workspace key tell everything", all, acme("test", ""), data, test1, nil},
		{"the documents' project_id agrees", all, acme("test", "project-test-1"), management, test1, nil},
		{"a workspace key alone is enough for its own kinds", keyOnly, acme("production", ""), management, live1, nil},
		{"the documents' project_id is another", all, acme("test", "project-test-2"), data, Target{}, []string{"project-test-2", "project-test-1", `environment "test" of project "acme"`}},
		{"the credentials are another environment's", all, acme("production", ""), management, Target{}, []string{"STYTCH_PROJECT_ID is project-test-1", "project-live-1", "another environment"}},
		{"an unknown project", all, Target{ProjectSlug: "acne", EnvironmentSlug: "test"}, data, Target{}, []string{`no project "acne"`, "project.project_slug", "r-1"}},
		{"an unknown environment", all, acme("staging", ""), data, Target{}, []string{`no environment "staging"`, "project.environment_slug"}},
		{"an environment without a project id", all, acme("old", ""), data, Target{}, []string{"no project_id"}},
		{"a project for consumers", all, Target{ProjectSlug: "shop", EnvironmentSlug: "test"}, data, Target{}, []string{`"shop" is a Consumer project`}},
		{"a wrong workspace key", badKey, acme("test", ""), management, Target{}, []string{"401", "unauthorized_credentials"}},
		{"no workspace key: the project id must agree, and does", noKey, acme("test", "project-test-1"), data, Target{ProjectSlug: "acme", EnvironmentSlug: "test", ProjectID: "project-test-1"}, nil},
		{"no workspace key: a live project id says so", Config{ProjectID: "project-live-1", Secret: all.Secret}, Target{ProjectID: "project-live-1"}, data, Target{ProjectID: "project-live-1", Live: true}, nil},
		{"no workspace key and no project id", noKey, acme("test", ""), data, Target{}, []string{"project.project_id is required"}},
		{"no workspace key and another project id", noKey, acme("test", "project-live-9"), data, Target{}, []string{"STYTCH_PROJECT_ID is project-test-1", "project-live-9"}},
		{"no credentials at all", Config{}, Target{ProjectID: "project-test-1"}, data, Target{}, []string{"STYTCH_PROJECT_ID is not set"}},
		{"kinds that need the key that is not there", noKey, acme("test", "project-test-1"), management, Target{}, []string{"STYTCH_WORKSPACE_KEY_ID", "redirect_url"}},
		{"kinds that need the slugs that are not there", all, Target{ProjectID: "project-test-1"}, management, Target{}, []string{"project.project_slug", "redirect_url"}},
		{"a key without slugs does for the data plane", all, Target{ProjectID: "project-test-1"}, data, Target{ProjectID: "project-test-1"}, nil},
		{"a slug that would leave its place in the path", all, Target{ProjectSlug: "..", EnvironmentSlug: "test"}, data, Target{}, []string{"cannot be an id"}},
		{"a slug with a slash stays one segment", all, Target{ProjectSlug: "acme/environments/test", EnvironmentSlug: "x"}, data, Target{}, []string{"has no environment"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := serve(t, workspace, func(c *Config) {
				c.ProjectID, c.Secret = test.config.ProjectID, test.config.Secret
				c.WorkspaceKeyID, c.WorkspaceKeySecret = test.config.WorkspaceKeyID, test.config.WorkspaceKeySecret
			})
			got, err := conn.ReadOnly().Resolve(t.Context(), test.want, test.needs)
			if test.refusal != nil {
				says(t, err, test.refusal)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.got, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
