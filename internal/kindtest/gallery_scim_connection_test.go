package kindtest

import "testing"

func scimBody(connection string) string {
	return "rbac_policy: {custom_roles: {editor: {}, viewer: {}}}\norganizations:\n  acme:\n    organization_name: Acme\n    scim_connection:\n" + indented(connection, 6)
}

const oktaSCIM = "display_name: Okta\nidentity_provider: okta\nscim_group_implicit_role_assignments: [{role_id: editor, group_id: writers}]\n"

var _ = exhibit(
	"scim_connection",
	picture{name: "a new connection, whose group is yet to be pushed", after: scimBody(oktaSCIM)},
	picture{
		name:   "the group is there, and gets its role",
		before: scimBody(oktaSCIM),
		prepare: func(t *testing.T, w *World) {
			t.Helper()
			w.pushGroups(t, "writers")
		},
		after: scimBody(oktaSCIM),
	},
	picture{
		name:   "another identity provider, and the rotation of the bearer token begins",
		before: scimBody(oktaSCIM),
		after:  scimBody("display_name: Entra\nidentity_provider: microsoft-entra\nbearer_token_rotation: started\n"),
	},
	picture{
		name:   "the connection is gone",
		before: scimBody("display_name: Okta\n"),
		after:  scimBody("absent: true\n"),
		allow:  []string{"delete_percent=100"},
	},
)
