package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/sdk"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestAWholeSDKConfigComesBackAsItWasSent(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	config := sdk.B2BConfig{
		Basic: &sdk.B2BBasicConfig{
			Enabled: true, AllowSelfOnboarding: true, EnableMemberPermissions: true, BundleIDs: []string{"b", "a"},
			Domains: []sdk.AuthorizedB2BDomain{{Domain: "https://b.example", SlugPattern: "https://{{slug}}.b.example"}, {Domain: "https://a.example"}},
		},
		Sessions: &sdk.B2BSessionsConfig{MaxSessionDurationMinutes: 5}, MagicLinks: &sdk.B2BMagicLinksConfig{Enabled: true, PKCERequired: true},
		OAuth: &sdk.B2BOAuthConfig{Enabled: true}, TOTPs: &sdk.B2BTOTPsConfig{CreateTOTPs: true}, SSO: &sdk.B2BSSOConfig{PKCERequired: true},
		OTPs: &sdk.B2BOTPsConfig{
			SMSEnabled: true, SMSAutofillMetadata: []sdk.SMSAutofillMetadata{{MetadataType: "hash", MetadataValue: "x", BundleID: "a"}},
		},
		DFPPA:     &sdk.B2BDFPPAConfig{Enabled: "ENABLED", OnChallenge: "BLOCK"},
		Passwords: &sdk.B2BPasswordsConfig{Enabled: true}, Cookies: &sdk.B2BCookiesConfig{HTTPOnly: "ENFORCED"},
	}
	set, err := l.api.SDK.SetB2BConfig(ctx, sdk.SetB2BConfigRequest{ProjectSlug: "acme", EnvironmentSlug: "test", Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.api.SDK.GetB2BConfig(ctx, sdk.GetB2BConfigRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]sdk.B2BConfig{config, config}, []sdk.B2BConfig{set.Config, got.Config}); diff != "" {
		t.Error(diff)
	}
}

func TestSDKConfigs(t *testing.T) {
	const before = `{"config":{"basic":{"enabled":true,"bundle_ids":["a"]},"sso":{"enabled":true},"dfppa":{"enabled":"PASSIVE"}}}`
	for _, c := range []struct {
		name, body string
		knobs      sandbox.Knobs
		status     int
		errorType  string
		path       []string
		want       any
	}{
		{"an object that is left out is kept", `{"config":{"basic":{}}}`, sandbox.Knobs{}, 200, "", []string{"config", "sso", "enabled"}, true},
		{"a null one too", `{"config":{"sso":null}}`, sandbox.Knobs{}, 200, "", []string{"config", "sso", "enabled"}, true},
		{"with the knob it is reset", `{"config":{"basic":{}}}`, sandbox.Knobs{SDKConfigReset: true}, 200, "", []string{"config", "sso", "enabled"}, false},
		{"a switch that is left out of an object is off", `{"config":{"basic":{"bundle_ids":["b"]}}}`, sandbox.Knobs{}, 200, "", []string{"config", "basic", "enabled"}, false},
		{"a list that is left out is empty", `{"config":{"basic":{"enabled":true}}}`, sandbox.Knobs{}, 200, "", []string{"config", "basic", "bundle_ids"}, []any{}},
		{"what is not granted stays, without a word", `{"config":{"dfppa":{"enabled":"ENABLED"}}}`, sandbox.Knobs{SDKFeaturesWithheld: true}, 200, "", []string{"config", "dfppa", "enabled"}, "DISABLED"},
		{"a pattern needs its placeholder", `{"config":{"basic":{"domains":[{"domain":"a","slug_pattern":"b"}]}}}`, sandbox.Knobs{}, 400, "invalid_argument", nil, nil},
		{"words are checked", `{"config":{"cookies":{"http_only":"yes"}}}`, sandbox.Knobs{}, 400, "invalid_argument", nil, nil},
		{"a session lasts five minutes at least", `{"config":{"sessions":{"max_session_duration_minutes":4}}}`, sandbox.Knobs{}, 400, "invalid_argument", nil, nil},
		{"types are checked", `{"config":{"sso":{"enabled":"yes"}}}`, sandbox.Knobs{}, 400, "invalid_argument", nil, nil},
		{"a config is needed", `{}`, sandbox.Knobs{}, 400, "invalid_argument", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			const path = environmentOf + "/sdk/b2b"
			l.manage("PUT", path, before).want(t, 200, "")
			was := l.manage("GET", path, "").at("config")
			l.manage("PUT", path, c.body).want(t, c.status, c.errorType)
			if c.path == nil {
				if diff := cmp.Diff(was, l.manage("GET", path, "").at("config")); diff != "" {
					t.Errorf("a refusal changed something:\n%s", diff)
				}
				return
			}
			if diff := cmp.Diff(c.want, l.manage("GET", path, "").at(c.path...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAConsumerProjectHasNoB2BSDKConfig(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	if _, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"}); err != nil {
		t.Fatal(err)
	}
	l.manage("GET", "/pwa/v3/projects/shop/environments/test/sdk/b2b", "").want(t, 400, "invalid_vertical")
}
