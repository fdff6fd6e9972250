package kind

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A decoder turns nodes into Go values and collects what is wrong with them.
type decoder struct {
	kind        string
	lenient     bool // take any value of the right type: what Stytch has may break the rules for documents
	diagnostics spec.Diagnostics
	failures    int // diagnostics, and values that were reported before
}

// attributes decodes named values into a kind's struct. Initial is the mode of
// the `initial` map, in which attributes with that flag are legal too.
func (d *decoder) attributes(into reflect.Value, table []Attribute, given []spec.Attribute, initial bool) {
	nested := map[string][]Attribute{}
	for _, a := range table {
		if parent, _, ok := strings.Cut(a.Name, "."); ok {
			nested[parent] = append(nested[parent], a)
		}
	}
	for _, g := range given {
		if children := nested[g.Name]; children != nil {
			d.nested(into, children, g)
			continue
		}
		index := slices.IndexFunc(table, func(a Attribute) bool { return a.Name == g.Name && !a.Key })
		switch {
		case index < 0:
			d.unknown(table, g, initial)
		case table[index].Initial && !initial:
			d.add(spec.Errorf(g.NameRange, "%s is legal in `initial` alone: it means something only while the %s is created", g.Name, d.kind).
				WithHint("write initial: {%s: …}", g.Name))
		case initial && (table[index].Local || table[index].ID):
			d.add(spec.Errorf(g.NameRange, "%s is not legal in `initial`: it is never sent", g.Name).
				WithHint("write it beside `initial`"))
		default:
			d.attribute(into, table[index], g.Value)
		}
	}
}

// nested decodes the attributes that Stytch keeps one level down, such as
// stytch_admin.permissions.
func (d *decoder) nested(into reflect.Value, children []Attribute, g spec.Attribute) {
	if g.Value.Type == spec.Null || g.Value.Type == spec.Invalid {
		return
	}
	if g.Value.Type != spec.Map {
		d.add(g.Value.Mismatch("a map"))
		return
	}
	var names []string
	for _, a := range children {
		names = append(names, a.Name[len(g.Name)+1:])
	}
	for _, entry := range g.Value.Entries {
		index := slices.Index(names, entry.Key)
		if index < 0 {
			d.add(spec.UnknownName(entry.KeyRange, "attribute of "+g.Name, entry.Key, names))
			continue
		}
		d.attribute(into, children[index], entry.Value)
	}
}

func (d *decoder) attribute(into reflect.Value, a Attribute, node *spec.Node) {
	if node.Type == spec.Null || node.Type == spec.Invalid {
		return
	}
	before := d.failures
	value := reflect.New(a.typ).Elem()
	d.value(value, a, node)
	if d.failures == before {
		setAttribute(into, a, value) // in the document's order, which the paths of problems count in
	}
}

func (d *decoder) unknown(table []Attribute, g spec.Attribute, initial bool) {
	var known []string
	for _, a := range table {
		name, _, _ := strings.Cut(a.Name, ".")
		if !a.Key && (initial || !a.Initial) && !slices.Contains(known, name) {
			known = append(known, name)
		}
		if a.Key && a.Name == g.Name {
			d.add(spec.Errorf(g.NameRange, "%s is the key of the %s and is not written again", g.Name, d.kind).
				WithHint("change the key itself, with renamed_from where the kind allows it"))
			return
		}
	}
	d.add(spec.UnknownName(g.NameRange, "attribute of "+d.kind, g.Name, known))
}

// value decodes one node by the type of the Go value.
func (d *decoder) value(into reflect.Value, a Attribute, node *spec.Node) {
	if node.Type == spec.Invalid {
		d.failures++
		return
	}
	switch into.Kind() {
	case reflect.String:
		d.text(into, a, node)
	case reflect.Bool:
		d.boolean(into, node)
	case reflect.Int:
		d.number(into, a, node)
	case reflect.Slice:
		d.list(into, a, node)
	case reflect.Map:
		d.object(into, a, node)
	case reflect.Struct:
		d.element(into, a, node)
	case reflect.Interface:
		d.free(into, node)
	}
}

