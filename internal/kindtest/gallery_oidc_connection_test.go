package kindtest

// withConnections is an organization with connections of a kind.
func withConnections(key, connections string) string {
	return "rbac_policy: {custom_roles: {editor: {}, viewer: {}}}\norganizations:\n  acme:\n    organization_name: Acme\n    " + key + ":\n" + indented(connections, 6)
}

const oktaOIDC = `Okta:
  identity_provider: okta
  client_id: stytch
  client_secret: ${env("GIVEN")}
  issuer: https://idp.example
  authorization_url: https://idp.example/authorize
  token_url: https://idp.example/token
  userinfo_url: https://idp.example/userinfo
  jwks_url: https://idp.example/keys
`

var _ = exhibit(
	"oidc_connection",
	picture{name: "a new connection", after: withConnections("oidc_connections", oktaOIDC)},
	picture{
		name:   "another identity provider, and another secret",
		before: withConnections("oidc_connections", oktaOIDC),
		after: withConnections("oidc_connections", `Okta:
  identity_provider: okta
  client_id: stytch-2
  client_secret: ${env("OTHER")}
  issuer: https://idp.test
  authorization_url: https://idp.test/authorize
  token_url: https://idp.test/token
  userinfo_url: https://idp.test/userinfo
  jwks_url: https://idp.test/keys
  custom_scopes: [openid, groups]
`),
	},
	picture{
		name:   "a connection is gone",
		before: withConnections("oidc_connections", oktaOIDC),
		after:  withConnections("oidc_connections", "Okta: {absent: true}"),
		allow:  []string{"delete_percent=100"},
	},
)
