package kindtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func passwordStrengthExample() example {
	luds := Object{"validation_policy": "LUDS"}
	return example{
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/password_strength_config", nil)["password_strength_config"].(Object)
		},
		rows: map[string]row{
			"check_breach_on_creation":       {values: []any{false, true}, clear: false},
			"check_breach_on_authentication": {values: []any{false, true}, clear: false},
			"validate_on_authentication":     {values: []any{false, true}, clear: false},
			"validation_policy":              {values: []any{"LUDS", "ZXCVBN"}, kept: aChoice},
			"luds_min_password_length":       {with: luds, values: []any{10, 32}, kept: "LUDS has a length always; ZXCVBN drops it"},
			"luds_min_password_complexity":   {with: luds, values: []any{1, 4}, kept: "LUDS has a complexity always; ZXCVBN drops it"},
		},
	}
}

func countryCodeExample() example {
	return example{
		key: "sms",
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/allowed_country_codes/sms", nil)
		},
		rows: map[string]row{
			"country_codes": {values: []any{[]any{"US", "DE"}, []any{"AT", "DE", "FR"}}, kept: "whether Stytch takes an empty list is not documented"},
		},
	}
}

func sdkConfigExample() example {
	onOff := func(name string) row { return row{values: onAndOff, clear: false, raw: within(name)} }
	rows := map[string]row{
		"basic.domains": {
			values: []any{
				[]any{Object{"domain": "https://a.example"}, Object{"domain": "https://b.example", "slug_pattern": "https://{{slug}}.b.example"}},
				[]any{Object{"domain": "https://b.example"}},
			},
			clear: []any{}, raw: within("basic.domains"),
		},
		"basic.bundle_ids":                      {values: []any{[]any{"com.acme.b", "com.acme.a"}, []any{"com.acme.c"}}, clear: []any{}, raw: within("basic.bundle_ids")},
		"sessions.max_session_duration_minutes": {values: []any{5, 527040}, kept: "a session has an end", raw: within("sessions.max_session_duration_minutes")},
		"otps.sms_autofill_metadata": {
			values: []any{
				[]any{Object{"metadata_type": "hash", "metadata_value": "abc", "bundle_id": "com.acme"}, Object{"metadata_type": "domain", "metadata_value": "acme.example"}},
				[]any{Object{"metadata_type": "domain", "metadata_value": "acme.test"}},
			},
			clear: []any{}, raw: within("otps.sms_autofill_metadata"),
		},
		"dfppa.enabled":      {values: []any{"ENABLED", "PASSIVE", "DISABLED"}, kept: aChoice, raw: within("dfppa.enabled")},
		"dfppa.on_challenge": {values: []any{"BLOCK", "TRIGGER_CAPTCHA", "ALLOW"}, kept: aChoice, raw: within("dfppa.on_challenge")},
		"cookies.http_only":  {values: []any{"ENFORCED", "ENABLED", "DISABLED"}, kept: aChoice, raw: within("cookies.http_only")},
	}
	for _, name := range []string{
		"basic.enabled", "basic.allow_self_onboarding", "basic.enable_member_permissions", "magic_links.enabled", "magic_links.pkce_required", "oauth.enabled",
		"oauth.pkce_required", "totps.enabled", "totps.create_totps", "sso.enabled", "sso.pkce_required", "otps.sms_enabled", "otps.email_enabled",
		"passwords.enabled", "passwords.pkce_required_for_password_resets", "user_impersonation.enabled",
	} {
		rows[name] = onOff(name)
	}
	return example{
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, "~/sdk/b2b", nil)["config"].(Object)
		},
		rows: rows,
	}
}

// within is where the sandbox has an attribute that Stytch keeps one level down.
func within(name string) func(Object) any {
	parent, child, _ := strings.Cut(name, ".")
	return func(object Object) any {
		part, _ := object[parent].(Object)
		return part[child]
	}
}

const projectPath = "/pwa/v3/projects/acme-auth"

func htmlEmail(mail, placeholder string) Object {
	return Object{
		"sender_information": Object{"from_local_part": "login", "from_domain": "acme.example"},
		"custom_html_customization": Object{
			"template_type": mail, "subject": "Hello", "html_content": "<a href=\"" + placeholder + "\">go</a>", "plaintext_content": "go to " + placeholder,
		},
	}
}

