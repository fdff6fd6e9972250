package kindtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// yaml is the documents as one file.
func (d *documents) yaml() Documents {
	w := writer{}
	w.yaml(d.top, 0)
	return Documents{"state.yaml": w.String()}
}

// shuffled is the documents in other files, another order and, by chance, the
// other syntax. What they mean is the same.
func (d *documents) shuffled(seed uint64) Documents {
	r := rand.New(rand.NewPCG(seed, 0))
	parts := make([]Object, 1+r.IntN(3))
	for i := range parts {
		parts[i] = Object{}
	}
	somewhere := func() Object { return parts[r.IntN(len(parts))] }
	for _, word := range slices.Sorted(maps.Keys(d.top)) {
		set, ok := d.top[word].(Object)
		if !ok || blocks[word].label == "" || len(set) == 0 {
			somewhere()[word] = d.top[word]
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(set)) {
			part := somewhere()
			under(part, word)[key] = set[key]
			// Members may stand in another file than their organization, which names no attribute of it.
			if o := set[key].(Object); o["members"] != nil && r.IntN(2) == 0 {
				o = maps.Clone(o)
				members := o["members"]
				delete(o, "members")
				under(part, word)[key] = o
				other := somewhere()
				if under(other, word)[key] == nil {
					under(other, word)[key] = Object{}
				}
				under(other, word)[key].(Object)["members"] = members
			}
		}
	}
	written := Documents{}
	for i, part := range parts {
		if len(part) == 0 {
			continue // a file that declares nothing is a mistake
		}
		w := writer{shuffle: r}
		name := fmt.Sprintf("%c%d", 'a'+rune(r.IntN(26)), i)
		if r.IntN(2) == 0 {
			w.yaml(part, 0)
			name += ".yaml"
		} else {
			w.hcl(part, blocks, 0)
			name += ".hcl"
		}
		written[name] = w.String()
	}
	return written
}

// A block is what HCL calls a word of the documents.
type block struct {
	name   string
	label  string // what its label is; empty for what there is one of
	nested map[string]block
}

var blocks = map[string]block{
	"project": {name: "project"}, "policy": {name: "policy"}, "environment": {name: "environment"}, "rbac_policy": {name: "rbac_policy"},
	"redirect_urls": {name: "redirect_url", label: "URL"}, "jwt_templates": {name: "jwt_template", label: "type"},
	"trusted_token_profiles": {name: "trusted_token_profile", label: "name"},
	"organizations":          {name: "organization", label: "slug", nested: map[string]block{"members": {name: "member", label: "address"}}},
}

// A writer writes trees down, in order or, with a shuffle, in any: of keys, and
// of lists, for no drawn list has an order that counts.
type writer struct {
	strings.Builder
	shuffle *rand.Rand
}

func (w *writer) keys(o Object) []string {
	keys := slices.Sorted(maps.Keys(o))
	if w.shuffle != nil {
		w.shuffle.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	return keys
}

var plainKey = regexp.MustCompile(`^[a-z_]+$`)

// yamlDepth is how deep a tree is written in lines; what is deeper is written in braces.
const yamlDepth = 4

func (w *writer) yaml(o Object, depth int) {
	for _, key := range w.keys(o) {
		name := key
		if !plainKey.MatchString(key) {
			name = strings.TrimSpace(asJSON(key))
		}
		fmt.Fprintf(w, "%s%s:", strings.Repeat("  ", depth), name)
		if nested, ok := o[key].(Object); ok && len(nested) > 0 && depth < yamlDepth {
			w.WriteString("\n")
			w.yaml(nested, depth+1)
			continue
		}
		fmt.Fprintf(w, " %s\n", w.value(o[key]))
	}
}

func (w *writer) hcl(o Object, known map[string]block, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, key := range w.keys(o) {
		b, isBlock := known[key]
		set, _ := o[key].(Object)
		switch {
		case isBlock && b.label != "" && len(set) > 0:
			for _, label := range w.keys(set) {
				fmt.Fprintf(w, "%s%s %s {\n", indent, b.name, strings.TrimSpace(asJSON(label)))
				w.hcl(set[label].(Object), b.nested, depth+1)
				fmt.Fprintf(w, "%s}\n", indent)
			}
		case isBlock && b.label == "":
			fmt.Fprintf(w, "%s%s {\n", indent, b.name)
			w.hcl(set, nil, depth+1)
			fmt.Fprintf(w, "%s}\n", indent)
		default:
			fmt.Fprintf(w, "%s%s = %s\n", indent, key, w.value(o[key]))
		}
	}
}

// value is a value in the form that both syntaxes read, JSON.
func (w *writer) value(v any) string {
	switch v := v.(type) {
	case Object:
		var items []string
		for _, key := range w.keys(v) {
			items = append(items, strings.TrimSpace(asJSON(key))+": "+w.value(v[key]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			items = append(items, w.value(item))
		}
		if w.shuffle != nil {
			w.shuffle.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return strings.TrimSpace(asJSON(v))
}

// under is the object at a key, made when it is not there.
func under(o Object, key string) Object {
	if o[key] == nil {
		o[key] = Object{}
	}
	return o[key].(Object)
}
