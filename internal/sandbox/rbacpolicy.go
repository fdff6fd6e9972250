package sandbox

import "slices"

// An rbacPolicy is an environment's roles, resources and scopes, kept in the order in which they were sent. The B2B API
// shows the same policy in another shape; see roles and resources.
type rbacPolicy struct {
	StytchMember    *defaultRole // B2B projects
	StytchAdmin     *defaultRole // B2B projects
	StytchUser      *defaultRole // Consumer projects
	CustomRoles     []rbacRole
	CustomResources []rbacResource
	CustomScopes    []rbacScope
}

// A defaultRole is one of Stytch's own roles, of which only the permissions can be written.
type defaultRole struct {
	Permissions []permission `json:"permissions"`
}

type rbacRole struct {
	RoleID      string       `json:"role_id"`
	Description string       `json:"description"`
	Permissions []permission `json:"permissions"`
}

type rbacResource struct {
	ResourceID       string   `json:"resource_id"`
	Description      string   `json:"description"`
	AvailableActions []string `json:"available_actions"`
}

type rbacScope struct {
	Scope       string       `json:"scope"`
	Description string       `json:"description"`
	Permissions []permission `json:"permissions"`
}

// A permission allows actions on a resource; the action "*" stands for all.
type permission struct {
	ResourceID string   `json:"resource_id"`
	Actions    []string `json:"actions"`
}

// The roles that Stytch defines, with its descriptions of them.
const (
	roleMember = "stytch_member"
	roleAdmin  = "stytch_admin"
	roleUser   = "stytch_user"

	memberDescription = "Granted to all Members upon creation; grants permission to view and update their own information."
	adminDescription  = "Granted to Members who create Organizations; grants permission to manage the Organization and its Members."
	userDescription   = "Granted to all Users upon creation; grants permission to view and update their own information."
)

func (s *Server) rbacPolicyRoutes() {
	path := environmentPath + "/rbac_policy"
	s.handle("GET "+path, read, getRBACPolicy)
	s.handle("PUT "+path, write, setRBACPolicy, roleMember, roleAdmin, roleUser, "custom_roles", "custom_resources", "custom_scopes")
}

func getRBACPolicy(c *call) (answer, *apiError) {
	return answer{"policy": c.env.RBAC.view(c.project.Vertical)}, nil
}

// setRBACPolicy replaces the policy. Custom lists that are left out are emptied; a default role that is left out keeps
// its permissions (Knobs.DefaultRolesReset), and one that is sent has all of them replaced. The merged result is checked
// as a whole.
func setRBACPolicy(c *call) (answer, *apiError) {
	knobs := c.server.options.Knobs
	next := c.env.RBAC
	if knobs.DefaultRolesReset {
		next = defaultPolicy(c.project.Vertical)
	}
	b := bodyReader{call: c}
	for id, role := range next.defaultRoles() {
		f := get[defaultRole](&b, id)
		if !f.Sent || f.Null {
			continue
		}
		if *role == nil {
			return nil, badRequest("invalid_role_for_vertical", "A %s project has no role %s.", c.project.Vertical, id)
		}
		*role = &defaultRole{Permissions: tidyPermissions(f.Value.Permissions)}
	}
	next.CustomRoles = get[[]rbacRole](&b, "custom_roles").Value
	next.CustomResources = get[[]rbacResource](&b, "custom_resources").Value
	next.CustomScopes = get[[]rbacScope](&b, "custom_scopes").Value
	if b.err != nil {
		return nil, b.err
	}
	next.tidy()
	if err := next.check(c.project.Vertical, knobs); err != nil {
		return nil, err
	}
	if err := c.checkRemovedRoles(&next); err != nil {
		return nil, err
	}
	c.env.RBAC = next
	c.saveEnvironment(c.env)
	return answer{"policy": next.view(c.project.Vertical)}, nil
}

// checkRemovedRoles refuses to remove a role in use, where the knob asks for it.
func (c *call) checkRemovedRoles(next *rbacPolicy) *apiError {
	if !c.server.options.Knobs.UsedRolesKept {
		return nil
	}
	for _, role := range c.env.RBAC.CustomRoles {
		if !next.hasRole(role.RoleID) && c.env.usesRole(role.RoleID) {
			return badRequest("rbac_role_in_use", "The role %q is assigned and cannot be removed.", role.RoleID)
		}
	}
	return nil
}

// defaultRoles gives a place for each of Stytch's roles; the place is nil in a project of the other vertical.
func (p *rbacPolicy) defaultRoles() map[string]**defaultRole {
	return map[string]**defaultRole{roleMember: &p.StytchMember, roleAdmin: &p.StytchAdmin, roleUser: &p.StytchUser}
}

// hasRole says whether the policy has a role, Stytch's own included.
func (p *rbacPolicy) hasRole(id string) bool {
	return slices.ContainsFunc(p.roles(), func(r rbacRole) bool { return r.RoleID == id })
}

// roles gives all roles, Stytch's own first.
func (p *rbacPolicy) roles() []rbacRole {
	var all []rbacRole
	for _, d := range []struct {
		id, description string
		role            *defaultRole
	}{
		{roleMember, memberDescription, p.StytchMember},
		{roleAdmin, adminDescription, p.StytchAdmin},
		{roleUser, userDescription, p.StytchUser},
	} {
		if d.role != nil {
			all = append(all, rbacRole{RoleID: d.id, Description: d.description, Permissions: d.role.Permissions})
		}
	}
	return append(all, p.CustomRoles...)
}

// resources gives all resources, Stytch's own first.
func (p *rbacPolicy) resources(vertical string) []rbacResource {
	return append(stytchResources(vertical), p.CustomResources...)
}

// tidy makes every absent list an empty one, as it is answered.
func (p *rbacPolicy) tidy() {
	p.CustomRoles, p.CustomResources, p.CustomScopes = orEmpty(p.CustomRoles), orEmpty(p.CustomResources), orEmpty(p.CustomScopes)
	for i := range p.CustomRoles {
		p.CustomRoles[i].Permissions = tidyPermissions(p.CustomRoles[i].Permissions)
	}
	for i := range p.CustomResources {
		p.CustomResources[i].AvailableActions = orEmpty(p.CustomResources[i].AvailableActions)
	}
	for i := range p.CustomScopes {
		p.CustomScopes[i].Permissions = tidyPermissions(p.CustomScopes[i].Permissions)
	}
}

func tidyPermissions(list []permission) []permission {
	list = orEmpty(list)
	for i := range list {
		list[i].Actions = orEmpty(list[i].Actions)
	}
	return list
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// view is the policy as the management API shows it; the roles of the other vertical have no key.
func (p *rbacPolicy) view(vertical string) answer {
	a := answer{
		"custom_roles": orEmpty(p.CustomRoles), "custom_resources": orEmpty(p.CustomResources), "custom_scopes": orEmpty(p.CustomScopes),
		"stytch_resources": stytchResources(vertical),
	}
	for id, role := range p.defaultRoles() {
		if *role != nil {
			a[id] = *role
		}
	}
	return a
}
