package sandbox

import (
	"slices"
)

// The SSO connections of an organization: SAML (sso_saml.go), OIDC (sso_oidc.go) and external ones, which lean on a
// connection of another organization (sso_external.go). They are kept with their organization, and what it shows of
// them - the active ones - follows from them whenever one changes.

// Statuses of a connection. Stytch sets them; nothing writes them.
const (
	connectionPending = "pending"
	connectionActive  = "active"
)

// A connectionSet is all connections of one organization. The lists are never changed in place: a change of an
// organization is a change of a copy.
type connectionSet struct {
	SAML     []samlConnection     `json:",omitempty"`
	OIDC     []oidcConnection     `json:",omitempty"`
	External []externalConnection `json:",omitempty"`
}

func (s *Server) ssoRoutes() {
	const all, one = "/v1/b2b/sso", "/connections/{connection_id}"
	s.handle("GET "+all+"/{organization_id}", read, listConnections)
	s.handle("DELETE "+all+"/{organization_id}"+one, write, deleteConnection)
	const saml = all + "/saml/{organization_id}"
	s.handle("POST "+saml, write, createSAML, "display_name", "identity_provider")
	s.handle("PUT "+saml+one, write, updateSAML, samlKeys()...)
	s.handle("PUT "+saml+one+"/url", write, updateSAMLByURL, "metadata_url")
	s.handle("DELETE "+saml+one+"/verification_certificates/{certificate_id}", write, deleteVerificationCertificate)
	s.handle("DELETE "+saml+one+"/encryption_private_keys/{private_key_id}", write, deleteEncryptionKey)
	const oidc = all + "/oidc/{organization_id}"
	s.handle("POST "+oidc, write, createOIDC, "display_name", "identity_provider")
	s.handle("PUT "+oidc+one, write, updateOIDC, oidcKeys()...)
	const external = all + "/external/{organization_id}"
	s.handle("POST "+external, write, createExternal, "external_organization_id", "external_connection_id", "display_name",
		"connection_implicit_role_assignments", "group_implicit_role_assignments")
	s.handle("PUT "+external+one, write, updateExternal, "display_name", "external_connection_implicit_role_assignments",
		"external_group_implicit_role_assignments")
}

func listConnections(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return answer{
		"saml_connections": notNil(o.Connections.SAML), "oidc_connections": notNil(o.Connections.OIDC),
		"external_connections": notNil(o.Connections.External),
	}, nil
}

// active are the connections as the organization shows them.
func (s connectionSet) active() []ssoConnection {
	active := []ssoConnection{}
	for _, c := range s.SAML {
		if c.Status == connectionActive {
			active = append(active, ssoConnection{c.ConnectionID, c.DisplayName, c.IdentityProvider})
		}
	}
	for _, c := range s.OIDC {
		if c.Status == connectionActive {
			active = append(active, ssoConnection{c.ConnectionID, c.DisplayName, c.IdentityProvider})
		}
	}
	for _, c := range s.External {
		active = append(active, ssoConnection{ConnectionID: c.ConnectionID, DisplayName: c.DisplayName})
	}
	return active
}

// without is the set without one connection; false when it has no such.
func (s connectionSet) without(id string) (connectionSet, bool) {
	left := connectionSet{
		SAML:     slices.DeleteFunc(slices.Clone(s.SAML), func(c samlConnection) bool { return c.ConnectionID == id }),
		OIDC:     slices.DeleteFunc(slices.Clone(s.OIDC), func(c oidcConnection) bool { return c.ConnectionID == id }),
		External: slices.DeleteFunc(slices.Clone(s.External), func(c externalConnection) bool { return c.ConnectionID == id }),
	}
	return left, left.count() < s.count()
}

func (s connectionSet) count() int { return len(s.SAML) + len(s.OIDC) + len(s.External) }

