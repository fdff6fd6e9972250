package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// What plain YAML text means here. YAML 1.1, 1.2 and their libraries disagree about most of it, so only what nobody can misread
// is a bool, a number or a null, and what some tool would read as another number is refused:
//
//	true, false              bool              yes, no, on, off, True, TRUE   string (a kind that wants a bool says so)
//	null, ~                  null              Null, NULL                     string
//	0, -7, 12.50, 1e3        number            010, 0x1f, 0o17, 1_000         error: write decimal, or quote
//	2024-01-01, 12:30        string            +15551234567, .inf, .nan       error
var (
	decimalText  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)
	oddNumber    = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)$`)
	notFinite    = regexp.MustCompile(`^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$`)
	longestDigit = 100 // more digits than that would be rounded
)

// plainScalar says what unquoted YAML text is; problem is a sentence when it is refused.
func plainScalar(written string) (n Node, problem, hint string) {
	switch {
	case written == "null" || written == "~":
		return Node{Type: Null}, "", ""
	case written == "true" || written == "false":
		return Node{Type: Bool, Bool: written == "true"}, "", ""
	case isDecimal(written):
		if number, ok := canonicalNumber(written); ok {
			return Node{Type: Number, Number: number}, "", ""
		}
		return Node{}, "this number has too many digits", "write it in quotes if it is text"
	case oddNumber.MatchString(written):
		return Node{}, written + " can be read as several numbers",
			"write it in quotes if it is text, else as a plain decimal number"
	case notFinite.MatchString(written):
		return Node{}, written + " is no number that Stytch knows", "write it in quotes if it is text"
	}
	return Node{Type: String, String: written}, "", ""
}

// isDecimal reports whether text is a number that every reader reads alike.
func isDecimal(text string) bool { return decimalText.MatchString(text) }

// canonicalNumber writes a decimal number without exponent and without useless zeros: 12.50 is 12.5, 1e3 is 1000.
func canonicalNumber(written string) (string, bool) {
	if len(written) > longestDigit {
		return "", false
	}
	value, err := cty.ParseNumberVal(written)
	if err != nil {
		return "", false
	}
	return numberText(value)
}

// numberText writes a number of an expression in full; numbers beyond a hundred digits are refused, because writing them may
// take all memory.
func numberText(value cty.Value) (string, bool) {
	number := value.AsBigFloat()
	if number.IsInf() || number.MantExp(nil) > 340 || number.MantExp(nil) < -340 {
		return "", false
	}
	written := number.Text('f', -1)
	if strings.Trim(written, "-0.") == "" {
		return "0", true
	}
	return written, true
}
