package kind

import (
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// decodeRepair reads `policy.repair`: what `drift --repair` may undo.
func decodeRepair(policy *plan.Policy, node *spec.Node, catalog Catalog) spec.Diagnostics {
	if node.Type != spec.Map {
		return spec.Diagnostics{node.Mismatch("a map with the kinds that may be repaired, such as {kinds: [organizations]}")}
	}
	var out spec.Diagnostics
	repair := &plan.Repairs{}
	for _, entry := range node.Entries {
		if entry.Value.Type == spec.Invalid {
			continue // reported before
		}
		switch entry.Key {
		case "kinds":
			out.Append(decodeNames(&repair.Kinds, entry.Value, "kind", repairableKinds(catalog))...)
		case "risks":
			out.Append(decodeNames(&repair.Risks, entry.Value, "class of risk", riskNames())...)
		default:
			out.Append(spec.UnknownName(entry.KeyRange, "word of policy.repair", entry.Key, []string{"kinds", "risks"}))
		}
	}
	if len(repair.Kinds) == 0 && !out.HasErrors() {
		out.Append(node.Errorf("policy.repair names no kind, and so nothing may be repaired").
			WithHint("write kinds: [organizations], or drop repair"))
	}
	policy.Repair = repair
	return out
}

// repairableKinds are what a kind may be called here, and its name.
func repairableKinds(catalog Catalog) map[string]string {
	names := map[string]string{}
	for _, k := range catalog.Kinds() {
		names[k.Word().Plural], names[k.Name()] = k.Name(), k.Name()
	}
	delete(names, "")
	return names
}

func riskNames() map[string]string {
	names := map[string]string{}
	for _, class := range plan.RiskClasses() {
		names[class.ID] = class.ID
	}
	return names
}

// decodeNames reads a list of names, each of which must be known.
func decodeNames(into *[]string, node *spec.Node, what string, known map[string]string) spec.Diagnostics {
	if node.Type != spec.List {
		return spec.Diagnostics{node.Mismatch("a list")}
	}
	var out spec.Diagnostics
	for _, item := range node.Items {
		switch name, ok := known[item.String]; {
		case item.Type == spec.Invalid:
		case item.Type != spec.String:
			out.Append(item.Mismatch("the name of a " + what))
		case !ok:
			var names []string
			for n := range known {
				names = append(names, n)
			}
			slices.Sort(names)
			out.Append(spec.UnknownName(item.Range, what, item.String, names))
		default:
			*into = append(*into, name)
		}
	}
	return out
}
