package spec

import (
	"slices"
	"strings"
	"testing"
)

func TestMistakesInExpressionsAreToldWhereTheyStand(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"an unknown variable", "${var.x}", `a.yaml:3:8: unknown variable "x"`},
		{"an unknown local", "a ${local.nam} b", `a.yaml:3:10: unknown local "nam"`},
		{"an unknown local by index", `${local["nam"]}`, `a.yaml:3:8: unknown local "nam"`},
		{"an unknown name", "${vra.x}", `a.yaml:3:8: unknown name "vra"`},
		{"an unknown function", "${uper(local.name)}", `a.yaml:3:8: unknown function "uper"`},
		{"a function that asks the clock", "${timestamp()}", `a.yaml:3:8: unknown function "timestamp"`},
		{"an unknown function that would not be reached", `'${true ? "a" : uper("b")}'`, `a.yaml:3:22: unknown function "uper"`},
		{"an attribute that a value does not have", "${local.map.b}", "a.yaml:3:17: unsupported attribute"},
		{"a wrong argument", "${upper([])}", "a.yaml:3:14: invalid function argument"},
		{"too few arguments", "${upper()}", "a.yaml:3:14: not enough function arguments"},
		{"a syntax error", "${1 +}", "a.yaml:3:11: invalid expression"},
		{"an unclosed template", "${1", "a.yaml:3:6: unclosed template interpolation sequence"},
		{"an index out of range", "${[1][2]}", "a.yaml:3:11: invalid index"},
		{"an escaped string is told at its start", `"\t${var.x}"`, `a.yaml:3:6: unknown variable "x"`},
		{"a quoted string is told inside", `"é ${var.x}"`, `a.yaml:3:11: unknown variable "x"`},
		{"a block is told at its start", "|\n    text\n    ${var.x}", `a.yaml:3:6: unknown variable "x"`},
		{"env in a text", `a ${env("X")}`, "a.yaml:3:10: env can only be the whole value of an attribute"},
		{"file in a function", `${upper(file("x"))}`, "a.yaml:3:14: file can only be the whole value of an attribute"},
		{"env in a condition", `'${true ? env("A") : "x"}'`, "a.yaml:3:16: env can only be the whole value of an attribute"},
		{"env hidden in try", `${try(env("X"), "")}`, "a.yaml:3:12: env can only be the whole value of an attribute"},
		{"env of something computed", "${env(local.name)}", "a.yaml:3:8: env takes one text that is written out"},
		{"env of nothing", `${env("")}`, "a.yaml:3:8: env takes one text that is written out"},
		{"file with two arguments", `${file("a", "b")}`, "a.yaml:3:8: file takes one text that is written out"},
		{"a width that would fill the memory", `${format("%99999999999d", 1)}`, "a.yaml:3:8: error in function call"},
		{"an indent that would fill the memory", `${indent(99999999999, "x")}`, "a.yaml:3:8: error in function call"},
		{"a number that is too large", "${1e300 * 1e300}", "a.yaml:3:6: this number is too large or too small"},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := "version: 1\nenvironment:\n  a: " + test.value + "\nlocals: {name: x, map: {a: 1}}\n"
			_, diags := load(t, files{"a.yaml": document}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestLocalsMayNeedEachOtherInAnyOrderButNotInACircle(t *testing.T) {
	d, diags := load(t, files{"a.yaml": `version: 1
locals: {c: "${local.b}!", b: "${local.a[0].x}${var.v}", a: [{x: "${1 + 1}"}], whole: '${local["c"]}'}
variables: {v: {default: v}}
environment: {a: "${local.whole}", all: "${keys(local)}"}
`}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{"environment/", `  a = "2v!"`, `  all = ["a" "b" "c" "whole"]`}, written(d))

	for _, test := range []struct{ name, locals, want string }{
		{"itself", "a: '${local.a}'", "a.yaml:3:3: local.a needs itself"},
		{
			"each other", "a: '${local.b}'\n  b: '${local.a}'",
			"a.yaml:3:3: local.a needs itself, by way of others\n  a.yaml:4:3: local.b needs local.a",
		},
		{
			"a circle behind a path", "a: '${local.b}'\n  b: '${local.c}'\n  c: ['${local.b}']",
			"a.yaml:4:3: local.b needs itself, by way of others\n  a.yaml:5:3: local.c needs local.b",
		},
		{"all of them", "a: '${keys(local)}'", "a.yaml:3:3: local.a needs itself"},
		{"a reference", "a: '${file(\"x\")}'", "a.yaml:3:6: file(\"x\") can stand only in an attribute of a resource, not in locals"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// What is computed of a local that is wrong is not a second mistake.
			_, diags := load(t, files{"a.yaml": "version: 1\nlocals:\n  " + test.locals + "\nenvironment: {a: '${local.a}'}\n"}, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestLocalsCannotDoubleUntilTheMemoryIsFull(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nlocals:\n  l00: xxxxxxxxxxxxxxxx\n")
	for i := 1; i < 60; i++ {
		before, this := string([]byte{'l', byte('0' + (i-1)/10), byte('0' + (i-1)%10)}), string([]byte{'l', byte('0' + i/10), byte('0' + i%10)})
		b.WriteString("  " + this + ": ${local." + before + "}${local." + before + "}\n")
	}
	_, diags := load(t, files{"a.yaml": b.String()}, Options{})
	if len(diags) != 1 || !strings.Contains(diags[0], "this is more than a document can hold") {
		t.Errorf("got %q", diags)
	}
}

func TestReferencesStandNowhereButInAttributes(t *testing.T) {
	_, diags := load(t, files{"a.yaml": `version: 1
project: {project_slug: '${env("A")}'}
policy: {protect: ['${env("B")}']}
variables: {v: {default: '${env("C")}'}}
environment: {fine: '${env("D")}', list: ['${file("E")}'], map: {k: '${env("F")}'}}
redirect_urls: '${env("G")}'
organizations: {'${env("H")}': {}}
`}, Options{})
	same(t, "diagnostics", []string{
		"a.yaml:2:25: a string is wanted here, not env(\"A\")",
		`a.yaml:3:20: env("B") can stand only in an attribute of a resource, not in the policy`,
		`a.yaml:4:26: env("C") can stand only in an attribute of a resource, not in a default`,
		"a.yaml:6:16: a map from keys to their attributes is wanted here, not env(\"G\")",
		"a.yaml:7:17: warning: keys are never templates: this one is taken as it is written",
	}, diags)
}

func TestFunctionsAreSortedDocumentedAndPure(t *testing.T) {
	names := make([]string, 0, len(Functions()))
	for _, f := range Functions() {
		if f.Doc == "" {
			t.Errorf("%s has no documentation", f.Name)
		}
		names = append(names, f.Name)
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted, or one is there twice: %q", names)
	}
	for _, impure := range []string{"timestamp", "uuid", "file", "env", "templatefile", "http", "random", "bcrypt"} {
		if slices.Contains(names, impure) {
			t.Errorf("%s would make two plans of the same documents differ", impure)
		}
	}
}
