package spec

import (
	"strings"
	"testing"
)

func TestYAMLScalarsMeanWhatTheySay(t *testing.T) {
	for _, test := range []struct{ name, written, want string }{
		{"true is a bool", "true", "true"},
		{"false is a bool", "false", "false"},
		{"yes is a string", "yes", `"yes"`},
		{"no, of Norway, is a string", "no", `"no"`},
		{"on is a string", "on", `"on"`},
		{"off is a string", "off", `"off"`},
		{"True is a string", "True", `"True"`},
		{"null is null", "null", "<nil>"},
		{"a tilde is null", "~", "<nil>"},
		{"Null is a string", "Null", `"Null"`},
		{"a whole number is a number", "-12", "-12"},
		{"a long number keeps its digits", "12345678901234567890123", "12345678901234567890123"},
		{"a fraction loses its useless zero", "1.50", "1.5"},
		{"a tenth stays a tenth", "0.1", "0.1"},
		{"an exponent is written out", "1e3", "1000"},
		{"minus zero is zero", "-0", "0"},
		{"a date is a string", "2024-01-01", `"2024-01-01"`},
		{"a time is a string", "12:30", `"12:30"`},
		{"a quoted number is a string", `"12"`, `"12"`},
		{"a quoted bool is a string", `'true'`, `"true"`},
		{"an empty string is a string", `""`, `""`},
		{"a tag may say that a number is text", "!!str 12", `"12"`},
		{"a tag may say what is plain", "!!int 12", "12"},
		{"a literal block keeps its lines", "|\n      a\n      b\n", `"a\nb\n"`},
		{"a folded block joins its lines", ">-\n      a\n      b\n", `"a b"`},
		{"decomposed letters are composed, as in HCL", "e\u0301", `"é"`},
		{"a list", "[1, two, {three: 3}]", `[1 "two" {three:3}]`},
		{"an empty list", "[]", "[]"},
		{"an empty map", "{}", "{}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, diags := load(t, files{"a.yaml": "version: 1\nenvironment:\n  value: " + test.written + "\n"}, Options{})
			same(t, "diagnostics", nil, diags)
			same(t, "value", test.want, shown(d.Resources[0].Attribute("value").Value))
		})
	}
}

