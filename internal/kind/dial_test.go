package kind

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A dial has a number that need not be whole, and forgets its marks when it is
// no longer marked.
type dial struct {
	Turn  Opt[float64] `attr:"turn" min:"0" max:"2" doc:"-"`
	Style Opt[string]  `attr:"style" doc:"-"`
	Marks Opt[int]     `attr:"marks" doc:"-"`
}

func dialOf(t *testing.T) *erased[dial] {
	t.Helper()
	return erasedOf(t, Type[dial]{
		Name: "dial", Plural: "dial", Singleton: true, Doc: "-", Plane: client.Management, List: nothing[dial],
		Update: func(context.Context, *client.Client, Edit[dial]) error { return nil },
		Drops: func(live, declared dial) dial {
			if declared.Style.Value == "plain" {
				live.Marks = Opt[int]{}
			}
			return live
		},
	})
}

func TestWhatStytchDropsIsNoPartOfWhatThereWillBe(t *testing.T) {
	live := dial{Turn: Some(1.0), Style: Some("marked"), Marks: Some(12)}
	for _, test := range []struct {
		name           string
		declared, want dial
	}{
		{"nothing is dropped", dial{Turn: Some(0.5)}, dial{Turn: Some(0.5), Style: Some("marked"), Marks: Some(12)}},
		{"what goes with a declared value", dial{Style: Some("plain")}, dial{Turn: Some(1.0), Style: Some("plain")}},
		{"what is declared stays, for a rule to see", dial{Style: Some("plain"), Marks: Some(3)}, dial{Turn: Some(1.0), Style: Some("plain"), Marks: Some(3)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(&test.want, dialOf(t).After(&live, &test.declared, nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if live.Marks.Value != 12 {
		t.Error("the live object was changed")
	}
}

// What Stytch says nothing of was neither empty nor zero: a way back that
// declared it so would be refused.
func TestWhatWasNotAnsweredHasNothingBefore(t *testing.T) {
	got := dialOf(t).Compare(&dial{Style: Some("plain")}, &dial{Style: Some("marked"), Marks: Some(12), Turn: Some(0.1)})
	want := []plan.Attribute{
		{Name: "turn", After: json.Number("0.1")}, {Name: "style", Before: "plain", After: "marked"}, {Name: "marks", After: json.Number("12")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnlikeNamesWhatIsNotAsWanted(t *testing.T) {
	live := dial{Turn: Some(1.0), Style: Some("plain")}
	if diff := cmp.Diff([]string{"style", "marks"}, Unlike(nil, live, dial{Turn: Some(1.0), Style: Some("marked"), Marks: Some(1)})); diff != "" {
		t.Error(diff)
	}
	if names := Unlike(nil, live, dial{}); len(names) > 0 {
		t.Errorf("nothing is wanted, and %v are otherwise", names)
	}
}

func TestNumbersNeedNotBeWhole(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       float64
		problem    string
	}{
		{"a fraction", "1.25", 1.25, ""},
		{"a whole number", "2", 2, ""},
		{"the bound itself", "0", 0, ""},
		{"more than allowed", "2.5", 0, "2:14: turn is 2.5; it must be at most 2"},
		{"less than allowed", "-0.5", 0, "2:14: turn is -0.5; it must be at least 0"},
		{"a text", `"1.25"`, 0, "2:14: a number is wanted here, not a string (write it without quotes)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			catalog := NewCatalog(dialOf(t))
			document, diagnostics := spec.Load([]string{write(t, "dial: {turn: "+test.text+"}\n")}, spec.Options{Vocabulary: catalog.Vocabulary()})
			desired, more := Decode(document, catalog)
			problems := told(append(diagnostics, more...))
			if test.problem != "" {
				if len(problems) != 1 || problems[0] != test.problem {
					t.Errorf("got %q, want %q", problems, test.problem)
				}
				return
			}
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := desired.sets[setKey{kind: "dial"}][0].Value.(*dial).Turn; got != Some(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestASavedPlanKeepsNumbersThatAreNotWhole(t *testing.T) {
	k := dialOf(t)
	change := plan.Change{Kind: "dial", Action: plan.Update, Attributes: k.Compare(&dial{Turn: Some(0.1)}, &dial{Turn: Some(1e-7)}), Steps: []plan.Step{{}}}
	edit, err := k.edit(Scope{}, plan.Operation{Change: &change})
	if err != nil || edit.Before.Turn != Some(0.1) || edit.After.Turn != Some(1e-7) {
		t.Errorf("got %v -> %v, %v", edit.Before.Turn, edit.After.Turn, err)
	}
	if diff := cmp.Diff(map[string]any{"turn": json.Number("0.0000001")}, Body(edit.After)); diff != "" {
		t.Error(diff)
	}
	if typ := k.Attributes()[0].Type(); typ != "number" {
		t.Errorf("the reference calls it %q", typ)
	}
}
