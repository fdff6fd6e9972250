package apply

import "github.com/stytch-reconcile/stytch-reconcile/pkg/plan"

// The exit codes of an apply.
const (
	ExitDone       = 0 // done, or nothing to do
	ExitError      = 1 // nothing was written: an error or an interruption
	ExitBlocked    = 3 // nothing was written: a limit, a protection or a guard
	ExitStale      = 4 // all was applied but what is no longer what was reviewed
	ExitPartly     = 5 // something was written and something failed or was interrupted
	ExitIncomplete = 7 // all was applied but what could not be read whole
)

// ExitCode is the exit code of an apply that ended with this report; the report
// is nil when Run refused a blocked plan. The report's Requests must have been
// filled in. The first row that fits decides:
//
//	the plan is blocked                                        3
//	everything done, and everything could be read              0
//	everything done but what could not be read whole           7
//	nothing failed but what was stale, and all else had a turn 4
//	something was written                                      5
//	nothing was written                                        1
func ExitCode(p *plan.Plan, r *plan.Report) int {
	if len(p.Blocked) > 0 {
		return ExitBlocked
	}
	if r == nil {
		return ExitError
	}
	s := r.Summary
	skippedAtMost := s.Failed+s.NotTried == 0
	switch {
	case s.Failed+s.Skipped+s.NotTried == 0 && p.Complete:
		return ExitDone
	case skippedAtMost && !p.Complete:
		return ExitIncomplete
	case staleOnly(r):
		return ExitStale
	case Wrote(r):
		return ExitPartly
	}
	return ExitError
}

// staleOnly reports whether every failure is one of a stale object and nothing
// waited in vain for its turn. What was skipped then leaned on what was stale.
func staleOnly(r *plan.Report) bool {
	for _, c := range r.Operations {
		if c.Error != nil && !c.Error.Stale {
			return false
		}
	}
	return r.Summary.Failed > 0 && r.Summary.NotTried == 0
}

// Wrote reports whether something was written, or may have been. A step that
// failed may have made some of its requests, or one whose answer was lost.
func Wrote(r *plan.Report) bool {
	if r.Requests.Written > 0 {
		return true
	}
	for _, c := range r.Operations {
		if c.Written > 0 {
			return true
		}
	}
	return false
}
