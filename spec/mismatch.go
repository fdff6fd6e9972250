package spec

import "strconv"

// Describe says what a node is, for sentences: "a string", "a list", `env("NAME")`.
func (n *Node) Describe() string {
	switch n.Type {
	case Null:
		return "null"
	case Bool:
		return "a bool"
	case Number:
		return "a number"
	case String:
		return "a string"
	case List:
		return "a list"
	case Map:
		return "a map"
	case Ref:
		return n.Reference.Text()
	}
	return "invalid"
}

// Mismatch makes the error about a node of the wrong type, with a hint where the mistake is a known one. Want names what should
// stand there: "a bool", "a list of strings".
func (n *Node) Mismatch(want string) Diagnostic {
	d := n.Errorf("%s is wanted here, not %s", want, n.Describe())
	switch {
	case n.Type == Ref:
		d.Hint = "env and file are legal for secrets, and file for keys and templates: write the value itself"
	case want == "a bool" && n.Type == String && boolWord(n.String) != "":
		d.Hint = "write " + boolWord(n.String)
	case want == "a number" && n.Type == String && isDecimal(n.String):
		d.Hint = "write it without quotes"
	case want == "a string" && (n.Type == Bool || n.Type == Number):
		d.Hint = "write it in quotes: " + strconv.Quote(n.scalarText())
	case want == "a list of strings" && n.Type == String:
		d.Hint = "write [" + strconv.Quote(n.String) + "]"
	}
	return d
}

func (n *Node) scalarText() string {
	switch n.Type {
	case Bool:
		return strconv.FormatBool(n.Bool)
	case Number:
		return n.Number
	}
	return n.String
}

// boolWord translates what other tools take for a bool.
func boolWord(text string) string {
	switch text {
	case "yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "true", "True", "TRUE":
		return "true"
	case "no", "No", "NO", "off", "Off", "OFF", "n", "N", "false", "False", "FALSE":
		return "false"
	}
	return ""
}
