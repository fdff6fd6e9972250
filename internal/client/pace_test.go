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
)

// noon is the beginning of a minute of the clock.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func atOnce(time.Duration) time.Duration { return 0 }

// The worked table in pace.go, line by line.
func TestThePaceLearns(t *testing.T) {
	p := newPace(0.5, atOnce)
	is := func(when string, limit, rate float64) {
		t.Helper()
		if math.Abs(p.limit-limit) > 0.05 || math.Abs(p.slots.rate-rate) > 0.05 {
			t.Errorf("%s: limit %.2f, rate %.2f, want %.2f and %.2f", when, p.limit, p.slots.rate, limit, rate)
		}
	}
	held := func(when string, now time.Time, want time.Duration) {
		t.Helper()
		if got := p.held.Sub(now); got != want {
			t.Errorf("%s: nothing is sent for %s, want %s", when, got, want)
		}
	}
	at := func(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }
	is("at first", 0, 0)
	var sent []time.Time
	for i := range 30 {
		sent = append(sent, at(0.1+float64(i)/1000))
		p.take(sent[i])
	}
	for _, s := range sent[:20] {
		p.passed(s.Add(50*time.Millisecond), s)
	}
	for _, s := range sent[20:28] {
		p.refused(at(0.2), s)
	}
	held("after the first refusal", at(0.2), 800*time.Millisecond)
	for _, s := range sent[28:] {
		p.refused(at(0.25), s)
	}
	held("after refusals of the same burst", at(0.2), 800*time.Millisecond)
	is("after a burst, from what passed", 20, 10)
	now := at(1.2)
	for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 15 * time.Second} {
		p.take(now)
		p.refused(now, now)
		is("after a refusal with nothing passed since", 20, 10)
		held("after a refusal with nothing passed since", now, wait)
		now = now.Add(wait)
	}
	now = at(55)
	p.take(now)
	p.refused(now, now)
	held("after a refusal shortly before the minute turns", now, 5*time.Second)
	now = at(58)
	p.passed(now, sent[3])
	is("after a success from before the burst", 20, 10)
	p.take(now)
	p.passed(now, now)
	is("after a success", 20, 10)
	p.refused(now, sent[29])
	is("after a refusal from before that", 20, 10)
	p.take(now.Add(1))
	p.refused(now.Add(1), now.Add(1))
	is("after a refusal after a success", 18, 7)
	passes := func(d time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(100 * time.Millisecond) {
			p.take(now)
			p.passed(now, now)
		}
	}
	now = now.Add(time.Second)
	passes(5 * time.Second)
	is("after five seconds", 18, 8.06)
	passes(10 * time.Minute)
	is("after ten minutes more", 19.88, 9.94)
}

func TestThePaceLearnsALimitOfAMinute(t *testing.T) {
	for _, test := range []struct {
		name    string
		refused []float64 // seconds of the minute
		passed  float64
		want    float64
	}{
		{"refused for seconds, until the minute turns", []float64{30, 31, 33, 37, 45}, 60.1, 2.5},
		{"refused for seconds, but not until the minute turns", []float64{30, 31, 33}, 37, 18},
		{"refused for less than a second lasts", []float64{59.5, 60}, 60.5, 18},
		{"refused once, and idle until the minute turns", []float64{30}, 75, 18},
		{"refused, and idle for longer than a minute", []float64{30, 31, 33}, 130, 18},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPace(0.5, atOnce)
			p.limit, p.slots.rate = 20, 10
			at := func(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }
			for i := range 150 {
				p.take(at(float64(i) / 10))
				p.passed(at(float64(i)/10), at(float64(i)/10))
			}
			p.limit, p.slots.rate = 20, 10
			for _, s := range test.refused {
				p.take(at(s))
				p.refused(at(s), at(s))
			}
			p.take(at(test.passed))
			p.passed(at(test.passed), at(test.passed))
			if math.Abs(p.limit-test.want) > 0.01 || p.slots.rate > 0.5*test.want+0.01 {
				t.Errorf("limit %.2f, rate %.2f; want %.2f and half of it", p.limit, p.slots.rate, test.want)
			}
		})
	}
}

func TestOneRefusalCutsOnlySoFar(t *testing.T) {
	for _, test := range []struct {
		name               string
		share, limit, rate float64
		want               float64
	}{
		{"a lone refusal says little about the limit", 0.5, 0, 0, 2.5},
		{"all of a limit is a little less than it, for the clock's intervals", 1, 0, 0, 4.5},
		{"a rate is cut once", 0.5, 40, 20, 14},
		{"no refusal takes the rate below the slowest", 0.5, 0.4, 0.25, slowest},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPace(test.share, atOnce)
			p.limit, p.slots.rate = test.limit, test.rate
			p.take(noon)
			p.refused(noon, noon)
			if math.Abs(p.slots.rate-test.want) > 1e-9 {
				t.Errorf("%v/s, want %v/s", p.slots.rate, test.want)
			}
		})
	}
}

func TestSlotsAreSpreadEvenly(t *testing.T) {
	s := slots{rate: 10}
	for _, test := range []struct {
		name      string
		now, next time.Duration
	}{
		{"the first is free", 0, 100 * time.Millisecond},
		{"the next follows", 100 * time.Millisecond, 200 * time.Millisecond},
		{"what comes late is caught up with", 250 * time.Millisecond, 300 * time.Millisecond},
		{"idle time is not", 5 * time.Second, 5100 * time.Millisecond},
	} {
		if s.take(noon.Add(test.now)); s.next != noon.Add(test.next) {
			t.Errorf("%s: next after %s, want %s", test.name, s.next.Sub(noon), test.next)
		}
	}
}

func TestAConfiguredRateHoldsForBothClientsAndAllClassesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{steps: []step{answered(200)}}
		conn := over(t, w, func(c *Config) { c.MaxRequestsPerSecond = 10 })
		var all sync.WaitGroup
		for _, c := range []*Client{conn.ReadOnly(), conn.Writable()} {
			for range 25 {
				all.Go(func() { _ = send(t.Context(), c, http.MethodGet, "/pwa/v3/projects") })
				all.Go(func() { _ = send(t.Context(), c, http.MethodPost, searchMembers) })
			}
		}
		start := time.Now()
		all.Wait()
		if took := time.Since(start); took < 9900*time.Millisecond {
			t.Errorf("100 requests at 10 a second took %s", took)
		}
	})
}

func TestNoTurnBeforeTheDeadlineIsSaidAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{steps: []step{answered(200)}}
		conn := over(t, w, func(c *Config) { c.MaxRequestsPerSecond = 0.1 })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		for range 2 {
			err := send(ctx, conn.Writable(), http.MethodPost, "/pwa/v3/projects")
			if err == nil {
				continue
			}
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("got %v", err)
			}
		}
		if w.attempts() != 1 || time.Since(start) != 0 {
			t.Errorf("%d attempts in %s, want 1 at once", w.attempts(), time.Since(start))
		}
	})
}
