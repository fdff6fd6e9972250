package kindtest

import "strings"

var otherMail = strings.NewReplacer("email_templates:\n", "", "welcome:", "other:", "name: Welcome", "name: Other").Replace(welcomeMail)

var _ = exhibit(
	"default_email_template",
	picture{
		name:   "a mail becomes the default",
		before: welcomeMail,
		after:  welcomeMail + "default_email_templates: {LOGIN: {template_id: welcome}}\n",
	},
	picture{
		name:   "another mail becomes the default",
		before: welcomeMail + otherMail + "default_email_templates: {LOGIN: {template_id: welcome}}\n",
		after:  welcomeMail + otherMail + "default_email_templates: {LOGIN: {template_id: other}}\n",
	},
	picture{
		name:   "Stytch's own mail is the default again",
		before: welcomeMail + "default_email_templates: {LOGIN: {template_id: welcome}}\n",
		after:  welcomeMail + "default_email_templates: {LOGIN: {absent: true}}\n",
		allow:  []string{"delete_percent=100"},
	},
)
