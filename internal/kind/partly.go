package kind

import "fmt"

// A Partly is the failure of an operation that had written something before it.
type Partly struct {
	Done    string // what was written: "the other changes were made"
	NotDone string // what was not: "external_id is not unset"
	Cause   error
}

// Error gives what was done, what was not, and why.
func (p *Partly) Error() string { return fmt.Sprintf("%s, but %s: %v", p.Done, p.NotDone, p.Cause) }

// Unwrap gives the cause.
func (p *Partly) Unwrap() error { return p.Cause }
