package kind

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const wayIn = "a way in"

// A gate is a town whose homes have doors: a home with the title "shut" lets
// nobody in, and gadgets with a code get in all the same.
type gate struct {
	town
	exempt  map[string]int // by id, among the gadgets that nobody declares
	refused error          // what counting them ends with
	holders error          // what counting the holders of a role ends with
}

func (g *gate) kinds() Catalog {
	homes, gadgets, settings := homeType(), gadgetType(), settingType()
	homes.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[home], error] {
		return func(yield func(Live[home], error) bool) {
			for _, slug := range g.homes {
				if !yield(Live[home]{ID: "id-" + slug, Value: home{Slug: slug, Title: Some("open")}}, nil) {
					return
				}
			}
		}
	}
	homes.Reaches = func(live, after home) bool { return live.Title != after.Title }
	homes.Nested = func(_ context.Context, _ *client.Client, l Live[home]) (int, error) {
		g.ask("count of %s", l.ID)
		return len(g.gadgets[l.Value.Slug]), g.broken[l.Value.Slug]
	}
	homes.Lifelines = func(_ plan.Address, slug string, _, h *home) []plan.Lifeline {
		if h.Title.Value == "shut" {
			return nil
		}
		return []plan.Lifeline{{Where: plan.NewAddress("", plan.OrganizationKind, slug), What: wayIn}}
	}
	homes.UpheldBy = "gadget"
	homes.Upheld = func(_ context.Context, _ *client.Client, lives []Live[home]) (map[string]int, error) {
		var ids []string
		for _, l := range lives {
			ids = append(ids, l.ID)
		}
		g.ask("exempt of %s", strings.Join(ids, " "))
		return g.exempt, g.refused
	}
	gadgets.List = g.listGadgets
	gadgets.Lifelines = func(within plan.Address, _ string, _, v *gadget) []plan.Lifeline {
		if v.Code.Value == "" {
			return nil
		}
		return []plan.Lifeline{{Where: within, What: wayIn}}
	}
	settings.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[setting], error] {
		return func(yield func(Live[setting], error) bool) {
			yield(Live[setting]{ID: "setting", Value: setting{Level: Some(1), Roles: Some([]string{"a", "b"})}}, nil)
		}
	}
	settings.Holders = func(_ context.Context, _ *client.Client, live Live[setting], after setting) (map[plan.Grant]int, error) {
		if len(after.Roles.Value) >= len(live.Value.Roles.Value) {
			return nil, nil
		}
		return map[plan.Grant]int{{What: "role b"}: 40}, g.holders
	}
	return NewCatalog(New(homes), New(gadgets), New(settings))
}

func (g *gate) planned(t *testing.T, content string) (*plan.Plan, error) {
	t.Helper()
	catalog := g.kinds()
	desired, diagnostics := Decode(loaded(t, content, catalog), catalog)
	if len(diagnostics) > 0 {
		t.Fatal(told(diagnostics))
	}
	p, problems, err := desired.Plan(t.Context(), nil, plan.Target{ProjectID: "project-test-1"}, ReadOptions{})
	if len(problems) > 0 {
		t.Fatal(told(problems))
	}
	return p, err
}

func blocks(p *plan.Plan) []string {
	var ids []string
	for _, b := range p.Blocked {
		ids = append(ids, b.ID)
	}
	return ids
}

