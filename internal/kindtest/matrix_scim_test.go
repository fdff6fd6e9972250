package kindtest

import (
	"net/http"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// scimStory is the story of SCIM connections: an organization has one at a time,
// so that there is an organization for everything that can happen to one.
func scimStory(t *testing.T) story {
	t.Helper()
	body := func(connections map[string]Object) Object {
		organizations := Object{}
		for slug, connection := range connections {
			organization := Object{"organization_name": slug}
			if connection != nil {
				organization["scim_connection"] = connection
			}
			organizations[slug] = organization
		}
		return Object{"policy": Object{"limits": Object{"delete_percent": 100}}, "organizations": organizations}
	}
	okta := Object{"display_name": "Okta"}
	waiting := []Object{{"role_id": "stytch_admin", "group_id": "staff"}}
	return story{
		before: decoded(t, storyDocument(body(map[string]Object{"kept": okta, "gone": okta, "fresh": nil, "turned": okta, "turning": okta, "unturned": okta}))),
		after: decoded(t, storyDocument(body(map[string]Object{
			"kept":   {"display_name": "Entra", "identity_provider": "microsoft-entra", "scim_group_implicit_role_assignments": waiting},
			"gone":   {"absent": true},
			"fresh":  {"display_name": "Okta", "scim_group_implicit_role_assignments": waiting},
			"turned": {"bearer_token_rotation": "completed"}, "turning": {"bearer_token_rotation": "started"}, "unturned": {"bearer_token_rotation": "none"},
		}))),
		aside: true,
		then: func(t testing.TB, w *World) {
			t.Helper()
			sight := w.seesNow(t)
			path := func(slug string) string {
				within := plan.NewAddress("", "organization", slug)
				return "/v1/b2b/scim/" + sight.ids[within][0] + "/connection/" + sight.ids[plan.NewAddress(within, "scim_connection", "")][0]
			}
			for _, slug := range []string{"turned", "unturned"} {
				w.tell(t, http.MethodPost, path(slug)+"/rotate/start", Object{})
			}
			if _, err := w.Sandbox.AddSCIMGroup(w.Target.ProjectID, sight.ids["organization/kept"][0], "staff"); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// seeSCIM adds the SCIM connection of an organization to a sight.
func (s sight) seeSCIM(t testing.TB, w *World, within plan.Address, organization Object) {
	t.Helper()
	if organization["scim_active_connection"] == nil {
		return
	}
	shown := w.tell(t, http.MethodGet, "/v1/b2b/scim/"+organization["organization_id"].(string)+"/connection", nil)["connection"].(Object)
	id := shown["connection_id"]
	shown["bearer_token_rotation"] = shown["next_bearer_token_last_four"] != ""
	for _, madeUp := range []string{"base_url", "bearer_token_last_four", "bearer_token_expires_at", "next_bearer_token_last_four", "next_bearer_token_expires_at"} {
		delete(shown, madeUp)
	}
	for _, r := range each(shown["scim_group_implicit_role_assignments"]) {
		delete(r, "group_id")
	}
	s.add(plan.NewAddress(within, "scim_connection", ""), id, shown)
}
