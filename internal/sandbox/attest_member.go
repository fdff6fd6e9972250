package sandbox

import (
	"slices"
	"strings"
)

// attestedOrganization finds the organization that a token or the request names, or, where the profile may provision,
// makes the copy of a new one, which openSession stores. A token names it by its ID or external ID, a request by its slug
// too. That both must agree is a guess.
func (c *call) attestedOrganization(p *trustedTokenProfile, who bearer, requested string) (*organization, *apiError) {
	claimed := who.OrganizationID
	if claimed == "" {
		switch o := c.env.organization(requested); {
		case p.CanJITProvision:
			return nil, badRequest("token_missing_organization_id_claim",
				"The profile can provision, and then the token must have a claim that is mapped to organization_id.")
		case requested == "":
			return nil, badRequest("token_missing_organization_id_claim",
				"The token has no claim that is mapped to organization_id, and the request has no organization_id.")
		case o == nil:
			return nil, notFound("organization_not_found", "There is no organization %q.", requested)
		default:
			return o, nil
		}
	}
	o := c.env.Organizations[claimed]
	if o == nil {
		o = c.env.index.externalIDs[claimed]
	}
	switch {
	case requested != "" && requested != claimed && (o == nil || c.env.organization(requested) != o):
		return nil, badRequest("invalid_token_organization_id_claim", "The token is for the organization %q, the request for %q.", claimed, requested)
	case o != nil:
		return o, nil
	case !p.CanJITProvision, strings.HasPrefix(claimed, "organization-test-"), strings.HasPrefix(claimed, "organization-live-"):
		return nil, notFound("organization_not_found", "There is no organization %q.", claimed)
	case !isExternalID(claimed):
		return nil, badRequest("invalid_token_organization_id_claim", "The token's organization %q cannot be an external ID.", claimed)
	}
	// That a new organization is called by the external ID is a guess.
	o = newOrganization(c.env.newID("organization"), c.now)
	o.OrganizationName, o.OrganizationSlug, o.OrganizationExternalID = claimed, c.freeSlug(claimed), &claimed
	return o, nil
}

// attestedMember gives the copy of a member as the session finds it, for openSession to store; it is a new member where
// there is none and the profile may provision. Guesses: an address decides who somebody is, however the external ID reads;
// a pending or invited member becomes active, as by any login; the address is not verified by it; roles of the token are
// added to the member's own and stay; the organization's settings of JIT provisioning and login methods do not matter.
func (c *call) attestedMember(p *trustedTokenProfile, who bearer, o *organization) (*member, *apiError) {
	m := newMember(c, o)
	switch current, _ := c.holder(o, who.Email); {
	case current != nil:
		*m = *current
	case !p.CanJITProvision:
		return nil, memberNotFound(who.Email)
	default:
		if err := c.checkAddress(o, m, who.Email); err != nil {
			return nil, err
		}
		m.EmailID, m.EmailAddress = c.env.newID("email"), who.Email
	}
	m.Status = statusActive
	switch {
	case who.ExternalID == "" || who.ExternalID == m.ExternalID:
	case m.ExternalID != "":
		return nil, invalidToken("its external member ID is not that of the member with its address")
	default:
		if err := c.checkExternalID(o, m, who.ExternalID); err != nil {
			return nil, err
		}
		m.ExternalID = who.ExternalID
	}
	for _, role := range who.Roles {
		if err := checkAssignable(c.env, o, role); err != nil {
			return nil, err
		}
	}
	m.Roles = withoutRepeats(slices.Concat(m.Roles, who.Roles))
	return m, nil
}

// keepAttested stores an organization and a member that are new or have changed, and gives them as they are stored.
func (c *call) keepAttested(o *organization, m *member) (*organization, *member) {
	if c.env.Organizations[o.OrganizationID] == nil {
		c.putOrganization(o)
	}
	stored := c.env.Members[m.MemberID]
	if stored == nil || stored.Status != m.Status || stored.ExternalID != m.ExternalID || len(stored.Roles) != len(m.Roles) {
		m.UpdatedAt = c.now
		c.putMember(m)
	}
	return o, c.env.Members[m.MemberID]
}
