package catalog

import (
	"context"
	"iter"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An RBACPolicy says what each role may do. It is one document at Stytch:
// rbac_policy_document.go reads and writes it, rbac_policy_rules.go checks it,
// rbac_policy_effects.go says what a change does to people, and
// rbac_policy_split.go orders a change in two steps.
//
// Everywhere in it, permissions are a map from a resource's id to the actions
// that are allowed on it; the action * allows all of them.
type RBACPolicy struct {
	Member    kind.Opt[map[string][]string]       `attr:"stytch_member.permissions,merge,set" doc:"What every member may do, by resource. Owned by key: Stytch's own permissions stay unless named, and [] removes one."`
	Admin     kind.Opt[map[string][]string]       `attr:"stytch_admin.permissions,merge,set" doc:"What an organization's admins may do, by resource. Owned by key: Stytch's own permissions stay unless named, and [] removes one, which can lock admins out."`
	Roles     kind.Opt[map[string]CustomRole]     `attr:"custom_roles" default:"{}" doc:"The project's own roles by role_id. Owned whole: a role that is not named here is removed, and whoever holds it loses it."`
	Resources kind.Opt[map[string]CustomResource] `attr:"custom_resources" default:"{}" doc:"The project's own resources by resource_id, which may not start with stytch. Owned whole."`
	Scopes    kind.Opt[map[string]CustomScope]    `attr:"custom_scopes" default:"{}" doc:"The OAuth scopes that Connected Apps may ask for, by name. Owned whole."`
}

// A CustomRole is a role of the project's own.
type CustomRole struct {
	Description string              `attr:"description" default:"\"\"" doc:"What the role is for."`
	Permissions map[string][]string `attr:"permissions,set" default:"{}" doc:"What holders of the role may do, by resource."`
}

// A CustomResource is something of the project's own that permissions are about.
type CustomResource struct {
	Description      string   `attr:"description" default:"\"\"" doc:"What the resource is."`
	AvailableActions []string `attr:"available_actions,set" default:"[]" doc:"The actions that permissions may name."`
}

// A CustomScope is a bundle of permissions that a Connected App may ask for.
type CustomScope struct {
	Description string              `attr:"description" default:"\"\"" doc:"What people read when they are asked to consent."`
	Permissions map[string][]string `attr:"permissions,set" default:"{}" doc:"What a token with the scope may do, by resource."`
}

var rbacPolicy = kind.New(kind.Type[RBACPolicy]{
	Name:      "rbac_policy",
	Plural:    "rbac_policy",
	Singleton: true,
	Plane:     client.Management,
	Doc: "The environment's RBAC policy: roles, resources and scopes. It is one document that is read, changed where something is " +
		"declared, read once more and written whole. A change that adds and removes is written in two steps: first what others " +
		"will use, and last, when they have let go, the removals.",
	Facts: []string{
		"writing a default role replaces its permissions; the ones that are not declared are sent back as they were read",
		"the list of Stytch's own resources and actions is that of Stytch's UI; names that are not in it are sent, unless they look like a slip of the pen",
		"Stytch takes the policy whole: parts that are not declared are read right before they are sent back, and what somebody else " +
			"changes in them in the milliseconds between is lost",
		"a removed role disappears from whoever holds it",
		"the search for members by role finds whoever has the role, by whatever source; who gets it by a rule and is not found is not counted",
		"admins manage their members with create, search and update.settings.roles on stytch.member, and their settings with " +
			"update.settings.allowed-auth-methods on stytch.organization: with these they can put everything else right",
		"role and resource ids other than stytch_member, stytch_admin, stytch_user and stytch… are free; no lengths are documented",
	},
	Check:      checkRBACPolicy,
	Tidy:       tidyRBACPolicy,
	References: rbacPolicyReferences,
	Lifelines:  rbacPolicyLifelines,
	Effects:    rbacPolicyEffects,
	Holders:    countHolders,
	Split:      splitRBACPolicy,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[RBACPolicy], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[RBACPolicy], error) {
			document, err := readPolicyDocument(ctx, c, s)
			if err != nil {
				return nil, err
			}
			value, err := document.value()
			return []kind.Live[RBACPolicy]{{ID: "rbac_policy", Value: value}}, err
		})
	},
	Update: updateRBACPolicy,
})

// tidyRBACPolicy drops what says nothing: a permission without actions in what
// is owned whole. In a default role an empty list means removal, and stays.
func tidyRBACPolicy(p RBACPolicy) RBACPolicy {
	p.Roles.Value = mapValues(p.Roles.Value, func(r CustomRole) CustomRole {
		r.Permissions = tidyPermissions(r.Permissions)
		return r
	})
	p.Resources.Value = mapValues(p.Resources.Value, func(r CustomResource) CustomResource {
		r.AvailableActions = sortedSet(r.AvailableActions)
		return r
	})
	p.Scopes.Value = mapValues(p.Scopes.Value, func(s CustomScope) CustomScope {
		s.Permissions = tidyPermissions(s.Permissions)
		return s
	})
	return p
}

func tidyPermissions(permissions map[string][]string) map[string][]string {
	tidied := map[string][]string{}
	for resource, actions := range permissions {
		if len(actions) > 0 {
			tidied[resource] = sortedSet(actions)
		}
	}
	return tidied
}

// mapValues returns a new map with every value changed.
func mapValues[V any](m map[string]V, change func(V) V) map[string]V {
	changed := make(map[string]V, len(m))
	for key, value := range m {
		changed[key] = change(value)
	}
	return changed
}
