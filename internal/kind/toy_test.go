package kind

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// The tests' own kinds: one attribute of every form. No test here rests on the
// kinds of the program.

type widget struct {
	Name   string                   `attr:"name,key" doc:"-"`
	Pin    Opt[string]              `attr:"widget_id,id" doc:"-"`
	Title  Opt[string]              `attr:"title,required,nonempty" min:"2" max:"5" doc:"-"`
	Size   Opt[int]                 `attr:"size" min:"1" max:"9" default:"3" doc:"-"`
	On     Opt[bool]                `attr:"on" default:"true" doc:"-"`
	Color  Opt[string]              `attr:"color" oneof:"red green blue" doc:"-"`
	Order  Opt[[]string]            `attr:"order" max:"3" doc:"-"`
	Tags   Opt[[]string]            `attr:"tags,set" oneof:"a b c d" doc:"-"`
	Keys   Opt[[]string]            `attr:"keys,bag,file,nonempty" doc:"-"`
	Meta   Opt[map[string]any]      `attr:"meta,merge" max:"3" doc:"-"`
	Rights Opt[map[string][]string] `attr:"role.rights,merge,set" doc:"-"`
	Names  Opt[map[string]string]   `attr:"role.names,nonempty" doc:"-"`
	Parts  Opt[[]part]              `attr:"parts,set" doc:"-"`
	Shop   Opt[map[string]part]     `attr:"shop" doc:"-"`
	Fixed  Opt[string]              `attr:"fixed,immutable" doc:"-"`
	Mine   Opt[string]              `attr:"mine,local" doc:"-"`
	Once   Opt[bool]                `attr:"once,initial" doc:"-"`
}

type part struct {
	ID    string   `attr:"id,required,nonempty" doc:"-"`
	Count int      `attr:"count" default:"1" doc:"-"`
	Hues  []string `attr:"hues,set" doc:"-"`
}

// A gadget nests in an organization.
type gadget struct {
	Name  string        `attr:"name,key" doc:"-"`
	Code  Opt[string]   `attr:"code" doc:"-"`
	Roles Opt[[]string] `attr:"roles,set" doc:"-"`
}

type home struct {
	Slug   string      `attr:"slug,key" doc:"-"`
	Title  Opt[string] `attr:"title" doc:"-"`
	Policy Opt[string] `attr:"idp_members,local" doc:"-"`
}

type setting struct {
	Level Opt[int]      `attr:"level" doc:"-"`
	Roles Opt[[]string] `attr:"roles,set" doc:"-"`
}

func nothing[T any](context.Context, *client.Client, []Scope) iter.Seq2[Live[T], error] {
	return func(func(Live[T], error) bool) {}
}

func widgetType() Type[widget] {
	return Type[widget]{
		Name: "widget", Plural: "widgets", Doc: "-", Plane: client.Management, List: nothing[widget],
		Fold:   strings.ToLower,
		Create: func(context.Context, *client.Client, Edit[widget]) (string, error) { return "", nil },
		Update: func(context.Context, *client.Client, Edit[widget]) error { return nil },
		Delete: func(context.Context, *client.Client, Edit[widget]) error { return nil },
		Check: func(w widget) []Problem {
			var problems []Problem
			for i, tag := range w.Tags.Value {
				if tag == "d" {
					problems = append(problems, Problem{Attribute: fmt.Sprintf("tags[%d]", i), Message: "d is no tag"})
				}
			}
			return problems
		},
	}
}

func homeType() Type[home] {
	return Type[home]{
		Name: plan.OrganizationKind, Plural: "organizations", Doc: "-", List: nothing[home], Renames: true, KeptWhenOmitted: true,
		Create:     func(context.Context, *client.Client, Edit[home]) (string, error) { return "", nil },
		Update:     func(context.Context, *client.Client, Edit[home]) error { return nil },
		Delete:     func(context.Context, *client.Client, Edit[home]) error { return nil },
		IDPMembers: func(h home) string { return h.Policy.Value },
	}
}

func gadgetType() Type[gadget] {
	return Type[gadget]{
		Name: "gadget", Plural: "gadgets", Within: plan.OrganizationKind, Doc: "-", List: nothing[gadget], Plane: client.Data, Renames: true, Roster: true,
		After:  []string{"setting"},
		Fold:   strings.ToLower,
		Create: func(context.Context, *client.Client, Edit[gadget]) (string, error) { return "", nil },
		Update: func(context.Context, *client.Client, Edit[gadget]) error { return nil },
		Delete: func(context.Context, *client.Client, Edit[gadget]) error { return nil },
		Unique: func(g gadget) []string {
			if g.Code.Value == "" {
				return nil
			}
			return []string{"code " + g.Code.Value}
		},
		References: func(_ plan.Address, g gadget) (offers, uses []string) {
			for _, role := range g.Roles.Value {
				uses = append(uses, "role/"+role)
			}
			return nil, uses
		},
	}
}

func settingType() Type[setting] {
	return Type[setting]{
		Name: "setting", Plural: "setting", Singleton: true, Doc: "-", List: nothing[setting],
		Update: func(context.Context, *client.Client, Edit[setting]) error { return nil },
		References: func(_ plan.Address, s setting) (offers, uses []string) {
			for _, role := range s.Roles.Value {
				offers = append(offers, "role/"+role)
			}
			return offers, nil
		},
	}
}

func toys() Catalog {
	return NewCatalog(New(gadgetType()), New(homeType()), New(widgetType()), New(settingType()))
}

// decoded reads the document and gives what stands in it, and what is wrong
// with it as "line:column: summary (hint)".
func decoded(t *testing.T, content string) (*Desired, []string) {
	t.Helper()
	catalog := toys()
	document, diagnostics := spec.Load([]string{write(t, content)}, spec.Options{Vocabulary: catalog.Vocabulary()})
	if document == nil {
		t.Fatal("the document could not be read")
	}
	desired, more := Decode(document, catalog)
	return desired, told(append(diagnostics, more...))
}

// write puts a document and a key into a folder of their own.
func write(t *testing.T, content string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"state.yaml": "version: 1\n" + content, "key.pem": "KEY"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func told(diagnostics spec.Diagnostics) []string {
	var lines []string
	for _, d := range diagnostics {
		line := fmt.Sprintf("%d:%d: %s", d.Range.Start.Line, d.Range.Start.Column, d.Summary)
		if d.Hint != "" {
			line += " (" + d.Hint + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// widgetOf is the decoded widget "w".
func widgetOf(t *testing.T, attributes string) widget {
	t.Helper()
	desired, problems := decoded(t, "widgets:\n  w:\n    "+strings.ReplaceAll(attributes, "\n", "\n    ")+"\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return *desired.sets[setKey{kind: "widget"}][0].Value.(*widget)
}

func erasedOf[T any](t *testing.T, of Type[T]) *erased[T] {
	t.Helper()
	e, ok := New(of).(*erased[T])
	if !ok {
		t.Fatal("New gives another type")
	}
	return e
}

func (e *erased[T]) attribute(name string) Attribute {
	for _, a := range e.table {
		if a.Name == name {
			return a
		}
	}
	panic("no attribute " + name)
}

func reflectOf(v any) reflect.Value { return reflect.ValueOf(v).Elem() }

func cellNode(text string) *spec.Node { return &spec.Node{Type: spec.String, String: text, Cell: true} }
