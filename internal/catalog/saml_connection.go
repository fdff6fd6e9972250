package catalog

import (
	"context"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A SAMLConnection lets an organization's people log in with SAML at their own
// identity provider. saml_connection_certificates.go writes its certificates,
// saml_connection_rules.go holds what Stytch refuses, saml_connection_effects.go
// what a change does to people.
type SAMLConnection struct {
	Name             string                      `attr:"display_name,key" doc:"The connection's name. Stytch does not keep it unique: where two SAML connections of an organization share it, connection_id says which is meant."`
	ConnectionID     kind.Opt[string]            `attr:"connection_id,id" doc:"Stytch's id of the connection, needed only where several have the same name."`
	IdentityProvider kind.Opt[string]            `attr:"identity_provider" oneof:"classlink cyberark duo generic google-workspace jumpcloud keycloak miniorange microsoft-entra okta onelogin pingfederate rippling salesforce shibboleth" default:"\"generic\"" doc:"Which product the identity provider is, for Stytch's handling of its ways."`
	EntityID         kind.Opt[string]            `attr:"idp_entity_id,nonempty" doc:"The name by which the identity provider calls itself."`
	SSOURL           kind.Opt[string]            `attr:"idp_sso_url,nonempty" doc:"The https URL of the identity provider where a login starts."`
	AttributeMapping kind.Opt[map[string]string] `attr:"attribute_mapping,nonempty" default:"{}" doc:"From Stytch's attribute to the identity provider's: email is needed, and full_name or first_name and last_name; groups for saml_group_implicit_role_assignments. Owned whole."`
	Certificates     kind.Opt[[]string]          `attr:"verification_certificates,bag,file" max:"5" default:"[]" doc:"The certificates of the keys that the identity provider signs with, as PEM text. Owned whole, by content: new ones are added before old ones are removed. An active connection keeps one."`
	SigningKey       kind.Opt[kind.Secret]       `attr:"signing_private_key,writeonly" doc:"The key with which Stytch signs what it asks of the identity provider: an RSA private key in PKCS1 form. Stytch makes a certificate of it each time that it is sent."`
	EncryptionKey    kind.Opt[kind.Secret]       `attr:"saml_encryption_private_key,writeonly" doc:"The key with which Stytch decrypts what the identity provider encrypts: an RSA private key in PKCS1 form. One is added each time that it is sent."`
	NameIDFormat     kind.Opt[string]            `attr:"nameid_format" default:"\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"" doc:"The form of NameID that the connection expects."`
	Audience         kind.Opt[string]            `attr:"alternative_audience_uri" default:"\"\"" doc:"Another audience that is accepted, while a connection moves to Stytch from somewhere else; empty for none."`
	ACSURL           kind.Opt[string]            `attr:"alternative_acs_url" default:"\"\"" doc:"Where logins are to be sent in place of acs_url, while a connection moves to Stytch from somewhere else; you hand on what comes there. Empty for none."`
	NotInitiated     kind.Opt[bool]              `attr:"idp_initiated_auth_disabled" default:"false" doc:"Whether logins that start at the identity provider are refused."`
	Gateway          kind.Opt[bool]              `attr:"allow_gateway_callback" default:"false" doc:"Whether what the identity provider sends may come through a gateway of yours."`
	Roles            kind.Opt[[]ConnectionRole]  `attr:"saml_connection_implicit_role_assignments,set" default:"[]" doc:"Roles that everybody has who logs in through the connection. Owned whole."`
	GroupRoles       kind.Opt[[]GroupRole]       `attr:"saml_group_implicit_role_assignments,set" default:"[]" doc:"Roles for the identity provider's groups; attribute_mapping needs the key groups. Owned whole."`

	Active         bool   `attr:"-"` // whether people can log in through it
	Organization   string `attr:"-"` // Stytch's id of its organization
	HasSigningKey  bool   `attr:"-"` // whether Stytch shows a certificate of such a key
	HasEncryptions bool   `attr:"-"` // whether Stytch shows that there is such a key
}

var samlConnections = connectionList[samlAnswer, SAMLConnection]{
	field: "saml_connections", live: samlAnswer.live, name: func(s SAMLConnection) string { return s.Name },
}

var samlConnection = kind.New(kind.Type[SAMLConnection]{
	Name:           "saml_connection",
	Plural:         "saml_connections",
	Within:         plan.OrganizationKind,
	Plane:          client.Data,
	After:          []string{"rbac_policy"}, // roles must be there before they are assigned
	Renames:        true,
	Duplicates:     true,
	ByOrganization: true,
	HeldAbove:      true,
	Doc: "A SAML connection of an organization. It becomes active by itself once idp_entity_id, idp_sso_url, attribute_mapping and a " +
		"certificate are there.",
	Facts: []string{
		"two connections of an organization may have one name",
		"a connection that is active stays so: Stytch refuses to clear what a login needs",
		"identity_provider is generic unless given",
		"an empty nameid_format brings back Stytch's own",
		"attribute_mapping is replaced whole",
		"empty alternative_audience_uri and alternative_acs_url clear",
		"what allow_gateway_callback allows is not documented",
		"a new connection shows a signing certificate only if it was given a signing_private_key; one that shows none is sent the declared key",
		"a creation takes the name and the identity provider alone: the rest follows in further requests, and a connection that is " +
			"left without it is completed by the next apply",
	},
	Check: checkSAMLConnection,
	Tidy: func(s SAMLConnection) SAMLConnection {
		s.Certificates.Value = tidyPEMs(s.Certificates.Value)
		if s.NameIDFormat.Set && s.NameIDFormat.Value == "" {
			s.NameIDFormat.Value = emailNameID
		}
		return s
	},
	References: func(within plan.Address, s SAMLConnection) (offers, uses []string) {
		return []string{connectionToken(within, "saml_connection", s.Name)}, connectionReferences(within, s.Roles.Value, s.GroupRoles.Value)
	},
	Lacks: func(live SAMLConnection) []string {
		var lacks []string
		if !live.HasSigningKey {
			lacks = append(lacks, "signing_private_key")
		}
		if !live.HasEncryptions {
			lacks = append(lacks, "saml_encryption_private_key")
		}
		return lacks
	},
	Lifelines: samlLifelines,
	Effects:   samlEffects,
	Holders:   countSAMLUsers,
	Deprives: func(ctx context.Context, c *client.Client, live kind.Live[SAMLConnection]) (map[plan.Grant]int, error) {
		return countConnectionUsers(ctx, c, live.Value.Organization, live.ID, live.Value.Name)
	},
	List:   samlConnections.list,
	Get:    samlConnections.get,
	Create: createSAMLConnection,
	Update: updateSAMLConnection,
	Delete: deleteSSOConnection[SAMLConnection],
})

// emailNameID is the nameid_format of a connection that was given none.
const emailNameID = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

// A samlAnswer is a connection as Stytch shows it. Of private keys only is read
// whether there are any.
type samlAnswer struct {
	ID               string                 `json:"connection_id"`
	OrganizationID   string                 `json:"organization_id"`
	Status           string                 `json:"status"`
	Name             string                 `json:"display_name"`
	IdentityProvider string                 `json:"identity_provider"`
	EntityID         string                 `json:"idp_entity_id"`
	SSOURL           string                 `json:"idp_sso_url"`
	AttributeMapping map[string]any         `json:"attribute_mapping"`
	Certificates     []certificateAnswer    `json:"verification_certificates"`
	SigningKeys      []struct{}             `json:"signing_certificates"`
	EncryptionKeys   []struct{}             `json:"encryption_private_keys"`
	NameIDFormat     string                 `json:"nameid_format"`
	Audience         string                 `json:"alternative_audience_uri"`
	ACSURL           string                 `json:"alternative_acs_url"`
	NotInitiated     bool                   `json:"idp_initiated_auth_disabled"`
	Gateway          bool                   `json:"allow_gateway_callback"`
	Roles            []connectionRoleAnswer `json:"saml_connection_implicit_role_assignments"`
	GroupRoles       []connectionRoleAnswer `json:"saml_group_implicit_role_assignments"`
}

func (a samlAnswer) live() kind.Live[SAMLConnection] {
	certificates := make([]string, 0, len(a.Certificates))
	for _, c := range a.Certificates {
		certificates = append(certificates, c.Text)
	}
	return kind.Live[SAMLConnection]{ID: a.ID, Value: SAMLConnection{
		Name: a.Name, ConnectionID: kind.Some(a.ID), IdentityProvider: kind.Some(a.IdentityProvider), EntityID: kind.Some(a.EntityID),
		SSOURL: kind.Some(a.SSOURL), AttributeMapping: kind.Some(textMapping(a.AttributeMapping)), Certificates: kind.Some(certificates),
		NameIDFormat: kind.Some(a.NameIDFormat), Audience: kind.Some(a.Audience), ACSURL: kind.Some(a.ACSURL),
		NotInitiated: kind.Some(a.NotInitiated), Gateway: kind.Some(a.Gateway),
		Roles: kind.Some(connectionRoles(a.Roles)), GroupRoles: kind.Some(groupRoles(a.GroupRoles)),
		Active: a.Status == connectionActive, Organization: a.OrganizationID,
		HasSigningKey: len(a.SigningKeys) > 0, HasEncryptions: len(a.EncryptionKeys) > 0,
	}}
}

// createSAMLConnection creates the connection and then gives it what a creation
// does not take.
func createSAMLConnection(ctx context.Context, c *client.Client, e kind.Edit[SAMLConnection]) (string, error) {
	first := map[string]any{"display_name": e.After.Name}
	if provider, set := e.After.IdentityProvider.Get(); set {
		first["identity_provider"] = provider
	}
	id, err := createConnection(ctx, c, client.Path("/v1/b2b/sso/saml/%s", e.OrganizationID), first)
	if err != nil {
		return id, err
	}
	rest := e
	rest.ID, rest.Before = id, e.After
	rest.After.IdentityProvider = kind.Opt[string]{}
	rest.After.Certificates.Set = len(e.After.Certificates.Value) > 0
	fresh := &samlCertificates{client: c, organization: e.OrganizationID, connection: id, known: true} // it has none
	return id, afterCreation(fresh.update(ctx, rest))
}

func updateSAMLConnection(ctx context.Context, c *client.Client, e kind.Edit[SAMLConnection]) error {
	return (&samlCertificates{client: c, organization: e.OrganizationID, connection: e.ID}).update(ctx, e)
}

// update lets go of nothing before its successor is there: first new certificates
// are added, then the settings change in one request, and at last old
// certificates go.
func (s *samlCertificates) update(ctx context.Context, e kind.Edit[SAMLConnection]) error {
	body := kind.Body(e.After)
	delete(body, "verification_certificates")
	if e.Before.Name == e.After.Name {
		delete(body, "display_name")
	}
	wanted, changed := e.After.Certificates.Get()
	if changed {
		if err := s.add(ctx, wanted); err != nil {
			return err
		}
	}
	if len(body) > 0 {
		if err := s.put(ctx, body); err != nil {
			return partly(s.done, "the other changes are not made", err)
		}
		s.done = append(s.done, "the other changes were made")
	}
	if changed {
		return s.removeAllBut(ctx, wanted)
	}
	return nil
}
