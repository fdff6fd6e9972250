package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// absent stands for a value that is not there, which is not the same as a null
// inside an object.
type absent struct{}

// tree is the value in JSON's own types, whatever Go type it has in the plan.
func (d *drawing) tree(v any) any {
	switch v.(type) {
	case nil:
		return absent{}
	case string, bool, json.Number:
		return v
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		if d.err == nil {
			d.err = fmt.Errorf("showing a value of the plan: %w", err)
		}
		return absent{}
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil && d.err == nil {
		d.err = fmt.Errorf("showing a value of the plan: %w", err)
	}
	if out == nil {
		return absent{}
	}
	return out
}

// both gives two values of one type, the zero value for an absent one.
func both[T any](before, after any) (b, a T, ok bool) {
	b, okBefore := before.(T)
	a, okAfter := after.(T)
	_, noBefore := before.(absent)
	_, noAfter := after.(absent)
	return b, a, okBefore && okAfter || okBefore && noAfter || noBefore && okAfter
}

func missing(before, after any) bool {
	_, noBefore := before.(absent)
	_, noAfter := after.(absent)
	return noBefore || noAfter
}

// A textLists is two lists of nothing but text.
type textLists struct{ before, after []string }

func texts(before, after any) (textLists, bool) {
	b, a, ok := both[[]any](before, after)
	if !ok || len(b)+len(a) == 0 {
		return textLists{}, false
	}
	var t textLists
	for _, element := range b {
		text, ok := element.(string)
		if !ok {
			return textLists{}, false
		}
		t.before = append(t.before, text)
	}
	for _, element := range a {
		text, ok := element.(string)
		if !ok {
			return textLists{}, false
		}
		t.after = append(t.after, text)
	}
	return t, true
}

// without lists what stands in list and not in other, in its order, once.
func without(list, other []string) []string {
	skip := map[string]bool{}
	for _, s := range other {
		skip[s] = true
	}
	var out []string
	for _, s := range list {
		if !skip[s] {
			skip[s] = true
			out = append(out, s)
		}
	}
	return out
}

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

func at(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return absent{}
}

func composite(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// empty reports whether losing the value loses nothing. False is a setting, and
// so is zero.
func empty(v any) bool {
	switch v := v.(type) {
	case absent, nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// lines reports whether the value is, or holds, text of several lines.
func lines(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "\n")
	case []any:
		return slices.ContainsFunc(v, lines)
	case map[string]any:
		for _, element := range v {
			if lines(element) {
				return true
			}
		}
	}
	return false
}
