package kind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// hand is a catalog whose widgets and gadgets write down what they were asked
// to do; fails is what every write ends with.
type hand struct {
	widgets []Edit[widget]
	gadgets []Edit[gadget]
	did     []string
	fails   error
}

func (h *hand) actor() *Actor {
	widgets, homes, gadgets := widgetType(), homeType(), gadgetType()
	did := func(what string) error { h.did = append(h.did, what); return h.fails }
	widgets.Create = func(_ context.Context, _ *client.Client, e Edit[widget]) (string, error) {
		h.widgets = append(h.widgets, e)
		return "id-of-" + e.After.Name, did("create " + e.After.Name)
	}
	widgets.Update = func(_ context.Context, _ *client.Client, e Edit[widget]) error {
		h.widgets = append(h.widgets, e)
		return did("update " + e.ID)
	}
	// A deletion looks first: there is a widget to be deleted.
	widgets.Get = func(_ context.Context, _ *client.Client, e Edit[widget]) (Live[widget], error) {
		if e.ID != "1" {
			return Live[widget]{}, &client.Error{Status: http.StatusNotFound, Type: "widget_not_found"}
		}
		return Live[widget]{ID: "1", Value: widget{Name: "w", Title: Some("T")}}, nil
	}
	widgets.Delete = func(_ context.Context, _ *client.Client, e Edit[widget]) error {
		h.widgets = append(h.widgets, e)
		return did("delete " + e.ID)
	}
	homes.Create = func(_ context.Context, _ *client.Client, e Edit[home]) (string, error) {
		return "id-of-" + e.After.Slug, did("create " + e.After.Slug)
	}
	gadgets.Create = func(_ context.Context, _ *client.Client, e Edit[gadget]) (string, error) {
		h.gadgets = append(h.gadgets, e)
		return "", did("create " + e.After.Name)
	}
	gadgets.Restore = func(_ context.Context, _ *client.Client, e Edit[gadget]) error {
		h.gadgets = append(h.gadgets, e)
		return did("restore " + e.ID)
	}
	catalog := NewCatalog(New(widgets), New(homes), New(gadgets), New(settingType()))
	return NewActor(catalog, nil, plan.Target{ProjectID: "project-test-1", ProjectSlug: "p", EnvironmentSlug: "e"})
}

func operation(c plan.Change) plan.Operation {
	c.Steps = []plan.Step{{}}
	return plan.Operation{Change: &c}
}

func attributes(pairs ...any) []plan.Attribute {
	var list []plan.Attribute
	for i := 0; i < len(pairs); i += 3 {
		list = append(list, plan.Attribute{Name: pairs[i].(string), Before: pairs[i+1], After: pairs[i+2]})
	}
	return list
}

