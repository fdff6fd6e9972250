package kind

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

func TestAProblemStandsAtTheDeepestPlaceThatWasWritten(t *testing.T) {
	desired, _ := decoded(t, `
widgets:
  w:
    title: T
    tags: [a, b]
    meta:
      plan: gold
      a.b: {c: [x, {d: y}]}
    role:
      rights:
        stytch.self: [read, write]
    initial: {size: 4}
`)
	r := desired.document.Resources[0]
	for _, test := range []struct {
		path         string
		line, column int
	}{
		{"", 4, 3},
		{"title", 5, 12},
		{"titl", 4, 3},
		{"tags", 6, 11},
		{"tags[1]", 6, 15},
		{"tags[9]", 6, 11},
		{"tags[-1]", 6, 11},
		{"tags[x]", 6, 11},
		{"meta.plan", 8, 7},
		{"meta.missing", 8, 7}, // the map itself starts at its first key
		{"meta.a.b", 9, 7},
		{"meta.a.b.c[0]", 9, 17},
		{"meta.a.b.c[1].d", 9, 21},
		{"role.rights.stytch.self[1]", 12, 29},
		{"size", 13, 21},
		{"nowhere.at.all", 4, 3},
	} {
		at := locate(r, test.path).Start
		if at.Line != test.line || at.Column != test.column {
			t.Errorf("%q is at %d:%d, want %d:%d", test.path, at.Line, at.Column, test.line, test.column)
		}
	}
	d := Diagnose(plan.Problem{Resource: r, Attribute: "tags[1]", Message: "no 100 %", Hint: "50 %"})
	if d.Summary != "no 100 %" || d.Hint != "50 %" || d.Range.Start.Column != 15 {
		t.Errorf("%+v", d)
	}
}

func TestDeclarationsOfOneScopeAreHeldAgainstEachOther(t *testing.T) {
	for _, test := range []struct {
		name, content string
		want          []string
	}{
		{"keys that differ by case", "organizations: {o: {gadgets: {G: {}, g: {}}}}", []string{`2:38: "G" and "g" are the same gadget: keys of this kind compare without case (declare it once)`}},
		{"in different organizations they are different", "organizations: {o: {gadgets: {G: {}}}, p: {gadgets: {g: {}}}}", nil},
		{"a value that must be unique", "organizations: {o: {gadgets: {a: {code: x}, b: {code: x}}}}", []string{`2:55: code x is declared for "a" and for "b"; it must be unique`}},
		{"a unique value of what goes", "organizations: {o: {gadgets: {a: {absent: true}, b: {code: x}}}}", nil},
		{"a former key that is declared", "organizations: {o: {gadgets: {a: {}, b: {renamed_from: A}}}}", []string{`2:56: "b" was renamed from "A", which is declared too (drop the old declaration, or drop renamed_from)`}},
		{"a former key that is the present one", "organizations: {o: {gadgets: {a: {renamed_from: A}}}}", []string{`2:49: "A" is the key that "a" has now (name the former key, or drop renamed_from)`}},
		{"a former key that two claim", "organizations: {o: {gadgets: {a: {renamed_from: x}, b: {renamed_from: X}}}}", []string{`2:71: both "a" and "b" are renamed from "X"`}},
		{"a role that nobody declares, where roles are declared", "setting: {roles: [editor]}\norganizations: {o: {gadgets: {a: {roles: [editor, edtor]}}}}", []string{`3:51: organization/o/gadget/a uses the role "edtor", which the documents do not declare (did you mean "editor"?)`}},
		{"a role that resembles none", "setting: {roles: [b, a]}\norganizations: {o: {gadgets: {a: {roles: [zzzzzz]}}}}", []string{`3:43: organization/o/gadget/a uses the role "zzzzzz", which the documents do not declare (declared are: a, b)`}},
		{"any role, where none is declared", "setting: {level: 1}\norganizations: {o: {gadgets: {a: {roles: [editor]}}}}", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := decoded(t, test.content+"\n")
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTogetherSeesWhatIsDeclaredToStay(t *testing.T) {
	of := widgetType()
	of.Together = func(declared []widget) []Problem {
		var problems []Problem
		for i, w := range declared {
			problems = append(problems, Problem{Index: i, Attribute: "title", Message: "together with " + w.Name})
		}
		return problems
	}
	catalog := NewCatalog(New(of))
	document := &spec.Document{Resources: []*spec.Resource{
		{Kind: "widget", Key: "a", Absent: true}, {Kind: "widget", Key: "b"}, {Kind: "widget", Key: "c"},
	}}
	_, diagnostics := Decode(document, catalog)
	if diff := cmp.Diff([]string{"0:0: together with b", "0:0: together with c"}, told(diagnostics)); diff != "" {
		t.Error(diff)
	}
}

func TestNeedsAreTheKindsThatTheDocumentsNameByTheirAPI(t *testing.T) {
	for _, test := range []struct {
		name, content string
		want          client.Needs
	}{
		{"an environment's kind", "widgets: {w: {}}", client.Needs{client.Management: {"widget"}}},
		{"an empty set", "widgets: {}", client.Needs{client.Management: {"widget"}}},
		{"what nests, and what it nests in", "organizations: {o: {gadgets: {}}}", client.Needs{client.Data: {"organization", "gadget"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			desired, problems := decoded(t, test.content+"\n")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(test.want, desired.Needs()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPinIsTheDeclarationsID(t *testing.T) {
	desired, _ := decoded(t, "widgets: {w: {widget_id: widget-1, title: abc}}\n")
	d := desired.sets[setKey{kind: "widget"}][0]
	if d.ID != "widget-1" || d.Key != "w" || d.Source == nil || d.Source.Line != 2 || d.Source.Column != 11 || !strings.HasSuffix(d.Source.File, "state.yaml") {
		t.Errorf("%+v %+v", d, d.Source)
	}
}
