package sandbox

import (
	"slices"
	"strings"
)

// wildcard is the action that stands for all actions of a resource.
const wildcard = "*"

// check refuses a policy that is not sound in itself: names that are empty, taken or Stytch's, and permissions on what
// does not exist. Stytch does not publish the error types; invalid_argument stands in for them.
func (p *rbacPolicy) check(vertical string, knobs Knobs) *apiError {
	var names ruleOfNames
	for _, r := range p.CustomRoles {
		names.check("role_id", r.RoleID, r.RoleID == roleMember || r.RoleID == roleAdmin || r.RoleID == roleUser)
	}
	for _, r := range p.CustomResources {
		names.check("resource_id", r.ResourceID, strings.HasPrefix(r.ResourceID, "stytch"))
	}
	for _, s := range p.CustomScopes {
		names.check("scope", s.Scope, false)
	}
	if names.err != nil {
		return names.err
	}
	for _, role := range p.roles() {
		if err := p.checkPermissions("role "+role.RoleID, role.Permissions, vertical, knobs); err != nil {
			return err
		}
	}
	for _, scope := range p.CustomScopes {
		if err := p.checkPermissions("scope "+scope.Scope, scope.Permissions, vertical, knobs); err != nil {
			return err
		}
	}
	if knobs.DefaultPermissionsRequired {
		return p.checkDefaultPermissions(vertical)
	}
	return nil
}

// A ruleOfNames checks the IDs of a policy's custom parts and keeps the first problem.
type ruleOfNames struct {
	seen map[string]bool
	err  *apiError
}

func (n *ruleOfNames) check(kind, name string, reserved bool) {
	var err *apiError
	switch {
	case name == "":
		err = badRequest("invalid_argument", "A %s is empty.", kind)
	case reserved:
		err = badRequest("invalid_argument", "The %s %q is reserved.", kind, name)
	case n.seen[kind+" "+name]:
		err = badRequest("invalid_argument", "The %s %q is there twice.", kind, name)
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[kind+" "+name] = true
	if n.err == nil {
		n.err = err
	}
}

func (p *rbacPolicy) checkPermissions(owner string, list []permission, vertical string, knobs Knobs) *apiError {
	resources := p.resources(vertical)
	for _, granted := range list {
		if slices.Contains(granted.Actions, wildcard) && len(granted.Actions) > 1 {
			return badRequest("cannot_specify_wildcard_with_other_actions", "The %s lists * beside other actions.", owner)
		}
		if knobs.UnknownReferencesAllowed {
			continue
		}
		i := slices.IndexFunc(resources, func(r rbacResource) bool { return r.ResourceID == granted.ResourceID })
		if i < 0 {
			return badRequest("invalid_argument", "The %s names the unknown resource %q.", owner, granted.ResourceID)
		}
		for _, action := range granted.Actions {
			if action != wildcard && !slices.Contains(resources[i].AvailableActions, action) {
				return badRequest("invalid_argument", "The %s names the unknown action %q of %q.", owner, action, granted.ResourceID)
			}
		}
	}
	return nil
}

// checkDefaultPermissions is the strict reading of Stytch's Terraform provider: its own permissions must be repeated.
func (p *rbacPolicy) checkDefaultPermissions(vertical string) *apiError {
	wanted := defaultPolicy(vertical)
	for _, role := range p.roles() {
		for _, original := range wanted.roles() {
			if original.RoleID != role.RoleID {
				continue
			}
			for _, needed := range original.Permissions {
				if !slices.ContainsFunc(role.Permissions, func(g permission) bool { return g.ResourceID == needed.ResourceID }) {
					return badRequest("invalid_argument", "The role %s lacks its permissions on %s.", role.RoleID, needed.ResourceID)
				}
			}
		}
	}
	return nil
}
