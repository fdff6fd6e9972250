package catalog

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An OIDCConnection lets an organization's people log in with OpenID Connect at
// their own identity provider. What a change does to them is in sso_effects.go.
type OIDCConnection struct {
	Name             string                      `attr:"display_name,key" doc:"The connection's name. Stytch does not keep it unique: where two OIDC connections of an organization share it, connection_id says which is meant."`
	ConnectionID     kind.Opt[string]            `attr:"connection_id,id" doc:"Stytch's id of the connection, needed only where several have the same name."`
	IdentityProvider kind.Opt[string]            `attr:"identity_provider" oneof:"classlink cyberark duo generic google-workspace jumpcloud keycloak miniorange microsoft-entra okta onelogin pingfederate rippling salesforce shibboleth" default:"\"generic\"" doc:"Which product the identity provider is, for Stytch's handling of its ways."`
	ClientID         kind.Opt[string]            `attr:"client_id,nonempty" doc:"The client that the identity provider made for Stytch."`
	ClientSecret     kind.Opt[kind.Secret]       `attr:"client_secret,secret" doc:"The secret of that client. Stytch shows it, so that it is compared."`
	Issuer           kind.Opt[string]            `attr:"issuer,nonempty" doc:"The https URL that identifies the identity provider, in its exact spelling. When it changes, Stytch reads the issuer's well-known document and sets the four URLs that the same change does not give."`
	AuthorizationURL kind.Opt[string]            `attr:"authorization_url,nonempty" doc:"Where a login starts. Leave it out to have what the issuer's well-known document says."`
	TokenURL         kind.Opt[string]            `attr:"token_url,nonempty" doc:"Where Stytch fetches tokens. Leave it out to have what the issuer's well-known document says."`
	UserinfoURL      kind.Opt[string]            `attr:"userinfo_url,nonempty" doc:"Where Stytch asks who somebody is. Leave it out to have what the issuer's well-known document says."`
	JWKSURL          kind.Opt[string]            `attr:"jwks_url,nonempty" doc:"Where Stytch fetches the identity provider's public keys. Leave it out to have what the issuer's well-known document says."`
	CustomScopes     kind.Opt[[]string]          `attr:"custom_scopes,set" default:"[]" doc:"The scopes that a login asks for, in place of Stytch's own, openid email profile; [] brings those back."`
	AttributeMapping kind.Opt[map[string]string] `attr:"attribute_mapping" default:"{}" doc:"From a key of the member's trusted_metadata to the attribute of the identity provider that fills it. Owned whole; {} clears it."`

	Active       bool   `attr:"-"` // whether people can log in through it
	Organization string `attr:"-"` // Stytch's id of its organization
}

var oidcConnections = connectionList[oidcAnswer, OIDCConnection]{
	field: "oidc_connections", live: oidcAnswer.live, name: func(o OIDCConnection) string { return o.Name },
}

var oidcConnection = kind.New(kind.Type[OIDCConnection]{
	Name:           "oidc_connection",
	Plural:         "oidc_connections",
	Within:         plan.OrganizationKind,
	Plane:          client.Data,
	After:          []string{"rbac_policy"},
	Renames:        true,
	Duplicates:     true,
	ByOrganization: true,
	HeldAbove:      true,
	Doc: "An OpenID Connect connection of an organization. It becomes active by itself once issuer, client_id, client_secret and " +
		"the four URLs are there, of which Stytch finds the URLs by the issuer.",
	Facts: []string{
		"two connections of an organization may have one name",
		"a connection that is active stays so: Stytch refuses to clear what a login needs",
		"identity_provider is generic unless given",
		"an empty custom_scopes brings back Stytch's own scopes; they are written with %20 between them and read in either form",
		"attribute_mapping is replaced whole, and {} clears it",
		"a creation takes the name and the identity provider alone: the rest follows in a second request, and a connection that is " +
			"left without it is completed by the next apply",
	},
	Check:      checkOIDCConnection,
	References: oidcReferences,
	Lifelines: func(within plan.Address, _ string, live, _ *OIDCConnection) []plan.Lifeline {
		return connectionLifelines(within, live != nil && live.Active)
	},
	Effects: oidcEffects,
	Holders: countOIDCUsers,
	Deprives: func(ctx context.Context, c *client.Client, live kind.Live[OIDCConnection]) (map[plan.Grant]int, error) {
		return countConnectionUsers(ctx, c, live.Value.Organization, live.ID, live.Value.Name)
	},
	List:   oidcConnections.list,
	Get:    oidcConnections.get,
	Create: createOIDCConnection,
	Update: updateOIDCConnection,
	Delete: deleteSSOConnection[OIDCConnection],
})

