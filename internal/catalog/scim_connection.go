package catalog

import (
	"context"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A SCIMConnection lets an organization's identity provider bring and remove
// members and groups. scim_connection_groups.go knows the groups,
// scim_connection_rotation.go turns the bearer token, scim_connection_effects.go
// holds what a change does to people.
type SCIMConnection struct {
	Name             kind.Opt[string]          `attr:"display_name,required,nonempty" doc:"The connection's name, for people."`
	IdentityProvider kind.Opt[string]          `attr:"identity_provider" oneof:"generic okta microsoft-entra cyberark jumpcloud onelogin pingfederate rippling" default:"\"generic\"" doc:"Which product the identity provider is, for Stytch's handling of its ways: the base URL of microsoft-entra differs from that of the others."`
	GroupRoles       kind.Opt[[]SCIMGroupRole] `attr:"scim_group_implicit_role_assignments,set" default:"[]" doc:"Roles for the identity provider's groups. Owned whole. Stytch takes them only for groups that the identity provider has pushed: others wait, which the plan tells as a warning and no drift, and are assigned by the next apply after that."`
	Rotation         kind.Opt[string]          `attr:"bearer_token_rotation" oneof:"none started completed" default:"\"none\"" doc:"An explicit act on the bearer token, done once. started has Stytch make up a next token, handed to the --secret-sink: both are valid. completed puts it into the place of the current one, which stops working. none cancels: the next one stops working. Without a rotation under way, none and completed change nothing."`

	Organization string            `attr:"-"` // Stytch's id of its organization
	Groups       []scimGroupAnswer `attr:"-"` // what the identity provider has pushed
}

// A SCIMGroupRole is a role for one group of the identity provider.
type SCIMGroupRole struct {
	RoleID string `attr:"role_id,required,nonempty" doc:"A role of the project's RBAC policy."`
	Group  string `attr:"group_id,required,nonempty" doc:"The group's name, as the identity provider pushes it, or Stytch's id of the group; the id is needed where several groups have one name."`
}

var scimConnection = kind.New(kind.Type[SCIMConnection]{
	Name:            "scim_connection",
	Plural:          "scim_connection",
	Within:          plan.OrganizationKind,
	Singleton:       true,
	Plane:           client.Data,
	After:           []string{"rbac_policy"}, // roles must be there before they are assigned
	KeptWhenOmitted: true,
	ByOrganization:  true,
	Issues:          []string{scimToken, nextSCIMToken},
	Issuing:         scimIssuing,
	Doc: "The SCIM connection of an organization, of which there is one at most: through it the identity provider brings members, changes " +
		"them, removes them and gives them roles by group. Stytch shows its bearer token once; nothing but a rotation replaces it. Omitted, " +
		"the connection is not read; `absent: true` deletes it.",
	Facts: []string{
		"an organization without a connection is answered with no_active_scim_connection; any other refusal is no absence",
		"identity_provider is generic unless given",
		"scim_group_implicit_role_assignments is replaced whole",
		"two groups may have one name",
		"members stay when the connection is deleted, without the roles of their groups, and are no longer updated or removed from there",
		"a group that is deleted takes its assignments along",
		"a change of identity_provider keeps the bearer token",
	},
	Check:  checkSCIMConnection,
	Reword: rewordSCIMGroups,
	Waits:  waitingSCIMGroups,
	Tidy: func(s SCIMConnection) SCIMConnection {
		s.Rotation = tidyRotation(s.Rotation)
		return s
	},
	References: func(within plan.Address, s SCIMConnection) (offers, uses []string) {
		var roles []string
		for _, r := range s.GroupRoles.Value {
			roles = append(roles, r.RoleID)
		}
		return nil, append([]string{string(within)}, roleReferences(roles)...)
	},
	Effects:  scimEffects,
	Holders:  countSCIMRoles,
	Deprives: countSCIMMembers,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[SCIMConnection], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[SCIMConnection], error) {
			live, err := readSCIM(ctx, c, s.OrganizationID)
			if hasType(err, noSCIMConnection) {
				return nil, nil
			}
			return []kind.Live[SCIMConnection]{live}, err
		})
	},
	Get:    getSCIMConnection,
	Create: createSCIMConnection,
	Update: updateSCIMConnection,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection]) error {
		return c.Data(ctx, client.Request{Method: http.MethodDelete, Path: scimPath(e)}, nil)
	},
})

