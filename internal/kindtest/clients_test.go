package kindtest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The examples of the kinds of the data plane that live in no organization.

func m2mClientExample() example {
	return example{
		key:  "billing",
		base: Object{"scopes": []any{"read:invoices"}},
		raw: func(t *testing.T, w *World) Object {
			t.Helper()
			return withRotation(w.Ask(t, http.MethodGet, "/v1/m2m/clients/billing", nil)["m2m_client"].(Object))
		},
		rows: map[string]row{
			"client_name":        {values: []any{"Billing", "Billing <2>"}, clear: ""},
			"client_description": {values: []any{"Sends invoices", "Sends \"reminders\""}, clear: ""},
			"status":             {values: []any{"inactive", "active", "inactive"}, kept: aChoice},
			"scopes":             {values: []any{[]any{"read:invoices", "write:invoices"}, []any{"read:users"}}, clear: []any{}},
			"trusted_metadata":   metadataRow(),
			"client_secret":      {skip: "is legal in initial alone, and never shown: TestTheSecretOfANewClient"},
			"secret_rotation":    rotationRow(),
		},
	}
}

func connectedAppExample() example {
	return example{
		key:  "Portal",
		base: Object{"client_type": "first_party"},
		raw: func(t *testing.T, w *World) Object {
			t.Helper()
			return withRotation(pick(w.Ask(t, http.MethodPost, "/v1/connected_apps/clients/search", Object{})["connected_apps"], "client_name", "Portal"))
		},
		rows: map[string]row{
			"client_id":                         {skip: "names an object and is compared with nothing: TestAppsOfOneNameArePinned"},
			"client_type":                       {skip: "can be given once: every creation here gives it, and TestWhatAnAppIsCannotChange"},
			"client_description":                {values: []any{"The portal", "The <portal>"}, clear: ""},
			"logo_url":                          {values: []any{"https://acme.example/a.png", "https://acme.example/b.png"}, clear: ""},
			"redirect_urls":                     {values: []any{[]any{"https://acme.example/a", "acme://b"}, []any{"http://localhost:3000/c"}}, clear: []any{}},
			"post_logout_redirect_urls":         {values: []any{[]any{"https://acme.example/bye", "https://acme.example/d"}, []any{"https://acme.example/e"}}, clear: []any{}},
			"full_access_allowed":               {values: onAndOff, clear: false},
			"bypass_consent_for_offline_access": {values: onAndOff, clear: false},
			"access_token_expiry_minutes":       {values: []any{5, 90}, kept: "a token is valid for a minute at least"},
			"access_token_custom_audience":      {values: []any{"https://api.acme.example", "reports"}, clear: ""},
			"access_token_template_content":     {values: []any{`{"plan": "gold"}`, `{"roles": {{ member.rbac.roles }}}`}, clear: ""},
			"secret_rotation":                   rotationRow(),
		},
	}
}

func rotationRow() row {
	return row{
		values: []any{"started", "none", "started"}, kept: aChoice + "; completed is none as soon as it is done: TestARotationIsCarriedOutOnce",
		uncreated: "a new client has nothing to rotate",
	}
}

// withRotation adds what secret_rotation says to what Stytch shows of a client,
// and leaves out the ends of secrets.
func withRotation(shown Object) Object {
	if shown == nil {
		return nil
	}
	shown["secret_rotation"] = "none"
	if shown["next_client_secret_last_four"] != nil {
		shown["secret_rotation"] = "started"
	}
	delete(shown, "client_secret_last_four")
	delete(shown, "next_client_secret_last_four")
	return shown
}

func fraudRuleExample() example {
	now := time.Now().UTC()
	in := func(hours int) string {
		return now.Add(time.Duration(hours) * time.Hour).Truncate(2 * time.Minute).Format(time.RFC3339)
	}
	return example{
		key:  "203.0.113.0/24",
		base: Object{"rule_type": "CIDR_BLOCK", "action": "BLOCK"},
		raw:  func(t *testing.T, w *World) Object { t.Helper(); return w.FraudRule(t, "CIDR_BLOCK", "203.0.113.0/24") },
		rows: map[string]row{
			"rule_type":   {skip: "can be given once: every creation here gives it, and TestWhatAFraudRuleIsAboutCannotChange"},
			"action":      {values: []any{"BLOCK", "CHALLENGE", "ALLOW"}, kept: aChoice},
			"description": {values: []any{"abuse", "abuse <2>"}, clear: ""},
			"expires_at": {
				values: []any{in(2), in(48)}, clear: "",
				raw: func(rule Object) any { // Stytch takes minutes from now: the end is up to a minute after the declared one
					text, _ := rule["expires_at"].(string)
					end, err := time.Parse(time.RFC3339, text)
					if err != nil {
						return ""
					}
					return end.Add(5 * time.Second).Truncate(2 * time.Minute).Format(time.RFC3339)
				},
			},
			"expires_in_minutes": {skip: "is legal in initial alone: TestARelativeEndIsGivenOnce"},
		},
	}
}

// FraudRule returns the rule for an identifier, nil if there is none.
func (w *World) FraudRule(t testing.TB, ruleType, identifier string) Object {
	t.Helper()
	for _, r := range each(w.Ask(t, http.MethodPost, "/v1/rules/list", Object{"limit": 100})["rules"]) {
		if r["rule_type"] == ruleType && r[strings.ToLower(ruleType)] == identifier {
			return r
		}
	}
	return nil
}
