package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/emailtemplates"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const (
	templates = "/pwa/v3/projects/acme/email_templates"
	defaults  = "/pwa/v3/projects/acme/default_email_templates/"
	sender    = `"sender_information":{"from_local_part":"login","from_domain":"acme.example"}`
)

// html is the body of a template with custom HTML of one type.
func html(id, kind, placeholder string) string {
	return fmt.Sprintf(`{"template_id":%q,%s,"custom_html_customization":{"template_type":%q,"html_content":%q,"plaintext_content":%q,"subject":"s"}}`,
		id, sender, kind, "<a>"+placeholder, placeholder)
}

func prebuilt(id string) string {
	return fmt.Sprintf(`{"template_id":%q,"prebuilt_customization":{"text_alignment":"LEFT"}}`, id)
}

func TestAPrebuiltTemplateComesBackAsItWasSent(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	from := &emailtemplates.SenderInformation{
		FromLocalPart: new("login"), FromDomain: new("acme.example"), FromName: new("Acme"), ReplyToLocalPart: new("help"), ReplyToName: new("Help"),
	}
	design := &emailtemplates.PrebuiltCustomization{
		ButtonBorderRadius: new(float32(2.5)), ButtonColor: new("#105ee9"), ButtonTextColor: new("#ffffff"), FontFamily: "GEORGIA", TextAlignment: "CENTER",
	}
	want := emailtemplates.EmailTemplate{TemplateID: "a", Name: new("A"), SenderInformation: from, PrebuiltCustomization: design}
	made, err := l.api.EmailTemplates.Create(ctx, emailtemplates.CreateRequest{
		ProjectSlug: "acme", TemplateID: "a", Name: new("A"), SenderInformation: from, PrebuiltCustomization: design,
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := l.api.EmailTemplates.GetAll(ctx, emailtemplates.GetAllRequest{ProjectSlug: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]emailtemplates.EmailTemplate{want, want}, append(all.EmailTemplates, made.EmailTemplate)); diff != "" {
		t.Error(diff)
	}
}

func TestEmailTemplates(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		knobs                    sandbox.Knobs
		status                   int
		errorType                string
	}{
		{"an id is taken once", "POST", templates, prebuilt("plain"), sandbox.Knobs{}, 400, "duplicate_email_template_id"},
		{"an id is needed", "POST", templates, prebuilt(""), sandbox.Knobs{}, 400, "invalid_argument"},
		{"one customization is needed", "POST", templates, `{"template_id":"x"}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"both are refused", "POST", templates, strings.Replace(html("x", "LOGIN", "{{magic_link_url}}"), "{", `{"prebuilt_customization":{},`, 1), sandbox.Knobs{}, 400, "invalid_argument"},
		{"HTML needs its placeholder", "POST", templates, html("x", "ONE_TIME_PASSCODE", "{{magic_link_url}}"), sandbox.Knobs{}, 400, "invalid_argument"},
		{"HTML for UNLOCK needs none", "POST", templates, html("x", "UNLOCK", "hello"), sandbox.Knobs{}, 200, ""},
		{"HTML needs a sender", "POST", templates, strings.Replace(html("x", "LOGIN", "{{magic_link_url}}"), "from_domain", "other", 1), sandbox.Knobs{}, 400, "invalid_argument"},
		{"HTML is not sent from Stytch's domain", "POST", templates, strings.Replace(html("x", "LOGIN", "{{magic_link_url}}"), "acme.example", "stytch.com", 1), sandbox.Knobs{}, 400, "custom_email_domain_not_verified"},
		{"HTML is not sent from an unverified domain", "POST", templates, html("x", "LOGIN", "{{magic_link_url}}"), sandbox.Knobs{UnverifiedEmailDomain: "acme.example"}, 400, "custom_email_domain_not_verified"},
		{"prebuilt stays prebuilt", "PUT", templates + "/plain", html("plain", "LOGIN", "{{magic_link_url}}"), sandbox.Knobs{}, 400, "invalid_argument"},
		{"HTML stays HTML", "PUT", templates + "/html", prebuilt("html"), sandbox.Knobs{}, 400, "invalid_argument"},
		{"fonts are known", "PUT", templates + "/plain", `{"prebuilt_customization":{"font_family":"COMIC_SANS"}}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"alignments are known", "PUT", templates + "/plain", `{"prebuilt_customization":{"text_alignment":"RIGHT"}}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a default stays", "DELETE", templates + "/html", "", sandbox.Knobs{}, 400, "email_template_in_use"},
		{"others go", "DELETE", templates + "/other", "", sandbox.Knobs{}, 200, ""},
		{"what is not there does not go", "DELETE", templates + "/none", "", sandbox.Knobs{}, 404, "email_template_not_found"},
		{"a default must be there", "POST", defaults + "LOGIN", `{"template_id":"none"}`, sandbox.Knobs{}, 404, "email_template_not_found"},
		{"a default must be of its type", "POST", defaults + "SIGNUP", `{"template_id":"html"}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"prebuilt is for PREBUILT", "POST", defaults + "LOGIN", `{"template_id":"plain"}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"and HTML is not", "POST", defaults + "PREBUILT", `{"template_id":"html"}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a type that was never set has none", "GET", defaults + "SIGNUP", "", sandbox.Knobs{}, 404, "default_email_template_not_found"},
		{"and can be unset", "DELETE", defaults + "SIGNUP", "", sandbox.Knobs{}, 200, ""},
		{"PREBUILT cannot be unset", "DELETE", defaults + "PREBUILT", "", sandbox.Knobs{}, 400, "invalid_argument"},
		{"there is no other type", "GET", defaults + "NEWS", "", sandbox.Knobs{}, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("POST", templates, prebuilt("plain"))
			l.manage("POST", templates, prebuilt("other"))
			l.manage("POST", templates, html("html", "LOGIN", "{{magic_link_url}}"))
			l.manage("POST", defaults+"LOGIN", `{"template_id":"html"}`)
			l.manage("POST", defaults+"PREBUILT", `{"template_id":"plain"}`).want(t, 200, "")
			l.manage(c.method, c.path, c.body).want(t, c.status, c.errorType)
		})
	}
}

func TestAPutReplacesATemplate(t *testing.T) {
	for kept, want := range map[bool]string{false: "", true: "A"} {
		l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{EmailFieldsKept: kept}})
		l.manage("POST", templates, strings.Replace(prebuilt("a"), "{", `{"name":"A",`, 1)).want(t, 200, "")
		l.manage("PUT", templates+"/a", `{"prebuilt_customization":{}}`).want(t, 200, "")
		if got := l.manage("GET", templates+"/a", "").text("email_template", "name"); got != want {
			t.Errorf("kept %v: the name is %q, want %q", kept, got, want)
		}
	}
}

func TestASenderThatIsNotVerifiedIsDroppedWithoutAWord(t *testing.T) {
	l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{UnverifiedEmailDomain: "acme.example"}})
	l.manage("POST", templates, `{"template_id":"a",`+sender+`,"prebuilt_customization":{}}`).want(t, 200, "")
	if got := l.manage("GET", templates+"/a", "").text("email_template", "sender_information", "from_domain"); got != "" {
		t.Errorf("mail is sent from %q", got)
	}
}

func TestAProjectHasAHundredTemplates(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for i := range 100 {
		l.manage("POST", templates, prebuilt(fmt.Sprint(i))).want(t, 200, "")
	}
	l.manage("POST", templates, prebuilt("100")).want(t, 400, "email_template_limit_exceeded")
}
