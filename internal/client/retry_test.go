package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	create   = "POST /pwa/v3/projects/p/environments/e/trusted_token_profiles"
	search   = "POST /v1/b2b/organizations/search"
	upsert   = "POST /pwa/v3/projects/p/environments/e/redirect_urls"
	read     = "GET /pwa/v3/projects/p"
	put      = "PUT /v1/b2b/organizations/o"
	patch    = "PATCH /pwa/v3/projects/p"
	deletion = "DELETE /v1/b2b/organizations/o"
)

func TestEachRowOfTheRetryTable(t *testing.T) {
	reset := step{err: errCut}
	noConn := step{err: errors.New("dial tcp: connection refused"), noConn: true}
	untraced := step{err: errors.New("dial tcp: connection refused"), untraced: true}
	cut := step{status: 200, body: `{"status_`, cut: true}
	page := step{status: 200, body: `<html>welcome</html>`}
	slow := step{status: 200, body: good, slow: time.Hour}
	ok := answered(200)

	const once, twice = 1, 2
	for _, test := range []struct {
		name     string
		first    step
		calls    []string
		attempts int
		unknown  bool // ErrOutcomeUnknown
		status   int  // of the error; -1: no error
	}{
		{"429 is repeated for everything, creates too", answered(429), []string{create, search, upsert, read, put, patch, deletion}, twice, false, -1},
		{"without a connection nothing was sent: repeated for everything", noConn, []string{create, search, upsert, read, put, patch, deletion}, twice, false, -1},
		{"a transport that does not trace proves nothing about a create", untraced, []string{create}, once, true, 0},
		{"a cut connection is repeated where that is harmless", reset, []string{search, upsert, read, put, patch, deletion}, twice, false, -1},
		{"a cut connection leaves a create unknown", reset, []string{create}, once, true, 0},
		{"500 is repeated where that is harmless", answered(500), []string{search, upsert, read, put, patch, deletion}, twice, false, -1},
		{"500 leaves a create unknown and keeps its status", answered(500), []string{create}, once, true, 500},
		{"502 leaves a create unknown and keeps its status", answered(502), []string{create}, once, true, 502},
		{"503 leaves a create unknown and keeps its status", answered(503), []string{create}, once, true, 503},
		{"504 leaves a create unknown and keeps its status", answered(504), []string{create}, once, true, 504},
		{"502, 503 and 504 are repeated for a read", answered(502), []string{read, search}, twice, false, -1},
		{"an answer cut short is repeated where that is harmless", cut, []string{search, read, put, deletion}, twice, false, -1},
		{"an answer cut short leaves a create unknown", cut, []string{create}, once, true, 0},
		{"a success that is not JSON leaves a create unknown", page, []string{create}, once, true, 200},
		{"an attempt that takes too long is repeated where that is harmless", slow, []string{read, put}, twice, false, -1},
		{"an attempt that takes too long leaves a create unknown", slow, []string{create}, once, true, 0},
		{"400 is final", answered(400), []string{create, read, put, deletion}, once, false, 400},
		{"401 is final", answered(401), []string{read}, once, false, 401},
		{"404 is final", notFound(), []string{read, put, deletion}, once, false, 404},
		{"501 is final", answered(501), []string{create, read, put}, once, false, 501},
	} {
		for _, call := range test.calls {
			t.Run(test.name+": "+call, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &wire{steps: []step{test.first, ok}}
					conn := over(t, w, nil)
					method, path, _ := strings.Cut(call, " ")
					err := send(t.Context(), conn.Writable(), method, path)
					if w.attempts() != test.attempts {
						t.Errorf("%d attempts, want %d", w.attempts(), test.attempts)
					}
					for _, s := range w.seen {
						if s.body != `{"a":1}` {
							t.Errorf("an attempt carried the body %q", s.body)
						}
					}
					if got := errors.Is(err, ErrOutcomeUnknown); got != test.unknown {
						t.Errorf("ErrOutcomeUnknown: %v, want %v (%v)", got, test.unknown, err)
					}
					if test.status == -1 {
						if err != nil {
							t.Error(err)
						}
						return
					}
					e, is := errors.AsType[*Error](err)
					if !is || e.Status != test.status || e.Method != method || e.Path != path {
						t.Errorf("got %#v, want an *Error with status %d of %s", err, test.status, call)
					}
				})
			})
		}
	}
}

