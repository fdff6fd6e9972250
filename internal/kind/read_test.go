package kind

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A town is a Stytch of the tests: homes with gadgets, some of them gone. It
// keeps state, and remembers what it was asked.
type town struct {
	mu      sync.Mutex
	homes   []string // slugs; the id is "id-" and the slug
	gadgets map[string][]gadget
	gone    map[string][]gadget
	most    int              // homes that one search may ask for; 0 is any number
	left    map[string]bool  // homes that are gone by the time their gadgets are read
	broken  map[string]error // by home: what reading its gadgets ends with
	lost    error            // what reading the deleted ones ends with
	unknown error            // what reading homes ends with
	alone   bool             // gadgets are listed for one home at a time
	users   map[string]int   // by gadget: who loses something with it
	asked   []string
}

func (w *town) ask(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, fmt.Sprintf(format, args...))
}

func (w *town) kinds() Catalog {
	homes, gadgets := homeType(), gadgetType()
	homes.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[home], error] {
		return func(yield func(Live[home], error) bool) {
			w.ask("homes")
			for _, slug := range w.homes {
				if !yield(Live[home]{ID: "id-" + slug, Value: home{Slug: slug, Title: Some("T")}}, nil) {
					return
				}
			}
			if w.unknown != nil {
				yield(Live[home]{}, w.unknown)
			}
		}
	}
	homes.Nested = func(_ context.Context, _ *client.Client, l Live[home]) (int, error) {
		return len(w.gadgets[l.Value.Slug]), w.broken[l.Value.Slug]
	}
	gadgets.Gone = func(_ context.Context, _ *client.Client, scopes []Scope) iter.Seq2[Live[gadget], error] {
		return func(yield func(Live[gadget], error) bool) {
			for _, s := range scopes {
				w.ask("gone of %s: %s", s.Organization, strings.Join(s.Keys, " "))
				for _, g := range w.gone[s.Organization] {
					if !yield(Live[gadget]{ID: "gone-" + g.Name, OrganizationID: s.OrganizationID, Value: g, Gone: true, Revives: true}, nil) {
						return
					}
				}
			}
			if w.lost != nil {
				yield(Live[gadget]{}, w.lost)
			}
		}
	}
	gadgets.Restore = func(context.Context, *client.Client, Edit[gadget]) error { return nil }
	gadgets.List, gadgets.ByOrganization = w.listGadgets, w.alone
	if w.users != nil {
		gadgets.Deprives = func(_ context.Context, _ *client.Client, l Live[gadget]) (map[plan.Grant]int, error) {
			w.ask("users of %s", l.Value.Name)
			return map[plan.Grant]int{{What: "use of " + l.Value.Name, Where: "home"}: w.users[l.Value.Name]}, w.broken[l.Value.Name]
		}
	}
	return NewCatalog(New(homes), New(gadgets), New(settingType()))
}

func (w *town) listGadgets(_ context.Context, _ *client.Client, scopes []Scope) iter.Seq2[Live[gadget], error] {
	return func(yield func(Live[gadget], error) bool) {
		var slugs []string
		for _, s := range scopes {
			slugs = append(slugs, s.Organization)
		}
		w.ask("gadgets of %s", strings.Join(slugs, " "))
		if w.most != 0 && len(scopes) > w.most {
			yield(Live[gadget]{}, &client.Error{Status: 400, Message: "too many"})
			return
		}
		for _, s := range scopes {
			if w.left[s.Organization] {
				yield(Live[gadget]{}, &client.Error{Status: 404, Type: "organization_not_found", Message: "gone"})
				return
			}
		}
		for _, s := range scopes {
			for _, g := range w.gadgets[s.Organization] {
				if !yield(Live[gadget]{ID: "id-" + g.Name, OrganizationID: s.OrganizationID, Value: g}, nil) {
					return
				}
			}
			if err := w.broken[s.Organization]; err != nil {
				yield(Live[gadget]{}, err)
				return
			}
		}
	}
}

// planned plans a document against the town.
func (w *town) planned(t *testing.T, content string, o ReadOptions) (*plan.Plan, []string, error) {
	t.Helper()
	catalog := w.kinds()
	document := loaded(t, content, catalog)
	desired, diagnostics := Decode(document, catalog)
	if len(diagnostics) > 0 {
		t.Fatal(told(diagnostics))
	}
	p, diagnostics, err := desired.Plan(t.Context(), nil, plan.Target{ProjectID: "project-test-1"}, o)
	return p, told(diagnostics), err
}

func changes(p *plan.Plan) []string {
	var list []string
	for _, c := range p.Changes {
		list = append(list, fmt.Sprint(c.Action, " ", c.Address, " ", c.ID, " ", c.OrganizationID))
	}
	return list
}