func TestYAMLTrapsAreErrorsWithTheirPlace(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{"an octal number", "environment: {a: 010}", "a.yaml:2:18: 010 can be read as several numbers"},
		{"a postal code", "environment: {a: 01234}", "a.yaml:2:18: 01234 can be read as several numbers"},
		{"a hexadecimal number", "environment: {a: 0x1f}", "a.yaml:2:18: 0x1f can be read as several numbers"},
		{"an octal number of YAML 1.2", "environment: {a: 0o17}", "a.yaml:2:18: 0o17 can be read as several numbers"},
		{"a binary number", "environment: {a: 0b1}", "a.yaml:2:18: 0b1 can be read as several numbers"},
		{"a number with underscores", "environment: {a: 1_000}", "a.yaml:2:18: 1_000 can be read as several numbers"},
		{"a phone number", "environment: {a: +15551234567}", "a.yaml:2:18: +15551234567 can be read as several numbers"},
		{"infinity", "environment: {a: -.inf}", "a.yaml:2:18: -.inf is no number that Stytch knows"},
		{"not a number", "environment: {a: .nan}", "a.yaml:2:18: .nan is no number that Stytch knows"},
		{"a number beyond all digits", "environment: {a: 1e999}", "a.yaml:2:18: this number has too many digits"},
		{"a value left empty", "environment:\n  a:\n  b: 1", "a.yaml:3:3: this value was left empty"},
		{"an item left empty", "environment:\n  a:\n  -\n  - 1", "a.yaml:4:4: this value was left empty"},
		{"a kind left empty", "redirect_urls:", "a.yaml:2:1: this value was left empty"},
		{
			"a key twice", "environment:\n  a: 1\n  b: 2\n  a: 3",
			"a.yaml:5:3: the key \"a\" is declared twice\n  a.yaml:3:3: first declared here",
		},
		{"a number as key", "environment: {a: {12: x}}", "a.yaml:2:19: keys are text, and 12 is not"},
		{"a bool as key", "environment: {a: {true: x}}", "a.yaml:2:19: keys are text, and true is not"},
		{"null as key", "environment: {a: {null: x}}", "a.yaml:2:19: keys are text, and null is not"},
		{"a list as key", "environment:\n  ? [1]\n  : x", "a.yaml:3:5: keys are text, and this is not"},
		{"an unknown tag", "environment: {a: !env FOO}", "a.yaml:2:18: the tag !env means nothing here"},
		{"a tag that YAML knows and JSON does not", "environment: {a: !!binary aGk=}", "a.yaml:2:18: the tag !!binary means nothing here"},
		{"a tag that is not true", "environment: {a: !!int x}", "a.yaml:2:24: this value is not what its tag !!int says"},
		{"a second document", "environment: {}\n---\nenvironment: {}", "a.yaml:3:1: a file holds one document, and here a second one starts"},
		{"a tab as indentation", "environment:\n\ta: 1", "a.yaml:3:1: a tab indents this line"},
		{"an unknown anchor", "environment: {a: *nobody}", "a.yaml:2:18: no anchor &nobody stands before this alias"},
		{"an alias to itself", "environment: &a {b: *a}", "a.yaml:2:21: *a stands inside of what it repeats"},
		{"a merge of what is no map", "environment: {<<: 1, a: 2}", "a.yaml:2:19: `<<` merges maps, and this is none"},
		{"two merges", "environment: {<<: {a: 1}, <<: {b: 2}}", "a.yaml:2:27: a map merges once"},
		{
			"a key that looks like a template", "environment: {a: {\"${var.x}\": 1}}",
			"a.yaml:2:19: warning: keys are never templates: this one is taken as it is written",
		},
		{"a document that is a list", "", "a.yaml:1:1: a document is a map of words like `organizations`, not a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := "version: 1\n" + test.document + "\n"
			if test.document == "" {
				document = "- version\n"
			}
			_, diags := load(t, files{"a.yaml": document}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestYAMLSyntaxErrorsSayWhereTheyAreNear(t *testing.T) {
	_, diags := load(t, files{"a.yaml": "version: 1\nenvironment: {a: 1\nredirect_urls: {}\n"}, Options{})
	if len(diags) != 1 || !strings.HasPrefix(diags[0], "a.yaml:") || !strings.Contains(diags[0], "this is no YAML, near line ") {
		t.Errorf("got %q", diags)
	}
}

func TestYAMLMergeKeysAreResolved(t *testing.T) {
	d, diags := load(t, files{"a.yaml": `version: 1
redirect_urls:
  one: &one {a: 1, b: 1}
  two: &two {b: 2, c: 2}
  three: {<<: [*one, *two], c: 3}
  four:
    z: 0
    <<: *two
    b: 4
  "five": {"<<": 5}
`}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{
		"redirect_url/five", "  << = 5",
		"redirect_url/four", "  z = 0", "  c = 2", "  b = 4",
		"redirect_url/one", "  a = 1", "  b = 1",
		"redirect_url/three", "  a = 1", "  b = 1", "  c = 3",
		"redirect_url/two", "  b = 2", "  c = 2",
	}, written(d))
}

func TestYAMLAliasesCannotGrowWithoutEnd(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("version: 1\nenvironment:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		from := "*a" + string(rune('0'+i-1)) + ", "
		if i > 10 {
			from = "*a9, "
		}
		bomb.WriteString("  a" + string(rune('0'+i%10)) + strings.Repeat("x", i/10) + ": &a" + string(rune('0'+i%10)) + " [" + strings.TrimSuffix(strings.Repeat(from, 10), ", ") + "]\n")
	}
	_, diags := load(t, files{"a.yaml": bomb.String()}, Options{})
	if len(diags) == 0 || !strings.Contains(diags[0], "this file grows too large when its aliases are followed") {
		t.Errorf("got %d diagnostics", len(diags))
	}
	if len(diags) > 100 {
		t.Errorf("one mistake is told %d times", len(diags))
	}
}

func TestValuesNestOnlySoDeep(t *testing.T) {
	deep := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	_, diags := load(t, files{"a.yaml": "version: 1\nenvironment: {a: " + deep + "}\n"}, Options{})
	same(t, "diagnostics", []string{"a.yaml:2:117: values nest deeper than 100 levels"}, diags)
}

func TestByteOrderMarksAreDroppedAndColumnsCountCharacters(t *testing.T) {
	_, diags := load(t, files{
		"a.yaml": "\ufeffversion: 1\nenvironment: {a: 👩‍👩‍👧, b: 010}\n",
		"b.hcl":  "\ufeffnonsense = 1\n",
	}, Options{})
	same(t, "diagnostics", []string{
		"a.yaml:2:24: 010 can be read as several numbers",
		`b.hcl:1:1: unknown word at the top of a document "nonsense"`,
	}, diags)
}

func TestRangesCoverWhatIsWritten(t *testing.T) {
	content := `version: 1
redirect_urls:
  plain: {a: word, b: "quo\"ted", c: 'sin''gle', d: [1, 2 ], e: {x: y}, f: *anchor }
  "quoted key":
    a: &other !!str tagged
    b: |
      block
`
	content = strings.Replace(content, "version: 1\n", "version: 1\nenvironment: {a: &anchor anchored}\n", 1)
	d, diags := load(t, files{"a.yaml": content}, Options{})
	same(t, "diagnostics", nil, diags)
	var got []string
	cut := func(n *Node) string { return content[n.Range.Start.Byte:n.Range.End.Byte] }
	for _, r := range d.Resources {
		got = append(got, content[r.KeyRange.Start.Byte:r.KeyRange.End.Byte])
		for _, a := range r.Attributes {
			got = append(got, content[a.NameRange.Start.Byte:a.NameRange.End.Byte]+" "+cut(a.Value))
		}
	}
	same(t, "texts", []string{
		"environment", "a anchored",
		"plain", "a word", `b "quo\"ted"`, "c 'sin''gle'", "d [1, 2 ]", "e {x: y}", "f *anchor",
		`"quoted key"`, "a tagged", "b |",
	}, got)
}
