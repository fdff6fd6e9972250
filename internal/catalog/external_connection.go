package catalog

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An ExternalConnection lets an organization's people log in through a
// connection of another organization.
type ExternalConnection struct {
	Name           string                     `attr:"display_name,key" doc:"The connection's name. Stytch does not keep it unique: where two external connections of an organization share it, connection_id says which is meant."`
	ConnectionID   kind.Opt[string]           `attr:"connection_id,id" doc:"Stytch's id of the connection, needed only where several have the same name."`
	OrganizationID kind.Opt[string]           `attr:"external_organization_id,required,immutable,nonempty" doc:"Stytch's id of the organization whose connection is used."`
	TargetID       kind.Opt[string]           `attr:"external_connection_id,required,immutable,nonempty" doc:"Stytch's id of the connection that is used. It must be active, and an organization can use it once."`
	Roles          kind.Opt[[]ConnectionRole] `attr:"external_connection_implicit_role_assignments,set" default:"[]" doc:"Roles that everybody has who logs in through the connection. Not possible over an OIDC connection. Owned whole."`
	GroupRoles     kind.Opt[[]GroupRole]      `attr:"external_group_implicit_role_assignments,set" default:"[]" doc:"Roles for the identity provider's groups. Not possible over an OIDC connection. Owned whole."`

	Organization string `attr:"-"` // Stytch's id of its organization
}

var externalConnections = connectionList[externalAnswer, ExternalConnection]{
	field: "external_connections", live: externalAnswer.live, name: func(x ExternalConnection) string { return x.Name },
}

var externalConnection = kind.New(kind.Type[ExternalConnection]{
	Name:           "external_connection",
	Plural:         "external_connections",
	Within:         plan.OrganizationKind,
	Plane:          client.Data,
	After:          []string{"saml_connection", "oidc_connection"}, // which it may use
	Renames:        true,
	Duplicates:     true,
	ByOrganization: true,
	HeldAbove:      true,
	Doc:            "A connection of another organization of the project, through which this organization's people log in too. It is active at once.",
	Facts: []string{
		"two connections of an organization may have one name",
		"a connection that is deleted takes those that lean on it out of use",
	},
	Check: checkExternalConnection,
	Unique: func(x ExternalConnection) []string {
		if id := x.TargetID.Value; id != "" {
			return []string{"external_connection_id " + id}
		}
		return nil
	},
	References: func(within plan.Address, x ExternalConnection) (offers, uses []string) {
		return []string{connectionToken(within, "external_connection", x.Name)}, connectionReferences(within, x.Roles.Value, x.GroupRoles.Value)
	},
	Lifelines: func(within plan.Address, _ string, live, _ *ExternalConnection) []plan.Lifeline {
		return connectionLifelines(within, live != nil)
	},
	Effects: externalEffects,
	Holders: func(ctx context.Context, c *client.Client, live kind.Live[ExternalConnection], after ExternalConnection) (map[plan.Grant]int, error) {
		return lostRoles(ctx, c, live.Value.Organization, live.ID, live.Value.Roles.Value, after.Roles.Value)
	},
	Deprives: func(ctx context.Context, c *client.Client, live kind.Live[ExternalConnection]) (map[plan.Grant]int, error) {
		return countConnectionUsers(ctx, c, live.Value.Organization, live.ID, live.Value.Name)
	},
	List:   externalConnections.list,
	Get:    externalConnections.get,
	Create: createExternalConnection,
	Update: updateExternalConnection,
	Delete: deleteSSOConnection[ExternalConnection],
})

// An externalAnswer is a connection as Stytch shows it.
type externalAnswer struct {
	ID             string                 `json:"connection_id"`
	OrganizationID string                 `json:"organization_id"`
	Name           string                 `json:"display_name"`
	Target         string                 `json:"external_organization_id"`
	TargetID       string                 `json:"external_connection_id"`
	Roles          []connectionRoleAnswer `json:"external_connection_implicit_role_assignments"`
	GroupRoles     []connectionRoleAnswer `json:"external_group_implicit_role_assignments"`
}

func (a externalAnswer) live() kind.Live[ExternalConnection] {
	return kind.Live[ExternalConnection]{ID: a.ID, Value: ExternalConnection{
		Name: a.Name, ConnectionID: kind.Some(a.ID), OrganizationID: kind.Some(a.Target), TargetID: kind.Some(a.TargetID),
		Roles: kind.Some(connectionRoles(a.Roles)), GroupRoles: kind.Some(groupRoles(a.GroupRoles)), Organization: a.OrganizationID,
	}}
}

// createExternalConnection sends everything at once. The creation calls the
// roles otherwise than the update does.
func createExternalConnection(ctx context.Context, c *client.Client, e kind.Edit[ExternalConnection]) (string, error) {
	body := kind.Body(e.After) // with the name, which is not the key of an update
	for from, to := range map[string]string{
		"external_connection_implicit_role_assignments": "connection_implicit_role_assignments",
		"external_group_implicit_role_assignments":      "group_implicit_role_assignments",
	} {
		if roles, given := body[from]; given {
			body[to] = roles
			delete(body, from)
		}
	}
	return createConnection(ctx, c, client.Path("/v1/b2b/sso/external/%s", e.OrganizationID), body)
}

func updateExternalConnection(ctx context.Context, c *client.Client, e kind.Edit[ExternalConnection]) error {
	body := kind.Body(e.After)
	if e.Before.Name == e.After.Name {
		delete(body, "display_name")
	}
	path := client.Path("/v1/b2b/sso/external/%s/connections/%s", e.OrganizationID, e.ID)
	return c.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}, nil)
}

// checkExternalConnection reports what Stytch would refuse. Its ids tell what they are of.
func checkExternalConnection(x ExternalConnection) []kind.Problem {
	problems := checkConnectionName(x.Name)
	refuse := func(attribute, value, what string) {
		problems = append(problems, kind.Problem{
			Attribute: attribute, Message: fmt.Sprintf("%q is not the id of %s", value, what), Hint: "write the id that Stytch shows",
		})
	}
	if id := x.OrganizationID.Value; id != "" && !strings.HasPrefix(id, "organization-") {
		refuse("external_organization_id", id, "an organization")
	}
	if id := x.TargetID.Value; id != "" && !strings.Contains(id, "connection-") {
		refuse("external_connection_id", id, "a connection")
	}
	if strings.HasPrefix(x.TargetID.Value, "oidc-connection-") && len(x.Roles.Value)+len(x.GroupRoles.Value) > 0 {
		problems = append(problems, kind.Problem{
			Attribute: "external_connection_id", Message: "roles by connection are not possible over an OIDC connection",
			Hint: "drop them, and give the roles to members or by the domain of their address",
		})
	}
	problems = append(problems, checkConnectionRoles("external_connection_implicit_role_assignments", x.Roles.Value)...)
	return append(problems, checkGroupRoles("external_group_implicit_role_assignments", x.GroupRoles.Value)...)
}

func externalEffects(t kind.Transition[ExternalConnection]) plan.Effects {
	e := connectionEffects{users: connectionUsers(t.Live.Holders)}
	before, after := t.Live.Value, t.After
	switch t.Action {
	case plan.Delete:
		e.removed(true)
		return e.Effects
	case plan.Create:
		before = ExternalConnection{}
		e.risk(plan.AccessWidened, "whom the identity provider of another organization vouches for can log in, and becomes a member where sso_jit_provisioning allows it")
	default:
		e.renamed(before.Name, after.Name)
	}
	e.roles(before.Roles.Value, after.Roles.Value, before.GroupRoles.Value, after.GroupRoles.Value)
	return e.Effects
}
