package kindtest

var _ = exhibit(
	"rbac_policy",
	picture{
		name: "roles that people can be given, and more for everybody",
		after: `rbac_policy:
  custom_resources: {documents: {available_actions: [read, write]}}
  custom_roles: {editor: {description: Writes, permissions: {documents: ["*"]}}}
  custom_scopes: {read:documents: {description: Read, permissions: {documents: [read]}}}
  stytch_member: {permissions: {documents: [read]}}
`,
	},
	picture{
		name: "a role that members hold is removed, and another loses a permission",
		before: `rbac_policy:
  custom_resources: {documents: {available_actions: [read, write]}}
  custom_roles: {editor: {permissions: {documents: [read, write]}}, viewer: {permissions: {documents: [read]}}}
  custom_scopes: {read:documents: {description: Read, permissions: {documents: [read]}}}
organizations:
  acme:
    organization_name: Acme
    members: {ada@acme.example: {roles: [viewer]}, bob@acme.example: {roles: [viewer]}}
`,
		after: `rbac_policy:
  custom_resources: {documents: {available_actions: [read, write]}}
  custom_roles: {editor: {permissions: {documents: [read]}}}
  custom_scopes: {}
`,
	},
	picture{
		name: "admins can no longer help their members",
		after: `rbac_policy:
  stytch_admin: {permissions: {stytch.member: [search, update.info.name], stytch.sso: []}}
`,
	},
)
