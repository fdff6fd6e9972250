package client

import "time"

// A window counts the requests that passed in the current interval of the clock, a second or a minute, and in the one
// before. Stytch's limits are such fixed intervals, not rolling ones (Stytch docs, "Rate limits").
type window struct {
	every       time.Duration
	start       time.Time
	now, before int
}

// turn moves on to the interval of a moment.
func (w *window) turn(now time.Time) {
	start := now.Truncate(w.every)
	switch start.Sub(w.start) {
	case 0, -w.every: // the same; or a moment that was read before another goroutine turned
	case w.every:
		w.start, w.before, w.now = start, w.now, 0
	default: // also for a clock that was set back: nobody waits until it has caught up
		w.start, w.before, w.now = start, 0, 0
	}
}

func (w *window) add(now time.Time) {
	w.turn(now)
	w.now++
}

// take back what was counted when it was sent, and did not pass.
func (w *window) refuse(sent time.Time) {
	switch w.start.Sub(sent.Truncate(w.every)) {
	case 0:
		w.now--
	case w.every:
		w.before--
	}
}

// passed says how many passed in the interval of a moment, if that is one of the two.
func (w *window) passed(at time.Time) (int, bool) {
	switch w.start.Sub(at.Truncate(w.every)) {
	case 0:
		return w.now, true
	case w.every:
		return w.before, true
	}
	return 0, false
}

// end is when the interval of a moment is over. It is counted from the moment, so that a clock that is set meanwhile
// makes no wait longer.
func (w *window) end(now time.Time) time.Time {
	return now.Add(now.Truncate(w.every).Add(w.every).Sub(now))
}

// Slots spread requests evenly: rate of them a second, or any number for 0.
type slots struct {
	rate float64
	next time.Time
}

func (s *slots) take(now time.Time) {
	if s.rate <= 0 {
		return
	}
	gap := time.Duration(float64(time.Second) / s.rate)
	if now.Sub(s.next) > gap { // a timer that is late is caught up with; idleness is not
		s.next = now
	}
	s.next = s.next.Add(gap)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
