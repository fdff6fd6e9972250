package kindtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

func asJSON(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err)
	}
	return b.String()
}

// canonical is a value of JSON in one form: lists in order, for the suite knows
// no attribute whose order counts, and nothing empty, which JSON writes in many
// ways.
func canonical(v any) any {
	text := asJSON(v)
	var plain any
	if err := json.Unmarshal([]byte(text), &plain); err != nil {
		panic(err)
	}
	return pruned(plain)
}

func pruned(v any) any {
	switch v := v.(type) {
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, pruned(item))
		}
		slices.SortFunc(items, func(a, b any) int { return strings.Compare(asJSON(a), asJSON(b)) })
		if len(items) == 0 {
			return nil
		}
		return items
	case Object:
		kept := Object{}
		for key, item := range v {
			if item = pruned(item); item != nil {
				kept[key] = item
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case string:
		if v == "" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	}
	return v
}
