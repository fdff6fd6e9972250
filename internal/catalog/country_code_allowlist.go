package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A CountryCodeAllowlist says to phone numbers of which countries codes are sent.
type CountryCodeAllowlist struct {
	Method string             `attr:"delivery_method,key" oneof:"sms" doc:"How codes are sent: sms. A B2B project sends none by WhatsApp."`
	Codes  kind.Opt[[]string] `attr:"country_codes,set,nonempty" min:"1" default:"[\"CA\",\"US\"]" doc:"The countries, as two capital letters (ISO 3166-1 alpha-2). Owned whole: to the numbers of a country that is not named no code is sent. There is no way to allow none."`
}

var countryCodeAllowlist = kind.New(kind.Type[CountryCodeAllowlist]{
	Name:   "country_code_allowlist",
	Plural: "country_code_allowlists",
	Plane:  client.Management,
	Doc:    "The countries to whose phone numbers Stytch sends codes. The list always exists: it is never created or deleted.",
	Facts: []string{
		"Stytch gives the codes back in capital letters, in whatever order: they compare as a set",
		"whether Stytch takes an empty list is not documented, so that one is refused",
		"which codes Stytch knows is not documented; here only their form is checked, and the two that are often written for others",
	},
	Check:   checkCountryCodes,
	Effects: countryCodeEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[CountryCodeAllowlist], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[CountryCodeAllowlist], error) { return readCountryCodes(ctx, c, s) })
	},
	Update: updateCountryCodes,
})

// readCountryCodes reads the declared lists: Stytch has no list of lists. An
// answer without codes is no list, for Stytch has no empty one.
func readCountryCodes(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[CountryCodeAllowlist], error) {
	found := make([]kind.Live[CountryCodeAllowlist], 0, len(s.Keys))
	for _, method := range s.Keys {
		path := environmentPath(s, "/allowed_country_codes/%s", method)
		codes, err := manageList[string](ctx, c, path, "country_codes")
		if err == nil && len(codes) == 0 {
			err = unreadable(path, errors.New("the answer holds no country_codes"))
		}
		if err != nil {
			return nil, err
		}
		found = append(found, kind.Live[CountryCodeAllowlist]{ID: method, Value: CountryCodeAllowlist{Method: method, Codes: kind.Some(codes)}})
	}
	return found, nil
}

func updateCountryCodes(ctx context.Context, c *client.Client, e kind.Edit[CountryCodeAllowlist]) error {
	return c.Manage(ctx, client.Request{
		Method: http.MethodPost,
		Path:   environmentPath(e.Scope, "/allowed_country_codes/%s", e.After.Method),
		Body:   map[string]any{"country_codes": sortedSet(e.After.Codes.Value)},
	}, nil)
}

// writtenFor are codes that people write for a country that has another.
var writtenFor = map[string]string{"UK": "GB", "EL": "GR"}

func checkCountryCodes(l CountryCodeAllowlist) []kind.Problem {
	var problems []kind.Problem
	switch l.Method {
	case "sms":
	case "whatsapp":
		problems = append(problems, kind.Problem{Message: "a B2B project sends no codes by WhatsApp", Hint: "the key is sms"})
	default:
		problems = append(problems, kind.Problem{Message: fmt.Sprintf("there is no allowlist for %q", l.Method), Hint: "the key is sms"})
	}
	for i, code := range l.Codes.Value {
		p := kind.Problem{Attribute: fmt.Sprintf("country_codes[%d]", i), Message: fmt.Sprintf("%q is no country code", code)}
		upper := strings.ToUpper(code)
		switch {
		case writtenFor[upper] != "":
			p.Hint = fmt.Sprintf("write %s", writtenFor[upper])
		case !isCountryCode(upper):
			p.Hint = "write the two capital letters of ISO 3166-1, such as US"
		case code != upper:
			p.Hint = "write " + upper
		default:
			continue
		}
		problems = append(problems, p)
	}
	return problems
}

func isCountryCode(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}

// countryCodeEffects names the countries that come and go.
func countryCodeEffects(t kind.Transition[CountryCodeAllowlist]) plan.Effects {
	var effects plan.Effects
	before, after := sortedSet(t.Live.Value.Codes.Value), sortedSet(t.After.Codes.Value)
	if gone := without(before, after); len(gone) > 0 {
		effects.Risks = append(effects.Risks, plan.Risk{
			Class:  plan.LockOut,
			Reason: "whoever has a phone number of " + strings.Join(gone, ", ") + " gets no codes by SMS, and cannot log in where one is asked for",
		})
	}
	if added := without(after, before); len(added) > 0 {
		effects.Risks = append(effects.Risks, plan.Risk{
			Class:  plan.AccessWidened,
			Reason: "codes are sent to phone numbers of " + strings.Join(added, ", ") + ", at your cost, whoever asks for them",
		})
	}
	return effects
}
