package kindtest

var _ = exhibit(
	"b2b_sdk_config",
	picture{
		name: "the frontend may do more, and with less proof",
		before: `b2b_sdk_config:
  basic: {enabled: true, allow_self_onboarding: false, domains: [{domain: "https://app.acme.example"}]}
  magic_links: {enabled: true, pkce_required: true}
  sessions: {max_session_duration_minutes: 60}
  cookies: {http_only: ENFORCED}
`,
		after: `b2b_sdk_config:
  basic: {enabled: true, allow_self_onboarding: true, domains: [{domain: "https://app.acme.example"}, {domain: "https://acme.test", slug_pattern: "https://{{slug}}.acme.test"}]}
  magic_links: {enabled: true, pkce_required: false}
  sessions: {max_session_duration_minutes: 1440}
  cookies: {http_only: ENABLED}
`,
	},
	picture{
		name: "the frontend may do less",
		before: `b2b_sdk_config:
  basic: {enabled: true, domains: [{domain: "https://app.acme.example"}, {domain: "https://old.acme.example"}]}
  magic_links: {enabled: true, pkce_required: false}
  passwords: {enabled: true}
`,
		after: `b2b_sdk_config:
  basic: {enabled: true, domains: [{domain: "https://app.acme.example"}]}
  magic_links: {enabled: true, pkce_required: true}
  passwords: {enabled: false}
`,
	},
)
