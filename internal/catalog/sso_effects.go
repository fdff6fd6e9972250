package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// connectionEffects collects what a change of a connection does to the people
// who log in through it.
type connectionEffects struct {
	effects
	users int // who log in through it, where they were counted
}

// loginThrough begins the grant of logging in through a connection.
const loginThrough = "login through "

func connectionUsers(holders map[plan.Grant]int) int {
	users := 0
	for _, n := range holders {
		users += n
	}
	return users
}

// countConnectionUsers counts the active members who have logged in through a
// connection. Stytch has no search for them, so that all members are read.
func countConnectionUsers(ctx context.Context, c *client.Client, organization, id, name string) (map[plan.Grant]int, error) {
	found, err := searchMembers(ctx, c, map[string]any{"organization_ids": []string{organization}})
	if isError(err) {
		return nil, err
	}
	users := 0
	for _, m := range found {
		if m.Status != statusDeleted && slices.ContainsFunc(m.SSO, func(r registrationAnswer) bool { return r.ConnectionID == id }) {
			users++
		}
	}
	if users == 0 {
		return nil, nil
	}
	return map[plan.Grant]int{{What: loginThrough + name, Where: organization}: users}, nil
}

// connectionLifelines: through an active connection people get in. A new one lets
// nobody in before the identity provider knows it.
func connectionLifelines(within plan.Address, active bool) []plan.Lifeline {
	if !active {
		return nil
	}
	return []plan.Lifeline{{Where: within, What: wayIn}}
}

// connectionToken names a connection for the settings that use it.
func connectionToken(within plan.Address, kind, name string) string {
	return kind + "@" + strings.TrimPrefix(string(within), "organization/") + "/" + name
}

func (e *connectionEffects) created() {
	e.risk(plan.AccessWidened, "once it is active, whom its identity provider vouches for can log in, and becomes a member where sso_jit_provisioning allows it")
	e.consequence("the identity provider must be told the URLs that Stytch makes up for the new connection")
}

func (e *connectionEffects) removed(active bool) {
	if active {
		e.risk(plan.AccessRemoved, "nobody can log in through it any more%s", e.counted())
	}
	e.risk(plan.Irreversible, "a connection that is created again has another connection_id and other URLs, which its identity provider must be told")
	e.consequence("external connections of other organizations that lean on it stop working")
}

// counted says how many have logged in through the connection.
func (e *connectionEffects) counted() string {
	if e.users == 0 {
		return ""
	}
	return ": " + counted(e.users, "member has logged in so", "members have logged in so")
}

func (e *connectionEffects) switched(to string) {
	e.risk(plan.AccessRemoved, "logins through the identity provider that is set now stop at once%s", e.counted())
	e.risk(plan.LockOut, "nobody can log in through it until the identity provider %q is set up for it", to)
}

func (e *connectionEffects) renamed(before, after string) {
	if before != after {
		e.consequence("login pages show it as %q instead of %q", after, before)
	}
}

// roles says who gains and loses a role by the connection.
func (e *connectionEffects) roles(before, after []ConnectionRole, groupsBefore, groupsAfter []GroupRole) {
	everybody := func(roles []ConnectionRole) (names []string) {
		for _, r := range roles {
			names = append(names, r.RoleID)
		}
		return names
	}
	groups := func(roles []GroupRole) (names []string) {
		for _, r := range roles {
			names = append(names, fmt.Sprintf("%s for the group %q", r.RoleID, r.Group))
		}
		return names
	}
	for _, role := range missingFrom(everybody(before), everybody(after)) {
		e.risk(plan.AccessWidened, "everybody who logs in through it gains the role %s", role)
	}
	for _, role := range missingFrom(everybody(after), everybody(before)) {
		e.risk(plan.AccessRemoved, "everybody who logs in through it loses the role %s, unless they have it for another reason%s", role, e.counted())
	}
	for _, role := range missingFrom(groups(groupsBefore), groups(groupsAfter)) {
		e.risk(plan.AccessWidened, "who logs in through it gains the role %s", role)
	}
	for _, role := range missingFrom(groups(groupsAfter), groups(groupsBefore)) {
		e.risk(plan.AccessRemoved, "who logs in through it loses the role %s, unless they have it for another reason", role)
	}
}

// lostRoles counts the people who lose a role that everybody of a connection had.
func lostRoles(ctx context.Context, c *client.Client, organization, id string, before, after []ConnectionRole) (map[plan.Grant]int, error) {
	for _, r := range before {
		if !slices.Contains(after, r) {
			return countConnectionUsers(ctx, c, organization, id, r.RoleID)
		}
	}
	return nil, nil
}

// isRemark tells what an operation says about its success from a failure.
func isRemark(err error) (*plan.Remark, bool) {
	r, ok := err.(*plan.Remark) //nolint:errorlint // a remark is never wrapped
	return r, ok
}
