package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	dataerror "github.com/stytchauth/stytch-go/v16/stytch/stytcherror"
	managementerror "github.com/stytchauth/stytch-management-go/v3/pkg/stytcherror"
)

var (
	// ErrReadOnly is the cause of every error of a client that may only read and was asked to write. Nothing was sent.
	ErrReadOnly = errors.New("this connection may only read")

	// ErrOutcomeUnknown is the cause of every error after which nobody can know whether Stytch did what a request
	// asked: it was sent, and the answer was lost or was a server's failure. Read the object before deciding anything.
	ErrOutcomeUnknown = errors.New("it is not known whether this was done")
)

// Types of errors that are ours and not Stytch's, as they stand in Error.Type.
const (
	typeNonJSON      = "non_json_response"     // the body is not JSON: a proxy or another server answered
	typeUnrecognized = "unrecognized_response" // the body is JSON without an error_type
	typeRedirect     = "redirect_refused"
	typeUnreadable   = "unreadable_answer" // a success whose body does not have the form that was expected
)

// An Error is a call that failed: refused by Stytch, or never answered.
type Error struct {
	Status    int    // HTTP status; 0 when no answer came
	Type      string // Stytch's error_type, the one thing to match on; empty when no answer came
	Message   string // for people; may hold text that Stytch's customers chose
	RequestID string // what Stytch's support asks for; empty when no answer came
	Method    string // empty where a typed SDK call was refused by Stytch: the SDKs do not tell
	Path      string // escaped, without the query, for that may hold addresses

	cause   error
	unknown bool
}

// Error gives one sentence without control characters, whatever the server sent.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Method != "" {
		fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	if e.Type != "" {
		fmt.Fprintf(&b, "%s: ", printable(e.Type))
	}
	b.WriteString(printable(e.Message))
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", printable(e.RequestID))
	}
	if e.unknown {
		fmt.Fprintf(&b, "; %v", ErrOutcomeUnknown)
	}
	return b.String()
}

// Unwrap gives the cause, such as context.Canceled or an SDK's own error.
func (e *Error) Unwrap() error { return e.cause }

// Is answers for ErrOutcomeUnknown, which is no cause but a judgement.
func (e *Error) Is(target error) bool { return e.unknown && target == ErrOutcomeUnknown }

// Wrap turns what a typed call of one of the SDKs returned into an *Error. An error that is none of theirs, or already
// holds an *Error, keeps its own words; nil stays nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if _, sent := errors.AsType[*url.Error](err); sent {
			return e // what http.Client puts around it holds the query
		}
		return err
	}
	if d, ok := errors.AsType[dataerror.Error](err); ok {
		return &Error{
			Status: d.StatusCode, Type: string(d.ErrorType), Message: string(d.ErrorMessage),
			RequestID: d.RequestID, cause: err,
		}
	}
	if m, ok := errors.AsType[managementerror.Error](err); ok {
		return &Error{
			Status: m.StatusCode, Type: string(m.ErrorType), Message: string(m.ErrorMessage),
			RequestID: m.RequestID, cause: err,
		}
	}
	return err
}

// IsNotFound reports whether Stytch said that the object does not exist: status 404, or an error_type that says
// not_found. A 404 that is not Stytch's own answer about an object is none: a proxy's page and an unknown route say
// nothing about objects, and taking them for absence would create or forget things.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](Wrap(err))
	return ok && saysNotFound(e.Status, e.Type)
}

func saysNotFound(status int, errorType string) bool {
	switch errorType {
	case typeNonJSON, typeUnrecognized, "route_not_found":
		return false
	}
	return status == http.StatusNotFound || strings.Contains(errorType, "not_found")
}

// IsTaken reports whether Stytch refused because another object has the name, the address or the id that was asked for.
// There is no status of its own for that: it is a 400 whose error_type says so.
func IsTaken(err error) bool {
	e, ok := errors.AsType[*Error](Wrap(err))
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusConflict {
		return false
	}
	return strings.Contains(e.Type, "duplicate") || strings.Contains(e.Type, "already_used") || strings.Contains(e.Type, "already_exists") ||
		strings.HasSuffix(e.Type, "_connection_exists")
}

// printable escapes what a terminal or a log would act upon.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !strconv.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}
