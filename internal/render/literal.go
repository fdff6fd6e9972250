package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// literal writes a value in one line: as JSON does, without needless quotation
// marks around the keys of objects.
func literal(v any) string {
	switch v := v.(type) {
	case absent:
		return "(none)"
	case nil:
		return "null"
	case string:
		return quote(v)
	case variable:
		return Safe(string(v))
	case []any:
		parts := make([]string, 0, len(v))
		for _, element := range v {
			parts = append(parts, literal(element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key(k)+": "+literal(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v) // a bool or a json.Number
}

// name writes the name of an attribute, the key in `trusted_metadata.KEY`
// included: bare when nobody could take it for anything else, else quoted.
func name(s string) string { return bare(s, "_.-") }

// key writes the key of an object, a part of a path with dots. A number alone is
// a place in a list, so that a key which is one is quoted.
func key(s string) string {
	if isNumber(s) {
		return quote(s)
	}
	return bare(s, "_-@/")
}

// word writes an address or a member of a set.
func word(s string) string { return bare(s, "_.-@/+*%:?=&~") }

func bare(s, punctuation string) string {
	odd := func(r rune) bool {
		return !letter(r) && (r < '0' || r > '9') && !strings.ContainsRune(punctuation, r)
	}
	if s == "" || strings.HasPrefix(s, ":") || strings.ContainsFunc(s, odd) {
		return quote(s)
	}
	return s
}
