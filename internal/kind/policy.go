package kind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// decodePolicy reads the word `policy` of the documents over the default policy.
func decodePolicy(node *spec.Node, catalog Catalog) (plan.Policy, spec.Diagnostics) {
	policy := plan.DefaultPolicy()
	var out spec.Diagnostics
	if node == nil || node.Type == spec.Invalid {
		return policy, out
	}
	if node.Type != spec.Map {
		return policy, spec.Diagnostics{node.Mismatch("a map of policies")}
	}
	for _, entry := range node.Entries {
		if entry.Value.Type == spec.Invalid {
			continue // reported before
		}
		switch entry.Key {
		case "undeclared":
			out.Append(decodeUndeclared(&policy, entry.Value, catalog)...)
		case "protect":
			out.Append(decodeProtect(&policy, entry.Value, catalog)...)
		case "limits":
			out.Append(decodeLimits(&policy, entry.Value)...)
		case "min_admins":
			out.Append(decodeCount(&policy.MinAdmins, entry.Value)...)
		case "repair":
			out.Append(decodeRepair(&policy, entry.Value, catalog)...)
		case "rules":
			out.Append(spec.Errorf(entry.KeyRange, "the rules are computed here").WithHint("write policy as a map in which rules are written out"))
		default:
			out.Append(spec.UnknownName(entry.KeyRange, "policy", entry.Key, []string{"undeclared", "protect", "limits", "min_admins", "repair", "rules"}))
		}
	}
	return policy, out
}

func decodeUndeclared(policy *plan.Policy, node *spec.Node, catalog Catalog) spec.Diagnostics {
	if node.Type != spec.Map {
		return spec.Diagnostics{node.Mismatch("a map of kinds to keep or delete")}
	}
	var out spec.Diagnostics
	for _, entry := range node.Entries {
		k, problem := undeclaredKind(entry, catalog)
		if problem != nil {
			out.Append(*problem)
			continue
		}
		if entry.Value.Type == spec.Invalid {
			continue
		}
		if entry.Value.Type != spec.String {
			out.Append(entry.Value.Mismatch("keep or delete"))
			continue
		}
		if words := []string{string(plan.KeepUndeclared), string(plan.DeleteUndeclared)}; !slices.Contains(words, entry.Value.String) {
			out.Append(entry.Value.Errorf("%q is not allowed here: %s", entry.Value.String, alternatives(words)))
			continue
		}
		policy.Undeclared[k.Name()] = plan.Undeclaring(entry.Value.String)
	}
	return out
}

// undeclaredKind finds the kind of a key of `policy.undeclared`, by its plural
// or by its name, and refuses kinds that are never deleted by omission.
func undeclaredKind(entry spec.Entry, catalog Catalog) (Kind, *spec.Diagnostic) {
	var known []string
	for _, k := range catalog.Kinds() {
		traits := k.Traits()
		if traits.Singleton || !traits.Deletable {
			continue
		}
		if !traits.KeptWhenOmitted {
			known = append(known, k.Word().Plural)
		}
		if entry.Key != k.Word().Plural && entry.Key != k.Name() {
			continue
		}
		if traits.KeptWhenOmitted {
			problem := spec.Errorf(entry.KeyRange, "%s are never deleted because they are not declared", k.Word().Plural).
				WithHint("declare the one that shall go, with absent: true")
			return nil, &problem
		}
		return k, nil
	}
	problem := spec.UnknownName(entry.KeyRange, "deletable kind", entry.Key, known)
	return nil, &problem
}

