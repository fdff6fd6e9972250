package kind

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A decoder turns nodes into Go values and collects what is wrong with them.
type decoder struct {
	kind        string
	lenient     bool // take any value of the right type: what Stytch has may break the rules for documents
	diagnostics spec.Diagnostics
	failures    int      // diagnostics, and values that were reported before
	broken      []string // attributes that have no value because of one
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
	if node.Type == spec.Null {
		return
	}
	before := d.failures
	value := reflect.New(a.typ).Elem()
	d.value(value, a, node)
	if d.failures == before {
		setAttribute(into, a, value) // in the document's order, which the paths of problems count in
		return
	}
	d.broken = append(d.broken, a.Name)
}

// tellsOf reports whether a rule speaks about an attribute that was told about
// already: what it says would follow from that mistake.
func (d *decoder) tellsOf(p Problem) bool {
	return slices.ContainsFunc(d.broken, func(name string) bool {
		_, about := step(p.Attribute, name)
		return about || mentions(p.Message, name) || mentions(p.Hint, name)
	})
}

// mentions reports whether a sentence has a word: organization_name is not name.
func mentions(sentence, word string) bool {
	return slices.Contains(strings.FieldsFunc(sentence, func(r rune) bool { return r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }), word)
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
	if into.Type() == secretType {
		d.secret(into, a, node)
		return
	}
	switch into.Kind() {
	case reflect.String:
		d.text(into, a, node)
	case reflect.Bool:
		d.boolean(into, node)
	case reflect.Int:
		d.number(into, a, node)
	case reflect.Float64:
		d.decimal(into, a, node)
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

func (d *decoder) add(problem spec.Diagnostic) {
	d.failures++
	d.diagnostics = append(d.diagnostics, problem)
}
