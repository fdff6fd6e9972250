package kind

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
)

// panics runs f and gives the words of its panic, "" if there is none.
func panics(f func()) (said string) {
	defer func() {
		if p := recover(); p != nil {
			said = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}

func TestABadTagPanicsAtStartUp(t *testing.T) {
	for _, test := range []struct {
		name string
		of   any
		want string
	}{
		{"no name", struct {
			A Opt[string] `doc:"-"`
		}{}, ".A: needs the tags attr and doc"},
		{"no doc", struct {
			A Opt[string] `attr:"a"`
		}{}, ".A: needs the tags attr and doc"},
		{"an unknown flag", struct {
			A Opt[string] `attr:"a,sett" doc:"-"`
		}{}, ".A: no flag is called sett"},
		{"a bound that is no number", struct {
			A Opt[string] `attr:"a" doc:"-" max:"many"`
		}{}, ".A: max is not a whole number"},
		{"a type that no document has", struct {
			A Opt[float32] `attr:"a" doc:"-"`
		}{}, "no attribute has the Go type float32"},
		{"such a type inside a list", struct {
			A Opt[[]chan int] `attr:"a" doc:"-"`
		}{}, "no attribute has the Go type chan int"},
		{"a plain attribute", struct {
			A string      `attr:"a" doc:"-"`
			B Opt[string] `attr:"b" doc:"-"`
		}{}, ".A: a key is a string and every other attribute an Opt"},
		{"a key that may be omitted", struct {
			A Opt[string] `attr:"a,key" doc:"-"`
		}{}, ".A: a key is a string and every other attribute an Opt"},
		{"a bad tag in an element", struct {
			A Opt[[]struct {
				B string `attr:"b"`
			}] `attr:"a" doc:"-"`
		}{}, ".B: needs the tags attr and doc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if said := panics(func() { tableOf(reflect.TypeOf(test.of)) }); !strings.HasSuffix(said, test.want) {
				t.Errorf("panic %q, want %q", said, test.want)
			}
		})
	}
}

func TestTheTableSaysWhatTheTagsSay(t *testing.T) {
	rows := map[string]string{}
	for _, a := range New(widgetType()).Attributes() {
		rows[a.Name] = a.Type()
	}
	want := map[string]string{
		"name": "string", "widget_id": "string", "title": "string", "size": "whole number", "on": "bool", "color": "string",
		"order": "list of string", "tags": "list of string", "keys": "list of string", "meta": "map of any value", "role.rights": "map of list of string",
		"role.names": "map of string", "parts": "list of object", "shop": "map of object", "fixed": "string", "mine": "string", "once": "bool",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	size := erasedOf(t, widgetType()).attribute("size")
	if size.Min != 1 || size.Max != 9 || size.Default != "3" || size.Key || size.Set {
		t.Errorf("%+v", size)
	}
	if on := erasedOf(t, widgetType()).attribute("on"); on.Min != -1 || on.Max != -1 {
		t.Errorf("no bound must be -1: %+v", on)
	}
}

func TestAnUnfinishedTypePanics(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*Type[widget])
		want  string
	}{
		{"no name", func(t *Type[widget]) { t.Name = "" }, "the kind  needs a Name, a Plural, a Doc, a List and an Update"},
		{"no list", func(t *Type[widget]) { t.List = nil }, "the kind widget needs a Name, a Plural, a Doc, a List and an Update"},
		{"no update", func(t *Type[widget]) { t.Update = nil }, "the kind widget needs a Name, a Plural, a Doc, a List and an Update"},
		{"holders without their kind", func(t *Type[widget]) {
			t.Upheld = func(context.Context, *client.Client, []Live[widget]) (map[string]int, error) { return nil, nil }
		}, "the kind widget needs Upheld and UpheldBy, or neither"},
		{"a singleton with a key", func(t *Type[widget]) { t.Singleton = true }, "the kind widget needs a key exactly if it is no singleton"},
	} {
		t.Run(test.name, func(t *testing.T) {
			of := widgetType()
			test.spoil(&of)
			if said := panics(func() { New(of) }); said != test.want {
				t.Errorf("panic %q, want %q", said, test.want)
			}
		})
	}
}

func TestAKindOfWhichNothingCanChangeHasNoUpdate(t *testing.T) {
	type token struct {
		Name string `attr:"name,key" doc:"-"`
		Made string `attr:"-"`
	}
	of := Type[token]{Name: "token", Plural: "tokens", Doc: "-", List: nothing[token]}
	if attributes := New(of).Attributes(); len(attributes) != 1 || !attributes[0].Key {
		t.Errorf("%+v", attributes)
	}
}

func TestADefaultThatDoesNotFitPanics(t *testing.T) {
	type bad struct {
		Name string   `attr:"name,key" doc:"-"`
		Size Opt[int] `attr:"size" default:"\"x\"" doc:"-"`
	}
	k := New(Type[bad]{
		Name: "bad", Plural: "bads", Doc: "-", List: nothing[bad],
		Update: func(context.Context, *client.Client, Edit[bad]) error { return nil },
	})
	if said := panics(func() { k.After(nil, &bad{}, nil) }); said != "the default of bad.size is no whole number" {
		t.Error(said)
	}
}

func TestKindsAreInTheOrderInWhichTheyAreWritten(t *testing.T) {
	var names []string
	for _, k := range toys().Kinds() {
		names = append(names, fmt.Sprint(k.Name(), " ", k.Traits().Rank, "/", k.Traits().Ranks))
	}
	if diff := cmp.Diff([]string{"organization 1/4", "widget 2/4", "setting 3/4", "gadget 4/4"}, names); diff != "" {
		t.Errorf("a gadget nests in an organization and comes after the setting:\n%s", diff)
	}
	if k, ok := toys().Lookup("gadget"); !ok || k.Word().Parent != "organization" || !k.Word().Roster || k.Word().Required != "name" {
		t.Errorf("%v %+v", ok, k.Word())
	}
	if _, ok := toys().Lookup("gizmo"); ok {
		t.Error("a kind that is none is found")
	}
}

func TestAKindCanBeInSeveralCatalogs(t *testing.T) {
	k := New(widgetType())
	first := NewCatalog(k)
	second := NewCatalog(New(settingType()), New(homeType()), k)
	for catalog, want := range map[*Catalog]string{&first: "1/1", &second: "3/3"} {
		found, _ := catalog.Lookup("widget")
		if got := fmt.Sprint(found.Traits().Rank, "/", found.Traits().Ranks); got != want {
			t.Errorf("the widget's place is %s, want %s", got, want)
		}
	}
}

func TestKindsThatCannotBeOrderedPanic(t *testing.T) {
	after := func(name string, others ...string) Kind {
		of := widgetType()
		of.Name, of.After = name, others
		return New(of)
	}
	for _, test := range []struct {
		name  string
		kinds []Kind
		want  string
	}{
		{"two of one name", []Kind{after("a"), after("a")}, "two kinds are called a"},
		{"after one that is none", []Kind{after("a", "b")}, "a comes after b, which is no kind"},
		{"in one that is none", []Kind{New(gadgetType()), New(settingType())}, "gadget comes after organization, which is no kind"},
		{"a circle", []Kind{after("a", "b"), after("b", "a"), after("c")}, "the kinds wait for one another in a circle; only 1 of 3 have a place"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if said := panics(func() { NewCatalog(test.kinds...) }); said != test.want {
				t.Errorf("panic %q, want %q", said, test.want)
			}
		})
	}
}
