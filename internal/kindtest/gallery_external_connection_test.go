package kindtest

import "testing"

const sister = `variables: {organization: {}, connection: {}}
` + "rbac_policy: {custom_roles: {editor: {}, viewer: {}}}\norganizations:\n  acme:\n    organization_name: Acme\n    external_connections:\n      Sister:\n"

const leansOn = "        external_organization_id: ${var.organization}\n        external_connection_id: ${var.connection}\n"

var _ = exhibit(
	"external_connection",
	picture{
		name:  "logins through another organization's identity provider",
		world: withSister,
		after: sister + leansOn + "        external_connection_implicit_role_assignments: [{role_id: editor}]\n",
	},
	picture{
		name:   "other roles",
		world:  withSister,
		before: sister + leansOn + "        external_connection_implicit_role_assignments: [{role_id: editor}]\n",
		after:  sister + leansOn + "        external_connection_implicit_role_assignments: [{role_id: viewer}]\n",
	},
	picture{
		name:   "the connection is gone",
		world:  withSister,
		before: sister + leansOn,
		after:  sister + "        absent: true\n",
		allow:  []string{"delete_percent=100"},
	},
)

// withSister makes the organization and the connection that others lean on.
func withSister(t *testing.T, w *World) {
	t.Helper()
	externalConnectionExample().prepare(t, w)
}
