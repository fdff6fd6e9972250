package kindtest

const portal = `connected_apps:
  Portal:
    client_type: first_party
    redirect_urls: ["https://portal.example/callback"]
    access_token_template_content: '{"plan": "gold"}'
`

var _ = exhibit(
	"connected_app",
	picture{name: "a new app", after: portal},
	picture{
		name:   "an app may do more, and people are sent elsewhere",
		before: portal,
		after: `connected_apps:
  Portal:
    client_type: first_party
    redirect_urls: ["https://portal.example/in"]
    full_access_allowed: true
    bypass_consent_for_offline_access: true
    access_token_expiry_minutes: 1440
    access_token_template_content: '{"plan": "gold", "roles": {{ member.rbac.roles }}}'
`,
	},
	picture{
		name:   "an app is gone",
		before: portal,
		after:  "connected_apps:\n  Portal: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
)
