package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

// A faultBoard decides which requests are struck, and counts.
type faultBoard struct {
	seed  uint64
	rules []faultRule
	past  *past // nil unless a rule shows the past

	mu     sync.Mutex
	counts map[countKey]*count
}

type faultRule struct {
	Fault
	form    faultForm
	pattern endpointPattern
}

// Every rule counts at every endpoint by itself, so that what happens at one endpoint decides nothing at another.
type countKey struct {
	rule     int
	endpoint string
}

type count struct {
	requests, strikes int
	write             uint64 // the last write that a stale-read counted reads from
	reads             int    // the reads since
}

// An arrival is a request as the rules see it.
type arrival struct {
	method, path string // the path as sent
	route        *route // nil when unknown
	cursor       string
}

// endpoint names the place where requests are counted.
func (a arrival) endpoint() string {
	if a.route == nil {
		return "unknown"
	}
	return a.route.method + " " + a.route.pattern
}

func (a arrival) hasCursor() bool { return a.cursor != "" }

// A strike is what one request meets: delays, and at most one other fault.
type strike struct {
	delay time.Duration
	fault Fault // the zero Fault: none
	past  map[string]keptRecord
}

// strike decides about one request and counts it.
func (b *faultBoard) strike(a arrival) strike {
	b.mu.Lock()
	defer b.mu.Unlock()
	var met strike
	for i, rule := range b.rules {
		if !rule.pattern.matches(a) || (rule.form.applies != nil && !rule.form.applies(a)) {
			continue
		}
		key := countKey{i, a.endpoint()}
		if b.counts[key] == nil {
			b.counts[key] = &count{}
		}
		n := b.counts[key]
		undo := b.undone(rule.Fault, n)
		if rule.Kind == FaultStaleRead && undo == nil {
			continue
		}
		n.requests++
		if !b.picks(rule.Fault, key, n) {
			continue
		}
		switch {
		case rule.Kind == FaultLatency:
			met.delay += rule.Delay
			n.strikes++
			if met.fault.Kind == "" {
				met.fault = rule.Fault
			}
		case met.fault.Kind == "" || met.fault.Kind == FaultLatency:
			met.fault, met.past = rule.Fault, undo
			n.strikes++
		}
	}
	return met
}

// picks says whether the rule strikes the request that was just counted.
func (b *faultBoard) picks(f Fault, key countKey, n *count) bool {
	times := f.Times
	if times == 0 && f.Nth > 0 {
		times = 1
	}
	if n.requests < f.Nth || (times > 0 && n.strikes >= times) {
		return false
	}
	return f.Rate == 0 || b.chance(key, n.requests) < f.Rate
}

// chance is a number from 0 up to 1 that depends on nothing but the seed, the rule, the endpoint and the number of the
// request there.
func (b *faultBoard) chance(key countKey, request int) float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", b.seed, key.rule, request, key.endpoint))
	const precision = 53 // bits of a float64
	return float64(binary.BigEndian.Uint64(sum[:8])>>(64-precision)) / (1 << precision)
}

// undone gives what a stale-read has to undo, nil when nothing was written lately.
func (b *faultBoard) undone(f Fault, n *count) map[string]keptRecord {
	switch {
	case f.Kind != FaultStaleRead:
		return nil
	case f.Lag > 0:
		return b.past.since(f.Lag)
	}
	number, undo := b.past.lastWrite()
	if number != n.write {
		n.write, n.reads = number, 0
	}
	n.reads++
	if n.reads > f.Reads {
		return nil
	}
	return undo
}
