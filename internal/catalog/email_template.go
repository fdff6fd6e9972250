package catalog

import (
	"cmp"
	"context"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An EmailTemplate is how mail looks: Stytch's own page in other colours, or
// HTML of one's own. email_template_rules.go holds its rules and what a change
// does.
type EmailTemplate struct {
	ID               string            `attr:"template_id,key" doc:"An id of your choice, which calls that send mail name. It cannot change: another id is another template."`
	Name             kind.Opt[string]  `attr:"name" default:"\"\"" doc:"What the Dashboard calls the template; need not be unique. Empty clears it."`
	FromLocalPart    kind.Opt[string]  `attr:"sender_information.from_local_part" doc:"What stands before the @ of the sender's address. Empty clears it; custom HTML needs it."`
	FromDomain       kind.Opt[string]  `attr:"sender_information.from_domain" doc:"What stands behind it: a domain that is verified in the Dashboard. Empty clears it; custom HTML needs it."`
	FromName         kind.Opt[string]  `attr:"sender_information.from_name" doc:"The sender's name. Empty clears it."`
	ReplyToLocalPart kind.Opt[string]  `attr:"sender_information.reply_to_local_part" doc:"What stands before the @ of the address that answers go to. Empty clears it."`
	ReplyToName      kind.Opt[string]  `attr:"sender_information.reply_to_name" doc:"The name that answers go to. Empty clears it."`
	Radius           kind.Opt[float64] `attr:"prebuilt_customization.button_border_radius" min:"0" doc:"How round the button's corners are, in pixels; 0 for none."`
	ButtonColor      kind.Opt[string]  `attr:"prebuilt_customization.button_color,nonempty" doc:"The button's colour, as #RRGGBB."`
	ButtonTextColor  kind.Opt[string]  `attr:"prebuilt_customization.button_text_color,nonempty" doc:"The colour of the button's text, as #RRGGBB."`
	Font             kind.Opt[string]  `attr:"prebuilt_customization.font_family,nonempty" oneof:"ARIAL BRUSH_SCRIPT_MT COURIER_NEW GEORGIA HELVETICA TAHOMA TIMES_NEW_ROMAN TREBUCHET_MS VERDANA" doc:"The font."`
	Alignment        kind.Opt[string]  `attr:"prebuilt_customization.text_alignment,nonempty" oneof:"LEFT CENTER" doc:"Where the text stands."`
	HTMLType         kind.Opt[string]  `attr:"custom_html_customization.template_type,nonempty" oneof:"LOGIN SIGNUP INVITE RESET_PASSWORD ONE_TIME_PASSCODE ONE_TIME_PASSCODE_SIGNUP VERIFY_EMAIL_PASSWORD_RESET UNLOCK" doc:"The one type of mail that the HTML is for."`
	HTML             kind.Opt[string]  `attr:"custom_html_customization.html_content,nonempty,file" doc:"The mail as HTML. It must contain its type's placeholder: {{magic_link_url}}, {{otp_code}} or {{reset_password_url}}."`
	Plaintext        kind.Opt[string]  `attr:"custom_html_customization.plaintext_content,nonempty,file" doc:"The mail as plain text, with the same placeholder."`
	Subject          kind.Opt[string]  `attr:"custom_html_customization.subject,nonempty" doc:"The mail's subject."`
}

var emailTemplate = kind.New(kind.Type[EmailTemplate]{
	Name:   "email_template",
	Plural: "email_templates",
	Plane:  client.Management,
	Merges: true,
	Doc: "How mail looks. Templates belong to the project: one environment's documents change the mail of all, LIVE included. A template " +
		"is prebuilt (`prebuilt_customization`) or has HTML of its own (`custom_html_customization`), which needs a verified email " +
		"domain and a paid add-on; it cannot go from one to the other.",
	Facts: []string{
		"what is read is the LIVE environment's template: what the Dashboard changed for another environment is not seen, and overwritten by the next write",
		"a template is written whole: what is not declared is sent back as it was read, and what somebody else changes in the " +
			"milliseconds between is lost",
		"whether Stytch refuses a template_id that is taken is not documented: a creation looks first",
		"Stytch may drop sender_information that it cannot use, without a word: an apply that finds it so fails",
		"an empty name and empty sender_information clear them",
		"a template with neither customization is not created: Stytch's reference does not say what it would be",
		"the limit of 100 templates for a project is checked for what the documents declare",
		"the type UNLOCK needs no placeholder",
	},
	Check:      checkEmailTemplate,
	Together:   emailTemplatesTogether,
	Tidy:       tidyEmailTemplate,
	References: emailTemplateReferences,
	Effects:    emailTemplateEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[EmailTemplate], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[EmailTemplate], error) { return readEmailTemplates(ctx, c, s) })
	},
	Get:    getEmailTemplate,
	Create: createEmailTemplate,
	Update: updateEmailTemplate,
	Delete: deleteEmailTemplate,
})

// An emailAnswer is a template as Stytch answers it. The SDK's type would round
// the radius.
type emailAnswer struct {
	TemplateID string `json:"template_id"`
	Name       string `json:"name"`
	Sender     struct {
		FromLocalPart    string `json:"from_local_part"`
		FromDomain       string `json:"from_domain"`
		FromName         string `json:"from_name"`
		ReplyToLocalPart string `json:"reply_to_local_part"`
		ReplyToName      string `json:"reply_to_name"`
	} `json:"sender_information"`
	Prebuilt *prebuiltAnswer   `json:"prebuilt_customization"`
	HTML     *customHTMLAnswer `json:"custom_html_customization"`
}

