package sandbox

import "slices"

// organization finds the organization that a path names by its ID, slug or external ID, in this order.
func (c *call) organization() (*organization, *apiError) {
	name := c.param("organization_id")
	if o := c.env.organization(name); o != nil {
		return o, nil
	}
	return nil, notFound("organization_not_found", "There is no organization %q.", name)
}

func (e *environment) organization(name string) *organization {
	if o := e.Organizations[name]; o != nil {
		return o
	}
	if o := e.index.slugs[name]; o != nil {
		return o
	}
	return e.index.externalIDs[name]
}

func organizationAnswer(o *organization) answer { return answer{"organization": o.organizationView} }

func getOrganization(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return organizationAnswer(o), nil
}

func createOrganization(c *call) (answer, *apiError) {
	o := newOrganization(c.env.newID("organization"), c.now)
	if isAbsent(c.body["organization_name"]) {
		return nil, badRequest("organization_name_missing", "The organization needs a name.")
	}
	for _, f := range organizationFields {
		if f.updateOnly {
			continue
		}
		if err := f.read(c, f.name, o); err != nil {
			return nil, err
		}
	}
	if o.OrganizationSlug == "" {
		o.OrganizationSlug = c.freeSlug(o.OrganizationName)
	}
	o.applyInvitesDefault(c)
	if err := o.checkSettings(); err != nil {
		return nil, err
	}
	c.putOrganization(o)
	return organizationAnswer(o), nil
}

// freeSlug makes a slug from a name that no organization uses.
func (c *call) freeSlug(name string) string {
	slug := slugFrom(name)
	if c.env.index.slugs[slug] == nil && !slices.Contains(c.env.DeletedSlugs, slug) {
		return slug
	}
	return generatedSlug(slug)
}

// updateOrganization changes what the body names and judges the result as a whole, so that settings which need each
// other can be sent together.
func updateOrganization(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	changed := *o
	for _, f := range organizationFields {
		if err := f.read(c, f.name, &changed); err != nil {
			return nil, err
		}
	}
	if err := changed.checkSettings(); err != nil {
		return nil, err
	}
	changed.UpdatedAt = c.now
	c.putOrganization(&changed)
	return organizationAnswer(o), nil
}

// deleteOrganization is for good: there is no undo, and the members go too.
func deleteOrganization(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	c.removeOrganization(o)
	if c.server.options.Knobs.DeletedSlugsHeld {
		c.env.DeletedSlugs = append(c.env.DeletedSlugs, o.OrganizationSlug)
		c.saveEnvironment(c.env)
	}
	return answer{"organization_id": o.OrganizationID}, nil
}

// deleteOrganizationExternalID is the only way to unset one. Where none is set it changes nothing.
func deleteOrganizationExternalID(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	changed := *o
	changed.OrganizationExternalID, changed.UpdatedAt = nil, c.now
	c.putOrganization(&changed)
	return organizationAnswer(o), nil
}

func organizationMetrics(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	return answer{"member_count": c.env.index.rosters[o.OrganizationID].live}, nil
}

// organizationConnectedApps is always empty: nobody has connected an app to a sandbox.
func organizationConnectedApps(c *call) (answer, *apiError) {
	if _, err := c.organization(); err != nil {
		return nil, err
	}
	return answer{"connected_apps": []any{}}, nil
}
