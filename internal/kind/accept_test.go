package kind

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

func text(s string) *spec.Node { return &spec.Node{Type: spec.String, String: s} }

func texts(items ...string) *spec.Node {
	list := &spec.Node{Type: spec.List}
	for _, item := range items {
		list.Items = append(list.Items, text(item))
	}
	return list
}

func TestAnAcceptedValueIsComparedAsADeclaredOne(t *testing.T) {
	live := &widget{
		Name: "w", Title: Some("much longer than a document may say"), Tags: Some([]string{"b", "a", "a"}),
		Meta: Some(map[string]any{"plan": "free", "a.b": "x"}), Rights: Some(map[string][]string{"documents": {"read", "write"}}),
	}
	for _, test := range []struct {
		name, attribute string
		value           *spec.Node
		same            bool
	}{
		{"the live value, that no document may have", "title", text("much longer than a document may say"), true},
		{"another", "title", text("other"), false},
		{"a set in another order", "tags", texts("a", "b"), true},
		{"another set", "tags", texts("a"), false},
		{"a key of metadata", "meta.plan", text("free"), true},
		{"a key with a dot", "meta.a.b", text("x"), true},
		{"another value of a key", "meta.plan", text("paid"), false},
		{"a key that is not there", "meta.other", &spec.Node{Type: spec.Null}, true},
		{"a key that is", "meta.plan", &spec.Node{Type: spec.Null}, false},
		{"a set owned by key", "role.rights.documents", texts("write", "read"), true},
		{"what is empty", "order", texts(), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := New(widgetType())
			known, _, problems := k.acceptable(test.attribute, test.value)
			if len(problems) > 0 {
				t.Fatal(told(problems))
			}
			differs := slices.ContainsFunc(k.Compare(live, known), func(a plan.Attribute) bool { return a.Name == test.attribute })
			if differs == test.same {
				t.Errorf("it is the live value: %v, want %v", !differs, test.same)
			}
		})
	}
}

func TestADeclarationWithoutAnAttributeDeclaresAllOthers(t *testing.T) {
	w := func() *widget {
		return &widget{Name: "w", Title: Some("t"), Meta: Some(map[string]any{"plan": "free", "a.b": "x"})}
	}
	for attribute, want := range map[string]*widget{
		"title":      {Name: "w", Meta: w().Meta},
		"meta.a.b":   {Name: "w", Title: Some("t"), Meta: Some(map[string]any{"plan": "free"})},
		"meta.other": w(),
		"name":       w(), // a key is no attribute that anybody could leave to another
		"size":       w(),
	} {
		declared := w()
		if diff := cmp.Diff(want, New(widgetType()).Without(declared, attribute)); diff != "" {
			t.Errorf("%s: %s", attribute, diff)
		}
		if diff := cmp.Diff(w(), declared); diff != "" {
			t.Errorf("the declaration itself was changed: %s", diff)
		}
	}
}

func TestASecretIsNeverAccepted(t *testing.T) {
	for _, attribute := range []string{"client_secret", "private_key"} {
		_, _, problems := New(lockType()).acceptable(attribute, text("hunter2"))
		want := attribute + " is a secret: its live value cannot stand in a document"
		if len(problems) != 1 || problems[0].Summary != want {
			t.Errorf("%s: %v", attribute, told(problems))
		}
	}
}
