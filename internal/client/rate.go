package client

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"time"
)

// DefaultShare is the part of a project's limits that a run takes unless it is told otherwise, in percent: people log
// in with the rest.
const DefaultShare = 50

// documentedSearches is what Stytch grants a project in a minute of the clock, by its SDKs and its OpenAPI document, for
// the searches of organizations and of members each. Whether they share it is not said: both are counted together. (Its
// newest pages say 100 a second.)
const documentedSearches = 100

// A class is what shares a limit. One that refuses slows no other.
type class int

const (
	classData       class = iota // the data plane, but for search; what the fraud service answers counts here, too
	classSearch                  // searches of organizations and members
	classManagement              // the management plane
	classes                      // how many there are
)

func (c class) String() string { return [...]string{"data", "search", "management"}[c] }

// A limit says when a request of its class may be sent, and learns how it went. It is told the time.
type limit interface {
	ready(now time.Time) time.Time // when to ask again; now: it may be sent
	take(now time.Time)            // it is sent
	passed(now, sent time.Time)
	refused(now, sent time.Time)
	learned() (Learned, bool)
}

// Rates are all the limits that the requests of a connection keep to.
type rates struct {
	mu      sync.Mutex
	ceiling slots
	limits  [classes]limit
	held    [classes]time.Time // until when an answer's Retry-After holds back the whole class
}

func newRates(config Config) *rates {
	share := float64(config.share()) / 100
	r := &rates{ceiling: slots{rate: config.MaxRequestsPerSecond}}
	for c := range r.limits {
		r.limits[c] = newPace(share, fullJitter)
	}
	if config.SearchesPerMinute > 0 {
		r.limits[classSearch] = newQuota(share, float64(config.SearchesPerMinute), fullJitter)
	}
	return r
}

// turn takes a turn if there is one now, and says when to ask otherwise.
func (r *rates) turn(c class, now time.Time) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := latest(latest(r.held[c], r.ceiling.next), r.limits[c].ready(now))
	if at.After(now) {
		return at, false
	}
	r.ceiling.take(now)
	r.limits[c].take(now)
	return now, true
}

// answered learns from the answer to a request that was sent at a moment.
func (r *rates) answered(c class, sent, now time.Time, res *http.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if asked, ok := retryAfter(res, now); ok && res.StatusCode >= http.StatusTooManyRequests {
		r.held[c] = latest(r.held[c], now.Add(asked))
	}
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		r.limits[c].refused(now, sent)
	case res.StatusCode < http.StatusInternalServerError:
		r.limits[c].passed(now, sent)
	}
}

// Learned is a limit that Stytch was seen to have for the whole project, of which a run takes its share.
type Learned struct {
	Class    string  // "data", "search" or "management"
	Requests float64 // rounded to tenths
	Per      string  // "second" or "minute"
}

func (r *rates) learned() []Learned {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Learned
	for c, l := range r.limits {
		if learned, ok := l.learned(); ok {
			learned.Class, learned.Requests = class(c).String(), math.Round(10*learned.Requests)/10
			all = append(all, learned)
		}
	}
	return all
}

// paced holds each attempt until its turn, and tells the limits how it went.
type paced struct {
	next http.RoundTripper
	locate
	rates *rates
	tally *tally
	log   *slog.Logger
}

func (t paced) RoundTrip(req *http.Request) (*http.Response, error) {
	c := t.locate(req).Class
	sent, err := t.wait(req.Context(), c)
	if err != nil {
		closeBody(req)
		return nil, err // final: the context has ended, or will before there is a turn
	}
	res, err := t.next.RoundTrip(req)
	if err == nil {
		t.rates.answered(c, sent, time.Now(), res)
	}
	return res, err
}

// wait returns when the next request of a class may be sent, and when that was.
func (t paced) wait(ctx context.Context, c class) (time.Time, error) {
	for {
		if ctx.Err() != nil {
			return time.Time{}, stopped(ctx)
		}
		now := time.Now()
		at, ok := t.rates.turn(c, now)
		if ok {
			return now, nil
		}
		if deadline, has := ctx.Deadline(); has && !at.Before(deadline) {
			return time.Time{}, fmt.Errorf("the rate limit leaves no turn before the deadline: %w", context.DeadlineExceeded)
		}
		pause := at.Sub(now)
		if pause >= time.Second {
			t.log.LogAttrs(ctx, slog.LevelInfo, "waiting for the rate limit", slog.String("class", c.String()), slog.Duration("wait", pause))
		}
		if err := t.tally.sleep(ctx, pause); err != nil {
			return time.Time{}, err
		}
	}
}