func TestWhoStillGetsInIsCountedWhereNobodyDeclaresThem(t *testing.T) {
	for _, test := range []struct {
		name, content string
		exempt        map[string]int
		asked         []string // beside how many there are
		blocked       []string
	}{
		{
			name: "one search for all that shut their doors", content: "organizations: {a: {title: shut}, b: {title: shut}, c: {title: open}}",
			exempt: map[string]int{"id-a": 1, "id-b": 2}, asked: []string{"exempt of id-a id-b"},
		},
		{
			name: "nobody gets in", content: "organizations: {a: {title: shut}, b: {title: shut}}", exempt: map[string]int{"id-b": 2},
			asked: []string{"exempt of id-a id-b"}, blocked: []string{"lock_outs"},
		},
		{name: "those who are declared are read, and not asked for", content: "organizations: {a: {title: shut, gadgets: {g: {}}}}", asked: []string{"gadgets of a"}},
		{name: "a set that is declared empty is read", content: "organizations: {a: {title: shut, gadgets: {}}}", asked: []string{"gadgets of a"}},
		{name: "in an empty one nobody is asked for", content: "organizations: {empty: {title: shut}}"},
		{name: "where the door stays open nobody is asked for", content: "organizations: {a: {title: wide}}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			one := []gadget{{Name: "g", Code: Some("c")}}
			g := &gate{exempt: test.exempt}
			g.homes, g.gadgets = []string{"a", "b", "c", "empty"}, map[string][]gadget{"a": one, "b": one, "c": one}
			p, err := g.planned(t, test.content+"\n")
			if err != nil {
				t.Fatal(err)
			}
			asked := slices.DeleteFunc(slices.Clone(g.asked), func(s string) bool { return strings.HasPrefix(s, "count of") })
			if diff := cmp.Diff(test.asked, asked); diff != "" && len(test.asked)+len(asked) > 0 {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.blocked, blocks(p)); diff != "" {
				t.Errorf("blocked (-want +got):\n%s\n%v", diff, p.Blocked)
			}
		})
	}
}

func TestACountThatFailsLeavesTheChangeOut(t *testing.T) {
	oops := errors.New("oops")
	const shut = "setting: {level: 1}\norganizations: {a: {title: shut}, b: {title: open}}\n"
	for _, test := range []struct {
		name, content string
		spoil         func(*gate)
		unknown       []plan.Unknown
	}{
		{"how many there are", shut, func(g *gate) { g.broken = map[string]error{"a": oops} }, []plan.Unknown{{Kind: "organization", Reason: "oops", Change: "organization/a"}}},
		{"who still gets in", shut, func(g *gate) { g.refused = oops }, []plan.Unknown{{Kind: "organization", Reason: "oops", Change: "organization/a"}}},
		{"who has a role", "setting: {roles: [a]}\n", func(g *gate) { g.holders = oops }, []plan.Unknown{{Kind: "setting", Reason: "oops", Change: "setting"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &gate{}
			g.homes, g.gadgets = []string{"a", "b"}, map[string][]gadget{"a": {{Name: "g"}}}
			test.spoil(g)
			p, err := g.planned(t, test.content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.unknown, p.Unknown); diff != "" || p.Complete || len(p.Changes) > 0 || len(p.Warnings) != 1 {
				t.Errorf("%v %q %s", changes(p), p.Warnings, diff)
			}
		})
	}
	g := &gate{refused: &client.Error{Status: 401}}
	g.homes, g.gadgets = []string{"a"}, map[string][]gadget{"a": {{Name: "g"}}}
	if _, err := g.planned(t, "organizations: {a: {title: shut}}\n"); err == nil {
		t.Error("refused credentials end the run")
	}
}

func TestWhoHasWhatEndsForEverybodyIsCounted(t *testing.T) {
	g := &gate{}
	p, err := g.planned(t, "setting: {roles: [a]}\n")
	if err != nil || len(p.Blocked) != 1 || p.Blocked[0].Lift != "--allow access_removals=40" {
		t.Errorf("%v %v", err, p.Blocked)
	}
	if p, err = g.planned(t, "setting: {roles: [a, b, c]}\n"); err != nil || len(p.Blocked) > 0 {
		t.Errorf("%v %v", err, p.Blocked)
	}
}

func TestAPinnedObjectIsTheOneThatIsCounted(t *testing.T) {
	objects := []plan.Object{{ID: "1", Key: "A"}, {ID: "2", Key: "b"}, {ID: "3", Key: "c", Gone: true}}
	set := &plan.Set{Live: objects, Declared: []plan.Declaration{
		{Key: "a"}, {Key: "a", ID: "2"}, {Key: "new", RenamedFrom: "b"}, {Key: "a", RenamedFrom: "b"}, {Key: "b", ID: "9"}, {Key: "c"},
	}}
	var got []string
	for _, touched := range findTouched(New(widgetType()), set) {
		got = append(got, touched.declaration.Key+" "+touched.declaration.ID+" is "+touched.object.ID)
	}
	if diff := cmp.Diff([]string{"a  is 1", "a 2 is 2", "new  is 2", "a  is 1"}, got); diff != "" {
		t.Error(diff)
	}
}
