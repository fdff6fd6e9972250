package sandbox

import "time"

// An organization is one company of an environment's customers, as it is kept. What Stytch answers is the embedded
// part alone.
type organization struct {
	organizationView
	Connections connectionSet `json:",omitzero"` // see sso.go
	SCIM        *scimRecord   `json:",omitempty"`
	Sequence    uint64        // order of creation within the environment, the order of searches
	past        []version[organizationView]
}

// An organizationView is the organization as the API shows it: every key is always there, empty lists are [] and not
// null, and the keys that can be null are pointers. The order is the alphabet's, as in Stytch's answers.
type organizationView struct {
	AllowedAuthMethods                   []string              `json:"allowed_auth_methods"`
	AllowedFirstPartyConnectedApps       []string              `json:"allowed_first_party_connected_apps"`
	AllowedMFAMethods                    []string              `json:"allowed_mfa_methods"`
	AllowedOAuthTenants                  map[string][]string   `json:"allowed_oauth_tenants"`
	AllowedThirdPartyConnectedApps       []string              `json:"allowed_third_party_connected_apps"`
	AuthMethods                          string                `json:"auth_methods"`
	ClaimedEmailDomains                  []string              `json:"claimed_email_domains"`
	CreatedAt                            time.Time             `json:"created_at"`
	CustomRoles                          []customRole          `json:"custom_roles"`
	EmailAllowedDomains                  []string              `json:"email_allowed_domains"`
	EmailInvites                         string                `json:"email_invites"`
	EmailJITProvisioning                 string                `json:"email_jit_provisioning"`
	FirstPartyConnectedAppsAllowedType   string                `json:"first_party_connected_apps_allowed_type"`
	MFAMethods                           string                `json:"mfa_methods"`
	MFAPolicy                            string                `json:"mfa_policy"`
	OAuthTenantJITProvisioning           string                `json:"oauth_tenant_jit_provisioning"`
	OrganizationExternalID               *string               `json:"organization_external_id"`
	OrganizationID                       string                `json:"organization_id"`
	OrganizationLogoURL                  string                `json:"organization_logo_url"`
	OrganizationName                     string                `json:"organization_name"`
	OrganizationSlug                     string                `json:"organization_slug"`
	RBACEmailImplicitRoleAssignments     []emailRoleAssignment `json:"rbac_email_implicit_role_assignments"`
	SCIMActiveConnection                 *scimConnection       `json:"scim_active_connection"`
	SCIMActiveConnections                []scimConnection      `json:"scim_active_connections"` // undocumented but really there
	SSOActiveConnections                 []ssoConnection       `json:"sso_active_connections"`
	SSODefaultConnectionID               *string               `json:"sso_default_connection_id"`
	SSOJITProvisioning                   string                `json:"sso_jit_provisioning"`
	SSOJITProvisioningAllowedConnections []string              `json:"sso_jit_provisioning_allowed_connections"`
	ThirdPartyConnectedAppsAllowedType   string                `json:"third_party_connected_apps_allowed_type"`
	TrustedMetadata                      metadata              `json:"trusted_metadata"`
	UpdatedAt                            time.Time             `json:"updated_at"`
}

// An emailRoleAssignment gives a role to every member with a verified address of a domain.
type emailRoleAssignment struct {
	Domain string `json:"domain"`
	RoleID string `json:"role_id"`
}

// An ssoConnection is an active connection as the organization shows it.
type ssoConnection struct {
	ConnectionID     string `json:"connection_id"`
	DisplayName      string `json:"display_name"`
	IdentityProvider string `json:"identity_provider"`
}

type scimConnection struct {
	ConnectionID        string `json:"connection_id"`
	DisplayName         string `json:"display_name"`
	BearerTokenLastFour string `json:"bearer_token_last_four"`
}

type customRole struct {
	RoleID      string                 `json:"role_id"`
	Description string                 `json:"description"`
	Permissions []customRolePermission `json:"permissions"`
}

type customRolePermission struct {
	ResourceID string   `json:"resource_id"`
	Actions    []string `json:"actions"`
}

// Values of the settings.
const (
	allAllowed   = "ALL_ALLOWED"
	restricted   = "RESTRICTED"
	notAllowed   = "NOT_ALLOWED"
	mfaOptional  = "OPTIONAL"
	mfaForAll    = "REQUIRED_FOR_ALL"
	smsOTP       = "sms_otp"
	totp         = "totp"
	oauthSlack   = "slack"
	oauthHubspot = "hubspot"
	oauthGithub  = "github"
)

// newOrganization gives an organization with the defaults of a creation that names nothing (Stytch's API reference and
// its real answers).
func newOrganization(id string, now time.Time) *organization {
	return &organization{organizationView: organizationView{
		AllowedAuthMethods:                   []string{},
		AllowedFirstPartyConnectedApps:       []string{},
		AllowedMFAMethods:                    []string{},
		AllowedOAuthTenants:                  map[string][]string{},
		AllowedThirdPartyConnectedApps:       []string{},
		AuthMethods:                          allAllowed,
		ClaimedEmailDomains:                  []string{},
		CreatedAt:                            now,
		CustomRoles:                          []customRole{},
		EmailAllowedDomains:                  []string{},
		EmailInvites:                         allAllowed,
		EmailJITProvisioning:                 notAllowed,
		FirstPartyConnectedAppsAllowedType:   allAllowed,
		MFAMethods:                           allAllowed,
		MFAPolicy:                            mfaOptional,
		OAuthTenantJITProvisioning:           notAllowed,
		OrganizationID:                       id,
		RBACEmailImplicitRoleAssignments:     []emailRoleAssignment{},
		SCIMActiveConnections:                []scimConnection{},
		SSOActiveConnections:                 []ssoConnection{},
		SSOJITProvisioning:                   allAllowed,
		SSOJITProvisioningAllowedConnections: []string{},
		ThirdPartyConnectedAppsAllowedType:   allAllowed,
		TrustedMetadata:                      metadata{},
		UpdatedAt:                            now,
	}}
}

func (o *organization) externalID() string {
	if o.OrganizationExternalID == nil {
		return ""
	}
	return *o.OrganizationExternalID
}

// hasConnection says whether an active SSO connection has this ID.
func (o *organization) hasConnection(id string) bool {
	for _, connection := range o.SSOActiveConnections {
		if connection.ConnectionID == id {
			return true
		}
	}
	return false
}
