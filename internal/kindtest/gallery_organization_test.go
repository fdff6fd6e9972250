package kindtest

import (
	"fmt"
	"strings"
)

const openAcme = `rbac_policy: {custom_roles: {editor: {}}}
organizations:
  acme:
    organization_name: Acme
    auth_methods: RESTRICTED
    allowed_auth_methods: [sso, password, magic_link]
    mfa_policy: REQUIRED_FOR_ALL
    mfa_methods: RESTRICTED
    allowed_mfa_methods: [totp]
    email_invites: RESTRICTED
    email_allowed_domains: [acme.example]
    rbac_email_implicit_role_assignments: [{domain: acme.example, role_id: editor}]
    claimed_email_domains: [acme.example]
    first_party_connected_apps_allowed_type: RESTRICTED
    allowed_first_party_connected_apps: [app-1]
    trusted_metadata: {plan: free, seats: 3}
    members:
      ada@acme.example: {roles: [stytch_admin]}
      bob@acme.example: {is_breakglass: true}
`

var _ = exhibit(
	"organization",
	picture{
		name:  "a new one as Stytch makes it",
		after: "organizations:\n  acme: {organization_name: \"Acme, Inc.\"}\n",
	},
	picture{
		name: "a new one that lets people in by themselves",
		after: `organizations:
  acme:
    organization_name: Acme
    email_jit_provisioning: RESTRICTED
    email_allowed_domains: [acme.example, acme.test]
    sso_jit_provisioning: ALL_ALLOWED
    oauth_tenant_jit_provisioning: RESTRICTED
    allowed_oauth_tenants: {slack: [T024BE7LD]}
    rbac_email_implicit_role_assignments: [{domain: acme.example, role_id: stytch_admin}]
`,
	},
	picture{
		name:   "more people come in, and logging in needs less",
		before: openAcme,
		after: strings.NewReplacer(
			"email_invites: RESTRICTED", "email_invites: ALL_ALLOWED\n    email_jit_provisioning: RESTRICTED",
			"email_allowed_domains: [acme.example]", "email_allowed_domains: [acme.example, contractors.example]",
			"mfa_policy: REQUIRED_FOR_ALL", "mfa_policy: OPTIONAL", "allowed_mfa_methods: [totp]", "allowed_mfa_methods: [totp, sms_otp]",
			"claimed_email_domains: [acme.example]", "claimed_email_domains: []",
			"allowed_first_party_connected_apps: [app-1]", "allowed_first_party_connected_apps: [app-1, app-2]",
			"{plan: free, seats: 3}", "{plan: pro, seats: null}",
		).Replace(openAcme),
	},
	picture{
		name:   "ways in are closed",
		before: openAcme,
		after: strings.NewReplacer(
			"[sso, password, magic_link]", "[sso]", "allowed_mfa_methods: [totp]", "allowed_mfa_methods: [sms_otp]",
			"[{domain: acme.example, role_id: editor}]", "[]", "allowed_first_party_connected_apps: [app-1]", "allowed_first_party_connected_apps: []",
		).Replace(openAcme),
	},
	picture{
		name:   "another slug",
		before: "organizations:\n  acme: {organization_name: Acme}\n",
		after:  "organizations:\n  acme-inc: {renamed_from: acme, organization_name: \"Acme, Inc.\"}\n",
	},
	picture{
		name:   "one goes with all of its members, and the plan is blocked",
		before: "organizations:\n  acme:\n    organization_name: Acme\n    members:\n" + manyMembers(214, "") + "  beta: {organization_name: Beta}\n",
		after:  "organizations:\n  acme: {absent: true}\n",
	},
)

// manyMembers declares so many members, each alike.
func manyMembers(n int, attributes string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "      m%03d@acme.example: {%s}\n", i, attributes)
	}
	return b.String()
}
