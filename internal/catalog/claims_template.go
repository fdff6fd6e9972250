package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A claims template is a JSON object in which a value may be a variable:
//
//	{"roles": {{ member.rbac.roles }}, "plan": "free"}
//
// Variables stand for values alone, never for keys, and a claim whose variable
// is null is left out (Stytch's guide "Custom claim templates").

// maxClaims is how many bytes of claims Stytch allows, rendered.
const maxClaims = 4096

// registeredClaims belong to the token itself, and no template may set them.
var registeredClaims = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// variableMark stands before and after a variable while the rest is read as JSON.
const variableMark = "\x00"

// claimsTemplate is the rule for a template's text. Empty means no template.
func claimsTemplate(attribute string, declared kind.Opt[string]) []kind.Problem {
	if !declared.Set || strings.TrimSpace(declared.Value) == "" {
		return nil
	}
	value, err := parseTemplate(declared.Value)
	if err != nil {
		return []kind.Problem{{Attribute: attribute, Message: attribute + " is not JSON: " + err.Error(), Hint: `write an object such as {"roles": {{ member.rbac.roles }}}`}}
	}
	claims, ok := value.(map[string]any)
	if !ok {
		return []kind.Problem{{Attribute: attribute, Message: attribute + " is not a JSON object", Hint: `write an object such as {"roles": {{ member.rbac.roles }}}`}}
	}
	var problems []kind.Problem
	for _, name := range registeredClaims {
		if _, taken := claims[name]; taken {
			problems = append(problems, kind.Problem{
				Attribute: attribute, Message: fmt.Sprintf("%s sets %q, a registered claim that Stytch alone sets", attribute, name),
				Hint: "give the claim another name",
			})
		}
	}
	if size := len(templateText(withoutVariables(claims))); size > maxClaims {
		problems = append(problems, kind.Problem{
			Attribute: attribute, Message: fmt.Sprintf("%s needs %d bytes before any variable is filled in, and Stytch allows %d", attribute, size, maxClaims),
			Hint: "shorten the claims",
		})
	}
	return problems
}

// tidyTemplate gives templates that mean the same the same text: compact, keys
// in order, variables as they were written. Text that is no template stays as
// it is.
func tidyTemplate(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	value, err := parseTemplate(text)
	if err != nil {
		return text
	}
	return templateText(value)
}

// parseTemplate reads a template as JSON, with each variable as a string that
// starts with variableMark.
func parseTemplate(text string) (any, error) {
	if strings.Contains(text, variableMark) || strings.Contains(text, `\u0000`) {
		return nil, errors.New("it holds a NUL character")
	}
	decoder := json.NewDecoder(strings.NewReader(markVariables(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the first value")
	}
	if hasVariableKey(value) {
		return nil, errors.New("a variable stands where a key should be")
	}
	return value, nil
}

func hasVariableKey(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			if strings.HasPrefix(name, variableMark) || hasVariableKey(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasVariableKey)
	}
	return false
}

// markVariables turns every {{ variable }} outside a string into a string.
func markVariables(text string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\' && i+1 < len(text):
			out.WriteByte(text[i])
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], "{{"):
			if end := strings.Index(text[i:], "}}"); end > 0 {
				out.WriteString(quote(variableMark + text[i:i+end+2]))
				i += end + 1
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// templateText writes what parseTemplate read, in one form.
func templateText(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, quote(name)+":"+templateText(v[name]))
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, templateText(item))
		}
		return "[" + strings.Join(items, ",") + "]"
	case string:
		if variable, ok := strings.CutPrefix(v, variableMark); ok {
			return variable
		}
		return quote(v)
	}
	return fmt.Sprint(orNull(value))
}

// withoutVariables leaves the claims that are there whatever the variables are.
func withoutVariables(claims map[string]any) map[string]any {
	left := map[string]any{}
	for name, value := range claims {
		switch v := value.(type) {
		case map[string]any:
			left[name] = withoutVariables(v)
		case string:
			if !strings.HasPrefix(v, variableMark) {
				left[name] = v
			}
		default:
			left[name] = v
		}
	}
	return left
}

// quote writes a string as JSON, without the escapes that only HTML needs.
func quote(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic("a string has no JSON form: " + err.Error())
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func orNull(v any) any {
	if v == nil {
		return "null"
	}
	return v
}
