package kindtest

import (
	"net/http"
	"testing"
)

// SCIM is the SCIM connection of an organization, as Stytch shows it.
func (w *World) SCIM(t testing.TB, slug string) Object {
	t.Helper()
	return w.Ask(t, http.MethodGet, "/v1/b2b/scim/"+slug+"/connection", nil)["connection"].(Object)
}

// pushGroups has the identity provider of acme push groups, and gives their ids.
func (w *World) pushGroups(t testing.TB, names ...string) []string {
	t.Helper()
	organization := w.Organization(t, "acme")["organization_id"].(string)
	ids := make([]string, 0, len(names))
	for _, name := range names {
		id, err := w.Sandbox.AddSCIMGroup(w.Target.ProjectID, organization, name)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func scimConnectionExample() example {
	return example{
		base:   Object{"display_name": "Okta"},
		beside: connectionRoles(),
		raw:    func(t *testing.T, w *World) Object { return w.SCIM(t, "acme") },
		rows: map[string]row{
			"display_name":      {values: []any{"Entra <1>", "Okta"}, kept: "a creation needs it, and nothing clears it"},
			"identity_provider": {values: []any{"okta", "microsoft-entra", "generic"}, kept: aChoice},
			"scim_group_implicit_role_assignments": {
				prepare: func(t *testing.T, w *World) { w.pushGroups(t, "staff", "it") },
				values: []any{
					[]any{Object{"role_id": "editor", "group_id": "staff"}, Object{"role_id": "viewer", "group_id": "staff"}},
					[]any{Object{"role_id": "stytch_admin", "group_id": "it"}},
				},
				clear:     []any{},
				uncreated: "a new connection has no groups: TestARoleForAGroupWaitsForTheGroup",
				raw: func(connection Object) any {
					var named []any
					for _, r := range each(connection["scim_group_implicit_role_assignments"]) {
						named = append(named, Object{"role_id": r["role_id"], "group_id": r["group_name"]})
					}
					return named
				},
			},
			"bearer_token_rotation": {skip: "is an act, of which Stytch shows the next token's end alone: TestTheBearerTokenIsRotated"},
		},
	}
}
