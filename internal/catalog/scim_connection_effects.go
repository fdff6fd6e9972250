package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A scimChange collects what a change of a SCIM connection does to people.
type scimChange struct{ effects }

// provisioned is what a member has from whom SCIM brings: being kept up to date.
const provisioned = "provisioning by SCIM"

func scimEffects(t kind.Transition[SCIMConnection]) plan.Effects {
	var e scimChange
	before, after := t.Live.Value, t.After
	switch t.Action {
	case plan.Delete:
		e.removed(t.Live)
		return e.Effects
	case plan.Create:
		e.risk(plan.AccessWidened, "whoever has the bearer token can bring, change and remove members of the organization")
		e.consequence("the identity provider must be told the base_url that Stytch makes up, and the bearer token")
	default:
		if t.Changed["identity_provider"] {
			e.consequence("Stytch handles the identity provider as %s; base_url may differ, and the identity provider must be told then", after.IdentityProvider.Value)
		}
	}
	e.rotation(t.Action, before.Rotation, after.Rotation)
	e.groups(t)
	return e.Effects
}

func (e *scimChange) removed(live kind.Live[SCIMConnection]) {
	count := ""
	for grant, n := range live.Holders {
		if grant.What == provisioned {
			count = ": " + counted(n, "member came so", "members came so")
		}
	}
	e.risk(plan.AccessRemoved, "the identity provider brings nobody any more, and the roles of its groups go%s", count)
	e.risk(plan.AccessWidened, "who leaves the company is no longer removed by the identity provider, and keeps access until somebody removes them")
	e.risk(plan.Irreversible, "a connection that is created again has another connection_id, base_url and bearer token, and no groups until they are pushed again")
}

// groups says who gains and loses a role by a group.
func (e *scimChange) groups(t kind.Transition[SCIMConnection]) {
	before, after := t.Live.Value.GroupRoles.Value, t.After.GroupRoles.Value
	if !t.Changed["scim_group_implicit_role_assignments"] {
		return
	}
	for _, r := range assignedOnlyIn(after, before) {
		if ids := t.Live.Value.called(r.Group); len(ids) > 1 {
			e.problem("scim_group_implicit_role_assignments", severalGroups(r.Group, ids), "give the id of the one that is meant")
			continue
		}
		e.risk(plan.AccessWidened, "the members of the group %q gain the role %s", r.Group, r.RoleID)
	}
	for _, r := range assignedOnlyIn(before, after) {
		count := ""
		if n := t.Live.Holders[plan.Grant{What: roleOfGroup(r), Where: t.Live.Value.Organization}]; n > 0 {
			count = ": " + counted(n, "member loses it", "members lose it")
		}
		e.risk(plan.AccessRemoved, "the members of the group %q lose the role %s, unless they have it for another reason%s", r.Group, r.RoleID, count)
	}
}

// assignedOnlyIn are the assignments of the first list that are not in the second.
func assignedOnlyIn(some, others []SCIMGroupRole) []SCIMGroupRole {
	return slices.DeleteFunc(slices.Clone(some), func(r SCIMGroupRole) bool { return slices.Contains(others, r) })
}

func roleOfGroup(r SCIMGroupRole) string {
	return fmt.Sprintf("role %s of the group %q", r.RoleID, r.Group)
}

// countSCIMRoles counts the members who have a role for no other reason than a
// group that an update takes it from.
func countSCIMRoles(ctx context.Context, c *client.Client, live kind.Live[SCIMConnection], after SCIMConnection) (map[plan.Grant]int, error) {
	lost := assignedOnlyIn(live.Value.GroupRoles.Value, after.GroupRoles.Value)
	if len(lost) == 0 {
		return nil, nil
	}
	found, err := searchMembers(ctx, c, map[string]any{"organization_ids": []string{live.Value.Organization}})
	if isError(err) {
		return nil, err
	}
	return scimRoleHolders(found, live, lost), nil
}

// countSCIMMembers counts whom a deletion concerns: everybody whom the identity
// provider brought, and who has a role by a group alone.
func countSCIMMembers(ctx context.Context, c *client.Client, live kind.Live[SCIMConnection]) (map[plan.Grant]int, error) {
	found, err := searchMembers(ctx, c, map[string]any{"organization_ids": []string{live.Value.Organization}})
	if isError(err) {
		return nil, err
	}
	holders := scimRoleHolders(found, live, live.Value.GroupRoles.Value)
	for _, m := range found {
		var registration registrationAnswer
		if len(m.SCIM) > 0 && json.Unmarshal(m.SCIM, &registration) == nil && registration.ConnectionID == live.ID && m.Status != statusDeleted {
			holders[plan.Grant{What: provisioned, Where: live.Value.Organization}]++
		}
	}
	return holders, nil
}

func scimRoleHolders(members []memberAnswer, live kind.Live[SCIMConnection], lost []SCIMGroupRole) map[plan.Grant]int {
	holders := map[plan.Grant]int{}
	for _, r := range lost {
		ids := live.Value.called(r.Group)
		for _, m := range members {
			if m.Status != statusDeleted && slices.ContainsFunc(m.Roles, func(role roleAnswer) bool { return role.ID == r.RoleID && role.onlyBy(live.ID, ids) }) {
				holders[plan.Grant{What: roleOfGroup(r), Where: live.Value.Organization}]++
			}
		}
	}
	return holders
}

// onlyBy reports whether a member has the role for no reason but one of the groups.
func (r roleAnswer) onlyBy(connection string, groups []string) bool {
	return len(r.Sources) > 0 && !slices.ContainsFunc(r.Sources, func(s sourceAnswer) bool {
		return s.Type != "scim_connection_group" || s.Details.Connection != connection || !slices.Contains(groups, s.Details.Group)
	})
}
