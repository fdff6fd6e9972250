package sandbox

import (
	"slices"
	"strings"
)

// liveMember finds the member that a path names by its ID or external ID inside the path's organization. A deleted
// member is not found.
func (c *call) liveMember() (*member, *organization, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, nil, err
	}
	m := c.env.memberOf(o, c.param("member_id"))
	if m == nil || m.deleted() {
		return nil, nil, memberNotFound(c.param("member_id"))
	}
	return m, o, nil
}

func memberNotFound(name string) *apiError {
	return notFound("member_not_found", "The organization has no member %q.", name)
}

// memberOf finds a member of an organization by its ID, deleted or not, or by the external ID of a live one.
func (e *environment) memberOf(o *organization, name string) *member {
	if m := e.Members[name]; m != nil && m.OrganizationID == o.OrganizationID {
		return m
	}
	return e.index.rosters[o.OrganizationID].externalIDs[name]
}

// holder finds the live member of an organization who has an address, or had it and retired it.
func (c *call) holder(o *organization, address string) (current, former *member) {
	r, key, folded := c.env.index.roster(o), strings.ToLower(address), c.server.foldEmail(address)
	for _, m := range r.emails[key] {
		if c.server.foldEmail(m.EmailAddress) == folded {
			current = m
		}
	}
	for _, m := range r.retired[key] {
		for _, old := range m.RetiredEmails {
			if c.server.foldEmail(old.EmailAddress) == folded {
				former = m
			}
		}
	}
	return current, former
}

// checkAddress says whether a member may take an address: nobody else of the organization may have it or have had it,
// and its domain may not be claimed by other organizations alone.
func (c *call) checkAddress(o *organization, m *member, address string) *apiError {
	if err := checkEmail(address); err != nil {
		return err
	}
	current, former := c.holder(o, address)
	if current != nil && current.MemberID != m.MemberID {
		return badRequest("duplicate_member_email", "Another member of the organization has the address %q.", address)
	}
	if former != nil && former.MemberID != m.MemberID {
		return badRequest("retired_member_email", "The address %q is retired by another member of the organization.", address)
	}
	claimants := c.env.index.claims[domainOf(address)]
	if slices.Contains(claimants, o.OrganizationID) {
		return nil
	}
	if len(claimants) > 0 {
		return badRequest("action_not_allowed_email_domain_is_claimed", "The domain of %q is claimed by another organization.", address)
	}
	return nil
}

// checkExternalID says whether a member may take an external ID: it is unique inside the organization only.
func (c *call) checkExternalID(o *organization, m *member, id string) *apiError {
	if !isExternalID(id) {
		return badRequest("invalid_argument",
			"The external_id must be 1 to 128 characters of letters, digits and ._-|; a DELETE of …/external_id unsets it.")
	}
	holder := c.env.index.roster(o).externalIDs[id]
	if holder == nil && c.server.options.Knobs.DeletedExternalIDsHeld {
		for _, other := range c.env.index.members {
			if other.deleted() && other.OrganizationID == o.OrganizationID && other.ExternalID == id {
				holder = other
			}
		}
	}
	if holder != nil && holder.MemberID != m.MemberID {
		return badRequest("duplicate_member_external_id", "Another member of the organization has the external_id %q.", id)
	}
	return nil
}

// checkPhoneNumber says whether a member may take a number: the member must have none, as Stytch wants the old one
// deleted first, and nobody else of the organization may have it.
func (c *call) checkPhoneNumber(o *organization, m *member, number string) *apiError {
	if err := checkPhone(number); err != nil {
		return err
	}
	if m.MFAPhoneNumber != "" {
		return badRequest("duplicate_member_phone_number_for_member",
			"The member has a phone number already; delete it before setting another.")
	}
	for _, other := range c.env.index.rosters[o.OrganizationID].emails {
		for _, holder := range other {
			if holder.MFAPhoneNumber == number && holder.MemberID != m.MemberID {
				return badRequest("duplicate_member_phone_number", "Another member of the organization has this phone number.")
			}
		}
	}
	return nil
}
