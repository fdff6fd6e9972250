package kindtest

import (
	"net/http"
	"testing"
)

const someMembers = `rbac_policy: {custom_roles: {editor: {}, viewer: {}}}
organizations:
  acme:
    organization_name: Acme
    members:
`

var _ = exhibit(
	"member",
	picture{
		name:   "new members, one with a role and one past the organization's methods",
		before: someMembers + "      root@acme.example: {roles: [stytch_admin]}\n",
		after: someMembers + `      root@acme.example: {roles: [stytch_admin]}
      ada@acme.example: {name: Ada, roles: [editor, stytch_admin], trusted_metadata: {team: core}}
      bob@acme.example: {is_breakglass: true}
      cyd@acme.example: {initial: {name: Cyd}}
`,
	},
	picture{
		name: "roles come and go, and factors weaken",
		before: someMembers + `      ada@acme.example: {name: Ada, roles: [editor, viewer], mfa_enrolled: true, mfa_phone_number: "+14155550123"}
      bob@acme.example: {roles: [], is_breakglass: true}
      root@acme.example: {roles: [stytch_admin]}
`,
		after: someMembers + `      ada@acme.example: {name: Ada Lovelace, roles: [viewer], mfa_enrolled: false, mfa_phone_number: ""}
      bob@acme.example: {roles: [stytch_admin], is_breakglass: false}
      root@acme.example: {roles: [stytch_admin]}
`,
	},
	picture{
		name:   "another address",
		before: someMembers + "      ada@old.example: {name: Ada}\n",
		after:  someMembers + "      ada@acme.example: {renamed_from: ada@old.example, name: Ada}\n",
	},
	picture{
		name:   "twelve members go, one of them with a role",
		before: someMembers + manyMembers(11, "") + "      root@acme.example: {roles: [stytch_admin]}\n      zoe@acme.example: {roles: [editor]}\n",
		after:  "policy: {undeclared: {members: delete}}\n" + someMembers + "      root@acme.example: {roles: [stytch_admin]}\n",
		allow:  []string{"deletes=12", "delete_percent=100"},
	},
	picture{
		name:   "a deleted member comes back",
		before: someMembers + "      ada@acme.example: {name: Ada, roles: [editor]}\n",
		prepare: func(t *testing.T, w *World) {
			ada := w.Member(t, "acme", "ada@acme.example")
			w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+ada["organization_id"].(string)+"/members/"+id(ada), nil)
		},
		after: someMembers + "      ada@acme.example: {name: Ada, roles: [editor]}\n",
		allow: []string{"restorations=1"},
	},
	picture{
		name:   "a deleted member who had verified their address is reactivated",
		before: someMembers + "      ada@acme.example: {name: Ada}\n",
		prepare: func(t *testing.T, w *World) {
			ada := w.Member(t, "acme", "ada@acme.example")
			if err := w.Sandbox.MarkVerified(w.Target.ProjectID, id(ada)); err != nil {
				t.Fatal(err)
			}
			w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+ada["organization_id"].(string)+"/members/"+id(ada), nil)
		},
		after: someMembers + "      ada@acme.example: {name: Ada}\n",
		allow: []string{"restorations=1"},
	},
)
