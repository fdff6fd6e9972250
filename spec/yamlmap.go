package spec

import "fmt"

// mapping makes a Map: its own keys, and those that `<<` merges in where they are not its own.
func (r *yamlReader) mapping(n *yamlNode, node *Node, depth int) *Node {
	own := make(map[string]int, len(n.Content)/2) // key to its place in the content
	merged := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if isMerge(key) {
			if merged {
				r.diags.Append(Errorf(r.at(key), "a map merges once").WithHint("merge a list: <<: [*first, *second]"))
			}
			merged = true
			continue
		}
		name, ok := r.key(key)
		if !ok {
			continue
		}
		if first, twice := own[name]; twice {
			r.diags.Append(Twice(r.at(n.Content[first]), r.at(key), fmt.Sprintf("the key %q", name)))
			continue
		}
		own[name] = i
	}
	node.Entries = make([]Entry, 0, len(own))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			r.merge(node, value, own, depth)
			continue
		}
		name, ok := keyText(key)
		if place, mine := own[name]; ok && mine && place == i {
			node.Entries = append(node.Entries, Entry{Key: name, KeyRange: r.at(key), Value: r.entryValue(key, value, depth)})
		}
	}
	return r.closed(node, n, '}')
}

// entryValue reads the value of a key. A value left out has no place of its own, so the key is shown.
func (r *yamlReader) entryValue(key, value *yamlNode, depth int) *Node {
	if isEmpty(value) {
		return r.empty(r.at(key))
	}
	return r.value(value, depth+1)
}

// merge adds the entries of `<<: *map` or `<<: [*first, *second]`: own keys win, then earlier maps.
func (r *yamlReader) merge(node *Node, value *yamlNode, own map[string]int, depth int) {
	sources := []*yamlNode{value}
	if resolved(value).Kind == yamlSequence {
		sources = resolved(value).Content
	}
	taken := map[string]bool{}
	for _, source := range sources {
		if resolved(source).Kind != yamlMapping {
			r.diags.Append(Errorf(r.at(source), "`<<` merges maps, and this is none"))
			continue
		}
		for _, entry := range r.value(source, depth+1).Entries {
			if _, mine := own[entry.Key]; !mine && !taken[entry.Key] {
				taken[entry.Key] = true
				node.Entries = append(node.Entries, entry)
			}
		}
	}
}

func resolved(n *yamlNode) *yamlNode {
	if n.Kind == yamlAlias {
		return n.Alias
	}
	return n
}

func isMerge(key *yamlNode) bool {
	return key.Kind == yamlScalar && key.Value == "<<" && key.Style&(yamlDoubleQuote|yamlSingleQuote) == 0
}

// key returns the name that a key gives, and reports one that is no text.
func (r *yamlReader) key(key *yamlNode) (string, bool) {
	r.budget--
	name, ok := keyText(key)
	switch {
	case !ok && key.Kind == yamlScalar && key.Value != "":
		r.diags.Append(Errorf(r.at(key), "keys are text, and %s is not", key.Value).WithHint("write it in quotes: %q", key.Value))
	case !ok:
		r.diags.Append(Errorf(r.at(key), "keys are text, and this is not"))
	case hasTemplate(name):
		r.diags.Append(Warningf(r.at(key), "keys are never templates: this one is taken as it is written").
			WithHint("to compute keys, write the whole map as ${{for … : key => value}}"))
	}
	return name, ok
}

// keyText reads a key: quoted text, or plain text that means nothing else.
func keyText(key *yamlNode) (string, bool) {
	if key.Kind != yamlScalar || isEmpty(key) {
		return "", false
	}
	if key.Style&(yamlDoubleQuote|yamlSingleQuote|yamlBlockText) != 0 {
		return normal(key.Value), key.Style&yamlTagged == 0 || key.Tag == "!!str"
	}
	if key.Style&yamlTagged != 0 {
		return normal(key.Value), key.Tag == "!!str"
	}
	value, problem, _ := plainScalar(key.Value)
	return normal(key.Value), problem == "" && value.Type == String
}
