package sandbox

import (
	"cmp"
	"slices"
	"strings"
)

// maxEmailTemplates is how many templates a project may have, by Stytch's limits page.
const maxEmailTemplates = 100

const emailTemplatePath = projectPath + "/email_templates"

// An emailTemplate is how a project's mail looks, in all of its environments. It is prebuilt or has custom HTML.
type emailTemplate struct {
	TemplateID              string              `json:"template_id"`
	Name                    string              `json:"name"`
	SenderInformation       *emailSender        `json:"sender_information"`
	PrebuiltCustomization   *prebuiltEmail      `json:"prebuilt_customization,omitempty"`
	CustomHTMLCustomization *customHTMLTemplate `json:"custom_html_customization,omitempty"`
}

type emailSender struct {
	FromLocalPart    string `json:"from_local_part"`
	FromDomain       string `json:"from_domain"`
	FromName         string `json:"from_name"`
	ReplyToLocalPart string `json:"reply_to_local_part"`
	ReplyToName      string `json:"reply_to_name"`
}

type prebuiltEmail struct {
	ButtonBorderRadius float64 `json:"button_border_radius"`
	ButtonColor        string  `json:"button_color"`
	ButtonTextColor    string  `json:"button_text_color"`
	FontFamily         string  `json:"font_family"`
	TextAlignment      string  `json:"text_alignment"`
}

type customHTMLTemplate struct {
	TemplateType     string `json:"template_type"`
	HTMLContent      string `json:"html_content"`
	PlaintextContent string `json:"plaintext_content"`
	Subject          string `json:"subject"`
}

func (s *Server) emailTemplateRoutes() {
	fields := []string{"name", "sender_information", "prebuilt_customization", "custom_html_customization"}
	s.handle("POST "+emailTemplatePath, write, createEmailTemplate, append([]string{"template_id"}, fields...)...)
	s.handle("GET "+emailTemplatePath, read, listEmailTemplates)
	s.handle("GET "+emailTemplatePath+"/{template_id}", read, getEmailTemplate)
	s.handle("PUT "+emailTemplatePath+"/{template_id}", write, updateEmailTemplate, fields...)
	s.handle("DELETE "+emailTemplatePath+"/{template_id}", write, deleteEmailTemplate)
	s.defaultEmailTemplateRoutes()
}

func createEmailTemplate(c *call) (answer, *apiError) {
	id, err := fieldOf[string](c, "template_id")
	switch {
	case err != nil:
		return nil, err
	case id.Value == "":
		return nil, badRequest("invalid_argument", "template_id is required.")
	case c.project.EmailTemplates[id.Value] != nil:
		return nil, c.duplicate("duplicate_email_template_id", "The template id %q is in use.", id.Value)
	case len(c.project.EmailTemplates) >= maxEmailTemplates:
		return nil, badRequest("email_template_limit_exceeded", "A project has at most %d email templates.", maxEmailTemplates)
	}
	return c.setEmailTemplate(id.Value)
}

func listEmailTemplates(c *call) (answer, *apiError) {
	list := []*emailTemplate{}
	for _, t := range c.project.EmailTemplates {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *emailTemplate) int { return cmp.Compare(a.TemplateID, b.TemplateID) })
	return answer{"email_templates": list}, nil
}

func getEmailTemplate(c *call) (answer, *apiError) {
	t, err := c.namedEmailTemplate()
	return answer{"email_template": t}, err
}

// updateEmailTemplate replaces the whole template (Knobs.EmailFieldsKept). It cannot go from prebuilt to custom HTML.
func updateEmailTemplate(c *call) (answer, *apiError) {
	was, err := c.namedEmailTemplate()
	if err != nil {
		return nil, err
	}
	html, err := fieldOf[customHTMLTemplate](c, "custom_html_customization")
	if err != nil {
		return nil, err
	}
	if isHTML := html.Sent && !html.Null; isHTML != (was.CustomHTMLCustomization != nil) {
		return nil, badRequest("invalid_argument", "A template cannot change between prebuilt and custom HTML.")
	}
	return c.setEmailTemplate(was.TemplateID)
}

// setEmailTemplate reads the body into a template and keeps it.
func (c *call) setEmailTemplate(id string) (answer, *apiError) {
	t := &emailTemplate{TemplateID: id}
	if was := c.project.EmailTemplates[id]; was != nil && c.server.options.Knobs.EmailFieldsKept {
		kept := *was
		t = &kept
	}
	b := bodyReader{call: c}
	if name := get[string](&b, "name"); name.Sent && !name.Null {
		t.Name = name.Value
	}
	into(&b, "sender_information", &t.SenderInformation)
	into(&b, "prebuilt_customization", &t.PrebuiltCustomization)
	into(&b, "custom_html_customization", &t.CustomHTMLCustomization)
	if b.err == nil {
		b.err = c.checkEmailTemplate(t)
	}
	if b.err != nil {
		return nil, b.err
	}
	if p := t.PrebuiltCustomization; p != nil {
		p.ButtonColor, p.ButtonTextColor = cmp.Or(p.ButtonColor, "#19303D"), cmp.Or(p.ButtonTextColor, "#FFFFFF")
		p.FontFamily, p.TextAlignment = cmp.Or(p.FontFamily, "ARIAL"), cmp.Or(p.TextAlignment, "LEFT")
	}
	if t.SenderInformation != nil && c.unverified(t.SenderInformation.FromDomain) {
		t.SenderInformation = nil // without a word, as Stytch's Terraform provider has it
	}
	if t.SenderInformation == nil {
		t.SenderInformation = &emailSender{}
	}
	if c.project.EmailTemplates == nil {
		c.project.EmailTemplates = map[string]*emailTemplate{}
	}
	c.project.EmailTemplates[id] = t
	c.saveProject(c.project)
	return answer{"email_template": t}, nil
}

