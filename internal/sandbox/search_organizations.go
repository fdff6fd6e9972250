package sandbox

import "slices"

// A foundOrganization is an organization as a search sees it, with its environment for filters on its members.
type foundOrganization struct {
	env *environment
	*organizationView
}

// organizationFilters are the filters that Stytch documents for organizations.
var organizationFilters = map[string]filterKind[foundOrganization]{
	"organization_ids": oneOf(func(o foundOrganization) []string { return []string{o.OrganizationID} }, nil),
	"organization_slugs": oneOf(func(o foundOrganization) []string {
		return []string{o.OrganizationSlug}
	}, nil),
	"organization_name_fuzzy": containing(func(o foundOrganization) []string { return []string{o.OrganizationName} }),
	"organization_slug_fuzzy": containing(func(o foundOrganization) []string { return []string{o.OrganizationSlug} }),
	"member_emails":           checkedEmails(oneOf(foundOrganization.addresses, asAddress)),
	"member_email_fuzzy":      containing(foundOrganization.addresses),
	"allowed_domains":         oneOf(func(o foundOrganization) []string { return o.EmailAllowedDomains }, lowerCase),
	"allowed_domain_fuzzy":    containing(func(o foundOrganization) []string { return o.EmailAllowedDomains }),
	"claimed_email_domains":   oneOf(func(o foundOrganization) []string { return o.ClaimedEmailDomains }, lowerCase),
	"has_active_sso_connection": isTrue(func(o foundOrganization) bool {
		return len(o.SSOActiveConnections) > 0
	}),
	"sso_connection_id": connectionFilter,
}

// addresses are those of the organization's live members.
func (o foundOrganization) addresses() []string {
	var addresses []string
	for _, members := range o.env.index.rosters[o.OrganizationID].emails {
		for _, m := range members {
			addresses = append(addresses, m.EmailAddress)
		}
	}
	return addresses
}

func connectionFilter(_ *call, s *search, o operand) (filter[foundOrganization], *apiError) {
	id, err := s.operandString(o)
	return func(found foundOrganization) bool {
		return slices.ContainsFunc(found.SSOActiveConnections, func(c ssoConnection) bool { return c.ConnectionID == id })
	}, err
}

// checkedEmails refuses malformed addresses before it filters.
func checkedEmails[T any](kind filterKind[T]) filterKind[T] {
	return func(c *call, s *search, o operand) (filter[T], *apiError) {
		addresses, err := s.operandStrings(o)
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			if err := checkEmail(address); err != nil {
				return nil, err
			}
		}
		return kind(c, s, o)
	}
}

func searchOrganizations(c *call) (answer, *apiError) {
	if err := c.admitSearch(); err != nil {
		return nil, err
	}
	s, err := readSearch(c, "organization", "")
	if err != nil {
		return nil, err
	}
	matches, err := filters(c, &s, organizationFilters)
	if err != nil {
		return nil, err
	}
	moment := c.shownAt()
	look := func(o *organization) (organizationView, bool) {
		seen := asOf(moment, o.CreatedAt, o.past, &o.organizationView)
		if seen == nil || !matches(foundOrganization{c.env, seen}) {
			return organizationView{}, false
		}
		return *seen, true
	}
	p := paginate(&s, c.env.index.organizations, func(o *organization) uint64 { return o.Sequence }, look, true)
	return answer{"organizations": notNil(p.items), "results_metadata": p.metadata(c)}, nil
}
