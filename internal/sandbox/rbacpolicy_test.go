package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/rbacpolicy"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const rbacPath = environmentOf + "/rbac_policy"

// documents is a custom resource with three actions, as a PUT takes it.
const documents = `{"resource_id":"documents","description":"Documents","available_actions":["read","write","delete"]}`

func TestTheSDKSetsAnRBACPolicyAndReadsItBackAsSent(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	grant := func(actions ...string) []rbacpolicy.Permission {
		return []rbacpolicy.Permission{{ResourceID: "documents", Actions: actions}}
	}
	sent := rbacpolicy.SetRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test",
		StytchMember:    &rbacpolicy.DefaultRole{Permissions: grant("read")},
		StytchAdmin:     &rbacpolicy.DefaultRole{Permissions: grant("write", "read")},
		CustomRoles:     []rbacpolicy.Role{{RoleID: "writer", Permissions: grant("write", "read")}, {RoleID: "owner", Description: "Owns", Permissions: grant("*")}},
		CustomResources: []rbacpolicy.Resource{{ResourceID: "documents", Description: "Documents", AvailableActions: []string{"read", "write", "delete"}}},
		CustomScopes:    []rbacpolicy.Scope{{Scope: "documents:read", Description: "Read", Permissions: grant("read")}},
	}
	set, err := l.api.RBACPolicy.Set(t.Context(), sent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.api.RBACPolicy.Get(t.Context(), rbacpolicy.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	want := rbacpolicy.Policy{
		StytchMember: sent.StytchMember, StytchAdmin: sent.StytchAdmin,
		CustomRoles: sent.CustomRoles, CustomResources: sent.CustomResources, CustomScopes: sent.CustomScopes,
		StytchResources: got.Policy.StytchResources,
	}
	if diff := cmp.Diff([]rbacpolicy.Policy{want, want}, []rbacpolicy.Policy{set.Policy, got.Policy}); diff != "" {
		t.Error(diff)
	}
	if len(got.Policy.StytchResources) != 6 {
		t.Errorf("there are %d resources of Stytch", len(got.Policy.StytchResources))
	}
}

func TestANewEnvironmentHasStytchsRoles(t *testing.T) {
	everything := func(ids ...string) map[string]any {
		permissions := []any{}
		for _, id := range ids {
			permissions = append(permissions, map[string]any{"resource_id": id, "actions": []any{"*"}})
		}
		return map[string]any{"permissions": permissions}
	}
	l := newLab(t, sandbox.Options{})
	if _, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "shop", EnvironmentSlug: "test", Vertical: "CONSUMER"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]map[string]any{
		rbacPath: {
			"stytch_member": everything("stytch.self"),
			"stytch_admin":  everything("stytch.organization", "stytch.member", "stytch.sso", "stytch.scim"),
		},
		"/pwa/v3/projects/shop/environments/test/rbac_policy": {"stytch_user": everything("stytch.self")},
	} {
		got, _ := l.manage("GET", path, "").at("policy").(map[string]any)
		delete(got, "stytch_resources")
		want["custom_roles"], want["custom_resources"], want["custom_scopes"] = []any{}, []any{}, []any{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
}

func TestAnRBACPutReplaces(t *testing.T) {
	const before = `{"custom_roles":[{"role_id":"writer","permissions":[{"resource_id":"documents","actions":["write"]}]}],
		"custom_resources":[` + documents + `],"custom_scopes":[{"scope":"s","permissions":[]}],
		"stytch_member":{"permissions":[{"resource_id":"stytch.self","actions":["*"]},{"resource_id":"stytch.sso","actions":["get"]}]}}`
	member := func(r reply) any { return r.at("policy", "stytch_member", "permissions") }
	kept := []any{
		map[string]any{"resource_id": "stytch.self", "actions": []any{"*"}},
		map[string]any{"resource_id": "stytch.sso", "actions": []any{"get"}},
	}
	for _, c := range []struct {
		name, body string
		knobs      sandbox.Knobs
		member     any
		roles      int
	}{
		{"absent lists with nothing, and keeps an absent default role", `{}`, sandbox.Knobs{}, kept, 0},
		{"a null default role is an absent one", `{"stytch_member":null}`, sandbox.Knobs{}, kept, 0},
		{"an absent default role with its default, by the knob", `{}`, sandbox.Knobs{DefaultRolesReset: true}, kept[:1], 0},
		{"a default role without permissions by none", `{"stytch_member":{}}`, sandbox.Knobs{}, []any{}, 0},
		{"a default role's permissions whole", `{"stytch_member":{"permissions":[{"resource_id":"stytch.self","actions":["*"]}]}}`, sandbox.Knobs{}, kept[:1], 0},
		{"the roles", `{"custom_roles":[{"role_id":"a"},{"role_id":"b"}]}`, sandbox.Knobs{}, kept, 2},
		{"and ignores resources of Stytch", `{"stytch_resources":[]}`, sandbox.Knobs{}, kept, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("PUT", rbacPath, before).want(t, 200, "")
			l.manage("PUT", rbacPath, c.body).want(t, 200, "")
			got := l.manage("GET", rbacPath, "")
			if diff := cmp.Diff(c.member, member(got)); diff != "" {
				t.Error(diff)
			}
			if roles, _ := got.at("policy", "custom_roles").([]any); len(roles) != c.roles {
				t.Errorf("there are %d custom roles, want %d", len(roles), c.roles)
			}
			if diff := cmp.Diff([]any{}, got.at("policy", "custom_scopes")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnRBACPutRefuses(t *testing.T) {
	role := func(resource, actions string) string {
		return `{"custom_resources":[` + documents + `],"custom_roles":[{"role_id":"r","permissions":[{"resource_id":"` + resource + `","actions":[` + actions + `]}]}]}`
	}
	strict, lax := sandbox.Knobs{DefaultPermissionsRequired: true}, sandbox.Knobs{UnknownReferencesAllowed: true}
	for _, c := range []struct {
		name, body string
		knobs      sandbox.Knobs
		status     int
		errorType  string
	}{
		{"a role of the other vertical", `{"stytch_user":{"permissions":[]},"stytch_member":{"permissions":[]}}`, sandbox.Knobs{}, 400, "invalid_role_for_vertical"},
		{"a permission on an unknown resource", role("nothing", `"read"`), sandbox.Knobs{}, 400, "invalid_argument"},
		{"a permission on an unknown action", role("documents", `"sell"`), sandbox.Knobs{}, 400, "invalid_argument"},
		{"an unknown action of one of Stytch's resources", role("stytch.sso", `"sell"`), sandbox.Knobs{}, 400, "invalid_argument"},
		{"no unknown action with the knob", role("documents", `"sell"`), lax, 200, ""},
		{"no known action", role("stytch.sso", `"get","update"`), sandbox.Knobs{}, 200, ""},
		{"no wildcard", role("documents", `"*"`), sandbox.Knobs{}, 200, ""},
		{"a wildcard beside others", role("documents", `"*","read"`), sandbox.Knobs{}, 400, "cannot_specify_wildcard_with_other_actions"},
		{"a reserved role", `{"custom_roles":[{"role_id":"stytch_admin"}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a role without an ID", `{"custom_roles":[{"description":"x"}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a role twice", `{"custom_roles":[{"role_id":"a"},{"role_id":"a"}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"no role with the name of a resource", `{"custom_roles":[{"role_id":"documents"}],"custom_resources":[` + documents + `]}`, sandbox.Knobs{}, 200, ""},
		{"a resource in Stytch's name space", `{"custom_resources":[{"resource_id":"stytchy"}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a resource twice", `{"custom_resources":[` + documents + `,` + documents + `]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a scope twice", `{"custom_scopes":[{"scope":"a"},{"scope":"a"}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"a scope on an unknown resource", `{"custom_scopes":[{"scope":"a","permissions":[{"resource_id":"x"}]}]}`, sandbox.Knobs{}, 400, "invalid_argument"},
		{"no default role without Stytch's permissions", `{"stytch_admin":{"permissions":[]}}`, sandbox.Knobs{}, 200, ""},
		{"one with the knob", `{"stytch_admin":{"permissions":[]}}`, strict, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			before := l.manage("GET", rbacPath, "").at("policy")
			l.manage("PUT", rbacPath, c.body).want(t, c.status, c.errorType)
			if diff := cmp.Diff(before, l.manage("GET", rbacPath, "").at("policy")); c.status != 200 && diff != "" {
				t.Errorf("a refused request changed something:\n%s", diff)
			}
		})
	}
}

func TestAResourceThatADefaultRoleNamesCannotGoAlone(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	admin := `"stytch_admin":{"permissions":[{"resource_id":"documents","actions":["read"]}]}`
	l.manage("PUT", rbacPath, `{"custom_resources":[`+documents+`],`+admin+`}`).want(t, 200, "")
	l.manage("PUT", rbacPath, `{}`).want(t, 400, "invalid_argument")
	l.manage("PUT", rbacPath, `{"stytch_admin":{"permissions":[]}}`).want(t, 200, "")
}

func TestARoleInUseGoesUnlessTheKnobKeepsIt(t *testing.T) {
	for _, c := range []struct {
		name      string
		knobs     sandbox.Knobs
		status    int
		errorType string
	}{
		{"goes", sandbox.Knobs{}, 200, ""},
		{"stays with the knob", sandbox.Knobs{UsedRolesKept: true}, 400, "rbac_role_in_use"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("PUT", rbacPath, `{"custom_roles":[{"role_id":"used"},{"role_id":"idle"}]}`).want(t, 200, "")
			l.memberWithPassword()
			l.data("POST", "/v1/b2b/organizations/acme/members", `{"email_address":"bob@acme.example","roles":["used"]}`).want(t, 200, "")
			l.manage("PUT", rbacPath, `{"custom_roles":[{"role_id":"used"}]}`).want(t, 200, "")
			l.manage("PUT", rbacPath, `{}`).want(t, c.status, c.errorType)
		})
	}
}
