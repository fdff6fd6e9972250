package client

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	cutTo     = 0.7 // what is left of the rate after a burst of refusals
	slowest   = 0.2 // requests a second below which no refusal takes it
	firstSeen = 5   // what one lone refusal is taken to have been sent at: it says little about the rate
	oneSecond = time.Second
)

// A pace keeps the requests of a connection to the rate that Stytch grants, which nobody publishes: it is learned. A
// burst of 429s cuts the rate once, every success lets it grow a little, by about one request a second each second. To
// halve at every 429 costs twice the time, for the refusals of one burst all come from the same rate.
//
//	rate   what happens                           then
//	none   20 requests in a second, 3 refused     14/s: the first cut starts from what was really sent
//	14/s   2 more refused, sent before the cut    14/s: they tell nothing new
//	14/s   2 refused, nothing succeeded since     14/s: still the same burst (Stytch's windows are fixed intervals)
//	14/s   one success                            14.07/s
//	14/s   refused after a success                9.8/s
type pace struct {
	limiter *rate.Limiter
	ceiling rate.Limit

	mu          sync.Mutex
	cutAt       time.Time // when the rate was last cut
	provenSince bool      // something that was sent after the cut succeeded
	window      time.Time // the second that is being counted
	now, before int       // requests in that second, and in the one before
}

// newPace starts at most requests a second, or without a limit for 0.
func newPace(most float64) *pace {
	ceiling := rate.Inf
	if most > 0 {
		ceiling = rate.Limit(most)
	}
	return &pace{limiter: rate.NewLimiter(ceiling, 1), ceiling: ceiling, provenSince: true}
}

// wait returns when the next request may be sent, and when that was.
func (p *pace) wait(ctx context.Context) (time.Time, error) {
	if err := p.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return time.Time{}, stopped(ctx)
		}
		return time.Time{}, fmt.Errorf("the rate limit leaves no turn before the deadline: %w", context.DeadlineExceeded)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.turn(now)
	p.now++
	return now, nil
}

// turn moves the counted second on.
func (p *pace) turn(now time.Time) {
	switch since := now.Sub(p.window); {
	case since >= 2*oneSecond:
		p.window, p.before, p.now = now, 0, 0
	case since >= oneSecond:
		p.window, p.before, p.now = now, p.now, 0
	}
}

func (p *pace) refused(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !sent.After(p.cutAt) || !p.provenSince {
		return
	}
	now := time.Now()
	p.turn(now)
	seen := rate.Limit(max(p.now, p.before, firstSeen))
	p.cutAt, p.provenSince = now, false
	p.limiter.SetLimit(max(cutTo*min(p.limiter.Limit(), seen), min(slowest, p.ceiling)))
}

func (p *pace) succeeded(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !sent.After(p.cutAt) {
		return
	}
	p.provenSince = true
	now := p.limiter.Limit()
	if now == rate.Inf || now >= p.ceiling {
		return
	}
	// Below one request a second, 1/rate would leap; there the rate at most doubles.
	growth := rate.Limit(math.Min(1/float64(now), float64(now)))
	p.limiter.SetLimit(min(now+growth, p.ceiling))
}

// paced holds each attempt until its turn, and tells the pace how it went.
type paced struct {
	next http.RoundTripper
	pace *pace
}

func (t paced) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := t.pace.wait(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err // final: the context has ended, or will before there is a turn
	}
	res, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
	case res.StatusCode == http.StatusTooManyRequests:
		t.pace.refused(sent)
	case res.StatusCode < http.StatusInternalServerError:
		t.pace.succeeded(sent)
	}
	return res, err
}
