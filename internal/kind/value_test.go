package kind

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNumbersThatAreEqualHaveOneText(t *testing.T) {
	for _, test := range []struct{ give, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"-0.0", "0"},
		{"12", "12"},
		{"12.50", "12.5"},
		{"1e3", "1000"},
		{"1E+3", "1000"},
		{"1.5e-2", "0.015"},
		{"100e-2", "1"},
		{"12345678901234567890123", "12345678901234567890123"},
		{"0.1", "0.1"},
		{"1e1001", "1e1001"},
		{"1e-1001", "1e-1001"},
		{"1e99999999999999999999", "1e99999999999999999999"},
		{"1e1000", "1" + strings.Repeat("0", 1000)},
	} {
		if got := canonicalNumber(json.Number(test.give)); string(got) != test.want {
			t.Errorf("%s: %s, want %s", test.give, got, test.want)
		}
	}
}

func TestANumberKeepsItsValueAndSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,10})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		once := canonicalNumber(json.Number(text))
		was, _ := new(big.Rat).SetString(text)
		is, ok := new(big.Rat).SetString(string(once))
		if !ok || was.Cmp(is) != 0 {
			t.Fatalf("%s became %s", text, once)
		}
		if again := canonicalNumber(once); again != once {
			t.Fatalf("%s became %s and then %s", text, once, again)
		}
		if strings.ContainsAny(string(once), "eE+") || strings.Contains(string(once), ".") && strings.HasSuffix(string(once), "0") {
			t.Fatalf("%s became %s, which has another text too", text, once)
		}
	})
}

func TestABodyKeepsWhatIsEmptyAndDropsWhatIsNotSent(t *testing.T) {
	got := Body(widget{
		Name: "w", Pin: Some("id"), Mine: Some("x"), Once: Some(false), Color: Some(""), On: Some(false), Size: Some(0),
		Order: Some([]string(nil)), Meta: Some(map[string]any{"a": nil, "b": json.Number("1.0")}),
		Rights: Some(map[string][]string{"docs": {"read"}, "gone": nil}), Names: Some(map[string]string{}),
		Parts: Some([]part{{ID: "x"}}),
	})
	want := `{"name":"w","once":false,"color":"","on":false,"size":0,"order":[],"meta":{"a":null,"b":1},` +
		`"role":{"rights":{"docs":["read"],"gone":[]},"names":{}},"parts":[{"id":"x","count":0,"hues":[]}]}`
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var gotJSON, wantJSON any
	if err := json.Unmarshal(text, &gotJSON); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wantJSON); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantJSON, gotJSON); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestAnOptIsItsValueOrAnother(t *testing.T) {
	if got := (Opt[string]{}).Or("other"); got != "other" {
		t.Error(got)
	}
	if got := Some("").Or("other"); got != "" {
		t.Errorf("a declared empty value is %q", got)
	}
	if v, set := Some(3).Get(); v != 3 || !set {
		t.Error(v, set)
	}
}
