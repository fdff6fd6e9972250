package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// wildcard is the action that stands for all of a resource's actions.
const wildcard = "*"

// defaultRoles are Stytch's own, which exist always.
var defaultRoles = []string{"stytch_member", "stytch_admin", "stytch_user"}

// stytchActions are the actions of Stytch's own resources, as Stytch's UI names
// them. Its documentation writes some with underscores, and Stytch adds new
// ones: the table tells slips of the pen, not what exists.
var stytchActions = map[string][]string{
	"stytch.organization": {
		"update.info.name", "update.info.slug", "update.info.logo-url", "update.settings.allowed-auth-methods",
		"update.settings.allowed-mfa-methods", "update.settings.email-jit-provisioning", "update.settings.email-invites",
		"update.settings.allowed-domains", "update.settings.default-sso-connection", "update.settings.sso-jit-provisioning",
		"update.settings.mfa-policy", "update.settings.implicit-roles", "update.settings.oauth-tenant-jit-provisioning",
		"update.settings.allowed-oauth-tenants", "delete",
	},
	"stytch.member": {
		"create", "update.info.name", "update.info.email", "update.info.untrusted-metadata", "update.info.mfa-phone",
		"update.info.delete.mfa-phone", "update.info.delete.mfa-totp", "update.info.delete.password",
		"update.settings.is-breakglass", "update.settings.mfa-enrolled", "update.settings.default-mfa-method",
		"update.settings.roles", "search", "delete", "revoke-sessions",
	},
	"stytch.self": {
		"update.info.name", "update.info.untrusted-metadata", "update.info.mfa-phone", "update.info.delete.mfa-phone",
		"update.info.delete.mfa-totp", "update.info.delete.password", "update.settings.mfa-enrolled",
		"update.settings.default-mfa-method", "delete", "revoke-sessions",
	},
	"stytch.sso":              {"create", "get", "update", "delete"},
	"stytch.scim":             {"create", "get", "update", "delete"},
	"stytch.custom-org-roles": {"create", "get", "update", "delete"},
}

// policyRules collects what is wrong with a policy.
type policyRules struct {
	policy   RBACPolicy
	problems []kind.Problem
}

func checkRBACPolicy(p RBACPolicy) []kind.Problem {
	rules := policyRules{policy: p}
	rules.permissions("stytch_member.permissions", p.Member.Value)
	rules.permissions("stytch_admin.permissions", p.Admin.Value)
	for _, id := range slices.Sorted(maps.Keys(p.Roles.Value)) {
		path := "custom_roles." + id
		if slices.Contains(defaultRoles, id) {
			rules.add(path, "declare its permissions as "+id+": {permissions: …}", "%s is Stytch's own role and cannot be a custom one", id)
		}
		rules.id(path, "role_id", id)
		rules.permissions(path+".permissions", p.Roles.Value[id].Permissions)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Resources.Value)) {
		path := "custom_resources." + id
		if strings.HasPrefix(strings.ToLower(id), "stytch") {
			rules.add(path, "give the resource another id", "%s is no id for a resource of your own: it may not start with stytch", id)
		}
		rules.id(path, "resource_id", id)
		rules.names(path+".available_actions", p.Resources.Value[id].AvailableActions)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Scopes.Value)) {
		path := "custom_scopes." + name
		rules.id(path, "scope", name)
		rules.permissions(path+".permissions", p.Scopes.Value[name].Permissions)
	}
	return rules.problems
}

func (r *policyRules) add(path, hint, format string, args ...any) {
	r.problems = append(r.problems, kind.Problem{Attribute: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// id refuses names that cannot be meant: empty, or with white space in them.
func (r *policyRules) id(path, what, id string) {
	if id == "" || strings.ContainsFunc(id, isSpaceOrControl) {
		r.add(path, "write a name without spaces", "%q cannot be a %s", id, what)
	}
}

func (r *policyRules) names(path string, actions []string) {
	for i, action := range actions {
		if action == "" || strings.ContainsFunc(action, isSpaceOrControl) {
			r.add(fmt.Sprintf("%s[%d]", path, i), "write a name without spaces", "%q cannot be an action", action)
		}
	}
}

func (r *policyRules) permissions(path string, permissions map[string][]string) {
	for _, resource := range slices.Sorted(maps.Keys(permissions)) {
		actions := permissions[resource]
		if len(actions) == 0 {
			continue // a removal
		}
		at := path + "." + resource
		if len(actions) > 1 && slices.Contains(actions, wildcard) {
			r.add(at, "write [\"*\"], or the actions without it", "* already allows every action on %s and cannot stand beside others", resource)
		}
		if strings.HasPrefix(resource, "stytch") {
			r.ofStytch(at, resource, actions)
			continue
		}
		r.ofOwn(at, resource, actions)
	}
}

// ofOwn holds permissions on resources of the project's own against
// custom_resources, if those are known.
func (r *policyRules) ofOwn(at, resource string, actions []string) {
	if !r.policy.Resources.Set {
		r.names(at, actions)
		return
	}
	known, ok := r.policy.Resources.Value[resource]
	if !ok {
		names := slices.Sorted(maps.Keys(r.policy.Resources.Value))
		hint := "add it to custom_resources, or remove the permission"
		if near := spec.Suggest(resource, append(names, slices.Sorted(maps.Keys(stytchActions))...)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.add(at, hint, "there is no resource %s in custom_resources", resource)
		return
	}
	for i, action := range actions {
		if action == wildcard || slices.Contains(known.AvailableActions, action) {
			continue
		}
		hint := "add it to the resource's available_actions, or remove it here"
		if near := spec.Suggest(action, known.AvailableActions); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.add(fmt.Sprintf("%s[%d]", at, i), hint, "%s has no action %s", resource, action)
	}
}

// ofStytch refuses what is almost, but not quite, a name of Stytch's. What is
// quite another name may be newer than this program, and is sent.
func (r *policyRules) ofStytch(at, resource string, actions []string) {
	known, ok := stytchActions[resource]
	if !ok {
		if near := slip(resource, slices.Sorted(maps.Keys(stytchActions))); near != "" {
			r.add(at, fmt.Sprintf("did you mean %q?", near), "Stytch has no resource %s", resource)
		}
		return
	}
	for i, action := range actions {
		if near := slip(action, known); near != "" && action != wildcard {
			r.add(fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("did you mean %q?", near), "%s has no action %s", resource, action)
		}
	}
}

// slip finds the known name that is meant by one that is almost equal to it:
// one letter off, or two in a longer name. Names that differ in hyphens and
// underscores alone are no slip.
func slip(name string, known []string) string {
	plain := strings.NewReplacer("-", "", "_", "")
	nearest, off := "", min(2, len(name)/3)
	for _, k := range known {
		switch distance := levenshtein.Distance(plain.Replace(name), plain.Replace(k), nil); {
		case distance == 0:
			return ""
		case distance <= off && len(name) >= 5:
			nearest, off = k, distance
		}
	}
	return nearest
}
