package client

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A grant is a server that counts in fixed intervals of its clock, as Stytch does, and refuses what is too much. The
// zero value grants everything.
type grant struct {
	most  int           // in an interval
	every time.Duration // a second or a minute
	skew  time.Duration // how far its clock is ahead of ours
	slow  time.Duration // what an answer takes

	mu    sync.Mutex
	start time.Time
	used  int
	count requests
}

// Requests are those that a grant was sent.
type requests struct{ sent, refused int }

func (r requests) minus(s requests) requests { return requests{r.sent - s.sent, r.refused - s.refused} }
func (r requests) passed() int               { return r.sent - r.refused }

func (g *grant) RoundTrip(req *http.Request) (*http.Response, error) {
	g.mu.Lock()
	g.count.sent++
	// Answers differ in what they take, and two requests arrive in another order than they were sent.
	jitter := g.slow * time.Duration(g.count.sent*7919%100) / 100
	g.mu.Unlock()
	time.Sleep(jitter)
	g.mu.Lock()
	s := answered(http.StatusOK)
	if g.most > 0 {
		if start := time.Now().Add(g.skew).Truncate(g.every); !start.Equal(g.start) {
			g.start, g.used = start, 0
		}
		if g.used >= g.most {
			s = answered(http.StatusTooManyRequests)
			g.count.refused++
		} else {
			g.used++
		}
	}
	g.mu.Unlock()
	time.Sleep(g.slow)
	return (&wire{steps: []step{s}}).RoundTrip(req)
}

// counts gives what was sent and refused until now.
func (g *grant) counts() requests {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

func (g *grant) set(most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.most = most
}

// work calls one endpoint of the data plane from many workers until a time is over.
func work(t *testing.T, conn *Connection, workers int, length time.Duration) {
	t.Helper()
	method, path, _ := strings.Cut(put, " ")
	end := time.Now().Add(length)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := send(t.Context(), conn.Writable(), method, path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestOnceSettledAtMostOnePercentIsRefused(t *testing.T) {
	const minute, noon = time.Minute, 12340 * time.Millisecond // no run begins with a minute
	for _, test := range []struct {
		most   int
		every  time.Duration
		settle time.Duration
		then   time.Duration // at 5 and 10 a second, longer than it takes to come near the limit again
	}{
		{5, time.Second, minute, 20 * minute},
		{10, time.Second, minute, 20 * minute},
		{50, time.Second, minute / 2, 2 * minute},
		{100, time.Second, minute / 2, minute},
		{1000, minute, 2 * minute, 15 * minute},
	} {
		for _, workers := range []int{1, 8} {
			t.Run(fmt.Sprintf("%d in %s, %d workers", test.most, test.every, workers), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					g := &grant{most: test.most, every: test.every, slow: 4 * time.Millisecond}
					conn := over(t, nil, func(c *Config) { c.Transport, c.Share = g, 100 })
					time.Sleep(noon)
					work(t, conn, workers, test.settle)
					before := g.counts()
					work(t, conn, workers, test.then)
					got := g.counts().minus(before)
					granted := float64(test.most) * test.then.Seconds() / test.every.Seconds()
					t.Logf("first %d of %d refused, then %d of %d; %.0f%% of what is granted; learned %v",
						before.refused, before.sent, got.refused, got.sent, 100*float64(got.passed())/granted, conn.Stats().Learned)
					if 100*got.refused > got.sent {
						t.Errorf("%d of %d requests were refused once settled, want at most 1 %%", got.refused, got.sent)
					}
					if before.refused > 25 {
						t.Errorf("%d requests were refused until then", before.refused)
					}
					if float64(got.passed()) < 0.85*granted {
						t.Errorf("%d requests passed, and %.0f were granted", got.passed(), granted)
					}
				})
			})
		}
	}
}

func TestARunTakesItsShareOfWhatItLearned(t *testing.T) {
	for _, test := range []struct {
		name  string
		grant *grant
		share int
	}{
		{"half of 20 a second", &grant{most: 20, every: time.Second}, 50},
		{"a tenth of 100 a second", &grant{most: 100, every: time.Second}, 10},
		{"half of 600 a minute", &grant{most: 600, every: time.Minute}, 50},
		{"half, where Stytch's clock differs from ours", &grant{most: 20, every: time.Second, skew: 300 * time.Millisecond}, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := test.grant
				g.slow = 4 * time.Millisecond
				conn := over(t, nil, func(c *Config) { c.Transport, c.Share = g, test.share })
				work(t, conn, 8, 2*time.Minute)
				before := g.counts()
				const length = 5 * time.Minute
				work(t, conn, 8, length)
				got := g.counts().minus(before)
				used := 100 * float64(got.sent) * g.every.Seconds() / (float64(g.most) * length.Seconds())
				if want := float64(test.share); used > 1.1*want || used < 0.9*want || got.refused > 0 {
					t.Errorf("%.1f%% of what is granted was used, and %d refused; want %.0f%% and none", used, got.refused, want)
				}
				if s := conn.Stats(); s.Share != test.share || len(s.Learned) != 1 || s.Waited < length {
					t.Errorf("the stats say %d%%, %v, waited %s", s.Share, s.Learned, s.Waited)
				}
			})
		})
	}
}

func TestALimitThatFallsIsLearnedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grant{most: 40, every: time.Second, slow: 4 * time.Millisecond}
		conn := over(t, nil, func(c *Config) { c.Transport, c.Share = g, 100 })
		work(t, conn, 8, time.Minute)
		g.set(20)
		work(t, conn, 8, 3*time.Minute)
		before := g.counts()
		work(t, conn, 8, 3*time.Minute)
		got := g.counts().minus(before)
		if 100*got.refused > got.sent || got.passed() < 2500 {
			t.Errorf("%d of %d requests were refused", got.refused, got.sent)
		}
	})
}

func TestARefusalSlowsItsOwnClassAlone(t *testing.T) {
	for _, test := range []struct {
		name    string
		refuses string
		others  []string
	}{
		{"the management plane", upsert, []string{put, search}},
		{"the data plane", put, []string{upsert, search}},
		{"search", search, []string{put, upsert}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRates(Config{SearchesPerMinute: 100})
				of := func(call string) class {
					method, path, _ := strings.Cut(call, " ")
					return endpointOf(method, path).Class
				}
				now := time.Now()
				refusal := &http.Response{StatusCode: http.StatusTooManyRequests}
				for range 20 {
					r.turn(of(test.refuses), now)
				}
				r.answered(of(test.refuses), now, now.Add(1), refusal)
				if _, ok := r.turn(of(test.refuses), now.Add(1)); ok {
					t.Error("the class that refused is not held back")
				}
				for _, call := range test.others {
					for range 40 {
						if _, ok := r.turn(of(call), now.Add(1)); !ok {
							t.Fatalf("%s is held back, too", call)
						}
					}
				}
			})
		})
	}
}

func TestRetryAfterHoldsBackTheWholeClass(t *testing.T) {
	for _, test := range []struct {
		name         string
		status       int
		call, second string
		waits        bool
	}{
		{"429 holds back other requests to the same plane", 429, put, deletion, true},
		{"so does 503", 503, put, deletion, true},
		{"not those to the other plane", 429, put, upsert, false},
		{"a search holds back searches", 429, search, "POST " + searchMembers, true},
		{"and nothing else", 429, search, put, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := answered(test.status)
				first.header = http.Header{"Retry-After": {"70"}}
				w := &wire{steps: []step{first, answered(200)}}
				conn := over(t, w, func(c *Config) { c.SearchesPerMinute = 100 })
				call := func(text string) {
					method, path, _ := strings.Cut(text, " ")
					if err := send(t.Context(), conn.Writable(), method, path); err != nil {
						t.Error(err)
					}
				}
				go call(test.call)
				synctest.Wait()
				start := time.Now()
				call(test.second)
				if waited := time.Since(start); (waited >= 70*time.Second) != test.waits {
					t.Errorf("%s waited %s", test.second, waited)
				}
				time.Sleep(2 * time.Minute)
			})
		})
	}
}

func TestWhoeverRefusesEverythingIsAskedRarely(t *testing.T) {
	for _, test := range []struct {
		call string
		most int // in ten minutes of eight workers
	}{{put, 200}, {search, 120}} {
		t.Run(test.call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{steps: []step{answered(429)}}
				conn := over(t, w, func(c *Config) { c.SearchesPerMinute = 100 })
				method, path, _ := strings.Cut(test.call, " ")
				end := time.Now().Add(10 * time.Minute)
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for time.Now().Before(end) {
							_ = send(t.Context(), conn.Writable(), method, path)
						}
					})
				}
				all.Wait()
				if got := w.attempts(); got > test.most {
					t.Errorf("asked %d times in ten minutes, want at most %d", got, test.most)
				}
			})
		})
	}
}

func TestWaitsThatOverlapCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c tally
		var all sync.WaitGroup
		for _, d := range []time.Duration{3, 5, 4} {
			all.Go(func() { _ = c.sleep(t.Context(), d*time.Second) })
		}
		all.Wait()
		time.Sleep(time.Minute)
		_ = c.sleep(t.Context(), 2*time.Second)
		if got := c.stats().Waited; got != 7*time.Second {
			t.Errorf("waited %s, want 7s", got)
		}
	})
}

func BenchmarkTurn(b *testing.B) {
	r := newRates(Config{SearchesPerMinute: 1 << 30})
	for _, c := range []class{classData, classSearch} {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				now := time.Now()
				r.turn(c, now)
				r.answered(c, now, now, &http.Response{StatusCode: http.StatusOK})
			}
		})
	}
}
