package notice

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A State is what was told of the drift of one environment. Its zero value knows
// nothing, and then everything is new. Its JSON form is a file between two runs.
type State struct {
	Version     int               `json:"version"`
	ProjectID   string            `json:"project_id"`
	LastSuccess time.Time         `json:"last_success,omitzero"` // when everything could be read
	Repaired    int               `json:"repaired,omitempty"`    // how many drifts were repaired, ever
	Drift       map[string]Record `json:"drift"`                 // by fingerprint
}

// A Record is one drift that was seen.
type Record struct {
	Address   plan.Address `json:"address"`
	Attribute string       `json:"attribute,omitempty"`
	FirstSeen time.Time    `json:"first_seen"`
	Told      bool         `json:"told"`               // somebody was told that it is there
	Accepted  bool         `json:"accepted,omitempty"` // it is there and left alone
	Repaired  bool         `json:"repaired,omitempty"` // it is no more, and nobody was told who undid it
}

const stateVersion = 1

// ReadState reads a State, and refuses one of another project: what was told
// there says nothing of this one.
func ReadState(r io.Reader, projectID string) (State, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return State{}, err
	}
	var s State
	if err := json.Unmarshal(content, &s); err != nil {
		return State{}, fmt.Errorf("this is not a state that drift has written; remove it to start anew: %w", err)
	}
	if s.Version != stateVersion {
		return State{}, fmt.Errorf("the state has version %d and this program reads %d; remove it to start anew", s.Version, stateVersion)
	}
	if s.ProjectID != projectID {
		return State{}, fmt.Errorf("the state is about %q, and this run about %q; give each environment a file of its own", s.ProjectID, projectID)
	}
	return s, nil
}

// Write writes the State's JSON.
func (s State) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(s)
}

// A Finding is what one run found, beside what was told before.
type Finding struct {
	Plan     *plan.Plan
	New      []plan.Difference // nobody was told of them
	Still    []plan.Difference
	Gone     []Record // somebody was told of them, and they are no more
	Repaired []Record // this program undid them

	LastSuccess  time.Time // zero when it is not known
	EverRepaired int       // by this run and all before it
	next         map[string]Record
	gone         []string // the fingerprints of Gone and Repaired
}

// Compare holds what a plan found against what was told.
//
//	before      now        result
//	nothing     drift      new
//	told        drift      still there
//	not told    drift      new: the notice did not get through
//	told        nothing    gone, once everything could be read
//	told        another    new; the former is not told of again
//	told        accepted   neither: whoever accepted it knows
//	accepted    drift      new
//	accepted    nothing    neither
//	whatever    repaired   repaired, until somebody was told
//	repaired    drift      new: somebody changed it again
func (s State) Compare(p *plan.Plan, now time.Time) Finding {
	f := Finding{Plan: p, New: []plan.Difference{}, next: map[string]Record{}, LastSuccess: s.LastSuccess, EverRepaired: s.Repaired}
	for _, d := range p.Differences {
		before := s.Drift[d.Fingerprint]
		if before.FirstSeen.IsZero() {
			before.FirstSeen = now
		}
		if before.Told {
			f.Still = append(f.Still, d)
		} else {
			f.New = append(f.New, d)
		}
		f.next[d.Fingerprint] = Record{Address: d.Address, Attribute: d.Attribute, FirstSeen: before.FirstSeen, Told: before.Told}
	}
	for _, a := range p.Accepted {
		if before, known := s.Drift[a.Fingerprint]; known {
			before.Told, before.Accepted = false, true
			f.next[a.Fingerprint] = before
		}
	}
	whole := p.Complete && !p.Partial
	f.repaired(s, now)
	for _, print := range slices.Sorted(maps.Keys(s.Drift)) {
		before := s.Drift[print]
		if _, there := f.next[print]; there || whole && (!before.Told || f.replaced(before)) {
			continue
		}
		f.next[print] = before // until somebody was told that it is gone
		if whole {
			f.Gone, f.gone = append(f.Gone, before), append(f.gone, print)
		}
	}
	slices.SortStableFunc(f.Gone, byAddress)
	slices.SortStableFunc(f.Repaired, byAddress)
	if p.Complete {
		f.LastSuccess = now
	}
	return f
}

// repaired finds what this run has undone, and what earlier ones have and nobody
// was told of.
func (f *Finding) repaired(s State, now time.Time) {
	undone := func(fingerprint string, r Record) {
		r.Told, r.Accepted, r.Repaired = false, false, true
		f.next[fingerprint] = r
		f.Repaired, f.gone = append(f.Repaired, r), append(f.gone, fingerprint)
	}
	if f.Plan.Repair != nil {
		f.EverRepaired += len(f.Plan.Repair.Repaired)
		for _, d := range f.Plan.Repair.Repaired {
			undone(d.Fingerprint, Record{Address: d.Address, Attribute: d.Attribute, FirstSeen: cmp.Or(s.Drift[d.Fingerprint].FirstSeen, now)})
		}
	}
	for _, print := range slices.Sorted(maps.Keys(s.Drift)) {
		if _, there := f.next[print]; s.Drift[print].Repaired && !there {
			undone(print, s.Drift[print])
		}
	}
}

func byAddress(a, b Record) int {
	return strings.Compare(string(a.Address)+"\x00"+a.Attribute, string(b.Address)+"\x00"+b.Attribute)
}

// replaced reports whether the drift changed into another: who is told of that
// one need not be told that this one is gone.
func (f Finding) replaced(before Record) bool {
	return slices.ContainsFunc(f.Plan.Differences, func(d plan.Difference) bool {
		return d.Address == before.Address && d.Attribute == before.Attribute
	})
}

// News reports whether there is anything to tell.
func (f Finding) News() bool { return len(f.New)+len(f.Gone)+len(f.Repaired) > 0 }

// Oldest is when the oldest drift was first seen, zero when there is none.
func (f Finding) Oldest() time.Time {
	var oldest time.Time
	for _, d := range f.Plan.Differences {
		if at := f.next[d.Fingerprint].FirstSeen; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// Next is the state for the next run. What could not be told is told then.
func (f Finding) Next(told bool) State {
	next := State{Version: stateVersion, ProjectID: f.Plan.Target.ProjectID, LastSuccess: f.LastSuccess, Repaired: f.EverRepaired, Drift: maps.Clone(f.next)}
	if !told {
		return next
	}
	for _, d := range f.New {
		record := next.Drift[d.Fingerprint]
		record.Told = true
		next.Drift[d.Fingerprint] = record
	}
	for _, print := range f.gone {
		delete(next.Drift, print)
	}
	return next
}
