package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func TestPolicyDocumentKeepsWhatItDoesNotKnow(t *testing.T) {
	text := `{
		"stytch_resources": [{"resource_id": "stytch.self"}],
		"stytch_user": null,
		"from_the_future": {"big": 9007199254740993},
		"stytch_admin": {"role_id": "stytch_admin", "description": "Admins", "new": true, "permissions": [
			{"resource_id": "stytch.sso", "actions": ["*"], "new": 1},
			{"resource_id": "stytch.member", "actions": ["search", "create"], "new": 2},
			{"resource_id": "documents", "actions": ["read"]}]},
		"custom_roles": [
			{"role_id": "b", "description": "B", "new": 3, "permissions": [{"resource_id": "documents", "actions": ["write", "read"], "new": 4}]},
			{"role_id": "gone", "permissions": []},
			{"role_id": "a", "permissions": []}],
		"custom_resources": [{"resource_id": "documents", "available_actions": ["write", "read"], "new": 5}]
	}`
	var document policyDocument
	if err := kind.DecodeJSON([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	document.set(RBACPolicy{
		Admin: kind.Some(permissions{"stytch.member": {"search", "create", "delete"}, "documents": nil}),
		Roles: kind.Some(map[string]CustomRole{
			"a": {}, "b": {Description: "B", Permissions: permissions{"documents": {"read", "write", "share"}}},
			"c": {Permissions: permissions{"documents": {"read"}, "nothing": {}}},
		}),
		Resources: kind.Some(map[string]CustomResource{"documents": {AvailableActions: []string{"read", "share", "write"}}}),
	})
	want := asJSON(t, `{
		"from_the_future": {"big": 9007199254740993},
		"stytch_admin": {"new": true, "permissions": [
			{"resource_id": "stytch.sso", "actions": ["*"], "new": 1},
			{"resource_id": "stytch.member", "actions": ["search", "create", "delete"], "new": 2}]},
		"custom_roles": [
			{"role_id": "b", "description": "B", "new": 3, "permissions": [{"resource_id": "documents", "actions": ["write", "read", "share"], "new": 4}]},
			{"role_id": "a", "description": "", "permissions": []},
			{"role_id": "c", "description": "", "permissions": [{"resource_id": "documents", "actions": ["read"]}]}],
		"custom_resources": [{"resource_id": "documents", "description": "", "available_actions": ["write", "read", "share"], "new": 5}]
	}`)
	if diff := cmp.Diff(want, asJSON(t, quoteDocument(t, document))); diff != "" {
		t.Error(diff)
	}
}

func quoteDocument(t *testing.T, d policyDocument) string {
	t.Helper()
	return templateText(map[string]any(d))
}

var (
	resourceIDs = rapid.SampledFrom([]string{"documents", "articles", "files"})
	roleIDs     = rapid.SampledFrom([]string{"editor", "viewer", "author"})
	actionNames = rapid.SampledFrom([]string{"read", "write", "share"})
)

// policy draws a policy that breaks no rule.
var policy = rapid.Custom(func(t *rapid.T) RBACPolicy {
	resources := map[string]CustomResource{}
	for _, id := range rapid.SliceOfDistinct(resourceIDs, rapid.ID[string]).Draw(t, "resources") {
		resources[id] = CustomResource{AvailableActions: rapid.SliceOfNDistinct(actionNames, 1, 3, rapid.ID[string]).Draw(t, "actions")}
	}
	draw := func() permissions {
		drawn := permissions{}
		for id, resource := range resources {
			if rapid.Bool().Draw(t, "everything") {
				drawn[id] = []string{wildcard}
			} else if some := rapid.SliceOfDistinct(rapid.SampledFrom(resource.AvailableActions), rapid.ID[string]).Draw(t, "permission"); len(some) > 0 {
				drawn[id] = some
			}
		}
		return drawn
	}
	roles := map[string]CustomRole{}
	for _, id := range rapid.SliceOfDistinct(roleIDs, rapid.ID[string]).Draw(t, "roles") {
		roles[id] = CustomRole{Permissions: draw()}
	}
	return RBACPolicy{
		Member: kind.Some(draw()), Admin: kind.Some(draw()), Roles: kind.Some(roles), Resources: kind.Some(resources),
		Scopes: kind.Some(map[string]CustomScope{"docs": {Permissions: draw()}}),
	}
})

func TestEveryStateOnTheWayIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, after := policy.Draw(t, "live"), policy.Draw(t, "after")
		states := splitRBACPolicy(live, after)
		for i, state := range states {
			if problems := checkRBACPolicy(state); len(problems) > 0 {
				t.Fatalf("state %d: %v", i, messages(problems))
			}
		}
		for _, side := range []RBACPolicy{live, after} {
			for id, role := range side.Roles.Value {
				if _, lost := policyDelta(side, states[0], role.Permissions, states[0].Roles.Value[id].Permissions); len(lost) > 0 {
					t.Fatalf("in the first state the role %s loses %v", id, lost)
				}
			}
		}
		if changed := rbacPolicy.Compare(&states[1], &after); len(changed) > 0 {
			t.Fatalf("the last state is not the declared one: %v", changed)
		}
		for _, step := range rbacPolicy.Steps(&live, &after, nil) {
			if step.Late {
				continue
			}
			for _, a := range step.Attributes {
				if a.After == nil {
					t.Fatalf("the early step removes %s", a.Name)
				}
			}
		}
	})
}

func TestAPurelyAdditiveChangeIsOneEarlyStepAndAPurelySubtractiveOneALateStep(t *testing.T) {
	less, more := documents(nil), documents(role(permissions{"documents": {"read"}}))
	for _, test := range []struct {
		name        string
		live, after RBACPolicy
		want        []bool
	}{
		{"only additions", less, more, []bool{false}},
		{"only removals", more, less, []bool{true}},
		{"both", more, documents(map[string]CustomRole{"viewer": {}}), []bool{false, true}},
		{"nothing", more, more, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var late []bool
			for _, step := range rbacPolicy.Steps(&test.live, &test.after, nil) {
				late = append(late, step.Late)
			}
			if diff := cmp.Diff(test.want, late); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Writing a policy over any document and reading it again gives the policy.
func TestPolicyDocumentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, after := policy.Draw(t, "live"), policy.Draw(t, "after")
		document := policyDocument{}
		document.set(live)
		last := splitRBACPolicy(live, after)[1]
		document.set(last)
		read, err := document.value()
		if err != nil {
			t.Fatal(err)
		}
		if changed := rbacPolicy.Compare(&read, &last); len(changed) > 0 {
			t.Fatalf("read back, it differs: %v", changed)
		}
	})
}
