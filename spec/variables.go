package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A variable is a value that whoever runs the documents may give.
type variable struct {
	name   string
	nameAt hcl.Range
	kind   cty.Type
	// fallback is the default, nil when the variable must be given.
	fallback *cty.Value
	// broken is set when its declaration was reported: its value is unknown.
	broken bool
}

const constantsOnly = "only values that are written out can stand here: no variables, locals or functions"

// readVariable reads a declaration: type, default and description.
func readVariable(name string, nameAt hcl.Range, b *body, diags *Diagnostics) *variable {
	v := &variable{name: name, nameAt: nameAt, kind: cty.String}
	before := len(*diags)
	if !hclsyntax.ValidIdentifier(name) {
		diags.Append(Errorf(nameAt, "%q cannot be the name of a variable", name).
			WithHint("letters, digits, _ and -, and a letter first: expressions say var.name"))
	}
	var fallback *Node
	for i := range b.fields {
		f := &b.fields[i]
		switch {
		case f.block != nil:
			diags.Append(noBlock(f))
		case f.name == "type":
			v.kind = readType(f.value, diags)
		case f.name == "default":
			fallback = f.value
		case f.name == "description":
			if f.value.Type != String && f.value.Type != Invalid {
				diags.Append(f.value.Mismatch("a string"))
			}
		default:
			diags.Append(UnknownName(f.nameAt, "word in a variable", f.name, []string{"type", "default", "description"}))
		}
	}
	if fallback != nil {
		constants := &scope{diags: diags, constant: constantsOnly}
		constants.close()
		node := constants.evaluate(fallback)
		constants.forbidReferences(node, "in a default")
		value, err := convert.Convert(valueOf(node), v.kind)
		if err != nil {
			diags.Append(node.Errorf("the default of %q is not of its type: %s", name, err))
		}
		v.fallback = &value
	}
	v.broken = Diagnostics((*diags)[before:]).HasErrors()
	return v
}

// readType reads a type: string, number, bool, any, list(string), map(number), object({…}). YAML writes it as text.
func readType(n *Node, diags *Diagnostics) cty.Type {
	expr := hclsyntax.Expression(nil)
	switch n.Type {
	case Invalid:
		return cty.DynamicPseudoType
	case unevaluated:
		expr = n.expr
	case String:
		source := []byte(n.String)
		if tokens, _ := hclsyntax.LexExpression(source, "", hcl.InitialPos); tangled(tokens) == nil {
			if parsed, problems := hclsyntax.ParseExpression(source, "", hcl.InitialPos); !problems.HasErrors() {
				expr = parsed
			}
		}
	}
	if expr != nil {
		if kind, problems := typeexpr.TypeConstraint(expr); !problems.HasErrors() {
			return kind
		}
	}
	d := n.Errorf("this is no type").WithHint("types are string, number, bool, any, list(string), set(string), map(string), object({name = string})")
	if n.Type == String {
		if near := Suggest(n.String, []string{"string", "number", "bool", "any"}); near != "" {
			d = d.WithHint("did you mean %q?", near)
		}
	}
	diags.Append(d)
	return cty.DynamicPseudoType
}
