package kind

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// decode turns a resource of the documents into a declaration, and applies
// every rule that needs nothing but the resource.
func (e *erased[T]) decode(r *spec.Resource) (plan.Declaration, spec.Diagnostics) {
	var value, initial T
	d := decoder{kind: e.t.Name}
	d.attributes(reflect.ValueOf(&value).Elem(), e.table, r.Attributes, false)
	declaration := plan.Declaration{
		Key: r.Key, RenamedFrom: r.RenamedFrom, Absent: r.Absent, Protect: r.Protect, Value: &value, Resource: r,
		Source: &plan.Source{File: r.KeyRange.Filename, Line: r.KeyRange.Start.Line, Column: r.KeyRange.Start.Column},
	}
	if len(r.Initial) > 0 {
		d.attributes(reflect.ValueOf(&initial).Elem(), e.table, r.Initial, true)
		declaration.Initial = &initial
	}
	value = e.withKey(value, r.Key)
	for _, a := range e.table {
		if a.ID {
			if id, set := attributeValue(reflect.ValueOf(&value).Elem(), a); set {
				declaration.ID = id.String()
			}
		}
	}
	d.diagnostics = append(d.diagnostics, e.words(r)...)
	if e.t.Check != nil && !r.Absent {
		declared := value
		if declaration.Initial != nil {
			declared = e.overlay(declared, initial)
		}
		for _, p := range e.t.Check(declared) {
			if !d.tellsOf(p) {
				d.add(diagnose(r, p.Attribute, p.Message, p.Hint))
			}
		}
	}
	return declaration, d.diagnostics
}

// article puts a or an before a kind's name.
func article(name string) string {
	switch {
	case strings.HasPrefix(name, "rbac"), strings.ContainsAny(name[:1], "aeio"):
		return "an " + name
	}
	return "a " + name
}

// words checks the words that every kind shares against what this one can do.
func (e *erased[T]) words(r *spec.Resource) spec.Diagnostics {
	var out spec.Diagnostics
	if r.Absent && e.t.Delete == nil {
		out.Append(spec.Errorf(r.KeyRange, "%s cannot be removed: Stytch always has one", article(e.t.Name)).
			WithHint("drop it from the documents to stop managing it, or declare the values that it should have"))
	}
	if r.RenamedFrom != "" && !e.t.Renames {
		out.Append(spec.Errorf(r.RenamedFromRange, "%s cannot be renamed: Stytch has no way to change its key", article(e.t.Name)).
			WithHint("declare a new one, and the old one with absent: true"))
	}
	if len(r.Initial) > 0 && e.t.Create == nil {
		out.Append(spec.Errorf(r.Initial[0].NameRange, "%s is never created, so initial would never be used", article(e.t.Name)).
			WithHint("declare the attribute itself"))
	}
	return out
}

// together applies the rules among the declared resources of one scope.
func (e *erased[T]) together(declarations []plan.Declaration) spec.Diagnostics {
	if e.t.Together == nil {
		return nil
	}
	var values []T
	var resources []*spec.Resource
	for _, d := range declarations {
		if !d.Absent {
			values = append(values, *d.Value.(*T))
			resources = append(resources, d.Resource.(*spec.Resource))
		}
	}
	var out spec.Diagnostics
	for _, p := range e.t.Together(values) {
		out.Append(diagnose(resources[p.Index], p.Attribute, p.Message, p.Hint))
	}
	return out
}

// diagnose puts a problem at the place of the value that it is about.
func diagnose(r *spec.Resource, attribute, message, hint string) spec.Diagnostic {
	diagnostic := spec.Errorf(locate(r, attribute), "%s", message)
	if hint != "" {
		diagnostic = diagnostic.WithHint("%s", hint)
	}
	return diagnostic
}

// Diagnose turns a problem that a plan found into a diagnostic.
func Diagnose(p plan.Problem) spec.Diagnostic {
	r, ok := p.Resource.(*spec.Resource)
	if !ok {
		return spec.Errorf(hcl.Range{}, "%s", p.Message).WithHint("%s", p.Hint) // of what no document declares
	}
	return diagnose(r, p.Attribute, p.Message, p.Hint)
}

// locate finds the place of a path such as "roles[2]" or "trusted_metadata.plan"
// in a resource: the deepest part of it that was written, else the key.
func locate(r *spec.Resource, path string) hcl.Range {
	for _, list := range [][]spec.Attribute{r.Attributes, r.Initial} {
		for _, a := range list {
			if rest, ok := step(path, a.Name); ok {
				return descend(a.Value, rest)
			}
		}
	}
	return r.KeyRange
}

func descend(node *spec.Node, path string) hcl.Range {
	if index, rest, ok := indexed(path); ok && index < len(node.Items) {
		return descend(node.Items[index], rest)
	}
	path = strings.TrimPrefix(path, ".")
	best, bestRest := -1, ""
	for i, entry := range node.Entries {
		// Keys may hold dots themselves: the longest key that fits is meant.
		if rest, ok := step(path, entry.Key); ok && path != "" && (best < 0 || len(entry.Key) > len(node.Entries[best].Key)) {
			best, bestRest = i, rest
		}
	}
	if best < 0 {
		return node.Range
	}
	if bestRest == "" {
		return node.Entries[best].KeyRange
	}
	return descend(node.Entries[best].Value, bestRest)
}

// step takes a name off the front of a path.
func step(path, name string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, name)
	return rest, ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// indexed takes an index such as "[2]" off the front of a path.
func indexed(path string) (index int, rest string, ok bool) {
	inside, rest, ok := strings.Cut(strings.TrimPrefix(path, "["), "]")
	if !ok || !strings.HasPrefix(path, "[") {
		return 0, "", false
	}
	index, err := strconv.Atoi(inside)
	return index, rest, err == nil && index >= 0
}
