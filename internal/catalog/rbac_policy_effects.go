package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// rbacPolicyEffects says, role by role, what people may do that they could
// not, and can no longer do.
func rbacPolicyEffects(t kind.Transition[RBACPolicy]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	before, after := t.Live.Value, t.After
	compare := func(who string, live, then map[string][]string) (lost []string) {
		gained, lost := policyDelta(before, after, live, then)
		if len(gained) > 0 {
			risk(plan.AccessWidened, "%s gains %s", who, strings.Join(gained, ", "))
		}
		if len(lost) > 0 {
			risk(plan.AccessRemoved, "%s loses %s", who, strings.Join(lost, ", "))
		}
		return lost
	}
	compare("every member", before.Member.Value, after.Member.Value)
	lost := compare("every organization's admin (stytch_admin)", before.Admin.Value, after.Admin.Value)
	lost = slices.DeleteFunc(lost, func(permission string) bool { return !strings.Contains(permission, " on stytch.") })
	if len(lost) > 0 {
		risk(plan.LockOut, "admins who lose %s may be unable to help their members or themselves; nobody in the organization can give it back", strings.Join(lost, ", "))
	}
	for _, id := range slices.Sorted(maps.Keys(before.Roles.Value)) {
		role, stays := after.Roles.Value[id]
		if !stays {
			risk(plan.AccessRemoved, "the role %s disappears: whoever holds it loses it", id)
			if n := t.Live.Holders[roleGrant(id, "")]; n > 0 {
				effects.Consequences = append(effects.Consequences, fmt.Sprintf("%s the role %s", counted(n, "member has", "members have"), id))
			}
			continue
		}
		compare("the role "+id, before.Roles.Value[id].Permissions, role.Permissions)
	}
	for _, name := range slices.Sorted(maps.Keys(before.Scopes.Value)) {
		scope, stays := after.Scopes.Value[name]
		if !stays {
			risk(plan.AccessRemoved, "the scope %s disappears: Connected Apps that ask for it are refused", name)
			continue
		}
		compare("the scope "+name, before.Scopes.Value[name].Permissions, scope.Permissions)
	}
	if len(effects.Risks) > 0 {
		effects.Consequences = append(effects.Consequences, "Stytch's SDKs keep the policy for up to five minutes: services notice the change only then")
	}
	return effects
}

// policyDelta compares permissions by what they allow: * allows whatever
// actions its resource has, in the policy before and in the one after.
func policyDelta(policyBefore, policyAfter RBACPolicy, before, after map[string][]string) (gained, lost []string) {
	resources := maps.Clone(before)
	if resources == nil {
		resources = map[string][]string{}
	}
	maps.Copy(resources, after)
	for _, resource := range slices.Sorted(maps.Keys(resources)) {
		was := actionsAllowed(policyBefore, resource, before[resource])
		is := actionsAllowed(policyAfter, resource, after[resource])
		gained = append(gained, newActions(resource, was, is)...)
		lost = append(lost, newActions(resource, is, was)...)
	}
	return gained, lost
}

// actionsAllowed lists the actions that a permission allows, * itself included.
func actionsAllowed(p RBACPolicy, resource string, actions []string) []string {
	if !slices.Contains(actions, wildcard) {
		return sortedSet(actions)
	}
	return sortedSet(actions, p.Resources.Value[resource].AvailableActions, stytchActions[resource])
}

// newActions lists what is in one list and not in the other, in words.
func newActions(resource string, was, is []string) []string {
	if slices.Contains(is, wildcard) && !slices.Contains(was, wildcard) {
		if len(was) > 0 {
			return []string{"every other action on " + resource}
		}
		return []string{"every action on " + resource}
	}
	var words []string
	for _, action := range is {
		if !slices.Contains(was, action) {
			words = append(words, action+" on "+resource)
		}
	}
	return words
}
