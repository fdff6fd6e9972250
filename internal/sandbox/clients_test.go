package sandbox_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/b2bstytchapi"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/fraud/rules"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/m2m"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/m2m/clients"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/m2m/clients/secrets"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const (
	m2mPath  = "/v1/m2m/clients"
	appsPath = "/v1/connected_apps/clients"
)

func TestAnM2MClientShowsItsSecretOnce(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	made := l.must("POST", m2mPath, `{"client_id":"billing","scopes":["read"]}`)
	secret := made.text("m2m_client", "client_secret")
	if len(secret) < 8 {
		t.Fatalf("the secret is %q", secret)
	}
	for _, shown := range []reply{
		l.must("GET", m2mPath+"/billing", ""), l.must("POST", m2mPath+"/search", "{}"), l.must("PUT", m2mPath+"/billing", `{"status":"inactive"}`),
	} {
		if strings.Contains(fmt.Sprint(shown.body), secret) {
			t.Errorf("the secret is in %v", shown.body)
		}
	}
	l.must("GET", m2mPath+"/billing", "").wantJSON(t, `{"client_id":"billing","client_name":"","client_description":"","status":"inactive",
		"scopes":["read"],"trusted_metadata":{},"client_secret_last_four":"`+secret[len(secret)-4:]+`","next_client_secret_last_four":null}`, "m2m_client")
}

func TestM2MClientsAreRefusedWithStytchsErrors(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.must("POST", m2mPath, `{"client_id":"billing","scopes":[]}`)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		errorType                string
	}{
		{"an id that is taken", "POST", m2mPath, `{"client_id":"billing","scopes":[]}`, 400, "duplicate_m2m_client_id"},
		{"no scopes at all", "POST", m2mPath, `{"client_id":"b"}`, 400, "invalid_m2m_client_scope"},
		{"a scope with a space", "POST", m2mPath, `{"client_id":"b","scopes":["a b"]}`, 400, "invalid_m2m_client_scope"},
		{"a short secret", "POST", m2mPath, `{"client_id":"b","scopes":[],"client_secret":"short"}`, 400, "insecure_m2m_client_secret"},
		{"a secret of one letter", "POST", m2mPath, `{"client_id":"b","scopes":[],"client_secret":"aaaaaaaaaaaa"}`, 400, "insecure_m2m_client_secret"},
		{"a long secret", "POST", m2mPath, `{"client_id":"b","scopes":[],"client_secret":"` + strings.Repeat("ab", 200) + `"}`, 400, "client_secret_too_long"},
		{"a status that is none", "PUT", m2mPath + "/billing", `{"status":"asleep"}`, 400, "m2m_client_invalid_status"},
		{"an unknown client", "GET", m2mPath + "/nobody", "", 404, "m2m_client_not_found"},
		{"the end of no rotation", "POST", m2mPath + "/billing/secrets/rotate", "{}", 400, "m2m_client_not_rotating_secret"},
		{"a filter that is none", "POST", m2mPath + "/search", `{` + query("shoe_size", `["1"]`) + `}`, 400, "m2m_search_invalid_filter_name"},
		{"a filter of no list", "POST", m2mPath + "/search", `{` + query("client_id", `"billing"`) + `}`, 400, "m2m_search_expected_array_of_strings"},
	} {
		t.Run(c.name, func(t *testing.T) { l.data(c.method, c.path, c.body).want(t, c.status, c.errorType) })
	}
}

