package sandbox

// The B2B API: organizations, members, their searches, the RBAC policy as the data plane shows it, and a few questions
// about the project itself.

// A dataServer is the B2B API's part of a Server that is not kept.
type dataServer struct {
	windows  rateWindows
	sessions sessions
	jwks     keyFetcher
}

// dataRoutes registers the B2B API.
func (s *Server) dataRoutes() {
	s.handle("GET /v1/debug/whoami", read, whoami)
	s.handle("GET /v1/projects/metrics", read, projectMetrics)
	s.handle("GET /v1/b2b/sessions/jwks/{project_id}", mint, jwks)
	s.handle("GET /v1/sessions/jwks/{project_id}", mint, jwks)
	s.handle("GET /v1/b2b/rbac/policy", read, dataPolicy)
	s.organizationRoutes()
	s.memberRoutes()
	s.ssoRoutes()
	s.scimRoutes()
	s.m2mRoutes()
	s.connectedAppRoutes()
	s.fraudRoutes()
	s.sessionRoutes()
}

func (s *Server) organizationRoutes() {
	const all, one = "/v1/b2b/organizations", "/v1/b2b/organizations/{organization_id}"
	s.handle("POST "+all, write, createOrganization, organizationKeys(false)...)
	s.handle("POST "+all+"/search", read, searchOrganizations, "cursor", "limit", "query")
	s.handle("GET "+one, read, getOrganization)
	s.handle("PUT "+one, write, updateOrganization, organizationKeys(true)...)
	s.handle("DELETE "+one, write, deleteOrganization)
	s.handle("DELETE "+one+"/external_id", write, deleteOrganizationExternalID)
	s.handle("GET "+one+"/metrics", read, organizationMetrics)
	s.handle("GET "+one+"/connected_apps", read, organizationConnectedApps)
}

func (s *Server) memberRoutes() {
	const all, of = "/v1/b2b/organizations/members", "/v1/b2b/organizations/{organization_id}"
	const one = of + "/members/{member_id}"
	s.handle("POST "+of+"/members", write, createMember, memberKeys(false)...)
	s.handle("POST "+all+"/search", read, searchMembers, "organization_ids", "cursor", "limit", "query")
	s.handle("GET "+of+"/member", read, getMember)
	s.handle("GET "+all+"/dangerously_get/{member_id}", read, dangerouslyGetMember)
	s.handle("PUT "+one, write, updateMember, memberKeys(true)...)
	s.handle("DELETE "+one, write, deleteMember)
	s.handle("PUT "+one+"/reactivate", write, reactivateMember)
	s.handle("DELETE "+of+"/members/mfa_phone_numbers/{member_id}", write, deletePhoneNumber)
	s.handle("DELETE "+one+"/totp", write, deleteTOTP)
	s.handle("DELETE "+of+"/members/passwords/{member_password_id}", write, deletePassword)
	s.handle("DELETE "+one+"/external_id", write, deleteMemberExternalID)
	s.handle("POST "+one+"/unlink_retired_email", write, unlinkRetiredEmail, "email_id", "email_address")
	s.handle("GET "+one+"/connected_apps", read, memberConnectedApps)
}

// counts gives the organizations and the members who are not deleted.
func (e *environment) counts() (organizations, members int) {
	for _, r := range e.index.rosters {
		members += r.live
	}
	return len(e.Organizations), members
}

// passwordsExist says whether any member has a password.
func (e *environment) passwordsExist() bool {
	for _, m := range e.index.members {
		if m.PasswordID != "" {
			return true
		}
	}
	return false
}
