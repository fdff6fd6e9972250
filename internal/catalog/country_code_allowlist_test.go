package catalog

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func codes(list ...string) CountryCodeAllowlist {
	return CountryCodeAllowlist{Method: "sms", Codes: kind.Some(list)}
}

func TestCountryCodeRules(t *testing.T) {
	for _, test := range []struct {
		name     string
		declared CountryCodeAllowlist
		want     []string
	}{
		{"two capital letters are a code", codes("US", "GB"), nil},
		{"small letters are not", codes("US", "de"), []string{`country_codes[1]: "de" is no country code (write DE)`}},
		{"three letters are not", codes("USA"), []string{`country_codes[0]: "USA" is no country code (write the two capital letters of ISO 3166-1, such as US)`}},
		{"digits are not", codes("49"), []string{`country_codes[0]: "49" is no country code (write the two capital letters of ISO 3166-1, such as US)`}},
		{"UK is another word for GB", codes("UK"), []string{`country_codes[0]: "UK" is no country code (write GB)`}},
		{"a B2B project has no WhatsApp", CountryCodeAllowlist{Method: "whatsapp"}, []string{"a B2B project sends no codes by WhatsApp (the key is sms)"}},
		{"there is one list", CountryCodeAllowlist{Method: "fax"}, []string{`there is no allowlist for "fax" (the key is sms)`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			problems := checkCountryCodes(test.declared)
			for i := range problems {
				problems[i].Message += " (" + problems[i].Hint + ")"
			}
			if diff := cmp.Diff(append([]string{}, test.want...), messages(problems)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCountryCodeEffects(t *testing.T) {
	got := effectsInWords(countryCodeEffects(kind.Transition[CountryCodeAllowlist]{
		Live: kind.Live[CountryCodeAllowlist]{Value: codes("CA", "US", "DE")}, After: codes("FR", "US", "AT"),
	}))
	want := []string{
		"lock-out: whoever has a phone number of CA, DE gets no codes by SMS, and cannot log in where one is asked for",
		"access-widened: codes are sent to phone numbers of AT, FR, at your cost, whoever asks for them",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCountryCodesAreSentInOrderAndCompareAsASet(t *testing.T) {
	s := newStand(t)
	s.scope.Keys = []string{"sms"}
	read := func() ([]kind.Live[CountryCodeAllowlist], error) {
		return readCountryCodes(context.Background(), s.client, s.scope)
	}
	live, declared := list(t, read)[0], codes("US", "DE", "US", "AT")
	if err := carryOut(s, countryCodeAllowlist, "sms", &live, &declared); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(map[string]any{"country_codes": []any{"AT", "DE", "US"}}), asJSON(t, s.wire.writes()[0].body)); diff != "" {
		t.Error(diff)
	}
	s.call("POST", "/allowed_country_codes/sms", map[string]any{"country_codes": []string{"DE", "US", "AT"}})
	live = list(t, read)[0]
	if changed := countryCodeAllowlist.Compare(&live.Value, &declared); len(changed) > 0 {
		t.Errorf("another order is a change: %v", changed)
	}
}

func TestCountryCodeAllowlistsAreNeverCreatedOrRemoved(t *testing.T) {
	if traits := countryCodeAllowlist.Traits(); traits.Deletable || traits.Creatable {
		t.Errorf("%+v", traits)
	}
}
