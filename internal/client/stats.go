package client

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

// A Count says what was sent and how it went.
type Count struct {
	Sent        int `json:"sent"`         // attempts that left this program, repetitions included
	Retried     int `json:"retried"`      // of those, repetitions
	RateLimited int `json:"rate_limited"` // answered 429
}

// Stats are the totals of a connection and the same by endpoint, "PUT /v1/b2b/organizations/{id}".
type Stats struct {
	Count
	Written    int              `json:"written"` // calls that are no reads and that Stytch carried out, or may have
	ByEndpoint map[string]Count `json:"by_endpoint"`

	Share   int           `json:"share"`   // percent of the project's limits that were taken at most
	Waited  time.Duration `json:"waited"`  // while at least one request waited for the rate
	Learned []Learned     `json:"learned"` // what the limits were seen to be
}

// A tally adds up. It is shared by both clients of a connection.
type tally struct {
	mu      sync.Mutex
	total   Count
	written int
	by      map[string]Count

	waiting int // requests that wait for the rate
	since   time.Time
	waited  time.Duration
}

// sleep waits for the rate. Requests that wait at the same time count once: what is told is what a run lost.
func (t *tally) sleep(ctx context.Context, d time.Duration) error {
	t.wait(1)
	defer t.wait(-1)
	return sleep(ctx, d)
}

func (t *tally) wait(more int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.waiting > 0 {
		t.waited += now.Sub(t.since)
	}
	t.waiting, t.since = t.waiting+more, now
}

// wrote counts a call that changed something, or may have.
func (t *tally) wrote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written++
}

func (t *tally) add(endpoint string, n Count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]Count{}
	}
	t.total = t.total.plus(n)
	t.by[endpoint] = t.by[endpoint].plus(n)
}

func (t *tally) stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Stats{Count: t.total, Written: t.written, Waited: t.waited, ByEndpoint: make(map[string]Count, len(t.by))}
	maps.Copy(s.ByEndpoint, t.by)
	return s
}

func (c Count) plus(d Count) Count {
	return Count{c.Sent + d.Sent, c.Retried + d.Retried, c.RateLimited + d.RateLimited}
}

// counting counts each attempt.
type counting struct {
	next http.RoundTripper
	locate
	tally *tally
}

func (t counting) RoundTrip(req *http.Request) (*http.Response, error) {
	name := t.locate(req).Name
	t.tally.add(name, Count{Sent: 1})
	res, err := t.next.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusTooManyRequests {
		t.tally.add(name, Count{RateLimited: 1})
	}
	return res, err
}