func TestPacks(t *testing.T) {
	var homes []string
	var b strings.Builder
	b.WriteString("organizations:\n")
	gadgets := map[string][]gadget{}
	for i := range 8 {
		slug := fmt.Sprint("h", i)
		homes = append(homes, slug)
		gadgets[slug] = []gadget{{Name: "g", Code: Some("live")}}
		fmt.Fprintf(&b, "  %s: {gadgets: {g: {code: live}}}\n", slug)
	}
	for _, test := range []struct {
		name string
		most int
		o    ReadOptions
		want []string
	}{
		{"all organizations are asked for at once", 0, ReadOptions{}, []string{"gadgets of h0 h1 h2 h3 h4 h5 h6 h7"}},
		{"as many as the options say", 0, ReadOptions{PackSize: 5}, []string{"gadgets of h0 h1 h2 h3 h4", "gadgets of h5 h6 h7"}},
		{"half when refused, and half of that", 3, ReadOptions{}, []string{
			"gadgets of h0 h1", "gadgets of h0 h1 h2 h3", "gadgets of h0 h1 h2 h3 h4 h5 h6 h7", "gadgets of h2 h3", "gadgets of h4 h5", "gadgets of h4 h5 h6 h7", "gadgets of h6 h7",
		}},
		{"halves of odd packs", 1, ReadOptions{PackSize: 3}, []string{
			"gadgets of h0", "gadgets of h0 h1 h2", "gadgets of h1", "gadgets of h1 h2", "gadgets of h2", "gadgets of h3", "gadgets of h3 h4 h5", "gadgets of h4",
			"gadgets of h4 h5", "gadgets of h5", "gadgets of h6", "gadgets of h6 h7", "gadgets of h7",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &town{homes: homes, gadgets: gadgets, most: test.most}
			p, problems, err := w.planned(t, b.String(), test.o)
			if err != nil || len(problems) > 0 || !p.Complete || len(p.Changes) > 0 || p.Summary.Unchanged != 16 {
				t.Fatalf("%v %v %+v", err, problems, p)
			}
			asked := slices.DeleteFunc(w.asked, func(s string) bool { return s == "homes" })
			slices.Sort(asked)
			if diff := cmp.Diff(test.want, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyWhatTheDocumentsNameIsRead(t *testing.T) {
	for _, test := range []struct {
		name, content string
		want          []string
	}{
		{"an organization alone", "organizations: {a: {title: T}}", []string{"homes"}},
		{"with an empty set in it", "organizations: {a: {gadgets: {}}, b: {title: T}}", []string{"homes", "gadgets of a"}},
		{"one that is yet to be created", "organizations: {new: {gadgets: {g: {}}}}", []string{"homes"}},
		{"one that goes", "organizations: {a: {absent: true}}", []string{"homes"}},
		{"a key that is not live is looked for among the deleted", "organizations: {a: {gadgets: {G: {}, h: {}}}}", []string{"homes", "gadgets of a", "gone of a: h"}},
		{"and so is a former key", "organizations: {a: {gadgets: {g: {renamed_from: f}}}}", []string{"homes", "gadgets of a", "gone of a: f"}},
		{"a renamed organization by its former slug", "organizations: {c: {renamed_from: a, gadgets: {g: {}}}}", []string{"homes", "gadgets of c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &town{homes: []string{"a", "b"}, gadgets: map[string][]gadget{"a": {{Name: "g"}}, "c": {{Name: "g"}}}}
			if _, problems, err := w.planned(t, test.content+"\n", ReadOptions{}); err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			if diff := cmp.Diff(test.want, w.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

const town1 = "organizations:\n  a: {gadgets: {g: {code: new}, h: {}}}\n  b: {gadgets: {k: {}}}\n  c: {title: T}\n"

func TestWhatWasNotReadIsUnknown(t *testing.T) {
	oops := errors.New("oops")
	for _, test := range []struct {
		name     string
		spoil    func(*town)
		o        ReadOptions
		unknown  []string
		complete bool
		want     []string
	}{
		{"everything was read", func(*town) {}, ReadOptions{}, nil, true, []string{
			"update organization/a/gadget/g id-g id-a", "create organization/a/gadget/h  id-a", "create organization/b/gadget/k  id-b", "create organization/c  ",
		}},
		{"one pack was not", func(w *town) { w.broken = map[string]error{"b": oops} }, ReadOptions{PackSize: 1}, []string{"gadget organization/b oops"}, false, []string{
			"update organization/a/gadget/g id-g id-a", "create organization/a/gadget/h  id-a", "create organization/c  ",
		}},
		{"what was seen before the error is still updated, but nothing made", func(w *town) { w.broken = map[string]error{"b": oops} }, ReadOptions{}, []string{"gadget organization/a oops", "gadget organization/b oops"}, false, []string{
			"update organization/a/gadget/g id-g id-a", "create organization/c  ",
		}},
		{"the deleted ones were not", func(w *town) { w.lost = oops }, ReadOptions{}, []string{"gadget organization/a oops", "gadget organization/b oops"}, false, []string{
			"update organization/a/gadget/g id-g id-a", "create organization/c  ",
		}},
		{"not all organizations were", func(w *town) { w.homes, w.unknown = []string{"a"}, oops }, ReadOptions{}, []string{
			"gadget organization/b its organization was not seen: oops", "organization  oops",
		}, false, []string{"update organization/a/gadget/g id-g id-a", "create organization/a/gadget/h  id-a"}},
		{"one half of a pack that was refused", func(w *town) { w.most, w.broken = 1, map[string]error{"b": oops} }, ReadOptions{}, []string{
			"gadget organization/b oops",
		}, false, []string{"update organization/a/gadget/g id-g id-a", "create organization/a/gadget/h  id-a", "create organization/c  "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &town{homes: []string{"a", "b"}, gadgets: map[string][]gadget{"a": {{Name: "g", Code: Some("old")}}}}
			test.spoil(w)
			p, problems, err := w.planned(t, town1, test.o)
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			var unknown []string
			for _, u := range p.Unknown {
				unknown = append(unknown, fmt.Sprint(u.Kind, " ", u.Scope, " ", u.Reason))
			}
			if diff := cmp.Diff(test.unknown, unknown); diff != "" || p.Complete != test.complete {
				t.Errorf("complete: %v; unknown (-want +got):\n%s", p.Complete, diff)
			}
			slices.Sort(test.want)
			got := changes(p)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSomeErrorsEndTheRun(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
	}{
		{"refused credentials", &client.Error{Status: 401, Message: "unauthorized"}},
		{"a forbidden read", fmt.Errorf("reading: %w", &client.Error{Status: 403, Message: "forbidden"})},
		{"an interrupt", fmt.Errorf("reading: %w", context.Canceled)},
		{"a write while planning", fmt.Errorf("reading: %w", client.ErrReadOnly)},
	} {
		for place, spoil := range map[string]func(*town){
			"of organizations":    func(w *town) { w.unknown = test.err },
			"of what nests":       func(w *town) { w.broken = map[string]error{"b": test.err} },
			"in half of a pack":   func(w *town) { w.most, w.broken = 1, map[string]error{"a": test.err} },
			"of what was deleted": func(w *town) { w.lost = test.err },
		} {
			t.Run(test.name+" "+place, func(t *testing.T) {
				w := &town{homes: []string{"a", "b"}}
				spoil(w)
				if p, _, err := w.planned(t, town1, ReadOptions{}); p != nil || !errors.Is(err, test.err) {
					t.Errorf("plan %v, error %v", p, err)
				}
			})
		}
	}
}

func TestWhatDisappearsWithAnOrganizationIsCounted(t *testing.T) {
	w := &town{homes: []string{"a"}, gadgets: map[string][]gadget{"a": make([]gadget, 12)}}
	p, _, err := w.planned(t, "organizations: {a: {absent: true}}\n", ReadOptions{})
	if err != nil || len(p.Blocked) == 0 || !strings.Contains(fmt.Sprint(p.Blocked), "--allow deletes=13") {
		t.Errorf("%v %+v", err, p.Blocked)
	}
	w.broken = map[string]error{"a": errors.New("oops")}
	p, _, err = w.planned(t, "organizations: {a: {absent: true}}\n", ReadOptions{})
	want := []plan.Unknown{{Kind: "organization", Reason: "oops", Change: "organization/a"}}
	if diff := cmp.Diff(want, p.Unknown); err != nil || p.Complete || len(p.Changes) > 0 || diff != "" {
		t.Errorf("an organization whose members nobody could count: %v %v %s", err, changes(p), diff)
	}
}

func TestOrganizationsSayWhatMayBeDoneToProvisionedPeople(t *testing.T) {
	w := &town{homes: []string{"a", "b"}}
	catalog := w.kinds()
	desired, _ := Decode(loaded(t, "organizations: {a: {idp_members: manage, gadgets: {}}, b: {gadgets: {}}}\n", catalog), catalog)
	r := reader{desired: desired, organizations: map[string]string{"a": "id-a", "b": "id-b"}}
	k, _ := catalog.Lookup("gadget")
	for slug, want := range map[string]string{"a": plan.IDPManage, "b": plan.IDPObserve} {
		set := r.set(k, r.scope(slug, nil), nil, "")
		if set.IDPMembers != want || !set.Closed || set.OrganizationID != "id-"+slug || set.Within != plan.Address("organization/"+slug) || set.Source == nil {
			t.Errorf("%s: %+v", slug, set)
		}
	}
}

func TestADeletedObjectIsRestored(t *testing.T) {
	w := &town{homes: []string{"a"}, gone: map[string][]gadget{"a": {{Name: "g"}}}}
	p, _, err := w.planned(t, "organizations: {a: {gadgets: {g: {}}}}\n", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"restore organization/a/gadget/g gone-g id-a"}, changes(p)); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsOfAPlanHaveTheirPlace(t *testing.T) {
	w := &town{homes: []string{"a"}, gadgets: map[string][]gadget{"a": {{Name: "x", Code: Some("1")}}}}
	_, problems, err := w.planned(t, "organizations:\n  a:\n    gadgets:\n      g: {code: \"1\"}\n", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`5:17: code 1 already belongs to "x" (if they are the same, declare it with renamed_from: x)`}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func loaded(t *testing.T, content string, catalog Catalog) *spec.Document {
	t.Helper()
	document, diagnostics := spec.Load([]string{write(t, content)}, spec.Options{Vocabulary: catalog.Vocabulary()})
	if diagnostics.HasErrors() {
		t.Fatal(told(diagnostics))
	}
	return document
}
