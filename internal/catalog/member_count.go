package catalog

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
)

// mostSearched is how many organizations one search for members is asked about.
const mostSearched = 1000

// findMembers reads the live members of organizations that one filter picks, a
// thousand organizations a search, and fewer where Stytch refuses so many: how
// many it takes is not documented. See searchAll for what it gives beside an error.
func findMembers(ctx context.Context, c *client.Client, ids []string, filter string, value any) ([]memberAnswer, error) {
	var found []memberAnswer
	var miscount error
	halvings := mostHalvings
	packs := slices.Collect(slices.Chunk(ids, mostSearched))
	for len(packs) > 0 {
		pack := packs[0]
		packs = packs[1:]
		more, err := searchMembers(ctx, c, map[string]any{
			"organization_ids": pack,
			"query": map[string]any{"operator": "AND", "operands": []map[string]any{
				{"filter_name": filter, "filter_value": value},
			}},
		})
		refusal, refused := errors.AsType[*client.Error](err)
		switch {
		case refused && refusal.Status == http.StatusBadRequest && len(pack) > 1 && halvings > 0:
			halvings--
			half := len(pack) / 2
			packs = append([][]string{pack[:half], pack[half:]}, packs...)
		case isError(err):
			return nil, err
		default:
			found, miscount = append(found, more...), cmp.Or(miscount, err)
		}
	}
	return found, miscount
}
