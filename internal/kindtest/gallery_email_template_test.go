package kindtest

const welcomeMail = `email_templates:
  welcome:
    name: Welcome
    sender_information: {from_local_part: login, from_domain: acme.example}
    custom_html_customization:
      template_type: LOGIN
      subject: Log in
      html_content: |
        <p>Hello</p>
        <a href="{{magic_link_url}}">Log in</a>
      plaintext_content: "Log in: {{magic_link_url}}"
`

var _ = exhibit(
	"email_template",
	picture{name: "a new mail for every environment", after: welcomeMail},
	picture{
		name:   "another text, and another subject",
		before: welcomeMail,
		after: `email_templates:
  welcome:
    name: Welcome
    sender_information: {from_local_part: no-reply, from_domain: acme.example}
    custom_html_customization:
      template_type: LOGIN
      subject: Your link
      html_content: |
        <p>Hello there</p>
        <a href="{{magic_link_url}}">Log in</a>
        <p>It works once.</p>
      plaintext_content: "Log in: {{magic_link_url}}"
`,
	},
	picture{
		name:   "a mail is gone",
		before: welcomeMail,
		after:  "email_templates:\n  welcome: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
)
