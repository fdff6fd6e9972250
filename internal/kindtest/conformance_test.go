package kindtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An example is what the suite must know of one kind: how its objects are
// declared, and values for every attribute of its table.
type example struct {
	key     string // of the object that is declared; "" for a singleton
	base    Object // what every declaration of it needs
	beside  Object // top-level words that stand in the document too
	prepare func(t *testing.T, w *World)
	// raw is the object as the sandbox has it, by HTTP.
	raw  func(t *testing.T, w *World) Object
	rows map[string]row
}

// A row is the example of one attribute. Values are applied one after the
// other, the first against the default; then the clear value, if there is one.
type row struct {
	values []any
	clear  any    // the empty value: "", [], {}, false or 0; for a map that is owned by key, its keys with null
	kept   string // why nothing clears it
	needed bool   // no object can be without it, as no creation of a required attribute can
	skip   string // why the suite does not apply, and what shows the attribute instead

	base      Object // in place of the example's
	with      Object // what makes the values legal, declared beside the attribute
	prepare   func(t *testing.T, w *World)
	uncreated string           // why a new object cannot have the first value
	raw       func(Object) any // where the sandbox has the value; nil: under its name
}

// TestEveryAttribute is the conformance suite: every attribute of every kind is
// set, changed, cleared, and left out, and after every apply the next plan is
// empty and the sandbox really has what was declared.
func TestEveryAttribute(t *testing.T) {
	examples := examples(t)
	for _, complaint := range incomplete(catalog.All().Kinds(), examples) {
		t.Error(complaint)
	}
	for _, k := range catalog.All().Kinds() {
		e := examples[k.Name()]
		for _, a := range k.Attributes() {
			r, known := e.rows[a.Name]
			if !known || r.skip != "" {
				continue
			}
			t.Run(k.Name()+" "+a.Name, func(t *testing.T) {
				t.Parallel()
				s := suite{kind: k, attribute: a, example: e, row: r}
				t.Run("is set, changed, cleared and left out", s.live)
				if k.Traits().Creatable && r.uncreated == "" {
					t.Run("is there after a creation", s.created)
				}
			})
		}
	}
}

