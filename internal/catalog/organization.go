package catalog

import (
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An Organization is one of the companies whose people log in: its name, and
// the settings that decide who may join it and how they log in.
//
// Read on: organization_live.go (what is live), organization_write.go,
// organization_rules.go and organization_domains.go (what Stytch refuses), and
// organization_effects.go (what a change does to people).
type Organization struct {
	Slug       string                        `attr:"organization_slug,key" doc:"The organization's name in URLs: 2 to 128 letters, digits and -._~, unique in the project."`
	Name       kind.Opt[string]              `attr:"organization_name,required,nonempty" min:"1" max:"128" doc:"What people see; need not be unique."`
	ExternalID kind.Opt[string]              `attr:"organization_external_id" default:"\"\"" doc:"Your own id of the organization, unique in the project: up to 128 letters, digits and ._-|; empty unsets it. Whoever used the old one in paths no longer finds the organization."`
	LogoURL    kind.Opt[string]              `attr:"organization_logo_url" default:"\"\"" doc:"URL of the logo in e-mails and login pages; empty for none."`
	Metadata   kind.Opt[map[string]any]      `attr:"trusted_metadata,merge" doc:"Your own data that only back ends may write, owned by key: a null removes a key. At most 20 keys and 4 KB of JSON with those that are not declared."`
	IDPMembers kind.Opt[string]              `attr:"idp_members,local" oneof:"observe roles manage" default:"\"observe\"" doc:"What may be done to members that SCIM or single sign-on brought: observe never removes them nor writes SCIM's, roles writes their roles too, manage treats them as any other member. Not sent to Stytch."`
	Invites    kind.Opt[string]              `attr:"email_invites" oneof:"ALL_ALLOWED RESTRICTED NOT_ALLOWED" default:"\"ALL_ALLOWED\"" doc:"Which addresses may be invited: all, those of email_allowed_domains, or none."`
	EmailJIT   kind.Opt[string]              `attr:"email_jit_provisioning" oneof:"RESTRICTED NOT_ALLOWED" default:"\"NOT_ALLOWED\"" doc:"Whether people with a verified address of email_allowed_domains may join by themselves."`
	Domains    kind.Opt[[]string]            `attr:"email_allowed_domains,set" default:"[]" doc:"The domains that RESTRICTED invites and e-mail provisioning accept; Stytch refuses those of public mail providers."`
	SSOJIT     kind.Opt[string]              `attr:"sso_jit_provisioning" oneof:"ALL_ALLOWED RESTRICTED NOT_ALLOWED" default:"\"ALL_ALLOWED\"" doc:"Whether people who log in through an SSO connection become members by that: all connections, the allowed ones, or none."`
	SSOAllowed kind.Opt[[]string]            `attr:"sso_jit_provisioning_allowed_connections,set" default:"[]" doc:"The connections through which people become members while sso_jit_provisioning is RESTRICTED: saml_connection/NAME, oidc_connection/NAME, external_connection/NAME, or Stytch's ids. They must be active."`
	SSODefault kind.Opt[string]              `attr:"sso_default_connection_id" default:"\"\"" doc:"The connection that a login uses when it names none, in the same forms; empty for none. It must be active, and cannot be deleted before another takes its place."`
	Methods    kind.Opt[string]              `attr:"auth_methods" oneof:"ALL_ALLOWED RESTRICTED" default:"\"ALL_ALLOWED\"" doc:"Whether members may log in by every method or by allowed_auth_methods alone. Breakglass members are exempt."`
	Allowed    kind.Opt[[]string]            `attr:"allowed_auth_methods,set" oneof:"sso magic_link email_otp password google_oauth microsoft_oauth slack_oauth github_oauth hubspot_oauth" default:"[]" doc:"The ways to log in while auth_methods is RESTRICTED."`
	MFAPolicy  kind.Opt[string]              `attr:"mfa_policy" oneof:"OPTIONAL REQUIRED_FOR_ALL" default:"\"OPTIONAL\"" doc:"Whether every member needs a second factor or only those with mfa_enrolled. Live sessions stay valid when it is raised."`
	MFAMethods kind.Opt[string]              `attr:"mfa_methods" oneof:"ALL_ALLOWED RESTRICTED" default:"\"ALL_ALLOWED\"" doc:"Whether every second factor counts or allowed_mfa_methods alone."`
	AllowedMFA kind.Opt[[]string]            `attr:"allowed_mfa_methods,set" oneof:"sms_otp totp" default:"[]" doc:"The second factors while mfa_methods is RESTRICTED."`
	OAuthJIT   kind.Opt[string]              `attr:"oauth_tenant_jit_provisioning" oneof:"RESTRICTED NOT_ALLOWED" default:"\"NOT_ALLOWED\"" doc:"Whether people of allowed_oauth_tenants become members by logging in."`
	Tenants    kind.Opt[map[string][]string] `attr:"allowed_oauth_tenants,set" default:"{}" doc:"Tenant ids by provider: slack, hubspot and github."`
	RoleGrants kind.Opt[[]EmailRole]         `attr:"rbac_email_implicit_role_assignments,set" default:"[]" doc:"Roles that every member with a verified address of a domain has."`
	Claimed    kind.Opt[[]string]            `attr:"claimed_email_domains,set" default:"[]" doc:"Domains whose addresses may belong to members of the claiming organizations alone. A feature that Stytch enables by project."`
	FirstApps  kind.Opt[string]              `attr:"first_party_connected_apps_allowed_type" oneof:"ALL_ALLOWED RESTRICTED NOT_ALLOWED" default:"\"ALL_ALLOWED\"" doc:"Which first-party Connected Apps members may use; tightening it may uninstall apps."`
	FirstList  kind.Opt[[]string]            `attr:"allowed_first_party_connected_apps,set" default:"[]" doc:"Client ids of the first-party apps while their type is RESTRICTED."`
	ThirdApps  kind.Opt[string]              `attr:"third_party_connected_apps_allowed_type" oneof:"ALL_ALLOWED RESTRICTED NOT_ALLOWED" default:"\"ALL_ALLOWED\"" doc:"Which third-party Connected Apps members may use; tightening it may uninstall apps."`
	ThirdList  kind.Opt[[]string]            `attr:"allowed_third_party_connected_apps,set" default:"[]" doc:"Client ids of the third-party apps while their type is RESTRICTED."`

	// The active connections, by Stytch's ids of them, as documents name them.
	Named map[string]string `attr:"-"`
	// How many SSO connections are active: without one, single sign-on lets nobody in.
	Connections int `attr:"-"`
}

// An EmailRole gives a role to the addresses of a domain.
type EmailRole struct {
	Domain string `attr:"domain,required,nonempty" doc:"The domain of the verified address."`
	RoleID string `attr:"role_id,required,nonempty" doc:"A role of the project's RBAC policy."`
}

// Values of an organization's settings (Stytch's API reference, "Organization object").
const (
	allAllowed = "ALL_ALLOWED"
	restricted = "RESTRICTED"
	notAllowed = "NOT_ALLOWED"
)

var organization = kind.New(kind.Type[Organization]{
	Name:            "organization",
	Plural:          "organizations",
	Plane:           client.Data,
	After:           []string{"rbac_policy"}, // implicit assignments name its roles
	Renames:         true,
	KeptWhenOmitted: true,
	Doc: "A company whose people log in, and the settings that decide who may join it and how they log in. Its members nest " +
		"in it. An organization that no document declares is never deleted; `absent: true` deletes it with all its members, " +
		"for good.",
	Facts: []string{
		"an empty list, map or string clears, except organization_external_id, which has an endpoint of its own for that (Stytch's own portal sends [])",
		"allowed_oauth_tenants replaces the whole map; providers that lose their last tenant are sent with an empty list, which is right if Stytch merges too",
		"all changed settings in one request are judged together, whatever their order",
		"RESTRICTED sso_jit_provisioning needs allowed connections, by analogy with the other lists",
		"the settings that name SSO connections take active ones alone, and an empty sso_default_connection_id unsets it",
		"a connection's id begins with saml-connection-, oidc-connection- or external-connection-",
		"public mail providers are recognised by the label before the ending, as Stytch's list has none",
		"the metadata limits hold for the merged object",
		"slugs that differ only by case are different slugs",
		"the search for members by role finds who has it by the domain of their address too; who is not found is not counted",
		"every allowed method but sso lets members in; whether the project has it switched on is not known here",
		"sso lets members in exactly if sso_active_connections has a connection, and an active breakglass member gets in by any method",
		"a member without an allowed second factor sets one up at the next login (Stytch's guide on required MFA: the first factor " +
			"gives an intermediate session in which to enrol); that this also holds for who had enrolled in a method which is no longer " +
			"allowed is inferred, and so such changes are a risk and not blocked",
	},
	Check: checkOrganization,
	Tidy:  tidyOrganization,
	Unique: func(o Organization) []string {
		if id := o.ExternalID.Value; id != "" {
			return []string{"organization_external_id " + id}
		}
		return nil
	},
	References: organizationReferences,
	Lifelines:  organizationLifelines,
	Effects:    organizationEffects,
	Reword:     rewordConnections,
	Later:      laterSettings,
	IDPMembers: func(o Organization) string { return o.IDPMembers.Or(plan.IDPObserve) },
	Holders:    countDomainRoles,
	Reaches:    func(live, after Organization) bool { return len(closedMethods(live, after)) > 0 },
	List:       listOrganizations,
	Get:        getOrganization,
	Nested:     countMembers,
	Upheld:     countBreakglass,
	UpheldBy:   "member",
	Create:     createOrganization,
	Update:     updateOrganization,
	Delete:     deleteOrganization,
})

// organizationReferences: members need their organization, and an implicit
// assignment needs its role.
func organizationReferences(_ plan.Address, o Organization) (offers, uses []string) {
	for _, grant := range o.RoleGrants.Value {
		uses = append(uses, roleReferences([]string{grant.RoleID})...)
	}
	return []string{"organization/" + o.Slug}, append(uses, usedConnections(o)...)
}

// roleReferences are the tokens of roles that the RBAC policy must have. The
// default roles are always there.
func roleReferences(roles []string) []string {
	var tokens []string
	for _, role := range roles {
		if role != adminRole && role != everyonesRole {
			tokens = append(tokens, "role/"+role)
		}
	}
	return tokens
}

// tidyOrganization writes domains in lower case, as Stytch compares them, and
// drops providers without tenants.
func tidyOrganization(o Organization) Organization {
	o.Domains.Value = lowerAll(o.Domains.Value)
	o.Claimed.Value = lowerAll(o.Claimed.Value)
	var grants []EmailRole
	for _, grant := range o.RoleGrants.Value {
		grants = append(grants, EmailRole{Domain: lower(grant.Domain), RoleID: grant.RoleID})
	}
	o.RoleGrants.Value = grants
	tenants := map[string][]string{}
	for provider, ids := range o.Tenants.Value {
		if len(ids) > 0 {
			tenants[provider] = ids
		}
	}
	o.Tenants.Value = tenants
	return o
}
