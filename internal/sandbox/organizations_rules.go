package sandbox

// checkSettings enforces the rules between the settings of one organization on the result of a whole request, so that
// the order of keys in a body does not matter (Stytch's docs, "Organization configuration rules").
//
//	rule                                                             broken by
//	somebody can join                                                SSO JIT, email JIT and invites all NOT_ALLOWED
//	RESTRICTED email invites or email JIT need allowed domains       no email_allowed_domains
//	RESTRICTED SSO JIT needs allowed connections                     none (by analogy; the rule's text was not readable)
//	RESTRICTED OAuth tenant JIT needs tenants                        no tenant of any provider
//	RESTRICTED auth_methods or mfa_methods need their list           the list is empty, also when a later request empties it
func (o *organization) checkSettings() *apiError {
	switch {
	case o.SSOJITProvisioning == notAllowed && o.EmailJITProvisioning == notAllowed && o.EmailInvites == notAllowed:
		return badRequest("invalid_organization_auth_factor_setting",
			"At least one of sso_jit_provisioning, email_jit_provisioning and email_invites must allow new members.")
	case (o.EmailInvites == restricted || o.EmailJITProvisioning == restricted) && len(o.EmailAllowedDomains) == 0:
		return badRequest("invalid_restricted_email_setting",
			"RESTRICTED email_invites or email_jit_provisioning need email_allowed_domains.")
	case o.SSOJITProvisioning == restricted && len(o.SSOJITProvisioningAllowedConnections) == 0:
		return badRequest("invalid_restricted_sso_setting",
			"RESTRICTED sso_jit_provisioning needs sso_jit_provisioning_allowed_connections.")
	case o.OAuthTenantJITProvisioning == restricted && !o.hasTenants():
		return badRequest("invalid_restricted_oauth_tenants_setting",
			"RESTRICTED oauth_tenant_jit_provisioning needs allowed_oauth_tenants.")
	case o.AuthMethods == restricted && len(o.AllowedAuthMethods) == 0:
		return badRequest("allowed_auth_methods_required_for_restricted", "RESTRICTED auth_methods need allowed_auth_methods.")
	case o.MFAMethods == restricted && len(o.AllowedMFAMethods) == 0:
		return badRequest("allowed_mfa_methods_required_for_restricted", "RESTRICTED mfa_methods need allowed_mfa_methods.")
	}
	return nil
}

func (o *organization) hasTenants() bool {
	for _, tenants := range o.AllowedOAuthTenants {
		if len(tenants) > 0 {
			return true
		}
	}
	return false
}

// applyInvitesDefault is the surprising default of email_invites: a creation that sends any auth setting, even at its own
// default, but not email_invites, gets NOT_ALLOWED instead of ALL_ALLOWED (Stytch's SDK comment on Organizations.Create).
// Which keys count is not documented; here all settings do.
func (o *organization) applyInvitesDefault(c *call) {
	if !isAbsent(c.body["email_invites"]) {
		return
	}
	for _, f := range organizationFields {
		if f.setting && !f.updateOnly && !isAbsent(c.body[f.name]) {
			o.EmailInvites = notAllowed
			return
		}
	}
}
