package sandbox

import "time"

// Knobs.SearchLag makes searches show the past, as a search index that trails the database would. Each changed object
// then keeps its former versions for as long as a search may still show them.

// A version is what an object was until a moment.
type version[T any] struct {
	until time.Time
	value T
}

// remember adds what an object is now, before it changes, to its past and forgets what no search can show any more.
func remember[T any](past []version[T], value T, c *call) []version[T] {
	lag := c.server.options.Knobs.SearchLag
	if lag == 0 {
		return nil
	}
	shown := c.now.Add(-lag)
	var kept []version[T]
	for _, v := range past {
		if v.until.After(shown) {
			kept = append(kept, v)
		}
	}
	return append(kept, version[T]{c.now, value})
}

// asOf gives what a search sees of an object: nil when it was made later than the moment, else the version of then.
func asOf[T any](moment, created time.Time, past []version[T], now *T) *T {
	if created.After(moment) {
		return nil
	}
	for i := range past {
		if past[i].until.After(moment) {
			return &past[i].value
		}
	}
	return now
}
