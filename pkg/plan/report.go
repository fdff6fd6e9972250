package plan

import (
	"encoding/json"
	"errors"
	"strings"
)

// A Result says how the carrying out of one change ended.
type Result string

// The results of a change. Every change of the plan has exactly one.
const (
	Done     Result = "done"      // every step succeeded
	Failed   Result = "failed"    // a step was tried and did not succeed
	Skipped  Result = "skipped"   // something it needs did not succeed
	NotTried Result = "not_tried" // the run ended before its turn
)

// A Report says what an apply did. Its counts add up to the plan's changes.
type Report struct {
	FormatVersion string           `json:"format_version"`
	ToolVersion   string           `json:"tool_version"`
	Digest        string           `json:"digest"`
	Target        Target           `json:"target"`
	Summary       ReportSummary    `json:"summary"`
	Operations    []ReportedChange `json:"operations"`
	Requests      Requests         `json:"requests"`
}

// A ReportSummary counts changes by result.
type ReportSummary struct {
	Done     int `json:"done"`
	Failed   int `json:"failed"`
	Skipped  int `json:"skipped"`
	NotTried int `json:"not_tried"`
}

// A ReportedChange is one change and how it ended.
type ReportedChange struct {
	Address Address  `json:"address"`
	Action  Action   `json:"action"`
	ID      string   `json:"id,omitempty"` // Stytch's id of the object, where it is known
	Result  Result   `json:"result"`
	Written int      `json:"written"`        // how many of its steps wrote; 0 of a change that is done: it was in place already
	Note    string   `json:"note,omitempty"` // why it was skipped, which of its steps were done, or what Stytch remarked
	Error   *Failure `json:"error,omitempty"`
}

// ErrInPlace is what carrying out an operation gives when the object was already
// as the operation would make it, and nothing was written.
var ErrInPlace = errors.New("already in place")

// A Remark is what carrying out an operation gives in place of nil when it was
// done and there is something to know: Stytch's own warning. The report notes it.
type Remark struct{ Text string }

// Error is the remark, so that it can stand where an operation ends.
func (r *Remark) Error() string { return r.Text }

// A Failure is why a step did not succeed, in the words of Stytch where it has
// any: Status is the HTTP status, 0 when there was no answer.
type Failure struct {
	Type      string `json:"error_type"`
	Status    int    `json:"status"`
	RequestID string `json:"request_id"`
	Message   string `json:"message"`
	Stale     bool   `json:"-"` // the object is no longer what the plan was made from
	Uncertain bool   `json:"-"` // nobody knows whether it was done
	Cause     error  `json:"-"`
}

// Error is the failure as a sentence.
func (f *Failure) Error() string { return f.Message }

// Unwrap gives the error behind the failure, if any.
func (f *Failure) Unwrap() error { return f.Cause }

// Requests counts what a run asked of Stytch.
type Requests struct {
	Sent        int             `json:"sent"`
	Retried     int             `json:"retried"`
	RateLimited int             `json:"rate_limited"`
	Written     int             `json:"written"` // writes that Stytch carried out, or may have: the answer of one can be lost
	Endpoints   []EndpointCount `json:"endpoints"`

	Share         int            `json:"share"`          // percent of the project's limits that the run took at most
	WaitedSeconds float64        `json:"waited_seconds"` // while at least one request waited for the rate
	LearnedLimits []LearnedLimit `json:"learned_limits,omitempty"`
}

// A LearnedLimit is a limit on the whole project's rate, as refusals showed it.
type LearnedLimit struct {
	Class    string  `json:"class"` // what is limited together: "data", "search" or "management"
	Requests float64 `json:"requests"`
	Per      string  `json:"per"` // "second" or "minute"
}

// An EndpointCount counts the requests to one endpoint, named by its method and
// its path with ids replaced.
type EndpointCount struct {
	Endpoint string `json:"endpoint"`
	Sent     int    `json:"sent"`
}

// DecodeReport reads a saved report of this major version. It reports false for
// anything else, such as a saved plan.
func DecodeReport(content []byte) (*Report, bool) {
	var r Report
	if err := json.Unmarshal(content, &r); err != nil || r.Operations == nil {
		return nil, false
	}
	major, _, _ := strings.Cut(r.FormatVersion, ".")
	mine, _, _ := strings.Cut(FormatVersion, ".")
	return &r, major == mine
}