func (d *decoder) text(into reflect.Value, a Attribute, node *spec.Node) {
	switch {
	case node.Type == spec.Ref && node.Reference.Function == spec.FileFunction && a.File:
		content, err := node.Reference.ReadFile()
		if err != nil {
			d.add(node.Errorf("%v", err))
			return
		}
		into.SetString(string(content))
	case node.Type == spec.Ref:
		d.reference(a, node)
		return
	case node.Type != spec.String:
		d.add(node.Mismatch("a string"))
		return
	default:
		into.SetString(node.String)
	}
	if d.lenient {
		return
	}
	if len(a.OneOf) > 0 && !slices.Contains(a.OneOf, into.String()) {
		problem := node.Errorf("%q is not allowed here: %s", into.String(), alternatives(a.OneOf))
		if near := spec.Suggest(into.String(), a.OneOf); near != "" {
			problem = problem.WithHint("did you mean %q?", near)
		}
		d.add(problem)
		return
	}
	if into.String() == "" && a.NonEmpty {
		d.add(node.Errorf("%s cannot be empty", a.Name))
		return
	}
	if a.typ.Kind() == reflect.String {
		d.bounds(a, utf8.RuneCountInString(into.String()), node, "characters")
	}
}

// reference refuses env and file where they are not legal, and says why.
func (d *decoder) reference(a Attribute, node *spec.Node) {
	problem := node.Errorf("%s is not legal here: %s is no secret", node.Describe(), a.Name)
	if node.Reference.Function == spec.FileFunction {
		problem = node.Errorf("file(…) is not legal here: %s is neither a secret nor a public key nor a template", a.Name)
	}
	d.add(problem.WithHint("write the value itself, or use a variable"))
}

