package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// An Expression is one that is evaluated after the documents are loaded, and more than once. Beside variables and locals it may
// use names that its reader gives: self, plan. It reads no file, no environment and no network, as no expression does.
type Expression struct {
	node  *Node
	scope *scope
}

// Check reports what can be seen without values: names that do not exist, attributes that the given names do not have, and a
// result of another type than the wanted one. Types are those of the given names; names of kinds are shown with what.
func (e *Expression) Check(given map[string]cty.Type, what string, want cty.Type) Diagnostics {
	var diags Diagnostics
	s := e.with(given, &diags)
	if e.node.Type != unevaluated || !s.namesKnown(e.node) {
		return diags
	}
	for _, name := range e.node.expr.Variables() {
		if kind, ok := given[name.RootName()]; ok {
			e.checkPath(name[1:], kind, what, &diags)
		}
	}
	if len(diags) > 0 {
		return diags
	}
	unknown, sample := map[string]cty.Value{}, map[string]cty.Value{}
	for name, kind := range given {
		unknown[name], sample[name] = cty.UnknownVal(kind), sampleOf(kind)
	}
	value, problems := e.evaluate(unknown)
	if !problems.HasErrors() {
		// Lists of unknown length are not walked through; those of one unknown item are. What depends on their length means nothing.
		_, more := e.evaluate(sample)
		problems = slices.DeleteFunc(more, func(p *hcl.Diagnostic) bool { return p.Summary != "Unsupported attribute" })
	}
	for _, problem := range problems {
		diags.Append(e.problem(problem))
	}
	if got := value.Type(); !problems.HasErrors() && got != cty.DynamicPseudoType && !suits(got, want) {
		diags.Append(Errorf(e.node.Range, "%s is wanted here, not %s", friendly(want), friendly(got)))
	}
	return diags
}

// suits reports whether a result can be used as what is wanted: a text may be made of any simple value.
func suits(got, want cty.Type) bool {
	return got == want || want == cty.String && got.IsPrimitiveType()
}

func friendly(t cty.Type) string {
	if t == cty.Bool {
		return "a bool"
	}
	return article(t.FriendlyName())
}

// with is the expression's scope with more names in it.
func (e *Expression) with(given map[string]cty.Type, diags *Diagnostics) *scope {
	s := *e.scope
	s.diags, s.given = diags, slices.Sorted(maps.Keys(given))
	return &s
}

// checkPath follows the steps after a name as far as their types say what there is.
func (e *Expression) checkPath(path hcl.Traversal, kind cty.Type, what string, diags *Diagnostics) {
	for _, step := range path {
		if !kind.IsObjectType() {
			return
		}
		name, at := "", step.SourceRange()
		switch step := step.(type) {
		case hcl.TraverseAttr:
			name = step.Name
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String {
				return // evaluation reports it
			}
			name = step.Key.AsString()
		default:
			return
		}
		if !kind.HasAttribute(name) {
			if e.node.inexact {
				at = e.node.Range
			}
			diags.Append(UnknownName(at, "attribute of "+what, name, slices.Sorted(maps.Keys(kind.AttributeTypes()))))
			return
		}
		kind, what = kind.AttributeType(name), name
	}
}

// sampleOf is an unknown value of a type in which every list has one item.
func sampleOf(kind cty.Type) cty.Value {
	switch {
	case kind.IsListType():
		return cty.ListVal([]cty.Value{sampleOf(kind.ElementType())})
	case kind.IsObjectType():
		values := map[string]cty.Value{}
		for name, inner := range kind.AttributeTypes() {
			values[name] = sampleOf(inner)
		}
		return cty.ObjectVal(values)
	}
	return cty.UnknownVal(kind)
}

func (e *Expression) evaluate(given map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	if e.node.Type != unevaluated {
		return valueOf(e.node), nil
	}
	s := *e.scope
	s.context = e.scope.context.NewChild()
	s.context.Variables = given
	return s.call(e.node.expr)
}

func (e *Expression) problem(problem *hcl.Diagnostic) Diagnostic {
	at := e.node.Range
	if !e.node.inexact && problem.Subject != nil {
		at = *problem.Subject
	}
	return Errorf(at, "%s", lowerFirst(problem.Summary)).WithHint("%s", problem.Detail)
}

// Bool evaluates a condition.
func (e *Expression) Bool(given map[string]cty.Value) (bool, error) {
	value, err := e.value(given, cty.Bool)
	return err == nil && value.True(), err
}

// Text evaluates a text.
func (e *Expression) Text(given map[string]cty.Value) (string, error) {
	value, err := e.value(given, cty.String)
	if err != nil {
		return "", err
	}
	return value.AsString(), nil
}

// value evaluates to a value of a type that is there.
func (e *Expression) value(given map[string]cty.Value, want cty.Type) (cty.Value, error) {
	value, problems := e.evaluate(given)
	for _, problem := range problems {
		if problem.Severity == hcl.DiagError {
			return value, fmt.Errorf("%s: %s", lowerFirst(problem.Summary), lowerFirst(problem.Detail))
		}
	}
	value, _ = value.UnmarkDeep()
	switch {
	case !value.IsKnown():
		return value, errors.New("it needs something that is not known")
	case value.IsNull():
		return value, fmt.Errorf("it yields null, and %s is wanted", friendly(want))
	case !suits(value.Type(), want):
		return value, fmt.Errorf("it yields %s, and %s is wanted", friendly(value.Type()), friendly(want))
	}
	value, err := convert.Convert(value, want)
	if err != nil {
		return value, err
	}
	if s := want == cty.String; s && len(value.AsString()) > textLimit {
		return value, errors.New("it yields more text than a plan can hold")
	}
	return value, nil
}

// ValueOf makes a value of JSON's types that expressions can work with: what a kind or a plan holds.
func ValueOf(v any) cty.Value {
	switch v := v.(type) {
	case bool:
		return cty.BoolVal(v)
	case string:
		return cty.StringVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	case json.Number:
		if number, err := cty.ParseNumberVal(v.String()); err == nil {
			return number
		}
	case []any:
		items := make([]cty.Value, len(v))
		for i, item := range v {
			items[i] = ValueOf(item)
		}
		return cty.TupleVal(items)
	case map[string]any:
		entries := make(map[string]cty.Value, len(v))
		for key, item := range v {
			entries[key] = ValueOf(item)
		}
		return cty.ObjectVal(entries)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}
