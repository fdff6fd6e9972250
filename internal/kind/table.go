package kind

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// An Attribute is one row of a kind's table, read from a field's tags:
//
//	attr:"NAME,FLAG…"  the name that Stytch's API uses; a name with one dot nests: "stytch_admin.permissions"
//	doc:"…"            what it means, for the reference
//	oneof:"A B"        the allowed values of a string or of each item of a list
//	min:"5" max:"10"   bounds: of a number, of a string's length in characters, of a list's or map's length
//	default:"…"        what Stytch sets when a creation leaves it out, as JSON
//
// A field tagged attr:"-" is no attribute: it holds what only Stytch sets and the
// kind's own effects look at. Flags: key (the natural key, a plain string), set (order and repeats do not
// matter), bag (order does not matter), merge (owned by key), immutable (a
// difference is an error), initial (legal in `initial` alone), local (means
// something to this program, never sent or compared), file (file("path") may
// give the text), id (pins one object by Stytch's id), required (a creation
// must give it), nonempty (may not be cleared). An attribute of type Secret has
// one of two more: secret (Stytch shows it, so that it is compared, unseen) or
// writeonly (Stytch never shows it: sent by a creation, and by --resend).
type Attribute struct {
	Name      string
	Doc       string
	OneOf     []string
	Default   string
	Min, Max  int // -1: no bound
	Key       bool
	Set, Bag  bool
	Merge     bool
	Immutable bool
	Initial   bool
	Local     bool
	File      bool
	ID        bool
	Required  bool
	NonEmpty  bool
	Secret    bool
	WriteOnly bool
	LastFour  bool

	Fields []Attribute // of an element that is a struct

	index int
	typ   reflect.Type // of the value, without Opt
}

// Type names the attribute's type for people: "string", "list of string".
func (a Attribute) Type() string { return typeName(a.typ) }

func typeName(t reflect.Type) string {
	if t == secretType {
		return "secret"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "map of " + typeName(t.Elem())
	case reflect.Bool:
		return "bool"
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.String:
		return "string"
	case reflect.Struct:
		return "object"
	case reflect.Interface:
		return "any value"
	}
	panic("no attribute has the Go type " + t.String())
}

// tableOf reads the tags of a kind's struct. A bad tag is a mistake of the
// program and panics at start-up.
func tableOf(t reflect.Type) []Attribute {
	if table, ok := tables.Load(t); ok {
		return table.([]Attribute)
	}
	table := readTable(t)
	tables.Store(t, table)
	return table
}

// tables keeps what was read, by type: tags never change.
var tables sync.Map

func readTable(t reflect.Type) []Attribute {
	var table []Attribute
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Tag.Get("attr") == "-" {
			continue
		}
		a := attributeOf(t, field)
		a.index = i
		a.typ = field.Type
		if a.Key != (field.Type.Kind() == reflect.String) && isKindStruct(t) {
			panic(fmt.Sprintf("%s.%s: a key is a string and every other attribute an Opt", t, field.Name))
		}
		if isOpt(field.Type) {
			value, _ := field.Type.FieldByName("Value")
			a.typ = value.Type
		}
		a.checkSecret(t.String() + "." + field.Name)
		a.Fields = elementFields(a.typ)
		table = append(table, a)
	}
	return table
}

// isKindStruct tells a kind's own struct from the structs of its elements,
// whose fields are plain.
func isKindStruct(t reflect.Type) bool {
	for field := range t.Fields() {
		if isOpt(field.Type) {
			return true
		}
	}
	return false
}

func isOpt(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Opt[")
}

// elementFields is the table of the struct inside a list or map, if any.
func elementFields(t reflect.Type) []Attribute {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct && t != secretType {
		return tableOf(t)
	}
	typeName(t) // panics on a type that nothing can decode
	return nil
}

func attributeOf(t reflect.Type, field reflect.StructField) Attribute {
	name, flags, _ := strings.Cut(field.Tag.Get("attr"), ",")
	a := Attribute{Name: name, Doc: field.Tag.Get("doc"), Default: field.Tag.Get("default"), OneOf: strings.Fields(field.Tag.Get("oneof"))}
	where := t.String() + "." + field.Name
	if name == "" || a.Doc == "" {
		panic(where + ": needs the tags attr and doc")
	}
	a.Min, a.Max = bound(where, field.Tag, "min"), bound(where, field.Tag, "max")
	known := map[string]*bool{
		"key": &a.Key, "set": &a.Set, "bag": &a.Bag, "merge": &a.Merge, "immutable": &a.Immutable, "initial": &a.Initial,
		"local": &a.Local, "file": &a.File, "id": &a.ID, "required": &a.Required, "nonempty": &a.NonEmpty,
		"secret": &a.Secret, "writeonly": &a.WriteOnly, "lastfour": &a.LastFour,
	}
	for flag := range strings.SplitSeq(flags, ",") {
		if flag == "" {
			continue
		}
		if known[flag] == nil {
			panic(where + ": no flag is called " + flag)
		}
		*known[flag] = true
	}
	return a
}

func bound(where string, tag reflect.StructTag, name string) int {
	text, ok := tag.Lookup(name)
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(where + ": " + name + " is not a whole number")
	}
	return n
}
