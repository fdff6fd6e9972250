package spec

import "strings"

// As reads a cell of a CSV roster as the type that its attribute has: "true" as a bool, "12" as a number, "a;b" as a list whose
// items are cells in turn. What is no cell, or does not fit, is returned as it is, for the caller to report.
func (n *Node) As(want NodeType) *Node {
	if !n.Cell || n.Type != String {
		return n
	}
	switch want {
	case Bool:
		if n.String == "true" || n.String == "false" {
			return &Node{Type: Bool, Bool: n.String == "true", Range: n.Range}
		}
	case Number:
		if isDecimal(n.String) {
			if number, ok := canonicalNumber(n.String); ok {
				return &Node{Type: Number, Number: number, Range: n.Range}
			}
		}
	case List:
		list := &Node{Type: List, Range: n.Range}
		for item := range strings.SplitSeq(n.String, ";") {
			if item = strings.TrimSpace(item); item != "" {
				list.Items = append(list.Items, &Node{Type: String, String: item, Cell: true, Range: n.Range})
			}
		}
		return list
	}
	return n
}
