package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A value of JSON is written alike in both syntaxes, so both must read it as the same value, and as what it is.
func TestEveryJSONValueIsTheSameInBothSyntaxes(t *testing.T) {
	directory := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		value := jsonValue(3).Draw(t, "value")
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		encoded := strings.TrimSpace(b.String())
		text := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(encoded)
		read := func(name, document string) string {
			path := filepath.Join(directory, name)
			if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
				t.Fatal(err)
			}
			d, diags := Load([]string{path}, Options{Vocabulary: words})
			if len(diags) > 0 {
				t.Fatalf("%s: %q", document, told(diags))
			}
			again, err := json.Marshal(d.Resources[0].Attributes[0].Value.Any())
			if err != nil {
				t.Fatal(err)
			}
			return string(again)
		}
		want, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		inYAML := read("a.yaml", "version: 1\nenvironment: {a: "+text+"}\n")
		inHCL := read("a.hcl", "version = 1\nenvironment {\n  a = "+text+"\n}\n")
		if inYAML != string(want) || inHCL != string(want) {
			t.Fatalf("wrote %s, read %s in YAML and %s in HCL", want, inYAML, inHCL)
		}
	})
}

func jsonValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int().AsAny(), rapid.StringMatching(`[a-zé"\\:# {}\[\]\n\t,&*!|>%@-]{0,12}`).AsAny(),
		rapid.SampledFrom([]any{"${x}", "%{if}", "no", "010", "", "~", "null", "<<", "'", "=", "a${b", json.Number("0.1"), json.Number("-123456789012345678901234567890")}),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	inner := jsonValue(depth - 1)
	keys := rapid.StringMatching(`[a-z":# ]{1,5}`)
	return rapid.OneOf(append(scalars, rapid.SliceOfN(inner, 0, 4).AsAny(), rapid.MapOfN(keys, inner, 0, 4).AsAny())...)
}
