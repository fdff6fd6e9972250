package sandbox

import (
	"slices"
	"strconv"
	"time"
)

// The SCIM connection of an organization, through which its identity provider brings members and groups. There is one
// at a time. What the identity provider pushes has no endpoint here: see AddSCIMGroup and ProvisionBySCIM.

// scimTokenLife is how long a bearer token is valid. Stytch shows the end and does not document the span: a guess.
const scimTokenLife = 365 * 24 * time.Hour

// A scimRecord is the connection as it is kept.
type scimRecord struct {
	ConnectionID     string
	DisplayName      string
	IdentityProvider string
	Token            rotatingSecret
	ExpiresAt        time.Time
	NextExpiresAt    time.Time `json:",omitzero"`
	Roles            []scimGroupRole
	Groups           []scimGroup
}

// A scimGroupRole is a role for one group that the identity provider has pushed.
type scimGroupRole struct {
	RoleID  string `json:"role_id"`
	GroupID string `json:"group_id"`
}

// A scimGroup is a group of the identity provider, and who is in it.
type scimGroup struct {
	GroupID string
	Name    string
	Members []string `json:",omitempty"`
}

// scimProviders are the words of identity_provider (Stytch's published OpenAPI file); fewer than for SSO.
var scimProviders = []string{"generic", "okta", "microsoft-entra", "cyberark", "jumpcloud", "onelogin", "pingfederate", "rippling"}

func (s *Server) scimRoutes() {
	const all, one = "/v1/b2b/scim/{organization_id}/connection", "/v1/b2b/scim/{organization_id}/connection/{connection_id}"
	s.handle("POST "+all, write, createSCIM, "display_name", "identity_provider")
	s.handle("GET "+all, read, getSCIM)
	s.handle("PUT "+one, write, updateSCIM, "display_name", "identity_provider", "scim_group_implicit_role_assignments")
	s.handle("DELETE "+one, write, deleteSCIM)
	s.handle("GET "+one, read, listSCIMGroups)
	s.handle("POST "+one+"/rotate/start", write, startSCIMRotation)
	s.handle("POST "+one+"/rotate/complete", write, completeSCIMRotation)
	s.handle("POST "+one+"/rotate/cancel", write, cancelSCIMRotation)
}

// view is the connection as everything but its creation and the start of a rotation shows it.
func (r *scimRecord) view(o *organization) answer {
	base := "https://test.stytch.com/v1/b2b/scim/" + r.ConnectionID
	if r.IdentityProvider == "microsoft-entra" {
		base += "?aadOptscim062020"
	}
	roles := make([]answer, 0, len(r.Roles))
	for _, role := range r.Roles {
		roles = append(roles, answer{"role_id": role.RoleID, "group_id": role.GroupID, "group_name": r.nameOf(role.GroupID)})
	}
	shown := answer{
		"organization_id": o.OrganizationID, "connection_id": r.ConnectionID, "status": connectionActive, "display_name": r.DisplayName,
		"identity_provider": r.IdentityProvider, "base_url": base, "bearer_token_last_four": r.Token.LastFour,
		"bearer_token_expires_at": r.ExpiresAt, "next_bearer_token_last_four": r.Token.NextLastFour, "scim_group_implicit_role_assignments": roles,
	}
	if r.Token.NextLastFour != "" {
		shown["next_bearer_token_expires_at"] = r.NextExpiresAt
	}
	return shown
}

func (r *scimRecord) nameOf(group string) string {
	if i := slices.IndexFunc(r.Groups, func(g scimGroup) bool { return g.GroupID == group }); i >= 0 {
		return r.Groups[i].Name
	}
	return ""
}

// scim finds the connection that a path names.
func (c *call) scim() (*organization, scimRecord, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, scimRecord{}, err
	}
	if id := c.param("connection_id"); o.SCIM == nil || o.SCIM.ConnectionID != id {
		return nil, scimRecord{}, notFound("scim_connection_not_found", "The organization has no SCIM connection %q.", id)
	}
	return o, *o.SCIM, nil
}

// putSCIM gives an organization its connection and its members the roles of their groups; nil takes both away.
func (c *call) putSCIM(o *organization, r *scimRecord) {
	former := ""
	if o.SCIM != nil {
		former = o.SCIM.ConnectionID
	}
	changed := *o
	changed.SCIM, changed.SCIMActiveConnection, changed.SCIMActiveConnections, changed.UpdatedAt = r, nil, []scimConnection{}, c.now
	if r != nil {
		shown := scimConnection{ConnectionID: r.ConnectionID, DisplayName: r.DisplayName, BearerTokenLastFour: r.Token.LastFour}
		changed.SCIMActiveConnection, changed.SCIMActiveConnections = &shown, []scimConnection{shown}
	}
	c.putOrganization(&changed)
	if former == "" {
		return
	}
	for _, m := range slices.Clone(c.env.index.members) {
		if m.OrganizationID == o.OrganizationID && m.SCIMRegistration != nil && m.SCIMRegistration.ConnectionID == former {
			c.provide(m, former, r)
		}
	}
}

// provide renews what a member has by a connection: the roles of their groups, and nothing when it is gone.
func (c *call) provide(m *member, connection string, r *scimRecord) {
	changed := *m
	changed.ProvidedRoles = slices.DeleteFunc(slices.Clone(m.ProvidedRoles), func(p providedRole) bool {
		return p.Source.Type == scimGroupSource && p.Source.Details["connection_id"] == connection
	})
	if r == nil {
		changed.SCIMRegistration = nil
	} else {
		for _, role := range r.Roles {
			if i := slices.IndexFunc(r.Groups, func(g scimGroup) bool { return g.GroupID == role.GroupID }); i >= 0 && slices.Contains(r.Groups[i].Members, m.MemberID) {
				details := map[string]string{"connection_id": connection, "group_id": role.GroupID}
				changed.ProvidedRoles = append(changed.ProvidedRoles, providedRole{role.RoleID, roleSource{scimGroupSource, details}})
			}
		}
	}
	c.putMember(&changed)
}

