package catalog

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func kindNumber(text string) json.Number { return json.Number(text) }

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// listScripted lists organizations where the n-th search is answered with the
// n-th body, the last one for ever, and tells how many were asked.
func listScripted(t *testing.T, bodies ...string) (found []string, asked int, err error) {
	t.Helper()
	c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body := bodies[min(asked, len(bodies)-1)]
		asked++
		answer(w, http.StatusOK, body)
	}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
	for live, err := range listOrganizations(t.Context(), c, nil) {
		if err != nil {
			return found, asked, err
		}
		found = append(found, live.Value.Slug+"="+live.Value.Name.Value)
	}
	return found, asked, nil
}

func page(total int, next string, organizations ...string) string {
	var list []string
	for _, o := range organizations {
		slug, name, _ := strings.Cut(o, "=")
		list = append(list, fmt.Sprintf(`{"organization_id":"id-%s","organization_slug":%q,"organization_name":%q}`, slug, slug, name))
	}
	cursor := "null"
	if next != "" {
		cursor = fmt.Sprintf("%q", next)
	}
	return fmt.Sprintf(`{"organizations":[%s],"results_metadata":{"total":%d,"next_cursor":%s}}`, strings.Join(list, ","), total, cursor)
}

func TestSearchesAreReadToTheirEnd(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		want    []string
		asked   int
		err     string
	}{
		{"one page", []string{page(1, "", "a=A")}, []string{"a=A"}, 1, ""},
		{"no organization at all", []string{page(0, "")}, nil, 1, ""},
		{"cursors are followed, over an empty page too", []string{page(2, "1", "a=A"), page(2, "2"), page(2, "", "b=B")}, []string{"a=A", "b=B"}, 3, ""},
		{"what two pages show counts once, as the later one has it", []string{page(3, "1", "a=old", "b=B"), page(3, "", "a=new"), page(3, "1", "a=old", "b=B"), page(3, "", "a=new")}, []string{"a=new", "b=B"}, 4, ""},
		{"and the list that moved is read once more", []string{page(3, "1", "a=A", "b=B"), page(3, "", "b=B"), page(3, "", "a=A", "b=B", "c=C")}, []string{"a=A", "b=B", "c=C"}, 3, ""},
		{"rows are counted, not objects", []string{page(2, "1", "a=A", "b=B"), page(2, "", "b=B"), page(2, "1", "a=A", "b=B"), page(2, "", "b=B")}, []string{"a=A", "b=B"}, 4, "gave 3 rows and a total of 2"},
		{"a total of -1 is no count", []string{page(-1, "", "a=A")}, []string{"a=A"}, 1, ""},
		{"an empty cursor is the end too", []string{`{"organizations":[],"results_metadata":{"total":0,"next_cursor":""}}`}, nil, 1, ""},
		{"a total that disagrees causes one more reading", []string{page(2, "", "a=A"), page(2, "", "a=A", "b=B")}, []string{"a=A", "b=B"}, 2, ""},
		{"and the second reading stands, with a word about it", []string{page(7, "", "a=A")}, []string{"a=A"}, 2, "POST /v1/b2b/organizations/search gave 1 rows and a total of 7, also when it was read again"},
		{"so does one that gives more than was counted", []string{page(0, "", "a=A")}, []string{"a=A"}, 2, "gave 1 rows and a total of 0"},
		{"an error in the second reading is an error", []string{page(2, "", "a=A"), page(2, "1", "b=B"), "{}"}, []string{"b=B"}, 3, "page 2 of organizations: POST /v1/b2b/organizations/search: the answer holds no results_metadata"},
		{"a cursor that repeats is an error, after what was read", []string{page(9, "1", "a=A")}, []string{"a=A"}, 2, "page 2 of organizations: POST /v1/b2b/organizations/search gave the same cursor twice"},
		{"cursors that go round are an error", []string{page(9, "1", "a=A"), page(9, "2"), page(9, "1")}, []string{"a=A"}, 3, "page 3 of organizations: POST /v1/b2b/organizations/search gave the same cursor twice"},
		{"a row without an id is an error", []string{`{"organizations":[{}],"results_metadata":{"total":1,"next_cursor":null}}`}, nil, 1, "a row without an id"},
		{"an answer without the list is no empty list", []string{`{"results_metadata":{"total":0,"next_cursor":null}}`}, nil, 1, "holds no organizations"},
		{"nor is null", []string{`{"organizations":null,"results_metadata":{"total":0,"next_cursor":null}}`}, nil, 1, "holds no organizations"},
		{"an answer that does not tell whether there is more is no end", []string{`{"organizations":[]}`}, nil, 1, "holds no results_metadata"},
		{"an answer of another form is an error", []string{`{"organizations":[{"organization_id":1}],"results_metadata":{"total":1,"next_cursor":null}}`}, nil, 1, "the answer's organizations"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, asked, err := listScripted(t, test.answers...)
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if asked != test.asked {
				t.Errorf("%d requests, want %d", asked, test.asked)
			}
		})
	}
}

// A server can go round without ever giving a cursor twice.
func TestPagesThatShowNothingNewComeToAnEnd(t *testing.T) {
	asked := 0
	c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		answer(w, http.StatusOK, page(9, fmt.Sprint("cursor-", asked), "a=A"))
	}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
	var found []string
	for live, err := range listOrganizations(t.Context(), c, nil) {
		if err == nil {
			found = append(found, live.Value.Slug)
		} else if want := "page 101 of organizations: POST /v1/b2b/organizations/search gave 100 pages with nothing new"; !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if diff := cmp.Diff([]string{"a"}, found); diff != "" || asked != 101 {
		t.Errorf("%d requests; found (-want +got):\n%s", asked, diff)
	}
}

func TestAThousandOrganizationsAreOneRequest(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	const n = 1100
	for i := range n {
		b.organization(Organization{Slug: fmt.Sprintf("org-%04d", i)})
	}
	b.server.ResetRequests()
	seen := map[string]bool{}
	for live, err := range listOrganizations(t.Context(), b.client, nil) {
		b.must(err)
		seen[live.Value.Slug] = true
	}
	if len(seen) != n || len(b.server.Requests()) != 2 {
		t.Errorf("%d organizations in %d requests, want %d in 2", len(seen), len(b.server.Requests()), n)
	}
}