// Both kinds of client rotate alike: while a next secret is there it is shown by
// its end, and completing makes it the current one.
func TestSecretsRotate(t *testing.T) {
	for _, c := range []struct{ name, create, path, field, kind string }{
		{"an M2M client", `{"client_id":"x","scopes":[]}`, m2mPath, "m2m_client", "m2m_client"},
		{"a Connected App", `{"client_type":"first_party","client_name":"x"}`, appsPath, "connected_app", "connected_app"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			made := l.must("POST", c.path, c.create)
			one := c.path + "/" + made.text(c.field, "client_id")
			ends := func() (current, next any) {
				r := l.must("GET", one, "")
				return r.at(c.field, "client_secret_last_four"), r.at(c.field, "next_client_secret_last_four")
			}
			first, none := ends()
			if none != nil {
				t.Errorf("a new client has a next secret: %v", none)
			}
			started := l.must("POST", one+"/secrets/rotate/start", "{}").text(c.field, "next_client_secret")
			l.data("POST", one+"/secrets/rotate/start", "{}").want(t, 400, c.kind+"_already_rotating_secret")
			if current, next := ends(); current != first || next != started[len(started)-4:] {
				t.Errorf("while it rotates: %v and %v", current, next)
			}
			l.must("POST", one+"/secrets/rotate/cancel", "{}")
			if current, next := ends(); current != first || next != nil {
				t.Errorf("after it was cancelled: %v and %v", current, next)
			}
			started = l.must("POST", one+"/secrets/rotate/start", "{}").text(c.field, "next_client_secret")
			l.must("POST", one+"/secrets/rotate", "{}")
			if current, next := ends(); current != started[len(started)-4:] || next != nil {
				t.Errorf("after it was completed: %v and %v", current, next)
			}
			l.data("POST", one+"/secrets/rotate/cancel", "{}").want(t, 400, c.kind+"_not_rotating_secret")
		})
	}
}

