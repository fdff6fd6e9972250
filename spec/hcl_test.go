package spec

import (
	"strings"
	"testing"
)

func TestHCLMistakesAreToldWithTheirPlace(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{
			"a nested block where an attribute is wanted", "organization \"a\" {\n  policy {}\n}",
			"a.hcl:3:3: `policy` is no block here: only top-level words and kinds are",
		},
		{
			"a block in the policy", "policy {\n  limits {}\n}",
			"a.hcl:3:3: `limits` is no block here: only top-level words and kinds are",
		},
		{"the plural as a block", "redirect_urls \"x\" {}", "a.hcl:2:1: `redirect_urls` is not how this is written here"},
		{"the singular as an attribute", "redirect_url = {}", "a.hcl:2:1: `redirect_url` is not how this is written here"},
		{"a block without its label", "redirect_url {}", "a.hcl:2:1: `redirect_url` needs its key"},
		{"a block with two labels", "redirect_url \"a\" \"b\" {}", "a.hcl:2:18: `redirect_url` takes one label, its key"},
		{"a label on a singleton", "environment \"a\" {}", "a.hcl:2:13: `environment` takes no label: there is only one"},
		{"a label on a top-level word", "policy \"a\" {}", "a.hcl:2:8: `policy` takes no label"},
		{"an empty label", "redirect_url \"\" {}", "a.hcl:2:14: the key of a redirect_url cannot be empty"},
		{"a nested kind at the top", "member \"a\" {}", "a.hcl:2:1: `member` stands inside of an organization, not here"},
		{
			"a top-level kind in an organization", "organization \"a\" {\n  redirect_url \"b\" {}\n}",
			"a.hcl:3:3: `redirect_url` stands at the top of a document, not in something else",
		},
		{"an unknown block", "organisation \"a\" {}", `a.hcl:2:1: unknown word at the top of a document "organisation"`},
		{"an attribute twice", "environment {\n  a = 1\n  a = 2\n}", "a.hcl:4:3: attribute redefined"},
		{
			"an object's key twice", "environment {\n  a = { b = 1, b = 2 }\n}",
			"a.hcl:3:16: the key \"b\" is declared twice\n  a.hcl:3:9: first declared here",
		},
		{"a template as key", "environment {\n  a = { \"x${1}\" = 1 }\n}", "a.hcl:3:9: keys are never templates"},
		{"a variable as label", "redirect_url \"${var.x}\" {}", "a.hcl:2:15: invalid string literal"},
		{"variables in YAML's form", "variables {}", "a.hcl:2:1: variables are not declared like this"},
		{"an unclosed brace", "environment {\n", "a.hcl:2:13: unclosed configuration block"},
		{"a number without end", "environment {\n  a = 1e999999999\n}", "a.hcl:3:7: this number is too large or too small"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diags := load(t, files{"a.hcl": "version = 1\n" + test.document + "\n"}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestDeepOrEndlessExpressionsAreRefusedBeforeTheyOverflowTheStack(t *testing.T) {
	for name, expression := range map[string]string{
		"brackets":                   strings.Repeat("(", 100_000),
		"templates":                  strings.Repeat(`"${`, 50_000),
		"additions":                  "1" + strings.Repeat("+1", 50_000),
		"additions over lines":       "{for x in [1] : x => 1" + strings.Repeat("\n+1", 50_000) + "}",
		"additions before line ends": "{for x in [1] : x => 1" + strings.Repeat("+\n1", 50_000) + "}",
		"negations":                  strings.Repeat("!", 50_000) + "true",
		"conditions":                 strings.Repeat("true ? 1 : ", 50_000) + "1",
		"steps":                      "var" + strings.Repeat(".a", 50_000),
		"indices":                    "var" + strings.Repeat("[0]", 50_000),
		"directives":                 `"` + strings.Repeat("%{if true}", 30_000) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := load(t, files{"a.hcl": "version = 1\nenvironment {\n  a = " + expression + "\n}\n"}, Options{})
			if len(diags) != 1 || !strings.Contains(diags[0], "here the file nests too deep, or an expression is too long to be read") {
				t.Errorf("got %.200q", diags)
			}
		})
	}
	_, diags := load(t, files{"a.yaml": "version: 1\nenvironment:\n  a: ${" + strings.Repeat("(", 100_000) + "}\n"}, Options{})
	same(t, "diagnostics in YAML", []string{"a.yaml:3:6: this expression is too long or nests too deep to be read"}, diags)
}

func TestLongButPlainHCLIsRead(t *testing.T) {
	var b strings.Builder
	b.WriteString("version = 1\nenvironment {\n")
	for i := range 3000 {
		b.WriteString("  a" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + " = -1 + [1][0]\n")
	}
	b.WriteString("}\n")
	d, diags := load(t, files{"a.hcl": b.String()}, Options{})
	same(t, "diagnostics", nil, diags)
	if n := len(d.Resources[0].Attributes); n != 3000 {
		t.Errorf("got %d attributes", n)
	}
}

func TestHCLValuesKeepTheirOwnPlaces(t *testing.T) {
	content := "version = 1\nenvironment {\n  a = { b = [1, \"two\"], \"c d\" = ({ e = null }) }\n}\n"
	d, diags := load(t, files{"a.hcl": content}, Options{})
	same(t, "diagnostics", nil, diags)
	a := d.Resources[0].Attribute("a").Value
	var got []string
	for _, n := range []*Node{a, a.Lookup("b"), a.Lookup("b").Items[1], a.Lookup("c d"), a.Lookup("c d").Lookup("e")} {
		got = append(got, content[n.Range.Start.Byte:n.Range.End.Byte])
	}
	same(t, "texts", []string{
		`{ b = [1, "two"], "c d" = ({ e = null }) }`, `[1, "two"]`, `"two"`, "({ e = null })", "null",
	}, got)
}
