package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// readLines reads a JSON Lines roster: an object in each line.
func (l *loader) readLines(p place) {
	for i := range p.file.lines {
		p.at = p.file.lineRange(i + 1)
		line := p.file.content[p.at.Start.Byte:p.at.End.Byte]
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r := &jsonReader{text: p.file, start: p.at.Start.Byte, line: line, diags: l.diags, decoder: json.NewDecoder(bytes.NewReader(line))}
		r.decoder.UseNumber()
		n := r.value(0)
		switch {
		case r.failed:
		case n.Type != Map:
			l.diags.Append(n.Mismatch("an object in each line"))
		case !r.ended():
		default:
			l.readMember(p, bodyOf(n).fields)
		}
	}
}

// A jsonReader makes nodes of the JSON value in one line.
type jsonReader struct {
	text    *text
	start   int // byte offset of the line
	line    []byte
	decoder *json.Decoder
	diags   *Diagnostics
	failed  bool
}

// next returns the next token and its place in the line.
func (r *jsonReader) next() (token json.Token, from, to int) {
	from = int(r.decoder.InputOffset())
	token, err := r.decoder.Token()
	to = int(r.decoder.InputOffset())
	for from < to && bytes.IndexByte([]byte(" \t\r,:"), r.line[from]) >= 0 {
		from++
	}
	if err != nil && !r.failed {
		r.failed = true
		message := err.Error()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			message = "the line ends too early"
		}
		at := min(max(from, to), len(r.line))
		r.diags.Append(Errorf(r.text.between(r.start+at, r.start+min(at+1, len(r.line))), "this is no JSON: %s", message))
	}
	return token, from, to
}

func (r *jsonReader) value(depth int) *Node {
	token, from, to := r.next()
	n := &Node{Type: Invalid, Range: r.text.between(r.start+from, r.start+to)}
	if r.failed {
		return n
	}
	if depth > depthLimit {
		r.failed = true
		r.diags.Append(n.Errorf("values nest deeper than %d levels", depthLimit))
		return n
	}
	switch token := token.(type) {
	case nil:
		n.Type = Null
	case bool:
		n.Type, n.Bool = Bool, token
	case string:
		n.Type, n.String = String, normal(token)
	case json.Number:
		number, ok := canonicalNumber(token.String())
		if !ok {
			r.diags.Append(n.Errorf("this number has too many digits"))
			return n
		}
		n.Type, n.Number = Number, number
	case json.Delim:
		if token == '[' {
			r.list(n, depth)
		} else {
			r.object(n, depth)
		}
	}
	return n
}

func (r *jsonReader) list(n *Node, depth int) {
	n.Type = List
	for r.decoder.More() && !r.failed {
		n.Items = append(n.Items, r.value(depth+1))
	}
	_, _, to := r.next()
	n.Range = r.text.between(n.Range.Start.Byte, r.start+to)
}

func (r *jsonReader) object(n *Node, depth int) {
	n.Type = Map
	first := map[string]int{}
	for r.decoder.More() && !r.failed {
		token, from, to := r.next()
		key, ok := token.(string)
		if !ok {
			r.failed = true
			return
		}
		key = normal(key)
		at := r.text.between(r.start+from, r.start+to)
		value := r.value(depth + 1)
		if earlier, twice := first[key]; twice {
			r.diags.Append(Twice(n.Entries[earlier].KeyRange, at, fmt.Sprintf("the key %q", key)))
			continue
		}
		first[key] = len(n.Entries)
		n.Entries = append(n.Entries, Entry{Key: key, KeyRange: at, Value: value})
	}
	_, _, to := r.next()
	n.Range = r.text.between(n.Range.Start.Byte, r.start+to)
}

// ended reports whether nothing follows the value.
func (r *jsonReader) ended() bool {
	at := int(r.decoder.InputOffset())
	if rest := bytes.TrimSpace(r.line[at:]); len(rest) > 0 {
		r.diags.Append(Errorf(r.text.between(r.start+at, r.start+len(r.line)), "a line of the roster holds one object"))
		return false
	}
	return true
}
