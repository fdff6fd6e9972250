package client

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

func TestThePaceLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(0)
		ask := func() time.Time {
			sent, err := p.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return sent
		}
		var early []time.Time
		for range 20 {
			early = append(early, ask())
			time.Sleep(time.Millisecond)
		}
		is := func(want float64, when string) {
			t.Helper()
			if got := float64(p.limiter.Limit()); math.Abs(got-want) > 0.01 {
				t.Errorf("%s: %.2f/s, want %.2f/s", when, got, want)
			}
		}
		if p.limiter.Limit() != rate.Inf {
			t.Error("a pace without a configured limit begins with one")
		}
		p.refused(early[17])
		is(14, "after the first refusal, from what was really sent")
		p.refused(early[18])
		p.refused(early[19])
		is(14, "after more refusals of the same burst")
		time.Sleep(time.Millisecond)
		p.refused(ask())
		is(14, "after a refusal with no success since the cut")
		p.succeeded(early[3])
		is(14, "after a success from before the cut")
		p.succeeded(ask())
		is(14+1/14.0, "after a success")
		p.refused(early[19])
		is(14+1/14.0, "after a refusal from before the cut")
		p.refused(ask())
		if got := float64(p.limiter.Limit()); got > 0.7*(14+1/14.0)+0.01 {
			t.Errorf("a refusal after a success leaves %.2f/s", got)
		}
	})
}

func TestThePaceNeverPassesItsCeilingNorStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(5)
		for range 300 {
			sent, err := p.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			p.succeeded(sent)
			p.refused(sent)
		}
		if got := p.limiter.Limit(); got < slowest || got > 5 {
			t.Errorf("%v/s after many refusals", got)
		}
		for range 300 {
			sent, err := p.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			p.succeeded(sent)
		}
		if got := p.limiter.Limit(); got != 5 {
			t.Errorf("%v/s after many successes, want the ceiling of 5", got)
		}
	})
}

func TestOneRefusalCutsOnlySoFar(t *testing.T) {
	for _, test := range []struct {
		name       string
		most, want float64
	}{
		{"without a limit, a lone refusal says little", 0, 3.5},
		{"a configured rate is cut once", 2, 1.4},
		{"no refusal takes the rate below the slowest", 0.25, 0.2},
		{"nor above what was configured", 0.1, 0.1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPace(test.most)
			sent, err := p.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p.refused(sent)
			if got := float64(p.limiter.Limit()); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("%v/s, want %v/s", got, test.want)
			}
		})
	}
}

func TestAConfiguredRateHoldsForBothClientsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{steps: []step{answered(200)}}
		conn := over(t, w, func(c *Config) { c.MaxRequestsPerSecond = 10 })
		var all sync.WaitGroup
		for _, c := range []*Client{conn.ReadOnly(), conn.Writable()} {
			for range 50 {
				all.Go(func() { _ = send(t.Context(), c, http.MethodGet, "/pwa/v3/projects") })
			}
		}
		start := time.Now()
		all.Wait()
		if took := time.Since(start); took < 9900*time.Millisecond {
			t.Errorf("100 requests at 10 a second took %s", took)
		}
	})
}

func TestAServerWithALimitIsUsedWellAndRarelyRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// 20 requests in each second of the clock, as Stytch's fixed windows are; 16 workers; 1,000 calls.
		var mu sync.Mutex
		var window time.Time
		var used int
		limited := roundTrip(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			if now := time.Now().Truncate(time.Second); now != window {
				window, used = now, 0
			}
			used++
			w := &wire{steps: []step{answered(200)}}
			if used > 20 {
				w.steps = []step{answered(429)}
			}
			mu.Unlock()
			time.Sleep(20 * time.Millisecond)
			return w.RoundTrip(req)
		})
		conn := over(t, nil, func(c *Config) { c.Transport = limited })
		start := time.Now()
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 1000 / 16 {
					if err := send(t.Context(), conn.Writable(), http.MethodPost, "/pwa/v3/projects"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		took, s := time.Since(start), conn.Stats()
		t.Logf("%d calls in %s, %d refused", 16*(1000/16), took, s.RateLimited)
		if took > 75*time.Second || s.RateLimited > 100 {
			t.Errorf("took %s (50 s is ideal), %d refused", took, s.RateLimited)
		}
	})
}

func TestNoTurnBeforeTheDeadlineIsSaidAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{steps: []step{answered(200)}}
		conn := over(t, w, func(c *Config) { c.MaxRequestsPerSecond = 0.1 })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		for range 2 {
			err := send(ctx, conn.Writable(), http.MethodPost, "/pwa/v3/projects")
			if err == nil {
				continue
			}
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("got %v", err)
			}
		}
		if w.attempts() != 1 {
			t.Errorf("%d attempts, want 1", w.attempts())
		}
	})
}
