package kindtest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// shuffles is in how many ways each trial writes its documents and reads what is
// live: with the hundred trials of a run, a thousand.
const shuffles = 10

// The digest, and all that the plan says beside positions, is the same in
// whatever order documents and live objects come, in however many files, pages
// and packs, in both syntaxes.
func TestTheDigestIsTheSameInAThousandShuffles(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		want, err := t.try(b.yaml(), kind.ReadOptions{})
		if err != nil {
			t.r.Skip(err)
		}
		unordered := &disorder{next: http.DefaultTransport}
		connection := t.Connect(t, unordered, nil)
		t.Connection = connection
		for range shuffles {
			seed := rapid.Uint64().Draw(t.r, "shuffle")
			unordered.seed.Store(seed)
			d := b.shuffled(seed)
			got, err := t.try(d, kind.ReadOptions{PackSize: int(1 + seed%3), Parallelism: int(1 + seed%5)})
			if err != nil {
				t.story("shuffled", d)
				t.Fatal(err)
			}
			if diff := cmp.Diff(t.encoded(unplaced(want)), t.encoded(unplaced(got))); diff != "" || got.Digest != want.Digest {
				t.story("shuffled", d)
				t.Fatalf("digest %s, want %s; the plan in order (-) and shuffled (+):\n%s", got.Digest, want.Digest, diff)
			}
		}
	})
}

// unplaced is a plan without the places of the documents.
func unplaced(p *plan.Plan) *plan.Plan {
	q := *p
	q.Changes = slices.Clone(p.Changes)
	for i := range q.Changes {
		q.Changes[i].Source = nil
	}
	return &q
}

// A disorder answers lists in another order and searches in small pages.
type disorder struct {
	next http.RoundTripper
	seed atomic.Uint64
}

// RoundTrip is the way of http.RoundTripper.
func (d *disorder) RoundTrip(r *http.Request) (*http.Response, error) {
	seed := d.seed.Load()
	return Between{Next: d.next, Do: func(_ *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
		var asked Object
		if json.Unmarshal(body, &asked) == nil && asked["limit"] != nil {
			asked["limit"] = 1 + seed%4
			body = []byte(asJSON(asked))
		}
		response, err := next(body)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		var answer Object
		if json.Unmarshal(text, &answer) == nil {
			text = []byte(asJSON(disordered(answer, rand.New(rand.NewPCG(seed, 1)))))
		}
		response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		response.Header.Del("Content-Length")
		return response, err
	}}.RoundTrip(r)
}

// disordered shuffles every list of an answer: none of them has an order that counts.
func disordered(v any, r *rand.Rand) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = disordered(v[i], r)
		}
		r.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
	case Object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = disordered(v[key], r)
		}
	}
	return v
}

// One value that is declared otherwise is another digest: whoever reviewed the
// one has not reviewed the other.
func TestAnotherValueIsAnotherDigest(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		p, err := t.try(b.yaml(), kind.ReadOptions{})
		if err != nil {
			t.r.Skip(err)
		}
		for range 5 {
			other := b.altered(t.r)
			if other == nil {
				t.r.Skip("nothing is declared")
			}
			desired, diagnostics := t.Diagnose(t, other.yaml())
			if len(diagnostics) > 0 {
				continue // the other value breaks a rule
			}
			lifted(&desired.Policy)
			q, err := t.planned(desired, kind.ReadOptions{})
			if err == nil && q.Digest == p.Digest {
				t.story("altered", other.yaml())
				t.Fatalf("one value is another, and the digest is the same: %s\n%s", p.Digest, Told(q))
			}
		}
	})
}

// A spot is one declared value: the object that holds it and under which name.
type spot struct {
	in   Object
	name string
}

// spots are the values of documents that a plan compares, in order.
func spots(o Object) []spot {
	var found []spot
	for _, name := range slices.Sorted(maps.Keys(o)) {
		nested, isObject := o[name].(Object)
		switch {
		case slices.Contains([]string{"version", "project", "policy", "initial", "idp_members", "renamed_from", "absent", "public_key_type", "pem_files", "template_content"}, name):
		case slices.Contains([]string{"allowed_oauth_tenants", "attribute_mapping"}, name):
		case isObject:
			found = append(found, spots(nested)...)
		default:
			found = append(found, spot{o, name})
		}
	}
	return found
}

// altered is a copy of the documents with one value that is another; nil when
// they declare nothing.
func (d *documents) altered(r *rapid.T) *documents {
	other := &documents{top: copied(d.top).(Object), roles: d.roles}
	all := spots(other.top)
	if len(all) == 0 {
		return nil
	}
	s := all[rapid.IntRange(0, len(all)-1).Draw(r, "altered")]
	switch was := s.in[s.name].(type) {
	case bool:
		s.in[s.name] = !was
	case int:
		s.in[s.name] = was + 1
	case nil:
		s.in[s.name] = "something"
	case []any:
		if len(was) > 0 {
			s.in[s.name] = was[1:]
		} else {
			s.in[s.name] = []any{"acme.example"}
		}
	case string:
		switch {
		case s.name == "mfa_phone_number":
			s.in[s.name] = "+14175550199"
		case strings.HasSuffix(s.name, "_url"):
			s.in[s.name] = was + "https://other.example/x"
			if was != "" {
				s.in[s.name] = was + "x"
			}
		case strings.ToUpper(was) == was && was != "":
			for _, choice := range []string{"NOT_ALLOWED", "RESTRICTED", "ALL_ALLOWED"} {
				if choice != was {
					s.in[s.name] = choice
				}
			}
		default:
			s.in[s.name] = was + "x"
		}
	}
	return other
}
