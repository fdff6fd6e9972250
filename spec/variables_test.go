package spec

import (
	"maps"
	"strings"
	"testing"
)

func TestVariablesTakeTheirValueFromTheLastThatGivesOne(t *testing.T) {
	fs := files{
		"a.yaml": `version: 1
variables:
  a: {default: default}
  b: {default: default}
  c: {default: default}
  d: {default: default}
  e: {default: default, description: said to whoever gives it}
environment: {a: "${var.a}", b: "${var.b}", c: "${var.c}", d: "${var.d}", e: "${var.e}"}
`,
		"one.vars.yaml": "c: file 1\nd: file 1\ne: file 1\n",
		"two.vars.hcl":  "d = \"file 2\"\ne = \"file 2\"\n",
	}
	asked := map[string]bool{}
	d, diags := load(t, fs, Options{
		VariableFiles: []string{"one.vars.yaml", "two.vars.hcl"},
		Variables:     []string{"e=first", "e=flag=1"},
		LookupEnv: func(name string) (string, bool) {
			asked[name] = true
			value, ok := map[string]string{"STYTCH_RECONCILE_VAR_b": "environment", "STYTCH_RECONCILE_VAR_c": "environment"}[name]
			return value, ok
		},
	})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{"environment/", `  a = "default"`, `  b = "environment"`, `  c = "file 1"`, `  d = "file 2"`, `  e = "flag=1"`}, written(d))
	same(t, "what was asked of the environment", map[string]bool{
		"STYTCH_RECONCILE_VAR_a": true, "STYTCH_RECONCILE_VAR_b": true, "STYTCH_RECONCILE_VAR_c": true,
		"STYTCH_RECONCILE_VAR_d": true, "STYTCH_RECONCILE_VAR_e": true,
	}, asked)
}

func TestTextFromOutsideBecomesTheTypeOfTheVariable(t *testing.T) {
	for _, test := range []struct{ kind, given, want string }{
		{"string", "010", `"010"`},
		{"string", "[1]", `"[1]"`},
		{"string", "${var.x}", `"${var.x}"`},
		{"number", "010", "10"},
		{"number", "0.1", "0.1"},
		{"bool", "true", "true"},
		{"list(string)", `["a", 1]`, `["a" "1"]`},
		{"set(string)", `["b", "a", "b"]`, `["a" "b"]`},
		{"map(number)", `{a = 1, "b c" = "2"}`, "{a:1 b c:2}"},
		{"object({name = string, on = bool})", `{name = "x", on = true}`, `{name:"x" on:true}`},
		{"any", `[1, {a = null}]`, "[1 {a:<nil>}]"},
	} {
		t.Run(test.kind+" "+test.given, func(t *testing.T) {
			d, diags := load(t, files{
				"a.yaml": "version: 1\nenvironment: {a: '${var.v}'}\n",
				"b.hcl":  "variable \"v\" { type = " + test.kind + " }\n",
			}, Options{Variables: []string{"v=" + test.given}})
			same(t, "diagnostics", nil, diags)
			same(t, "value", test.want, shown(d.Resources[0].Attribute("a").Value))
			inYAML, diags := load(t, files{
				"a.yaml": "version: 1\nvariables: {v: {type: \"" + test.kind + "\"}}\nenvironment: {a: '${var.v}'}\n",
			}, Options{Variables: []string{"v=" + test.given}})
			same(t, "diagnostics", nil, diags)
			same(t, "value in YAML", test.want, shown(inYAML.Resources[0].Attribute("a").Value))
		})
	}
}

