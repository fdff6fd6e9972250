package spec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// fuzzed loads one document, and holds every range against the file that it names.
func fuzzed(t *testing.T, name string, content []byte, o Options) {
	t.Helper()
	directory := t.TempDir()
	path := filepath.Join(directory, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	main := path
	if syntaxOf(name) == "" {
		main = filepath.Join(directory, "a.yaml")
		document := "version: 1\norganizations: {o: {members_from: " + name + "}}\n"
		if err := os.WriteFile(main, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.Vocabulary = words
	d, diags := Load([]string{main}, o)
	if d == nil {
		return
	}
	check := func(at hcl.Range) {
		source, ok := d.Sources[at.Filename]
		if !ok {
			if at.Start == hcl.InitialPos || at.Filename == "" {
				return
			}
			t.Errorf("%s is in no file that was read", at)
		}
		if at.Start.Byte < 0 || at.Start.Byte > at.End.Byte || at.End.Byte > len(source) || at.Start.Line < 1 || at.Start.Column < 1 {
			t.Errorf("%v is outside of its %d bytes", at, len(source))
		}
	}
	self := map[string]cty.Type{"self": cty.Object(map[string]cty.Type{"a": cty.List(cty.String), "b": cty.DynamicPseudoType})}
	for _, r := range d.Rules {
		for _, e := range []*Expression{r.When, r.Condition, r.Message} {
			if e != nil {
				diags.Append(e.Check(self, "thing", cty.Bool)...)
				_, _ = e.Text(map[string]cty.Value{"self": ValueOf(map[string]any{"a": []any{"x"}, "b": nil})})
			}
		}
	}
	for _, diagnostic := range diags {
		check(diagnostic.Range)
		for _, r := range diagnostic.Related {
			check(r.Range)
		}
	}
	var node func(n *Node)
	node = func(n *Node) {
		check(n.Range)
		if n.Type == unevaluated {
			t.Error("an expression was left")
		}
		for _, item := range n.Items {
			node(item)
		}
		for _, e := range n.Entries {
			check(e.KeyRange)
			node(e.Value)
		}
	}
	for _, r := range d.Resources {
		check(r.Range)
		check(r.KeyRange)
		for _, a := range append(r.Attributes, r.Initial...) {
			check(a.NameRange)
			node(a.Value)
		}
	}
	if err := diags.WriteText(discard{}, d.Sources, true); err != nil {
		t.Error(err)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"version: 1\nenvironment: {a: 010, b: \"x ${var.y}\", c: '${[1, {a = 2}]}'}\n",
		"version: 1\norganizations:\n  acme: &a\n    members: {a@b: {roles: [x]}}\n  b: {<<: *a, <<: [*a]}\n",
		"a: &a [*a]\n", "? [1]\n: x\n", "\ufeff---\na: |\n  ${x}\n...\n", "a: !env x\n---\nb\n", "a: 'it''s ${1}'\n\tb", "locals: {a: '${local.a}'}\n",
		"a: \"\\\"${x\\\"}\"\n", "version: 1\nredirect_urls: '${{for a in [1] : a => {}}}'\n", "a: \u2028b: ${c}\n", "a: %{if true}x%{endif}\n",
		"version: 1\nenvironment: {a: &x !!str 1, b: *x, c: }\n",
		"version: 1\npolicy: {rules: {r: {subject: s, when: true, condition: '${self.a[0] == var.x}', message: 'x ${self.b}'}}}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { fuzzed(t, "a.yaml", content, Options{}) })
}

func FuzzHCL(f *testing.F) {
	for _, seed := range []string{
		"version = 1\nenvironment {\n  a = \"x ${var.y}\"\n  b = { (1) = 2, c = [env(\"X\")] }\n}\n",
		"organization \"a\" {\n  member \"b\" { roles = [for x in [1] : x] }\n}\n", "a = <<EOT\n${x}\nEOT\n", "variable \"x\" {\n  type = list(string)\n}\n",
		"locals {\n  a = local.b\n  b = local.a\n}\n", "a = 1e99999\n", "a = {", "x \"${y}\" {}\n", "redirect_urls = { a = null }\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { fuzzed(t, "a.hcl", content, Options{}) })
}

func FuzzRoster(f *testing.F) {
	for _, seed := range []string{
		"email_address,name\na@b,\"x\ny\"\n", "email_address,a.b,a.c\nx,,1\n", "email_address\n\"", "\r\n,\n",
		`{"email_address":"a","b":[1,{"c":null}]}`, `{"email_address":"a"} x`, "{\"a\":1,\"a\":2}\n[", `{"a" "b"}`, "{\"a\":}",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, content []byte, table bool) {
		name := "r.jsonl"
		if table {
			name = "r.csv"
		}
		fuzzed(t, name, content, Options{})
	})
}

func FuzzVariable(f *testing.F) {
	for _, seed := range []string{"[\"a\"]", "{a = 1}", "[for x in [1] : x]", "((((", "1e999999", "\"${x}\"", "null", "-", "\n"} {
		f.Add("list(string)", seed)
		f.Add("any", seed)
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, kind, given string) {
		var quoted []byte
		for _, r := range kind {
			if r >= ' ' && r != '"' && r != '\\' && r < 0x7f {
				quoted = append(quoted, byte(r))
			}
		}
		document := "version: 1\nvariables: {v: {type: \"" + string(quoted) + "\"}}\nenvironment: {a: '${var.v}'}\n"
		fuzzed(t, "a.yaml", []byte(document), Options{Variables: []string{"v=" + given, given}})
	})
}
