package kind

import (
	"reflect"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// What the expressions of a rule can name, as types for the offline check and as
// values for the plan. Each function that makes values stands beside the one
// that says their types.

// namesFor are the names that a rule about a subject has beside variables and locals.
func namesFor(subject string, catalog Catalog) map[string]cty.Type {
	switch subject {
	case planSubject:
		return map[string]cty.Type{"plan": planType}
	case changeSubject:
		return map[string]cty.Type{"plan": planType, "change": changeType}
	}
	k, _ := catalog.Lookup(subject)
	return map[string]cty.Type{"self": selfType(k)}
}

// selfType is a resource: every attribute by Stytch's name, where it is, and
// its key. Secrets are not among them.
func selfType(k Kind) cty.Type {
	attributes := map[string]cty.Type{"address": cty.String, "key": cty.String}
	if k.Word().Parent != "" {
		attributes["organization"] = cty.String
	}
	nested := map[string]map[string]cty.Type{}
	for _, a := range k.Attributes() {
		if !a.visible() {
			continue
		}
		parent, child, dotted := strings.Cut(a.Name, ".")
		if !dotted {
			attributes[a.Name] = ctyType(a.typ)
			continue
		}
		if nested[parent] == nil {
			nested[parent] = map[string]cty.Type{}
		}
		nested[parent][child] = ctyType(a.typ)
	}
	for parent, children := range nested {
		attributes[parent] = cty.Object(children)
	}
	return cty.Object(attributes)
}

// selfOf is a resource as it will be. What is neither declared nor live nor a
// default of Stytch's is null.
func selfOf(k Kind, s plan.Subject) cty.Value {
	self := k.view(s.After())
	self["address"], self["key"] = string(s.Address()), s.Key
	if s.Within != "" {
		self["organization"] = strings.TrimPrefix(string(s.Within), plan.OrganizationKind+"/")
	}
	return spec.ValueOf(self)
}

// visible reports whether rules see an attribute: it has a value that stays, and
// is no secret.
func (a Attribute) visible() bool {
	return !a.Secret && !a.WriteOnly && !a.Initial && !a.ID && a.typ != secretType
}

// view is what rules see of a value, in JSON's types.
func (e *erased[T]) view(v any) map[string]any {
	value := e.normalised(reflect.ValueOf(v).Elem())
	view := map[string]any{}
	for _, a := range e.table {
		if !a.visible() {
			continue
		}
		into, name := view, a.Name
		if parent, child, dotted := strings.Cut(a.Name, "."); dotted {
			inner, ok := view[parent].(map[string]any)
			if !ok {
				inner = map[string]any{}
				view[parent] = inner
			}
			into, name = inner, child
		}
		into[name] = nil
		if current, set := attributeValue(value, a); set {
			into[name] = jsonOf(current)
		}
	}
	return view
}

// ctyType is the type of an attribute's values. Of a map nothing is known but
// that it is one: its keys are the documents' own.
func ctyType(t reflect.Type) cty.Type {
	switch t.Kind() {
	case reflect.Bool:
		return cty.Bool
	case reflect.Int, reflect.Float64:
		return cty.Number
	case reflect.String:
		return cty.String
	case reflect.Slice:
		return cty.List(ctyType(t.Elem()))
	case reflect.Struct:
		if t == secretType {
			return cty.DynamicPseudoType // always null
		}
		fields := map[string]cty.Type{}
		for _, a := range tableOf(t) {
			fields[a.Name] = ctyType(a.typ)
		}
		return cty.Object(fields)
	}
	return cty.DynamicPseudoType
}

var summaryWords = []string{"create", "update", "delete", "restore", "unchanged", "undeclared"}

var planType = cty.Object(map[string]cty.Type{
	"complete": cty.Bool, "partial": cty.Bool, "changes": cty.List(changeType),
	"summary": cty.Object(typed(cty.Number, summaryWords...)),
	"target": cty.Object(map[string]cty.Type{
		"project_id": cty.String, "project_slug": cty.String, "environment_slug": cty.String, "live": cty.Bool,
	}),
})

func planOf(p *plan.Plan) cty.Value {
	changes := make([]any, 0, len(p.Changes))
	for i := range p.Changes {
		changes = append(changes, changeOf(&p.Changes[i]))
	}
	s := p.Summary
	summary := map[string]any{}
	for i, n := range []int{s.Create, s.Update, s.Delete, s.Restore, s.Unchanged, s.Undeclared} {
		summary[summaryWords[i]] = n
	}
	return spec.ValueOf(map[string]any{
		"complete": p.Complete, "partial": p.Partial, "changes": changes, "summary": summary,
		"target": map[string]any{
			"project_id": p.Target.ProjectID, "project_slug": p.Target.ProjectSlug, "environment_slug": p.Target.EnvironmentSlug,
			"live": p.Target.Live,
		},
	})
}

var changeType = cty.Object(map[string]cty.Type{
	"address": cty.String, "kind": cty.String, "key": cty.String, "action": cty.String, "origin": cty.String,
	"attributes": cty.List(cty.Object(map[string]cty.Type{
		"name": cty.String, "before": cty.DynamicPseudoType, "after": cty.DynamicPseudoType, "sensitive": cty.Bool,
	})),
	"risks": cty.List(cty.Object(typed(cty.String, "class", "reason"))),
})

func changeOf(c *plan.Change) map[string]any {
	attributes, risks := make([]any, 0, len(c.Attributes)), make([]any, 0, len(c.Risks))
	for _, a := range c.Attributes {
		seen := map[string]any{"name": a.Name, "before": a.Before, "after": a.After, "sensitive": a.Sensitive}
		if a.Sensitive {
			seen["before"], seen["after"] = nil, nil
		}
		attributes = append(attributes, seen)
	}
	for _, r := range c.Risks {
		risks = append(risks, map[string]any{"class": r.Class, "reason": r.Reason})
	}
	return map[string]any{
		"address": string(c.Address), "kind": c.Kind, "key": c.Key, "action": string(c.Action), "origin": string(c.Origin),
		"attributes": attributes, "risks": risks,
	}
}

func typed(t cty.Type, names ...string) map[string]cty.Type {
	types := make(map[string]cty.Type, len(names))
	for _, name := range names {
		types[name] = t
	}
	return types
}
