package catalog

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A B2BSDKConfig says what browsers and apps may do with Stytch's frontend
// SDKs. b2b_sdk_config_document.go reads and writes it,
// b2b_sdk_config_effects.go says what a change does to people.
type B2BSDKConfig struct {
	Enabled             kind.Opt[bool]        `attr:"basic.enabled" doc:"Whether the frontend SDKs may be used at all."`
	SelfOnboarding      kind.Opt[bool]        `attr:"basic.allow_self_onboarding" doc:"Whether people may create organizations from the frontend."`
	MemberPermissions   kind.Opt[bool]        `attr:"basic.enable_member_permissions" doc:"Whether members may act on their organization from the frontend, as far as the RBAC policy lets them."`
	Domains             kind.Opt[[]SDKDomain] `attr:"basic.domains,set" doc:"The domains on which the SDKs work. Owned whole; [] clears."`
	BundleIDs           kind.Opt[[]string]    `attr:"basic.bundle_ids,set" doc:"The mobile apps in which the SDKs work. Owned whole; [] clears."`
	MaxSession          kind.Opt[int]         `attr:"sessions.max_session_duration_minutes" min:"5" max:"527040" doc:"The longest session that the frontend may ask for, in minutes."`
	MagicLinks          kind.Opt[bool]        `attr:"magic_links.enabled" doc:"Whether the frontend may log people in by links in email."`
	MagicLinksPKCE      kind.Opt[bool]        `attr:"magic_links.pkce_required" doc:"Whether that needs PKCE: who starts a login must be who ends it."`
	OAuth               kind.Opt[bool]        `attr:"oauth.enabled" doc:"Whether the frontend may log people in through OAuth providers."`
	OAuthPKCE           kind.Opt[bool]        `attr:"oauth.pkce_required" doc:"Whether that needs PKCE."`
	TOTPs               kind.Opt[bool]        `attr:"totps.enabled" doc:"Whether the frontend may check codes of authenticator apps."`
	CreateTOTPs         kind.Opt[bool]        `attr:"totps.create_totps" doc:"Whether members may add an authenticator app from the frontend."`
	SSO                 kind.Opt[bool]        `attr:"sso.enabled" doc:"Whether the frontend may log people in by single sign-on."`
	SSOPKCE             kind.Opt[bool]        `attr:"sso.pkce_required" doc:"Whether that needs PKCE."`
	SMSCodes            kind.Opt[bool]        `attr:"otps.sms_enabled" doc:"Whether the frontend may send and check codes by SMS."`
	EmailCodes          kind.Opt[bool]        `attr:"otps.email_enabled" doc:"Whether the frontend may send and check codes by email."`
	SMSAutofill         kind.Opt[[]Autofill]  `attr:"otps.sms_autofill_metadata,set" doc:"What codes by SMS say so that a phone fills them in by itself. Owned whole; [] clears."`
	Fingerprint         kind.Opt[string]      `attr:"dfppa.enabled,nonempty" oneof:"ENABLED PASSIVE DISABLED" doc:"Whether device fingerprints protect logins from the frontend (Protected Auth); PASSIVE only watches. Other than DISABLED needs what Stytch must grant."`
	OnChallenge         kind.Opt[string]      `attr:"dfppa.on_challenge,nonempty" oneof:"ALLOW BLOCK TRIGGER_CAPTCHA" doc:"What happens to a login whose device is suspect."`
	Passwords           kind.Opt[bool]        `attr:"passwords.enabled" doc:"Whether the frontend may log people in by password."`
	PasswordResetPKCE   kind.Opt[bool]        `attr:"passwords.pkce_required_for_password_resets" doc:"Whether resetting a password needs PKCE."`
	HTTPOnlyCookies     kind.Opt[string]      `attr:"cookies.http_only,nonempty" oneof:"DISABLED ENABLED ENFORCED" doc:"Whether session cookies are out of reach of scripts. Other than DISABLED needs a custom domain."`
	SDKImpersonationUse kind.Opt[bool]        `attr:"user_impersonation.enabled" doc:"Whether the frontend takes sessions in which somebody of the Dashboard acts as a member; the environment's user_impersonation_enabled must be on too."`
}

// An SDKDomain is one on which the frontend SDKs work.
type SDKDomain struct {
	Domain      string `attr:"domain,required,nonempty" doc:"The origin, such as https://app.example.com."`
	SlugPattern string `attr:"slug_pattern" default:"\"\"" doc:"Where each organization has its own: an origin with {{slug}} in it."`
}

// An Autofill is what a code by SMS says to one app or domain.
type Autofill struct {
	Type     string `attr:"metadata_type,required" oneof:"domain hash" doc:"domain for a web page or an iOS app, hash for an Android app."`
	Value    string `attr:"metadata_value,required,nonempty" doc:"The domain, or the app's hash."`
	BundleID string `attr:"bundle_id" default:"\"\"" doc:"The app's bundle id."`
}

var b2bSDKConfig = kind.New(kind.Type[B2BSDKConfig]{
	Name:      "b2b_sdk_config",
	Plural:    "b2b_sdk_config",
	Singleton: true,
	Plane:     client.Management,
	Doc: "What browsers and mobile apps may do with Stytch's frontend SDKs. It always exists. It is read, changed where something is " +
		"declared, and written back whole, with keys that this version does not know.",
	Facts: []string{
		"what a new environment has here is not documented",
		"a switch, a list or a duration that an answer leaves out of an object is off, empty or nothing; of an object that it leaves out " +
			"altogether nothing is known",
		"the lists of domains, bundle ids and autofill metadata have no order that counts",
		"max_session_duration_minutes has the bounds that Stytch documents for the sessions themselves",
		"Stytch may accept what it has not granted (dfppa, cookies.http_only) and leave it as it was: an apply that finds it so fails",
		"a part that is not declared and that somebody else changes in the milliseconds between the read and the write is lost",
	},
	Check:   checkSDKConfig,
	Effects: sdkConfigEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[B2BSDKConfig], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[B2BSDKConfig], error) {
			return readSDKConfig(ctx, c, s)
		})
	},
	Update: updateSDKConfig,
})

func checkSDKConfig(c B2BSDKConfig) []kind.Problem {
	var problems []kind.Problem
	for i, d := range c.Domains.Value {
		if d.SlugPattern != "" && !strings.Contains(d.SlugPattern, "{{slug}}") {
			problems = append(problems, kind.Problem{
				Attribute: fmt.Sprintf("basic.domains[%d].slug_pattern", i), Message: fmt.Sprintf("slug_pattern %q does not contain {{slug}}", d.SlugPattern),
				Hint: "write one such as https://{{slug}}.example.com, or drop it",
			})
		}
	}
	return problems
}
