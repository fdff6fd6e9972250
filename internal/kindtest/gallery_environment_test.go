package kindtest

var _ = exhibit(
	"environment",
	picture{
		name:   "settings that open the way in, or lock less",
		before: "environment: {name: Test, user_lock_threshold: 5, user_lock_ttl: 3600}\n",
		after: `environment:
  user_lock_threshold: 20
  user_lock_ttl: 60
  cross_org_passwords_enabled: true
  user_impersonation_enabled: true
  zero_downtime_session_migration_url: https://old.example/userinfo
  idp_dynamic_client_registration_enabled: true
  idp_dynamic_client_registration_access_token_template_content: |
    {"plan": "gold", "org": {{ organization.organization_id }}}
`,
	},
	picture{
		name:   "settings that harm nobody",
		before: "environment: {name: Test, user_lock_threshold: 20}\n",
		after:  "environment: {name: Staging, user_lock_threshold: 5}\n",
	},
)