// createSCIM answers the bearer token, the one time that it is shown.
func createSCIM(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	if o.SCIM != nil {
		return nil, badRequest("active_scim_connection_exists", "The organization has an active SCIM connection.")
	}
	token := newSecretValue()
	made := scimRecord{IdentityProvider: "generic", Token: rotatingSecret{LastFour: lastFour(token)}, ExpiresAt: c.now.Add(scimTokenLife)}
	if err := made.read(c, o); err != nil {
		return nil, err
	}
	made.ConnectionID = c.env.newConnectionID("scim")
	c.putSCIM(o, &made)
	shown := made.view(o)
	shown["bearer_token"] = token
	return answer{"connection": shown}, nil
}

// read lays the body over the connection. Only an update's body may name groups: a new connection has none.
func (r *scimRecord) read(c *call, o *organization) *apiError {
	if err := assign(c, "display_name", &r.DisplayName); err != nil {
		return err
	}
	if err := assign(c, "identity_provider", &r.IdentityProvider); err != nil {
		return err
	}
	if !slices.Contains(scimProviders, r.IdentityProvider) {
		return badRequest("invalid_scim_idp", "%q is no identity provider.", r.IdentityProvider)
	}
	roles, found, err := sent[[]scimGroupRole](c, "scim_group_implicit_role_assignments")
	if err != nil || !found {
		return err
	}
	for _, role := range roles {
		if err := checkAssignable(c.env, o, role.RoleID); err != nil {
			return err
		}
		if !slices.ContainsFunc(r.Groups, func(g scimGroup) bool { return g.GroupID == role.GroupID }) {
			return badRequest("scim_group_role_assignment_group_does_not_exist", "The connection has no group %q.", role.GroupID)
		}
	}
	r.Roles = withoutSame(roles)
	return nil
}

func getSCIM(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	if o.SCIM == nil {
		return nil, badRequest("no_active_scim_connection", "The organization has no active SCIM connection.")
	}
	return answer{"connection": o.SCIM.view(o)}, nil
}

func updateSCIM(c *call) (answer, *apiError) {
	o, changed, err := c.scim()
	if err != nil {
		return nil, err
	}
	if err := changed.read(c, o); err != nil {
		return nil, err
	}
	c.putSCIM(o, &changed)
	return answer{"connection": changed.view(o)}, nil
}

// deleteSCIM is for good. That members stay, without their registration and the roles of their groups, is a guess.
func deleteSCIM(c *call) (answer, *apiError) {
	o, gone, err := c.scim()
	if err != nil {
		return nil, err
	}
	c.putSCIM(o, nil)
	return answer{"connection_id": gone.ConnectionID}, nil
}

// listSCIMGroups answers pages; the cursor stands at the top of the answer, and is empty at the end.
func listSCIMGroups(c *call) (answer, *apiError) {
	o, r, err := c.scim()
	if err != nil {
		return nil, err
	}
	limit, from := 100, 0
	if text := c.query.Get("limit"); text != "" {
		n, wrong := strconv.Atoi(text)
		if wrong != nil || n < 0 || n > 1000 {
			return nil, badRequest("invalid_argument", "limit must be from 0 to 1000.")
		}
		if n > 0 {
			limit = n
		}
	}
	if cursor := c.query.Get("cursor"); cursor != "" {
		from = 1 + slices.IndexFunc(r.Groups, func(g scimGroup) bool { return g.GroupID == cursor })
		if from == 0 {
			return nil, badRequest("invalid_argument", "The cursor does not belong to this list.")
		}
	}
	to := min(from+limit, len(r.Groups))
	groups := []answer{}
	for _, g := range r.Groups[from:to] {
		groups = append(groups, answer{"group_id": g.GroupID, "group_name": g.Name, "organization_id": o.OrganizationID, "connection_id": r.ConnectionID})
	}
	next := ""
	if to < len(r.Groups) {
		next = r.Groups[to-1].GroupID
	}
	return answer{"scim_groups": groups, "next_cursor": next}, nil
}

func startSCIMRotation(c *call) (answer, *apiError) {
	o, changed, err := c.scim()
	if err != nil {
		return nil, err
	}
	next, begun := changed.Token.start()
	if !begun {
		return nil, badRequest("scim_connection_already_rotating_token", "The connection has a next bearer token already.") // the type is a guess
	}
	changed.NextExpiresAt = c.now.Add(scimTokenLife)
	c.putSCIM(o, &changed)
	shown := changed.view(o)
	delete(shown, "next_bearer_token_last_four")
	shown["next_bearer_token"] = next
	return answer{"connection": shown}, nil
}

func completeSCIMRotation(c *call) (answer, *apiError) { return c.endSCIMRotation(true) }
func cancelSCIMRotation(c *call) (answer, *apiError)   { return c.endSCIMRotation(false) }

func (c *call) endSCIMRotation(complete bool) (answer, *apiError) {
	o, changed, err := c.scim()
	if err != nil {
		return nil, err
	}
	if !changed.Token.end(complete) {
		return nil, badRequest("scim_connection_not_rotating_token", "The connection has no next bearer token.")
	}
	if complete {
		changed.ExpiresAt = changed.NextExpiresAt
	}
	changed.NextExpiresAt = time.Time{}
	c.putSCIM(o, &changed)
	return answer{"connection": changed.view(o)}, nil
}
