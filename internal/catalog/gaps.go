package catalog

import "github.com/stytch-reconcile/stytch-reconcile/spec"

// gaps are what a B2B project consists of and no API of Stytch's manages, so that no kind can. The sources are Stytch's
// published descriptions of both APIs, in which none of it stands, and its guides, which say where it is done.
var gaps = []spec.Gap{
	{
		Names: []string{"custom_domain", "auth_domain", "cname", "cname_domain", "project_domain"},
		What:  "custom domains of authentication", Where: "set them up and verify them in the dashboard, under Custom domains",
	},
	{
		Names: []string{"email_domain", "custom_email_domain", "sending_domain", "sender_domain"},
		What:  "domains that email is sent from", Where: "verify them in the dashboard; an email_template may name a domain once it is verified",
	},
	{
		Names: []string{
			"oauth_provider", "oauth_config", "oauth_configuration", "google_oauth", "microsoft_oauth", "hubspot_oauth", "slack_oauth", "github_oauth", "oauth_credential",
		},
		What: "the credentials of OAuth providers", Where: "enter client ids and secrets in the dashboard, under OAuth",
	},
	{
		Names: []string{"webhook", "webhook_endpoint"},
		What:  "webhooks and their secrets", Where: "create them in the dashboard, under Webhooks",
	},
	{
		Names: []string{"workspace_member", "dashboard_member", "dashboard_role", "team_member", "workspace_role"},
		What:  "the people of a workspace and their roles in the dashboard", Where: "invite them in the dashboard, under Team",
	},
	{
		Names: []string{"billing", "billing_plan", "pricing_plan", "subscription"},
		What:  "billing and plans", Where: "see the dashboard, under Billing",
	},
	{
		Names: []string{"workspace_key", "management_key", "workspace_api_key"},
		What:  "the keys of the management API itself", Where: "create them in the dashboard, in the settings of the workspace",
	},
	{
		Names: []string{"protected_auth", "device_fingerprinting"},
		What:  "the entitlement to device fingerprinting", Where: "ask Stytch for it; b2b_sdk_config says how it is used, and fraud_rules what follows",
	},
	{
		Names: []string{"branding", "theme", "watermark", "logo_config", "ui_config"},
		What:  "the look of the prebuilt pages", Where: "set it in the dashboard, under Branding, or in the code that shows them; an organization_logo_url is an attribute of its organization",
	},
	{
		Names: []string{"session_duration", "session_duration_minutes", "default_session_length", "session_policy"},
		What:  "the length of sessions", Where: "your backend says it with each login; b2b_sdk_config bounds what the frontend SDKs may ask for",
	},
	{
		Names: []string{"event_log", "log_retention"},
		What:  "the contents of the event log", Where: "read them in the dashboard; event_log_streaming sends them elsewhere",
	},
}