// putConnections gives an organization its connections and what it shows of them.
func (c *call) putConnections(o *organization, connections connectionSet) {
	changed := *o
	changed.Connections, changed.SSOActiveConnections, changed.UpdatedAt = connections, connections.active(), c.now
	changed.SSOJITProvisioningAllowedConnections = slices.DeleteFunc(slices.Clone(o.SSOJITProvisioningAllowedConnections),
		func(id string) bool { return !changed.hasConnection(id) })
	c.putOrganization(&changed)
}

// deleteConnection is for good. Members keep their accounts and lose the registration.
func deleteConnection(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	id := c.param("connection_id")
	left, found := o.Connections.without(id)
	switch {
	case !found:
		return nil, notFound("sso_connection_not_found", "The organization has no SSO connection %q.", id)
	case o.SSODefaultConnectionID != nil && *o.SSODefaultConnectionID == id:
		return nil, badRequest("cannot_delete_default_sso_connection", "The connection %q is the organization's default.", id)
	}
	c.putConnections(o, left)
	for _, m := range c.env.index.members {
		if m.OrganizationID != o.OrganizationID || !slices.ContainsFunc(m.SSORegistrations, func(r registration) bool { return r.ConnectionID == id }) {
			continue
		}
		changed := *m
		changed.SSORegistrations = slices.DeleteFunc(slices.Clone(m.SSORegistrations), func(r registration) bool { return r.ConnectionID == id })
		c.putMember(&changed)
	}
	return answer{"connection_id": id}, nil
}

// identityProviders are the words of identity_provider (Stytch's published OpenAPI file).
var identityProviders = []string{
	"classlink", "cyberark", "duo", "generic", "google-workspace", "jumpcloud", "keycloak", "miniorange", "microsoft-entra", "okta",
	"onelogin", "pingfederate", "rippling", "salesforce", "shibboleth",
}

// readConnectionName reads what every SAML and OIDC call takes.
func readConnectionName(c *call, name, provider *string) *apiError {
	b := bodyReader{call: c}
	if f := get[string](&b, "display_name"); f.Sent && !f.Null {
		*name = f.Value
	}
	if f := get[string](&b, "identity_provider"); f.Sent && !f.Null {
		if b.err == nil && !slices.Contains(identityProviders, f.Value) {
			return badRequest("invalid_sso_idp", "%q is no identity provider.", f.Value)
		}
		*provider = f.Value
	}
	return b.err
}

// A connectionRole is a role that everybody has who logs in through a connection.
type connectionRole struct {
	RoleID string `json:"role_id"`
}

// A groupRole is a role for one of the identity provider's groups.
type groupRole struct {
	RoleID string `json:"role_id"`
	Group  string `json:"group"`
}

// readConnectionRoles reads the roles of a connection, which replace those before.
func readConnectionRoles(c *call, o *organization, key string, into *[]connectionRole) *apiError {
	roles, found, err := sent[[]connectionRole](c, key)
	if err != nil || !found {
		return err
	}
	for _, r := range roles {
		if err := checkAssignable(c.env, o, r.RoleID); err != nil {
			return err
		}
	}
	*into = withoutSame(roles)
	return nil
}

func readGroupRoles(c *call, o *organization, key string, into *[]groupRole) *apiError {
	roles, found, err := sent[[]groupRole](c, key)
	if err != nil || !found {
		return err
	}
	for _, r := range roles {
		if r.Group == "" {
			return badRequest("invalid_argument", "%s names a role for no group.", key)
		}
		if err := checkAssignable(c.env, o, r.RoleID); err != nil {
			return err
		}
	}
	*into = withoutSame(roles)
	return nil
}

// withoutSame keeps the first of equal items; the result is shown as [].
func withoutSame[T comparable](items []T) []T {
	kept := make([]T, 0, len(items))
	for _, item := range items {
		if !slices.Contains(kept, item) {
			kept = append(kept, item)
		}
	}
	return kept
}

// newConnectionID gives an ID such as "saml-connection-test-<uuid>".
func (e *environment) newConnectionID(kind string) string { return e.newID(kind + "-connection") }
