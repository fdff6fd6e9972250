package sandbox

// A dataResource is a resource as the B2B API shows it: the management API calls its actions available_actions.
type dataResource struct {
	ResourceID  string   `json:"resource_id"`
	Description string   `json:"description"`
	Actions     []string `json:"actions"`
}

// dataPolicy shows the environment's RBAC policy as the B2B API does: Stytch's own roles and resources stand in the same
// lists as the custom ones. It is written through the management API only.
func dataPolicy(c *call) (answer, *apiError) {
	known := c.env.RBAC.resources(c.project.Vertical)
	resources := make([]dataResource, len(known))
	for i, r := range known {
		resources[i] = dataResource{r.ResourceID, r.Description, notNil(r.AvailableActions)}
	}
	return answer{"policy": answer{
		"roles":     notNil(c.env.RBAC.roles()),
		"resources": resources,
		"scopes":    notNil(c.env.RBAC.CustomScopes),
	}}, nil
}
