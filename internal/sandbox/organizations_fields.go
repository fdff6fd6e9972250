package sandbox

import (
	"slices"
	"strings"
)

// An organizationField reads one key of a create or update body into an organization. Fields are read in the order of
// the table, so slug and external id are judged before the settings: a real create with a taken slug and a bad setting
// reported the slug.
type organizationField struct {
	name       string
	setting    bool // an organization auth setting: sending it decides the default of email_invites
	updateOnly bool // ignored on create, like any key that Stytch does not know there
	read       func(c *call, name string, o *organization) *apiError
}

var organizationFields = []organizationField{
	{name: "organization_name", read: text(func(o *organization) *string { return &o.OrganizationName }, checkOrganizationName)},
	{name: "organization_slug", read: readSlug},
	{name: "organization_external_id", read: readOrganizationExternalID},
	{name: "organization_logo_url", read: text(func(o *organization) *string { return &o.OrganizationLogoURL }, checkLogoURL)},
	{name: "trusted_metadata", read: readOrganizationMetadata},
	{name: "email_invites", setting: true, read: enum(func(o *organization) *string { return &o.EmailInvites },
		"invalid_organization_auth_factor_setting", allAllowed, restricted, notAllowed)},
	{name: "email_jit_provisioning", setting: true, read: enum(func(o *organization) *string { return &o.EmailJITProvisioning },
		"invalid_organization_auth_factor_setting_for_email_jit_provisioning", restricted, notAllowed)},
	{name: "email_allowed_domains", setting: true, read: domains(func(o *organization) *[]string { return &o.EmailAllowedDomains },
		allowedDomainRules)},
	{name: "sso_jit_provisioning", setting: true, read: enum(func(o *organization) *string { return &o.SSOJITProvisioning },
		"invalid_organization_auth_factor_setting", allAllowed, restricted, notAllowed)},
	{name: "sso_jit_provisioning_allowed_connections", setting: true, updateOnly: true, read: readJITConnections},
	{name: "sso_default_connection_id", setting: true, updateOnly: true, read: readDefaultConnection},
	{name: "auth_methods", setting: true, read: enum(func(o *organization) *string { return &o.AuthMethods },
		"invalid_organization_auth_factor_setting", allAllowed, restricted)},
	{name: "allowed_auth_methods", setting: true, read: choices(func(o *organization) *[]string { return &o.AllowedAuthMethods },
		"invalid_organization_allowed_auth_methods", "sso", "magic_link", "email_otp", "password", "google_oauth",
		"microsoft_oauth", "slack_oauth", "github_oauth", "hubspot_oauth")},
	{name: "mfa_policy", setting: true, read: enum(func(o *organization) *string { return &o.MFAPolicy },
		"invalid_organization_mfa_policy", mfaOptional, mfaForAll)},
	{name: "mfa_methods", setting: true, read: enum(func(o *organization) *string { return &o.MFAMethods },
		"invalid_organization_mfa_factor_setting", allAllowed, restricted)},
	{name: "allowed_mfa_methods", setting: true, read: choices(func(o *organization) *[]string { return &o.AllowedMFAMethods },
		"invalid_organization_allowed_mfa_methods", smsOTP, totp)},
	{name: "oauth_tenant_jit_provisioning", setting: true, read: enum(func(o *organization) *string { return &o.OAuthTenantJITProvisioning },
		"invalid_organization_auth_factor_setting_for_oauth_tenant_jit_provisioning", restricted, notAllowed)},
	{name: "allowed_oauth_tenants", setting: true, read: readOAuthTenants},
	{name: "rbac_email_implicit_role_assignments", setting: true, read: readEmailRoleAssignments},
	{name: "claimed_email_domains", setting: true, read: readClaimedDomains},
	{name: "first_party_connected_apps_allowed_type", setting: true, read: enum(
		func(o *organization) *string { return &o.FirstPartyConnectedAppsAllowedType }, "invalid_argument", allAllowed, restricted, notAllowed)},
	{name: "allowed_first_party_connected_apps", setting: true, read: choices(
		func(o *organization) *[]string { return &o.AllowedFirstPartyConnectedApps }, "")},
	{name: "third_party_connected_apps_allowed_type", setting: true, read: enum(
		func(o *organization) *string { return &o.ThirdPartyConnectedAppsAllowedType }, "invalid_argument", allAllowed, restricted, notAllowed)},
	{name: "allowed_third_party_connected_apps", setting: true, read: choices(
		func(o *organization) *[]string { return &o.AllowedThirdPartyConnectedApps }, "")},
}

// organizationKeys are the body keys that Stytch documents for creating or updating an organization.
func organizationKeys(update bool) []string {
	var keys []string
	for _, f := range organizationFields {
		if update || !f.updateOnly {
			keys = append(keys, f.name)
		}
	}
	return keys
}

// sent reads a key of the body; found is false where it is absent or null.
func sent[T any](c *call, name string) (value T, found bool, err *apiError) {
	f, err := fieldOf[T](c, name)
	return f.Value, f.Sent && !f.Null, err
}

type organizationReader = func(c *call, name string, o *organization) *apiError

// text reads a string; "" is a value like any other and check decides whether it is allowed.
func text(target func(*organization) *string, check func(string) *apiError) organizationReader {
	return func(c *call, name string, o *organization) *apiError {
		value, found, err := sent[string](c, name)
		if err != nil || !found {
			return err
		}
		*target(o) = value
		return check(value)
	}
}

// enum reads one of the allowed words, in exactly that spelling.
func enum(target func(*organization) *string, errorType string, allowed ...string) organizationReader {
	return func(c *call, name string, o *organization) *apiError {
		value, found, err := sent[string](c, name)
		if err != nil || !found {
			return err
		}
		if !slices.Contains(allowed, value) {
			return badRequest(errorType, "%s must be one of %s, not %q.", name, strings.Join(allowed, ", "), value)
		}
		*target(o) = value
		return nil
	}
}

// choices reads a list that replaces the one before; without an error type any words are allowed.
func choices(target func(*organization) *[]string, errorType string, allowed ...string) organizationReader {
	return func(c *call, name string, o *organization) *apiError {
		values, found, err := sent[[]string](c, name)
		if err != nil || !found {
			return err
		}
		for _, value := range values {
			if errorType != "" && !slices.Contains(allowed, value) {
				return badRequest(errorType, "%s may only contain %s, not %q.", name, strings.Join(allowed, ", "), value)
			}
		}
		*target(o) = withoutRepeats(values)
		return nil
	}
}

// domains reads a list of email domains that replaces the one before.
func domains(target func(*organization) *[]string, rules domainRules) organizationReader {
	return func(c *call, name string, o *organization) *apiError {
		values, found, err := sent[[]string](c, name)
		if err != nil || !found {
			return err
		}
		*target(o) = lowered(values)
		return rules.check(values)
	}
}

func lowered(values []string) []string {
	result := make([]string, len(values))
	for i, value := range values {
		result[i] = strings.ToLower(value)
	}
	return result
}

// withoutRepeats keeps the first of each value; the result is never nil, so that it is shown as [].
func withoutRepeats(values []string) []string {
	result := make([]string, 0, len(values))
	for _, value := range values {
		if !slices.Contains(result, value) {
			result = append(result, value)
		}
	}
	return result
}
