package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// searchPageSize is the largest page of Stytch's searches (API reference,
// "Search organizations" and "Search members").
const searchPageSize = 1000

// A search is one search of the data plane.
type search struct {
	path  string
	list  string         // the word under which the answer holds what was found
	query map[string]any // the body, without cursor and limit
}

// request names the search as errors do.
func (s search) request() string { return http.MethodPost + " " + s.path }

// mostIdlePages is how many pages in a row may show nothing new before a search
// counts as one that goes round, whatever its cursors say.
const mostIdlePages = 100

// searchAll reads a search to its end. Whatever the error, what it gives was
// read; after a *kind.Miscount it is all that the search gives.
//
// A whole reading has as many rows as Stytch counts. Rows, not objects: a total
// counts rows, so that an object which two pages show, because others write
// meanwhile, counts twice there too. One more reading follows where the count
// disagrees, or where a row came twice: then the list has moved, and something
// may have slipped past the cursor. The second reading stands. Stytch may not
// count at all (-1).
func searchAll[A any](ctx context.Context, c *client.Client, s search, id func(A) string) ([]A, error) {
	r, err := searchOnce(ctx, c, s, id)
	if err == nil && (r.miscounted() || r.rows != len(r.found)) {
		r, err = searchOnce(ctx, c, s, id)
	}
	if err == nil && r.miscounted() {
		err = &kind.Miscount{Request: s.request(), Rows: r.rows, Total: r.total}
	}
	return r.found, err
}

// A searched is one reading of a search.
type searched[A any] struct {
	found []A // each id once, as the last row with it has it
	rows  int
	total int // of the last page; -1: not counted
}

func (r searched[A]) miscounted() bool { return r.total >= 0 && r.total != r.rows }

// searchOnce follows the cursors until there is none. An error names the page.
func searchOnce[A any](ctx context.Context, c *client.Client, s search, id func(A) string) (searched[A], error) {
	var r searched[A]
	at := map[string]int{} // index in found, by id
	passed := map[string]bool{}
	cursor, idle := "", 0
	for number := 1; ; number++ {
		failed := func(err error) error { return fmt.Errorf("page %d of %s: %w", number, s.list, err) }
		page, next, total, err := searchPage[A](ctx, c, s, cursor)
		if err != nil {
			return r, failed(err)
		}
		idle++
		for _, a := range page {
			if id(a) == "" {
				return r, failed(fmt.Errorf("%s gave a row without an id", s.request()))
			}
			if i, seen := at[id(a)]; seen {
				r.found[i] = a
				continue
			}
			at[id(a)] = len(r.found)
			r.found = append(r.found, a)
			idle = 0
		}
		r.rows, r.total = r.rows+len(page), total
		switch {
		case next == "":
			return r, nil
		case passed[next]:
			return r, failed(fmt.Errorf("%s gave the same cursor twice, so that the end of the list cannot be reached", s.request()))
		case idle == mostIdlePages:
			return r, failed(fmt.Errorf("%s gave %d pages with nothing new on them, so that the end of the list cannot be reached", s.request(), idle))
		}
		passed[next] = true
		cursor = next
	}
}

// searchPage reads one page. An answer without the list or without its metadata
// is an error: taken for an empty page it would say that nothing is live.
func searchPage[A any](ctx context.Context, c *client.Client, s search, cursor string) (page []A, next string, total int, err error) {
	body := map[string]any{"limit": searchPageSize}
	maps.Copy(body, s.query)
	if cursor != "" {
		body["cursor"] = cursor
	}
	var answer map[string]json.RawMessage
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: s.path, Body: body}, &answer); err != nil {
		return nil, "", 0, err
	}
	metadata := struct {
		Total      *int    `json:"total"`
		NextCursor *string `json:"next_cursor"`
	}{}
	if err := decodeField(answer, "results_metadata", &metadata); err != nil {
		return nil, "", 0, fmt.Errorf("%s: %w", s.request(), err)
	}
	if err := decodeField(answer, s.list, &page); err != nil {
		return nil, "", 0, fmt.Errorf("%s: %w", s.request(), err)
	}
	total = -1
	if metadata.Total != nil {
		total = *metadata.Total
	}
	if metadata.NextCursor != nil {
		next = *metadata.NextCursor
	}
	return page, next, total, nil
}

// yieldFound hands on what a search gave, and then what is wrong with it.
func yieldFound[A, T any](found []A, err error, live func(A) kind.Live[T], keep func(A) bool, yield func(kind.Live[T], error) bool) {
	for _, a := range found {
		if keep(a) && !yield(live(a), nil) {
			return
		}
	}
	if err != nil {
		yield(kind.Live[T]{}, err)
	}
}

// decodeField decodes one field of an answer, which must be there.
func decodeField(answer map[string]json.RawMessage, name string, v any) error {
	raw := answer[name]
	if len(raw) == 0 || string(raw) == "null" {
		return errors.New("the answer holds no " + name)
	}
	if err := kind.DecodeJSON(raw, v); err != nil {
		return fmt.Errorf("the answer's %s: %w", name, err)
	}
	return nil
}