func TestMistakesAboutVariablesAreTold(t *testing.T) {
	for _, test := range []struct {
		name, declared string
		o              Options
		extra          files
		want           string
	}{
		{"a variable without value", "{}", Options{}, nil, `a.yaml:3:3: the variable "region" has no value`},
		{
			"a flag of an undeclared variable", "{default: x}",
			Options{Variables: []string{"regoin=x"}},
			nil,
			`--var:1:1: unknown variable "regoin"`,
		},
		{"a flag without =", "{default: x}", Options{Variables: []string{"region=x", "region"}}, nil, "--var:2:1: --var wants name=value"},
		{
			"a flag of the wrong type", "{type: number}",
			Options{Variables: []string{"region=x"}},
			nil,
			"--var:1:1: what --var gives is not of the type of the variable \"region\": a number is required\n  a.yaml:3:3: declared here",
		},
		{
			"a flag that is no expression", "{type: list(string)}",
			Options{Variables: []string{"region=a,b"}},
			nil,
			"--var:1:1: what --var gives to the variable \"region\" is no HCL value: extra characters after expression\n  a.yaml:3:3: declared here",
		},
		{
			"a flag that calls a function", "{type: list(string)}",
			Options{Variables: []string{`region=[upper("x")]`}},
			nil,
			"--var:1:1: what --var gives to the variable \"region\" is no HCL value: " + constantsOnly + "\n  a.yaml:3:3: declared here",
		},
		{
			"a flag that reads the environment", "{type: any}",
			Options{Variables: []string{`region=env("HOME")`}},
			nil,
			"--var:1:1: what --var gives to the variable \"region\" is no HCL value: " + constantsOnly + "\n  a.yaml:3:3: declared here",
		},
		{
			"an environment of the wrong type", "{type: bool}",
			Options{LookupEnv: func(string) (string, bool) { return "secret", true }},
			nil,
			"a.yaml:3:3: what STYTCH_RECONCILE_VAR_region gives is not of the type of the variable \"region\": a bool is required\n  a.yaml:3:3: declared here",
		},
		{
			"a file with an undeclared variable", "{default: x}",
			Options{VariableFiles: []string{"x.vars.yaml"}},
			files{"x.vars.yaml": "regio: x\n"},
			`x.vars.yaml:1:1: unknown variable "regio"`,
		},
		{
			"a file with the wrong type", "{type: list(string)}",
			Options{VariableFiles: []string{"x.vars.yaml"}},
			files{"x.vars.yaml": "region: [{}]\n"},
			"x.vars.yaml:1:9: this is not of the type of the variable \"region\": element 0: string required, but have object\n  a.yaml:3:3: declared here",
		},
		{
			"a file with an expression", "{}",
			Options{VariableFiles: []string{"x.vars.hcl"}},
			files{"x.vars.hcl": "region = upper(\"x\")\n"},
			"x.vars.hcl:1:10: " + constantsOnly,
		},
		{
			"a file with a block", "{default: x}",
			Options{VariableFiles: []string{"x.vars.hcl"}},
			files{"x.vars.hcl": "region {}\n"},
			"x.vars.hcl:1:1: a file of variables holds name = value alone",
		},
		{
			"a file that does not exist", "{default: x}",
			Options{VariableFiles: []string{"gone.yaml"}},
			nil,
			"gone.yaml:1:1: cannot read: no such file or directory",
		},
		{"an unknown type", "{type: strin, default: x}", Options{}, nil, "a.yaml:3:18: this is no type"},
		{
			"a default of another type", "{type: number, default: x}",
			Options{},
			nil,
			`a.yaml:3:35: the default of "region" is not of its type: a number is required`,
		},
		{"a default that names another variable", "{default: '${var.other}'}", Options{}, nil, "a.yaml:3:24: " + constantsOnly},
		{"an unknown word", "{defualt: x}", Options{}, nil, "a.yaml:3:12: unknown word in a variable \"defualt\"\n  "},
		{
			"a declaration that is no map", "x",
			Options{},
			nil,
			"a.yaml:3:11: a map of type, default and description is wanted here, not a string",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			fs := files{"a.yaml": "version: 1\nvariables:\n  region: " + test.declared + "\n"}
			maps.Copy(fs, test.extra)
			_, diags := load(t, fs, test.o)
			same(t, "diagnostics", strings.TrimSpace(test.want), strings.Join(diags, "\n"))
		})
	}
}

func TestNullIsAValueThatAVariableCanHave(t *testing.T) {
	d, diags := load(t, files{"a.hcl": `version = 1
variable "v" { default = null }
environment { a = var.v }
`}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{"environment/", "  a = <nil>"}, written(d))
}

func TestAVariableCannotBeCalledWhatExpressionsCannotSay(t *testing.T) {
	_, diags := load(t, files{"a.yaml": "version: 1\nvariables: {\"a b\": {default: x}}\n"}, Options{})
	same(t, "diagnostics", []string{`a.yaml:2:13: "a b" cannot be the name of a variable`}, diags)
}
