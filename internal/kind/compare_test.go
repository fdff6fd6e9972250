package kind

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestCompareRules(t *testing.T) {
	for _, test := range []struct {
		name           string
		live, declared widget
		want           []plan.Attribute
	}{
		{"what is not declared is not looked at", widget{Title: Some("Live"), Order: Some([]string{"a"})}, widget{}, nil},
		{"exact: equal", widget{Title: Some("T")}, widget{Title: Some("T")}, nil},
		{"exact: the order of a list counts", widget{Order: Some([]string{"a", "b"})}, widget{Order: Some([]string{"b", "a"})}, []plan.Attribute{
			{Name: "order", Before: []any{"a", "b"}, After: []any{"b", "a"}},
		}},
		{"exact: an empty list is an empty list", widget{Order: Some([]string(nil))}, widget{Order: Some([]string{})}, nil},
		{"exact: declared empty where something is live", widget{Color: Some("red"), Order: Some([]string{"a"}), On: Some(true)}, widget{Color: Some(""), Order: Some([]string{}), On: Some(false)}, []plan.Attribute{
			{Name: "on", Before: true, After: false}, {Name: "color", Before: "red", After: ""}, {Name: "order", Before: []any{"a"}, After: []any{}},
		}},
		{"set: neither order nor repeats count", widget{Tags: Some([]string{"a", "b"})}, widget{Tags: Some([]string{"b", "a", "b"})}, nil},
		{"set: shown sorted", widget{Tags: Some([]string{"c", "a"})}, widget{Tags: Some([]string{"b", "a", "b"})}, []plan.Attribute{
			{Name: "tags", Before: []any{"a", "c"}, After: []any{"a", "b"}},
		}},
		{"set: sets in elements are sets", widget{Parts: Some([]part{{ID: "x", Hues: []string{"a", "b"}}, {ID: "y"}})}, widget{Parts: Some([]part{{ID: "y", Hues: []string{}}, {ID: "x", Hues: []string{"b", "a"}}})}, nil},
		{"bag: order does not count", widget{Keys: Some([]string{"a", "b"})}, widget{Keys: Some([]string{"b", "a"})}, nil},
		{"bag: how often counts", widget{Keys: Some([]string{"a"})}, widget{Keys: Some([]string{"a", "a"})}, []plan.Attribute{
			{Name: "keys", Before: []any{"a"}, After: []any{"a", "a"}},
		}},
		{"merge: only declared keys count, each by itself", widget{Meta: Some(map[string]any{"a": "1", "b": true, "c": "x"})}, widget{Meta: Some(map[string]any{"a": "2", "b": nil, "d": nil, "e": "5"})}, []plan.Attribute{
			{Name: "meta.a", Before: "1", After: "2"}, {Name: "meta.b", Before: true}, {Name: "meta.e", After: "5"},
		}},
		{"merge: numbers compare as numbers", widget{Meta: Some(map[string]any{"n": json.Number("1.50"), "f": 1e3})}, widget{Meta: Some(map[string]any{"n": json.Number("1.5"), "f": json.Number("1000")})}, nil},
		{"merge: nested values are whole, their order and nulls included", widget{Meta: Some(map[string]any{"o": map[string]any{"a": "x", "b": nil}, "l": []any{"a", "b"}})}, widget{Meta: Some(map[string]any{"o": map[string]any{"a": "x"}, "l": []any{"b", "a"}})}, []plan.Attribute{
			{Name: "meta.l", Before: []any{"a", "b"}, After: []any{"b", "a"}},
			{Name: "meta.o", Before: map[string]any{"a": "x", "b": nil}, After: map[string]any{"a": "x"}},
		}},
		{"merge: null and the empty list are an absent key", widget{Meta: Some(map[string]any{"a": nil}), Rights: Some(map[string][]string{"docs": {}})}, widget{Meta: Some(map[string]any{"a": nil}), Rights: Some(map[string][]string{"docs": nil, "x": {}})}, nil},
		{"merge: sets by key", widget{Rights: Some(map[string][]string{"docs": {"r", "w"}})}, widget{Rights: Some(map[string][]string{"docs": {"w", "r", "w"}, "x": {"r"}})}, []plan.Attribute{
			{Name: "role.rights.x", After: []any{"r"}},
		}},
		{"a key by its folded form", widget{Name: "Wide"}, widget{Name: "wide"}, nil},
		{"another key", widget{Name: "wide"}, widget{Name: "Narrow"}, []plan.Attribute{{Name: "name", Before: "wide", After: "Narrow"}}},
		{"what is never compared", widget{}, widget{Pin: Some("id"), Mine: Some("x"), Once: Some(true)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := erasedOf(t, widgetType())
			if test.live.Name == "" {
				test.live.Name, test.declared.Name = "w", "w"
			}
			if diff := cmp.Diff(test.want, e.Compare(&test.live, &test.declared), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTidyIsHowValuesCompareAndNeverWhatIsShown(t *testing.T) {
	of := widgetType()
	of.Tidy = func(w widget) widget { w.Title.Value = strings.ToLower(w.Title.Value); return w }
	e := erasedOf(t, of)
	if got := e.Compare(&widget{Title: Some("ABC")}, &widget{Title: Some("Abc")}); len(got) > 0 {
		t.Errorf("%v", got)
	}
	want := []plan.Attribute{{Name: "title", Before: "ABC", After: "Abd"}}
	if diff := cmp.Diff(want, e.Compare(&widget{Title: Some("ABC")}, &widget{Title: Some("Abd")})); diff != "" {
		t.Error(diff)
	}
}

// drawWidget draws from few values, so that equal ones are likely.
func drawWidget(t *rapid.T, name string) widget {
	word := rapid.SampledFrom([]string{"a", "b", "c"})
	list := rapid.SliceOfN(word, 0, 3)
	number := rapid.SampledFrom([]json.Number{"1", "1.0", "10e-1", "2", "0.5", "5e-1"})
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(word, func(s string) any { return s }), rapid.Map(number, func(n json.Number) any { return n }),
		rapid.Map(list, func(l []string) any { return map[string]any{"l": anyList(l), "n": json.Number("1e0")} }),
	)
	parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) part {
		return part{ID: word.Draw(t, "id"), Count: rapid.IntRange(0, 1).Draw(t, "count"), Hues: list.Draw(t, "hues")}
	}), 0, 3)
	return widget{
		Name:   rapid.SampledFrom([]string{"w", "W", "v"}).Draw(t, name+" name"),
		Title:  drawOpt(t, word, name+" title"),
		Size:   drawOpt(t, rapid.IntRange(0, 1), name+" size"),
		Order:  drawOpt(t, list, name+" order"),
		Tags:   drawOpt(t, list, name+" tags"),
		Keys:   drawOpt(t, list, name+" keys"),
		Meta:   drawOpt(t, rapid.MapOfN(word, value, 0, 3), name+" meta"),
		Rights: drawOpt(t, rapid.MapOfN(word, list, 0, 3), name+" rights"),
		Parts:  drawOpt(t, parts, name+" parts"),
	}
}

func drawOpt[V any](t *rapid.T, g *rapid.Generator[V], name string) Opt[V] {
	if rapid.IntRange(0, 3).Draw(t, name+" set") == 0 {
		return Opt[V]{}
	}
	return Some(g.Draw(t, name))
}

func anyList(list []string) []any {
	out := make([]any, 0, len(list))
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// oracle says which attributes differ, by rules that are written here a second
// time, over go-cmp.
func oracle(live, declared widget) []string {
	asSet := cmp.Options{cmp.Transformer("set", func(l []string) map[string]bool {
		set := map[string]bool{}
		for _, s := range l {
			set[s] = true
		}
		return set
	})}
	asBag := cmp.Options{cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })}
	asIs := cmp.Options{cmpopts.EquateEmpty()}
	asNumbers := cmp.Options{cmp.Comparer(func(a, b json.Number) bool {
		x, _ := new(big.Rat).SetString(string(a))
		y, _ := new(big.Rat).SetString(string(b))
		return x.Cmp(y) == 0
	})}
	partsContain := func(all, some []part) bool {
		for _, p := range some {
			if !slices.ContainsFunc(all, func(q part) bool { return cmp.Equal(p, q, asSet) }) {
				return false
			}
		}
		return true
	}
	var differ []string
	say := func(set, equal bool, name string) {
		if set && !equal {
			differ = append(differ, name)
		}
	}
	say(true, strings.EqualFold(live.Name, declared.Name), "name")
	say(declared.Title.Set, live.Title.Value == declared.Title.Value, "title")
	say(declared.Size.Set, live.Size.Value == declared.Size.Value, "size")
	say(declared.Order.Set, cmp.Equal(live.Order.Value, declared.Order.Value, asIs), "order")
	say(declared.Tags.Set, cmp.Equal(live.Tags.Value, declared.Tags.Value, asSet), "tags")
	say(declared.Keys.Set, cmp.Equal(live.Keys.Value, declared.Keys.Value, asBag), "keys")
	for key, want := range declared.Meta.Value {
		say(declared.Meta.Set, cmp.Equal(live.Meta.Value[key], want, asNumbers), "meta."+key)
	}
	for key, want := range declared.Rights.Value {
		say(declared.Rights.Set, cmp.Equal(live.Rights.Value[key], want, asSet), "role.rights."+key)
	}
	say(declared.Parts.Set, partsContain(live.Parts.Value, declared.Parts.Value) && partsContain(declared.Parts.Value, live.Parts.Value), "parts")
	slices.Sort(differ)
	return differ
}

