package plan_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func encoded(t interface{ Fatal(...any) }, p *plan.Plan) string {
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestASavedPlanComesBackAsItWas(t *testing.T) {
	blocked := plan.DefaultPolicy()
	for name, p := range map[string]*plan.Plan{
		"with something of everything": first(draft(lax(), sample()...)),
		"blocked":                      first(draft(blocked, sample()...)),
		"incomplete":                   first(draft(lax(), unseen(sample()[3]))),
		"empty":                        first(draft(plan.Policy{})),
	} {
		t.Run(name, func(t *testing.T) {
			text := encoded(t, p)
			back, err := plan.Decode(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(text, encoded(t, back)); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(text, `\u003c`) || !strings.HasSuffix(text, "}\n") {
				t.Error("the text is escaped for HTML or does not end in a newline")
			}
			if empty := nulls(reflect.ValueOf(*p), "plan"); len(empty) > 0 {
				t.Errorf("null lists: %q", empty)
			}
		})
	}
}

func TestNumbersOfASavedPlanKeepTheirDigits(t *testing.T) {
	var p *plan.Plan
	for _, number := range []json.Number{"12345678901234567890", "1.50", "1e3"} {
		numbers := *linkKind
		numbers.name = "number"
		p, _ = draft(lax(), plan.Set{Kind: &numeric{toy: &numbers, number: number}, Declared: only(declare("a", "name=x"))})
		back, err := plan.Decode(strings.NewReader(encoded(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		if got := back.Changes[0].Attributes[0].After; got != number {
			t.Errorf("%v came back as %v", number, got)
		}
	}
}

// numeric is a kind with a number.
type numeric struct {
	*toy
	number json.Number
}

func (k *numeric) Creation(_, _ any) []plan.Attribute {
	return []plan.Attribute{{Name: "number", After: k.number}}
}

func TestDecodeRefuses(t *testing.T) {
	whole := encoded(t, first(draft(lax(), sample()...)))
	blocked := encoded(t, first(draft(plan.DefaultPolicy(), sample()...)))
	tests := []struct {
		name   string
		text   string
		change func(map[string]any)
		want   string
	}{
		{name: "what is no JSON", text: "version: 1\n", want: "this is not a saved plan"},
		{name: "a plan that is cut off", text: whole[:len(whole)/2], want: "this is not a saved plan"},
		{name: "a plan that something follows", text: whole + "{}", want: "something follows"},
		{name: "some other JSON", text: "{}", want: "format version"},
		{name: "another major version", text: strings.Replace(whole, `"format_version": "1.0"`, `"format_version": "2.0"`, 1), want: `format version "2.0"`},
		{name: "another value", text: strings.Replace(whole, `"Ada"`, `"Eve"`, 1), want: "digest"},
		{name: "another digest", text: strings.Replace(whole, "sha256:", "sha256:0", 1), want: "digest"},
		{name: "another project", change: set1("project_id", "project-live-1", "target"), want: "digest"},
		{name: "blocks taken away", text: blocked, change: set1("blocked", []any{}), want: "digest"},
		{name: "a lifted limit", text: blocked, change: set1("deletes", 9, "policy", "limits"), want: "digest"},
		{name: "another organization", change: set1("organization_id", "organization-9", "changes", "4"), want: "digest"},
		{name: "another object", change: set1("id", "m9", "changes", "4"), want: "digest"},
		{name: "a value in a step", change: set1("after", []any{"stytch_admin"}, "changes", "9", "steps", "0", "attributes", "0"), want: "digest"},
		{name: "a change taken away", change: func(p map[string]any) { p["changes"] = p["changes"].([]any)[1:] }, want: "digest"},
		{name: "an attribute taken away", change: set1("attributes", []any{}, "changes", "0"), want: "digest"},
		{name: "a kind that the address does not have", change: set1("kind", "organization", "changes", "0"), want: "is not the address"},
		{name: "a key that the address does not have", change: set1("key", "zoe", "changes", "0"), want: "is not the address"},
		{name: "a summary that does not add up", change: set1("delete", 0, "summary"), want: "summary"},
		{name: "completeness without reason", change: set1("complete", false), want: "could be read"},
		{name: "no steps", change: set1("steps", []any{map[string]any{}}, "changes", "9"), want: "digest"},
		{name: "a need that is not there", change: set1("needs", []any{map[string]any{"address": "link/z", "step": 0}}, "changes", "0", "steps", "0"), want: "does not have"},
		{name: "a need that comes later", change: set1("phase", 9000000, "changes", "1", "steps", "0"), want: "comes later"},
		{name: "steps out of order", change: set1("phase", 0, "changes", "9", "steps", "1"), want: "out of order"},
		{name: "a block that only a change names", change: set1("blocked_by", []any{"deletes"}, "changes", "0"), want: "of which the plan says nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := test.text
			if text == "" {
				text = whole
			}
			if test.change != nil {
				text = edit(t, text, test.change)
			}
			p, err := plan.Decode(strings.NewReader(text))
			if err == nil || p != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// edit changes the JSON of a plan; without a change in the meaning it still decodes.
func edit(t *testing.T, text string, change func(map[string]any)) string {
	var p map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&p); err != nil {
		t.Fatal(err)
	}
	change(p)
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// set1 sets one field at a path of names and indexes.
func set1(name string, value any, path ...string) func(map[string]any) {
	return func(p map[string]any) {
		var at any = p
		for _, step := range path {
			switch here := at.(type) {
			case map[string]any:
				at = here[step]
			case []any:
				at = here[step[0]-'0']
			}
		}
		at.(map[string]any)[name] = value
	}
}

func TestDecodeAcceptsWhatDoesNotMatter(t *testing.T) {
	whole := encoded(t, first(draft(lax(), sample()...)))
	for name, change := range map[string]func(map[string]any){
		"another layout":                 func(map[string]any) {},
		"a field of a newer version":     set1("hue", "blue"),
		"a newer minor version":          set1("format_version", "1.7"),
		"lists that are null":            set1("warnings", nil),
		"another wording of a risk":      set1("risks", []any{}, "changes", "4"),
		"a position that is not written": set1("source", nil, "changes", "4"),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plan.Decode(strings.NewReader(edit(t, whole, change)))
			if err != nil {
				t.Fatal(err)
			}
			if empty := nulls(reflect.ValueOf(*p), "plan"); len(empty) > 0 {
				t.Errorf("null lists: %q", empty)
			}
		})
	}
}
