package client

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The worked table in quota.go, line by line.
func TestTheQuotaOfSearches(t *testing.T) {
	q := newQuota(0.5, 100, atOnce)
	at := func(minute, second int) time.Time {
		return noon.Add(time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
	}
	// spend sends what may be sent in a minute, at most so many, and says how many that were.
	spend := func(now time.Time, most int) int {
		for n := range most {
			if at := q.ready(now); at.After(now) {
				return n
			}
			q.take(now)
			q.passed(now, now)
		}
		return most
	}
	is := func(when string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d requests, want %d", when, got, want)
		}
	}
	is("half of what is documented", spend(at(0, 40), 200), 50)
	if got := q.ready(at(0, 41)); got != at(1, 0) {
		t.Errorf("the next is sent at %s, want the next minute", got)
	}
	is("before a refusal", spend(at(1, 0), 12), 12)
	for range 3 { // were under way at the same time
		q.take(at(1, 1))
	}
	for range 3 {
		q.refused(at(1, 2), at(1, 1))
	}
	is("in a minute that has refused", spend(at(1, 3), 200), 0)
	is("half of what passed", spend(at(2, 0), 200), 6)
	is("a minute later", spend(at(3, 0), 200), 6)
	is("and another", spend(at(4, 0), 200), 7)
	for minute := 5; minute < 90; minute++ {
		spend(at(minute, 0), 200)
	}
	is("in the end", spend(at(90, 0), 200), 50)
	if _, learned := q.learned(); learned {
		t.Error("the documented limit counts as learned")
	}
}

func TestARefusalTeachesTheQuota(t *testing.T) {
	for _, test := range []struct {
		name         string
		sent, answer time.Duration // of the refusal, after noon
		same, next   bool          // whether something may be sent in the minute of the answer, and how much in the next
		limit        float64
	}{
		{"in the minute in which the run began: only that this minute is over", 30 * time.Second, 31 * time.Second, false, true, 100},
		{"in a whole minute: what passed is the limit", 70 * time.Second, 71 * time.Second, false, true, 10},
		{"answered when its minute is over: the new one is untouched", 119 * time.Second, 121 * time.Second, true, true, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := newQuota(1, 100, atOnce)
			q.take(noon.Add(time.Second))
			for range 10 {
				q.take(noon.Add(test.sent))
			}
			q.take(noon.Add(test.sent))
			now := noon.Add(test.answer)
			q.ready(now)
			q.refused(now, noon.Add(test.sent))
			if q.limit != test.limit {
				t.Errorf("the limit is taken for %v, want %v", q.limit, test.limit)
			}
			if got := !q.ready(now).After(now); got != test.same {
				t.Errorf("another one may be sent: %v, want %v", got, test.same)
			}
			later := now.Truncate(time.Minute).Add(time.Minute)
			if got := !q.ready(later).After(later); got != test.next {
				t.Errorf("one may be sent in the next minute: %v, want %v", got, test.next)
			}
		})
	}
}

func TestASmallPlanNeverWaitsForItsSearches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grant{most: 100, every: time.Minute}
		conn := over(t, nil, func(c *Config) { c.Transport, c.SearchesPerMinute = g, 100 })
		start := time.Now()
		for range 20 {
			if err := send(t.Context(), conn.ReadOnly(), http.MethodPost, searchMembers); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 0 || conn.Stats().Waited != 0 {
			t.Errorf("20 searches waited %s", took)
		}
	})
}

func TestASearchThatIsRefusedInThreeMinutesIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := answered(http.StatusTooManyRequests)
		w := &wire{steps: []step{refusal, refusal, refusal, answered(http.StatusOK)}}
		conn := over(t, w, func(c *Config) { c.SearchesPerMinute = 100 })
		start := time.Now()
		if err := send(t.Context(), conn.ReadOnly(), http.MethodPost, searchMembers); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took < 3*time.Minute || took > 181*time.Second {
			t.Errorf("took %s, want until the fourth minute begins", took)
		}
	})
}

func TestSearchesKeepToTheMinutesOfTheClock(t *testing.T) {
	for _, test := range []struct {
		name     string
		share    int
		most     int // what Stytch grants in truth
		used     int // what another run has used when this one begins
		searches int
		minutes  int // that it takes at most, the first one included
		refused  int // at most: what was under way at the first refusals
	}{
		{"half of what is granted", 50, 100, 0, 180, 4, 0},
		{"all of it", 100, 100, 0, 180, 2, 0},
		{"another run has used most of the minute", 50, 100, 80, 180, 5, 8},
		{"another run has used the minute up", 100, 100, 100, 180, 3, 8},
		{"less is granted than documented", 100, 60, 0, 900, 16, 24},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(40 * time.Second) // the bubble's clock begins with a minute
				g := &grant{most: test.most, every: time.Minute, slow: 4 * time.Millisecond}
				g.used, g.start = test.used, time.Now().Truncate(time.Minute)
				conn := over(t, nil, func(c *Config) { c.Transport, c.Share, c.SearchesPerMinute = g, test.share, 100 })
				start := time.Now()
				turns := make(chan struct{}, test.searches)
				for range test.searches {
					turns <- struct{}{}
				}
				close(turns)
				done := make(chan error)
				for range 8 {
					go func() {
						for range turns {
							done <- send(t.Context(), conn.ReadOnly(), http.MethodPost, searchMembers)
						}
					}()
				}
				for range test.searches {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				minutes := int(time.Since(start.Truncate(time.Minute))/time.Minute) + 1
				got := g.counts()
				t.Logf("%d searches in %d minutes, %d refused; waited %s", got.sent, minutes, got.refused, conn.Stats().Waited)
				if minutes > test.minutes || got.refused > test.refused {
					t.Errorf("took %d minutes, %d refused; want at most %d and %d", minutes, got.refused, test.minutes, test.refused)
				}
			})
		})
	}
}

// A clock may be set while a run goes on. Nothing waits until it is again as late as it was.
func TestAClockThatIsSetBackHoldsNothingBack(t *testing.T) {
	q := newQuota(1, 100, atOnce)
	for range 100 {
		q.take(noon)
	}
	if at := q.ready(noon); at != noon.Add(time.Minute) {
		t.Errorf("the minute is used up, and the next search may be sent at %s", at)
	}
	if before := noon.Add(-time.Second); q.ready(before).Before(noon) {
		t.Error("a moment from before the minute, as two goroutines may ask, is none of a new one")
	}
	if earlier := noon.Add(-time.Hour); q.ready(earlier) != earlier {
		t.Errorf("an hour earlier the next search may be sent at %s", q.ready(earlier))
	}
	// What a wait ends with is told by the clock that nobody sets.
	now := time.Now()
	if end := q.minute.end(now); !strings.Contains(end.String(), " m=") {
		t.Errorf("the end of the minute, %s, is a time of the clock on the wall", end)
	}
}
