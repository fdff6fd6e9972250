package catalog

import (
	"context"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/sdk"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// sdkAnswer is the configuration as Stytch answers it. user_impersonation is
// newer than the SDK.
type sdkAnswer struct {
	sdk.B2BConfig
	UserImpersonation *struct {
		Enabled bool `json:"enabled"`
	} `json:"user_impersonation"`
}

func sdkSetting(s kind.Scope) wholeSetting {
	return wholeSetting{path: environmentPath(s, "/sdk/b2b"), field: "config"}
}

func readSDKConfig(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[B2BSDKConfig], error) {
	raw, err := sdkSetting(s).read(ctx, c)
	if err != nil {
		return nil, err
	}
	value, err := sdkConfigOf(raw)
	if err != nil {
		return nil, err
	}
	return []kind.Live[B2BSDKConfig]{{ID: "b2b_sdk_config", Value: value}}, nil
}

// sdkConfigOf is what an answer says, object by object: one that is missing
// says nothing, and what is missing inside of one is off.
func sdkConfigOf(raw map[string]any) (B2BSDKConfig, error) {
	a, err := decoded[sdkAnswer]("SDK configuration", raw)
	var v B2BSDKConfig
	if p := a.Basic; p != nil {
		v.Enabled, v.SelfOnboarding, v.MemberPermissions = kind.Some(p.Enabled), kind.Some(p.AllowSelfOnboarding), kind.Some(p.EnableMemberPermissions)
		domains := make([]SDKDomain, 0, len(p.Domains))
		for _, d := range p.Domains {
			domains = append(domains, SDKDomain{Domain: d.Domain, SlugPattern: d.SlugPattern})
		}
		v.Domains, v.BundleIDs = kind.Some(domains), kind.Some(p.BundleIDs)
	}
	if p := a.Sessions; p != nil {
		v.MaxSession = kind.Some(p.MaxSessionDurationMinutes)
	}
	if p := a.MagicLinks; p != nil {
		v.MagicLinks, v.MagicLinksPKCE = kind.Some(p.Enabled), kind.Some(p.PKCERequired)
	}
	if p := a.OAuth; p != nil {
		v.OAuth, v.OAuthPKCE = kind.Some(p.Enabled), kind.Some(p.PKCERequired)
	}
	if p := a.TOTPs; p != nil {
		v.TOTPs, v.CreateTOTPs = kind.Some(p.Enabled), kind.Some(p.CreateTOTPs)
	}
	if p := a.SSO; p != nil {
		v.SSO, v.SSOPKCE = kind.Some(p.Enabled), kind.Some(p.PKCERequired)
	}
	if p := a.OTPs; p != nil {
		autofill := make([]Autofill, 0, len(p.SMSAutofillMetadata))
		for _, m := range p.SMSAutofillMetadata {
			autofill = append(autofill, Autofill{Type: string(m.MetadataType), Value: m.MetadataValue, BundleID: m.BundleID})
		}
		v.SMSCodes, v.EmailCodes, v.SMSAutofill = kind.Some(p.SMSEnabled), kind.Some(p.EmailEnabled), kind.Some(autofill)
	}
	if p := a.DFPPA; p != nil {
		v.Fingerprint, v.OnChallenge = kind.Some(string(p.Enabled)), kind.Some(string(p.OnChallenge))
	}
	if p := a.Passwords; p != nil {
		v.Passwords, v.PasswordResetPKCE = kind.Some(p.Enabled), kind.Some(p.PKCERequiredForPasswordResets)
	}
	if p := a.Cookies; p != nil {
		v.HTTPOnlyCookies = kind.Some(string(p.HTTPOnly))
	}
	if p := a.UserImpersonation; p != nil {
		v.SDKImpersonationUse = kind.Some(p.Enabled)
	}
	return v, err
}

// updateSDKConfig sends every object, those that nobody declares as they were
// read: whether Stytch keeps what a PUT leaves out is not certain, and inside of
// an object it does not.
func updateSDKConfig(ctx context.Context, c *client.Client, e kind.Edit[B2BSDKConfig]) error {
	setting := sdkSetting(e.Scope)
	now, err := setting.read(ctx, c)
	if err != nil {
		return err
	}
	was, err := sdkConfigOf(now)
	if err == nil {
		err = asPlanned(nil, was, e)
	}
	if err != nil {
		return err
	}
	config := overlaid(now, kind.Body(e.After))
	withoutEmptyWords(config, "basic", "domains")
	withoutEmptyWords(config, "otps", "sms_autofill_metadata")
	made, err := setting.replace(ctx, c, map[string]any{"config": config})
	if err != nil {
		return err
	}
	is, err := sdkConfigOf(made)
	if err != nil {
		return err
	}
	return untaken(nil, is, e.After, "Stytch must grant some of these first; ask it, or take back what is declared")
}

// withoutEmptyWords leaves empty words out of a list's objects, as the SDK
// does: an empty slug_pattern has no {{slug}} in it.
func withoutEmptyWords(config map[string]any, object, list string) {
	parent, _ := config[object].(map[string]any)
	items, _ := parent[list].([]any)
	for i, item := range items {
		fields, ok := item.(map[string]any)
		if !ok {
			continue
		}
		kept := map[string]any{}
		for name, value := range fields {
			if value != "" {
				kept[name] = value
			}
		}
		items[i] = kept
	}
}
