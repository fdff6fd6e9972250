package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

type permissions = map[string][]string

// documents is a policy with one resource and what the test says of roles.
func documents(roles map[string]CustomRole) RBACPolicy {
	return RBACPolicy{
		Member: kind.Some(permissions{}), Admin: kind.Some(permissions{"stytch.member": {"*"}}), Roles: kind.Some(roles),
		Resources: kind.Some(map[string]CustomResource{"documents": {AvailableActions: []string{"read", "write"}}}),
		Scopes:    kind.Some(map[string]CustomScope{}),
	}
}

func role(p permissions) map[string]CustomRole {
	return map[string]CustomRole{"editor": {Permissions: p}}
}

func TestRBACPolicyRules(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy RBACPolicy
		want   []string
	}{
		{"nothing declared breaks no rule", RBACPolicy{}, nil},
		{"known resources and actions are fine", documents(role(permissions{"documents": {"read"}, "stytch.self": {"*"}})), nil},
		{"a policy whose resources are not declared names what it likes", RBACPolicy{Roles: kind.Some(role(permissions{"documents": {"read"}}))}, nil},
		{
			"a resource that is not declared", documents(role(permissions{"document": {"read"}})),
			[]string{"custom_roles.editor.permissions.document: there is no resource document in custom_resources"},
		},
		{
			"an action that the resource does not have", documents(role(permissions{"documents": {"read", "delete"}})),
			[]string{"custom_roles.editor.permissions.documents[1]: documents has no action delete"},
		},
		{
			"a default role is held to the same", func() RBACPolicy {
				p := documents(nil)
				p.Member.Value = permissions{"files": {"*"}}
				return p
			}(),
			[]string{"stytch_member.permissions.files: there is no resource files in custom_resources"},
		},
		{
			"an empty list of a default role is a removal", RBACPolicy{Admin: kind.Some(permissions{"gone": {}}), Resources: kind.Some(map[string]CustomResource{})}, nil,
		},
		{
			"the wildcard stands alone", documents(role(permissions{"documents": {"*", "read"}})),
			[]string{"custom_roles.editor.permissions.documents: * already allows every action on documents and cannot stand beside others"},
		},
		{
			"Stytch's own roles are no custom ones", documents(map[string]CustomRole{"stytch_admin": {}}),
			[]string{"custom_roles.stytch_admin: stytch_admin is Stytch's own role and cannot be a custom one"},
		},
		{
			"Stytch's prefix is no resource's",
			RBACPolicy{Resources: kind.Some(map[string]CustomResource{"stytch_documents": {}})},
			[]string{"custom_resources.stytch_documents: stytch_documents is no id for a resource of your own: it may not start with stytch"},
		},
		{
			"a slip in one of Stytch's resources", documents(role(permissions{"stytch.members": {"search"}})),
			[]string{"custom_roles.editor.permissions.stytch.members: Stytch has no resource stytch.members"},
		},
		{
			"a slip in one of Stytch's actions", documents(role(permissions{"stytch.member": {"create", "serach"}})),
			[]string{"custom_roles.editor.permissions.stytch.member[1]: stytch.member has no action serach"},
		},
		{"the documentation's underscores are no slip", documents(role(permissions{"stytch.self": {"update.info.untrusted_metadata"}})), nil},
		{"what Stytch may have added is sent", documents(role(permissions{"stytch.billing": {"refund"}, "stytch.member": {"impersonate"}})), nil},
		{
			"names have no spaces",
			RBACPolicy{
				Roles:     kind.Some(map[string]CustomRole{"my role": {}}),
				Resources: kind.Some(map[string]CustomResource{"docs": {AvailableActions: []string{"read", ""}}}),
				Scopes:    kind.Some(map[string]CustomScope{"read docs": {}}),
			},
			[]string{
				`custom_roles.my role: "my role" cannot be a role_id`,
				`custom_resources.docs.available_actions[1]: "" cannot be an action`,
				`custom_scopes.read docs: "read docs" cannot be a scope`,
			},
		},
		{
			"a scope is held to the same", func() RBACPolicy {
				p := documents(nil)
				p.Scopes.Value = map[string]CustomScope{"read:docs": {Permissions: permissions{"docs": {"read"}}}}
				return p
			}(),
			[]string{"custom_scopes.read:docs.permissions.docs: there is no resource docs in custom_resources"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkRBACPolicy(test.policy))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRBACPolicyEffects(t *testing.T) {
	const noticed = "Stytch's SDKs keep the policy for up to five minutes: services notice the change only then"
	reader, writer := role(permissions{"documents": {"read"}}), role(permissions{"documents": {"write"}})
	all := role(permissions{"documents": {"*"}})
	admin := func(p permissions) RBACPolicy {
		policy := documents(nil)
		policy.Admin.Value = p
		return policy
	}
	moreActions := documents(all)
	moreActions.Resources = kind.Some(map[string]CustomResource{"documents": {AvailableActions: []string{"read", "write", "share"}}})
	scoped := documents(nil)
	scoped.Scopes.Value = map[string]CustomScope{"docs": {}}
	for _, test := range []struct {
		name         string
		live, after  RBACPolicy
		wantEffects  []string
		wantNoNotice bool
	}{
		{"a new role is held by nobody", documents(nil), documents(reader), nil, true},
		{"a removed role is lost", documents(reader), documents(nil), []string{"access-removed: the role editor disappears: whoever holds it loses it"}, false},
		{
			"a role that may do other things", documents(reader), documents(writer),
			[]string{"access-widened: the role editor gains write on documents", "access-removed: the role editor loses read on documents"},
			false,
		},
		{"the wildcard says every other action", documents(reader), documents(all), []string{"access-widened: the role editor gains every other action on documents"}, false},
		{"a wildcard that is lost", documents(all), documents(reader), []string{"access-removed: the role editor loses every other action on documents"}, false},
		{"a wildcard grows with its resource", documents(all), moreActions, []string{"access-widened: the role editor gains share on documents"}, false},
		{"a removed scope refuses apps", scoped, documents(nil), []string{"access-removed: the scope docs disappears: Connected Apps that ask for it are refused"}, false},
		{
			"admins who lose a permission of Stytch's may be locked out", admin(permissions{"stytch.member": {"*"}, "documents": {"read"}}), admin(permissions{}),
			[]string{
				"access-removed: every organization's admin (stytch_admin) loses read on documents, every action on stytch.member",
				"lock-out: admins who lose every action on stytch.member may be unable to help their members or themselves; nobody in the organization can give it back",
			},
			false,
		},
		{
			"admins who lose one action are told which", admin(permissions{"stytch.sso": {"*"}}), admin(permissions{"stytch.sso": {"get", "create", "update"}}),
			[]string{
				"access-removed: every organization's admin (stytch_admin) loses every other action on stytch.sso",
				"lock-out: admins who lose every other action on stytch.sso may be unable to help their members or themselves; nobody in the organization can give it back",
			},
			false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := rbacPolicyEffects(kind.Transition[RBACPolicy]{Action: plan.Update, Live: kind.Live[RBACPolicy]{Value: test.live}, After: test.after})
			want := test.wantEffects
			if !test.wantNoNotice {
				want = append(want, noticed)
			}
			if diff := cmp.Diff(want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRBACPolicyReferences(t *testing.T) {
	if offers, _ := rbacPolicyReferences("", RBACPolicy{Member: kind.Some(permissions{})}); len(offers) > 0 {
		t.Errorf("a policy that does not declare its roles offers %v", offers)
	}
	offers, _ := rbacPolicyReferences("", documents(role(nil)))
	want := []string{"resource/documents", "role/editor", "role/stytch_admin", "role/stytch_member"}
	if diff := cmp.Diff(want, offers); diff != "" {
		t.Error(diff)
	}
}

// policies gives a stand with one role and one resource, and the policy's reader.
func policies(t *testing.T) (*stand, func() kind.Live[RBACPolicy]) {
	t.Helper()
	s := newStand(t)
	s.call(http.MethodPut, "/rbac_policy", map[string]any{
		"custom_resources": []any{map[string]any{"resource_id": "documents", "description": "Docs", "available_actions": []string{"write", "read"}}},
		"custom_roles":     []any{map[string]any{"role_id": "editor", "description": "Edits", "permissions": []any{map[string]any{"resource_id": "documents", "actions": []string{"write", "read"}}}}},
	})
	s.wire.writes()
	return s, func() kind.Live[RBACPolicy] {
		t.Helper()
		document, err := readPolicyDocument(context.Background(), s.client, s.scope)
		if err != nil {
			t.Fatal(err)
		}
		value, err := document.value()
		if err != nil {
			t.Fatal(err)
		}
		return kind.Live[RBACPolicy]{ID: "rbac_policy", Value: value}
	}
}

func TestRBACPolicyAddsFirstAndRemovesLast(t *testing.T) {
	s, read := policies(t)
	live := read()
	declared := RBACPolicy{
		Roles:     kind.Some(map[string]CustomRole{"author": {Permissions: permissions{"articles": {"*"}}}}),
		Resources: kind.Some(map[string]CustomResource{"articles": {AvailableActions: []string{"read"}}}),
		Admin:     kind.Some(permissions{"stytch.sso": nil, "articles": {"*"}}),
	}
	if err := carryOut(s, rbacPolicy, "", &live, &declared); err != nil {
		t.Fatal(err)
	}
	sent := s.wire.writes()
	if len(sent) != 2 {
		t.Fatalf("%d writes instead of two", len(sent))
	}
	roleIDs := func(body string) (ids []string) {
		var policy struct {
			CustomRoles []struct {
				RoleID string `json:"role_id"`
			} `json:"custom_roles"`
		}
		if err := json.Unmarshal([]byte(body), &policy); err != nil {
			t.Fatal(err)
		}
		for _, r := range policy.CustomRoles {
			ids = append(ids, r.RoleID)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"editor", "author"}, roleIDs(sent[0].body)); diff != "" {
		t.Error("the first step only adds:", diff)
	}
	if diff := cmp.Diff([]string{"author"}, roleIDs(sent[1].body)); diff != "" {
		t.Error("the last step removes:", diff)
	}
	again := read()
	if changed := rbacPolicy.Compare(&again.Value, &declared); len(changed) > 0 {
		t.Errorf("the next plan is not empty: %v", changed)
	}
	admin := again.Value.Admin.Value
	if _, there := admin["stytch.sso"]; there || admin["stytch.member"] == nil {
		t.Errorf("the admins' permissions are %v: only stytch.sso was to go", admin)
	}
}

func TestRBACPolicyIsWrittenWholeAndAsItWasRead(t *testing.T) {
	s, read := policies(t)
	live := read()
	declared := RBACPolicy{Member: kind.Some(permissions{"documents": {"read"}})}
	if err := carryOut(s, rbacPolicy, "", &live, &declared); err != nil {
		t.Fatal(err)
	}
	sent := s.wire.writes()
	if len(sent) != 1 {
		t.Fatalf("%d writes instead of one", len(sent))
	}
	body := asJSON(t, sent[0].body).(map[string]any)
	if _, there := body["stytch_resources"]; there {
		t.Error("stytch_resources is sent, which is Stytch's alone")
	}
	want := []any{map[string]any{
		"role_id": "editor", "description": "Edits",
		"permissions": []any{map[string]any{"resource_id": "documents", "actions": []any{"write", "read"}}},
	}}
	if diff := cmp.Diff(want, body["custom_roles"]); diff != "" {
		t.Error("what is not declared is sent as it was read:", diff)
	}
	if admin := read().Value.Admin.Value; len(admin) == 0 {
		t.Error("the admins have lost their permissions")
	}
}

func TestRBACPolicyIsClearedByEmptyMaps(t *testing.T) {
	s, read := policies(t)
	live := read()
	declared := RBACPolicy{Roles: kind.Some(map[string]CustomRole{}), Resources: kind.Some(map[string]CustomResource{}), Scopes: kind.Some(map[string]CustomScope{})}
	if err := carryOut(s, rbacPolicy, "", &live, &declared); err != nil {
		t.Fatal(err)
	}
	if now := read().Value; len(now.Roles.Value)+len(now.Resources.Value) > 0 {
		t.Errorf("still there: %+v", now)
	}
}

func TestRBACPolicyThatChangedMeanwhileIsNotOverwritten(t *testing.T) {
	s, read := policies(t)
	live := read()
	s.call(http.MethodPut, "/rbac_policy", map[string]any{
		"stytch_admin": map[string]any{"permissions": []any{map[string]any{"resource_id": "stytch.member", "actions": []string{"search"}}}},
		"custom_roles": []any{map[string]any{"role_id": "colleague", "permissions": []any{}}},
	})
	s.wire.writes()
	for _, test := range []struct {
		name     string
		declared RBACPolicy
		want     string
	}{
		{"roles", RBACPolicy{Roles: kind.Some(map[string]CustomRole{})}, "somebody has changed custom_roles of the RBAC policy since the plan was made; plan again"},
		{"a permission", RBACPolicy{Admin: kind.Some(permissions{"stytch.member": {"create"}})}, "somebody has changed stytch_admin.permissions.stytch.member of the RBAC policy since the plan was made; plan again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := carryOut(s, rbacPolicy, "", &live, &test.declared)
			var failure *plan.Failure
			if !errors.As(err, &failure) || !failure.Stale || failure.Message != test.want {
				t.Errorf("got %v", err)
			}
			if sent := s.wire.writes(); len(sent) > 0 {
				t.Errorf("something was written: %v", sent)
			}
		})
	}
	if err := carryOut(s, rbacPolicy, "", &live, &RBACPolicy{Member: kind.Some(permissions{"stytch.self": {"delete"}})}); err != nil {
		t.Errorf("what somebody else changed elsewhere in the document is no conflict: %v", err)
	}
	if roles := read().Value.Roles.Value; len(roles) != 1 {
		t.Errorf("the colleague's role was overwritten: %v", roles)
	}
}
