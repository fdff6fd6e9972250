package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// The fields of an organization whose rules need more than a look at their own value.

func readSlug(c *call, name string, o *organization) *apiError {
	slug, found, err := sent[string](c, name)
	if err != nil || !found {
		return err
	}
	if err := checkSlug(slug); err != nil {
		return err
	}
	other, mine := c.env.index.slugs[slug], o.OrganizationSlug == slug
	if (other != nil && other.OrganizationID != o.OrganizationID) || (!mine && slices.Contains(c.env.DeletedSlugs, slug)) {
		return badRequest("organization_slug_already_used", "The provided slug is used by another organization.")
	}
	o.OrganizationSlug = slug
	return nil
}

func readOrganizationExternalID(c *call, name string, o *organization) *apiError {
	id, found, err := sent[string](c, name)
	if err != nil || !found {
		return err
	}
	if !isExternalID(id) {
		return badRequest("invalid_organization_external_id",
			"The organization_external_id must be 1 to 128 characters of letters, digits and ._-|; a DELETE of …/external_id unsets it.")
	}
	if other := c.env.index.externalIDs[id]; other != nil && other.OrganizationID != o.OrganizationID {
		return badRequest("organization_external_id_already_used", "The provided external id is used by another organization.")
	}
	o.OrganizationExternalID = &id
	return nil
}

func readOrganizationMetadata(c *call, name string, o *organization) (err *apiError) {
	o.TrustedMetadata, err = o.TrustedMetadata.merged(c.body[name])
	return err
}

func readJITConnections(c *call, name string, o *organization) *apiError {
	ids, found, err := sent[[]string](c, name)
	if err != nil || !found {
		return err
	}
	for _, id := range ids {
		if o.hasConnection(id) {
			continue
		}
		for _, other := range c.env.index.organizations {
			if other.hasConnection(id) {
				return badRequest("sso_connection_organization_mismatch", "The connection %q belongs to another organization.", id)
			}
		}
		return badRequest("invalid_connection_for_jit_provisioning", "The organization has no active SSO connection %q.", id)
	}
	o.SSOJITProvisioningAllowedConnections = withoutRepeats(ids)
	return nil
}

// readDefaultConnection takes "" and null as "none"; which of the two Stytch expects is not documented.
func readDefaultConnection(c *call, name string, o *organization) *apiError {
	f, err := fieldOf[string](c, name)
	switch {
	case err != nil || !f.Sent:
		return err
	case f.Value == "":
		o.SSODefaultConnectionID = nil
		return nil
	case !o.hasConnection(f.Value):
		return badRequest("invalid_sso_default_connection_id", "The organization has no active SSO connection %q.", f.Value)
	}
	o.SSODefaultConnectionID = &f.Value
	return nil
}

// readOAuthTenants replaces the whole map, as Stytch's own portal expects; the documentation does not say.
func readOAuthTenants(c *call, name string, o *organization) *apiError {
	tenants, found, err := sent[map[string][]string](c, name)
	if err != nil {
		return badRequest("invalid_oauth_allowed_tenants_format", "%s must map providers to lists of tenants.", name)
	}
	if !found {
		return nil
	}
	kept := map[string][]string{}
	if c.server.options.Knobs.OAuthTenantsMerged {
		maps.Copy(kept, o.AllowedOAuthTenants)
	}
	for provider, list := range tenants {
		if !slices.Contains([]string{oauthSlack, oauthHubspot, oauthGithub}, provider) {
			return badRequest("invalid_oauth_allowed_tenants_format", "%s may name slack, hubspot and github, not %q.", name, provider)
		}
		kept[provider] = withoutRepeats(list)
	}
	o.AllowedOAuthTenants = kept
	return nil
}

func readEmailRoleAssignments(c *call, name string, o *organization) *apiError {
	assignments, found, err := sent[[]emailRoleAssignment](c, name)
	if err != nil || !found {
		return err
	}
	kept := make([]emailRoleAssignment, 0, len(assignments))
	for _, assignment := range assignments {
		if err := roleDomainRules.check([]string{assignment.Domain}); err != nil {
			return err
		}
		if err := checkAssignable(c.env, o, assignment.RoleID); err != nil {
			return err
		}
		assignment.Domain = strings.ToLower(assignment.Domain)
		if !slices.Contains(kept, assignment) {
			kept = append(kept, assignment)
		}
	}
	o.RBACEmailImplicitRoleAssignments = kept
	return nil
}

func readClaimedDomains(c *call, name string, o *organization) *apiError {
	claimed, found, err := sent[[]string](c, name)
	if err != nil || !found {
		return err
	}
	if c.server.options.Knobs.ClaimedDomainsRefused && len(claimed) > 0 {
		return badRequest("claimed_email_domains_not_supported", "Claimed email domains are not enabled for this project.")
	}
	o.ClaimedEmailDomains = lowered(claimed)
	return claimedDomainRules.check(claimed)
}
