package sandbox

import (
	"errors"
	"fmt"
	"slices"
)

// AddSCIMGroup has an organization's identity provider push a group, and returns the group's ID.
func (s *Server) AddSCIMGroup(projectID, organizationID, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return "", err
	}
	o := c.env.Organizations[organizationID]
	if o == nil || o.SCIM == nil {
		return "", fmt.Errorf("there is no organization %q with a SCIM connection", organizationID)
	}
	changed := *o.SCIM
	made := scimGroup{GroupID: c.env.newID("scim-group"), Name: name}
	changed.Groups = append(slices.Clone(changed.Groups), made)
	c.putSCIM(o, &changed)
	return made.GroupID, s.commit(c.changes)
}

// ProvisionBySCIM has the identity provider take a member over, into the named groups: they are registered with their
// organization's SCIM connection and have the roles of these groups.
func (s *Server) ProvisionBySCIM(projectID, memberID string, groupIDs ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return err
	}
	m := c.env.Members[memberID]
	if m == nil {
		return fmt.Errorf("there is no member %q", memberID)
	}
	o := c.env.Organizations[m.OrganizationID]
	if o.SCIM == nil {
		return errors.New("the member's organization has no SCIM connection")
	}
	changed := *m
	changed.UpdatedAt = c.now
	changed.SCIMRegistration = &registration{
		ConnectionID: o.SCIM.ConnectionID, RegistrationID: c.env.newID("scim-registration"), ExternalID: "idp-" + newUUID(),
	}
	c.putMember(&changed)
	record := *o.SCIM
	record.Groups = slices.Clone(record.Groups)
	for i, g := range record.Groups {
		if slices.Contains(groupIDs, g.GroupID) && !slices.Contains(g.Members, memberID) {
			record.Groups[i].Members = append(slices.Clone(g.Members), memberID)
		}
	}
	c.putSCIM(o, &record)
	return s.commit(c.changes)
}
