package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/environments"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/projects"
	"github.com/stytchauth/stytch-management-go/v3/pkg/stytcherror"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestTheSDKManagesProjectsAndEnvironments(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	made, err := l.api.Projects.Create(ctx, projects.CreateRequest{Name: "Shop", Vertical: projects.VerticalB2B})
	if err != nil {
		t.Fatal(err)
	}
	slug := made.Project.ProjectSlug
	none, err := l.api.Environments.GetAll(ctx, environments.GetAllRequest{ProjectSlug: slug})
	if err != nil || len(none.Environments) != 0 {
		t.Fatalf("a new project has %v, %v; want no environments", none, err)
	}
	_, err = l.api.Environments.Create(ctx, environments.CreateRequest{ProjectSlug: slug, Name: "Test", Type: environments.EnvironmentTypeTest})
	if err == nil {
		t.Error("a TEST environment was made before the LIVE one")
	}
	live, err := l.api.Environments.Create(ctx, environments.CreateRequest{
		ProjectSlug: slug, Name: "Production", Type: environments.EnvironmentTypeLive, EnvironmentSlug: new("production"),
		UserLockThreshold: new(5), UserImpersonationEnabled: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := live.Environment
	if e.UserLockThreshold != 5 || e.UserLockTTL != 3600 || !e.UserImpersonationEnabled || e.OAuthCallbackID == "" {
		t.Errorf("the LIVE environment is %+v", e)
	}
	if !strings.HasPrefix(e.ProjectID, "project-live-") || e.CreatedAt.IsZero() {
		t.Errorf("project ID %q, created %v", e.ProjectID, e.CreatedAt)
	}
	test, err := l.api.Environments.Create(ctx, environments.CreateRequest{ProjectSlug: slug, Name: "Test", Type: environments.EnvironmentTypeTest, EnvironmentSlug: new("")})
	if err != nil || test.Environment.EnvironmentSlug == "" || !strings.HasPrefix(test.Environment.ProjectID, "project-test-") {
		t.Fatalf("a TEST environment without a slug: %+v, %v", test, err)
	}
	if _, err := l.api.Environments.Delete(ctx, environments.DeleteRequest{ProjectSlug: slug, EnvironmentSlug: "production"}); err == nil {
		t.Error("a LIVE environment was deleted on its own")
	}
	if _, err := l.api.Environments.Delete(ctx, environments.DeleteRequest{ProjectSlug: slug, EnvironmentSlug: test.Environment.EnvironmentSlug}); err != nil {
		t.Error(err)
	}
	if _, err := l.api.Projects.Delete(ctx, projects.DeleteRequest{ProjectSlug: slug}); err != nil {
		t.Error(err)
	}
	_, err = l.api.Environments.Get(ctx, environments.GetRequest{ProjectSlug: slug, EnvironmentSlug: "production"})
	var refusal stytcherror.Error
	if !errors.As(err, &refusal) || refusal.StatusCode != 404 || !strings.Contains(string(refusal.ErrorType), "not_found") {
		t.Errorf("reading what went with its project gives %v", err)
	}
}

func TestAnEnvironmentPatchMerges(t *testing.T) {
	for _, c := range []struct {
		name, patch, want string
		knobs             sandbox.Knobs
	}{
		{"nothing changes nothing", `{}`, `{}`, sandbox.Knobs{}},
		{"null changes nothing", `{"user_lock_threshold":null,"name":null,"idp_authorization_url":null,"user_impersonation_enabled":null}`, `{}`, sandbox.Knobs{}},
		{"one setting", `{"user_lock_ttl":60}`, `{"user_lock_ttl":60}`, sandbox.Knobs{}},
		{"false and 0 arrive", `{"user_lock_self_serve_enabled":false,"user_lock_threshold":0}`, `{"user_lock_self_serve_enabled":false,"user_lock_threshold":0}`, sandbox.Knobs{}},
		{"empty text clears", `{"idp_authorization_url":""}`, `{"idp_authorization_url":""}`, sandbox.Knobs{}},
		{"empty text is no change with the knob", `{"idp_authorization_url":""}`, `{}`, sandbox.Knobs{EmptySettingsKept: true}},
		{"the custom domain switch is for PATCH", `{"use_custom_domain_in_magic_link_emails":true}`, `{"use_custom_domain_in_magic_link_emails":true}`, sandbox.Knobs{}},
		{"slug and type are ignored", `{"environment_slug":"other","type":"LIVE"}`, `{}`, sandbox.Knobs{}},
		{"the name", `{"name":"Staging"}`, `{"name":"Staging"}`, sandbox.Knobs{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			before := l.manage("PATCH", environmentOf, `{"idp_authorization_url":"https://idp.example","user_lock_self_serve_enabled":true,
				"zero_downtime_session_migration_url":"https://old.example","user_lock_threshold":7}`)
			before.want(t, 200, "")
			want, _ := before.at("environment").(map[string]any)
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			l.manage("PATCH", environmentOf, c.patch).want(t, 200, "")
			if diff := cmp.Diff(want, l.manage("GET", environmentOf, "").at("environment")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProjectsAndEnvironmentsRefuse(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		errorType                string
	}{
		{"a project without a name", "POST", "/pwa/v3/projects", `{"vertical":"B2B"}`, 400, "invalid_argument"},
		{"a project without a vertical", "POST", "/pwa/v3/projects", `{"name":"X"}`, 400, "invalid_argument"},
		{"a project slug that is taken", "POST", "/pwa/v3/projects", `{"name":"X","vertical":"B2B","project_slug":"acme"}`, 400, "duplicate_project_slug"},
		{"a project slug with a slash", "POST", "/pwa/v3/projects", `{"name":"X","vertical":"B2B","project_slug":"a/b"}`, 400, "invalid_argument"},
		{"an empty project name", "PATCH", "/pwa/v3/projects/acme", `{"name":""}`, 400, "invalid_argument"},
		{"a second LIVE environment", "POST", "/pwa/v3/projects/acme/environments", `{"name":"X","type":"LIVE"}`, 400, "duplicate_live_environment"},
		{"an environment of no type", "POST", "/pwa/v3/projects/acme/environments", `{"name":"X"}`, 400, "invalid_argument"},
		{"an environment without a name", "POST", "/pwa/v3/projects/acme/environments", `{"type":"TEST"}`, 400, "invalid_argument"},
		{"an environment slug that is taken", "POST", "/pwa/v3/projects/acme/environments", `{"name":"X","type":"TEST","environment_slug":"test"}`, 400, "duplicate_environment_slug"},
		{"a negative lock", "PATCH", environmentOf, `{"user_lock_ttl":-1}`, 400, "invalid_argument"},
		{"deleting the LIVE environment", "DELETE", "/pwa/v3/projects/acme/environments/production", "", 400, "cannot_delete_live_environment"},
		{"an unknown environment", "GET", "/pwa/v3/projects/acme/environments/none", "", 404, "environment_not_found"},
		{"an unknown environment's settings", "GET", "/pwa/v3/projects/acme/environments/none/rbac_policy", "", 404, "environment_not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := l.manage("GET", "/pwa/v3/projects/acme/environments", "").at("environments")
			l.manage(c.method, c.path, c.body).want(t, c.status, c.errorType)
			if diff := cmp.Diff(before, l.manage("GET", "/pwa/v3/projects/acme/environments", "").at("environments")); diff != "" {
				t.Errorf("a refused request changed something:\n%s", diff)
			}
		})
	}
}

func TestATakenSlugAnswersWithTheKnobsStatus(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{DuplicateStatus: 409}})
	l.manage("POST", "/pwa/v3/projects", `{"name":"X","vertical":"B2B","project_slug":"acme"}`).want(t, 409, "duplicate_project_slug")
}

func TestAWorkspaceHasAtMostFiftyProjects(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for i := range 49 {
		l.manage("POST", "/pwa/v3/projects", fmt.Sprintf(`{"name":"X","vertical":"B2B","project_slug":"p%d"}`, i)).want(t, 200, "")
	}
	l.manage("POST", "/pwa/v3/projects", `{"name":"X","vertical":"B2B"}`).want(t, 400, "project_limit_exceeded")
	all, err := l.api.Projects.GetAll(t.Context(), projects.GetAllRequest{})
	if err != nil || len(all.Projects) != 50 {
		t.Errorf("got %d projects, %v", len(all.Projects), err)
	}
}

func TestMetricsCountWhatTheEnvironmentHolds(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	made := l.data("POST", "/v1/b2b/organizations", `{"organization_name":"Acme","organization_slug":"acme"}`)
	made.want(t, 200, "")
	for _, email := range []string{"ada@acme.example", "bob@acme.example"} {
		l.data("POST", "/v1/b2b/organizations/acme/members", `{"email_address":"`+email+`"}`).want(t, 200, "")
	}
	got, err := l.api.Environments.GetMetrics(t.Context(), environments.GetMetricsRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil || got.Metrics.OrganizationCount != 1 || got.Metrics.MemberCount != 2 {
		t.Errorf("metrics are %+v, %v", got, err)
	}
}

func TestPasswordsLockTheCrossOrganizationSwitch(t *testing.T) {
	for _, c := range []struct {
		name, body string
		knobs      sandbox.Knobs
		status     int
		errorType  string
	}{
		{"a change is refused", `{"cross_org_passwords_enabled":true}`, sandbox.Knobs{}, 400, "cannot_toggle_cross_org_passwords_when_password_in_use"},
		{"the same value is fine", `{"cross_org_passwords_enabled":false}`, sandbox.Knobs{}, 200, ""},
		{"a change is fine with the knob", `{"cross_org_passwords_enabled":true}`, sandbox.Knobs{PasswordTogglesAllowed: true}, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("PATCH", environmentOf, `{"cross_org_passwords_enabled":true}`).want(t, 200, "")
			l.manage("PATCH", environmentOf, `{"cross_org_passwords_enabled":false}`).want(t, 200, "")
			l.memberWithPassword()
			l.manage("PATCH", environmentOf, c.body).want(t, c.status, c.errorType)
		})
	}
}