func emailTemplateExample() example {
	const link = "{{magic_link_url}}"
	prebuilt := func(name string, values ...any) row {
		return row{values: values, raw: within("prebuilt_customization." + name), kept: "Stytch has one always"}
	}
	sender := func(name string, values ...any) row {
		return row{values: values, clear: "", raw: within("sender_information." + name)}
	}
	html := func(name string, values ...any) row {
		return row{values: values, raw: within("custom_html_customization." + name), base: htmlEmail("LOGIN", link), needed: true, kept: isNeeded}
	}
	radius := prebuilt("button_border_radius", 2.5, 40)
	radius.clear, radius.kept = 0, ""
	return example{
		key:  "welcome",
		base: Object{"prebuilt_customization": Object{"text_alignment": "LEFT", "font_family": "ARIAL"}},
		raw: func(t *testing.T, w *World) Object {
			return pick(w.Ask(t, http.MethodGet, projectPath+"/email_templates", nil)["email_templates"], "template_id", "welcome")
		},
		rows: map[string]row{
			"name":                                        {values: []any{"Welcome", "Hello <b>"}, clear: ""},
			"sender_information.from_local_part":          sender("from_local_part", "login", "no-reply"),
			"sender_information.from_domain":              sender("from_domain", "acme.example", "mail.acme.example"),
			"sender_information.from_name":                sender("from_name", "Acme", "Acme, Inc."),
			"sender_information.reply_to_local_part":      sender("reply_to_local_part", "help", "support"),
			"sender_information.reply_to_name":            sender("reply_to_name", "Help", "Support"),
			"prebuilt_customization.button_border_radius": radius,
			"prebuilt_customization.button_color":         prebuilt("button_color", "#AA0000", "#00BB00"),
			"prebuilt_customization.button_text_color":    prebuilt("button_text_color", "#000000", "#EEEEEE"),
			"prebuilt_customization.font_family":          prebuilt("font_family", "GEORGIA", "VERDANA"),
			"prebuilt_customization.text_alignment":       prebuilt("text_alignment", "CENTER", "LEFT"),
			"custom_html_customization.template_type":     html("template_type", "SIGNUP", "INVITE", "LOGIN"),
			"custom_html_customization.html_content":      html("html_content", "<p>"+link+"</p>", "<b>"+link+"</b>\r\n"),
			"custom_html_customization.plaintext_content": html("plaintext_content", "a "+link, "b "+link+"\n"),
			"custom_html_customization.subject":           html("subject", "Log in", "Your link"),
		},
	}
}

func defaultEmailTemplateExample() example {
	login := htmlEmail("LOGIN", "{{magic_link_url}}")
	return example{
		key:    "LOGIN",
		beside: Object{"email_templates": Object{"a": login, "b": login}},
		raw: func(t *testing.T, w *World) Object {
			return w.Ask(t, http.MethodGet, projectPath+"/default_email_templates/LOGIN", nil)
		},
		rows: map[string]row{"template_id": {values: []any{"a", "b"}, kept: "absent: true unsets it"}},
	}
}

// seesSettings looks at the settings, and at the project's mail.
func (w *World) seesSettings(t testing.TB, s sight) {
	t.Helper()
	get := func(path string) Object { return w.tell(t, http.MethodGet, path, nil) }
	s.add("password_strength_config", "", get("~/password_strength_config")["password_strength_config"])
	s.add("country_code_allowlist/sms", "", get("~/allowed_country_codes/sms"))
	s.add("b2b_sdk_config", "", get("~/sdk/b2b")["config"])
	for _, template := range each(get(projectPath + "/email_templates")["email_templates"]) {
		s.add(plan.NewAddress("", "email_template", template["template_id"].(string)), template["template_id"], template)
	}
	for _, mail := range []string{
		"LOGIN", "SIGNUP", "INVITE", "RESET_PASSWORD", "ONE_TIME_PASSCODE", "ONE_TIME_PASSCODE_SIGNUP", "VERIFY_EMAIL_PASSWORD_RESET", "UNLOCK", "PREBUILT",
	} {
		if status, set := w.tryTell(t, http.MethodGet, projectPath+"/default_email_templates/"+mail, nil); status == http.StatusOK {
			s.add(plan.NewAddress("", "default_email_template", mail), mail, set)
		}
	}
}

func plainEmail() Object {
	return Object{"prebuilt_customization": Object{"text_alignment": "LEFT"}}
}

// flow is a tree on one line, which YAML reads too.
func flow(o Object) string { return strings.TrimSpace(asJSON(o)) }