func TestAnOperationBecomesAnEditOfWhatChanges(t *testing.T) {
	scope := Scope{ProjectSlug: "p", EnvironmentSlug: "e", ProjectID: "project-test-1"}
	for _, test := range []struct {
		name   string
		change plan.Change
		did    string
		want   Edit[widget]
	}{
		{"a creation", plan.Change{Action: plan.Create, Attributes: attributes("title", nil, "T", "once", nil, true, "meta.a.b", nil, json.Number("1"))}, "create w", Edit[widget]{
			Before: widget{Name: "w", Meta: Some(map[string]any{"a.b": nil})}, After: widget{Name: "w", Title: Some("T"), Once: Some(true), Meta: Some(map[string]any{"a.b": json.Number("1")})},
		}},
		{"an update, removed keys included", plan.Change{Action: plan.Update, ID: "1", Attributes: attributes("on", true, false, "meta.a", "x", nil, "role.rights.docs", []any{"r"}, nil)}, "update 1", Edit[widget]{
			ID: "1", Before: widget{Name: "w", On: Some(true), Meta: Some(map[string]any{"a": "x"}), Rights: Some(map[string][]string{"docs": {"r"}})},
			After: widget{Name: "w", On: Some(false), Meta: Some(map[string]any{"a": nil}), Rights: Some(map[string][]string{"docs": nil})},
		}},
		{"a changed key", plan.Change{Action: plan.Update, ID: "1", Attributes: attributes("name", "v", "w")}, "update 1", Edit[widget]{
			ID: "1", Before: widget{Name: "v"}, After: widget{Name: "w"},
		}},
		{"values that Stytch has and documents may not", plan.Change{Action: plan.Update, ID: "1", Attributes: attributes("color", "", "red", "size", json.Number("99"), json.Number("1"), "title", "much too long", "T", "keys", []any{}, []any{"k"})}, "update 1", Edit[widget]{
			ID: "1", Before: widget{Name: "w", Color: Some(""), Size: Some(99), Title: Some("much too long"), Keys: Some([]string{})},
			After: widget{Name: "w", Color: Some("red"), Size: Some(1), Title: Some("T"), Keys: Some([]string{"k"})},
		}},
		{"elements", plan.Change{Action: plan.Update, ID: "1", Attributes: attributes("parts", []any{}, []any{map[string]any{"id": "x", "count": json.Number("2"), "hues": []any{}}})}, "update 1", Edit[widget]{
			ID: "1", Before: widget{Name: "w", Parts: Some([]part{})}, After: widget{Name: "w", Parts: Some([]part{{ID: "x", Count: 2, Hues: []string{}}})},
		}},
		{"a deletion", plan.Change{Action: plan.Delete, ID: "1", Attributes: attributes("title", "T", nil)}, "delete 1", Edit[widget]{
			ID: "1", Before: widget{Name: "w", Title: Some("T")}, After: widget{Name: "w"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &hand{}
			test.change.Address, test.change.Kind, test.change.Key = "widget/w", "widget", "w"
			if _, err := h.actor().Do(t.Context(), operation(test.change)); err != nil {
				t.Fatal(err)
			}
			test.want.Scope = scope
			if diff := cmp.Diff([]Edit[widget]{test.want}, h.widgets); diff != "" {
				t.Errorf("edit (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{test.did}, h.did); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a plan holds is what the kind's writes get, whether the plan was saved
// in between or not.
func TestAnEditIsWhatWasCompared(t *testing.T) {
	e := erasedOf(t, widgetType())
	live := widget{Name: "w", Size: Some(1), Tags: Some([]string{"a"}), Meta: Some(map[string]any{"a": "x"}), Parts: Some([]part{{ID: "x"}}), Shop: Some(map[string]part{"s": {ID: "y", Count: 3}})}
	declared := widget{Name: "w", Size: Some(2), Tags: Some([]string{"c", "b"}), Meta: Some(map[string]any{"a": nil, "b": map[string]any{"n": json.Number("1.5")}}), Parts: Some([]part{}), Shop: Some(map[string]part{})}
	change := plan.Change{Address: "widget/w", Kind: "widget", Key: "w", Action: plan.Update, ID: "1", Attributes: e.Compare(&live, &declared)}
	h := &hand{}
	if _, err := h.actor().Do(t.Context(), operation(change)); err != nil {
		t.Fatal(err)
	}
	if left := e.Compare(&h.widgets[0].After, &declared); len(left) > 0 {
		t.Errorf("the edit differs from what is declared: %v", left)
	}
	if left := e.Compare(&live, &h.widgets[0].Before); len(left) > 0 {
		t.Errorf("the edit's before differs from what was live: %v", left)
	}
}

func TestWhatNestsFollowsItsOrganizationIntoBeing(t *testing.T) {
	nested := func(organizationID string) plan.Operation {
		return operation(plan.Change{Address: "organization/o/gadget/g", Kind: "gadget", Key: "g", Action: plan.Create, OrganizationID: organizationID})
	}
	organization := operation(plan.Change{Address: "organization/o", Kind: "organization", Key: "o", Action: plan.Create})

	h := &hand{}
	a := h.actor()
	var f *plan.Failure
	if _, err := a.Do(t.Context(), nested("")); !errors.As(err, &f) || f.Type != "organization_unknown" || len(h.did) > 0 {
		t.Errorf("into an organization that is not there: %v, did %v", err, h.did)
	}
	for _, op := range []plan.Operation{organization, nested(""), nested("id-known")} {
		if _, err := a.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if h.gadgets[0].OrganizationID != "id-of-o" || h.gadgets[1].OrganizationID != "id-known" || h.gadgets[0].Organization != "o" {
		t.Errorf("%+v", h.gadgets)
	}
}

func TestARestorationWithoutAnIDIsACreation(t *testing.T) {
	h := &hand{}
	for _, id := range []string{"1", ""} {
		op := operation(plan.Change{Address: "organization/o/gadget/g", Kind: "gadget", Key: "g", Action: plan.Restore, OrganizationID: "o-1", ID: id})
		if _, err := h.actor().Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"restore 1", "create g"}, h.did); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresAreInTheWordsOfStytch(t *testing.T) {
	answered := &client.Error{Status: 400, Type: "bad_thing", RequestID: "r-1", Message: "bad"}
	stale := &plan.Failure{Message: "changed meanwhile", Stale: true}
	update := plan.Change{Address: "widget/w", Kind: "widget", Key: "w", Action: plan.Update, Attributes: attributes("on", true, false)}
	for _, test := range []struct {
		name   string
		change func(*plan.Change)
		fails  error
		want   plan.Failure
	}{
		{"what Stytch answered", nil, fmt.Errorf("updating: %w", answered), plan.Failure{Type: "bad_thing", Status: 400, RequestID: "r-1", Message: fmt.Sprintf("updating: %v", answered)}},
		{"what the kind refuses", nil, stale, *stale},
		{"what nobody can know", nil, fmt.Errorf("cut off: %w", client.ErrOutcomeUnknown), plan.Failure{
			Message: fmt.Sprintf("cut off: %v; plan again to see whether it was done", client.ErrOutcomeUnknown), Uncertain: true,
		}},
		{"a kind that this version does not know", func(c *plan.Change) { c.Kind = "gizmo" }, nil, plan.Failure{Type: "invalid_plan", Message: "the plan names the kind gizmo, which this version does not know"}},
		{"an attribute that this version does not know", func(c *plan.Change) { c.Attributes = attributes("shape", "a", "b") }, nil, plan.Failure{
			Type: "invalid_plan", Message: "the plan holds a value that this version does not understand; make it anew",
		}},
		{"a value of another type", func(c *plan.Change) { c.Attributes = attributes("on", "a", "b") }, nil, plan.Failure{
			Type: "invalid_plan", Message: "the plan holds a value that this version does not understand; make it anew",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, change := &hand{fails: test.fails}, update
			if test.change != nil {
				test.change(&change)
			}
			var f *plan.Failure
			if _, err := h.actor().Do(t.Context(), operation(change)); !errors.As(err, &f) {
				t.Fatalf("%v is no plan.Failure", err)
			}
			if diff := cmp.Diff(test.want, *f, cmpopts.IgnoreFields(plan.Failure{}, "Cause")); diff != "" {
				t.Error(diff)
			}
			if test.fails == nil && len(h.did) > 0 {
				t.Errorf("did %v all the same", h.did)
			}
		})
	}
}

func TestAnImmutableAttributeCannotChange(t *testing.T) {
	k := New(widgetType())
	changed := attributes("fixed", "old", "new", "title", "a", "b")
	effects := k.Effects(plan.Transition{Action: plan.Update, Key: "w", Changed: changed})
	if len(effects.Problems) != 1 || effects.Problems[0].Attribute != "fixed" || effects.Problems[0].Message != "fixed cannot change: it is old, and Stytch has no way to make it new" {
		t.Errorf("%+v", effects.Problems)
	}
	if effects := k.Effects(plan.Transition{Action: plan.Create, Key: "w", Changed: changed}); len(effects.Problems) > 0 {
		t.Errorf("a creation gives it for the first time: %+v", effects.Problems)
	}
}

func TestANewObjectNeedsWhatIsRequired(t *testing.T) {
	k := New(widgetType())
	want := []plan.Problem{{Message: "a new widget needs title", Hint: "declare it, or give it in initial: {title: …}"}}
	for _, action := range []plan.Action{plan.Create, plan.Restore} {
		if diff := cmp.Diff(want, k.Problems(&widget{Name: "w"}, action)); diff != "" {
			t.Error(diff)
		}
	}
	if problems := k.Problems(&widget{Name: "w"}, plan.Update); len(problems) > 0 {
		t.Errorf("an update changes what is there: %v", problems)
	}
}