type prebuiltAnswer struct {
	Radius          float64 `json:"button_border_radius"`
	ButtonColor     string  `json:"button_color"`
	ButtonTextColor string  `json:"button_text_color"`
	Font            string  `json:"font_family"`
	Alignment       string  `json:"text_alignment"`
}

type customHTMLAnswer struct {
	Type      string `json:"template_type"`
	HTML      string `json:"html_content"`
	Plaintext string `json:"plaintext_content"`
	Subject   string `json:"subject"`
}

// live is what the answer says. A customization that is empty is none.
func (a emailAnswer) live() kind.Live[EmailTemplate] {
	v := EmailTemplate{
		ID: a.TemplateID, Name: kind.Some(a.Name), FromLocalPart: kind.Some(a.Sender.FromLocalPart), FromDomain: kind.Some(a.Sender.FromDomain),
		FromName: kind.Some(a.Sender.FromName), ReplyToLocalPart: kind.Some(a.Sender.ReplyToLocalPart), ReplyToName: kind.Some(a.Sender.ReplyToName),
	}
	if p := a.Prebuilt; p != nil && *p != (prebuiltAnswer{}) {
		v.Radius, v.ButtonColor, v.ButtonTextColor = kind.Some(p.Radius), kind.Some(p.ButtonColor), kind.Some(p.ButtonTextColor)
		v.Font, v.Alignment = kind.Some(p.Font), kind.Some(p.Alignment)
	}
	if h := a.HTML; h != nil && *h != (customHTMLAnswer{}) {
		v.HTMLType, v.HTML, v.Plaintext, v.Subject = kind.Some(h.Type), kind.Some(h.HTML), kind.Some(h.Plaintext), kind.Some(h.Subject)
	}
	return kind.Live[EmailTemplate]{ID: a.TemplateID, Value: v}
}

func readEmailTemplates(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[EmailTemplate], error) {
	path := projectPath(s, "/email_templates")
	list, err := manageList[emailAnswer](ctx, c, path, "email_templates")
	found := make([]kind.Live[EmailTemplate], 0, len(list))
	for _, a := range list {
		if a.TemplateID == "" {
			return found, unreadable(path, withoutID("email_template"))
		}
		found = append(found, a.live())
	}
	return found, err
}

func emailSetting(s kind.Scope, id string) wholeSetting {
	return wholeSetting{path: projectPath(s, "/email_templates/%s", id), field: "email_template"}
}

func getEmailTemplate(ctx context.Context, c *client.Client, e kind.Edit[EmailTemplate]) (kind.Live[EmailTemplate], error) {
	setting := emailSetting(e.Scope, e.After.ID)
	a, err := manageObject[emailAnswer](ctx, c, setting.path, setting.field)
	if err == nil && a.TemplateID == "" {
		err = unreadable(setting.path, withoutID("email_template"))
	}
	return a.live(), err
}

func createEmailTemplate(ctx context.Context, c *client.Client, e kind.Edit[EmailTemplate]) (string, error) {
	made, err := emailSetting(e.Scope, e.After.ID).send(ctx, c, client.Request{
		Method: http.MethodPost, Path: projectPath(e.Scope, "/email_templates"), Body: kind.Body(e.After),
	})
	if err == nil {
		err = senderTaken(made, e.After)
	}
	return e.After.ID, err
}

// updateEmailTemplate sends the whole template: what a PUT makes of a field that
// it leaves out is not documented.
func updateEmailTemplate(ctx context.Context, c *client.Client, e kind.Edit[EmailTemplate]) error {
	setting := emailSetting(e.Scope, e.After.ID)
	now, err := setting.read(ctx, c)
	if err != nil {
		return err
	}
	was, err := decoded[emailAnswer]("email template", now)
	if err == nil {
		err = asPlanned(tidyEmailTemplate, was.live().Value, e)
	}
	if err != nil {
		return err
	}
	body := overlaid(now, kind.Body(e.After))
	delete(body, "template_id")
	for name, value := range body {
		if value == nil {
			delete(body, name)
		}
	}
	made, err := setting.replace(ctx, c, body)
	if err != nil {
		return err
	}
	return senderTaken(made, e.After)
}

// senderTaken looks whether mail is sent as was declared: a domain that is not
// verified is dropped without a word.
func senderTaken(made map[string]any, wanted EmailTemplate) error {
	a, err := decoded[emailAnswer]("email template", made)
	if err != nil {
		return err
	}
	sender := EmailTemplate{
		FromLocalPart: wanted.FromLocalPart, FromDomain: wanted.FromDomain, FromName: wanted.FromName,
		ReplyToLocalPart: wanted.ReplyToLocalPart, ReplyToName: wanted.ReplyToName,
	}
	return untaken(nil, a.live().Value, sender, "verify the domain in the dashboard, or take back what is declared")
}

// deleteEmailTemplate refuses while the template is a default: what Stytch then
// sends instead is not documented. HTML can be one for its own type alone.
func deleteEmailTemplate(ctx context.Context, c *client.Client, e kind.Edit[EmailTemplate]) error {
	mail := cmp.Or(e.Before.HTMLType.Value, prebuiltMail)
	id, err := readDefaultEmailTemplate(ctx, c, e.Scope, mail)
	if err != nil {
		return err
	}
	if id == e.After.ID {
		return stillDefault(id, mail)
	}
	return c.Manage(ctx, client.Request{Method: http.MethodDelete, Path: projectPath(e.Scope, "/email_templates/%s", e.After.ID)}, nil)
}
