package sandbox

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// A b2bSDKConfig says what the frontend SDKs of a B2B project may do. Answers hold every sub-object and write an empty list
// as [], by Stytch's Terraform provider.
type b2bSDKConfig struct {
	Basic             sdkBasic       `json:"basic"`
	Sessions          sdkSessions    `json:"sessions"`
	MagicLinks        sdkMethod      `json:"magic_links"`
	OAuth             sdkMethod      `json:"oauth"`
	TOTPs             sdkTOTPs       `json:"totps"`
	SSO               sdkMethod      `json:"sso"`
	OTPs              sdkOTPs        `json:"otps"`
	DFPPA             sdkFingerprint `json:"dfppa"`
	Passwords         sdkPasswords   `json:"passwords"`
	Cookies           sdkCookies     `json:"cookies"`
	UserImpersonation sdkSwitch      `json:"user_impersonation"`
}

type sdkBasic struct {
	AllowSelfOnboarding     bool        `json:"allow_self_onboarding"`
	BundleIDs               []string    `json:"bundle_ids"`
	Domains                 []sdkDomain `json:"domains"`
	EnableMemberPermissions bool        `json:"enable_member_permissions"`
	Enabled                 bool        `json:"enabled"`
}

type sdkDomain struct {
	Domain      string `json:"domain"`
	SlugPattern string `json:"slug_pattern"`
}

type sdkSessions struct {
	MaxSessionDurationMinutes int `json:"max_session_duration_minutes"`
}

type sdkMethod struct {
	Enabled      bool `json:"enabled"`
	PKCERequired bool `json:"pkce_required"`
}

type sdkTOTPs struct {
	CreateTOTPs bool `json:"create_totps"`
	Enabled     bool `json:"enabled"`
}

type sdkOTPs struct {
	EmailEnabled        bool          `json:"email_enabled"`
	SMSAutofillMetadata []sdkAutofill `json:"sms_autofill_metadata"`
	SMSEnabled          bool          `json:"sms_enabled"`
}

type sdkAutofill struct {
	BundleID      string `json:"bundle_id"`
	MetadataType  string `json:"metadata_type"` // domain or hash
	MetadataValue string `json:"metadata_value"`
}

type sdkFingerprint struct {
	Enabled     string `json:"enabled"`      // ENABLED, PASSIVE, DISABLED
	OnChallenge string `json:"on_challenge"` // ALLOW, BLOCK, TRIGGER_CAPTCHA
}

type sdkPasswords struct {
	Enabled                       bool `json:"enabled"`
	PKCERequiredForPasswordResets bool `json:"pkce_required_for_password_resets"`
}

type sdkCookies struct {
	HTTPOnly string `json:"http_only"` // DISABLED, ENABLED, ENFORCED
}

type sdkSwitch struct {
	Enabled bool `json:"enabled"`
}

// defaultSDKConfig is that of a new environment. Stytch does not document it: everything is off, and sessions last an hour.
func defaultSDKConfig() *b2bSDKConfig {
	c := &b2bSDKConfig{Sessions: sdkSessions{MaxSessionDurationMinutes: 60}}
	c.fill()
	return c
}

// fill gives what a sub-object leaves out its empty value.
func (c *b2bSDKConfig) fill() {
	if c.Basic.BundleIDs == nil {
		c.Basic.BundleIDs = []string{}
	}
	if c.Basic.Domains == nil {
		c.Basic.Domains = []sdkDomain{}
	}
	if c.OTPs.SMSAutofillMetadata == nil {
		c.OTPs.SMSAutofillMetadata = []sdkAutofill{}
	}
	for word, standing := range map[*string]string{&c.DFPPA.Enabled: "DISABLED", &c.DFPPA.OnChallenge: "ALLOW", &c.Cookies.HTTPOnly: "DISABLED"} {
		if *word == "" {
			*word = standing
		}
	}
	if c.Sessions.MaxSessionDurationMinutes == 0 {
		c.Sessions.MaxSessionDurationMinutes = 60
	}
}

