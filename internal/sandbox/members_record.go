package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// A member is one person in one organization, as it is kept. Deleted members stay: deletion is soft.
type member struct {
	memberRecord
	Sequence uint64 // order of creation within the environment, the order of searches
	past     []version[memberRecord]
}

// A memberRecord is all that a member is. Its roles are only the explicit ones; what Stytch shows is derived from them
// and from the organization whenever it is shown (see roles.go), so it cannot go stale.
type memberRecord struct {
	MemberID          string
	OrganizationID    string
	Status            string // statusActive, …
	EmailID           string
	EmailAddress      string // as it was sent
	EmailVerified     bool
	RetiredEmails     []retiredEmail
	Name              string
	TrustedMetadata   metadata
	UntrustedMetadata metadata
	IsBreakglass      bool
	MFAEnrolled       bool
	MFAPhoneNumber    string
	MFAPhoneVerified  bool
	DefaultMFAMethod  string // "", smsOTP or totp
	TOTPID            string
	PasswordID        string
	ExternalID        string // "" when there is none
	Roles             []string
	ProvidedRoles     []providedRole // from an SSO connection or a SCIM group
	SSORegistrations  []registration
	SCIMRegistration  *registration
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// Statuses of a member. None of them can be written directly.
const (
	statusActive  = "active"
	statusPending = "pending"
	statusInvited = "invited"
	statusDeleted = "deleted"
)

// A retiredEmail is a former address, which nobody else in the organization may take.
type retiredEmail struct {
	EmailID      string `json:"email_id"`
	EmailAddress string `json:"email_address"`
}

// A registration ties a member to an SSO or SCIM connection.
type registration struct {
	ConnectionID   string         `json:"connection_id"`
	RegistrationID string         `json:"registration_id"`
	ExternalID     string         `json:"external_id"`
	SSOAttributes  map[string]any `json:"sso_attributes,omitempty"`
}

// A memberView is the member as the API shows it, its keys in the alphabet's order as in Stytch's answers.
type memberView struct {
	CreatedAt              time.Time         `json:"created_at"`
	DefaultMFAMethod       string            `json:"default_mfa_method"`
	EmailAddress           string            `json:"email_address"`
	EmailAddressVerified   bool              `json:"email_address_verified"`
	ExternalID             *string           `json:"external_id"`
	IsAdmin                bool              `json:"is_admin"`
	IsBreakglass           bool              `json:"is_breakglass"`
	IsLocked               bool              `json:"is_locked"`
	LockCreatedAt          *time.Time        `json:"lock_created_at"`
	LockExpiresAt          *time.Time        `json:"lock_expires_at"`
	MemberID               string            `json:"member_id"`
	MemberPasswordID       string            `json:"member_password_id"`
	MFAEnrolled            bool              `json:"mfa_enrolled"`
	MFAPhoneNumber         string            `json:"mfa_phone_number"`
	MFAPhoneNumberVerified bool              `json:"mfa_phone_number_verified"`
	Name                   string            `json:"name"`
	OAuthRegistrations     []json.RawMessage `json:"oauth_registrations"`
	OrganizationID         string            `json:"organization_id"`
	RetiredEmailAddresses  []retiredEmail    `json:"retired_email_addresses"`
	Roles                  []memberRole      `json:"roles"`
	SCIMRegistration       *registration     `json:"scim_registration"`
	SSORegistrations       []registration    `json:"sso_registrations"`
	Status                 string            `json:"status"`
	TOTPRegistrationID     string            `json:"totp_registration_id"`
	TrustedMetadata        metadata          `json:"trusted_metadata"`
	UntrustedMetadata      metadata          `json:"untrusted_metadata"`
	UpdatedAt              time.Time         `json:"updated_at"`
}

// view shows a member of an organization.
func (m *memberRecord) view(o *organizationView) memberView {
	roles := m.rolesIn(o)
	v := memberView{
		CreatedAt: m.CreatedAt, DefaultMFAMethod: m.DefaultMFAMethod,
		EmailAddress: m.EmailAddress, EmailAddressVerified: m.EmailVerified,
		IsAdmin: hasRole(roles, roleAdmin), IsBreakglass: m.IsBreakglass,
		MemberID: m.MemberID, MemberPasswordID: m.PasswordID,
		MFAEnrolled: m.MFAEnrolled, MFAPhoneNumber: m.MFAPhoneNumber, MFAPhoneNumberVerified: m.MFAPhoneVerified,
		Name: m.Name, OAuthRegistrations: []json.RawMessage{}, OrganizationID: m.OrganizationID,
		RetiredEmailAddresses: notNil(m.RetiredEmails), Roles: roles,
		SCIMRegistration: m.SCIMRegistration, SSORegistrations: notNil(m.SSORegistrations),
		Status: m.Status, TOTPRegistrationID: m.TOTPID,
		TrustedMetadata: m.TrustedMetadata, UntrustedMetadata: m.UntrustedMetadata, UpdatedAt: m.UpdatedAt,
	}
	if m.ExternalID != "" {
		v.ExternalID = &m.ExternalID
	}
	return v
}

// notNil makes an absent list show as [].
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (m *memberRecord) deleted() bool { return m.Status == statusDeleted }

// foldEmail gives the form in which addresses are compared. Stytch does not document whether case matters.
func (s *Server) foldEmail(address string) string {
	if s.options.Knobs.EmailsCaseSensitive {
		return address
	}
	return strings.ToLower(address)
}