func TestM2MClientsAreSearched(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, id := range []string{"a", "b", "c"} {
		l.must("POST", m2mPath, `{"client_id":"`+id+`","client_name":"N`+id+`","scopes":["read","of:`+id+`"]}`)
	}
	found := func(body string) string {
		var ids []string
		for cursor := ""; ; {
			r := l.must("POST", m2mPath+"/search", `{"limit":2,"cursor":"`+cursor+`"`+body+`}`)
			for _, c := range r.at("m2m_clients").([]any) {
				ids = append(ids, c.(map[string]any)["client_id"].(string))
			}
			next, more := r.at("results_metadata", "next_cursor").(string)
			if cursor = next; !more {
				return strings.Join(ids, " ")
			}
		}
	}
	for _, c := range []struct{ name, body, want string }{
		{"all, the newest first", "", "c b a"},
		{"by id", `,` + query("client_id", `["a","c"]`), "c a"},
		{"by name", `,` + query("client_name", `["Nb"]`), "b"},
		{"by scope", `,` + query("scopes", `["of:a","of:b"]`), "b a"},
		{"nobody", `,` + query("scopes", `["of:z"]`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(c.body); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestConnectedAppsAreRefusedWithStytchsErrors(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	public := appsPath + "/" + l.must("POST", appsPath, `{"client_type":"third_party_public"}`).text("connected_app", "client_id")
	for _, c := range []struct{ name, method, path, body, errorType string }{
		{"a type that is none", "POST", appsPath, `{"client_type":"public"}`, "invalid_connected_app_type"},
		{"full access for others", "POST", appsPath, `{"client_type":"third_party","full_access_allowed":true}`, "third_party_clients_cannot_use_full_access"},
		{"no consent for others", "PUT", public, `{"bypass_consent_for_offline_access":true}`, "third_party_clients_require_consent_for_offline_access"},
		{"tokens that never were", "PUT", public, `{"access_token_expiry_minutes":0}`, "idp_invalid_access_token_expiry_minutes"},
		{"a template that is a list", "PUT", public, `{"access_token_template_content":"[]"}`, "idp_invalid_access_token_jwt_template"},
		{"a redirect without a scheme", "PUT", public, `{"redirect_urls":["app.example"]}`, "connected_app_redirect_url_invalid"},
		{"a redirect over http", "PUT", public, `{"redirect_urls":["http://app.example/"]}`, "connected_app_redirect_url_scheme_not_https"},
		{"a secret of a public app", "POST", public + "/secrets/rotate/start", `{}`, "public_connected_apps_do_not_have_secrets"},
	} {
		t.Run(c.name, func(t *testing.T) { l.data(c.method, c.path, c.body).want(t, 400, c.errorType) })
	}
	l.must("PUT", public, `{"redirect_urls":["http://127.0.0.1/","http://localhost/","acme://in"],"client_type":"first_party"}`).
		wantJSON(t, `"third_party_public"`, "connected_app", "client_type")
	l.must("DELETE", public, "")
	l.data("GET", public, "").want(t, 404, "connected_app_not_found")
}

func TestAppsCanRegisterThemselves(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	id, err := l.server.RegisterConnectedApp(l.credentials.ProjectID, "Stranger")
	if err != nil {
		t.Fatal(err)
	}
	l.must("POST", appsPath, `{"client_type":"first_party","client_name":"Ours"}`)
	var methods []any
	for _, a := range l.must("POST", appsPath+"/search", `{}`).at("connected_apps").([]any) {
		methods = append(methods, a.(map[string]any)["creation_method"])
	}
	if diff := cmp.Diff([]any{"MANUAL", "DYNAMIC_CLIENT_REGISTRATION"}, methods); diff != "" {
		t.Error(diff)
	}
	l.must("GET", appsPath+"/"+id, "")
}

func TestFraudRulesAreSetListedAndCleared(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for i := range 25 {
		l.must("POST", "/v1/rules/set", fmt.Sprintf(`{"asn":"%d","action":"BLOCK","description":"d"}`, 64500+i))
	}
	first := l.must("POST", "/v1/rules/list", `{}`)
	if n := len(first.at("rules").([]any)); n != 10 {
		t.Errorf("a page without limit has %d rules, want 10", n)
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		r := l.must("POST", "/v1/rules/list", `{"limit":7,"cursor":"`+cursor+`"}`)
		for _, rule := range r.at("rules").([]any) {
			seen[rule.(map[string]any)["asn"].(string)] = true
		}
		if cursor = r.text("next_cursor"); cursor == "" {
			break
		}
	}
	if len(seen) != 25 {
		t.Errorf("the pages show %d rules, want 25", len(seen))
	}
	l.must("POST", "/v1/rules/set", `{"asn":"64500","action":"CHALLENGE"}`)
	rule := l.must("POST", "/v1/rules/list", `{"limit":1}`).at("rules").([]any)[0].(map[string]any)
	if rule["action"] != "CHALLENGE" || rule["description"] != "" || rule["last_updated_at"] == nil {
		t.Errorf("setting it again replaces the whole rule: %v", rule)
	}
	l.must("POST", "/v1/rules/set", `{"asn":"64500","action":"NONE"}`)
	l.must("POST", "/v1/rules/set", `{"asn":"64500","action":"NONE"}`)
	if n := len(l.must("POST", "/v1/rules/list", `{"limit":100}`).at("rules").([]any)); n != 24 {
		t.Errorf("%d rules are left, want 24", n)
	}
}

func TestFraudRulesAreRefused(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, c := range []struct{ name, body string }{
		{"no identifier", `{"action":"BLOCK"}`},
		{"two identifiers", `{"action":"BLOCK","asn":"1","country_code":"DE"}`},
		{"an action that is none", `{"action":"DROP","asn":"1"}`},
		{"a country that is allowed", `{"action":"ALLOW","country_code":"DE"}`},
		{"a country that is none", `{"action":"BLOCK","country_code":"Germany"}`},
		{"a number that is too large", `{"action":"BLOCK","asn":"4294967296"}`},
		{"a block that is too large", `{"action":"BLOCK","cidr_block":"10.0.0.0/8"}`},
		{"an end in the past", `{"action":"BLOCK","asn":"1","expires_in_minutes":0}`},
	} {
		t.Run(c.name, func(t *testing.T) { l.data("POST", "/v1/rules/set", c.body).want(t, 400, "invalid_argument") })
	}
	l.data("POST", "/v1/rules/list", `{"limit":101}`).want(t, 400, "invalid_argument")
}

func TestAFraudRuleThatEndedIsGone(t *testing.T) {
	var passed time.Duration
	l := newLab(t, sandbox.Options{Now: func() time.Time { return clock().Add(passed) }})
	l.must("POST", "/v1/rules/set", `{"asn":"1","action":"BLOCK","expires_in_minutes":5}`)
	count := func() int { return len(l.must("POST", "/v1/rules/list", `{}`).at("rules").([]any)) }
	if n := count(); n != 1 {
		t.Errorf("%d rules before the end, want 1", n)
	}
	passed = 5 * time.Minute
	if n := count(); n != 0 {
		t.Errorf("%d rules after the end, want 0", n)
	}
}

// What the SDK's own clients make of the sandbox. Its Connected Apps have other
// keys than Stytch's, and are left to raw requests.
func TestStytchsSDKReadsClientsAndRules(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	web := httptest.NewServer(l.server)
	t.Cleanup(web.Close)
	api, err := b2bstytchapi.NewClient(l.credentials.ProjectID, l.credentials.Secret,
		b2bstytchapi.WithBaseURI(web.URL), b2bstytchapi.WithFraudBaseURI(web.URL), b2bstytchapi.WithSkipJWKSInitialization())
	if err != nil {
		t.Fatal(err)
	}
	made, err := api.M2M.Clients.Create(t.Context(), &clients.CreateParams{ClientID: "billing", Scopes: []string{"read"}})
	if err != nil || made.M2MClient.ClientSecret == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	started, err := api.M2M.Clients.Secrets.RotateStart(t.Context(), &secrets.RotateStartParams{ClientID: "billing"})
	if err != nil || started.M2MClient.NextClientSecret == "" {
		t.Fatalf("%+v, %v", started, err)
	}
	found, err := api.M2M.Clients.Search(t.Context(), &clients.SearchParams{Query: &m2m.M2MSearchQuery{Operator: "AND"}})
	if err != nil || len(found.M2MClients) != 1 || found.M2MClients[0].NextClientSecretLastFour == "" {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := api.Fraud.Rules.Set(t.Context(), &rules.SetParams{Action: "BLOCK", CidrBlock: "203.0.113.7"}); err != nil {
		t.Fatal(err)
	}
	listed, err := api.Fraud.Rules.List(t.Context(), &rules.ListParams{})
	if err != nil || len(listed.Rules) != 1 || listed.Rules[0].CidrBlock != "203.0.113.7/32" {
		t.Fatalf("%+v, %v", listed, err)
	}
}

// tourOfClients visits every endpoint of clients and rules with every field filled.
func tourOfClients(l *lab) {
	l.must("POST", m2mPath, `{"client_id":"billing","client_secret":"f00-bar-4711","client_name":"Billing","client_description":"d",
		"scopes":["read"],"trusted_metadata":{"a":1}}`)
	l.must("PUT", m2mPath+"/billing", `{"client_name":"B","client_description":"","status":"inactive","scopes":[],"trusted_metadata":{"a":null}}`)
	l.must("POST", m2mPath+"/search", `{"limit":10,`+query("client_id", `["billing"]`)+`}`)
	app := appsPath + "/" + l.must("POST", appsPath, `{"client_type":"first_party","client_name":"Portal","client_description":"d",
		"redirect_urls":["https://a.example/"],"post_logout_redirect_urls":["https://a.example/bye"],"full_access_allowed":true,
		"bypass_consent_for_offline_access":true,"access_token_expiry_minutes":5,"access_token_custom_audience":"a",
		"access_token_template_content":"{}","logo_url":"https://a.example/l.png"}`).text("connected_app", "client_id")
	l.must("POST", appsPath, `{"client_type":"third_party_public"}`)
	l.must("PUT", app, `{"client_name":"P","redirect_urls":[],"logo_url":""}`)
	l.must("POST", appsPath+"/search", `{"limit":10}`)
	for _, one := range []string{m2mPath + "/billing", app} {
		l.must("GET", one, "")
		l.must("POST", one+"/secrets/rotate/start", "{}")
		l.must("POST", one+"/secrets/rotate", "{}")
		l.must("POST", one+"/secrets/rotate/start", "{}")
		l.must("POST", one+"/secrets/rotate/cancel", "{}")
		l.must("DELETE", one, "")
	}
	l.must("POST", "/v1/rules/set", `{"visitor_id":"visitor-1","action":"ALLOW","description":"d","expires_in_minutes":60}`)
	l.must("POST", "/v1/rules/set", `{"country_code":"DE","action":"CHALLENGE"}`)
	l.must("POST", "/v1/rules/list", `{"limit":10}`)
	l.must("POST", "/v1/rules/set", `{"visitor_id":"visitor-1","action":"NONE"}`)
}
