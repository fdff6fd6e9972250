package main

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"
)

// An evaluation gives the expressions of a workflow their values, for the few forms
// that the recipes use. Any other form is an error: what a test does not
// understand it must not let pass.
type evaluation struct {
	contexts map[string]any // "github", "inputs", …: maps of maps of strings
	failed   bool           // a step before failed
	status   bool           // set when the expression asked how the steps before ended
}

// text replaces the expressions in a text. A text that is one expression and
// nothing else may be no string; then that is written out, as GitHub does.
func (e *evaluation) text(s string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		expression, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", fmt.Errorf("an expression does not end: %s", s)
		}
		v, err := e.value(expression)
		if err != nil {
			return "", err
		}
		out.WriteString(asText(v))
		s = after
	}
}

// condition says whether an "if:" holds. One that does not ask how the steps before
// ended holds only when none failed.
func (e *evaluation) condition(s string) (bool, error) {
	if s == "" {
		return !e.failed, nil
	}
	e.status = false
	v, err := e.value(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "${{"), "}}"))
	if err != nil {
		return false, err
	}
	return truthy(v) && (e.status || !e.failed), nil
}

func (e *evaluation) value(expression string) (any, error) {
	tree, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(expression + "}}"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expression, err)
	}
	return e.node(tree)
}

func (e *evaluation) node(n actionlint.ExprNode) (any, error) {
	switch n := n.(type) {
	case *actionlint.StringNode:
		return n.Value, nil
	case *actionlint.VariableNode:
		context, ok := e.contexts[n.Name]
		if !ok {
			return nil, fmt.Errorf("there is no context %s here", n.Name)
		}
		return context, nil
	case *actionlint.ObjectDerefNode:
		receiver, err := e.node(n.Receiver)
		if err != nil {
			return nil, err
		}
		return property(receiver, n.Property), nil
	case *actionlint.CompareOpNode:
		return e.compared(n)
	case *actionlint.LogicalOpNode:
		left, err := e.node(n.Left)
		if err != nil || truthy(left) == (n.Kind == actionlint.LogicalOpNodeKindOr) {
			return left, err
		}
		return e.node(n.Right)
	case *actionlint.FuncCallNode:
		if n.Callee != "always" || len(n.Args) > 0 {
			return nil, fmt.Errorf("the function %s is not known here", n.Callee)
		}
		e.status = true
		return true, nil
	}
	return nil, fmt.Errorf("a %T is not known here", n)
}

func (e *evaluation) compared(n *actionlint.CompareOpNode) (any, error) {
	left, err := e.node(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := e.node(n.Right)
	if err != nil {
		return nil, err
	}
	same := strings.EqualFold(asText(left), asText(right))
	switch n.Kind {
	case actionlint.CompareOpNodeKindEq:
		return same, nil
	case actionlint.CompareOpNodeKindNotEq:
		return !same, nil
	}
	return nil, fmt.Errorf("the comparison %s is not known here", n.Kind)
}

// property is a member of an object, by its name in whatever case; nil where there
// is none, as in GitHub.
func property(object any, name string) any {
	members, _ := object.(map[string]any)
	for key, value := range members {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	return true
}

func asText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
