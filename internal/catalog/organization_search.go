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

// searchAll reads a search to its end. Pages may overlap while others write, so
// that each id counts once. A total that disagrees with what was found causes
// one more reading, whose result stands: Stytch may not count at all (-1), or
// count what was made meanwhile.
func searchAll[A any](ctx context.Context, c *client.Client, s search, id func(A) string) ([]A, error) {
	found, total, err := searchOnce(ctx, c, s, id)
	if err == nil && total >= 0 && total != len(found) {
		found, _, err = searchOnce(ctx, c, s, id)
	}
	return found, err
}

// searchOnce follows the cursors until there is none. The total is that of the
// last page.
func searchOnce[A any](ctx context.Context, c *client.Client, s search, id func(A) string) (found []A, total int, err error) {
	at := map[string]int{} // index in found, by id
	passed := map[string]bool{}
	cursor := ""
	for {
		page, next, sum, err := searchPage[A](ctx, c, s, cursor)
		if err != nil {
			return nil, 0, err
		}
		for _, a := range page {
			if i, seen := at[id(a)]; seen {
				found[i] = a
				continue
			}
			at[id(a)] = len(found)
			found = append(found, a)
		}
		if next == "" {
			return found, sum, nil
		}
		if passed[next] {
			return nil, 0, fmt.Errorf("searching %s: Stytch gave the same cursor twice, so that the end of the list cannot be reached", s.list)
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
		return nil, "", 0, fmt.Errorf("searching %s: %w", s.list, err)
	}
	if err := decodeField(answer, s.list, &page); err != nil {
		return nil, "", 0, fmt.Errorf("searching %s: %w", s.list, err)
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