// into reads an object of the body; one that is sent takes the place of what was there.
func into[T any](b *bodyReader, key string, object **T) {
	if f := get[T](b, key); f.Sent && !f.Null {
		*object = &f.Value
	}
}

// unverified says whether mail can be sent from a domain. Which ones are verified only the dashboard says; here it is a knob.
func (c *call) unverified(domain string) bool {
	return domain != "" && domain == c.server.options.Knobs.UnverifiedEmailDomain
}

func (c *call) checkEmailTemplate(t *emailTemplate) *apiError {
	prebuilt, html := t.PrebuiltCustomization, t.CustomHTMLCustomization
	switch {
	case prebuilt != nil && html != nil:
		return badRequest("invalid_argument", "A template is prebuilt or has custom HTML, not both.")
	case prebuilt == nil && html == nil:
		return badRequest("invalid_argument", "prebuilt_customization or custom_html_customization is required.")
	case prebuilt != nil:
		return prebuilt.check()
	case t.SenderInformation == nil || t.SenderInformation.FromDomain == "" || t.SenderInformation.FromLocalPart == "":
		return badRequest("invalid_argument", "sender_information is required with custom HTML.")
	case c.unverified(t.SenderInformation.FromDomain) || strings.HasSuffix(t.SenderInformation.FromDomain, "stytch.com"):
		return badRequest("custom_email_domain_not_verified", "Custom HTML needs a verified email domain, which %q is not.", t.SenderInformation.FromDomain)
	}
	return html.check()
}

func (p *prebuiltEmail) check() *apiError {
	fonts := []string{"", "ARIAL", "BRUSH_SCRIPT_MT", "COURIER_NEW", "GEORGIA", "HELVETICA", "TAHOMA", "TIMES_NEW_ROMAN", "TREBUCHET_MS", "VERDANA"}
	switch {
	case !slices.Contains(fonts, p.FontFamily):
		return badRequest("invalid_argument", "font_family %q is unknown.", p.FontFamily)
	case !slices.Contains([]string{"", "LEFT", "CENTER"}, p.TextAlignment):
		return badRequest("invalid_argument", "text_alignment %q is unknown.", p.TextAlignment)
	}
	return nil
}

// emailPlaceholders are what the HTML and the plain text of each type must contain.
var emailPlaceholders = map[string]string{ //nolint:gosec // placeholders, no credentials
	"LOGIN": "{{magic_link_url}}", "SIGNUP": "{{magic_link_url}}", "INVITE": "{{magic_link_url}}",
	"RESET_PASSWORD": "{{reset_password_url}}", "VERIFY_EMAIL_PASSWORD_RESET": "{{reset_password_url}}",
	"ONE_TIME_PASSCODE": "{{otp_code}}", "ONE_TIME_PASSCODE_SIGNUP": "{{otp_code}}", "UNLOCK": "",
}

func (h *customHTMLTemplate) check() *apiError {
	placeholder, known := emailPlaceholders[h.TemplateType]
	if !known {
		return badRequest("invalid_argument", "template_type %q is unknown.", h.TemplateType)
	}
	for _, content := range []string{h.HTMLContent, h.PlaintextContent} {
		if content == "" || !strings.Contains(content, placeholder) {
			return badRequest("invalid_argument", "html_content and plaintext_content must contain %s.", placeholder)
		}
	}
	if h.Subject == "" {
		return badRequest("invalid_argument", "subject is required.")
	}
	return nil
}

// deleteEmailTemplate refuses a template that is a default.
func deleteEmailTemplate(c *call) (answer, *apiError) {
	t, err := c.namedEmailTemplate()
	if err != nil {
		return nil, err
	}
	for kind, id := range c.project.DefaultEmailTemplates {
		if id == t.TemplateID {
			return nil, badRequest("email_template_in_use", "The template is the default for %s.", kind)
		}
	}
	delete(c.project.EmailTemplates, t.TemplateID)
	c.saveProject(c.project)
	return answer{}, nil
}

func (c *call) namedEmailTemplate() (*emailTemplate, *apiError) {
	if t := c.project.EmailTemplates[c.param("template_id")]; t != nil {
		return t, nil
	}
	return nil, notFound("email_template_not_found", "There is no email template %q.", c.param("template_id"))
}
