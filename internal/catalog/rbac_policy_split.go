package catalog

import (
	"maps"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// splitRBACPolicy gives two states on the way. The first has everything that
// either side has: whoever is about to get a new role or permission can, and
// whoever still uses an old one keeps it. The second is what is declared. Each
// is valid by itself: a permission never names what is not there.
//
//	             live          first step         last step
//	editor       docs: read    docs: read,write   docs: write
//	viewer       docs: read    docs: read         -
//	author       -             docs: *            docs: *
func splitRBACPolicy(live, after RBACPolicy) []RBACPolicy {
	union := RBACPolicy{
		Member: kind.Some(unitePermissions(live.Member.Value, after.Member.Value)),
		Admin:  kind.Some(unitePermissions(live.Admin.Value, after.Admin.Value)),
		Roles: kind.Some(unite(live.Roles.Value, after.Roles.Value, func(l, a CustomRole) CustomRole {
			a.Permissions = unitePermissions(l.Permissions, a.Permissions)
			return a
		})),
		Resources: kind.Some(unite(live.Resources.Value, after.Resources.Value, func(l, a CustomResource) CustomResource {
			a.AvailableActions = sortedSet(l.AvailableActions, a.AvailableActions)
			return a
		})),
		Scopes: kind.Some(unite(live.Scopes.Value, after.Scopes.Value, func(l, a CustomScope) CustomScope {
			a.Permissions = unitePermissions(l.Permissions, a.Permissions)
			return a
		})),
	}
	last := after
	last.Member.Value = withRemovals(after.Member.Value, union.Member.Value)
	last.Admin.Value = withRemovals(after.Admin.Value, union.Admin.Value)
	return []RBACPolicy{union, last}
}

// unite joins two maps; what is in both goes through both.
func unite[V any](live, after map[string]V, both func(live, after V) V) map[string]V {
	joined := maps.Clone(live)
	if joined == nil {
		joined = map[string]V{}
	}
	for key, value := range after {
		if l, ok := live[key]; ok {
			value = both(l, value)
		}
		joined[key] = value
	}
	return joined
}

func unitePermissions(live, after map[string][]string) map[string][]string {
	return unite(live, after, uniteActions)
}

// uniteActions never mixes the wildcard with other actions: Stytch refuses it.
func uniteActions(live, after []string) []string {
	if slices.Contains(live, wildcard) || slices.Contains(after, wildcard) {
		return []string{wildcard}
	}
	return sortedSet(live, after)
}

// withRemovals names what is to go: in what is owned by key, a key that is
// missing would mean that it stays.
func withRemovals(after, before map[string][]string) map[string][]string {
	named := maps.Clone(after)
	if named == nil {
		named = map[string][]string{}
	}
	for resource := range before {
		if _, stays := after[resource]; !stays {
			named[resource] = nil
		}
	}
	return named
}

// sortedSet joins lists into one without repeats, sorted.
func sortedSet(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// rbacPolicyReferences offers roles to members and organizations, and
// resources to templates. A declaration without custom_roles offers none, not
// even Stytch's: others may use roles that only the live policy knows.
func rbacPolicyReferences(_ plan.Address, p RBACPolicy) (offers, uses []string) {
	if p.Roles.Set {
		offers = append(offers, "role/stytch_admin", "role/stytch_member")
	}
	for id := range p.Roles.Value {
		offers = append(offers, "role/"+id)
	}
	for id := range p.Resources.Value {
		offers = append(offers, "resource/"+id)
	}
	slices.Sort(offers)
	return offers, nil
}
