package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// valueLimit is how many values one expression may yield, and how many bytes of text.
const (
	valueLimit = 1 << 20
	textLimit  = 8 << 20
)

// nodeOf makes a node of what an expression yielded; every part of it has the expression's range. Problem is a sentence when
// the value is none that a document can hold.
func nodeOf(value cty.Value, at hcl.Range) (node *Node, problem string) {
	m := &nodeMaker{at: at}
	value, _ = value.UnmarkDeep()
	node = m.node(value)
	if m.problem != "" {
		return &Node{Type: Invalid, Range: at}, m.problem
	}
	return node, ""
}

type nodeMaker struct {
	at        hcl.Range
	values    int
	textBytes int
	problem   string
}

func (m *nodeMaker) fail(problem string) *Node {
	m.problem = problem
	return &Node{Type: Invalid, Range: m.at}
}

func (m *nodeMaker) node(value cty.Value) *Node {
	m.values++
	if m.values > valueLimit {
		return m.fail("this is more than a document can hold")
	}
	kind := value.Type()
	switch {
	case !value.IsKnown():
		return &Node{Type: Invalid, Range: m.at} // comes of something that was reported
	case value.IsNull():
		return &Node{Type: Null, Range: m.at}
	case kind == cty.Bool:
		return &Node{Type: Bool, Bool: value.True(), Range: m.at}
	case kind == cty.String:
		s := value.AsString()
		if m.textBytes += len(s); m.textBytes > textLimit {
			return m.fail("this is more than a document can hold")
		}
		return &Node{Type: String, String: s, Range: m.at}
	case kind == cty.Number:
		number, ok := numberText(value)
		if !ok {
			return m.fail("this number is too large or too small")
		}
		return &Node{Type: Number, Number: number, Range: m.at}
	case kind.IsListType() || kind.IsSetType() || kind.IsTupleType():
		list := &Node{Type: List, Range: m.at}
		for it := value.ElementIterator(); it.Next() && m.problem == ""; {
			_, item := it.Element()
			list.Items = append(list.Items, m.node(item))
		}
		return list
	case kind.IsMapType() || kind.IsObjectType():
		table := &Node{Type: Map, Range: m.at}
		for it := value.ElementIterator(); it.Next() && m.problem == ""; {
			key, item := it.Element()
			m.textBytes += len(key.AsString())
			table.Entries = append(table.Entries, Entry{Key: key.AsString(), KeyRange: m.at, Value: m.node(item)})
		}
		return table
	}
	return m.fail("a document cannot hold what this yields")
}

// valueOf makes a value that expressions can work with. What is invalid becomes unknown, and so does all that is computed of
// it, which is how one mistake is told once.
func valueOf(n *Node) cty.Value {
	switch n.Type {
	case Null:
		return cty.NullVal(cty.DynamicPseudoType)
	case Bool:
		return cty.BoolVal(n.Bool)
	case Number:
		if value, err := cty.ParseNumberVal(n.Number); err == nil {
			return value
		}
	case String:
		return cty.StringVal(n.String)
	case List:
		items := make([]cty.Value, len(n.Items))
		for i, item := range n.Items {
			items[i] = valueOf(item)
		}
		return cty.TupleVal(items)
	case Map:
		entries := make(map[string]cty.Value, len(n.Entries))
		for i := range n.Entries {
			entries[n.Entries[i].Key] = valueOf(n.Entries[i].Value)
		}
		return cty.ObjectVal(entries)
	}
	return cty.DynamicVal
}
