package sandbox

import "slices"

// An externalConnection lets an organization's members log in through a connection of another organization. It is
// active from the start.
type externalConnection struct {
	ConnectionID           string           `json:"connection_id"`
	DisplayName            string           `json:"display_name"`
	ExternalConnectionID   string           `json:"external_connection_id"`
	ConnectionRoles        []connectionRole `json:"external_connection_implicit_role_assignments"`
	GroupRoles             []groupRole      `json:"external_group_implicit_role_assignments"`
	ExternalOrganizationID string           `json:"external_organization_id"`
	OrganizationID         string           `json:"organization_id"`
	Status                 string           `json:"status"`
}

// createExternal takes other names for the roles than the update does.
func createExternal(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	made := externalConnection{
		ConnectionID: c.env.newConnectionID("external"), OrganizationID: o.OrganizationID, Status: connectionActive,
		ConnectionRoles: []connectionRole{}, GroupRoles: []groupRole{},
	}
	b := bodyReader{call: c}
	made.ExternalOrganizationID = get[string](&b, "external_organization_id").Value
	made.ExternalConnectionID = get[string](&b, "external_connection_id").Value
	made.DisplayName = get[string](&b, "display_name").Value
	if b.err != nil {
		return nil, b.err
	}
	if err := made.checkTarget(c, o); err != nil {
		return nil, err
	}
	if err := made.readRoles(c, o, "connection_implicit_role_assignments", "group_implicit_role_assignments"); err != nil {
		return nil, err
	}
	connections := o.Connections
	connections.External = append(slices.Clone(connections.External), made)
	c.putConnections(o, connections)
	return answer{"connection": made}, nil
}

// checkTarget: the connection must be another organization's, active, and not be used here already.
func (x *externalConnection) checkTarget(c *call, o *organization) *apiError {
	other := c.env.organization(x.ExternalOrganizationID)
	switch {
	case x.ExternalOrganizationID == "" || x.ExternalConnectionID == "":
		return badRequest("invalid_argument", "external_organization_id and external_connection_id are required.")
	case other == nil:
		return notFound("organization_not_found", "There is no organization %q.", x.ExternalOrganizationID)
	case other == o:
		return badRequest("external_organization_id_same_as_organization_id", "The connection must belong to another organization.")
	case !other.hasConnection(x.ExternalConnectionID):
		return badRequest("external_connection_not_active", "The organization has no active SSO connection %q.", x.ExternalConnectionID)
	case slices.ContainsFunc(o.Connections.External, func(e externalConnection) bool { return e.ExternalConnectionID == x.ExternalConnectionID }):
		return badRequest("duplicate_external_sso_connection", "The organization uses the connection %q already.", x.ExternalConnectionID)
	}
	x.ExternalOrganizationID = other.OrganizationID
	return nil
}

func (x *externalConnection) readRoles(c *call, o *organization, everybody, groups string) *apiError {
	if err := readConnectionRoles(c, o, everybody, &x.ConnectionRoles); err != nil {
		return err
	}
	if err := readGroupRoles(c, o, groups, &x.GroupRoles); err != nil {
		return err
	}
	overOIDC := false
	if other := c.env.Organizations[x.ExternalOrganizationID]; other != nil {
		overOIDC = slices.ContainsFunc(other.Connections.OIDC, func(s oidcConnection) bool { return s.ConnectionID == x.ExternalConnectionID })
	}
	if overOIDC && len(x.ConnectionRoles)+len(x.GroupRoles) > 0 {
		return badRequest("invalid_rbac_role_assignment", "Roles by connection are not supported over an OIDC connection.")
	}
	return nil
}

func updateExternal(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.Connections.External, func(x externalConnection) bool { return x.ConnectionID == c.param("connection_id") })
	if i < 0 {
		return nil, notFound("sso_connection_not_found", "The organization has no external connection %q.", c.param("connection_id"))
	}
	changed := o.Connections.External[i]
	name, err := fieldOf[string](c, "display_name")
	if err != nil {
		return nil, err
	}
	if name.Sent && !name.Null {
		changed.DisplayName = name.Value
	}
	if err := changed.readRoles(c, o, "external_connection_implicit_role_assignments", "external_group_implicit_role_assignments"); err != nil {
		return nil, err
	}
	connections := o.Connections
	connections.External = slices.Clone(connections.External)
	connections.External[i] = changed
	c.putConnections(o, connections)
	return answer{"connection": changed}, nil
}
