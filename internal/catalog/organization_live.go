package catalog

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An organizationAnswer is an organization as Stytch shows it. Null, absent and
// empty mean the same in every field.
type organizationAnswer struct {
	ID         string              `json:"organization_id"`
	Slug       string              `json:"organization_slug"`
	Name       string              `json:"organization_name"`
	ExternalID string              `json:"organization_external_id"`
	LogoURL    string              `json:"organization_logo_url"`
	Metadata   map[string]any      `json:"trusted_metadata"`
	Invites    string              `json:"email_invites"`
	EmailJIT   string              `json:"email_jit_provisioning"`
	Domains    []string            `json:"email_allowed_domains"`
	SSOJIT     string              `json:"sso_jit_provisioning"`
	Methods    string              `json:"auth_methods"`
	Allowed    []string            `json:"allowed_auth_methods"`
	MFAPolicy  string              `json:"mfa_policy"`
	MFAMethods string              `json:"mfa_methods"`
	AllowedMFA []string            `json:"allowed_mfa_methods"`
	OAuthJIT   string              `json:"oauth_tenant_jit_provisioning"`
	Tenants    map[string][]string `json:"allowed_oauth_tenants"`
	RoleGrants []struct {
		Domain string `json:"domain"`
		RoleID string `json:"role_id"`
	} `json:"rbac_email_implicit_role_assignments"`
	Claimed   []string `json:"claimed_email_domains"`
	FirstApps string   `json:"first_party_connected_apps_allowed_type"`
	FirstList []string `json:"allowed_first_party_connected_apps"`
	ThirdApps string   `json:"third_party_connected_apps_allowed_type"`
	ThirdList []string `json:"allowed_third_party_connected_apps"`

	SSOAllowed  []string           `json:"sso_jit_provisioning_allowed_connections"`
	SSODefault  string             `json:"sso_default_connection_id"`
	Connections []activeConnection `json:"sso_active_connections"`
}

func (a organizationAnswer) live() kind.Live[Organization] {
	grants := make([]EmailRole, 0, len(a.RoleGrants))
	for _, g := range a.RoleGrants {
		grants = append(grants, EmailRole{Domain: g.Domain, RoleID: g.RoleID})
	}
	named := nameConnections(a.Connections)
	return kind.Live[Organization]{ID: a.ID, Value: Organization{
		Slug:       a.Slug,
		Name:       kind.Some(a.Name),
		ExternalID: kind.Some(a.ExternalID),
		LogoURL:    kind.Some(a.LogoURL),
		Metadata:   kind.Some(a.Metadata),
		Invites:    kind.Some(a.Invites),
		EmailJIT:   kind.Some(a.EmailJIT),
		Domains:    kind.Some(a.Domains),
		SSOJIT:     kind.Some(a.SSOJIT),
		SSOAllowed: kind.Some(inWords(named, a.SSOAllowed)),
		SSODefault: kind.Some(inWords(named, []string{a.SSODefault})[0]),
		Methods:    kind.Some(a.Methods),
		Allowed:    kind.Some(a.Allowed),
		MFAPolicy:  kind.Some(a.MFAPolicy),
		MFAMethods: kind.Some(a.MFAMethods),
		AllowedMFA: kind.Some(a.AllowedMFA),
		OAuthJIT:   kind.Some(a.OAuthJIT),
		Tenants:    kind.Some(a.Tenants),
		RoleGrants: kind.Some(grants),
		Claimed:    kind.Some(a.Claimed),
		FirstApps:  kind.Some(a.FirstApps),
		FirstList:  kind.Some(a.FirstList),
		ThirdApps:  kind.Some(a.ThirdApps),
		ThirdList:  kind.Some(a.ThirdList),

		Named:       named,
		Connections: len(a.Connections),
	}}
}

// listOrganizations reads all organizations of the project that the credentials
// belong to, a thousand a request.
func listOrganizations(ctx context.Context, c *client.Client, _ []kind.Scope) iter.Seq2[kind.Live[Organization], error] {
	return func(yield func(kind.Live[Organization], error) bool) {
		found, err := searchAll(ctx, c, search{path: "/v1/b2b/organizations/search", list: "organizations"},
			func(a organizationAnswer) string { return a.ID })
		yieldFound(found, err, organizationAnswer.live, func(organizationAnswer) bool { return true }, yield)
	}
}

// countMembers says how many members a deletion takes along.
func countMembers(ctx context.Context, c *client.Client, live kind.Live[Organization]) (int, error) {
	var answer struct {
		Members *int `json:"member_count"`
	}
	path := client.Path("/v1/b2b/organizations/%s/metrics", live.ID)
	if err := c.Data(ctx, client.Request{Method: http.MethodGet, Path: path}, &answer); err != nil {
		return 0, err
	}
	if answer.Members == nil {
		return 0, errors.New("counting an organization's members: the answer holds no member_count")
	}
	return *answer.Members, nil
}