const (
	scimToken        = "bearer_token"
	nextSCIMToken    = "next_bearer_token"
	noSCIMConnection = "no_active_scim_connection"
)

// A scimAnswer is a connection as Stytch shows it.
type scimAnswer struct {
	ID               string `json:"connection_id"`
	Name             string `json:"display_name"`
	IdentityProvider string `json:"identity_provider"`
	Next             string `json:"next_bearer_token_last_four"`
	GroupRoles       []struct {
		RoleID  string `json:"role_id"`
		GroupID string `json:"group_id"`
	} `json:"scim_group_implicit_role_assignments"`
}

func scimPath(e kind.Edit[SCIMConnection]) string {
	return client.Path("/v1/b2b/scim/%s/connection/%s", e.OrganizationID, e.ID)
}

// readSCIM reads the connection of an organization, and its groups: nothing else
// says which roles can be assigned.
func readSCIM(ctx context.Context, c *client.Client, organization string) (kind.Live[SCIMConnection], error) {
	request := client.Request{Path: client.Path("/v1/b2b/scim/%s/connection", organization)}
	a, err := getObject(ctx, c, request, "connection", func(a scimAnswer) string { return a.ID })
	if err != nil {
		return kind.Live[SCIMConnection]{}, err
	}
	groups, err := scimGroups(ctx, c, organization, a.ID)
	if err != nil {
		return kind.Live[SCIMConnection]{}, err
	}
	s := SCIMConnection{
		Name: kind.Some(a.Name), IdentityProvider: kind.Some(a.IdentityProvider), GroupRoles: kind.Some([]SCIMGroupRole{}),
		Rotation: kind.Some(liveRotation(a.Next)), Organization: organization, Groups: groups,
	}
	for _, r := range a.GroupRoles {
		s.GroupRoles.Value = append(s.GroupRoles.Value, SCIMGroupRole{RoleID: r.RoleID, Group: s.groupWord(r.GroupID)})
	}
	return kind.Live[SCIMConnection]{ID: a.ID, OrganizationID: organization, Value: s}, nil
}

// getSCIMConnection reads the connection right before a write. One that took the
// place of what the plan was made from is another.
func getSCIMConnection(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection]) (kind.Live[SCIMConnection], error) {
	live, err := readSCIM(ctx, c, e.OrganizationID)
	if hasType(err, noSCIMConnection) || err == nil && e.ID != "" && live.ID != e.ID {
		return kind.Live[SCIMConnection]{}, &client.Error{
			Status: http.StatusNotFound, Type: "scim_connection_not_found", Message: "the organization has no such SCIM connection",
		}
	}
	return live, err
}

// createSCIMConnection keeps the bearer token before anything else: it is shown
// this once.
func createSCIMConnection(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection]) (string, error) {
	body := kind.Body(e.After)
	delete(body, "bearer_token_rotation")
	delete(body, "scim_group_implicit_role_assignments") // of a new connection there are no groups, and all wait
	var answer struct {
		Connection struct {
			ID    string `json:"connection_id"`
			Token string `json:"bearer_token"`
		} `json:"connection"`
	}
	path := client.Path("/v1/b2b/scim/%s/connection", e.OrganizationID)
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: path, Body: body}, &answer); err != nil {
		return "", err
	}
	if e.Keep != nil {
		if err := e.Keep(scimToken, client.NewSecret(answer.Connection.Token)); err != nil {
			return answer.Connection.ID, err
		}
	}
	return answer.Connection.ID, nil
}

// updateSCIMConnection changes the settings in one request, and then the token.
func updateSCIMConnection(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection]) error {
	body := kind.Body(e.After)
	delete(body, "bearer_token_rotation")
	if roles, changed := e.After.GroupRoles.Get(); changed {
		assignments, err := scimAssignments(ctx, c, e, roles)
		if err != nil {
			return err
		}
		body["scim_group_implicit_role_assignments"] = assignments
	}
	var done []string
	if len(body) > 0 {
		if err := c.Data(ctx, client.Request{Method: http.MethodPut, Path: scimPath(e), Body: body}, nil); err != nil {
			return err
		}
		done = append(done, "the other changes were made")
	}
	if err := turnSCIMToken(ctx, c, e); err != nil {
		return partly(done, "the bearer token is not rotated", err)
	}
	return nil
}
