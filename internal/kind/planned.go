package kind

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

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
			if secret, ok := v.(Secret); ok && a.typ == secretType {
				setAttribute(into, a, reflect.ValueOf(secret))
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