// An oidcAnswer is a connection as Stytch shows it.
type oidcAnswer struct {
	ID               string         `json:"connection_id"`
	OrganizationID   string         `json:"organization_id"`
	Status           string         `json:"status"`
	Name             string         `json:"display_name"`
	IdentityProvider string         `json:"identity_provider"`
	ClientID         string         `json:"client_id"`
	ClientSecret     string         `json:"client_secret"`
	Issuer           string         `json:"issuer"`
	AuthorizationURL string         `json:"authorization_url"`
	TokenURL         string         `json:"token_url"`
	UserinfoURL      string         `json:"userinfo_url"`
	JWKSURL          string         `json:"jwks_url"`
	CustomScopes     string         `json:"custom_scopes"`
	AttributeMapping map[string]any `json:"attribute_mapping"`
}

func (a oidcAnswer) live() kind.Live[OIDCConnection] {
	return kind.Live[OIDCConnection]{ID: a.ID, Value: OIDCConnection{
		Name: a.Name, ConnectionID: kind.Some(a.ID), IdentityProvider: kind.Some(a.IdentityProvider),
		ClientID: kind.Some(a.ClientID), ClientSecret: kind.Some(kind.Answered(a.ClientSecret)), Issuer: kind.Some(a.Issuer),
		AuthorizationURL: kind.Some(a.AuthorizationURL), TokenURL: kind.Some(a.TokenURL), UserinfoURL: kind.Some(a.UserinfoURL),
		JWKSURL: kind.Some(a.JWKSURL), CustomScopes: kind.Some(readScopes(a.CustomScopes)),
		AttributeMapping: kind.Some(textMapping(a.AttributeMapping)), Active: a.Status == connectionActive, Organization: a.OrganizationID,
	}}
}

// readScopes takes the list apart, whether Stytch shows it as it was sent or decoded.
func readScopes(text string) []string {
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	return strings.Fields(text)
}

// sentScopes is the list as Stytch wants it: separated by spaces, and these URL-encoded.
func sentScopes(scopes []string) string { return url.PathEscape(strings.Join(scopes, " ")) }

func oidcReferences(within plan.Address, o OIDCConnection) (offers, uses []string) {
	return []string{connectionToken(within, "oidc_connection", o.Name)}, connectionReferences(within, nil, nil)
}

// createOIDCConnection creates the connection and then gives it what a creation does not take.
func createOIDCConnection(ctx context.Context, c *client.Client, e kind.Edit[OIDCConnection]) (string, error) {
	first := map[string]any{"display_name": e.After.Name}
	if provider, set := e.After.IdentityProvider.Get(); set {
		first["identity_provider"] = provider
	}
	id, err := createConnection(ctx, c, client.Path("/v1/b2b/sso/oidc/%s", e.OrganizationID), first)
	if err != nil {
		return id, err
	}
	rest := e.After
	rest.IdentityProvider = kind.Opt[string]{}
	return id, afterCreation(putOIDC(ctx, c, e.OrganizationID, id, oidcBody(rest)))
}

// afterCreation says of an error that the connection is there all the same.
func afterCreation(err error) error {
	if _, remarked := isRemark(err); err == nil || remarked {
		return err
	}
	return partly([]string{"the connection was created"}, "its settings are not made", err)
}

func updateOIDCConnection(ctx context.Context, c *client.Client, e kind.Edit[OIDCConnection]) error {
	body := oidcBody(e.After)
	if e.Before.Name != e.After.Name {
		body["display_name"] = e.After.Name
	}
	return putOIDC(ctx, c, e.OrganizationID, e.ID, body)
}

func oidcBody(o OIDCConnection) map[string]any {
	body := kind.Body(o)
	delete(body, "display_name")
	if scopes, set := o.CustomScopes.Get(); set {
		body["custom_scopes"] = sentScopes(scopes)
	}
	return body
}

// putOIDC sends the settings, and hands on what Stytch remarks about them.
func putOIDC(ctx context.Context, c *client.Client, organization, id string, body map[string]any) error {
	if len(body) == 0 {
		return nil
	}
	var answer struct {
		Warning string `json:"warning"`
	}
	path := client.Path("/v1/b2b/sso/oidc/%s/connections/%s", organization, id)
	if err := c.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}, &answer); err != nil {
		return err
	}
	if answer.Warning != "" {
		return &plan.Remark{Text: "Stytch warns: " + answer.Warning}
	}
	return nil
}
