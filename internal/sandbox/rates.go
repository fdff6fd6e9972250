package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// RateWindows count requests in intervals of the clock, which are fixed and not rolling (Stytch's docs, "Rate limits").
// Refusals have no Retry-After, for Stytch documents none.
type rateWindows struct {
	mu      sync.Mutex
	current map[string]rateWindow // by who is limited
}

type rateWindow struct {
	start time.Time
	count int
}

// admit counts one request, if there is room for it.
func (w *rateWindows) admit(who string, limit int, every time.Duration, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	window := w.current[who]
	if start := now.Truncate(every); !window.start.Equal(start) {
		window = rateWindow{start: start}
	}
	if window.count >= limit {
		return false
	}
	window.count++
	if w.current == nil {
		w.current = map[string]rateWindow{}
	}
	w.current[who] = window
	return true
}

// admitSearch counts one search of an environment. All its searches share one limit.
func (c *call) admitSearch() *apiError {
	limit := c.server.options.SearchLimitPerMinute
	if limit == 0 || c.server.data.windows.admit("search "+c.env.ProjectID, limit, time.Minute, c.now) {
		return nil
	}
	return &apiError{http.StatusTooManyRequests, "too_many_requests", "Too many searches in this minute."}
}

// admitRate counts one request of an environment, or one to the management API. Searches have a limit of their own, and
// what needs no credentials is nobody's.
func (c *call) admitRate() *apiError {
	limit, who := c.server.options.RequestLimitPerSecond, "management"
	if c.env != nil {
		who = "data " + c.env.ProjectID
	}
	if limit == 0 || c.route.access == mint || strings.HasSuffix(c.route.pattern, "/search") || c.server.data.windows.admit(who, limit, time.Second, c.now) {
		return nil
	}
	return &apiError{http.StatusTooManyRequests, "too_many_requests", "Too many requests in this second."}
}
