package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestASeedMakesItsEnvironmentAndALiveOneBesideIt(t *testing.T) {
	for _, c := range []struct {
		name string
		seed sandbox.Seed
		want []string // "slug TYPE" of every environment
	}{
		{"a TEST environment", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "test"}, []string{"production LIVE", "test TEST"}},
		{"a TEST environment called production", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "production"}, []string{"live LIVE", "production TEST"}},
		{"a LIVE environment", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "main", Live: true}, []string{"main LIVE"}},
		{"a chosen project ID", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "main", Live: true, ProjectID: "project-live-1111"}, []string{"main LIVE"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Projects: []sandbox.Seed{c.seed}})
			var got []string
			all, _ := l.manage("GET", "/pwa/v3/projects/p/environments", "").at("environments").([]any)
			for _, e := range all {
				e, _ := e.(map[string]any)
				got = append(got, e["environment_slug"].(string)+" "+e["type"].(string))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			credentials, err := l.server.Ensure(c.seed)
			if err != nil {
				t.Fatal(err)
			}
			if c.seed.ProjectID != "" && credentials.ProjectID != c.seed.ProjectID {
				t.Errorf("the project ID is %q", credentials.ProjectID)
			}
			l.send("GET", "/v1/b2b/rbac/policy", "", credentials.ProjectID, credentials.Secret).want(t, 200, "")
			again, err := l.server.Ensure(c.seed)
			if err != nil || again != credentials {
				t.Errorf("the second time gives other credentials, or %v", err)
			}
		})
	}
}

func TestASeedThatContradictsTheStateIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		seed sandbox.Seed
		want string
	}{
		{"another vertical", sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test", Vertical: "CONSUMER"}, "exists as a B2B project"},
		{"another type", sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test", Live: true}, "exists as a TEST environment"},
		{"a second LIVE environment", sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "other", Live: true}, `LIVE environment is "production"`},
		{"another project ID", sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test", ProjectID: "project-test-1"}, "exists with the project ID"},
		{"a project ID of the other type", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "e", ProjectID: "project-live-1"}, "project-test-"},
		{"no slugs", sandbox.Seed{}, "a slug has"},
		{"an unknown vertical", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "e", Vertical: "ALL"}, "the vertical is"},
		{"a project ID of another environment", sandbox.Seed{ProjectSlug: "p", EnvironmentSlug: "e", ProjectID: "project-test-taken"}, "belongs to another environment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Projects: []sandbox.Seed{{ProjectSlug: "q", EnvironmentSlug: "e", ProjectID: "project-test-taken"}}})
			before := l.manage("GET", "/pwa/v3/projects", "").at("projects")
			_, err := l.server.Ensure(c.seed)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if diff := cmp.Diff(before, l.manage("GET", "/pwa/v3/projects", "").at("projects")); diff != "" {
				t.Errorf("a refused seed changed something:\n%s", diff)
			}
		})
	}
}
