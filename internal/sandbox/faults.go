package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Faults are what goes wrong in a sandbox, on demand and reproducibly. The zero value: nothing.
//
// Read on in faults_kinds.go (what can go wrong), faults_strike.go (which request is struck) and faults_serve.go (how).
// With the same Seed and Rules, the n-th request to an endpoint meets the same fault in every run, whatever happens at
// other endpoints meanwhile.
type Faults struct {
	// Seed decides which requests a Rate picks.
	Seed uint64
	// Rules are tried in order. The delays of all "latency" rules that strike add up; of the others the first that
	// strikes wins.
	Rules []Fault
}

// A Fault is one rule: what goes wrong, where and how often. ParseFault reads its text form. An endpoint is a method and
// a route such as "PUT /v1/b2b/organizations/{organization_id}"; Rate, Nth and Times count at each endpoint by itself,
// and only requests that the fault can strike: for "*" with Times 1, the first request to every endpoint.
type Fault struct {
	Kind FaultKind

	// Endpoint says which requests, in the form "METHOD /path"; empty or "*" means all.
	//
	// METHOD is GET, POST, PUT, PATCH, DELETE, READ (whatever changes nothing, searches included), WRITE (whatever may
	// change something) or *. In the path, * stands for one segment, ** for any number of them, {} or {name} for one that
	// names an object (not "search" in POST /v1/b2b/organizations/search), and everything else for itself.
	Endpoint string

	// Rate is the share of the requests that are struck, above 0 and up to 1; 0 means all.
	Rate float64
	// Nth is the first request that may be struck, counted from 1; without Times, the only one. 0 means from the first on.
	Nth int
	// Times is how many requests are struck at most; 0 means one where Nth is set, else any number.
	Times int

	// Delay is how long "latency", "late-answer" and "late-commit" wait, and how long a "slow-body" takes.
	Delay time.Duration
	// Status is the status of "error" and "error-after-commit": 429, 500, 502, 503 or 504; 0 means 500.
	Status int
	// Body is the form of an error's body: "json" or "html", as of a proxy in front of Stytch; empty means json.
	Body string
	// RetryAfter is the Retry-After header of an error, in whole seconds; 0 sends none.
	RetryAfter time.Duration
	// Lag is how far behind a "stale-read" is: it shows what was in place so long ago.
	Lag time.Duration
	// Reads, instead of Lag, is how many reads of an endpoint after a write still show what was in place before it.
	Reads int
}

// A faultForm says what a kind of fault is and which options it takes besides endpoint, rate, nth and times.
type faultForm struct {
	kind     FaultKind
	doc      string
	required []string // at least one of them
	optional []string
	applies  func(arrival) bool // nil: to every request
	effect   func(*exchange)
}

func (f Fault) form() (faultForm, error) {
	i := slices.IndexFunc(faultForms, func(form faultForm) bool { return form.kind == f.Kind })
	if i < 0 {
		return faultForm{}, fmt.Errorf("there is no fault %q; the faults are %s", f.Kind, strings.Join(faultNames(), ", "))
	}
	return faultForms[i], nil
}

func faultNames() []string {
	var names []string
	for _, form := range faultForms {
		names = append(names, string(form.kind))
	}
	return names
}

// everyFault are the options that all kinds take.
var everyFault = []string{"endpoint", "rate", "nth", "times"}

func (f faultForm) options() []string { return slices.Concat(f.required, f.optional, everyFault) }

// check says what is wrong with a fault, whether it was parsed or written in Go.
func (f Fault) check() error {
	form, err := f.form()
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, o := range faultOptions {
		text := o.text(f)
		if text == "" {
			continue
		}
		given[o.name] = true
		if !slices.Contains(form.options(), o.name) {
			return fmt.Errorf("%s does not take %s; it takes %s", f.Kind, o.name, strings.Join(form.options(), ", "))
		}
		if err := o.set(&Fault{}, text); err != nil {
			return fmt.Errorf("%s: %s=%s: %w", f.Kind, o.name, text, err)
		}
	}
	has := func(name string) bool { return given[name] }
	if len(form.required) > 0 && !slices.ContainsFunc(form.required, has) {
		return fmt.Errorf("%s needs %s", f.Kind, strings.Join(form.required, " or "))
	}
	if given["lag"] && given["reads"] {
		return fmt.Errorf("%s takes lag or reads, not both", f.Kind)
	}
	return nil
}

// SetFaults replaces the faults and starts all counting anew. It may be called while requests are answered; those under
// way keep the faults that they met. An error names the rule, says what is allowed, and leaves the faults as they were.
//
// A "stale-read" makes the sandbox keep a second copy of its state, so it is for small worlds.
func (s *Server) SetFaults(faults Faults) error {
	if len(faults.Rules) == 0 {
		s.faults.Store(nil)
		return nil
	}
	board := &faultBoard{seed: faults.Seed, counts: map[countKey]*count{}}
	for i, f := range faults.Rules {
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		pattern, err := parseEndpoint(f.Endpoint)
		if err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		if !slices.ContainsFunc(s.router.all, pattern.mayMatch) {
			return fmt.Errorf("fault %d: the sandbox has no endpoint %q", i+1, f.Endpoint)
		}
		form, err := f.form()
		if err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		board.rules = append(board.rules, faultRule{f, form, pattern})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := board.rememberFor(s); err != nil {
		return err
	}
	s.faults.Store(board)
	return nil
}
