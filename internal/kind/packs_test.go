package kind

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// village is a town of so many homes with one gadget in each, and the document
// that declares them.
func village(homes int) (*town, string) {
	w := &town{gadgets: map[string][]gadget{}, left: map[string]bool{}}
	var b strings.Builder
	b.WriteString("organizations:\n")
	for i := range homes {
		slug := fmt.Sprintf("h%04d", i)
		w.homes = append(w.homes, slug)
		w.gadgets[slug] = []gadget{{Name: "g", Code: Some("live")}}
		fmt.Fprintf(&b, "  %s: {gadgets: {g: {code: live}}}\n", slug)
	}
	return w, b.String()
}

// searches counts the searches for gadgets.
func (w *town) searches() int {
	return len(slices.DeleteFunc(slices.Clone(w.asked), func(s string) bool { return !strings.HasPrefix(s, "gadgets of") }))
}

func TestARefusedPackCostsBoundedSearches(t *testing.T) {
	for _, test := range []struct {
		name     string
		homes    int
		spoil    func(*town)
		o        ReadOptions
		unknown  int // organizations
		searches int
		why      string
	}{
		{"one organization of a thousand is gone, and alone unknown", 1000, func(w *town) { w.left["h0700"] = true }, ReadOptions{}, 1, 21, "organization_not_found: gone"},
		{"all organizations of a small pack are gone", 10, func(w *town) {
			for _, slug := range w.homes {
				w.left[slug] = true
			}
		}, ReadOptions{}, 10, 19, "organization_not_found: gone"},
		{"sixteen are all that Stytch takes at once", 1000, func(w *town) { w.most = 16 }, ReadOptions{}, 0, 127, ""},
		{"one is", 1000, func(w *town) { w.most = 1 }, ReadOptions{}, 940, 129, "after so many refusals it is not asked for in halves"},
		{"none is", 1000, func(w *town) { w.most = -1 }, ReadOptions{}, 1000, 71, "after so many refusals it is not asked for in halves"},
		{"none is, in each of many packs", 1000, func(w *town) { w.most = -1 }, ReadOptions{PackSize: 100, Parallelism: 2}, 1000, 2*67 + 8, "too many"},
		{"what the first packs learn holds for the others", 1000, func(w *town) { w.most = 60 }, ReadOptions{PackSize: 100, Parallelism: 1}, 0, 3 + 18, ""},
		{"a gone organization says nothing of how many Stytch takes", 1000, func(w *town) { w.left["h0000"] = true }, ReadOptions{PackSize: 100, Parallelism: 1}, 1, 13 + 9, "gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, document := village(test.homes)
			test.spoil(w)
			p, problems, err := w.planned(t, document, test.o)
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			if n := w.searches(); n != test.searches {
				t.Errorf("%d searches, want %d", n, test.searches)
			}
			if len(p.Unknown) != test.unknown || p.Complete != (test.unknown == 0) {
				t.Errorf("complete: %v, %d unknown, want %d", p.Complete, len(p.Unknown), test.unknown)
			}
			if seen := p.Summary.Unchanged - test.homes; seen != test.homes-test.unknown || len(p.Changes) > 0 {
				t.Errorf("%d gadgets were seen, want %d; changes: %v", seen, test.homes-test.unknown, changes(p))
			}
			if n := len(p.Unknown); n > 0 && !strings.Contains(p.Unknown[n-1].Reason, test.why) {
				t.Errorf("reason %s, want %s", p.Unknown[n-1].Reason, test.why)
			}
		})
	}
}

// A row is what a scripted list says: an object or an error.
type row struct {
	id, code string
	err      error
}

func TestARowThatComesTwiceIsOneObjectAndACountThatDisagreesAWarning(t *testing.T) {
	count := &Miscount{Request: "POST /gadgets/search", Rows: 3, Total: 5}
	for _, test := range []struct {
		name     string
		rows     []row
		warnings []string
		unknown  []string
		want     []string
	}{
		{"one row", []row{{id: "1", code: "old"}}, nil, nil, []string{"update organization/a/gadget/g 1 id-a"}},
		{"the same row twice", []row{{id: "1", code: "old"}, {id: "1", code: "old"}}, nil, nil, []string{"update organization/a/gadget/g 1 id-a"}},
		{"of two the later counts", []row{{id: "1", code: "old"}, {id: "1", code: "new"}}, nil, nil, nil},
		{"a count that disagrees", []row{{id: "1", code: "old"}, {err: count}}, []string{count.Error()}, nil, []string{"update organization/a/gadget/g 1 id-a"}},
		{"rows after the count", []row{{err: count}, {id: "1", code: "old"}}, []string{count.Error()}, nil, []string{"update organization/a/gadget/g 1 id-a"}},
		{"an error after the count", []row{{id: "1", code: "old"}, {err: count}, {err: errors.New("oops")}}, []string{count.Error()}, []string{"oops"}, []string{
			"update organization/a/gadget/g 1 id-a",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			homes, gadgets := homeType(), gadgetType()
			homes.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[home], error] {
				return func(yield func(Live[home], error) bool) {
					yield(Live[home]{ID: "id-a", Value: home{Slug: "a", Title: Some("T")}}, nil)
				}
			}
			gadgets.List = func(context.Context, *client.Client, []Scope) iter.Seq2[Live[gadget], error] {
				return func(yield func(Live[gadget], error) bool) {
					for _, row := range test.rows {
						if !yield(Live[gadget]{ID: row.id, OrganizationID: "id-a", Value: gadget{Name: "g", Code: Some(row.code)}}, row.err) {
							return
						}
					}
				}
			}
			catalog := NewCatalog(New(homes), New(gadgets), New(settingType()))
			desired, _ := Decode(loaded(t, "organizations: {a: {gadgets: {g: {code: new}}}}\n", catalog), catalog)
			p, diagnostics, err := desired.Plan(t.Context(), nil, plan.Target{ProjectID: "project-test-1"}, ReadOptions{})
			if err != nil || len(diagnostics) > 0 {
				t.Fatal(err, diagnostics)
			}
			var unknown []string
			for _, u := range p.Unknown {
				unknown = append(unknown, u.Reason)
			}
			if diff := cmp.Diff(test.unknown, unknown); diff != "" || p.Complete != (len(unknown) == 0) {
				t.Errorf("complete: %v; unknown (-want +got):\n%s", p.Complete, diff)
			}
			if diff := cmp.Diff(append([]string{}, test.warnings...), p.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, changes(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}
