package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDomainLists(t *testing.T) {
	for _, test := range []struct {
		domains string
		want    string // error type
	}{
		{"acme.example sub.acme.co.uk xn--bcher-kva.example", ""},
		{"mail.acme.com me.acme.com live.acme.co.uk", ""},
		{"gmail.com", "organization_settings_domain_too_common"},
		{"Yahoo.co.uk", "organization_settings_domain_too_common"},
		{"mail.gmail.com", "organization_settings_domain_too_common"},
		{"orange.fr", "organization_settings_domain_too_common"},
		{"uol.com.br", "organization_settings_domain_too_common"},
		{"mailinator.com", "organization_settings_disposable_domain"},
		{"acme.example ACME.example", "organization_settings_duplicate_domain"},
		{"acme", "organization_settings_invalid_domain"},
		{"acme..example", "organization_settings_invalid_domain"},
		{"-acme.example", "organization_settings_invalid_domain"},
		{"ada@acme.example", "organization_settings_invalid_domain"},
		{"*.acme.example", "organization_settings_invalid_domain"},
		{strings.Repeat("a.", 130) + "example", "organization_settings_invalid_domain"},
	} {
		got := ""
		if err := allowedDomainRules.check(strings.Fields(test.domains)); err != nil {
			got = err.Type
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.domains, got, test.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, valid := range map[string]bool{
		"ada@acme.example": true, "ada.l+tag@sub.acme.example": true, "ADA@ACME.EXAMPLE": true, "o'hara@acme.example": true,
		"": false, "ada": false, "@acme.example": false, "ada@": false, "ada@acme": false, "ada l@acme.example": false,
		"ada@a@acme.example": false, "Ada <ada@acme.example>": false, "ada@acme.example\n": false,
		strings.Repeat("a", 65) + "@acme.example": false,
	} {
		if got := checkEmail(address) == nil; got != valid {
			t.Errorf("%q: valid is %t, want %t", address, got, valid)
		}
	}
}

func TestSlugsAreMadeFromNames(t *testing.T) {
	for name, want := range map[string]string{
		"Acme, Inc.": "acme-inc", "  A  B ": "a-b", "Ü": "organization", "X": "organization", "42": "42",
		strings.Repeat("ab", 100): strings.Repeat("ab", 50),
	} {
		if got := slugFrom(name); got != want {
			t.Errorf("%q makes %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if slug := slugFrom(rapid.String().Draw(t, "name")); checkSlug(slug) != nil {
			t.Fatalf("made the invalid slug %q", slug)
		}
	})
}

func TestMetadataMerges(t *testing.T) {
	for _, test := range []struct{ name, patch, want string }{
		{"an absent patch changes nothing", ``, `{"a":1,"b":{"x":1}}`},
		{"null changes nothing", `null`, `{"a":1,"b":{"x":1}}`},
		{"an empty patch changes nothing", `{}`, `{"a":1,"b":{"x":1}}`},
		{"a key is added", `{"c":"d"}`, `{"a":1,"b":{"x":1},"c":"d"}`},
		{"a null deletes", `{"a":null,"ghost":null}`, `{"b":{"x":1}}`},
		{"a nested value is replaced whole", `{"b":{"y":2}}`, `{"a":1,"b":{"y":2}}`},
		{"a nested null is data", `{"b":{"x":null}}`, `{"a":1,"b":{"x":null}}`},
		{"a large number keeps its digits", `{"a":12345678901234567890}`, `{"a":12345678901234567890,"b":{"x":1}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := metadata{"a": json.RawMessage(`1`), "b": json.RawMessage(`{"x":1}`)}
			after, err := before.merged(json.RawMessage(test.patch))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(after); string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got, _ := json.Marshal(before); string(got) != `{"a":1,"b":{"x":1}}` {
				t.Errorf("the merge changed what it started from: %s", got)
			}
		})
	}
}

func TestMetadataIsLimitedAfterTheMerge(t *testing.T) {
	full := metadata{}
	for i := range maxMetadataKeys {
		full[fmt.Sprint(i)] = json.RawMessage(`1`)
	}
	if _, err := full.merged(json.RawMessage(`{"0":null,"new":1}`)); err != nil {
		t.Errorf("20 keys after the merge are refused: %v", err)
	}
	if _, err := full.merged(json.RawMessage(`{"new":1}`)); err == nil || err.Type != "metadata_too_many_keys" {
		t.Errorf("21 keys give %v", err)
	}
	exact := strings.Repeat("x", maxMetadataBytes-len(`{"a":""}`))
	if _, err := (metadata{}).merged(json.RawMessage(`{"a": "` + exact + `"}`)); err != nil {
		t.Errorf("4096 bytes are refused: %v", err)
	}
	if _, err := (metadata{}).merged(json.RawMessage(`{"a":"` + exact + `x"}`)); err == nil || err.Type != "metadata_too_large" {
		t.Errorf("4097 bytes give %v", err)
	}
}

// Applying a patch twice is applying it once, and the patch's keys are as it says.
func TestMetadataMergeIsIdempotent(t *testing.T) {
	values := rapid.SampledFrom([]json.RawMessage{[]byte(`null`), []byte(`1`), []byte(`{"x":null}`), []byte(`[]`), []byte(`""`)})
	objects := rapid.MapOfN(rapid.SampledFrom(strings.Fields("a b c d e")), values, 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		encoded := func(name string) json.RawMessage {
			text, err := json.Marshal(objects.Draw(t, name))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		patch := encoded("patch")
		start, err := metadata{}.merged(encoded("start"))
		if err != nil {
			t.Fatal(err)
		}
		once, err := start.merged(patch)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := once.merged(patch)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Fatalf("the second merge changes:\n%s", diff)
		}
		for key, value := range once {
			if isAbsent(value) {
				t.Fatalf("the key %q holds null", key)
			}
		}
	})
}

// FuzzSearchCursor feeds cursors that the sandbox did not hand out.
func FuzzSearchCursor(f *testing.F) {
	own := search{identity: "abc"}
	f.Add(own.cursor(7))
	f.Add("")
	f.Add("YWJjLjc")
	f.Add("YWJjLi03")
	f.Fuzz(func(t *testing.T, cursor string) {
		if last, err := own.parseCursor(cursor); err == nil {
			if again, err := own.parseCursor(own.cursor(last)); err != nil || again != last {
				t.Errorf("the cursor of %d reads as %d, %v", last, again, err)
			}
		}
	})
}
