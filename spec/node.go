package spec

import (
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// NodeType says which form a Node has.
type NodeType int

// The forms that a Node can have.
const (
	Null   NodeType = iota // present, and null: not managed (in metadata: remove this key)
	Bool                   // Node.Bool
	Number                 // Node.Number
	String                 // Node.String
	List                   // Node.Items
	Map                    // Node.Entries
	Ref                    // Node.Reference: env("NAME") or file("path")
	// Invalid stands where an error was already reported: whoever meets it says nothing more about it.
	Invalid
	// unevaluated is an expression before its evaluation; no Document holds one.
	unevaluated
)

// A Node is one value of a document with the place where it was written. Nodes are never changed once a Document holds them,
// and may be shared between resources.
type Node struct {
	Type   NodeType
	Bool   bool
	Number string // exact decimal text without exponent, as JSON writes it: "-1", "0.5", "12345678901234567890"
	String string
	Items  []*Node
	// Entries of a Map, in source order, keys unique.
	Entries   []Entry
	Reference *Reference
	Range     hcl.Range
	// Cell marks a String that is one cell of a CSV roster. CSV knows only text, so the kind reads it by the type of the
	// attribute: true and false, decimal numbers, and lists split at ";".
	Cell bool

	expr    hclsyntax.Expression // of an unevaluated node
	inexact bool                 // positions inside expr are not positions of the file: report Range instead
}

// An Entry is one key of a Map and its value.
type Entry struct {
	Key      string
	KeyRange hcl.Range
	Value    *Node
}

// Lookup returns the value of a key of a Map, nil when it is absent or n is no Map.
func (n *Node) Lookup(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Any returns the value in JSON's types: map[string]any, []any, string, bool, json.Number or nil. A reference yields its text
// (`env("NAME")`), never what it refers to.
func (n *Node) Any() any {
	if n == nil {
		return nil
	}
	switch n.Type {
	case Bool:
		return n.Bool
	case Number:
		return json.Number(n.Number)
	case String:
		return n.String
	case List:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = item.Any()
		}
		return items
	case Map:
		entries := make(map[string]any, len(n.Entries))
		for i := range n.Entries {
			entries[n.Entries[i].Key] = n.Entries[i].Value.Any()
		}
		return entries
	case Ref:
		return n.Reference.Text()
	}
	return nil
}
