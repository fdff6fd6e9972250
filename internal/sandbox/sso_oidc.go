package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// An oidcConnection is an OIDC connection as the API shows it, its client_secret included.
type oidcConnection struct {
	AttributeMapping map[string]any `json:"attribute_mapping"`
	AuthorizationURL string         `json:"authorization_url"`
	ClientID         string         `json:"client_id"`
	ClientSecret     string         `json:"client_secret"`
	ConnectionID     string         `json:"connection_id"`
	CustomScopes     string         `json:"custom_scopes"` // as they were sent
	DisplayName      string         `json:"display_name"`
	IdentityProvider string         `json:"identity_provider"`
	Issuer           string         `json:"issuer"`
	JWKSURL          string         `json:"jwks_url"`
	OrganizationID   string         `json:"organization_id"`
	RedirectURL      string         `json:"redirect_url"`
	Status           string         `json:"status"`
	TokenURL         string         `json:"token_url"`
	UserinfoURL      string         `json:"userinfo_url"`
}

func oidcKeys() []string {
	return []string{
		"display_name", "identity_provider", "client_id", "client_secret", "issuer", "authorization_url", "token_url", "userinfo_url", "jwks_url",
		"custom_scopes", "attribute_mapping",
	}
}

func createOIDC(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	id := c.env.newConnectionID("oidc")
	made := oidcConnection{
		ConnectionID: id, OrganizationID: o.OrganizationID, Status: connectionPending, IdentityProvider: "generic",
		RedirectURL: c.server.callbackURL(c.env, id), AttributeMapping: map[string]any{},
	}
	if err := readConnectionName(c, &made.DisplayName, &made.IdentityProvider); err != nil {
		return nil, err
	}
	connections := o.Connections
	connections.OIDC = append(slices.Clone(connections.OIDC), made)
	c.putConnections(o, connections)
	return answer{"connection": made}, nil
}

// updateOIDC changes what the body names. Another issuer brings the URLs of its well-known document along, but for those
// that the body gives; where that cannot be read the update is made all the same, with a warning.
func updateOIDC(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.Connections.OIDC, func(s oidcConnection) bool { return s.ConnectionID == c.param("connection_id") })
	if i < 0 {
		return nil, notFound("oidc_connection_not_found", "The organization has no OIDC connection %q.", c.param("connection_id"))
	}
	changed := o.Connections.OIDC[i]
	warning, err := changed.read(c)
	if err != nil {
		return nil, err
	}
	missing := changed.missing()
	switch {
	case missing == "":
		changed.Status = connectionActive
	case changed.Status == connectionActive:
		return nil, badRequest("oidc_connection_"+missing+"_required", "An active connection needs %s.", missing)
	}
	connections := o.Connections
	connections.OIDC = slices.Clone(connections.OIDC)
	connections.OIDC[i] = changed
	c.putConnections(o, connections)
	a := answer{"connection": changed}
	if warning != "" {
		a["warning"] = warning
	}
	return a, nil
}

// texts are the connection's plain texts, by their keys.
func (s *oidcConnection) texts() map[string]*string {
	return map[string]*string{
		"client_id": &s.ClientID, "client_secret": &s.ClientSecret, "issuer": &s.Issuer, "authorization_url": &s.AuthorizationURL,
		"token_url": &s.TokenURL, "userinfo_url": &s.UserinfoURL, "jwks_url": &s.JWKSURL, "custom_scopes": &s.CustomScopes,
	}
}

func (s *oidcConnection) read(c *call) (warning string, err *apiError) {
	if err := readConnectionName(c, &s.DisplayName, &s.IdentityProvider); err != nil {
		return "", err
	}
	before := s.Issuer
	b := bodyReader{call: c}
	for key, text := range s.texts() {
		if f := get[string](&b, key); f.Sent && !f.Null {
			*text = f.Value
		}
	}
	if f := get[map[string]any](&b, "attribute_mapping"); f.Sent && !f.Null {
		s.AttributeMapping = maps.Clone(f.Value)
	}
	if b.err != nil {
		return "", b.err
	}
	for _, key := range []string{"issuer", "authorization_url", "token_url", "userinfo_url", "jwks_url"} {
		if !isWebURL(*s.texts()[key]) {
			return "", badRequest("oidc_connection_"+key+"_invalid_format", "%s must be an https URL.", key)
		}
	}
	if s.Issuer == before || s.Issuer == "" {
		return "", nil
	}
	return s.discover(c), nil
}

// discovered is what the sandbox finds in every issuer's well-known document, which it does not ask for.
var discovered = map[string]string{ //nolint:gosec // paths, no credentials
	"authorization_url": "/oauth2/authorize", "token_url": "/oauth2/token", "userinfo_url": "/oauth2/userinfo", "jwks_url": "/oauth2/keys",
}

func (s *oidcConnection) discover(c *call) (warning string) {
	issuer := strings.TrimSuffix(s.Issuer, "/")
	if c.server.options.Knobs.DiscoveryFails {
		return "The well-known document at " + issuer + "/.well-known/openid-configuration could not be read."
	}
	for key, path := range discovered {
		if f, err := fieldOf[string](c, key); err == nil && f.Value == "" {
			*s.texts()[key] = issuer + path
		}
	}
	return ""
}

// missing is what a connection lacks to be active, or "".
func (s *oidcConnection) missing() string {
	for _, key := range []string{"issuer", "client_id", "client_secret", "authorization_url", "token_url", "userinfo_url", "jwks_url"} {
		if *s.texts()[key] == "" {
			return key
		}
	}
	return ""
}
