package spec

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A scope is what expressions can name.
type scope struct {
	diags *Diagnostics
	// variables and locals by name; what was reported as wrong is unknown.
	variables map[string]cty.Value
	locals    map[string]cty.Value
	// constant is why no name and no function may be used, "" where they may.
	constant string
	// lenient is set when a file could not be read: what is unknown may be declared there, and is not reported.
	lenient bool
	// given are further names that the reader of an expression gives it; see Expression.
	given []string

	variableNames, localNames []string // sorted: what may be meant by an unknown name
	context                   *hcl.EvalContext
}

// close fixes what the scope holds.
func (s *scope) close() {
	s.context = &hcl.EvalContext{
		Functions: make(map[string]function.Function, len(functions)),
		Variables: map[string]cty.Value{"var": cty.ObjectVal(s.variables), "local": cty.ObjectVal(s.locals)},
	}
	for _, f := range functions {
		s.context.Functions[f.Name] = f.call
	}
	s.variableNames, s.localNames = sortedKeys(s.variables), sortedKeys(s.locals)
}

// evaluate returns the node with every expression in it evaluated; a node without any is returned as it is.
func (s *scope) evaluate(n *Node) *Node {
	switch n.Type {
	case unevaluated:
		return s.expression(n)
	case List:
		for i, item := range n.Items {
			if done := s.evaluate(item); done != item {
				// Each expression is written once, so the lifted tree may be completed in place; aliases were copied.
				n.Items[i] = done
			}
		}
	case Map:
		for i := range n.Entries {
			n.Entries[i].Value = s.evaluate(n.Entries[i].Value)
		}
	}
	return n
}

func (s *scope) expression(n *Node) *Node {
	invalid := &Node{Type: Invalid, Range: n.Range}
	if !s.namesKnown(n) {
		return invalid
	}
	value, problems := s.call(n.expr)
	for _, problem := range problems {
		at := n.Range
		if !n.inexact && problem.Subject != nil {
			at = *problem.Subject
		}
		s.diags.Append(Errorf(at, "%s", lowerFirst(problem.Summary)).WithHint("%s", problem.Detail))
	}
	if problems.HasErrors() {
		return invalid
	}
	node, problem := nodeOf(value, n.Range)
	if problem != "" {
		s.diags.Append(Errorf(n.Range, "%s", problem))
	}
	return node
}

// call evaluates an expression; a panic of the library is a problem of the document like any other.
func (s *scope) call(expr hclsyntax.Expression) (value cty.Value, problems hcl.Diagnostics) {
	defer func() {
		if trouble := recover(); trouble != nil {
			value, problems = cty.DynamicVal, hcl.Diagnostics{{
				Severity: hcl.DiagError, Summary: "this expression cannot be evaluated", Subject: expr.Range().Ptr(),
			}}
		}
	}()
	return expr.Value(s.context)
}

// namesKnown reports every name in the expression that does not exist.
func (s *scope) namesKnown(n *Node) bool {
	known := true
	report := func(at hcl.Range, d Diagnostic) {
		d.Range = at
		if n.inexact {
			d.Range = n.Range
		}
		s.diags.Append(d)
		known = false
	}
	// VisitAll's own diagnostics are those that the visitor returns: none.
	_ = hclsyntax.VisitAll(n.expr, func(node hclsyntax.Node) hcl.Diagnostics {
		if f, ok := node.(*hclsyntax.FunctionCallExpr); ok {
			if d, bad := s.unknownFunction(f); bad {
				report(f.NameRange, d)
			}
		}
		return nil
	})
	for _, name := range n.expr.Variables() {
		if d, bad := s.unknownVariable(name); bad {
			report(name.SourceRange(), d)
		} else if s.lenient && !s.exists(name) {
			known = false
		}
	}
	return known
}

func (s *scope) unknownFunction(f *hclsyntax.FunctionCallExpr) (Diagnostic, bool) {
	switch {
	case s.constant != "":
		return Errorf(f.NameRange, "%s", s.constant), true
	case f.Name == EnvFunction || f.Name == FileFunction:
		return Errorf(f.NameRange, "%s can only be the whole value of an attribute", f.Name).
			WithHint("what it refers to is read when it is needed, so nothing can be computed of it here"), true
	}
	if _, ok := s.context.Functions[f.Name]; ok {
		return Diagnostic{}, false
	}
	names := make([]string, 0, len(functions)+2)
	for i := range functions {
		names = append(names, functions[i].Name)
	}
	return UnknownName(f.NameRange, "function", f.Name, append(names, EnvFunction, FileFunction)), true
}

// unknownVariable looks at the first two steps of a name: var.region, local.emails.
func (s *scope) unknownVariable(name hcl.Traversal) (Diagnostic, bool) {
	at := name.SourceRange()
	if s.constant != "" {
		return Errorf(at, "%s", s.constant), true
	}
	root := name.RootName()
	if slices.Contains(s.given, root) {
		return Diagnostic{}, false
	}
	if root != "var" && root != "local" {
		roots := append([]string{"var", "local"}, s.given...)
		d := UnknownName(at, "name", root, roots)
		if Suggest(root, roots) == "" && len(s.given) == 0 {
			d.Hint = fmt.Sprintf("write var.%s or local.%s, or quote it if it is text", root, root)
		}
		return d, true
	}
	if s.lenient || s.exists(name) {
		return Diagnostic{}, false
	}
	step, _ := secondStep(name)
	if root == "var" {
		return UnknownName(at, "variable", step, s.variableNames), true
	}
	return UnknownName(at, "local", step, s.localNames), true
}

func (s *scope) exists(name hcl.Traversal) bool {
	step, ok := secondStep(name)
	if !ok || slices.Contains(s.given, name.RootName()) {
		return true // all of them as a map, or something that evaluation reports
	}
	values := s.locals
	if name.RootName() == "var" {
		values = s.variables
	}
	_, ok = values[step]
	return ok
}

// secondStep returns x of var.x, local.x and local["x"].
func secondStep(name hcl.Traversal) (string, bool) {
	if len(name) < 2 {
		return "", false
	}
	switch step := name[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}
