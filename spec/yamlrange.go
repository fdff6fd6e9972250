package spec

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
)

// The library says where a node starts, anchor and tag included, and not where it ends. What is missing is read from the text.

// at is the range of a node that is shown by itself.
func (r *yamlReader) at(n *yamlNode) hcl.Range {
	start, _ := r.start(n)
	return r.text.between(start, r.end(n, start))
}

// start returns the offset of the value itself, and how many bytes of anchor and tag stand before it.
func (r *yamlReader) start(n *yamlNode) (offset, tags int) {
	first := r.text.yamlOffset(n.Line, n.Column)
	offset = first
	if n.Anchor == "" && n.Style&yamlTagged == 0 {
		return offset, 0
	}
	content := r.text.content
	for offset < len(content) && (content[offset] == '&' || content[offset] == '!') {
		for offset < len(content) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(content[offset])) {
			offset++
		}
		for offset < len(content) && bytes.ContainsRune([]byte(" \t\r\n"), rune(content[offset])) {
			offset++
		}
	}
	return offset, offset - first
}

// end returns the offset after a scalar; a list or map starts with its first byte and grows with what is in it.
func (r *yamlReader) end(n *yamlNode, start int) int {
	content := r.text.content
	switch {
	case n.Kind == yamlAlias:
		return min(start+1+len(n.Value), len(content))
	case n.Kind != yamlScalar:
		return start
	case n.Style&(yamlDoubleQuote|yamlSingleQuote) != 0:
		return quotedEnd(content, start)
	case n.Style&yamlBlockText == 0 && bytes.HasPrefix(content[start:], []byte(n.Value)):
		return start + len(n.Value)
	}
	// Text over several lines: its first line stands for it.
	return r.text.lineRange(r.text.pos(start).Line).End.Byte
}

// quotedEnd finds the quote that closes the one at start.
func quotedEnd(content []byte, start int) int {
	if start >= len(content) {
		return start
	}
	quote := content[start]
	for i := start + 1; i < len(content); i++ {
		switch {
		case quote == '"' && content[i] == '\\':
			i++
		case content[i] != quote:
		case quote == '\'' && i+1 < len(content) && content[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(content)
}

// closed ends the range of a list or map after its last value, or after its bracket.
func (r *yamlReader) closed(node *Node, n *yamlNode, bracket byte) *Node {
	end := node.Range.Start.Byte
	grow := func(at hcl.Range) {
		// What an alias or a merge brought stands elsewhere.
		if at.Filename == node.Range.Filename && at.Start.Byte >= node.Range.Start.Byte {
			end = max(end, at.End.Byte)
		}
	}
	for _, child := range node.Items {
		grow(child.Range)
	}
	for i := range node.Entries {
		grow(node.Entries[i].KeyRange)
		grow(node.Entries[i].Value.Range)
	}
	if content := r.text.content; n.Style&yamlFlow != 0 {
		if len(node.Items)+len(node.Entries) == 0 {
			end++
		}
		for end < len(content) && bytes.IndexByte([]byte(" \t\r\n,"), content[end]) >= 0 {
			end++
		}
		if end < len(content) && content[end] == bracket {
			end++
		}
	}
	node.Range = r.text.between(node.Range.Start.Byte, end)
	return node
}
