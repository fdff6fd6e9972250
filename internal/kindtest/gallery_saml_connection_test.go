package kindtest

const oktaSAML = `Okta:
  identity_provider: okta
  idp_entity_id: https://idp.example/entity
  idp_sso_url: https://idp.example/sso
  attribute_mapping: {email: mail, full_name: name, groups: memberOf}
  idp_initiated_auth_disabled: true
  saml_connection_implicit_role_assignments: [{role_id: editor}]
  saml_group_implicit_role_assignments: [{role_id: editor, group: writers}]
`

var _ = exhibit(
	"saml_connection",
	picture{name: "a new connection that gives roles", after: withConnections("saml_connections", oktaSAML)},
	picture{
		name:   "another identity provider, and other roles",
		before: withConnections("saml_connections", oktaSAML),
		after: withConnections("saml_connections", `Okta:
  identity_provider: okta
  idp_entity_id: https://idp.test/entity
  idp_sso_url: https://idp.test/sso
  attribute_mapping: {email: mail, full_name: name, groups: memberOf}
  alternative_acs_url: https://old.example/acs
  idp_initiated_auth_disabled: false
  saml_connection_implicit_role_assignments: [{role_id: viewer}]
  saml_group_implicit_role_assignments: [{role_id: editor, group: authors}]
`),
	},
	picture{
		name:   "a connection is gone",
		before: withConnections("saml_connections", oktaSAML),
		after:  withConnections("saml_connections", "Okta: {absent: true}"),
		allow:  []string{"delete_percent=100"},
	},
)
