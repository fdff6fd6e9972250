package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestConnectedAppRules(t *testing.T) {
	first := kind.Some("first_party")
	for _, test := range []struct {
		name string
		app  ConnectedApp
		want []string
	}{
		{"addresses of the web, of an app and of this machine", ConnectedApp{ClientType: first, RedirectURLs: kind.Some([]string{
			"https://app.example/in?x={}", "acme://in", "http://localhost:3000/", "http://127.0.0.1/", "http://[::1]:80/",
		})}, nil},
		{"full access for the own app", ConnectedApp{ClientType: first, FullAccess: kind.Some(true), BypassConsent: kind.Some(true)}, nil},
		{"full access for others", ConnectedApp{ClientType: kind.Some("third_party_public"), FullAccess: kind.Some(true)}, []string{"full_access_allowed: a third party app cannot have full access"}},
		{"no consent for others", ConnectedApp{ClientType: kind.Some("third_party"), BypassConsent: kind.Some(true)}, []string{"bypass_consent_for_offline_access: a third party app must ask for consent"}},
		{"a secret that is none", ConnectedApp{ClientType: kind.Some("first_party_public"), Rotation: kind.Some("started")}, []string{"secret_rotation: a public app has no secret to rotate"}},
		{"whether it is public is not known", ConnectedApp{Rotation: kind.Some("started")}, nil},
		{"bad addresses", ConnectedApp{RedirectURLs: kind.Some([]string{
			"app.example/in", "http://app.example/", "https://app.example/#x", "javascript:alert(1)", "https:///in", "https://me:pw@app.example/", "https://a b.example/",
		})}, []string{
			"redirect_urls[0]: the URL is not absolute",
			"redirect_urls[1]: the URL uses http, which anybody on the way can read and change",
			"redirect_urls[2]: the URL has a fragment, which OAuth does not allow",
			"redirect_urls[3]: a redirect to javascript: is not an address of an application",
			"redirect_urls[4]: the URL has no host",
			"redirect_urls[5]: the URL holds a user name or password",
			"redirect_urls[6]: the URL is not absolute",
		}},
		{"after a logout too", ConnectedApp{LogoutURLs: kind.Some([]string{"bye"})}, []string{"post_logout_redirect_urls[0]: the URL is not absolute"}},
		{"a logo over http", ConnectedApp{LogoURL: kind.Some("http://a.example/x.png")}, []string{"logo_url: logo_url uses http, which anybody on the way can read and change"}},
		{"a template that is a list", ConnectedApp{Template: kind.Some("[]")}, []string{"access_token_template_content: access_token_template_content is not a JSON object"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkConnectedApp(test.app))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConnectedAppEffects(t *testing.T) {
	app := func(minutes int, full, bypass bool, redirects ...string) ConnectedApp {
		return ConnectedApp{
			Name: "x", RedirectURLs: kind.Some(redirects), FullAccess: kind.Some(full), BypassConsent: kind.Some(bypass), TokenMinutes: kind.Some(minutes),
		}
	}
	for _, test := range []struct {
		name          string
		action        plan.Action
		before, after ConnectedApp
		changed       string
		want          []string
	}{
		{"a new app that nobody can log in to yet", plan.Create, ConnectedApp{}, app(60, false, false), "", nil},
		{
			"a new app with all that opens doors", plan.Create,
			ConnectedApp{},
			app(60, true, true, "https://a.example/"), "",
			[]string{
				"access-widened: people who log in to the app, and their tokens, may be sent to https://a.example/",
				"access-widened: the app can exchange a token for a full session of the person",
				"access-widened: the app keeps access while people are away, without asking them",
			},
		},
		{
			"an address goes", plan.Update, app(60, true, false, "https://a.example/", "https://b.example/"), app(60, false, false, "https://b.example/"), "",
			[]string{"access-removed: logins that name https://a.example/ are refused", "access-removed: the app can no longer exchange a token for a full session"},
		},
		{"tokens live longer", plan.Update, app(60, false, false), app(90, false, false), "", []string{"access-widened: access tokens are valid for 90 minutes instead of 60"}},
		{"tokens live shorter", plan.Update, app(60, false, false), app(30, false, false), "", nil},
		{
			"tokens carry other claims", plan.Update, app(60, false, false), app(60, false, false), "access_token_custom_audience",
			[]string{"access tokens that are issued from now on carry other claims"},
		},
		{
			"it is deleted", plan.Delete, app(60, true, true, "https://a.example/"),
			ConnectedApp{},
			"",
			[]string{
				"access-removed: nobody can log in to the app any more, and what people allowed it ends",
				"irreversible: its client_id does not come back: an app of the same name is another one",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := connectedAppEffects(kind.Transition[ConnectedApp]{
				Action: test.action, Live: kind.Live[ConnectedApp]{Value: test.before}, After: test.after, Changed: map[string]bool{test.changed: true},
			})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoRegisteredThemselves(t *testing.T) {
	for _, test := range []struct {
		name string
		app  connectedAppAnswer
		want bool
	}{
		{"made by hand", connectedAppAnswer{Type: "third_party", Method: "MANUAL"}, false},
		{"a way that nobody knows", connectedAppAnswer{Type: "third_party", Method: "API"}, false},
		{"dynamic client registration", connectedAppAnswer{Type: "third_party_public", Method: "dynamic_client_registration"}, true},
		{"the same, confidential and abbreviated", connectedAppAnswer{Type: "third_party", Method: "DCR"}, true},
		{"a client ID metadata document", connectedAppAnswer{Type: "third_party_public", MetadataURL: "https://app.example/client.json"}, true},
		{"the own app cannot", connectedAppAnswer{Type: "first_party_public", Method: "dynamic"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.app.selfRegistered(); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}