func decodeProtect(policy *plan.Policy, node *spec.Node, catalog Catalog) spec.Diagnostics {
	if node.Type != spec.List {
		return spec.Diagnostics{node.Mismatch("a list of addresses")}
	}
	var out spec.Diagnostics
	for _, item := range node.Items {
		if item.Type == spec.Invalid {
			continue
		}
		if item.Type != spec.String {
			out.Append(item.Mismatch("an address such as organization/acme"))
			continue
		}
		if problem := checkAddress(item.String, catalog); problem != "" {
			out.Append(item.Errorf("%q is no address: %s", item.String, problem).
				WithHint("write kind/key, or organization/SLUG/kind/key for what lives in an organization"))
			continue
		}
		policy.Protect = append(policy.Protect, plan.Address(item.String))
	}
	return out
}

// checkAddress says why text is no address, or "". A protection with a typing
// mistake would protect nothing.
func checkAddress(text string, catalog Catalog) string {
	parent := ""
	if slug, rest, nested := strings.Cut(strings.TrimPrefix(text, "organization/"), "/"); nested && strings.HasPrefix(text, "organization/") {
		if slug == "" {
			return "the organization's slug is empty"
		}
		parent, text = "organization", rest
	}
	name, key, hasKey := strings.Cut(text, "/")
	k, ok := catalog.Lookup(name)
	switch {
	case !ok:
		return "no kind is called " + strconv.Quote(name)
	case k.Word().Parent != parent && parent == "":
		return article(name) + " lives in an organization"
	case k.Word().Parent != parent:
		return article(name) + " lives in no organization"
	case k.Word().Singleton == hasKey || hasKey && key == "":
		return "it does not name one " + name
	}
	return ""
}

func decodeLimits(policy *plan.Policy, node *spec.Node) spec.Diagnostics {
	if node.Type != spec.Map {
		return spec.Diagnostics{node.Mismatch("a map of limits to whole numbers")}
	}
	var out spec.Diagnostics
	for _, entry := range node.Entries {
		limit := policy.Limits.Limit(entry.Key)
		if limit == nil {
			out.Append(spec.UnknownName(entry.KeyRange, "limit", entry.Key, plan.LimitNames()))
			continue
		}
		before := *limit
		out.Append(decodeCount(limit, entry.Value)...)
		if most := plan.LimitBound(entry.Key); most > 0 && *limit > most {
			out.Append(entry.Value.Errorf("%s is a percentage: %d is more than %d", entry.Key, *limit, most))
			*limit = before
		}
	}
	return out
}

func decodeCount(into *int, node *spec.Node) spec.Diagnostics {
	if node.Type == spec.Invalid {
		return nil
	}
	if node.Type != spec.Number {
		return spec.Diagnostics{node.Mismatch("a whole number")}
	}
	n, err := strconv.Atoi(node.Number)
	if err != nil || n < 0 {
		return spec.Diagnostics{node.Errorf("%s is no count: it must be a whole number, 0 or more", node.Number)}
	}
	*into = n
	return nil
}

// Allow raises limits as `--allow LIMIT=N` asks.
func Allow(policy *plan.Policy, allowances []string) error {
	for _, allowance := range allowances {
		name, text, ok := strings.Cut(allowance, "=")
		limit := policy.Limits.Limit(name)
		n, err := strconv.Atoi(text)
		switch {
		case !ok || err != nil || n < 0:
			return &allowError{allowance, "write LIMIT=N, such as deletes=12"}
		case limit == nil:
			hint := "the limits are " + strings.Join(plan.LimitNames(), ", ")
			if near := spec.Suggest(name, plan.LimitNames()); near != "" {
				hint = "did you mean " + near + "?"
			}
			return &allowError{allowance, hint}
		case plan.LimitBound(name) > 0 && n > plan.LimitBound(name):
			return &allowError{allowance, name + " is a percentage: no more than " + strconv.Itoa(plan.LimitBound(name)) + " makes sense"}
		case n < *limit:
			return &allowError{allowance, "the documents already allow " + strconv.Itoa(*limit)}
		}
		*limit = n
	}
	return nil
}

type allowError struct{ allowance, hint string }

func (e *allowError) Error() string {
	return "--allow " + strconv.Quote(e.allowance) + " names no limit that it could raise: " + e.hint
}
