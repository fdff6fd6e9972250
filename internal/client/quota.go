package client

import "time"

const afterMinute = 250 * time.Millisecond // at most so long after a minute has begun

// A quota keeps to a share of a limit that Stytch documents: so many requests in each minute of the clock. Up to that
// they are sent as fast as they come, so that a small plan never waits; the others wait for the next minute. A share
// of 50 % of 100:
//
//	minute   what happens                               sent   for the next minute
//	12:00    the run begins at 12:00:40                 50     50
//	12:01    refused after 12: nothing more is sent     12     6: half of what passed in a whole minute
//	12:02    nothing is refused                         6      6.5, 7, 7.5, …, 50: the limit is taken for one more
//
// A refusal in the minute in which the run began stops that minute and teaches nothing: another run may have used it.
type quota struct {
	share  float64
	most   float64 // documented, a minute
	jitter func(time.Duration) time.Duration

	limit  float64   // believed
	began  time.Time // the run's first request
	shut   time.Time // the minute that has refused
	minute window
}

func newQuota(share, most float64, jitter func(time.Duration) time.Duration) *quota {
	return &quota{share: share, most: most, jitter: jitter, limit: most, minute: window{every: time.Minute}}
}

func (q *quota) ready(now time.Time) time.Time {
	q.turn(now)
	if q.minute.now < max(1, int(q.share*q.limit)) && !q.shut.Equal(q.minute.start) {
		return now
	}
	return q.minute.end(now).Add(q.jitter(afterMinute))
}

func (q *quota) take(now time.Time) {
	if q.began.IsZero() {
		q.began = now
	}
	q.turn(now)
	q.minute.add(now)
}

// turn begins the minute of a moment, if that is a new one.
func (q *quota) turn(now time.Time) {
	before := q.minute.start
	if q.minute.turn(now); q.minute.start.Equal(before) || q.shut.Equal(before) {
		return
	}
	q.limit = min(q.limit+1, q.most)
}

func (q *quota) refused(_, sent time.Time) {
	q.minute.refuse(sent)
	minute := sent.Truncate(q.minute.every)
	if granted, known := q.minute.passed(sent); known && q.began.Before(minute) {
		q.limit = max(1, min(q.limit, float64(granted)))
	}
	q.shut = latest(q.shut, minute)
}

func (q *quota) passed(_, _ time.Time) {}

func (q *quota) learned() (Learned, bool) {
	return Learned{Requests: q.limit, Per: "minute"}, q.limit < q.most
}
