package catalog

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// The groups of a SCIM connection. Only the identity provider makes them, and
// Stytch makes up their ids then: documents call them by name. What is declared
// for a group is
//
//	the group                    the assignment
//	is there, under one name     compared, by the name
//	shares its name              a problem that lists the ids
//	is not there (yet)           waits: no part of the plan, and told
type scimGroupAnswer struct {
	ID   string `json:"group_id"`
	Name string `json:"group_name"`
}

// scimGroupID begins Stytch's ids of groups.
const scimGroupID = "scim-group-"

// scimGroups reads the groups, page by page. A cursor that comes again would
// never end.
func scimGroups(ctx context.Context, c *client.Client, organization, connection string) ([]scimGroupAnswer, error) {
	path := client.Path("/v1/b2b/scim/%s/connection/%s", organization, connection)
	query := url.Values{"limit": {"1000"}}
	var groups []scimGroupAnswer
	seen := map[string]bool{}
	for {
		var page struct {
			Groups *[]scimGroupAnswer `json:"scim_groups"`
			Next   string             `json:"next_cursor"`
		}
		if err := c.Data(ctx, client.Request{Method: "GET", Path: path, Query: query}, &page); err != nil {
			return nil, err
		}
		if page.Groups == nil {
			return nil, unreadable(path, errors.New("the answer holds no scim_groups"))
		}
		groups = append(groups, *page.Groups...)
		switch {
		case page.Next == "":
			return groups, nil
		case seen[page.Next]:
			return nil, unreadable(path, errors.New("the pages of groups repeat themselves"))
		}
		seen[page.Next] = true
		query.Set("cursor", page.Next)
	}
}

// called are the groups that a text may mean: the one with the id, else those
// with the name.
func (s SCIMConnection) called(text string) (ids []string) {
	for _, g := range s.Groups {
		if g.ID == text {
			return []string{g.ID}
		}
		if g.Name == text {
			ids = append(ids, g.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groupWord is a group as documents call it: by its name, where that tells it
// from all others.
func (s SCIMConnection) groupWord(id string) string {
	for _, g := range s.Groups {
		if g.ID == id && g.Name != "" && !strings.HasPrefix(g.Name, scimGroupID) && len(s.called(g.Name)) == 1 {
			return g.Name
		}
	}
	return id
}

// rewordSCIMGroups: a document may give the id of what the live object shows by name.
func rewordSCIMGroups(live, declared SCIMConnection) SCIMConnection {
	if !declared.GroupRoles.Set {
		return declared
	}
	roles := make([]SCIMGroupRole, 0, len(declared.GroupRoles.Value))
	for _, r := range declared.GroupRoles.Value {
		roles = append(roles, SCIMGroupRole{RoleID: r.RoleID, Group: live.groupWord(r.Group)})
	}
	declared.GroupRoles.Value = roles
	return declared
}

// waitingSCIMGroups takes out what is declared for groups that are not there: of
// a connection that is yet to be created, all.
func waitingSCIMGroups(live, declared SCIMConnection) (now SCIMConnection, waits []string) {
	var roles []SCIMGroupRole
	for _, r := range declared.GroupRoles.Value {
		if len(live.called(r.Group)) > 0 {
			roles = append(roles, r)
			continue
		}
		waits = append(waits, fmt.Sprintf("the role %s for the group %q waits until the identity provider has pushed the group", r.RoleID, r.Group))
	}
	if len(waits) > 0 {
		declared.GroupRoles = kind.Opt[[]SCIMGroupRole]{Value: roles, Set: live.Organization != ""}
	}
	return declared, waits
}

// scimAssignments are roles as Stytch takes them, with the ids that their groups
// have right before they are sent. Stytch's OpenAPI file wants the name too.
func scimAssignments(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection], roles []SCIMGroupRole) ([]map[string]any, error) {
	assignments := []map[string]any{}
	if len(roles) == 0 {
		return assignments, nil
	}
	groups, err := scimGroups(ctx, c, e.OrganizationID, e.ID)
	if err != nil {
		return nil, err
	}
	live := SCIMConnection{Groups: groups}
	for _, r := range roles {
		ids := live.called(r.Group)
		switch len(ids) {
		case 0:
			return nil, changedMeanwhile(fmt.Sprintf("the identity provider has no group %q any more; plan again", r.Group))
		case 1:
			i := slices.IndexFunc(groups, func(g scimGroupAnswer) bool { return g.ID == ids[0] })
			assignments = append(assignments, map[string]any{"role_id": r.RoleID, "group_id": ids[0], "group_name": groups[i].Name})
		default:
			return nil, errors.New(severalGroups(r.Group, ids))
		}
	}
	return assignments, nil
}

func severalGroups(name string, ids []string) string {
	return fmt.Sprintf("%d groups are called %q: %s", len(ids), name, strings.Join(ids, ", "))
}

func checkSCIMConnection(s SCIMConnection) []kind.Problem {
	var problems []kind.Problem
	seen := map[SCIMGroupRole]bool{}
	for i, r := range s.GroupRoles.Value {
		at := fmt.Sprintf("scim_group_implicit_role_assignments[%d]", i)
		problems = append(problems, checkRole(at+".role_id", r.RoleID)...)
		if seen[r] {
			problems = append(problems, kind.Problem{Attribute: at, Message: "the same role is given to the same group twice", Hint: "write it once"})
		}
		seen[r] = true
	}
	return problems
}