// incomplete says which kinds and attributes nobody gave examples for, which
// examples are of nothing, and which gaps have no reason.
func incomplete(kinds []kind.Kind, examples map[string]example) []string {
	var complaints []string
	complain := func(words ...string) { complaints = append(complaints, strings.Join(words, " ")) }
	unused := maps.Clone(examples)
	for _, k := range kinds {
		e, known := examples[k.Name()]
		delete(unused, k.Name())
		if !known {
			complain(k.Name(), "has no example")
			continue
		}
		rows := maps.Clone(e.rows)
		for _, a := range k.Attributes() {
			r, known := rows[a.Name]
			delete(rows, a.Name)
			switch {
			case a.Key:
			case !known:
				complain(k.Name(), a.Name, "has no example")
			case r.skip != "":
			case len(r.values) < 2:
				complain(k.Name(), a.Name, "needs two values at least, or a reason to be skipped")
			case r.clear == nil && r.kept == "":
				complain(k.Name(), a.Name, "needs an empty value, or the reason why it has none")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(rows)) {
			complain(k.Name(), "has no attribute", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		complain("no kind is called", name)
	}
	return complaints
}

func TestTheSuiteNoticesWhatItWasNotTold(t *testing.T) {
	kinds := catalog.All().Kinds()
	for _, test := range []struct {
		name  string
		spoil func(map[string]example)
		want  string
	}{
		{"a kind without example", func(m map[string]example) { delete(m, "member") }, "member has no example"},
		{"an attribute without example", func(m map[string]example) { delete(m["member"].rows, "roles") }, "member roles has no example"},
		{"a skip without reason", func(m map[string]example) { m["member"].rows["roles"] = row{} }, "member roles needs two values at least, or a reason to be skipped"},
		{"an attribute that is never cleared, without reason", func(m map[string]example) {
			m["member"].rows["roles"] = row{values: []any{"a", "b"}}
		}, "member roles needs an empty value, or the reason why it has none"},
		{"an example of an attribute that is gone", func(m map[string]example) { m["member"].rows["shoe_size"] = row{skip: "-"} }, "member has no attribute shoe_size"},
		{"an example of a kind that is gone", func(m map[string]example) { m["user"] = example{} }, "no kind is called user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			examples := examples(t)
			test.spoil(examples)
			if diff := cmp.Diff([]string{test.want}, incomplete(kinds, examples)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A suite is the run of one attribute.
type suite struct {
	kind      kind.Kind
	attribute kind.Attribute
	example
	row
}

func (s suite) live(t *testing.T) {
	w := New(t, Options{})
	s.prepared(t, w)
	for _, value := range s.values {
		s.set(t, w, value)
	}
	if s.clear != nil {
		s.set(t, w, s.clear)
		s.set(t, w, s.values[0])
	}
	before := s.seen(t, w)
	if p := w.Plan(t, s.document(nil)); len(p.Changes) > 0 {
		t.Errorf("%s is left out, and the plan is not empty:\n%s", s.attribute.Name, Told(p))
	}
	if diff := cmp.Diff(before, s.seen(t, w)); diff != "" {
		t.Errorf("planning changed the object:\n%s", diff)
	}
}

// prepared makes the object that the values go to, without the attribute where
// Stytch allows that.
func (s suite) prepared(t *testing.T, w *World) {
	t.Helper()
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	if s.attribute.Required || s.needed {
		w.Converge(t, s.document(s.values[len(s.values)-1]))
	} else {
		w.Converge(t, s.document(nil))
	}
	if s.row.prepare != nil {
		s.row.prepare(t, w)
	}
}

func (s suite) set(t *testing.T, w *World, value any) {
	t.Helper()
	document := s.document(value)
	already := cmp.Equal(canonical(value), s.seen(t, w)) || s.isDefault(value, s.seen(t, w))
	if p := w.Apply(t, document); len(p.Changes) == 0 && !already {
		t.Fatalf("%s: %v is declared, the sandbox has %v, and the plan is empty", s.attribute.Name, value, s.seen(t, w))
	}
	if again := w.Plan(t, document); len(again.Changes) > 0 {
		t.Fatalf("%s was set to %v, and the next plan is not empty:\n%s", s.attribute.Name, value, Told(again))
	}
	if diff := cmp.Diff(canonical(value), s.seen(t, w)); diff != "" {
		t.Fatalf("%s was set to %v; declared (-) and in the sandbox (+):\n%s", s.attribute.Name, value, diff)
	}
}

// isDefault: a value that says what was never set is no change.
func (suite) isDefault(value, seen any) bool { return canonical(value) == nil && seen == nil }

func (s suite) created(t *testing.T) {
	w := New(t, Options{})
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	p := w.Apply(t, s.document(s.values[0]))
	if !slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Kind == s.kind.Name() && c.Action == plan.Create }) {
		t.Fatalf("nothing is created:\n%s", Told(p))
	}
	if again := w.Plan(t, s.document(s.values[0])); len(again.Changes) > 0 {
		t.Fatalf("after the creation the plan is not empty:\n%s", Told(again))
	}
	if diff := cmp.Diff(canonical(s.values[0]), s.seen(t, w)); diff != "" {
		t.Errorf("declared (-) and in the sandbox (+):\n%s", diff)
	}
}

// seen is the attribute's value in the sandbox.
func (s suite) seen(t *testing.T, w *World) any {
	t.Helper()
	object := s.example.raw(t, w)
	if object == nil {
		t.Fatalf("the sandbox has no %s %s", s.kind.Name(), s.key)
	}
	if s.row.raw != nil {
		return canonical(s.row.raw(object))
	}
	return canonical(object[s.attribute.Name])
}

// document declares the object with the attribute; nil leaves the attribute
// out. It is JSON, which is YAML too.
func (s suite) document(value any) Documents {
	object := maps.Clone(s.example.base)
	if s.row.base != nil {
		object = maps.Clone(s.row.base)
	}
	if object == nil {
		object = Object{}
	}
	maps.Copy(object, s.with)
	target, name := object, s.attribute.Name
	if parent, child, nested := strings.Cut(name, "."); nested {
		inner, _ := object[parent].(Object)
		target, name = maps.Clone(inner), child
		if value != nil && target == nil {
			target = Object{}
		}
		if target != nil {
			object[parent] = target
		}
	}
	delete(target, name)
	if value != nil {
		target[name] = value
	}
	word := s.kind.Word()
	top := Object{"version": 1, "project": Object{"project_slug": "acme-auth", "environment_slug": "test"}}
	maps.Copy(top, s.beside)
	switch {
	case word.Singleton && word.Parent == plan.OrganizationKind:
		top["organizations"] = Object{"acme": Object{"organization_name": "Acme", word.Plural: object}}
	case word.Singleton:
		top[word.Plural] = object
	case word.Parent == plan.OrganizationKind:
		top["organizations"] = Object{"acme": Object{"organization_name": "Acme", word.Plural: Object{s.key: object}}}
	default:
		top[word.Plural] = Object{s.key: object}
	}
	return Documents{"state.yaml": asJSON(top)}
}