func TestAfterAnUnclearAttempt(t *testing.T) {
	for _, test := range []struct {
		name    string
		call    string
		steps   []step
		wantErr bool
		unknown bool
	}{
		{"a deletion that finds nothing has succeeded", deletion, []step{{err: errCut}, notFound()}, false, false},
		{"a deletion that was only refused before has not", deletion, []step{answered(429), notFound()}, true, false},
		{"a deletion is not taken for done by a proxy's 404", deletion, []step{{err: errCut}, {status: 404, body: "<html>"}}, true, true},
		{"a deletion is not taken for done on an unknown route", deletion, []step{{err: errCut}, {status: 404, body: `{"error_type":"route_not_found"}`}}, true, true},
		{"a write that keeps failing is unknown", put, []step{{err: errCut}}, true, true},
		{"a write that is refused later is unknown", put, []step{answered(502), answered(400)}, true, true},
		{"a read that keeps failing is only a failure", read, []step{answered(502)}, true, false},
		{"a write that never had a connection is no doubt", put, []step{{err: errCut, noConn: true}}, true, false},
		{"a create that had no connection and then lost the answer is unknown", create, []step{{err: errCut, noConn: true}, {err: errCut}}, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := over(t, &wire{steps: test.steps}, nil)
				method, path, _ := strings.Cut(test.call, " ")
				err := send(t.Context(), conn.Writable(), method, path)
				if (err != nil) != test.wantErr || errors.Is(err, ErrOutcomeUnknown) != test.unknown {
					t.Errorf("got %v (unknown: %v), want an error: %v, unknown: %v", err, errors.Is(err, ErrOutcomeUnknown), test.wantErr, test.unknown)
				}
				if may := test.call != read && (!test.wantErr || test.unknown); conn.Stats().Written == 1 != may {
					t.Errorf("%d writes counted as done or perhaps done; that it may have been: %v", conn.Stats().Written, may)
				}
			})
		})
	}
}

func TestRetriesAreCounted(t *testing.T) {
	for _, test := range []struct {
		name     string
		most     int
		attempts int
	}{
		{"four by default", 0, 5},
		{"as many as configured", 2, 3},
		{"none for a negative number", -1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{steps: []step{answered(503)}}
				conn := over(t, w, func(c *Config) { c.MaxRetries = test.most })
				err := send(t.Context(), conn.ReadOnly(), http.MethodGet, "/pwa/v3/projects/p")
				if e, is := errors.AsType[*Error](err); !is || e.Status != 503 {
					t.Errorf("got %v, want the last answer's error", err)
				}
				if w.attempts() != test.attempts {
					t.Errorf("%d attempts, want %d", w.attempts(), test.attempts)
				}
				want := Count{Sent: test.attempts, Retried: test.attempts - 1}
				if s := conn.Stats(); s.Count != want || s.ByEndpoint["GET /pwa/v3/projects/{id}"] != want {
					t.Errorf("stats %+v, want %+v", s, want)
				}
			})
		})
	}
}

func TestARefusalIsWaitedOutForItsMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A window of a minute that is used up: 429 until it ends, without a Retry-After.
		over60 := time.Now().Add(time.Minute)
		w := &wire{}
		limited := roundTrip(func(req *http.Request) (*http.Response, error) {
			if w.steps = []step{answered(200)}; time.Now().Before(over60) {
				w.steps = []step{answered(429)}
			}
			return w.RoundTrip(req)
		})
		conn := over(t, nil, func(c *Config) { c.Transport = limited })
		if err := send(t.Context(), conn.Writable(), http.MethodPost, "/pwa/v3/projects"); err != nil {
			t.Errorf("a create that was only refused until the minute was over: %v", err)
		}
		if s := conn.Stats(); s.RateLimited == 0 || s.RateLimited != s.Sent-1 {
			t.Errorf("stats %+v", s)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, test := range []struct {
		name        string
		header      string
		least, most time.Duration
	}{
		{"in seconds", "7", 7 * time.Second, 8 * time.Second},
		{"as a date", "Sat, 01 Jan 2000 00:00:20 GMT", 20 * time.Second, 21 * time.Second},
		{"capped at two minutes", "86400", 2 * time.Minute, 2*time.Minute + time.Second},
		{"a date in the past is no reason to wait beyond the next second", "Sat, 01 Jan 1990 00:00:00 GMT", 0, 1500 * time.Millisecond},
		{"nonsense is ignored", "soon", 0, 1500 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the bubble's clock starts at 2000-01-01 00:00:00 UTC
				first := answered(429)
				first.header = http.Header{"Retry-After": {test.header}}
				w := &wire{steps: []step{first, answered(200)}}
				if err := send(t.Context(), over(t, w, nil).Writable(), http.MethodGet, "/pwa/v3/projects"); err != nil {
					t.Fatal(err)
				}
				got := w.seen[1].at.Sub(w.seen[0].at)
				if got < test.least || got > test.most {
					t.Errorf("waited %s, want between %s and %s", got, test.least, test.most)
				}
			})
		})
	}
}

func TestAWaitBeyondTheDeadlineIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := answered(429)
		first.header = http.Header{"Retry-After": {"60"}}
		w := &wire{steps: []step{first}}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		err := send(ctx, over(t, w, nil).Writable(), http.MethodGet, "/pwa/v3/projects")
		if e, is := errors.AsType[*Error](err); !is || e.Status != 429 {
			t.Errorf("got %v, want the refusal itself", err)
		}
		if time.Since(start) != 0 || w.attempts() != 1 {
			t.Errorf("%d attempts in %s, want one at once", w.attempts(), time.Since(start))
		}
	})
}

func TestAnInterruptedCall(t *testing.T) {
	for _, test := range []struct {
		name    string
		call    string
		first   step
		unknown bool
	}{
		{"a create that was sent is unknown", create, step{status: 200, body: good, slow: time.Hour}, true},
		{"a create that was only refused is not", create, answered(429), false},
		{"a read is not", read, step{status: 200, body: good, slow: time.Hour}, false},
		{"a write that waits to be repeated is unknown", put, answered(502), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				first := test.first
				first.header = http.Header{"Retry-After": {"20"}}
				time.AfterFunc(10*time.Second, cancel)
				w := &wire{steps: []step{first}}
				method, path, _ := strings.Cut(test.call, " ")
				err := send(ctx, over(t, w, nil).Writable(), method, path)
				if !errors.Is(err, context.Canceled) || errors.Is(err, ErrOutcomeUnknown) != test.unknown {
					t.Errorf("got %v (unknown: %v), want context.Canceled, unknown: %v", err, errors.Is(err, ErrOutcomeUnknown), test.unknown)
				}
			})
		})
	}
}

func TestAnOutageDoesNotMultiplyTheLoad(t *testing.T) {
	for name, outage := range map[string]step{
		"503":                   answered(503),
		"503 that names a time": {status: 503, body: good, header: http.Header{"Retry-After": {"3"}}},
		"cut connections":       {err: errCut},
		"no connections":        {err: errCut, noConn: true},
		"answers cut short":     {status: 200, body: good, cut: true},
	} {
		for _, calls := range []int{1, 10, 49, 500} {
			for _, workers := range []int{1, 8} {
				t.Run(fmt.Sprintf("%s, %d calls of %d workers", name, calls, workers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := &wire{steps: []step{outage}}
						conn := over(t, w, nil)
						turns := make(chan struct{})
						var all sync.WaitGroup
						for range workers {
							all.Go(func() {
								for range turns {
									_ = send(t.Context(), conn.Writable(), http.MethodGet, "/pwa/v3/projects")
								}
							})
						}
						for range calls {
							turns <- struct{}{}
						}
						close(turns)
						all.Wait()
						if got := w.attempts(); 10*got > 12*calls+100 || got < min(calls+10, 5*calls) {
							t.Errorf("%d calls made %d attempts; want a fifth more, or ten", calls, got)
						}
					})
				})
			}
		}
	}
}

func TestFullJitterStaysBelowItsBoundAndIsSpread(t *testing.T) {
	var low, high bool
	for range 1000 {
		d := fullJitter(time.Second)
		if d < 0 || d > time.Second {
			t.Fatalf("%s", d)
		}
		low, high = low || d < 250*time.Millisecond, high || d > 750*time.Millisecond
	}
	if !low || !high {
		t.Error("the waits are not spread over the whole second")
	}
	if fullJitter(0) != 0 {
		t.Error("no wait cannot become one")
	}
	for n := range 64 {
		if d := backoff(n); d < firstWait || d > longestWait {
			t.Errorf("the wait before repetition %d is %s", n, d)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "-1", "99999999999999999999", "1.5", "Sat, 01 Jan 2000 00:00:20 GMT", "soon"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, _ := retryAfter(&http.Response{Header: http.Header{"Retry-After": {value}}}, time.Now())
		if d < 0 || d > longestRefusal {
			t.Errorf("%q gives %s", value, d)
		}
	})
}
