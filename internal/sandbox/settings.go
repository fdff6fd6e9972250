package sandbox

import "time"

// environmentSettings are the settings of an environment that a PATCH can change.
type environmentSettings struct {
	CrossOrgPasswordsEnabled                               bool   `json:"cross_org_passwords_enabled"`
	IDPAuthorizationURL                                    string `json:"idp_authorization_url"`
	IDPDynamicClientRegistrationAccessTokenTemplateContent string `json:"idp_dynamic_client_registration_access_token_template_content"`
	IDPDynamicClientRegistrationEnabled                    bool   `json:"idp_dynamic_client_registration_enabled"`
	UseCustomDomainInMagicLinkEmails                       bool   `json:"use_custom_domain_in_magic_link_emails"`
	UserImpersonationEnabled                               bool   `json:"user_impersonation_enabled"`
	UserLockSelfServeEnabled                               bool   `json:"user_lock_self_serve_enabled"`
	UserLockThreshold                                      int    `json:"user_lock_threshold"`
	UserLockTTL                                            int    `json:"user_lock_ttl"` // seconds
	ZeroDowntimeSessionMigrationURL                        string `json:"zero_downtime_session_migration_url"`
}

// customDomainKey is the one setting that cannot be given when an environment is made.
const customDomainKey = "use_custom_domain_in_magic_link_emails"

// defaultSettings are those of a new environment: locked after 10 attempts for an hour, by the SDK's comments.
func defaultSettings() environmentSettings {
	return environmentSettings{UserLockThreshold: 10, UserLockTTL: 3600}
}

func (s *environmentSettings) switches() map[string]*bool {
	return map[string]*bool{
		"cross_org_passwords_enabled":             &s.CrossOrgPasswordsEnabled,
		"idp_dynamic_client_registration_enabled": &s.IDPDynamicClientRegistrationEnabled,
		"user_impersonation_enabled":              &s.UserImpersonationEnabled,
		"user_lock_self_serve_enabled":            &s.UserLockSelfServeEnabled,
	}
}

func (s *environmentSettings) numbers() map[string]*int {
	return map[string]*int{"user_lock_threshold": &s.UserLockThreshold, "user_lock_ttl": &s.UserLockTTL}
}

func (s *environmentSettings) texts() map[string]*string {
	return map[string]*string{
		"idp_authorization_url": &s.IDPAuthorizationURL,
		"idp_dynamic_client_registration_access_token_template_content": &s.IDPDynamicClientRegistrationAccessTokenTemplateContent,
		"zero_downtime_session_migration_url":                           &s.ZeroDowntimeSessionMigrationURL,
	}
}

// environmentSettingKeys are the settings that both POST and PATCH take.
func environmentSettingKeys() []string {
	var s environmentSettings
	var keys []string
	for key := range s.switches() {
		keys = append(keys, key)
	}
	for key := range s.numbers() {
		keys = append(keys, key)
	}
	for key := range s.texts() {
		keys = append(keys, key)
	}
	return keys
}

// readSettings overlays the settings that the body names. A null is no change, as for the SDK's nil pointers.
func (c *call) readSettings(into *environmentSettings) *apiError {
	b := bodyReader{call: c}
	for key, setting := range into.switches() {
		if f := get[bool](&b, key); f.Sent && !f.Null {
			*setting = f.Value
		}
	}
	for key, setting := range into.numbers() {
		f := get[int](&b, key)
		if f.Value < 0 {
			return badRequest("invalid_argument", "%s cannot be negative.", key)
		}
		if f.Sent && !f.Null {
			*setting = f.Value
		}
	}
	for key, setting := range into.texts() {
		f := get[string](&b, key)
		if f.Sent && !f.Null && (f.Value != "" || !c.server.options.Knobs.EmptySettingsKept) {
			*setting = f.Value
		}
	}
	return b.err
}

// An environmentView is an environment as the API shows it.
type environmentView struct {
	environmentSettings
	CreatedAt       time.Time `json:"created_at"`
	EnvironmentSlug string    `json:"environment_slug"`
	Name            string    `json:"name"`
	OAuthCallbackID string    `json:"oauth_callback_id"`
	ProjectID       string    `json:"project_id"`
	ProjectSlug     string    `json:"project_slug"`
	Type            string    `json:"type"`
}

func (e *environment) view() environmentView {
	return environmentView{
		environmentSettings: e.Settings,
		CreatedAt:           e.CreatedAt, EnvironmentSlug: e.Slug, Name: e.Name, OAuthCallbackID: e.OAuthCallbackID,
		ProjectID: e.ProjectID, ProjectSlug: e.ProjectSlug, Type: e.Type,
	}
}