func alternatives(values []string) string {
	if len(values) == 1 {
		return "it must be " + values[0]
	}
	return "it must be one of " + strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

func (d *decoder) boolean(into reflect.Value, node *spec.Node) {
	switch {
	case node.Type == spec.Bool:
		into.SetBool(node.Bool)
	case node.Cell && (node.String == "true" || node.String == "false"):
		into.SetBool(node.String == "true")
	default:
		d.add(node.Mismatch("a bool"))
	}
}

func (d *decoder) number(into reflect.Value, a Attribute, node *spec.Node) {
	text := node.Number
	if node.Cell {
		text = node.String
	} else if node.Type != spec.Number {
		problem := node.Mismatch("a whole number")
		if _, err := strconv.ParseInt(node.String, 10, 64); err == nil {
			problem = problem.WithHint("write it without quotes")
		}
		d.add(problem)
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d.add(node.Errorf("%s is not a whole number", text))
		return
	}
	into.SetInt(n)
	d.bounds(a, int(n), node, "")
}

func (d *decoder) list(into reflect.Value, a Attribute, node *spec.Node) {
	items := node.Items
	switch {
	case node.Cell:
		for part := range strings.SplitSeq(node.String, ";") {
			if part = strings.TrimSpace(part); part != "" {
				items = append(items, &spec.Node{Type: spec.String, String: part, Range: node.Range, Cell: true})
			}
		}
	case node.Type != spec.List:
		d.add(node.Mismatch(wantedList(into.Type())))
		return
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		d.value(list.Index(i), a, item)
	}
	into.Set(list)
	if a.typ.Kind() == reflect.Slice {
		d.size(a, len(items), node, "items")
	}
}

// wantedList names a list for a sentence, as the language's hints know it.
func wantedList(t reflect.Type) string {
	if t.Elem().Kind() == reflect.String {
		return "a list of strings"
	}
	return "a list of objects"
}

func (d *decoder) object(into reflect.Value, a Attribute, node *spec.Node) {
	if node.Type != spec.Map {
		d.add(node.Mismatch("a map"))
		return
	}
	object := reflect.MakeMapWithSize(into.Type(), len(node.Entries))
	for _, entry := range node.Entries {
		if entry.Key == "" {
			d.add(spec.Errorf(entry.KeyRange, "a key of %s is empty", a.Name))
			continue
		}
		value := reflect.New(into.Type().Elem()).Elem()
		if entry.Value.Type != spec.Null || !a.Merge {
			d.value(value, a, entry.Value)
		}
		object.SetMapIndex(reflect.ValueOf(entry.Key), value)
	}
	into.Set(object)
	if a.typ.Kind() == reflect.Map {
		d.size(a, len(node.Entries), node, "keys")
	}
}

// element decodes an object inside a list or map. What it omits keeps the
// documented default.
func (d *decoder) element(into reflect.Value, a Attribute, node *spec.Node) {
	if node.Type != spec.Map {
		d.add(node.Mismatch("an object"))
		return
	}
	var names []string
	for _, field := range a.Fields {
		names = append(names, field.Name)
		if field.Default != "" {
			if err := json.Unmarshal([]byte(field.Default), into.Field(field.index).Addr().Interface()); err != nil {
				panic(fmt.Sprintf("the default of %s.%s is no %s", a.Name, field.Name, field.Type()))
			}
		}
	}
	given := map[string]bool{}
	for _, entry := range node.Entries {
		index := slices.Index(names, entry.Key)
		if index < 0 {
			d.add(spec.UnknownName(entry.KeyRange, "key of an element of "+a.Name, entry.Key, names))
			continue
		}
		if entry.Value.Type == spec.Null {
			continue
		}
		given[entry.Key] = true
		d.value(into.Field(a.Fields[index].index), a.Fields[index], entry.Value)
	}
	for _, field := range a.Fields {
		if field.Required && !given[field.Name] {
			d.add(node.Errorf("an element of %s needs %s", a.Name, field.Name))
		}
	}
}

func (d *decoder) free(into reflect.Value, node *spec.Node) {
	if at := findReference(node); at != nil {
		d.add(at.Errorf("%s is not legal here: metadata is no secret, and every reader of the plan would see it", at.Describe()))
		return
	}
	if v := node.Any(); v != nil {
		into.Set(reflect.ValueOf(canonical(v)))
	}
}

// findReference finds a reference anywhere in a value.
func findReference(node *spec.Node) *spec.Node {
	if node.Type == spec.Ref {
		return node
	}
	for _, item := range node.Items {
		if found := findReference(item); found != nil {
			return found
		}
	}
	for _, entry := range node.Entries {
		if found := findReference(entry.Value); found != nil {
			return found
		}
	}
	return nil
}

// size applies the rules for how much a list or map holds.
func (d *decoder) size(a Attribute, n int, node *spec.Node, unit string) {
	if n == 0 && a.NonEmpty && !d.lenient {
		d.add(node.Errorf("%s cannot be empty", a.Name))
		return
	}
	d.bounds(a, n, node, unit)
}

func (d *decoder) bounds(a Attribute, n int, node *spec.Node, unit string) {
	if d.lenient {
		return
	}
	said := strings.TrimSpace(fmt.Sprintf("%d %s", n, unit))
	switch {
	case a.Min >= 0 && n < a.Min:
		d.add(node.Errorf("%s is too small for %s: at least %d", said, a.Name, a.Min))
	case a.Max >= 0 && n > a.Max:
		d.add(node.Errorf("%s is too large for %s: at most %d", said, a.Name, a.Max))
	}
}

func (d *decoder) add(problem spec.Diagnostic) {
	d.failures++
	d.diagnostics = append(d.diagnostics, problem)
}

// nodeOf wraps JSON's types as a node, for values that come from a saved plan.
func nodeOf(v any) *spec.Node {
	switch v := v.(type) {
	case bool:
		return &spec.Node{Type: spec.Bool, Bool: v}
	case json.Number:
		return &spec.Node{Type: spec.Number, Number: v.String()}
	case string:
		return &spec.Node{Type: spec.String, String: v}
	case []any:
		node := &spec.Node{Type: spec.List}
		for _, item := range v {
			node.Items = append(node.Items, nodeOf(item))
		}
		return node
	case map[string]any:
		node := &spec.Node{Type: spec.Map}
		for key, item := range v {
			node.Entries = append(node.Entries, spec.Entry{Key: key, Value: nodeOf(item)})
		}
		return node
	}
	return &spec.Node{Type: spec.Null}
}

// planned decodes one attribute of a plan. A key of what is owned by key is
// added to the map that the attribute is; null means that the key is removed.
func (d *decoder) planned(into reflect.Value, table []Attribute, name string, v any) {
	for _, a := range table {
		if a.Name == name {
			if v == nil {
				return
			}
			value := reflect.New(a.typ).Elem()
			d.value(value, a, nodeOf(v))
			setAttribute(into, a, value)
			return
		}
		key, ok := strings.CutPrefix(name, a.Name+".")
		if !ok || !a.Merge {
			continue
		}
		object, set := attributeValue(into, a)
		if !set || object.IsNil() {
			object = reflect.MakeMap(a.typ)
		}
		value := reflect.New(a.typ.Elem()).Elem()
		if v != nil {
			d.value(value, a, nodeOf(v))
		}
		object.SetMapIndex(reflect.ValueOf(key), value)
		setAttribute(into, a, object)
		return
	}
	d.failures++
}
