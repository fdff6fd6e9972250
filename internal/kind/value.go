package kind

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// DecodeJSON decodes an answer, numbers as json.Number so that no digit is lost.
func DecodeJSON(raw []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(v)
}

// Body gives the set attributes of a value by their names, as a request body:
// empty values are kept, removed keys of what is owned by key are null, and
// attributes that mean something to this program alone are left out. A request
// is where secrets are revealed.
func Body[T any](v T) map[string]any {
	body := map[string]any{}
	value := reflect.ValueOf(v)
	for _, a := range tableOf(value.Type()) {
		current, set := attributeValue(value, a)
		if !set || a.Local || a.ID {
			continue
		}
		target, name := body, a.Name
		if parent, child, nested := strings.Cut(a.Name, "."); nested {
			inner, ok := body[parent].(map[string]any)
			if !ok {
				inner = map[string]any{}
				body[parent] = inner
			}
			target, name = inner, child
		}
		if secret, ok := reflect.TypeAssert[Secret](current); ok {
			target[name] = secret.Reveal()
			continue
		}
		target[name] = jsonOf(current)
	}
	return body
}

// attributeValue is the value of an attribute in a kind's struct and whether it
// is set. A key is always set, unless it is empty.
func attributeValue(value reflect.Value, a Attribute) (reflect.Value, bool) {
	field := value.Field(a.index)
	if !isOpt(field.Type()) {
		return field, !field.IsZero()
	}
	return field.FieldByName("Value"), field.FieldByName("Set").Bool()
}

// setAttribute sets an attribute in a kind's struct.
func setAttribute(value reflect.Value, a Attribute, v reflect.Value) {
	field := value.Field(a.index)
	if !isOpt(field.Type()) {
		field.Set(v)
		return
	}
	field.FieldByName("Value").Set(v)
	field.FieldByName("Set").SetBool(true)
}

// jsonOf gives a value in JSON's types. Empty lists and maps stay lists and maps.
func jsonOf(v reflect.Value) any {
	if v.Type() == secretType {
		return v.Interface() // marshals as what it is, not as what it says
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return canonical(v.Interface())
	case reflect.Int:
		return json.Number(strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		return canonical(v.Float())
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			list = append(list, jsonOf(v.Index(i)))
		}
		return list
	case reflect.Map:
		object := make(map[string]any, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			object[entries.Key().String()] = jsonOf(entries.Value())
		}
		return object
	case reflect.Struct:
		object := map[string]any{}
		for _, a := range tableOf(v.Type()) {
			object[a.Name] = jsonOf(v.Field(a.index))
		}
		return object
	}
	return v.Interface()
}

// canonical gives a free-form JSON value one form: numbers that are equal have
// equal text, whatever their notation was.
func canonical(v any) any {
	switch v := v.(type) {
	case json.Number:
		return canonicalNumber(v)
	case float64:
		return canonicalNumber(json.Number(strconv.FormatFloat(v, 'g', -1, 64)))
	case int:
		return json.Number(strconv.Itoa(v))
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			list = append(list, canonical(item))
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, item := range v {
			object[key] = canonical(item)
		}
		return object
	}
	return v
}

// canonicalNumber writes a number without exponent and without trailing zeros.
// A number that would be longer than a thousand digits stays as it is.
func canonicalNumber(n json.Number) json.Number {
	text := n.String()
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(strings.TrimPrefix(text[i+1:], "+")); err != nil || exponent > 1000 || exponent < -1000 {
			return n
		}
	}
	rational, ok := new(big.Rat).SetString(text)
	if !ok {
		return n
	}
	if rational.IsInt() {
		return json.Number(rational.Num().String())
	}
	decimals, exact := rational.FloatPrec()
	if !exact {
		return n
	}
	return json.Number(rational.FloatString(decimals))
}

// normalise brings a value into the one form of its attribute: sets sorted and
// without repeats, bags sorted, nothing empty that is not nil.
func normalise(v reflect.Value, a Attribute) reflect.Value {
	if v.Type() == secretType {
		return v
	}
	switch v.Kind() {
	case reflect.Slice:
		return normaliseList(v, a)
	case reflect.Map:
		return normaliseMap(v, a)
	case reflect.Struct:
		copied := reflect.New(v.Type()).Elem()
		copied.Set(v)
		for _, field := range tableOf(v.Type()) {
			copied.Field(field.index).Set(normalise(v.Field(field.index), field))
		}
		return copied
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return reflect.ValueOf(canonical(v.Interface())).Convert(v.Type())
	}
	return v
}

func normaliseList(v reflect.Value, a Attribute) reflect.Value {
	if v.Len() == 0 {
		return reflect.Zero(v.Type())
	}
	items := make([]sortable, 0, v.Len())
	for i := range v.Len() {
		item := normalise(v.Index(i), a)
		items = append(items, sortable{item, sortKey(item)})
	}
	if a.Set || a.Bag {
		slices.SortStableFunc(items, func(a, b sortable) int { return strings.Compare(a.key, b.key) })
	}
	if a.Set {
		items = slices.CompactFunc(items, func(a, b sortable) bool { return a.key == b.key })
	}
	list := reflect.MakeSlice(v.Type(), 0, len(items))
	for _, item := range items {
		list = reflect.Append(list, item.value)
	}
	return list
}

type sortable struct {
	value reflect.Value
	key   string
}

// sortKey orders items: strings by themselves, anything else by its JSON.
func sortKey(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	text, err := json.Marshal(jsonOf(v))
	if err != nil {
		panic("a value has no JSON form: " + err.Error())
	}
	return string(text)
}

func normaliseMap(v reflect.Value, a Attribute) reflect.Value {
	if v.Len() == 0 {
		return reflect.Zero(v.Type())
	}
	object := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		object.SetMapIndex(entries.Key(), normalise(entries.Value(), a))
	}
	return object
}
