package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/rbacpolicy"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A policyDocument is the policy as Stytch sent it: with its order, and with
// keys that this program does not know and must not lose.
type policyDocument map[string]any

func readPolicyDocument(ctx context.Context, c *client.Client, s kind.Scope) (policyDocument, error) {
	return manageObject[policyDocument](ctx, c, environmentPath(s, "/rbac_policy"), "policy")
}

// value is what the document says, in comparable form.
func (d policyDocument) value() (RBACPolicy, error) {
	var p rbacpolicy.Policy
	text, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return RBACPolicy{}, fmt.Errorf("understanding the RBAC policy: %w", err)
	}
	roles, resources, scopes := map[string]CustomRole{}, map[string]CustomResource{}, map[string]CustomScope{}
	for _, r := range p.CustomRoles {
		roles[r.RoleID] = CustomRole{Description: r.Description, Permissions: permissionMap(r.Permissions)}
	}
	for _, r := range p.CustomResources {
		resources[r.ResourceID] = CustomResource{Description: r.Description, AvailableActions: sortedSet(r.AvailableActions)}
	}
	for _, s := range p.CustomScopes {
		scopes[s.Scope] = CustomScope{Description: s.Description, Permissions: permissionMap(s.Permissions)}
	}
	return RBACPolicy{
		Member: kind.Some(defaultRolePermissions(p.StytchMember)), Admin: kind.Some(defaultRolePermissions(p.StytchAdmin)),
		Roles: kind.Some(roles), Resources: kind.Some(resources), Scopes: kind.Some(scopes),
	}, nil
}

func defaultRolePermissions(r *rbacpolicy.DefaultRole) map[string][]string {
	if r == nil {
		return map[string][]string{}
	}
	return permissionMap(r.Permissions)
}

// permissionMap joins the entries of one resource, and drops those without actions.
func permissionMap(list []rbacpolicy.Permission) map[string][]string {
	permissions := map[string][]string{}
	for _, p := range list {
		if len(p.Actions) > 0 {
			permissions[p.ResourceID] = sortedSet(permissions[p.ResourceID], p.Actions)
		}
	}
	return permissions
}

// updateRBACPolicy reads the document again, refuses when what it is about to
// change is no longer what the plan was made from, and writes the whole back.
func updateRBACPolicy(ctx context.Context, c *client.Client, e kind.Edit[RBACPolicy]) error {
	document, err := readPolicyDocument(ctx, c, e.Scope)
	if err != nil {
		return err
	}
	now, err := document.value()
	if err != nil {
		return err
	}
	if changed := policyConflict(now, e.Before, e.After); changed != "" {
		return changedMeanwhile("somebody has changed " + changed + " of the RBAC policy since the plan was made; plan again")
	}
	document.set(e.After)
	return c.Manage(ctx, client.Request{Method: http.MethodPut, Path: environmentPath(e.Scope, "/rbac_policy"), Body: document}, nil)
}

// policyConflict names the first thing that is neither as it was nor as it
// shall be.
func policyConflict(now, before, after RBACPolicy) string {
	now, before, after = tidyRBACPolicy(now), tidyRBACPolicy(before), tidyRBACPolicy(after)
	for _, role := range []struct {
		name               string
		now, before, after map[string][]string
	}{
		{"stytch_member", now.Member.Value, before.Member.Value, after.Member.Value},
		{"stytch_admin", now.Admin.Value, before.Admin.Value, after.Admin.Value},
	} {
		for _, resource := range slices.Sorted(maps.Keys(role.after)) {
			is := sortedSet(role.now[resource])
			if !slices.Equal(is, sortedSet(role.before[resource])) && !slices.Equal(is, sortedSet(role.after[resource])) {
				return role.name + ".permissions." + resource
			}
		}
	}
	for _, whole := range []struct {
		name               string
		declared           bool
		now, before, after any
	}{
		{"custom_roles", after.Roles.Set, now.Roles.Value, before.Roles.Value, after.Roles.Value},
		{"custom_resources", after.Resources.Set, now.Resources.Value, before.Resources.Value, after.Resources.Value},
		{"custom_scopes", after.Scopes.Set, now.Scopes.Value, before.Scopes.Value, after.Scopes.Value},
	} {
		if whole.declared && !reflect.DeepEqual(whole.now, whole.before) && !reflect.DeepEqual(whole.now, whole.after) {
			return whole.name
		}
	}
	return ""
}

