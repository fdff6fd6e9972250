package sandbox

import (
	"slices"
	"strings"
)

// Sources of a member's role (Stytch's SDK, MemberRoleSource).
const (
	directAssignment    = "direct_assignment"
	emailAssignment     = "email_assignment"
	ssoConnectionSource = "sso_connection"
	scimGroupSource     = "scim_connection_group"
)

// A memberRole is a role as a member shows it: written as a string, read with the reasons why the member has it.
type memberRole struct {
	RoleID  string       `json:"role_id"`
	Sources []roleSource `json:"sources"`
}

type roleSource struct {
	Type    string            `json:"type"`
	Details map[string]string `json:"details"`
}

// A providedRole is one that the customer's identity provider gives; the member's own roles cannot change it.
type providedRole struct {
	RoleID string
	Source roleSource
}

// rolesIn derives what a member shows, in the order stytch_member, explicit roles as written, then roles that are only
// implicit:
//
//	role              source              because
//	stytch_member     direct_assignment   everybody has it, and Stytch reports it so
//	explicit          direct_assignment   the member's roles name it
//	implicit          email_assignment    the verified address has a domain that the organization gives the role
//	provided          sso_…, scim_…       an SSO connection or a SCIM group gives it
//
// A role with several reasons shows several sources. A deleted member has stytch_member alone.
func (m *memberRecord) rolesIn(o *organizationView) []memberRole {
	roles := make([]memberRole, 0, 1+len(m.Roles))
	add := func(id string, source roleSource) {
		for i := range roles {
			if roles[i].RoleID == id {
				roles[i].Sources = append(roles[i].Sources, source)
				return
			}
		}
		roles = append(roles, memberRole{id, []roleSource{source}})
	}
	direct := roleSource{directAssignment, map[string]string{}}
	add(roleMember, direct)
	if m.deleted() {
		return roles
	}
	for _, id := range m.Roles {
		add(id, direct)
	}
	if m.EmailVerified {
		domain := domainOf(m.EmailAddress)
		for _, assignment := range o.RBACEmailImplicitRoleAssignments {
			if strings.EqualFold(assignment.Domain, domain) {
				add(assignment.RoleID, roleSource{emailAssignment, map[string]string{"email_domain": assignment.Domain}})
			}
		}
	}
	for _, provided := range m.ProvidedRoles {
		add(provided.RoleID, provided.Source)
	}
	return roles
}

func hasRole(roles []memberRole, id string) bool {
	return slices.ContainsFunc(roles, func(role memberRole) bool { return role.RoleID == id })
}

// checkAssignable says whether a role may be given by name: the environment's policy or the organization's own roles
// must have it, and stytch_member, which everybody has, cannot be given.
func checkAssignable(e *environment, o *organization, role string) *apiError {
	if role == roleMember {
		return badRequest("cannot_assign_default_rbac_role_id", "The role %q cannot be assigned: every member has it.", role)
	}
	own := func(custom customRole) bool { return custom.RoleID == role }
	if !e.RBAC.hasRole(role) && !slices.ContainsFunc(o.CustomRoles, own) {
		return badRequest("invalid_rbac_role_id", "The RBAC policy has no role %q.", role)
	}
	return nil
}

// usesRole says whether a live member or an organization's implicit assignments name a role.
func (e *environment) usesRole(role string) bool {
	for _, o := range e.index.organizations {
		for _, assignment := range o.RBACEmailImplicitRoleAssignments {
			if assignment.RoleID == role {
				return true
			}
		}
	}
	for _, m := range e.index.members {
		if !m.deleted() && hasRole(m.rolesIn(&organizationView{}), role) {
			return true
		}
	}
	return false
}
