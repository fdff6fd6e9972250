package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// depthLimit is how deep values may nest. A document about settings needs six levels.
const depthLimit = 100

// A yamlReader walks the library's tree and makes ours.
type yamlReader struct {
	text   *text
	diags  *Diagnostics
	active map[*yamlNode]bool // the anchored nodes that are being walked, to see an alias to itself
	told   bool               // that the budget is used up
	budget int                // nodes that may still be made: aliases can multiply a small file without end
}

func (r *yamlReader) value(n *yamlNode, depth int) *Node {
	if n.Kind == yamlAlias {
		return r.alias(n, depth)
	}
	r.budget -= 1 + len(n.Value)/16
	start, tags := r.start(n)
	at := r.text.between(start, r.end(n, start))
	switch {
	case r.budget < 0:
		return r.exhausted(at)
	case depth > depthLimit:
		return r.invalid(at, fmt.Sprintf("values nest deeper than %d levels", depthLimit), "")
	case n.Style&yamlTagged != 0 && !knownTag(n):
		return r.invalid(r.text.between(start-tags, start), fmt.Sprintf("the tag %s means nothing here", n.Tag),
			"drop it; env(\"NAME\") and file(\"path\") are written ${env(\"NAME\")}")
	}
	if n.Anchor != "" {
		r.active[n] = true
		defer delete(r.active, n)
	}
	switch n.Kind {
	case yamlMapping:
		return r.mapping(n, &Node{Type: Map, Range: at}, depth)
	case yamlSequence:
		list := &Node{Type: List, Range: at, Items: make([]*Node, 0, len(n.Content))}
		for _, item := range n.Content {
			list.Items = append(list.Items, r.value(item, depth+1))
		}
		return r.closed(list, n, ']')
	}
	return r.scalar(n, at)
}

// knownTag accepts the tags that say what the value is anyway.
func knownTag(n *yamlNode) bool {
	switch n.Kind {
	case yamlMapping:
		return n.Tag == "!!map"
	case yamlSequence:
		return n.Tag == "!!seq"
	}
	return n.Tag == "!!str" || n.Tag == "!!int" || n.Tag == "!!float" || n.Tag == "!!bool" || n.Tag == "!!null"
}

func (r *yamlReader) invalid(at hcl.Range, summary, hint string) *Node {
	d := Errorf(at, "%s", summary)
	d.Hint = hint
	// Thousands of aliases can run into the same limit at one place.
	if last := len(*r.diags) - 1; last < 0 || (*r.diags)[last].Summary != summary || (*r.diags)[last].Range != at {
		r.diags.Append(d)
	}
	return &Node{Type: Invalid, Range: at}
}

// exhausted ends the reading of a file whose aliases multiply it. It is told
// once: every further alias runs into the same limit.
func (r *yamlReader) exhausted(at hcl.Range) *Node {
	if r.told {
		return &Node{Type: Invalid, Range: at}
	}
	r.told = true
	return r.invalid(at, "this file grows too large when its aliases are followed", "write less of it with aliases")
}

func (r *yamlReader) empty(at hcl.Range) *Node {
	return r.invalid(at, "this value was left empty", `write "", [] or {} if it shall be empty, else drop the line`)
}

func (r *yamlReader) alias(n *yamlNode, depth int) *Node {
	start := r.text.yamlOffset(n.Line, n.Column)
	at := r.text.between(start, start+1+len(n.Value))
	if r.active[n.Alias] {
		return r.invalid(at, fmt.Sprintf("*%s stands inside of what it repeats", n.Value), "")
	}
	if r.budget < 0 {
		return r.exhausted(at)
	}
	copied := *r.value(n.Alias, depth)
	copied.Range = at
	return &copied
}

func (r *yamlReader) scalar(n *yamlNode, at hcl.Range) *Node {
	// The library's own idea of what plain text is (n.Tag without a tag) is not asked.
	tagged := n.Style&yamlTagged != 0
	switch {
	case tagged && n.Tag == "!!str":
	case n.Value == "" && n.Style&^yamlTagged == 0:
		return r.empty(at)
	case tagged || n.Style == 0:
		return r.plain(n, at)
	}
	return r.words(n, at)
}

// plain reads text that no quote marks as a string.
func (r *yamlReader) plain(n *yamlNode, at hcl.Range) *Node {
	value, problem, hint := plainScalar(n.Value)
	if problem != "" {
		return r.invalid(at, problem, hint)
	}
	if n.Style&yamlTagged != 0 && !tagFits(n.Tag, &value) {
		return r.invalid(at, fmt.Sprintf("this value is not what its tag %s says", n.Tag), "drop the tag")
	}
	if value.Type == String {
		return r.words(n, at)
	}
	value.Range = at
	return &value
}

func tagFits(tag string, value *Node) bool {
	switch tag {
	case "!!bool":
		return value.Type == Bool
	case "!!null":
		return value.Type == Null
	case "!!int":
		return value.Type == Number && !strings.Contains(value.Number, ".")
	case "!!float":
		return value.Type == Number
	}
	return false
}

// words reads a string, which may be a template.
func (r *yamlReader) words(n *yamlNode, at hcl.Range) *Node {
	value := n.Value
	if !hasTemplate(value) {
		return &Node{Type: String, String: normal(value), Range: at}
	}
	inner := at
	if n.Style&(yamlDoubleQuote|yamlSingleQuote) != 0 {
		inner = r.text.between(at.Start.Byte+1, at.End.Byte-1)
	}
	exact := string(r.text.content[inner.Start.Byte:inner.End.Byte]) == value
	return template(r.text, value, at, inner.Start, exact, r.diags)
}
