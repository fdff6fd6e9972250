package client

import (
	"math"
	"time"
)

const (
	firstSeen  = 5           // requests a second that a first refusal is taken to leave: one alone says little about the limit
	safePart   = 0.9         // of a limit that is evenly used, what a fixed interval of the clock never refuses
	cutTo      = 0.7         // what is left of the rate after a burst of refusals
	doubt      = 0.9         // what is left of the limit that was believed
	regrowth   = 0.02        // how much of the target the rate regains in a second
	trust      = 0.01        // how much the limit that is believed grows in a minute: it may have been taken for too low
	slowest    = 0.2         // requests a second below which no refusal takes the rate
	oneProbe   = time.Second // how long the answer to a probe is waited for before the next
	longPause  = 15 * time.Second
	afterClock = 50 * time.Millisecond // at most so long after an interval has begun
)

// A pace learns a limit that nobody publishes, and keeps to a share of it. Stytch counts in fixed intervals of the
// clock, so that what passed in the interval of a refusal is the limit. Requests are spread evenly at the rate; a burst
// of refusals, which all come from the same rate, cuts it once. A share of 50 %, and 20 requests a second granted:
//
//	what happens                                    limit   rate
//	nothing was refused yet                         -       any
//	20 pass in a second, then 8 are refused         20      10     and nothing is sent until the next second
//	2 more are refused, sent before that            20      10     the same burst
//	a probe is refused, before anything passed      20      10     still: wait 1 s, then 2, 4, 8, 15, 15, … s
//	1 is refused, after others passed               18      7      somebody else is there, or the limit is lower
//	they pass for 5 seconds                         18      8.1    back to the share of the limit: quickly
//	they pass for 10 minutes more                   19.9    9.9    and beyond: 1 % a minute
//	for over a second all are refused, the clock's  2.5     1.25   150 passed in that minute: that is the limit
//	  minute turns, one passes
//
// Each share stays below 90 %: at the limit itself a late request falls into the next interval, and one is refused.
type pace struct {
	share  float64
	jitter func(time.Duration) time.Duration

	slots     slots
	limit     float64   // requests a second that Stytch is believed to grant; 0: nothing was refused yet
	perMinute bool      // the limit was learned from a minute
	regained  time.Time // until when the rate and the limit have grown
	held      time.Time // nothing is sent before

	refusals    int       // since something passed; those of requests that were under way do not count
	first, last time.Time // when the first and the last of these were sent
	answered    time.Time // when the last of them was answered
	learning    bool      // nothing passed since the very first of them

	second, minute window
}

func newPace(share float64, jitter func(time.Duration) time.Duration) *pace {
	return &pace{share: min(share, safePart), jitter: jitter, second: window{every: time.Second}, minute: window{every: time.Minute}}
}

func (p *pace) ready(now time.Time) time.Time { return latest(now, latest(p.held, p.slots.next)) }

func (p *pace) take(now time.Time) {
	p.second.add(now)
	p.minute.add(now)
	p.slots.take(now)
	if p.refusals > 0 { // the others stay back until one has shown that it passes
		p.held = now.Add(oneProbe)
	}
}

func (p *pace) refused(now, sent time.Time) {
	p.second.refuse(sent)
	p.minute.refuse(sent)
	if !sent.After(p.answered) { // it was under way when the last refusal came
		if p.learning && p.refusals == 1 {
			p.learn(p.limit)
		}
		return
	}
	p.refusals++
	if p.refusals == 1 {
		p.first = sent
		p.cut(now)
	}
	p.last, p.answered, p.held = sent, now, p.pause(now)
}

// cut answers the first refusal of a burst.
func (p *pace) cut(now time.Time) {
	p.regained = now
	if p.limit == 0 {
		p.learning = true
		p.learn(math.Inf(1))
		return
	}
	p.limit *= doubt
	p.slots.rate = max(p.slots.rate*cutTo, slowest)
}

// learn takes what passed in a second for the limit. What was under way counts as passed until it is refused, too.
func (p *pace) learn(most float64) {
	p.limit = min(most, float64(max(p.second.now, p.second.before, firstSeen)))
	p.slots.rate = p.target()
}

// pause is until when nothing is sent: the next second, and if that does not help, longer each time, but never beyond
// the end of the minute: for a limit of a minute it is over then.
func (p *pace) pause(now time.Time) time.Time {
	until := p.second.end(now)
	if p.refusals > 1 {
		until = now.Add(min(time.Second<<min(p.refusals-2, 10), longPause))
	}
	if end := p.minute.end(now); end.Before(until) {
		until = end
	}
	return until.Add(p.jitter(afterClock))
}

func (p *pace) passed(now, sent time.Time) {
	if !sent.After(p.answered) {
		return // sent before the last refusal came: it tells nothing new
	}
	if p.refusals > 0 {
		p.learnMinute(sent)
		p.refusals, p.learning, p.held = 0, false, now
	}
	if p.limit > 0 {
		p.regain(now)
	}
}

// learnMinute is told when the first request after a burst passed. If nothing had passed for longer than any second
// lasts, and the minute of the clock has turned, it was a limit of that minute.
func (p *pace) learnMinute(sent time.Time) {
	granted, known := p.minute.passed(p.first)
	if !known || sent.Before(p.minute.end(p.first)) || p.last.Sub(p.first) <= p.second.every {
		return
	}
	p.limit, p.perMinute = float64(granted)/p.minute.every.Seconds(), true
	p.slots.rate = max(min(p.slots.rate, p.target()), slowest)
}

// regain lets the rate grow with the time that passed, but not with idle time.
func (p *pace) regain(now time.Time) {
	seconds := min(now.Sub(p.regained), p.second.every).Seconds()
	p.regained = now
	if p.slots.rate < p.target() {
		p.slots.rate = min(p.slots.rate+regrowth*p.target()*seconds, p.target())
		return
	}
	p.limit += p.limit * trust * seconds / p.minute.every.Seconds()
	p.slots.rate = p.target()
}

func (p *pace) target() float64 { return max(p.share*p.limit, slowest) }

func (p *pace) learned() (Learned, bool) {
	if p.perMinute {
		return Learned{Requests: p.limit * p.minute.every.Seconds(), Per: "minute"}, true
	}
	return Learned{Requests: p.limit, Per: "second"}, p.limit > 0
}
