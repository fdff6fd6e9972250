package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	firstWait   = 500 * time.Millisecond
	longestWait = 15 * time.Second
	// Stytch's limits are fixed intervals, and a limit that was hit stays hit until its minute has passed (Stytch docs,
	// "Rate limits"): refusals are waited out for longer than that, in all.
	longestRefusal = 2 * time.Minute
	fewRefusals    = 3  // that are always waited out: each may be that of another minute
	mostRefusals   = 30 // if a server asks to wait for nothing, again and again
)

// A verdict is what one attempt means, whatever the request was.
type verdict int

const (
	final   verdict = iota // an answer that repeating does not change
	refused                // 429: not processed
	unsent                 // nothing reached Stytch
	unclear                // sent; whether it was carried out is not known
)

func judge(r result) verdict {
	if r.err != nil {
		failure, ok := errors.AsType[*attemptError](r.err)
		switch {
		case !ok:
			return final
		case failure.unsent:
			return unsent
		}
		return unclear
	}
	switch r.res.StatusCode {
	case http.StatusTooManyRequests:
		return refused
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return unclear
	}
	return final
}

// A patience is what one call has left: how often, and how long.
type patience struct {
	most     int
	jitter   func(time.Duration) time.Duration
	failures int
	refusals int
	first    time.Time // when the first refusal came
}

// next says whether to repeat and how long to wait before.
func (p *patience) next(ctx context.Context, v verdict, r result, e endpoint, b *budget) (time.Duration, bool) {
	if v == final || p.most == 0 || ctx.Err() != nil || (v == unclear && !e.Repeat) {
		return 0, false
	}
	now := time.Now()
	asked, hasAsked := retryAfter(r.res, now)
	var wait time.Duration
	if v == refused {
		wait = p.jitter(backoff(p.refusals))
		p.refusals++
	} else {
		wait = p.jitter(backoff(p.failures))
		p.failures++
	}
	if hasAsked {
		wait = asked + wait/8 // a little later each, so that those who were told the same do not return together
	}
	if v == refused {
		if p.refusals == 1 {
			p.first = now
		}
		if p.refusals > mostRefusals || (p.refusals > fewRefusals && now.Add(wait).Sub(p.first) > longestRefusal) {
			return 0, false
		}
	} else if p.failures > p.most || !b.take() {
		return 0, false
	}
	if deadline, has := ctx.Deadline(); has && deadline.Sub(now) <= wait {
		return 0, false // to wait for a deadline helps nobody: say now what is wrong
	}
	return wait, true
}

// backoff bounds the wait before repetition n, which counts from 0.
func backoff(n int) time.Duration {
	return min(firstWait<<min(n, 10), longestWait)
}

// fullJitter picks any wait up to d, so that clients that failed together do not come back together.
func fullJitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d) + 1)) //nolint:gosec // chance, not secrecy
}

// retryAfter reads the header Retry-After, in seconds or as a date, and caps it at two minutes. Stytch documents no such
// header; proxies send it.
func retryAfter(res *http.Response, now time.Time) (time.Duration, bool) {
	if res == nil {
		return 0, false
	}
	value := res.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestRefusal/time.Second))) * time.Second, true //nolint:gosec // capped
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), longestRefusal), true
	}
	return 0, false
}

// sleep waits, or gives the reason why the context ended before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	}
}

// stopped says why a context has ended, so that errors.Is finds context.Canceled or context.DeadlineExceeded also where
// somebody gave a reason of their own.
func stopped(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return context.Cause(ctx)
}

// A budget bounds the repetitions of a whole run, so that an outage does not multiply the load on who has it: one in
// five calls, and ten in any case. Answers of 429 are bounded by the pace instead.
type budget struct {
	mu      sync.Mutex
	calls   int
	repeats int
}

func (b *budget) call() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.repeats >= max(10, b.calls/5) {
		return false
	}
	b.repeats++
	return true
}
