package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An sdkSwitch is one setting that is on or off, and what each means.
type sdkSwitch struct {
	name     string
	value    func(B2BSDKConfig) kind.Opt[bool]
	opens    string // access-widened when it goes on
	closes   string // access-removed when it goes off
	weakens  string // authentication-weakened when it goes off
	requires string // a consequence when it goes on
}

// frontendMay is a switch that lets the frontend do something.
func frontendMay(name, how string, value func(B2BSDKConfig) kind.Opt[bool]) sdkSwitch {
	return sdkSwitch{name: name, value: value, opens: "the frontend SDKs may " + how, closes: "the frontend SDKs may no longer " + how}
}

func pkce(name, flow string, value func(B2BSDKConfig) kind.Opt[bool]) sdkSwitch {
	return sdkSwitch{
		name: name, value: value, weakens: flow + " need no PKCE: whoever gets hold of the link can end what another has started",
		requires: flow + " that were started without PKCE are refused",
	}
}

var sdkSwitches = []sdkSwitch{
	{
		name: "basic.enabled", value: func(c B2BSDKConfig) kind.Opt[bool] { return c.Enabled },
		opens:  "browsers and apps may talk to Stytch with the public token",
		closes: "nobody logs in through the frontend SDKs any more",
	},
	frontendMay("basic.allow_self_onboarding", "create organizations, for anybody who asks", func(c B2BSDKConfig) kind.Opt[bool] { return c.SelfOnboarding }),
	frontendMay("basic.enable_member_permissions", "act for members as the RBAC policy lets them", func(c B2BSDKConfig) kind.Opt[bool] { return c.MemberPermissions }),
	frontendMay("magic_links.enabled", "log people in by links in email", func(c B2BSDKConfig) kind.Opt[bool] { return c.MagicLinks }),
	frontendMay("oauth.enabled", "log people in through OAuth providers", func(c B2BSDKConfig) kind.Opt[bool] { return c.OAuth }),
	frontendMay("sso.enabled", "log people in by single sign-on", func(c B2BSDKConfig) kind.Opt[bool] { return c.SSO }),
	frontendMay("passwords.enabled", "log people in by password", func(c B2BSDKConfig) kind.Opt[bool] { return c.Passwords }),
	frontendMay("otps.sms_enabled", "send and check codes by SMS", func(c B2BSDKConfig) kind.Opt[bool] { return c.SMSCodes }),
	frontendMay("otps.email_enabled", "send and check codes by email", func(c B2BSDKConfig) kind.Opt[bool] { return c.EmailCodes }),
	frontendMay("totps.enabled", "check codes of authenticator apps", func(c B2BSDKConfig) kind.Opt[bool] { return c.TOTPs }),
	frontendMay("totps.create_totps", "add authenticator apps for members", func(c B2BSDKConfig) kind.Opt[bool] { return c.CreateTOTPs }),
	frontendMay("user_impersonation.enabled", "take sessions in which somebody of the Dashboard acts as a member", func(c B2BSDKConfig) kind.Opt[bool] { return c.SDKImpersonationUse }),
	pkce("magic_links.pkce_required", "logins by link", func(c B2BSDKConfig) kind.Opt[bool] { return c.MagicLinksPKCE }),
	pkce("oauth.pkce_required", "logins through OAuth providers", func(c B2BSDKConfig) kind.Opt[bool] { return c.OAuthPKCE }),
	pkce("sso.pkce_required", "logins by single sign-on", func(c B2BSDKConfig) kind.Opt[bool] { return c.SSOPKCE }),
	pkce("passwords.pkce_required_for_password_resets", "resets of passwords", func(c B2BSDKConfig) kind.Opt[bool] { return c.PasswordResetPKCE }),
}

// The words of some settings, the weakest first.
var (
	fingerprintStrength = []string{"DISABLED", "PASSIVE", "ENABLED"}
	challengeStrength   = []string{"ALLOW", "TRIGGER_CAPTCHA", "BLOCK"}
	cookieStrength      = []string{"DISABLED", "ENABLED", "ENFORCED"}
)

func sdkConfigEffects(t kind.Transition[B2BSDKConfig]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	say := func(text string) { effects.Consequences = append(effects.Consequences, text) }
	for _, s := range sdkSwitches {
		on := s.value(t.After).Value
		switch {
		case !t.Changed[s.name] || on == s.value(t.Live.Value).Value:
		case on && s.opens != "":
			risk(plan.AccessWidened, "%s", s.opens)
		case on:
			say(s.requires)
		case s.closes != "":
			risk(plan.AccessRemoved, "%s", s.closes)
		default:
			risk(plan.AuthenticationWeakened, "%s", s.weakens)
		}
	}
	before, after := t.Live.Value, t.After
	for _, places := range []struct {
		what    string
		was, is []string
	}{
		{"on", sdkDomains(before), sdkDomains(after)},
		{"in the app", sortedSet(before.BundleIDs.Value), sortedSet(after.BundleIDs.Value)},
	} {
		if gone := without(places.was, places.is); len(gone) > 0 {
			risk(plan.AccessRemoved, "the frontend SDKs no longer work %s %s", places.what, strings.Join(gone, ", "))
		}
		if added := without(places.is, places.was); len(added) > 0 {
			risk(plan.AccessWidened, "the frontend SDKs work %s %s", places.what, strings.Join(added, ", "))
		}
	}
	switch was, is := before.MaxSession.Value, after.MaxSession.Value; {
	case !t.Changed["sessions.max_session_duration_minutes"]:
	case is > was:
		risk(plan.AuthenticationWeakened, "the frontend may ask for sessions of %d minutes; it was %d", is, was)
	default:
		say(fmt.Sprintf("a frontend that asks for sessions of more than %d minutes is refused", is))
	}
	weaker := func(strength []string, was, is, reason string) {
		if slices.Index(strength, is) < slices.Index(strength, was) {
			risk(plan.AuthenticationWeakened, "%s", reason)
		}
	}
	weaker(fingerprintStrength, before.Fingerprint.Value, after.Fingerprint.Value, "device fingerprints no longer protect logins as they did")
	weaker(challengeStrength, before.OnChallenge.Value, after.OnChallenge.Value, "a login from a suspect device meets less resistance")
	weaker(cookieStrength, before.HTTPOnlyCookies.Value, after.HTTPOnlyCookies.Value, "scripts on the page may read session tokens")
	if t.Changed["dfppa.on_challenge"] && after.OnChallenge.Value == "BLOCK" {
		risk(plan.AccessRemoved, "people whose device is suspect cannot log in")
	}
	if t.Changed["cookies.http_only"] && after.HTTPOnlyCookies.Value != "DISABLED" {
		say("scripts that read the session's cookie no longer find it")
	}
	if t.Changed["user_impersonation.enabled"] && after.SDKImpersonationUse.Value {
		say("it takes effect where the environment's user_impersonation_enabled is on")
	}
	return effects
}

// sdkDomains are the domains in words, each with its pattern.
func sdkDomains(c B2BSDKConfig) []string {
	var list []string
	for _, d := range c.Domains.Value {
		if d.SlugPattern != "" {
			d.Domain += " and " + d.SlugPattern
		}
		list = append(list, d.Domain)
	}
	return sortedSet(list)
}
