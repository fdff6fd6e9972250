package sandbox

import (
	"slices"
	"strings"
)

// A foundMember is a member as a search sees it, with its organization for roles that the organization gives.
type foundMember struct {
	*memberRecord
	organization *organizationView
}

// memberFilters are the filters that Stytch documents for members.
var memberFilters = map[string]filterKind[foundMember]{
	"member_ids":           memberIDFilter,
	"member_emails":        checkedEmails(oneOf(func(m foundMember) []string { return []string{m.EmailAddress} }, asAddress)),
	"member_email_fuzzy":   containing(func(m foundMember) []string { return []string{m.EmailAddress} }),
	"member_is_breakglass": isTrue(func(m foundMember) bool { return m.IsBreakglass }),
	"statuses":             statusFilter,
	"member_mfa_phone_numbers": oneOf(func(m foundMember) []string {
		return []string{m.MFAPhoneNumber}
	}, nil),
	"member_mfa_phone_number_fuzzy": containing(func(m foundMember) []string { return []string{m.MFAPhoneNumber} }),
	"member_password_exists":        isTrue(func(m foundMember) bool { return m.PasswordID != "" }),
	"member_roles":                  oneOf(foundMember.roleIDs, nil),
}

func (m foundMember) roleIDs() []string {
	roles := m.rolesIn(m.organization)
	ids := make([]string, len(roles))
	for i := range roles {
		ids[i] = roles[i].RoleID
	}
	return ids
}

// memberIDFilter takes Stytch's IDs or external IDs, but not both in one list.
func memberIDFilter(c *call, s *search, o operand) (filter[foundMember], *apiError) {
	ids, err := s.operandStrings(o)
	if err != nil {
		return nil, err
	}
	internal := 0
	for _, id := range ids {
		if strings.HasPrefix(id, "member-test-") || strings.HasPrefix(id, "member-live-") {
			internal++
		}
	}
	if internal > 0 && internal < len(ids) {
		return nil, badRequest("member_search_cannot_mix_internal_and_external_member_ids",
			"member_ids takes Stytch's member IDs or external IDs, not both.")
	}
	value := func(m foundMember) []string { return []string{m.ExternalID} }
	if internal > 0 {
		value = func(m foundMember) []string { return []string{m.MemberID} }
	}
	return oneOf(value, nil)(c, s, o)
}

func statusFilter(c *call, s *search, o operand) (filter[foundMember], *apiError) {
	statuses, err := s.operandStrings(o)
	if err != nil {
		return nil, err
	}
	for _, status := range statuses {
		if !slices.Contains([]string{statusActive, statusPending, statusInvited, statusDeleted}, status) {
			return nil, badRequest("search_invalid_status_filter", "statuses may name active, pending, invited and deleted, not %q.", status)
		}
	}
	return oneOf(func(m foundMember) []string { return []string{m.Status} }, nil)(c, s, o)
}

// wantsDeleted says whether a query names deleted members, without which none are shown.
func (s *search) wantsDeleted() bool {
	return slices.ContainsFunc(s.operands, func(o operand) bool {
		statuses, err := s.operandStrings(o)
		return o.Name == "statuses" && err == nil && slices.Contains(statuses, statusDeleted)
	})
}

func searchMembers(c *call) (answer, *apiError) {
	if err := c.admitSearch(); err != nil {
		return nil, err
	}
	names, err := c.searchedOrganizations()
	if err != nil {
		return nil, err
	}
	s, err := readSearch(c, "member", strings.Join(names, "\x00"))
	if err != nil {
		return nil, err
	}
	matches, err := filters(c, &s, memberFilters)
	if err != nil {
		return nil, err
	}
	searched, known := map[string]*organization{}, 0
	for _, name := range names {
		if o := c.env.organization(name); o != nil && searched[o.OrganizationID] == nil {
			searched[o.OrganizationID] = o
			known += c.env.index.rosters[o.OrganizationID].live
		}
	}
	moment, deleted := c.shownAt(), s.wantsDeleted()
	look := func(m *member) (foundMember, bool) {
		o := searched[m.OrganizationID]
		if o == nil {
			return foundMember{}, false
		}
		seen := foundMember{asOf(moment, m.CreatedAt, m.past, &m.memberRecord), &o.organizationView}
		return seen, seen.memberRecord != nil && (deleted || !seen.deleted()) && matches(seen)
	}
	count := len(s.operands) > 0 || c.server.options.Knobs.SearchLag > 0
	p := paginate(&s, c.env.index.members, func(m *member) uint64 { return m.Sequence }, look, count)
	if !count {
		p.total = known
	}
	return memberPage(c, p), nil
}

// memberPage shows members, each organization of the page once.
func memberPage(c *call, p page[foundMember]) answer {
	members := make([]memberView, len(p.items))
	organizations := map[string]organizationView{}
	for i, m := range p.items {
		members[i] = m.view(m.organization)
		organizations[m.OrganizationID] = *m.organization
	}
	return answer{"members": members, "organizations": organizations, "results_metadata": p.metadata(c)}
}

// searchedOrganizations reads the organizations to search in. Ones that do not exist have no members; Stytch's docs do not
// say whether they are an error (Knobs.UnknownOrganizationsRefused).
func (c *call) searchedOrganizations() ([]string, *apiError) {
	names, _, err := sent[[]string](c, "organization_ids")
	limit := c.server.options.Knobs.MaxOrganizationIDs
	switch {
	case err != nil:
		return nil, err
	case len(names) == 0:
		return nil, badRequest("member_search_organization_ids_empty", "organization_ids must name at least one organization.")
	case limit > 0 && len(names) > limit:
		return nil, badRequest("too_many_organization_ids", "organization_ids may name at most %d organizations.", limit)
	}
	if c.server.options.Knobs.UnknownOrganizationsRefused {
		for _, name := range names {
			if c.env.organization(name) == nil {
				return nil, notFound("organization_not_found", "There is no organization %q.", name)
			}
		}
	}
	return names, nil
}