func TestCompareAgreesWithGoCmp(t *testing.T) {
	e := New(widgetType())
	rapid.Check(t, func(t *rapid.T) {
		live, declared := drawWidget(t, "live"), drawWidget(t, "declared")
		var got []string
		for _, a := range e.Compare(&live, &declared) {
			got = append(got, a.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(oracle(live, declared), got); diff != "" {
			t.Fatalf("changed attributes (-oracle +Compare):\n%s", diff)
		}
	})
}

func TestCompareChangesNothingAndAfterDiffersInNothing(t *testing.T) {
	e := New(widgetType())
	rapid.Check(t, func(t *rapid.T) {
		live, declared := drawWidget(t, "live"), drawWidget(t, "declared")
		liveText, declaredText := show(live), show(declared)
		e.Compare(&live, &declared)
		after := e.After(&live, &declared, nil).(*widget)
		if show(live) != liveText || show(declared) != declaredText {
			t.Fatal("an argument was changed")
		}
		if left := e.Compare(after, &declared); len(left) > 0 {
			t.Fatalf("what there will be still differs from what is declared: %v", left)
		}
		if kept := e.Compare(&live, after); len(kept) > len(e.Compare(&live, &declared)) {
			t.Fatalf("what there will be differs from what is live by more than what is declared: %v", kept)
		}
	})
}

func show(w widget) string {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestAfterIsWhatThereWillBe(t *testing.T) {
	e := erasedOf(t, widgetType())
	for _, test := range []struct {
		name                    string
		live, declared, initial *widget
		want                    widget
	}{
		{"a new object has Stytch's defaults", nil, &widget{Name: "w"}, nil, widget{Name: "w", Size: Some(3), On: Some(true)}},
		{
			"under what is initial, under what is declared", nil,
			&widget{Name: "w", Size: Some(5), Meta: Some(map[string]any{"a": "declared", "c": nil})},
			&widget{Size: Some(4), Title: Some("T"), Meta: Some(map[string]any{"a": "initial", "b": "initial", "c": "initial"})},
			widget{Name: "w", Size: Some(5), On: Some(true), Title: Some("T"), Meta: Some(map[string]any{"a": "declared", "b": "initial"})},
		},
		{
			"a live one keeps what is not declared, and initial is not looked at",
			&widget{Name: "w", Title: Some("L"), Size: Some(1), Meta: Some(map[string]any{"a": "x", "b": "y"})},
			&widget{Name: "v", Size: Some(0), Meta: Some(map[string]any{"a": nil})}, &widget{Title: Some("I")},
			widget{Name: "v", Title: Some("L"), Size: Some(0), Meta: Some(map[string]any{"b": "y"})},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var live, initial any
			if test.live != nil {
				live = test.live
			}
			if test.initial != nil {
				initial = test.initial
			}
			if diff := cmp.Diff(&test.want, e.After(live, test.declared, initial)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCreationsAndDeletionsNameWhatIsThere(t *testing.T) {
	e := erasedOf(t, widgetType())
	got := e.Creation(&widget{Name: "w", Pin: Some("x"), Mine: Some("x"), On: Some(false), Tags: Some([]string{"b", "a"}), Meta: Some(map[string]any{"a": "1", "gone": nil})},
		&widget{Once: Some(true), Meta: Some(map[string]any{"b": "2"})})
	want := []plan.Attribute{
		{Name: "on", After: false}, {Name: "tags", After: []any{"a", "b"}}, {Name: "meta.a", After: "1"}, {Name: "meta.b", After: "2"}, {Name: "once", After: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("creation (-want +got):\n%s", diff)
	}
	got = e.Whole(&widget{Name: "w", Title: Some("T"), On: Some(false), Order: Some([]string{}), Meta: Some(map[string]any{"a": "1"}), Rights: Some(map[string][]string{"x": nil})})
	if diff := cmp.Diff([]plan.Attribute{{Name: "title", Before: "T"}, {Name: "meta.a", Before: "1"}}, got); diff != "" {
		t.Errorf("deletion (-want +got):\n%s", diff)
	}
}

func TestStepsAreTheStatesThatChangeSomething(t *testing.T) {
	live := widget{Tags: Some([]string{"a"})}
	for _, test := range []struct {
		name   string
		after  []string
		states [][]string
		want   []plan.Step
	}{
		{"no state of its own: the plan makes one step", []string{"b"}, nil, nil},
		{"additions and removals", []string{"b"}, [][]string{{"a", "b"}, {"b"}}, []plan.Step{
			{Attributes: []plan.Attribute{{Name: "tags", Before: []any{"a"}, After: []any{"a", "b"}}}},
			{Late: true, Attributes: []plan.Attribute{{Name: "tags", Before: []any{"a", "b"}, After: []any{"b"}}}},
		}},
		{"additions alone are one early step with the change's own attributes", []string{"a", "b"}, [][]string{{"a", "b"}, {"a", "b"}}, []plan.Step{{}}},
		{"removals alone are one late step", []string{}, [][]string{{"a"}, {}}, []plan.Step{{Late: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			of := widgetType()
			if test.states != nil {
				of.Split = func(widget, widget) []widget {
					var states []widget
					for _, tags := range test.states {
						states = append(states, widget{Tags: Some(tags)})
					}
					return states
				}
			}
			got := New(of).Steps(&live, &widget{Tags: Some(test.after)}, nil)
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
