package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestTemplates(t *testing.T) {
	long := strings.Repeat("0123456789", 9)
	for _, test := range []struct{ name, before, after, want string }{
		{"one key of many", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"b\": 3\n}\n", "x.b: 2 -> 3"},
		{"keys that come and go", `{"a": 1, "gone": {"k": []}}`, `{"new": null, "a": 1}`, "x.gone: {k: []} -> (none)\nx.new: (none) -> null"},
		{"the order of keys and white space alone", `{"a":1,"b":{{ x }}}`, "{ \"b\" : {{ x }},\n\"a\": 1 }", "x: only the layout differs"},
		{"a variable is no string", `{"a": {{ member.name }}}`, `{"a": "{{ member.name }}"}`, `x.a: {{ member.name }} -> "{{ member.name }}"`},
		{"a variable inside a string stays text", `{"a": "{{ b }} \"{{"}`, `{"a": "{{ c }} \"{{"}`, `x.a: "{{ b }} \"{{" -> "{{ c }} \"{{"`},
		{"a variable as it is written", `{"a": {{b}}}`, `{"a": {{ b }}}`, "x.a: {{b}} -> {{ b }}"},
		{"numbers keep their spelling", `{"a": 1.0, "b": 10000000000000000001}`, `{"a": 1, "b": 10000000000000000002}`, "x.a: 1.0 -> 1\nx.b: 10000000000000000001 -> 10000000000000000002"},
		{"keys with dots, places, and keys that are numbers", `{"a.b": [1, {"0": 2}]}`, `{"a.b": [1, {"0": 3}, 4]}`, "x.\"a.b\".1.\"0\": 2 -> 3\nx.\"a.b\".2: (none) -> 4"},
		{"a list of the same length, by place", `{"a": [1, 2]}`, `{"a": [1, 3]}`, "x.a.1: 2 -> 3"},
		{"text that was empty", "", `{"a": 1}`, "x.a: (none) -> 1"},
		{"text that is emptied", `{"a": 1}`, " ", "x.a: 1 -> (none)"},
		{"empty text is no empty object", "", "{}", `x: "" -> "{}"`},
		{"an object becomes a list", `{"a": 1}`, `[1]`, "x: {a: 1} -> [1]"},
		{"a large part is laid out", `{}`, `{"a": {"k": "` + long + `", "v": [{{ x }}, {}]}}`, "x.a:\n  + {\n  +   \"k\": \"" + long + "\",\n  +   \"v\": [\n  +     {{ x }},\n  +     {}\n  +   ]\n  + }"},
		{"what is JSON on one side alone is text", "{\"a\": 1}\n", "{\"a\": 1\n", "x:\n  - {\"a\": 1}\n  + {\"a\": 1"},
		{"a key that stands twice is text", "{\"a\": 1,\n\"a\": 2}", "{\"a\": 2}", "x:\n  - {\"a\": 1,\n  - \"a\": 2}\n  + {\"a\": 2}"},
		{"a character that JSON loses is text", `{"a": "\ud800"}`, `{"a": "\ud801"}`, `x: "{\"a\": \"\\ud800\"}" -> "{\"a\": \"\\ud801\"}"`},
		{"scalars are text", `1`, `"a"`, `x: "1" -> "\"a\""`},
		{"something behind it makes it text", `{} {}`, `{}`, `x: "{} {}" -> "{}"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, under(t, plan.Update, 100, differs("x", test.before, test.after))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// aTemplate draws a template, small so that two of them share much.
func aTemplate(depth int) *rapid.Generator[any] {
	keys := rapid.SampledFrom([]string{"a", "b", "a.b", "0", "1", "", "é", `"`, "a b", "-"})
	return rapid.Custom(func(t *rapid.T) any {
		sort := rapid.IntRange(0, 7).Draw(t, "sort")
		if depth > 0 && sort > 5 {
			sort -= 3
		}
		switch {
		case sort == 0 && depth < 4:
			return rapid.SampledFrom([]any{"", "text", `"`, "{{ x }}", "a\nb", "0", "<é>"}).Draw(t, "text")
		case sort == 1 && depth < 4:
			return rapid.SampledFrom([]any{nil, true, json.Number("1"), json.Number("1.0"), json.Number("1e2")}).Draw(t, "scalar")
		case sort == 2 && depth < 4:
			return rapid.SampledFrom([]variable{"{{ x }}", "{{x}}", `{{ "y" }}`}).Draw(t, "variable")
		case depth == 0:
			return "leaf"
		case sort%2 == 0:
			return rapid.SliceOfN(aTemplate(depth-1), 0, 3).Draw(t, "list")
		}
		return rapid.MapOfN(keys, aTemplate(depth-1), 0, 4).Draw(t, "object")
	})
}

// spelled writes a template in a layout that is drawn: the order of keys, and space.
func spelled(t *rapid.T, v any) string {
	space := func() string { return rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space") }
	switch v := v.(type) {
	case variable:
		return space() + string(v) + space()
	case map[string]any:
		var parts []string
		for _, k := range rapid.Permutation(slices.Sorted(maps.Keys(v))).Draw(t, "order") {
			parts = append(parts, space()+spelled(t, k)+space()+":"+spelled(t, v[k]))
		}
		return "{" + strings.Join(parts, ",") + space() + "}"
	case []any:
		var parts []string
		for _, element := range v {
			parts = append(parts, spelled(t, element))
		}
		return "[" + strings.Join(parts, ",") + space() + "]"
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// steps reads a path as a person does: keys between dots, quoted where they are
// odd, and places as bare numbers.
func steps(t tester, path string) []any {
	t.Helper()
	var list []any
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		if strings.HasPrefix(path, `"`) {
			quoted, err := strconv.QuotedPrefix(path)
			if err != nil {
				t.Fatalf("%s in %s", err, path)
			}
			text, _ := strconv.Unquote(quoted)
			list, path = append(list, text), path[len(quoted):]
			continue
		}
		step, rest, _ := strings.Cut(path, ".")
		if at, err := strconv.Atoi(step); err == nil {
			list = append(list, at)
		} else {
			list = append(list, step)
		}
		path = rest
	}
	return list
}

// put is a value with another one at a place; absent takes what is there away.
// Places behind the end of a list are put in order.
func put(t tester, v any, path []any, to any) any {
	t.Helper()
	if len(path) == 0 {
		return to
	}
	switch v := v.(type) {
	case map[string]any:
		k, ok := path[0].(string)
		if !ok {
			t.Fatalf("%v is no key", path[0])
		}
		v = maps.Clone(v)
		if v[k] = put(t, v[k], path[1:], to); v[k] == any(absent{}) {
			delete(v, k)
		}
		return v
	case []any:
		i, ok := path[0].(int)
		if !ok || i > len(v) {
			t.Fatalf("%v is no place of %d", path[0], len(v))
		}
		v = slices.Clone(v)
		if i == len(v) {
			return append(v, put(t, nil, path[1:], to))
		}
		v[i] = put(t, v[i], path[1:], to)
		return v
	}
	t.Fatalf("nothing is below %v", v)
	return nil
}

// trimmed is a value without the elements that are taken from the ends of lists.
func trimmed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, element := range v {
			out[k] = trimmed(element)
		}
		return out
	case []any:
		out := []any{}
		for _, element := range v {
			if element != any(absent{}) {
				out = append(out, trimmed(element))
			}
		}
		return out
	}
	return v
}

func TestWhatIsShownOfATemplateIsAllThatDiffers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "a.b", "0"}), aTemplate(3), 1, 4)
		before, after := root.Draw(rt, "before"), root.Draw(rt, "after")
		if rapid.Bool().Draw(rt, "mostly the same") {
			k := rapid.SampledFrom(slices.Sorted(maps.Keys(before))).Draw(rt, "key")
			after = maps.Clone(before)
			after[k] = aTemplate(2).Draw(rt, "other")
		}
		b, a, ok := templates(spelled(rt, before), spelled(rt, after))
		if !ok {
			rt.Fatal("these are templates")
		}
		if diff := cmp.Diff([]any{any(before), any(after)}, []any{b, a}); diff != "" {
			rt.Fatalf("read as another template (-written +read):\n%s", diff)
		}
		found := edits(nil, b, a)
		if (len(found) == 0) != cmp.Equal(any(before), any(after)) {
			rt.Fatalf("%d differences are shown of\n%s", len(found), cmp.Diff(before, after))
		}
		d := drawing{width: 1 << 20}
		d.templateDiff(fieldIndent, "x", b, a)
		shown := b
		for i, e := range found {
			row := d.rows[i].text()
			path, ok := strings.CutSuffix(row, ": "+literal(e.before)+" -> "+literal(e.after))
			if !ok {
				rt.Fatalf("the row %q does not show %s -> %s", row, literal(e.before), literal(e.after))
			}
			shown = put(rt, shown, steps(rt, strings.TrimPrefix(path, "x")), e.after)
		}
		if diff := cmp.Diff(any(after), trimmed(shown)); diff != "" {
			rt.Fatalf("what is shown makes another template of the one before (-after +shown):\n%s", diff)
		}
		if len(found) == 0 && d.rows[0].text() != "x: only the layout differs" {
			rt.Fatalf("nothing differs, and %q is shown", d.rows[0].text())
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{`{"a": {{ b }}}`, `[1.0, "\u0000"]`, `{"a":1,"a":2}`, "{{ x }}", `{"{{": 1}`, `{"a": {{ "}} }}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := parseTemplate(text)
		if !ok {
			return
		}
		again, ok := parseTemplate(strings.Join(layoutJSON(value), "\n"))
		if diff := cmp.Diff(value, again); !ok || diff != "" {
			t.Errorf("%q laid out is another template (-read +again):\n%s", text, diff)
		}
	})
}

// layoutJSON is what a template says, as text.
func layoutJSON(v any) []string {
	switch v := v.(type) {
	case variable:
		return []string{string(v)}
	case map[string]any:
		var parts []string
		for k, element := range v {
			name, _ := json.Marshal(k)
			parts = append(parts, string(name)+":"+strings.Join(layoutJSON(element), ""))
		}
		return []string{"{" + strings.Join(parts, ",") + "}"}
	case []any:
		var parts []string
		for _, element := range v {
			parts = append(parts, strings.Join(layoutJSON(element), ""))
		}
		return []string{"[" + strings.Join(parts, ",") + "]"}
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprint(err))
	}
	return []string{string(out)}
}
