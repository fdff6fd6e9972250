package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Sizes of a search's page (Stytch's API reference).
const (
	defaultSearchLimit = 100
	maxSearchLimit     = 1000
)

// A search is a request to search organizations or members. Results come newest first. Stytch does not document an order;
// a fixed one makes the cursor simple: it names the last object shown.
type search struct {
	subject  string // "organization" or "member": the prefix of the error types
	limit    int
	before   uint64 // show only objects with a smaller Sequence
	any      bool   // operator OR: one filter that matches is enough
	operands []operand
	identity string // ties a cursor to its query
}

// An operand is one filter of a query.
type operand struct {
	Name  string          `json:"filter_name"`
	Value json.RawMessage `json:"filter_value"`
}

type searchQuery struct {
	Operator string    `json:"operator"`
	Operands []operand `json:"operands"`
}

// readSearch decodes and checks the part of the body that both searches share. The scope is what else the cursor must
// stay tied to.
func readSearch(c *call, subject, scope string) (search, *apiError) {
	s := search{subject: subject, limit: defaultSearchLimit}
	limit, found, err := sent[int](c, "limit")
	if err != nil || (found && (limit < 1 || limit > maxSearchLimit)) {
		return s, badRequest("user_search_invalid_limit", "The limit must be 1 to %d.", maxSearchLimit)
	}
	if found {
		s.limit = limit
	}
	query, found, err := sent[searchQuery](c, "query")
	if err != nil {
		return s, err
	}
	if found {
		if query.Operator != "AND" && query.Operator != "OR" {
			return s, badRequest("user_search_invalid_operator", "The query's operator must be AND or OR, not %q.", query.Operator)
		}
		s.any, s.operands = query.Operator == "OR", query.Operands
	}
	sum := fnv.New64a()
	_, _ = fmt.Fprint(sum, subject, "\x00", scope, "\x00", s.any) // a hash takes everything
	for _, o := range s.operands {
		_, _ = fmt.Fprintf(sum, "\x00%s=%s", o.Name, o.Value)
	}
	s.identity = fmt.Sprintf("%x", sum.Sum64())
	cursor, found, err := sent[string](c, "cursor")
	if err != nil {
		return s, err
	}
	s.before = ^uint64(0)
	if found && cursor != "" {
		s.before, err = s.parseCursor(cursor)
	}
	return s, err
}

func (s *search) cursor(last uint64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s.%d", s.identity, last))
}

// parseCursor refuses what this query did not hand out.
func (s *search) parseCursor(cursor string) (uint64, *apiError) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	identity, number, _ := strings.Cut(string(text), ".")
	last, wrong := strconv.ParseUint(number, 10, 64)
	if err != nil || wrong != nil || identity != s.identity {
		return 0, badRequest("user_search_invalid_cursor", "The cursor does not belong to this search.")
	}
	return last, nil
}

// A page has the objects to show, the cursor of the next page, or nil at the end, and how many match in all.
type page[T any] struct {
	items []T
	next  *string
	total int
}

// paginate walks over all objects, ordered by Sequence, from the newest to the oldest. look gives what an object shows
// as, and whether it matches. Without counting, total stays what the caller knows and the walk ends with the page.
func paginate[T, S any](s *search, all []T, sequence func(T) uint64, look func(T) (S, bool), count bool) page[S] {
	var p page[S]
	start := len(all)
	if !count {
		start = sort.Search(len(all), func(i int) bool { return sequence(all[i]) >= s.before })
	}
	var last uint64
	for i := start - 1; i >= 0; i-- {
		shown, matches := look(all[i])
		if !matches {
			continue
		}
		p.total++
		switch {
		case sequence(all[i]) >= s.before || p.next != nil:
		case len(p.items) < s.limit:
			p.items, last = append(p.items, shown), sequence(all[i])
		default:
			cursor := s.cursor(last)
			p.next = &cursor
		}
		if p.next != nil && !count {
			break
		}
	}
	return p
}

func (p page[T]) metadata(c *call) answer {
	total := p.total
	if c.server.options.Knobs.TotalsDisabled {
		total = -1
	}
	return answer{"total": total, "next_cursor": p.next}
}

// shownAt is the moment that searches show.
func (c *call) shownAt() time.Time { return c.now.Add(-c.server.options.Knobs.SearchLag) }
