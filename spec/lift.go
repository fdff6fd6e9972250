package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A lifter turns an expression into nodes as far as that needs no evaluation: lists, maps and constants keep the place of each
// of their values, env and file become references, and what remains is left to the scope.
type lifter struct {
	text  *text
	diags *Diagnostics
	whole *hcl.Range // stands for every place inside, when those are not places of the file
}

func (l *lifter) at(expr hcl.Expression) hcl.Range {
	if l.whole != nil {
		return *l.whole
	}
	return expr.Range()
}

func (l *lifter) lift(expr hclsyntax.Expression) *Node {
	at := l.at(expr)
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		node, problem := nodeOf(e.Val, at)
		if problem != "" {
			l.diags.Append(Errorf(at, "%s", problem))
		}
		return node
	case *hclsyntax.TemplateExpr:
		if s, ok := constantText(e); ok {
			return &Node{Type: String, String: s, Range: at}
		}
	case *hclsyntax.TemplateWrapExpr:
		return l.enclosed(e.Wrapped, at)
	case *hclsyntax.ParenthesesExpr:
		return l.enclosed(e.Expression, at)
	case *hclsyntax.TupleConsExpr:
		list := &Node{Type: List, Range: at, Items: make([]*Node, len(e.Exprs))}
		for i, item := range e.Exprs {
			list.Items[i] = l.lift(item)
		}
		return list
	case *hclsyntax.ObjectConsExpr:
		return l.object(e, at)
	case *hclsyntax.FunctionCallExpr:
		if e.Name == EnvFunction || e.Name == FileFunction {
			return l.reference(e, at)
		}
	}
	return &Node{Type: unevaluated, Range: at, expr: expr, inexact: l.whole != nil}
}

// enclosed lifts what stands in brackets, and shows the brackets too.
func (l *lifter) enclosed(expr hclsyntax.Expression, at hcl.Range) *Node {
	node := l.lift(expr)
	node.Range = at
	return node
}

// constantText returns the text of a quoted string or heredoc in which nothing is computed.
func constantText(e *hclsyntax.TemplateExpr) (string, bool) {
	var s strings.Builder
	for _, part := range e.Parts {
		literal, ok := part.(*hclsyntax.LiteralValueExpr)
		if !ok || literal.Val.Type() != cty.String || literal.Val.IsNull() {
			return "", false
		}
		s.WriteString(literal.Val.AsString())
	}
	return normal(s.String()), true
}

// object lifts {…}; with a computed key in parentheses all of it is left to the scope.
func (l *lifter) object(e *hclsyntax.ObjectConsExpr, at hcl.Range) *Node {
	node := &Node{Type: Map, Range: at, Entries: make([]Entry, 0, len(e.Items))}
	first := make(map[string]hcl.Range, len(e.Items))
	for _, item := range e.Items {
		key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr)
		if !ok {
			return l.unevaluated(e, at)
		}
		name, constant := objectKey(key)
		switch {
		case !constant && isTemplate(key.Wrapped):
			l.diags.Append(Errorf(l.at(key), "keys are never templates").
				WithHint("write the key's expression in parentheses, or the map as {for … : key => value}"))
			continue
		case !constant:
			return l.unevaluated(e, at)
		}
		if earlier, twice := first[name]; twice {
			l.diags.Append(Twice(earlier, l.at(key), fmt.Sprintf("the key %q", name)))
			continue
		}
		first[name] = l.at(key)
		node.Entries = append(node.Entries, Entry{Key: name, KeyRange: l.at(key), Value: l.lift(item.ValueExpr)})
	}
	return node
}

func (l *lifter) unevaluated(e hclsyntax.Expression, at hcl.Range) *Node {
	return &Node{Type: unevaluated, Range: at, expr: e, inexact: l.whole != nil}
}

func isTemplate(expr hclsyntax.Expression) bool {
	switch expr.(type) {
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr:
		return true
	}
	return false
}

// objectKey returns a key that is written out: a bare word, a quoted string or a number.
func objectKey(key *hclsyntax.ObjectConsKeyExpr) (string, bool) {
	if key.ForceNonLiteral {
		return "", false
	}
	if word := hcl.ExprAsKeyword(key.Wrapped); word != "" {
		return normal(word), true
	}
	switch e := key.Wrapped.(type) {
	case *hclsyntax.TemplateExpr:
		return constantText(e)
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.Number {
			return numberText(e.Val)
		}
	}
	return "", false
}

// reference reads a call of env or file that is a whole value.
func (l *lifter) reference(e *hclsyntax.FunctionCallExpr, at hcl.Range) *Node {
	if len(e.Args) == 1 && !e.ExpandFinal {
		if argument, ok := e.Args[0].(*hclsyntax.TemplateExpr); ok {
			if s, constant := constantText(argument); constant && s != "" {
				return &Node{Type: Ref, Range: at, Reference: &Reference{Function: e.Name, Argument: s, root: l.text.root}}
			}
		}
	}
	l.diags.Append(Errorf(at, "%s takes one text that is written out", e.Name).
		WithHint("so that a reviewer sees what is read: %s", referenceExample(e.Name)))
	return &Node{Type: Invalid, Range: at}
}

func referenceExample(function string) string {
	if function == EnvFunction {
		return `env("NAME")`
	}
	return `file("path/in/this/directory")`
}

// report tells what the HCL library found.
func (l *lifter) report(problems hcl.Diagnostics) {
	for _, problem := range problems {
		d := fromHCL(problem, l.text)
		if l.whole != nil {
			d.Range, d.Related = *l.whole, nil
		}
		l.diags.Append(d)
	}
}