func (c *b2bSDKConfig) parts() map[string]any {
	return map[string]any{
		"basic": &c.Basic, "sessions": &c.Sessions, "magic_links": &c.MagicLinks, "oauth": &c.OAuth, "totps": &c.TOTPs, "sso": &c.SSO,
		"otps": &c.OTPs, "dfppa": &c.DFPPA, "passwords": &c.Passwords, "cookies": &c.Cookies, "user_impersonation": &c.UserImpersonation,
	}
}

func (s *Server) sdkConfigRoutes() {
	s.handle("GET "+environmentPath+"/sdk/b2b", read, getSDKConfig)
	s.handle("PUT "+environmentPath+"/sdk/b2b", write, setSDKConfig, "config")
}

func getSDKConfig(c *call) (answer, *apiError) {
	if err := c.isB2B(); err != nil {
		return nil, err
	}
	return answer{"config": c.sdkConfig()}, nil
}

// sdkConfig is the environment's; state that was kept before there was one has the default.
func (c *call) sdkConfig() *b2bSDKConfig {
	if c.env.SDKConfig == nil {
		return defaultSDKConfig()
	}
	return c.env.SDKConfig
}

// setSDKConfig replaces each sub-object that is sent whole, what it leaves out being off or empty, and keeps the others
// (Knobs.SDKConfigReset).
func setSDKConfig(c *call) (answer, *apiError) {
	if err := c.isB2B(); err != nil {
		return nil, err
	}
	sent, err := fieldOf[map[string]json.RawMessage](c, "config")
	switch {
	case err != nil:
		return nil, err
	case sent.Value == nil:
		return nil, badRequest("invalid_argument", "config is required.")
	}
	was, config := *c.sdkConfig(), *c.sdkConfig()
	if c.server.options.Knobs.SDKConfigReset {
		config = *defaultSDKConfig()
	}
	for name, part := range config.parts() {
		raw := sent.Value[name]
		if len(raw) == 0 || string(raw) == "null" {
			continue
		}
		reflect.ValueOf(part).Elem().SetZero()
		if json.Unmarshal(raw, part) != nil {
			return nil, badRequest("invalid_argument", "config.%s is malformed.", name)
		}
	}
	config.fill()
	if c.server.options.Knobs.SDKFeaturesWithheld {
		config.DFPPA, config.Cookies = was.DFPPA, was.Cookies
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	c.env.SDKConfig = &config
	c.saveEnvironment(c.env)
	return answer{"config": config}, nil
}

func (c *call) isB2B() *apiError {
	if c.project.Vertical == verticalConsumer {
		return badRequest("invalid_vertical", "A consumer project has no B2B SDK configuration.")
	}
	return nil
}

func (c *b2bSDKConfig) check() *apiError {
	words := func(name, word string, known ...string) *apiError {
		if slices.Contains(known, word) {
			return nil
		}
		return badRequest("invalid_argument", "%s is one of %s, not %q.", name, strings.Join(known, ", "), word)
	}
	problems := []*apiError{
		words("dfppa.enabled", c.DFPPA.Enabled, "ENABLED", "PASSIVE", "DISABLED"),
		words("dfppa.on_challenge", c.DFPPA.OnChallenge, "ALLOW", "BLOCK", "TRIGGER_CAPTCHA"),
		words("cookies.http_only", c.Cookies.HTTPOnly, "DISABLED", "ENABLED", "ENFORCED"),
	}
	for _, d := range c.Basic.Domains {
		if d.SlugPattern != "" && !strings.Contains(d.SlugPattern, "{{slug}}") {
			problems = append(problems, badRequest("invalid_argument", "slug_pattern %q does not contain {{slug}}.", d.SlugPattern))
		}
	}
	for _, a := range c.OTPs.SMSAutofillMetadata {
		problems = append(problems, words("metadata_type", a.MetadataType, "domain", "hash"))
	}
	if m := c.Sessions.MaxSessionDurationMinutes; m < 5 || m > 527040 {
		problems = append(problems, badRequest("invalid_argument", "max_session_duration_minutes is 5 to 527040, not %d.", m))
	}
	for _, p := range problems {
		if p != nil {
			return p
		}
	}
	return nil
}
