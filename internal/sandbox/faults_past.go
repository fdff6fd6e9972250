package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"
)

// A past lets reads show what was before recent writes: all records as they are now, and what each recent write
// replaced.
type past struct {
	now  func() time.Time
	keep time.Duration // how long a write is recent; the last one always is

	mu      sync.Mutex
	records map[string]json.RawMessage
	writes  []pastWrite // oldest first
	number  uint64      // of the last write
}

// A pastWrite is what one write replaced; a record without a value was not there.
type pastWrite struct {
	at     time.Time
	before map[string]keptRecord
}

// rememberFor starts a past when a rule needs one. It is called with the server's lock held.
func (b *faultBoard) rememberFor(s *Server) error {
	for _, rule := range b.rules {
		if rule.Kind != FaultStaleRead {
			continue
		}
		if b.past == nil {
			b.past = &past{now: s.options.Now, records: map[string]json.RawMessage{}}
			for _, r := range s.state.everything() {
				value, err := json.Marshal(r.Value)
				if err != nil {
					return fmt.Errorf("remembering the state for %s: %w", rule.Kind, err)
				}
				b.past.records[r.Key] = value
			}
		}
		b.past.keep = max(b.past.keep, rule.Lag)
	}
	return nil
}

// add notes a write. It is called with the server's lock held for writing.
func (p *past) add(b batch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := pastWrite{at: p.now(), before: map[string]keptRecord{}}
	for _, r := range b {
		value, err := json.Marshal(r.Value)
		if err != nil {
			return err
		}
		if _, seen := w.before[r.Key]; !seen {
			w.before[r.Key] = keptRecord{r.Key, p.records[r.Key]}
		}
		if r.Value == nil {
			delete(p.records, r.Key)
		} else {
			p.records[r.Key] = value
		}
	}
	for len(p.writes) > 0 && !p.writes[0].at.After(w.at.Add(-p.keep)) {
		p.writes = p.writes[1:]
	}
	p.writes = append(p.writes, w)
	p.number++
	return nil
}

// since gives what to undo to see the state as it was so long ago, nil when it is the same as now.
func (p *past) since(lag time.Duration) map[string]keptRecord {
	p.mu.Lock()
	defer p.mu.Unlock()
	moment := p.now().Add(-lag)
	var undo map[string]keptRecord
	for _, w := range p.writes {
		if !w.at.After(moment) {
			continue
		}
		if undo == nil {
			undo = map[string]keptRecord{}
		}
		for key, before := range w.before {
			if _, older := undo[key]; !older {
				undo[key] = before
			}
		}
	}
	return undo
}

// lastWrite gives the number of the last write and what undoes it, 0 and nil before the first.
func (p *past) lastWrite() (uint64, map[string]keptRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.writes) == 0 {
		return 0, nil
	}
	return p.number, p.writes[len(p.writes)-1].before
}

// state gives the state without what is to be undone.
func (p *past) state(undo map[string]keptRecord) (*state, error) {
	p.mu.Lock()
	records := maps.Clone(p.records)
	p.mu.Unlock()
	for key, before := range undo {
		if before.Value == nil {
			delete(records, key)
		} else {
			records[key] = before.Value
		}
	}
	return stateFrom(records)
}
