package kind

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeclaredValuesBecomeGoValues(t *testing.T) {
	for _, test := range []struct {
		name, attributes string
		want             widget
	}{
		{"nothing", "{}", widget{}},
		{"a null attribute is not declared", `title: "${null}"`, widget{}},
		{"empty values are declared", "color: red\norder: []\nmeta: {}\non: false", widget{
			Color: Some("red"), Order: Some([]string{}), Meta: Some(map[string]any{}), On: Some(false),
		}},
		{"a list keeps its order, for problems count in it", "tags: [c, a, c]", widget{Tags: Some([]string{"c", "a", "c"})}},
		{"whole numbers in any notation", "size: 7", widget{Size: Some(7)}},
		{"metadata keeps any value, with numbers in one notation", "meta: {a: [1, 0.50, x, {b: null}], gone: null}", widget{
			Meta: Some(map[string]any{"a": []any{json.Number("1"), json.Number("0.5"), "x", map[string]any{"b": nil}}, "gone": nil}),
		}},
		{"attributes that Stytch nests", "role: {rights: {docs: [read], gone: null}}", widget{
			Rights: Some(map[string][]string{"docs": {"read"}, "gone": nil}),
		}},
		{"what an element omits has its default", "parts: [{id: x}, {id: y, count: 0}, {id: z, count: null}]", widget{
			Parts: Some([]part{{ID: "x", Count: 1}, {ID: "y"}, {ID: "z", Count: 1}}),
		}},
		{"elements by id", "shop: {x: {id: i, hues: [b, a]}}", widget{Shop: Some(map[string]part{"x": {ID: "i", Count: 1, Hues: []string{"b", "a"}}})}},
		{"files where they are legal", `keys: ['${file("key.pem")}', text]`, widget{Keys: Some([]string{"KEY", "text"})}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Name = "w"
			if diff := cmp.Diff(test.want, widgetOf(t, test.attributes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	for _, test := range []struct{ name, attributes, want string }{
		{"a number for a string", "title: 12", `4:12: a string is wanted here, not a number (write it in quotes: "12")`},
		{"a list for a string", "title: [a]", `4:12: a string is wanted here, not a list`},
		{"a map for a string", "title: {a: b}", `4:12: a string is wanted here, not a map`},
		{"a string for a bool", "on: 'yes'", `4:9: a bool is wanted here, not a string (write true)`},
		{"a number for a bool", "on: 1", `4:9: a bool is wanted here, not a number`},
		{"a string for a number", "size: '7'", `4:11: a whole number is wanted here, not a string (write it without quotes)`},
		{"a fraction for a whole number", "size: 1.5", `4:11: 1.5 is not a whole number`},
		{"a number beyond all bounds", "size: 99999999999999999999", `4:11: 99999999999999999999 is not a whole number`},
		{"a number that is too small", "size: 0", `4:11: size is 0; it must be at least 1`},
		{"a number that is too large", "size: 10", `4:11: size is 10; it must be at most 9`},
		{"a string that is too short", "title: x", `4:12: title has 1 character; it must have at least 2`},
		{"a string that is too long", "title: äöüäöü", `4:12: title has 6 characters; it must have at most 5`},
		{"a string that is empty", `title: ""`, `4:12: title cannot be empty`},
		{"a list that is too long", "order: [a, b, c, d]", `4:12: order has 4 items; it must have at most 3`},
		{"a list that is empty", "keys: []", `4:11: keys cannot be empty`},
		{"an item that is empty", "keys: ['']", `4:12: keys cannot be empty`},
		{"a map that is too large", "meta: {a: 1, b: 1, c: 1, d: 1}", `4:11: meta has 4 keys; it must have at most 3`},
		{"a map that is empty", "role: {names: {}}", `4:19: role.names cannot be empty`},
		{"a string for a list", "order: a", `4:12: a list of strings is wanted here, not a string (write ["a"])`},
		{"a map for a list", "order: {a: b}", `4:12: a list of strings is wanted here, not a map`},
		{"a wrong item of a list", "order: [a, [b]]", `4:16: a string is wanted here, not a list`},
		{"a null item of a list", "order: [a, null]", `4:16: a string is wanted here, not null`},
		{"a word that is not among the allowed", "color: gren", `4:12: "gren" is not allowed here: it must be one of red, green or blue (did you mean "green"?)`},
		{"an item that is not among the allowed", "tags: [a, x]", `4:15: "x" is not allowed here: it must be one of a, b, c or d`},
		{"an item that a rule of the kind refuses", "tags: [d, a]", `4:12: d is no tag`},
		{"a list for a map", "meta: [a]", `4:11: a map is wanted here, not a list`},
		{"an empty key", `meta: {"": 1}`, `4:12: a key of meta is empty`},
		{"a null in a map that is owned whole", "shop: {x: null}", `4:15: an object is wanted here, not null`},
		{"a wrong value of a map", "role: {rights: {docs: read}}", `4:27: a list of strings is wanted here, not a string (write ["read"])`},
		{"a scalar for what nests", "role: docs", `4:11: a map is wanted here, not a string`},
		{"an unknown name in what nests", "role: {right: {}}", `4:12: unknown attribute of role "right" (did you mean "rights"?)`},
		{"a scalar for an element", "parts: [x]", `4:13: an object is wanted here, not a string`},
		{"an element without what it needs", "parts: [{count: 2}]", `4:13: an element of parts needs id`},
		{"an element with an unknown key", "parts: [{id: x, cont: 2}]", `4:21: unknown key of an element of parts "cont" (did you mean "count"?)`},
		{"a wrong value in an element", "parts: [{id: x, count: two}]", `4:28: a whole number is wanted here, not a string`},
		{"an unknown attribute", "titel: x", `4:5: unknown attribute of widget "titel" (did you mean "title"?)`},
		{"the key among the attributes", "name: x", `4:5: name is the key of the widget and is not written again (change the key itself, with renamed_from where the kind allows it)`},
		{"what is legal in initial alone", "once: true", "4:5: once is legal in `initial` alone: it means something only while the widget is created (write initial: {once: …})"},
		{"what is never sent, in initial", "initial: {mine: x}", "4:15: mine is not legal in `initial`: it is never sent (write it beside `initial`)"},
		{"a secret where none is", `title: '${env("X")}'`, `4:12: env("X") is not legal here: title is no secret (write the value itself, or use a variable)`},
		{"a file where none is legal", `title: '${file("key.pem")}'`, `4:12: file(…) is not legal here: title is neither a secret nor a public key nor a template (write the value itself, or use a variable)`},
		{"a secret in metadata", `meta: {a: [{b: '${env("X")}'}]}`, `4:20: env("X") is not legal here: metadata is no secret, and every reader of the plan would see it`},
		{"a rename of what has no other name", "renamed_from: v", `4:19: a widget cannot be renamed: Stytch has no way to change its key (declare a new one, and the old one with absent: true)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := decoded(t, "widgets:\n  w:\n    "+test.attributes+"\n")
			if diff := cmp.Diff([]string{test.want}, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsAMistakeAtItsPlace(t *testing.T) {
	_, problems := decoded(t, "widgets:\n  w:\n    keys: ['${file(\"none.pem\")}']\n")
	if len(problems) != 1 || !strings.HasPrefix(problems[0], `4:12: cannot read file("none.pem"): `) {
		t.Error(problems)
	}
}

func TestEveryMistakeIsToldInOneRun(t *testing.T) {
	_, problems := decoded(t, `
widgets:
  a: {size: x, on: x}
  b: {titel: x, color: x}
organizations:
  o: {gadgets: {g: {code: 1}}}
`)
	if len(problems) != 5 {
		t.Errorf("%d problems, want 5: %v", len(problems), problems)
	}
}

func TestSingletonsAreNeitherRemovedNorCreated(t *testing.T) {
	_, problems := decoded(t, "setting: {absent: true}\n")
	if diff := cmp.Diff([]string{"2:1: a setting cannot be removed: Stytch always has one (drop it from the documents to stop managing it, or declare the values that it should have)"}, problems); diff != "" {
		t.Error(diff)
	}
	_, problems = decoded(t, "setting: {initial: {level: 1}}\n")
	if diff := cmp.Diff([]string{"2:21: a setting is never created, so initial would never be used (declare the attribute itself)"}, problems); diff != "" {
		t.Error(diff)
	}
}

func TestCellsOfARosterAreReadByTheTypeOfTheirAttribute(t *testing.T) {
	w := erasedOf(t, widgetType())
	d := decoder{kind: "widget"}
	var value widget
	for name, cell := range map[string]string{"size": "7", "on": "false", "order": "a; b;;c", "title": "true"} {
		d.attribute(reflectOf(&value), w.attribute(name), cellNode(cell))
	}
	if len(d.diagnostics) > 0 {
		t.Fatal(told(d.diagnostics))
	}
	want := widget{Size: Some(7), On: Some(false), Order: Some([]string{"a", "b", "c"}), Title: Some("true")}
	if diff := cmp.Diff(want, value); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"size": "0:0: yes is not a whole number", "on": "0:0: a bool is wanted here, not a string (write true)", "meta": "0:0: a map is wanted here, not a string",
	} {
		d := decoder{kind: "widget"}
		d.attribute(reflectOf(&value), w.attribute(name), cellNode("yes"))
		if diff := cmp.Diff([]string{want}, told(d.diagnostics)); diff != "" {
			t.Error(diff)
		}
	}
}
