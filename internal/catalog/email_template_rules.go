package catalog

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// maxEmailTemplates is Stytch's limit for a project (Stytch's page "Limits" of
// the management API).
const maxEmailTemplates = 100

// emailPlaceholders are what a mail of each type must contain to be of use (the
// reference of Stytch's Terraform provider).
var emailPlaceholders = map[string]string{ //nolint:gosec // placeholders, no credentials
	"LOGIN": "{{magic_link_url}}", "SIGNUP": "{{magic_link_url}}", "INVITE": "{{magic_link_url}}",
	"ONE_TIME_PASSCODE": "{{otp_code}}", "ONE_TIME_PASSCODE_SIGNUP": "{{otp_code}}",
	"RESET_PASSWORD": "{{reset_password_url}}", "VERIFY_EMAIL_PASSWORD_RESET": "{{reset_password_url}}",
}

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func (t EmailTemplate) isPrebuilt() bool {
	return t.Radius.Set || t.ButtonColor.Set || t.ButtonTextColor.Set || t.Font.Set || t.Alignment.Set
}

func (t EmailTemplate) isHTML() bool {
	return t.HTMLType.Set || t.HTML.Set || t.Plaintext.Set || t.Subject.Set
}

func checkEmailTemplate(t EmailTemplate) []kind.Problem {
	var problems []kind.Problem
	problem := func(attribute, hint, format string, args ...any) {
		problems = append(problems, kind.Problem{Attribute: attribute, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	if t.isPrebuilt() && t.isHTML() {
		problem("", "declare another email_template, and this one absent: true once nothing names it",
			"an email template is prebuilt or has custom HTML, never both, and cannot go from one to the other")
	}
	for _, color := range []struct {
		name string
		kind.Opt[string]
	}{{"button_color", t.ButtonColor}, {"button_text_color", t.ButtonTextColor}} {
		if color.Set && color.Value != "" && !hexColor.MatchString(color.Value) {
			problem("prebuilt_customization."+color.name, "write # and six digits, such as #19303D", "%q is no colour", color.Value)
		}
	}
	for _, part := range []struct {
		name string
		kind.Opt[string]
	}{{"from_local_part", t.FromLocalPart}, {"from_domain", t.FromDomain}, {"reply_to_local_part", t.ReplyToLocalPart}} {
		if strings.ContainsFunc(part.Value, func(r rune) bool { return r == '@' || isSpaceOrControl(r) }) {
			problem("sender_information."+part.name, "write the part before the @ and the domain behind it each by itself", "%s %q is not one side of an address", part.name, part.Value)
		}
	}
	if t.isHTML() && (t.FromDomain.Value == "stytch.com" || strings.HasSuffix(t.FromDomain.Value, ".stytch.com")) {
		problem("sender_information.from_domain", "write a domain of your own that is verified in the dashboard", "custom HTML is not sent from %s", t.FromDomain.Value)
	}
	placeholder := emailPlaceholders[t.HTMLType.Value]
	for _, content := range []struct {
		name string
		kind.Opt[string]
	}{{"html_content", t.HTML}, {"plaintext_content", t.Plaintext}} {
		if content.Set && t.HTMLType.Set && !strings.Contains(content.Value, placeholder) {
			problem("custom_html_customization."+content.name, "write "+placeholder+" where Stytch shall put it", "%s does not contain %s, which a mail of the type %s is for", content.name, placeholder, t.HTMLType.Value)
		}
	}
	return problems
}

func emailTemplatesTogether(declared []EmailTemplate) []kind.Problem {
	if len(declared) <= maxEmailTemplates {
		return nil
	}
	return []kind.Problem{{
		Index: maxEmailTemplates, Message: fmt.Sprintf("%d email templates are declared, and Stytch allows %d in a project", len(declared), maxEmailTemplates),
	}}
}

// tidyEmailTemplate: the digits of a colour have no case.
func tidyEmailTemplate(t EmailTemplate) EmailTemplate {
	t.ButtonColor.Value, t.ButtonTextColor.Value = strings.ToUpper(t.ButtonColor.Value), strings.ToUpper(t.ButtonTextColor.Value)
	return t
}

func emailTemplateReferences(_ plan.Address, t EmailTemplate) (offers, uses []string) {
	return []string{"email_template/" + t.ID}, nil
}

// projectWide is the risk of what all environments share.
func projectWide(what string) plan.Risk {
	return plan.Risk{Class: plan.ProjectWide, Reason: what + " in every environment of the project, LIVE included"}
}

// emailTemplateEffects says what a new template must have, and whom a change
// concerns: everybody who gets mail, whatever environment the documents name.
func emailTemplateEffects(t kind.Transition[EmailTemplate]) plan.Effects {
	var effects plan.Effects
	switch t.Action {
	case plan.Create:
		effects.Risks = []plan.Risk{projectWide("the template is there")}
		effects.Problems = newEmailTemplate(t.After)
	case plan.Delete:
		effects.Risks = []plan.Risk{projectWide("the template is gone")}
		effects.Consequences = []string{"calls that name the template fail; Stytch keeps one that is a default, until another is"}
	default:
		effects.Risks = []plan.Risk{projectWide("mail looks otherwise")}
		effects.Consequences = []string{"what the Dashboard changed in the template for one environment alone is overwritten"}
	}
	return effects
}

// newEmailTemplate lists what a template needs to be created.
func newEmailTemplate(t EmailTemplate) []plan.Problem {
	if !t.isHTML() {
		if t.isPrebuilt() {
			return nil
		}
		return []plan.Problem{{Message: "a new email_template needs prebuilt_customization or custom_html_customization", Hint: "declare one attribute of it at least, such as prebuilt_customization: {text_alignment: LEFT}"}}
	}
	var problems []plan.Problem
	for _, needed := range []struct{ name, value string }{
		{"sender_information.from_local_part", t.FromLocalPart.Value},
		{"sender_information.from_domain", t.FromDomain.Value},
		{"custom_html_customization.template_type", t.HTMLType.Value},
		{"custom_html_customization.subject", t.Subject.Value},
		{"custom_html_customization.html_content", t.HTML.Value},
		{"custom_html_customization.plaintext_content", t.Plaintext.Value},
	} {
		if needed.value == "" {
			problems = append(problems, plan.Problem{Message: "a new email_template with custom HTML needs " + needed.name, Hint: "declare it"})
		}
	}
	return problems
}
