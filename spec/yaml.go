package spec

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// The library's words that the rest of the package uses, so that this file alone imports it.
type yamlNode = yaml.Node

const (
	yamlAlias    = yaml.AliasNode
	yamlMapping  = yaml.MappingNode
	yamlSequence = yaml.SequenceNode
	yamlScalar   = yaml.ScalarNode

	yamlTagged      = yaml.TaggedStyle
	yamlFlow        = yaml.FlowStyle
	yamlDoubleQuote = yaml.DoubleQuotedStyle
	yamlSingleQuote = yaml.SingleQuotedStyle
	yamlBlockText   = yaml.LiteralStyle | yaml.FoldedStyle
)

// readYAML turns a YAML file into nodes. Only the library's node tree is used: its decoding has opinions on what `no` and 010
// mean, loses keys, and can be made to crash.
func readYAML(t *text, diags *Diagnostics) *Node {
	root := parseYAML(t, diags)
	if root == nil {
		return nil
	}
	r := &yamlReader{text: t, diags: diags, active: map[*yamlNode]bool{}, budget: 100_000 + len(t.content)}
	return r.value(root, 0)
}

// parseYAML returns the root of the only document of the file, nil when there is none.
func parseYAML(t *text, diags *Diagnostics) (root *yaml.Node) {
	defer func() {
		// The library is a translation of C and has had panics; a document must not be able to end the run.
		if trouble := recover(); trouble != nil {
			diags.Append(Errorf(t.lineRange(1), "this file is no YAML that can be read"))
			root = nil
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(t.content))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if err != nil && !errors.Is(err, io.EOF) {
		diags.Append(yamlProblem(t, err.Error()))
		return nil
	}
	if err != nil || len(document.Content) == 0 || isEmpty(document.Content[0]) {
		diags.Append(nothingDeclared(t))
		return nil
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		diags.Append(Errorf(t.lineRange(second.Line), "a file holds one document, and here a second one starts").
			WithHint("put it into a file of its own"))
		return nil
	case !errors.Is(err, io.EOF):
		diags.Append(yamlProblem(t, err.Error()))
		return nil
	}
	return document.Content[0]
}

func nothingDeclared(t *text) Diagnostic {
	return Errorf(t.lineRange(1), "this file declares nothing").WithHint("delete the file, or start it with `version`")
}

// isEmpty reports whether a value was left out: `key:` and nothing.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

var (
	yamlLine   = regexp.MustCompile(`line ([0-9]+): `)
	yamlAnchor = regexp.MustCompile(`unknown anchor '([^']*)'`)
)

// yamlProblem tells of a syntax error. The library knows no column, and its line is often the one before or after.
func yamlProblem(t *text, message string) Diagnostic {
	message = strings.TrimPrefix(message, "yaml: ")
	if anchor := yamlAnchor.FindStringSubmatch(message); anchor != nil {
		at := max(bytes.Index(t.content, []byte("*"+anchor[1])), 0)
		return Errorf(t.between(at, at+1+len(anchor[1])), "no anchor &%s stands before this alias", anchor[1])
	}
	if strings.Contains(message, "control characters are not allowed") {
		if at, size, ok := controlIn(t.content); ok {
			return Errorf(t.between(at, at+size), "a control character stands here").
				WithHint(`YAML forbids it: write it as an escape in double quotes, such as "\x1b", or remove it`)
		}
	}
	number := 1
	if found := yamlLine.FindStringSubmatch(message); found != nil {
		number, _ = strconv.Atoi(found[1])
		message = strings.TrimPrefix(message, found[0])
	}
	if at, ok := tabNear(t, number); ok {
		return Errorf(t.between(at, at+1), "a tab indents this line").WithHint("YAML forbids tabs there: indent with spaces")
	}
	d := Errorf(t.lineRange(number), "this is no YAML, near line %d: %s", number, message)
	if expressionNear(t, number) {
		d.Hint = "an expression that holds `: ` or ` #`, or stands inside of [] or {}, has to be quoted: '${a ? b : c}'"
	}
	return d
}

// controlIn finds the first character that YAML does not allow in a stream.
func controlIn(content []byte) (offset, size int, ok bool) {
	for offset < len(content) {
		r, size := utf8.DecodeRune(content[offset:])
		switch {
		case r == '\t', r == '\n', r == '\r', r == '\u0085', r >= ' ' && r <= '~', r >= '\u00a0' && r != '\ufffe' && r != '\uffff':
		default:
			return offset, size, true
		}
		offset += size
	}
	return 0, 0, false
}

// expressionNear reports whether a line or one of its neighbours holds ${.
func expressionNear(t *text, number int) bool {
	first, last := t.lineRange(number-1), t.lineRange(number+1)
	return bytes.Contains(t.content[first.Start.Byte:last.End.Byte], []byte("${"))
}

// tabNear finds a tab in the indentation of a line or its neighbours.
func tabNear(t *text, number int) (offset int, ok bool) {
	for n := max(number-1, 1); n <= min(number+1, len(t.lines)); n++ {
		l := t.lines[n-1]
		written := t.content[l.start:l.end]
		indent := len(written) - len(bytes.TrimLeft(written, " \t"))
		if tab := bytes.IndexByte(written[:indent], '\t'); tab >= 0 {
			return l.start + tab, true
		}
	}
	return 0, false
}
