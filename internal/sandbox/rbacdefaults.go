package sandbox

// defaultPolicy is the policy of a new environment, by Stytch's pages on its default roles.
func defaultPolicy(vertical string) rbacPolicy {
	p := rbacPolicy{CustomRoles: []rbacRole{}, CustomResources: []rbacResource{}, CustomScopes: []rbacScope{}}
	if vertical != verticalConsumer {
		p.StytchMember = &defaultRole{Permissions: everythingOn("stytch.self")}
		p.StytchAdmin = &defaultRole{Permissions: everythingOn("stytch.organization", "stytch.member", "stytch.sso", "stytch.scim")}
	}
	if vertical != verticalB2B {
		p.StytchUser = &defaultRole{Permissions: everythingOn("stytch.self")}
	}
	return p
}

func everythingOn(resources ...string) []permission {
	var all []permission
	for _, id := range resources {
		all = append(all, permission{ResourceID: id, Actions: []string{wildcard}})
	}
	return all
}

// stytchResources are the resources that Stytch defines. The action names are those of Stytch's own admin portal; its
// docs page spells a few of them with underscores.
func stytchResources(vertical string) []rbacResource {
	self := rbacResource{"stytch.self", "The Member or User themselves", []string{
		"update.info.name", "update.info.untrusted-metadata", "update.info.mfa-phone", "update.info.delete.mfa-phone",
		"update.info.delete.mfa-totp", "update.info.delete.password", "update.settings.mfa-enrolled",
		"update.settings.default-mfa-method", "delete", "revoke-sessions",
	}}
	if vertical == verticalConsumer {
		return []rbacResource{self}
	}
	lifecycle := func(id, description string) rbacResource {
		return rbacResource{id, description, []string{"create", "get", "update", "delete"}}
	}
	return []rbacResource{
		{"stytch.organization", "An Organization", []string{
			"update.info.name", "update.info.slug", "update.info.logo-url", "update.settings.allowed-auth-methods",
			"update.settings.allowed-mfa-methods", "update.settings.email-jit-provisioning", "update.settings.email-invites",
			"update.settings.allowed-domains", "update.settings.default-sso-connection", "update.settings.sso-jit-provisioning",
			"update.settings.mfa-policy", "update.settings.implicit-roles", "update.settings.oauth-tenant-jit-provisioning",
			"update.settings.allowed-oauth-tenants", "delete",
		}},
		{"stytch.member", "The Members of an Organization", []string{
			"create", "update.info.name", "update.info.email", "update.info.untrusted-metadata", "update.info.mfa-phone",
			"update.info.delete.mfa-phone", "update.info.delete.mfa-totp", "update.info.delete.password",
			"update.settings.is-breakglass", "update.settings.mfa-enrolled", "update.settings.default-mfa-method",
			"update.settings.roles", "search", "delete", "revoke-sessions",
		}},
		self,
		lifecycle("stytch.sso", "The SSO connections of an Organization"),
		lifecycle("stytch.scim", "The SCIM connections of an Organization"),
		lifecycle("stytch.custom-org-roles", "The custom roles of an Organization"),
	}
}
