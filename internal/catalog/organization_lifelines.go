package catalog

import (
	"context"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// wayIn is the lifeline of an organization's people. The organization itself holds
// it up while its methods let people in, and each active breakglass member does.
const wayIn = "a way to log in"

// organizationLifelines: the methods that are allowed beside single sign-on hold it
// up once, and single sign-on as often as there are active connections, so that a
// connection which goes takes its own part and no more. Connections count also
// where sso is not allowed: another method is, then.
func organizationLifelines(_ plan.Address, slug string, _, o *Organization) []plan.Lifeline {
	holders := o.Connections
	if slices.ContainsFunc(allowed(o.Methods, o.Allowed, everyMethod), func(method string) bool { return method != "sso" }) {
		holders++
	}
	var held []plan.Lifeline
	for range holders {
		held = append(held, plan.Lifeline{Where: plan.NewAddress("", plan.OrganizationKind, slug), What: wayIn})
	}
	return held
}

// memberLifelines: a breakglass member is exempt from the organization's methods
// and gets in whatever these are, once they are active.
func memberLifelines(within plan.Address, _ string, _, m *Member) []plan.Lifeline {
	var held []plan.Lifeline
	if m.Breakglass.Value && m.Inactive == "" && !m.Pending.Value {
		held = append(held, plan.Lifeline{Where: within, What: wayIn})
	}
	if slices.Contains(m.Roles.Value, adminRole) {
		held = append(held, plan.Lifeline{Where: within, What: plan.Administrator})
	}
	return held
}

// countDomainRoles counts who loses a role because the domain of their address
// gives it no longer, and who has it for no other reason.
func countDomainRoles(ctx context.Context, c *client.Client, live kind.Live[Organization], after Organization) (map[plan.Grant]int, error) {
	ended := map[string][]string{} // domains by role
	for _, grant := range grantsLost(live.Value, after) {
		ended[grant.RoleID] = append(ended[grant.RoleID], grant.Domain)
	}
	if len(ended) == 0 {
		return nil, nil
	}
	loses := func(role roleAnswer) bool { return role.hangsOn(ended[role.ID]) }
	return countRoles(ctx, c, []string{live.ID}, plan.NewAddress("", plan.OrganizationKind, after.Slug), sortedNames(ended), loses)
}

// hangsOn reports whether a member has the role because of these domains alone. An
// answer that does not say why they have it, or by which domain, may mean one of these.
func (a roleAnswer) hangsOn(domains []string) bool {
	return len(domains) > 0 && !slices.ContainsFunc(a.Sources, func(s sourceAnswer) bool {
		return s.Type != "email_assignment" || s.Details.Domain != "" && !slices.Contains(domains, lower(s.Details.Domain))
	})
}

// countBreakglass counts the active breakglass members of organizations whose
// members the documents do not name.
func countBreakglass(ctx context.Context, c *client.Client, organizations []kind.Live[Organization]) (map[string]int, error) {
	ids := make([]string, 0, len(organizations))
	for _, o := range organizations {
		ids = append(ids, o.ID)
	}
	found, err := findMembers(ctx, c, ids, "member_is_breakglass", true)
	if isError(err) {
		return nil, err
	}
	counts := map[string]int{}
	for _, m := range found {
		// Whom the search gives beyond what was asked for must not keep anybody's lifeline.
		if m.Breakglass && m.Status == "active" {
			counts[m.OrganizationID]++
		}
	}
	return counts, nil
}
