package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// normal brings text into the form that expressions give it (Unicode NFC), so that both syntaxes yield the same string.
func normal(s string) string { return cty.NormalizeString(s) }

// hasTemplate reports whether a string needs to be read as a template.
func hasTemplate(s string) bool { return strings.Contains(s, "${") || strings.Contains(s, "%{") }

// template reads a YAML string that holds ${…} or %{…}. It starts at start; exact says that the file holds the string byte by
// byte there, so that positions inside it are positions in the file. Otherwise everything in it is reported at its whole.
func template(t *text, written string, whole hcl.Range, start hcl.Pos, exact bool, diags *Diagnostics) *Node {
	l := &lifter{text: t, diags: diags}
	if !exact {
		l.whole = &whole
	}
	source := []byte(written)
	if tokens, _ := hclsyntax.LexTemplate(source, t.name, start); tangled(tokens) != nil {
		diags.Append(Errorf(whole, "this expression is too long or nests too deep to be read"))
		return &Node{Type: Invalid, Range: whole}
	}
	expr, problems := hclsyntax.ParseTemplate(source, t.name, start)
	if problems.HasErrors() {
		l.report(problems)
		return &Node{Type: Invalid, Range: whole}
	}
	node := l.lift(expr)
	if node.Type != Invalid {
		node.Range = whole
	}
	return node
}
