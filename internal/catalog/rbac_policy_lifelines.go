package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// managing are the permissions of stytch_admin that the people of an organization
// cannot do without: whoever may bring in members, find them and give them roles,
// and open ways to log in, can put everything else right. Any other permission
// that admins lose is a risk, because some projects do not want them to have it.
var managing = []struct {
	what, resource string
	actions        []string
}{
	{"admins who can manage members", "stytch.member", []string{"create", "search", "update.settings.roles"}},
	{"admins who can manage settings", "stytch.organization", []string{"update.settings.allowed-auth-methods"}},
}

// rbacPolicyLifelines: what stytch_admin may do in every organization. The first
// step of a change has everything that either side has, so that no state on the
// way holds less than both ends.
func rbacPolicyLifelines(_ plan.Address, _ string, _, p *RBACPolicy) []plan.Lifeline {
	var held []plan.Lifeline
	for _, m := range managing {
		allowed := p.Admin.Value[m.resource]
		may := func(action string) bool {
			return slices.ContainsFunc(allowed, func(a string) bool { return a == wildcard || hyphened(a) == action })
		}
		if !slices.ContainsFunc(m.actions, func(action string) bool { return !may(action) }) {
			held = append(held, plan.Lifeline{What: m.what})
		}
	}
	return held
}

// hyphened spells an action as Stytch's UI does: its documentation writes some
// with underscores.
func hyphened(action string) string { return strings.ReplaceAll(action, "_", "-") }

// countHolders counts who has the roles that a change removes, in all
// organizations, whoever declares their members: they lose them with the role.
func countHolders(ctx context.Context, c *client.Client, live kind.Live[RBACPolicy], after RBACPolicy) (map[plan.Grant]int, error) {
	gone := missingFrom(sortedNames(after.Roles.Value), sortedNames(live.Value.Roles.Value))
	if len(gone) == 0 {
		return nil, nil
	}
	organizations, err := searchAll(ctx, c, search{path: "/v1/b2b/organizations/search", list: "organizations"},
		func(a organizationAnswer) string { return a.ID })
	if isError(err) {
		return nil, err
	}
	ids := make([]string, 0, len(organizations))
	for _, o := range organizations {
		ids = append(ids, o.ID)
	}
	loses := func(role roleAnswer) bool { return slices.Contains(gone, role.ID) }
	return countRoles(ctx, c, ids, "", gone, loses)
}

// countRoles counts, in some organizations, who loses which of the roles.
func countRoles(ctx context.Context, c *client.Client, ids []string, where plan.Address, roles []string, loses func(roleAnswer) bool) (map[plan.Grant]int, error) {
	found, err := findMembers(ctx, c, ids, "member_roles", roles)
	if isError(err) {
		return nil, err
	}
	counts := map[plan.Grant]int{}
	for _, m := range found {
		for _, role := range m.Roles {
			if loses(role) {
				counts[roleGrant(role.ID, where)]++
			}
		}
	}
	return unseen(counts, where, roles, err), nil
}

// roleGrant is a role of nobody in particular, in one organization or everywhere.
func roleGrant(role string, where plan.Address) plan.Grant {
	return plan.Grant{What: "role " + role, Where: string(where)}
}

// unseen adds those whom Stytch counts and does not give: of which role they are
// nobody knows, and too many are better than too few.
func unseen(counts map[plan.Grant]int, where plan.Address, roles []string, miscounted error) map[plan.Grant]int {
	if m, ok := errors.AsType[*kind.Miscount](miscounted); ok && m.Total > m.Rows {
		for _, role := range roles {
			counts[roleGrant(role, where)] += m.Total - m.Rows
		}
	}
	return counts
}
