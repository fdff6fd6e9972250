package catalog

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestSDKConfigRules(t *testing.T) {
	config := B2BSDKConfig{Domains: kind.Some([]SDKDomain{{Domain: "https://a.example"}, {Domain: "https://b.example", SlugPattern: "https://slug.b.example"}})}
	want := []string{`basic.domains[1].slug_pattern: slug_pattern "https://slug.b.example" does not contain {{slug}}`}
	if diff := cmp.Diff(want, messages(checkSDKConfig(config))); diff != "" {
		t.Error(diff)
	}
}

func TestSDKConfigEffects(t *testing.T) {
	for _, test := range []struct {
		name      string
		was, then B2BSDKConfig
		changed   string
		want      []string
	}{
		{
			"the SDKs go on",
			B2BSDKConfig{},
			B2BSDKConfig{Enabled: kind.Some(true)},
			"basic.enabled",
			[]string{"access-widened: browsers and apps may talk to Stytch with the public token"},
		},
		{
			"the SDKs go off",
			B2BSDKConfig{Enabled: kind.Some(true)},
			B2BSDKConfig{Enabled: kind.Some(false)},
			"basic.enabled",
			[]string{"access-removed: nobody logs in through the frontend SDKs any more"},
		},
		{
			"a way to log in closes",
			B2BSDKConfig{SSO: kind.Some(true)},
			B2BSDKConfig{SSO: kind.Some(false)},
			"sso.enabled",
			[]string{"access-removed: the frontend SDKs may no longer log people in by single sign-on"},
		},
		{
			"PKCE goes off",
			B2BSDKConfig{OAuthPKCE: kind.Some(true)},
			B2BSDKConfig{OAuthPKCE: kind.Some(false)},
			"oauth.pkce_required",
			[]string{"authentication-weakened: logins through OAuth providers need no PKCE: whoever gets hold of the link can end what another has started"},
		},
		{
			"PKCE goes on",
			B2BSDKConfig{OAuthPKCE: kind.Some(false)},
			B2BSDKConfig{OAuthPKCE: kind.Some(true)},
			"oauth.pkce_required",
			[]string{"logins through OAuth providers that were started without PKCE are refused"},
		},
		{
			"domains and apps come and go",
			B2BSDKConfig{Domains: kind.Some([]SDKDomain{{Domain: "a"}, {Domain: "b"}}), BundleIDs: kind.Some([]string{"x"})},
			B2BSDKConfig{Domains: kind.Some([]SDKDomain{{Domain: "b", SlugPattern: "{{slug}}.b"}}), BundleIDs: kind.Some([]string{})},
			"basic.domains",
			[]string{
				"access-removed: the frontend SDKs no longer work on a, b", "access-widened: the frontend SDKs work on b and {{slug}}.b",
				"access-removed: the frontend SDKs no longer work in the app x",
			},
		},
		{
			"sessions become longer",
			B2BSDKConfig{MaxSession: kind.Some(60)},
			B2BSDKConfig{MaxSession: kind.Some(120)},
			"sessions.max_session_duration_minutes",
			[]string{"authentication-weakened: the frontend may ask for sessions of 120 minutes; it was 60"},
		},
		{
			"sessions become shorter",
			B2BSDKConfig{MaxSession: kind.Some(60)},
			B2BSDKConfig{MaxSession: kind.Some(5)},
			"sessions.max_session_duration_minutes",
			[]string{"a frontend that asks for sessions of more than 5 minutes is refused"},
		},
		{
			"fingerprints only watch",
			B2BSDKConfig{Fingerprint: kind.Some("ENABLED")},
			B2BSDKConfig{Fingerprint: kind.Some("PASSIVE")},
			"dfppa.enabled",
			[]string{"authentication-weakened: device fingerprints no longer protect logins as they did"},
		},
		{
			"suspect devices are blocked",
			B2BSDKConfig{OnChallenge: kind.Some("ALLOW")},
			B2BSDKConfig{OnChallenge: kind.Some("BLOCK")},
			"dfppa.on_challenge",
			[]string{"access-removed: people whose device is suspect cannot log in"},
		},
		{
			"suspect devices are let in",
			B2BSDKConfig{OnChallenge: kind.Some("BLOCK")},
			B2BSDKConfig{OnChallenge: kind.Some("ALLOW")},
			"dfppa.on_challenge",
			[]string{"authentication-weakened: a login from a suspect device meets less resistance"},
		},
		{
			"cookies come within reach",
			B2BSDKConfig{HTTPOnlyCookies: kind.Some("ENFORCED")},
			B2BSDKConfig{HTTPOnlyCookies: kind.Some("DISABLED")},
			"cookies.http_only",
			[]string{"authentication-weakened: scripts on the page may read session tokens"},
		},
		{
			"cookies go out of reach",
			B2BSDKConfig{HTTPOnlyCookies: kind.Some("DISABLED")},
			B2BSDKConfig{HTTPOnlyCookies: kind.Some("ENABLED")},
			"cookies.http_only",
			[]string{"scripts that read the session's cookie no longer find it"},
		},
		{
			"impersonation",
			B2BSDKConfig{},
			B2BSDKConfig{SDKImpersonationUse: kind.Some(true)},
			"user_impersonation.enabled",
			[]string{
				"access-widened: the frontend SDKs may take sessions in which somebody of the Dashboard acts as a member",
				"it takes effect where the environment's user_impersonation_enabled is on",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := effectsInWords(sdkConfigEffects(kind.Transition[B2BSDKConfig]{
				Live: kind.Live[B2BSDKConfig]{Value: test.was}, After: test.then, Changed: map[string]bool{test.changed: true},
			}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnSDKConfigKeepsWhatThisVersionDoesNotKnow(t *testing.T) {
	s := newStand(t)
	s.wire.next = newer{s.wire.next}
	live := list(t, func() ([]kind.Live[B2BSDKConfig], error) {
		return readSDKConfig(context.Background(), s.client, s.scope)
	})[0]
	declared := B2BSDKConfig{
		MagicLinks: kind.Some(true),
		Domains:    kind.Some([]SDKDomain{{Domain: "https://b.example", SlugPattern: "https://{{slug}}.b.example"}, {Domain: "https://a.example"}}),
	}
	if err := carryOut(s, b2bSDKConfig, "", &live, &declared); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"basic": map[string]any{
			"enabled": false, "allow_self_onboarding": false, "enable_member_permissions": false, "bundle_ids": []any{}, "passkeys": true,
			"domains": []any{map[string]any{"domain": "https://a.example"}, map[string]any{"domain": "https://b.example", "slug_pattern": "https://{{slug}}.b.example"}},
		},
		"sessions": map[string]any{"max_session_duration_minutes": 60.0}, "magic_links": map[string]any{"enabled": true, "pkce_required": false},
		"oauth": map[string]any{"enabled": false, "pkce_required": false}, "totps": map[string]any{"enabled": false, "create_totps": false},
		"sso":   map[string]any{"enabled": false, "pkce_required": false},
		"otps":  map[string]any{"sms_enabled": false, "email_enabled": false, "sms_autofill_metadata": []any{}},
		"dfppa": map[string]any{"enabled": "DISABLED", "on_challenge": "ALLOW"}, "passwords": map[string]any{"enabled": false, "pkce_required_for_password_resets": false},
		"cookies": map[string]any{"http_only": "DISABLED"}, "user_impersonation": map[string]any{"enabled": false},
		"passkeys": map[string]any{"limit": 9007199254740993.0},
	}
	body := s.wire.writes()[0].body
	if diff := cmp.Diff(any(map[string]any{"config": want}), asJSON(t, body)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(body, "9007199254740993") {
		t.Error("a number has lost digits: " + body)
	}
}

// A newer Stytch answers with a key and an object that this version does not know.
type newer struct{ next http.RoundTripper }

func (n newer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := n.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet {
		return answer, err
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	said := strings.Replace(string(text), `"basic":{`, `"passkeys":{"limit":9007199254740993},"basic":{"passkeys":true,`, 1)
	answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(said)), int64(len(said))
	return answer, err
}

// What is missing in an answer is not known, and no reason to write.
func TestAnObjectThatStytchDoesNotAnswerIsNotKnown(t *testing.T) {
	value, err := sdkConfigOf(map[string]any{"basic": map[string]any{"enabled": true}, "sso": nil})
	if err != nil {
		t.Fatal(err)
	}
	want := B2BSDKConfig{
		Enabled: kind.Some(true), SelfOnboarding: kind.Some(false), MemberPermissions: kind.Some(false),
		Domains: kind.Some([]SDKDomain{}), BundleIDs: kind.Some([]string(nil)),
	}
	if diff := cmp.Diff(want, value); diff != "" {
		t.Error(diff)
	}
	if _, err := sdkConfigOf(map[string]any{"basic": map[string]any{"enabled": "yes"}}); err == nil {
		t.Error("an answer that makes no sense is understood")
	}
}

func TestAnSDKConfigThatStytchDoesNotTakeOverIsAFailure(t *testing.T) {
	s := newStandWith(t, sandbox.Knobs{SDKFeaturesWithheld: true})
	live := list(t, func() ([]kind.Live[B2BSDKConfig], error) {
		return readSDKConfig(context.Background(), s.client, s.scope)
	})[0]
	declared := B2BSDKConfig{Enabled: kind.Some(true), Fingerprint: kind.Some("ENABLED"), HTTPOnlyCookies: kind.Some("ENFORCED")}
	err := carryOut(s, b2bSDKConfig, "", &live, &declared)
	if err == nil || !strings.Contains(err.Error(), "Stytch accepted the write, but it did not take over dfppa.enabled, cookies.http_only") {
		t.Errorf("got %v", err)
	}
}