// set lays what is declared over the document and takes out what Stytch alone
// writes. Everything else stays as it was read.
func (d policyDocument) set(p RBACPolicy) {
	delete(d, "stytch_resources")
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == nil })
	d.setDefaultRole("stytch_member", p.Member.Value)
	d.setDefaultRole("stytch_admin", p.Admin.Value)
	d.setDefaultRole("stytch_user", nil)
	if p.Roles.Set {
		d["custom_roles"] = setElements(d["custom_roles"], "role_id", p.Roles.Value, func(element map[string]any, r CustomRole) {
			element["description"] = r.Description
			element["permissions"] = setPermissions(element["permissions"], r.Permissions, true)
		})
	}
	if p.Resources.Set {
		d["custom_resources"] = setElements(d["custom_resources"], "resource_id", p.Resources.Value, func(element map[string]any, r CustomResource) {
			element["description"] = r.Description
			element["available_actions"] = setActions(element["available_actions"], r.AvailableActions)
		})
	}
	if p.Scopes.Set {
		d["custom_scopes"] = setElements(d["custom_scopes"], "scope", p.Scopes.Value, func(element map[string]any, s CustomScope) {
			element["description"] = s.Description
			element["permissions"] = setPermissions(element["permissions"], s.Permissions, true)
		})
	}
}

// setDefaultRole changes the named permissions of one of Stytch's own roles,
// whose id and description are Stytch's and never sent.
func (d policyDocument) setDefaultRole(name string, permissions map[string][]string) {
	role, ok := d[name].(map[string]any)
	if !ok {
		if len(permissions) == 0 {
			return
		}
		role = map[string]any{}
		d[name] = role
	}
	delete(role, "role_id")
	delete(role, "description")
	role["permissions"] = setPermissions(role["permissions"], permissions, false)
}

// setElements gives a list the wanted elements: those that are there keep
// their place and their unknown keys, new ones follow by id.
func setElements[V any](list any, idKey string, want map[string]V, fill func(map[string]any, V)) []any {
	kept, seen := []any{}, map[string]bool{}
	for _, element := range objects(list) {
		id, _ := element[idKey].(string)
		if value, wanted := want[id]; wanted && !seen[id] {
			seen[id] = true
			fill(element, value)
			kept = append(kept, element)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !seen[id] {
			element := map[string]any{idKey: id}
			fill(element, want[id])
			kept = append(kept, element)
		}
	}
	return kept
}

// setPermissions changes the permissions that are named; whole also removes
// those that are not.
func setPermissions(list any, want map[string][]string, whole bool) []any {
	kept, seen := []any{}, map[string]bool{}
	for _, element := range objects(list) {
		id, _ := element["resource_id"].(string)
		actions, named := want[id]
		switch {
		case !named && !whole:
			kept = append(kept, element)
		case len(actions) > 0 && !seen[id]:
			element["actions"] = setActions(element["actions"], actions)
			kept = append(kept, element)
		}
		seen[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !seen[id] && len(want[id]) > 0 {
			kept = append(kept, map[string]any{"resource_id": id, "actions": setActions(nil, want[id])})
		}
	}
	return kept
}

// setActions gives a list the wanted actions in the order that it has.
func setActions(list any, want []string) []any {
	kept := []any{}
	old, _ := list.([]any)
	for _, action := range old {
		if name, ok := action.(string); ok && slices.Contains(want, name) && !slices.Contains(kept, action) {
			kept = append(kept, action)
		}
	}
	for _, name := range sortedSet(want) {
		if !slices.Contains(kept, any(name)) {
			kept = append(kept, name)
		}
	}
	return kept
}

// objects are the objects in a list of Stytch's answer.
func objects(list any) []map[string]any {
	items, _ := list.([]any)
	found := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}
