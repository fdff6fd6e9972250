package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// What the kinds of SSO connections share: Stytch answers all connections of an
// organization at once, keeps their names no secret and not unique, and lets
// them go in one way. saml_connection.go, oidc_connection.go and
// external_connection.go are the kinds; sso_effects.go is what a change of any
// of them does to people.

// A connectionList is where the connections of one kind stand in Stytch's answer.
type connectionList[A, T any] struct {
	field string // of the answer
	live  func(A) kind.Live[T]
	name  func(T) string
}

// list reads the connections of each organization, one request for each.
func (l connectionList[A, T]) list(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[T], error] {
	return eachScope(scopes, func(s kind.Scope) ([]kind.Live[T], error) { return l.read(ctx, c, s.OrganizationID) })
}

func (l connectionList[A, T]) read(ctx context.Context, c *client.Client, organization string) ([]kind.Live[T], error) {
	path := client.Path("/v1/b2b/sso/%s", organization)
	answers, err := connectionsIn[A](ctx, c, path, l.field)
	if err != nil {
		return nil, err
	}
	found := make([]kind.Live[T], 0, len(answers))
	for _, a := range answers {
		live := l.live(a)
		live.OrganizationID = organization
		if live.ID == "" {
			return found, unreadable(path, withoutID("connection"))
		}
		found = append(found, live)
	}
	return found, nil
}

// connectionsIn reads one list of the answer, which must be there: taken for an
// empty one it would say that nothing is live.
func connectionsIn[A any](ctx context.Context, c *client.Client, path, field string) ([]A, error) {
	var answer map[string]json.RawMessage
	if err := c.Data(ctx, client.Request{Method: http.MethodGet, Path: path}, &answer); err != nil {
		return nil, err
	}
	raw, there := answer[field]
	if !there {
		return nil, unreadable(path, errors.New("the answer holds no "+field))
	}
	var list []A
	if err := kind.DecodeJSON(raw, &list); err != nil {
		return nil, unreadable(path, fmt.Errorf("the answer's %s: %w", field, err))
	}
	return list, nil
}

// get reads one connection, by its id or by its name: Stytch has no request for one.
func (l connectionList[A, T]) get(ctx context.Context, c *client.Client, e kind.Edit[T]) (kind.Live[T], error) {
	found, err := l.read(ctx, c, e.OrganizationID)
	if err != nil {
		return kind.Live[T]{}, err
	}
	i := slices.IndexFunc(found, func(live kind.Live[T]) bool {
		return e.ID != "" && live.ID == e.ID || e.ID == "" && l.name(live.Value) == l.name(e.After)
	})
	if i < 0 {
		return kind.Live[T]{}, &client.Error{
			Status: http.StatusNotFound, Type: "sso_connection_not_found", Message: "the organization has no such connection",
		}
	}
	return found[i], nil
}

// createConnection sends what a creation takes and gives the new id.
func createConnection(ctx context.Context, c *client.Client, path string, body map[string]any) (string, error) {
	var answer struct {
		Connection struct {
			ID string `json:"connection_id"`
		} `json:"connection"`
	}
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: path, Body: body}, &answer); err != nil {
		return "", err
	}
	if answer.Connection.ID == "" {
		return "", errors.New("the connection was created, but Stytch's answer does not tell its id")
	}
	return answer.Connection.ID, nil
}

// deleteSSOConnection deletes a connection of whatever kind, for good.
func deleteSSOConnection[T any](ctx context.Context, c *client.Client, e kind.Edit[T]) error {
	path := client.Path("/v1/b2b/sso/%s/connections/%s", e.OrganizationID, e.ID)
	return c.Data(ctx, client.Request{Method: http.MethodDelete, Path: path}, nil)
}

// connectionActive is the status of a connection through which people log in.
const connectionActive = "active"

// A ConnectionRole is a role for everybody who logs in through a connection.
type ConnectionRole struct {
	RoleID string `attr:"role_id,required,nonempty" doc:"A role of the project's RBAC policy."`
}

// A GroupRole is a role for one group of an identity provider.
type GroupRole struct {
	RoleID string `attr:"role_id,required,nonempty" doc:"A role of the project's RBAC policy."`
	Group  string `attr:"group,required,nonempty" doc:"The group, as the identity provider calls it."`
}

// A connectionRoleAnswer is either as Stytch shows it.
type connectionRoleAnswer struct {
	RoleID string `json:"role_id"`
	Group  string `json:"group"`
}

func connectionRoles(answers []connectionRoleAnswer) []ConnectionRole {
	roles := make([]ConnectionRole, 0, len(answers))
	for _, a := range answers {
		roles = append(roles, ConnectionRole{RoleID: a.RoleID})
	}
	return roles
}

func groupRoles(answers []connectionRoleAnswer) []GroupRole {
	roles := make([]GroupRole, 0, len(answers))
	for _, a := range answers {
		roles = append(roles, GroupRole(a))
	}
	return roles
}

// connectionReferences: a connection needs its organization and its roles, and
// is there for the settings that name it.
func connectionReferences(within plan.Address, everybody []ConnectionRole, groups []GroupRole) (uses []string) {
	var roles []string
	for _, r := range everybody {
		roles = append(roles, r.RoleID)
	}
	for _, r := range groups {
		roles = append(roles, r.RoleID)
	}
	return append([]string{string(within)}, roleReferences(roles)...)
}

// checkConnectionName: Stytch takes an empty name, and nothing could name the connection then.
func checkConnectionName(name string) []kind.Problem {
	if name != "" {
		return nil
	}
	return []kind.Problem{{Message: "a connection without a name cannot be told from others", Hint: "give it a name"}}
}

// checkConnectionRoles is the rule for every role that a connection gives.
func checkConnectionRoles(attribute string, everybody []ConnectionRole) []kind.Problem {
	var problems []kind.Problem
	for _, r := range everybody {
		problems = append(problems, checkRole(attribute, r.RoleID)...)
	}
	return problems
}

func checkGroupRoles(attribute string, groups []GroupRole) []kind.Problem {
	var problems []kind.Problem
	for _, r := range groups {
		problems = append(problems, checkRole(attribute, r.RoleID)...)
	}
	return problems
}

// textMapping gives a live attribute mapping as documents have it.
func textMapping(mapping map[string]any) map[string]string {
	texts := make(map[string]string, len(mapping))
	for attribute, claim := range mapping {
		texts[attribute] = fmt.Sprint(claim)
	}
	return texts
}
