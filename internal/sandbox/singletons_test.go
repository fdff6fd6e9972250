package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/countrycodeallowlist"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/jwttemplates"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/passwordstrengthconfig"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestAJWTTemplateIsKeptByteForByte(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	request := jwttemplates.SetRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test", JWTTemplateType: jwttemplates.JWTTemplateTypeSession,
		TemplateContent: "{\r\n  \"org\": {{ organization.organization_id }},\t\"<&>\": 1 }\n", CustomAudience: "aud",
	}
	set, err := l.api.JWTTemplates.Set(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.api.JWTTemplates.Get(ctx, jwttemplates.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test", JWTTemplateType: jwttemplates.JWTTemplateTypeSession})
	if err != nil {
		t.Fatal(err)
	}
	want := jwttemplates.JWTTemplate{TemplateContent: request.TemplateContent, CustomAudience: "aud", JWTTemplateType: "SESSION"}
	if diff := cmp.Diff([]jwttemplates.JWTTemplate{want, want}, []jwttemplates.JWTTemplate{set.JWTTemplate, got.JWTTemplate}); diff != "" {
		t.Error(diff)
	}
}

func TestJWTTemplates(t *testing.T) {
	for _, c := range []struct {
		name, method, kind, body string
		status                   int
		errorType                string
		want                     map[string]any
	}{
		{"a new environment has an empty one", "GET", "M2M", "", 200, "", map[string]any{"custom_audience": "", "jwt_template_type": "M2M", "template_content": "{}"}},
		{"an omitted audience is cleared", "PUT", "SESSION", `{"template_content":"{}"}`, 200, "", map[string]any{"custom_audience": "", "jwt_template_type": "SESSION", "template_content": "{}"}},
		{"a null audience too", "PUT", "SESSION", `{"template_content":"{ }","custom_audience":null}`, 200, "", map[string]any{"custom_audience": "", "jwt_template_type": "SESSION", "template_content": "{ }"}},
		{"content is required", "PUT", "SESSION", `{"custom_audience":"x"}`, 400, "invalid_argument", nil},
		{"there are two types", "PUT", "ACCESS", `{"template_content":"{}"}`, 400, "invalid_argument", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			l.manage("PUT", environmentOf+"/jwt_templates/SESSION", `{"template_content":"{\"a\":1}","custom_audience":"aud"}`).want(t, 200, "")
			got := l.manage(c.method, environmentOf+"/jwt_templates/"+c.kind, c.body)
			got.want(t, c.status, c.errorType)
			if c.want == nil {
				return
			}
			if diff := cmp.Diff(any(c.want), l.manage("GET", environmentOf+"/jwt_templates/"+c.kind, "").at("jwt_template")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThePasswordPolicyIsReplacedWhole(t *testing.T) {
	zxcvbn := passwordstrengthconfig.PasswordStrengthConfig{
		CheckBreachOnCreation: true, CheckBreachOnAuthentication: true, ValidateOnAuthentication: true, ValidationPolicy: "ZXCVBN",
	}
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	get := func() passwordstrengthconfig.PasswordStrengthConfig {
		got, err := l.api.PasswordStrengthConfig.Get(ctx, passwordstrengthconfig.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return got.PasswordStrengthConfig
	}
	if diff := cmp.Diff(zxcvbn, get()); diff != "" {
		t.Errorf("a new environment's policy:\n%s", diff)
	}
	luds := passwordstrengthconfig.PasswordStrengthConfig{
		CheckBreachOnCreation: true, ValidationPolicy: "LUDS", LudsMinPasswordLength: new(12), LudsMinPasswordComplexity: new(4),
	}
	l.manage("PUT", environmentOf+"/password_strength_config", `{"check_breach_on_creation":true,"validation_policy":"LUDS","luds_min_password_length":12,"luds_min_password_complexity":4}`).want(t, 200, "")
	if diff := cmp.Diff(luds, get()); diff != "" {
		t.Errorf("switches left out are off:\n%s", diff)
	}
	l.manage("PUT", environmentOf+"/password_strength_config", `{"validation_policy":"ZXCVBN","luds_min_password_length":12}`).want(t, 200, "")
	if diff := cmp.Diff(passwordstrengthconfig.PasswordStrengthConfig{ValidationPolicy: "ZXCVBN"}, get()); diff != "" {
		t.Errorf("ZXCVBN drops what LUDS had:\n%s", diff)
	}
}

func TestThePasswordPolicyHasBounds(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for body, status := range map[string]int{
		`{"validation_policy":"LUDS","luds_min_password_length":8,"luds_min_password_complexity":1}`:  200,
		`{"validation_policy":"LUDS","luds_min_password_length":32,"luds_min_password_complexity":4}`: 200,
		`{"validation_policy":"LUDS"}`:                                  200,
		`{"validation_policy":"LUDS","luds_min_password_length":7}`:     400,
		`{"validation_policy":"LUDS","luds_min_password_length":33}`:    400,
		`{"validation_policy":"LUDS","luds_min_password_complexity":0}`: 400,
		`{"validation_policy":"LUDS","luds_min_password_complexity":5}`: 400,
		`{"validation_policy":"luds"}`:                                  400,
	} {
		if got := l.manage("PUT", environmentOf+"/password_strength_config", body); got.status != status {
			t.Errorf("%s: got %d (%s), want %d", body, got.status, got.text("error_message"), status)
		}
	}
}

func TestCountryCodes(t *testing.T) {
	const sms = environmentOf + "/allowed_country_codes/sms"
	for _, c := range []struct {
		name, path, body string
		knobs            sandbox.Knobs
		status           int
		errorType        string
		want             []any
	}{
		{"are replaced, in the order sent, without repeats", sms, `{"country_codes":["US","DE","US","AT"]}`, sandbox.Knobs{}, 200, "", []any{"US", "DE", "AT"}},
		{"are sorted with the knob", sms, `{"country_codes":["US","DE"]}`, sandbox.Knobs{CountryCodesSorted: true}, 200, "", []any{"DE", "US"}},
		{"cannot be empty", sms, `{"country_codes":[]}`, sandbox.Knobs{}, 400, "invalid_argument", []any{"CA", "US"}},
		{"cannot be left out", sms, `{}`, sandbox.Knobs{}, 400, "invalid_argument", []any{"CA", "US"}},
		{"are upper-case", sms, `{"country_codes":["us"]}`, sandbox.Knobs{}, 400, "invalid_argument", []any{"CA", "US"}},
		{"have no WhatsApp list in a B2B project", environmentOf + "/allowed_country_codes/whatsapp", `{"country_codes":["US"]}`, sandbox.Knobs{}, 400, "country_code_allowlist_b2b_whatsapp_not_supported", []any{"CA", "US"}},
		{"have no other list", environmentOf + "/allowed_country_codes/fax", `{"country_codes":["US"]}`, sandbox.Knobs{}, 404, "route_not_found", []any{"CA", "US"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("POST", c.path, c.body).want(t, c.status, c.errorType)
			if diff := cmp.Diff(any(c.want), l.manage("GET", sms, "").at("country_codes")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAConsumerProjectHasAWhatsAppList(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	if _, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"}); err != nil {
		t.Fatal(err)
	}
	got, err := l.api.CountryCodeAllowlist.GetAllowedWhatsAppCountryCodes(t.Context(),
		countrycodeallowlist.GetAllowedWhatsAppCountryCodesRequest{ProjectSlug: "shop", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"CA", "US"}, got.CountryCodes); diff != "" {
		t.Error(diff)
	}
}
