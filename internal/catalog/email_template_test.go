package catalog

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func htmlTemplate(mail, content string) EmailTemplate {
	return EmailTemplate{
		ID: "html", FromLocalPart: kind.Some("login"), FromDomain: kind.Some("acme.example"),
		HTMLType: kind.Some(mail), HTML: kind.Some(content), Plaintext: kind.Some(content), Subject: kind.Some("Log in"),
	}
}

func TestEmailTemplateRules(t *testing.T) {
	both := htmlTemplate("LOGIN", "{{magic_link_url}}")
	both.Alignment = kind.Some("LEFT")
	stytchs := htmlTemplate("LOGIN", "{{magic_link_url}}")
	stytchs.FromDomain = kind.Some("mail.stytch.com")
	for _, test := range []struct {
		name     string
		declared EmailTemplate
		want     []string
	}{
		{"HTML with its placeholder", htmlTemplate("RESET_PASSWORD", "go to {{reset_password_url}}"), nil},
		{"UNLOCK needs none", htmlTemplate("UNLOCK", "hello"), nil},
		{"HTML alone may be for whatever type is live", EmailTemplate{HTML: kind.Some("hello")}, nil},
		{
			"HTML without its placeholder", htmlTemplate("ONE_TIME_PASSCODE", "go to {{magic_link_url}}"),
			[]string{
				"custom_html_customization.html_content: html_content does not contain {{otp_code}}, which a mail of the type ONE_TIME_PASSCODE is for",
				"custom_html_customization.plaintext_content: plaintext_content does not contain {{otp_code}}, which a mail of the type ONE_TIME_PASSCODE is for",
			},
		},
		{"not both", both, []string{"an email template is prebuilt or has custom HTML, never both, and cannot go from one to the other"}},
		{"HTML from Stytch's domain", stytchs, []string{"sender_information.from_domain: custom HTML is not sent from mail.stytch.com"}},
		{"a prebuilt mail may be", EmailTemplate{FromDomain: kind.Some("stytch.com"), Alignment: kind.Some("LEFT")}, nil},
		{
			"colours",
			EmailTemplate{ButtonColor: kind.Some("#12345G"), ButtonTextColor: kind.Some("#aBcDeF")},
			[]string{`prebuilt_customization.button_color: "#12345G" is no colour`},
		},
		{
			"an address in one of its parts",
			EmailTemplate{FromLocalPart: kind.Some("me@acme.example"), FromDomain: kind.Some("acme example"), ReplyToLocalPart: kind.Some("me")},
			[]string{
				`sender_information.from_local_part: from_local_part "me@acme.example" is not one side of an address`,
				`sender_information.from_domain: from_domain "acme example" is not one side of an address`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkEmailTemplate(test.declared))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProjectHasAHundredEmailTemplates(t *testing.T) {
	if problems := emailTemplatesTogether(make([]EmailTemplate, 100)); len(problems) > 0 {
		t.Errorf("100: %v", problems)
	}
	want := []string{"101 email templates are declared, and Stytch allows 100 in a project"}
	if diff := cmp.Diff(want, messages(emailTemplatesTogether(make([]EmailTemplate, 101)))); diff != "" {
		t.Error(diff)
	}
}

func TestEmailTemplateEffects(t *testing.T) {
	bare := htmlTemplate("LOGIN", "{{magic_link_url}}")
	bare.FromLocalPart, bare.Subject = kind.Opt[string]{}, kind.Opt[string]{}
	for _, test := range []struct {
		name   string
		action plan.Action
		after  EmailTemplate
		want   []string
	}{
		{"a creation", plan.Create, htmlTemplate("LOGIN", "{{magic_link_url}}"), []string{"project-wide: the template is there in every environment of the project, LIVE included"}},
		{"a prebuilt one", plan.Create, EmailTemplate{Radius: kind.Some(1.5)}, []string{"project-wide: the template is there in every environment of the project, LIVE included"}},
		{"one that is neither", plan.Create, EmailTemplate{Name: kind.Some("A")}, []string{
			"project-wide: the template is there in every environment of the project, LIVE included",
			"a new email_template needs prebuilt_customization or custom_html_customization",
		}},
		{"one that lacks parts", plan.Create, bare, []string{
			"project-wide: the template is there in every environment of the project, LIVE included",
			"a new email_template with custom HTML needs sender_information.from_local_part",
			"a new email_template with custom HTML needs custom_html_customization.subject",
		}},
		{"a change", plan.Update, EmailTemplate{}, []string{
			"project-wide: mail looks otherwise in every environment of the project, LIVE included",
			"what the Dashboard changed in the template for one environment alone is overwritten",
		}},
		{"a deletion", plan.Delete, EmailTemplate{}, []string{
			"project-wide: the template is gone in every environment of the project, LIVE included",
			"calls that name the template fail; Stytch keeps one that is a default, until another is",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := emailTemplateEffects(kind.Transition[EmailTemplate]{Action: test.action, After: test.after})
			got := effectsInWords(effects)
			for _, p := range effects.Problems {
				got = append(got, p.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEmailTemplateIsWrittenWhole(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprint("Stytch keeps what is left out: ", kept), func(t *testing.T) {
			s := newStandWith(t, sandbox.Knobs{EmailFieldsKept: kept})
			read := func() ([]kind.Live[EmailTemplate], error) {
				return readEmailTemplates(context.Background(), s.client, s.scope)
			}
			first := EmailTemplate{ID: "a", Name: kind.Some("A"), FromName: kind.Some("Acme"), FromLocalPart: kind.Some("login"), Radius: kind.Some(2.1), Font: kind.Some("GEORGIA")}
			if err := carryOut(s, emailTemplate, "a", nil, &first); err != nil {
				t.Fatal(err)
			}
			for _, change := range []EmailTemplate{
				{ID: "a", Alignment: kind.Some("CENTER")}, {ID: "a", FromName: kind.Some("")}, {ID: "a", Name: kind.Some("")}, {ID: "a", ButtonColor: kind.Some("#abcdef")},
			} {
				live := list(t, read)[0]
				want := *emailTemplate.After(&live.Value, &change, nil).(*EmailTemplate)
				if err := carryOut(s, emailTemplate, "a", &live, &change); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, list(t, read)[0].Value); diff != "" {
					t.Error(diff)
				}
			}
			live := list(t, read)[0]
			if err := carryOut(s, emailTemplate, "a", &live, nil); err != nil {
				t.Fatal(err)
			}
			if left := list(t, read); len(left) > 0 {
				t.Errorf("it is still there: %v", left)
			}
		})
	}
}

func TestColoursHaveNoCaseAndRadiiKeepTheirDigits(t *testing.T) {
	live := EmailTemplate{ButtonColor: kind.Some("#ABCDEF"), Radius: kind.Some(2.1)}
	if changed := emailTemplate.Compare(&live, &EmailTemplate{ButtonColor: kind.Some("#abcdef"), Radius: kind.Some(2.10)}); len(changed) > 0 {
		t.Errorf("%v", changed)
	}
	if changed := emailTemplate.Compare(&live, &EmailTemplate{Radius: kind.Some(2.2)}); len(changed) != 1 {
		t.Errorf("%v", changed)
	}
}

// Stytch drops what it cannot use without a word, and so the write is looked at.
func TestASenderThatStytchDropsIsAFailure(t *testing.T) {
	s := newStandWith(t, sandbox.Knobs{UnverifiedEmailDomain: "acme.example"})
	const want = "Stytch accepted the write, but it did not take over sender_information.from_local_part, sender_information.from_domain: verify the domain"
	declared := EmailTemplate{ID: "a", Alignment: kind.Some("LEFT"), FromLocalPart: kind.Some("login"), FromDomain: kind.Some("acme.example")}
	if err := carryOut(s, emailTemplate, "a", nil, &declared); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a creation: %v", err)
	}
	live := list(t, func() ([]kind.Live[EmailTemplate], error) {
		return readEmailTemplates(context.Background(), s.client, s.scope)
	})[0]
	if err := carryOut(s, emailTemplate, "a", &live, &declared); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a change: %v", err)
	}
}

func TestATemplateThatIsADefaultIsNotDeleted(t *testing.T) {
	s := newStand(t)
	html := htmlTemplate("LOGIN", "{{magic_link_url}}")
	if err := carryOut(s, emailTemplate, "html", nil, &html); err != nil {
		t.Fatal(err)
	}
	if err := carryOut(s, defaultEmailTemplate, "LOGIN", nil, &DefaultEmailTemplate{Type: "LOGIN", TemplateID: kind.Some("html")}); err != nil {
		t.Fatal(err)
	}
	s.wire.writes()
	live := list(t, func() ([]kind.Live[EmailTemplate], error) {
		return readEmailTemplates(context.Background(), s.client, s.scope)
	})[0]
	err := carryOut(s, emailTemplate, "html", &live, nil)
	if err == nil || !strings.Contains(err.Error(), "html is the default email template for LOGIN; declare default_email_templates: {LOGIN: {absent: true}} first") {
		t.Errorf("got %v", err)
	}
	if sent := s.wire.writes(); len(sent) > 0 {
		t.Errorf("it was tried: %v", sent)
	}
}
