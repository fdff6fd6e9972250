package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What happens to members and organizations without an API call: people log in, prove addresses, enrol factors, and
// identity providers push accounts. Tests make it happen through these functions; no HTTP endpoint does.

// MarkVerified makes a member's address verified, as the first login does. Roles that the organization gives by email
// domain appear, and the member can be reactivated after a deletion. It works on deleted members too.
func (s *Server) MarkVerified(projectID, memberID string) error {
	return s.happen(projectID, memberID, func(_ *environment, m *member) error {
		m.EmailVerified = true
		return nil
	})
}

// MarkProvisioned makes a member look as if an identity provider had made it: source "scim" sets scim_registration,
// "sso" adds one of sso_registrations.
func (s *Server) MarkProvisioned(projectID, memberID, source string) error {
	return s.happen(projectID, memberID, func(e *environment, m *member) error {
		made := registration{ExternalID: "idp-" + newUUID()}
		switch source {
		case "scim":
			made.ConnectionID, made.RegistrationID = e.newID("scim-connection"), e.newID("scim-registration")
			m.SCIMRegistration = &made
		case "sso":
			made.ConnectionID, made.RegistrationID = e.newID("saml-connection"), e.newID("sso-registration")
			made.SSOAttributes = map[string]any{}
			m.SSORegistrations = append(slices.Clip(m.SSORegistrations), made)
		default:
			return fmt.Errorf("the source is scim or sso, not %q", source)
		}
		return nil
	})
}

// SetFactors gives a member a password, a TOTP registration, both, or takes away the one that is not named.
func (s *Server) SetFactors(projectID, memberID string, password, totpRegistration bool) error {
	return s.happen(projectID, memberID, func(e *environment, m *member) error {
		m.PasswordID, m.TOTPID = "", ""
		if password {
			m.PasswordID = e.newID("member-password")
		}
		if totpRegistration {
			m.TOTPID = e.newID("member-totp")
		}
		return nil
	})
}

// SetStatus makes a member active, pending or invited, as a login or an invitation would. For deletion there is the API.
func (s *Server) SetStatus(projectID, memberID, status string) error {
	return s.happen(projectID, memberID, func(_ *environment, m *member) error {
		if m.deleted() {
			return errors.New("the member is deleted; reactivate it through the API")
		}
		if status != statusActive && status != statusPending && status != statusInvited {
			return fmt.Errorf("the status is active, pending or invited, not %q", status)
		}
		m.Status = status
		return nil
	})
}

// RegisterSSO registers a member with a connection of their organization, as a login through it does.
func (s *Server) RegisterSSO(projectID, memberID, connectionID string) error {
	return s.happen(projectID, memberID, func(e *environment, m *member) error {
		m.SSORegistrations = append(slices.Clip(m.SSORegistrations), registration{
			ExternalID: "idp-" + newUUID(), ConnectionID: connectionID, RegistrationID: e.newID("sso-registration"), SSOAttributes: map[string]any{},
		})
		return nil
	})
}

// GrantProvidedRole gives a member a role through its identity provider: source "sso_connection" or
// "scim_connection_group". The role stays whatever is written to the member's own roles.
func (s *Server) GrantProvidedRole(projectID, memberID, role, source string) error {
	return s.happen(projectID, memberID, func(e *environment, m *member) error {
		var details map[string]string
		switch source {
		case ssoConnectionSource:
			details = map[string]string{"connection_id": e.newID("saml-connection")}
		case scimGroupSource:
			details = map[string]string{"connection_id": e.newID("scim-connection"), "group_id": e.newID("scim-group")}
		default:
			return fmt.Errorf("the source is %s or %s, not %q", ssoConnectionSource, scimGroupSource, source)
		}
		m.ProvidedRoles = append(slices.Clip(m.ProvidedRoles),
			providedRole{role, roleSource{source, details}})
		return nil
	})
}

// AddSSOConnection gives an organization, named by its ID, an active SAML connection and returns the connection's ID.
func (s *Server) AddSSOConnection(projectID, organizationID, displayName string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return "", err
	}
	o := c.env.Organizations[organizationID]
	if o == nil {
		return "", fmt.Errorf("there is no organization %q", organizationID)
	}
	id := c.env.newConnectionID("saml")
	connections := o.Connections
	connections.SAML = append(slices.Clone(connections.SAML), s.activeConnection(c.env, organizationID, id, displayName))
	c.putConnections(o, connections)
	return id, s.commit(c.changes)
}

// AddOrganization makes an organization that has an active SAML connection, with IDs of the caller's choice: documents that
// lean on a connection must name both.
func (s *Server) AddOrganization(projectID, organizationID, connectionID, slug string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return err
	}
	o := newOrganization(organizationID, c.now)
	o.OrganizationName, o.OrganizationSlug = slug, slug
	o.Connections.SAML = []samlConnection{s.activeConnection(c.env, organizationID, connectionID, slug)}
	o.SSOActiveConnections = o.Connections.active()
	c.putOrganization(o)
	return s.commit(c.changes)
}

// AddKeys makes a secret and a public token with IDs of the caller's choice, for documents that name them, on the day given.
func (s *Server) AddKeys(projectID, secretID, token string, made time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return err
	}
	c.env.Secrets = append(c.env.Secrets, secret{ID: secretID, Value: newSecretValue() + "-old", CreatedAt: made})
	c.env.PublicTokens = append(c.env.PublicTokens, publicToken{PublicToken: token, CreatedAt: made})
	c.saveEnvironment(c.env)
	return s.commit(c.changes)
}

// activeConnection is a SAML connection through which people log in, although nobody knows how.
func (s *Server) activeConnection(e *environment, organizationID, id, displayName string) samlConnection {
	made := newSAML(s, e, organizationID, id)
	made.DisplayName, made.Status = displayName, connectionActive
	return made
}

// happen changes one member.
func (s *Server) happen(projectID, memberID string, with func(*environment, *member) error) error {
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
	changed := *m
	if err := with(c.env, &changed); err != nil {
		return err
	}
	changed.UpdatedAt = c.now
	c.putMember(&changed)
	return s.commit(c.changes)
}

// hookCall is a call that no request made.
func (s *Server) hookCall(projectID string) (*call, error) {
	if s.store.closed {
		return nil, errors.New("the sandbox is closed")
	}
	env := s.state.byProjectID[projectID]
	if env == nil {
		return nil, fmt.Errorf("there is no environment with the project ID %q", projectID)
	}
	return &call{server: s, now: s.options.Now().UTC().Truncate(time.Second), env: env}, nil
}
