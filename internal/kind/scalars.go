package kind

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

func (d *decoder) text(into reflect.Value, a Attribute, node *spec.Node) {
	switch {
	case node.Type == spec.Ref && node.Reference.Function == spec.FileFunction && a.File:
		content, err := node.Reference.ReadFile()
		if err != nil {
			d.add(node.Errorf("%v", err))
			return
		}
		into.SetString(string(content))
	case node.Type == spec.Ref:
		d.reference(a, node)
		return
	case node.Type != spec.String:
		d.add(node.Mismatch("a string"))
		return
	default:
		into.SetString(node.String)
	}
	if d.lenient {
		return
	}
	if len(a.OneOf) > 0 && !slices.Contains(a.OneOf, into.String()) {
		problem := node.Errorf("%q is not allowed here: %s", into.String(), alternatives(a.OneOf))
		if near := spec.Suggest(into.String(), a.OneOf); near != "" {
			problem = problem.WithHint("did you mean %q?", near)
		}
		d.add(problem)
		return
	}
	if into.String() == "" && a.NonEmpty {
		d.add(node.Errorf("%s cannot be empty", a.Name))
		return
	}
	if a.typ.Kind() == reflect.String {
		d.bounds(a, utf8.RuneCountInString(into.String()), node, "characters")
	}
}

// reference refuses env and file where they are not legal, and says why.
func (d *decoder) reference(a Attribute, node *spec.Node) {
	problem := node.Errorf("%s is not legal here: %s is no secret", node.Describe(), a.Name)
	if node.Reference.Function == spec.FileFunction {
		problem = node.Errorf("file(…) is not legal here: %s is neither a secret nor a public key nor a template", a.Name)
	}
	d.add(problem.WithHint("write the value itself, or use a variable"))
}

func alternatives(values []string) string {
	if len(values) == 1 {
		return "it must be " + values[0]
	}
	return "it must be one of " + strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1]
}

func (d *decoder) boolean(into reflect.Value, node *spec.Node) {
	switch {
	case node.Type == spec.Bool:
		into.SetBool(node.Bool)
	case node.Cell && (node.String == "true" || node.String == "false"):
		into.SetBool(node.String == "true")
	default:
		d.add(node.Mismatch("a bool"))
	}
}

func (d *decoder) number(into reflect.Value, a Attribute, node *spec.Node) {
	text := node.Number
	if node.Cell {
		text = node.String
	} else if node.Type != spec.Number {
		problem := node.Mismatch("a whole number")
		if _, err := strconv.ParseInt(node.String, 10, 64); err == nil {
			problem = problem.WithHint("write it without quotes")
		}
		d.add(problem)
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d.add(node.Errorf("%s is not a whole number", text))
		return
	}
	into.SetInt(n)
	d.bounds(a, int(n), node, "")
}

// decimal decodes a number that need not be whole.
func (d *decoder) decimal(into reflect.Value, a Attribute, node *spec.Node) {
	text := node.Number
	if node.Cell {
		text = node.String
	} else if node.Type != spec.Number {
		d.add(node.Mismatch("a number"))
		return
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		d.add(node.Errorf("%s is not a number that Stytch can keep", text))
		return
	}
	into.SetFloat(n)
	switch {
	case d.lenient:
	case a.Min >= 0 && n < float64(a.Min):
		d.add(node.Errorf("%s is %s; it must be at least %d", a.Name, text, a.Min))
	case a.Max >= 0 && n > float64(a.Max):
		d.add(node.Errorf("%s is %s; it must be at most %d", a.Name, text, a.Max))
	}
}

// size applies the rules for how much a list or map holds.
func (d *decoder) size(a Attribute, n int, node *spec.Node, unit string) {
	if n == 0 && a.NonEmpty && !d.lenient {
		d.add(node.Errorf("%s cannot be empty", a.Name))
		return
	}
	d.bounds(a, n, node, unit)
}

// plural drops the s of a unit of which there is one.
func plural(unit string, n int) string {
	if n == 1 {
		return strings.TrimSuffix(unit, "s")
	}
	return unit
}

func (d *decoder) bounds(a Attribute, n int, node *spec.Node, unit string) {
	if d.lenient {
		return
	}
	is, must := "is", "must be"
	if unit != "" {
		is, must, unit = "has", "must have", " "+unit
	}
	switch {
	case a.Min >= 0 && n < a.Min:
		d.add(node.Errorf("%s %s %d%s; it %s at least %d", a.Name, is, n, plural(unit, n), must, a.Min))
	case a.Max >= 0 && n > a.Max:
		d.add(node.Errorf("%s %s %d%s; it %s at most %d", a.Name, is, n, plural(unit, n), must, a.Max))
	}
}
