package render

import (
	"maps"
	"reflect"
	"slices"
)

// A list of objects is, in Stytch, a set of them. An element is known by one field
// that says what it is, or by all of its text; what else it has are settings:
//
//	{type: "LOGIN", is_default: true}           LOGIN {is_default: true}
//	{domain: "acme.example", role_id: "editor"} {domain: "acme.example", role_id: "editor"}

// identities are fields that say by themselves which element it is.
var identities = []string{"id", "type", "name", "key"}

// An element is an object of a list by what identifies it.
type element struct {
	known    string
	settings map[string]any
}

// text is the element in a line.
func (e element) text() string {
	if len(e.settings) == 0 {
		return e.known
	}
	return e.known + " " + literal(e.settings)
}

// setOfObjects reads two lists as sets of objects. It reports false when they are
// none: when no two elements may be told apart, or one needs several lines.
func setOfObjects(before, after []any) (b, a []element, ok bool) {
	all := slices.Concat(before, after)
	if len(all) == 0 || slices.ContainsFunc(all, lines) {
		return nil, nil, false
	}
	objects := make([]map[string]any, 0, len(all))
	for _, v := range all {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, nil, false
		}
		objects = append(objects, object)
	}
	identity := identityOf(objects)
	for i, object := range objects {
		e := known(object, identity)
		if i < len(before) {
			b = append(b, e)
		} else {
			a = append(a, e)
		}
	}
	return b, a, apart(b) && apart(a)
}

// identityOf is the field by which all of the objects are known, "" when that
// takes all of their text.
func identityOf(objects []map[string]any) string {
	for _, name := range identities {
		if !slices.ContainsFunc(objects, func(o map[string]any) bool { _, isText := o[name].(string); return !isText }) {
			return name
		}
	}
	return ""
}

func known(object map[string]any, identity string) element {
	texts, settings := map[string]any{}, map[string]any{}
	for k, v := range object {
		if _, isText := v.(string); isText && (identity == "" || k == identity) {
			texts[k] = v
		} else {
			settings[k] = v
		}
	}
	if identity != "" {
		return element{word(texts[identity].(string)), settings} //nolint:forcetypeassert // identityOf has seen that it is text
	}
	return element{literal(texts), settings}
}

// apart reports whether no two elements are known by the same.
func apart(list []element) bool {
	seen := map[string]bool{}
	for _, e := range list {
		if e.known == "{}" || seen[e.known] {
			return false
		}
		seen[e.known] = true
	}
	return true
}

// objects shows what joins and what leaves a set of objects, and then which
// settings differ of what stays.
func (d *drawing) objects(indent int, path string, before, after []element) {
	was := map[string]element{}
	for _, e := range before {
		was[e.known] = e
	}
	is := map[string]element{}
	var joins []element
	for _, e := range after {
		is[e.known] = e
		if _, stays := was[e.known]; !stays {
			joins = append(joins, e)
		}
	}
	leaves := slices.DeleteFunc(slices.Clone(before), func(e element) bool { _, stays := is[e.known]; return stays })
	if len(joins)+len(leaves) > 0 {
		d.line(indent, plain, path+":")
	}
	for _, e := range joins {
		d.line(indent+1, green, "+"+e.text())
	}
	for _, e := range leaves {
		d.line(indent+1, red, "-"+e.text())
	}
	for _, e := range before {
		stays, ok := is[e.known]
		if !ok {
			continue
		}
		for _, k := range slices.Sorted(maps.Keys(union(e.settings, stays.settings))) {
			if from, to := at(e.settings, k), at(stays.settings, k); !reflect.DeepEqual(from, to) {
				d.difference(indent, path+"."+e.known+"."+key(k), from, to)
			}
		}
	}
}
