package sandbox

import "time"

// Knobs answer the questions that Stytch's documentation leaves open. The zero value answers each as its documentation,
// SDKs and Terraform provider make most likely; nothing should depend on one.
type Knobs struct {
	// StrictBodies refuses body keys that Stytch does not document, with 400 invalid_argument. Default: ignored.
	StrictBodies bool
	// DefaultRolesReset makes an RBAC PUT without a default role give that role its default permissions. Default: kept.
	DefaultRolesReset bool
	// DefaultPermissionsRequired refuses an RBAC PUT whose default roles lack their stytch.* permissions. Default:
	// accepted and echoed, as Stytch's SDK tests show.
	DefaultPermissionsRequired bool
	// UnknownReferencesAllowed accepts RBAC permissions on unknown resources and actions. Default: 400.
	UnknownReferencesAllowed bool
	// UsedRolesKept refuses an RBAC PUT that removes a role which members or organizations use. Default: allowed.
	UsedRolesKept bool
	// RedirectsWithoutTypes accepts redirect URLs without valid_types. Default: 400.
	RedirectsWithoutTypes bool
	// CountryCodesSorted sorts country codes. Default: stored in the order sent, without repeats.
	CountryCodesSorted bool
	// EmptySettingsKept makes "" for an environment's URL or template mean "unchanged". Default: it clears.
	EmptySettingsKept bool
	// LastPEMDeletable allows deleting the last PEM of a trusted token profile. Default: 400.
	LastPEMDeletable bool
	// AttributeMappingMerged makes a PATCH of attribute_mapping merge by key. Default: the whole map is replaced.
	AttributeMappingMerged bool
	// SDKConfigReset sets a sub-object that a PUT of the SDK configuration leaves out back to its default. Default: kept.
	SDKConfigReset bool
	// SDKFeaturesWithheld leaves dfppa and cookies of the SDK configuration as they are, without a word. Default: taken over.
	SDKFeaturesWithheld bool
	// EmailFieldsKept keeps what a PUT of an email template leaves out. Default: it is cleared.
	EmailFieldsKept bool
	// TokensOnce refuses a Trusted Auth Token whose token_id came before. Default: accepted, because Stytch's guides map
	// token_id to claims that recur, such as the ID of a session.
	TokensOnce bool
	// UnverifiedEmailDomain is one from which no mail can be sent: Stytch drops sender_information that names it, without a
	// word, and refuses it with custom HTML. Default: every domain is verified.
	UnverifiedEmailDomain string
	// DuplicateStatus is the HTTP status for a slug that is taken on the management API; 0 means 400. Some would expect 409.
	DuplicateStatus int
	// StreamingPerProject allows one destination of the event log in a whole project. Default: one in each environment.
	StreamingPerProject bool
	// StreamingPends answers PENDING for event log streaming that was enabled. Default: it is ACTIVE at once.
	StreamingPends bool
	// StreamingStopsWhenUpdated disables event log streaming when its destination is changed. Default: it goes on.
	StreamingStopsWhenUpdated bool
	// PasswordTogglesAllowed lets cross_org_passwords_enabled change while members have passwords. Default: 400.
	PasswordTogglesAllowed bool

	// TotalsDisabled makes every search answer total -1, as Stytch does for workspaces with totals disabled.
	TotalsDisabled bool
	// MaxOrganizationIDs is the largest number of organization_ids of one member search; 0 means no maximum.
	MaxOrganizationIDs int
	// UnknownOrganizationsRefused answers a member search that names an organization which does not exist with 404
	// organization_not_found. Default: it has no members.
	UnknownOrganizationsRefused bool
	// SearchLag is how long a change takes to show in searches; 0 means at once.
	SearchLag time.Duration
	// EmailsCaseSensitive tells ada@x.example and Ada@x.example apart. Default: the same address, stored as sent.
	EmailsCaseSensitive bool
	// ClaimedDomainsRefused answers claimed_email_domains with 400 claimed_email_domains_not_supported. Default: accepted.
	ClaimedDomainsRefused bool
	// OAuthTenantsMerged makes an update of allowed_oauth_tenants merge by provider. Default: the whole map is replaced.
	OAuthTenantsMerged bool
	// DeletedMembersReadable makes GET …/member find deleted members by their ID. Default: 404.
	DeletedMembersReadable bool
	// DeletedExternalIDsHeld keeps the external_id of a deleted member taken. Default: others may use it.
	DeletedExternalIDsHeld bool
	// DiscoveryFails makes no issuer's well-known document readable, so that an OIDC connection gets a warning and no
	// URLs. Default: the sandbox makes the URLs up.
	DiscoveryFails bool
	// DeletedSlugsHeld keeps the slug of a deleted organization taken. Default: others may use it.
	DeletedSlugsHeld bool
}
