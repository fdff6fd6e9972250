package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// retry repeats what may be repeated. This table is the safety rule of the whole program: a create whose answer was lost
// is never sent again, because Stytch has no idempotency keys and would make a second object.
//
//	outcome of an attempt                    reads, PUT, PATCH, DELETE,   POST that creates
//	                                         POSTs that set
//	429                                      wait, repeat                 wait, repeat: refused, not done
//	no connection was had, nothing sent      repeat                       repeat
//	network error after that, an answer      repeat                       ErrOutcomeUnknown
//	  cut short, 500, 502, 503, 504
//	any other status                         final                        final
//
// A write that still fails after an attempt of the third row is ErrOutcomeUnknown too: that attempt may have been
// carried out. For the same reason "not found" is success for a DELETE after such an attempt.
type retry struct {
	next http.RoundTripper
	locate
	most   int
	budget *budget
	tally  *tally
	log    *slog.Logger
	jitter func(time.Duration) time.Duration
}

func newRetry(next http.RoundTripper, s stack, most int) retry {
	switch {
	case most == 0:
		most = defaultRetries
	case most < 0:
		most = 0
	}
	return retry{next, s.locate, most, &budget{}, s.tally, s.log, fullJitter}
}

// A result is how one attempt went: an answer, or an error.
type result struct {
	res *http.Response
	err error
}

func (t retry) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := bodyOf(req)
	if err != nil {
		return nil, fmt.Errorf("reading the request's body: %w", err)
	}
	e := t.locate(req)
	p := patience{most: t.most, jitter: t.jitter}
	t.budget.call()
	doubt := false // an attempt may have been carried out without our knowing
	for {
		var r result
		r.res, r.err = t.next.RoundTrip(again(req, body))
		v := judge(r)
		doubt = doubt || v == unclear
		wait, goOn := p.next(req.Context(), v, r, e, t.budget)
		if !goOn {
			return t.conclude(req, e, r, doubt)
		}
		t.log.LogAttrs(req.Context(), slog.LevelDebug, "repeating",
			slog.String("endpoint", e.Name), slog.String("reason", r.reason()), slog.Duration("wait", wait))
		pause := sleep
		if v == refused {
			pause = t.tally.sleep
		}
		if err := pause(req.Context(), wait); err != nil {
			return t.conclude(req, e, result{err: err}, doubt)
		}
		t.tally.add(e.Name, Count{Retried: 1})
	}
}

// conclude gives the last attempt's result as the result of the call.
func (t retry) conclude(req *http.Request, e endpoint, r result, doubt bool) (*http.Response, error) {
	if succeeded := r.err == nil && isSuccess(r.res.StatusCode); !e.Read && (succeeded || doubt) {
		t.tally.wrote()
	}
	if r.err == nil && isSuccess(r.res.StatusCode) {
		return r.res, nil
	}
	if r.err == nil && doubt && req.Method == http.MethodDelete {
		if gone := errorFrom(r.res.StatusCode, peek(r.res)); saysNotFound(gone.Status, gone.Type) {
			return deleted(r.res, gone.RequestID), nil
		}
	}
	unknown := doubt && !e.Read
	if r.err == nil && !unknown {
		return r.res, nil
	}
	out := r.asError()
	out.Method, out.Path, out.unknown = req.Method, req.URL.EscapedPath(), unknown
	return nil, out
}

func (r result) asError() *Error {
	if r.err == nil {
		return errorFrom(r.res.StatusCode, peek(r.res))
	}
	if e, ok := errors.AsType[*Error](r.err); ok {
		named := *e
		return &named
	}
	return &Error{Message: r.err.Error(), cause: r.err}
}

// deleted is Stytch's answer to a DELETE that succeeded.
func deleted(res *http.Response, requestID string) *http.Response {
	res.StatusCode, res.Status = http.StatusOK, "200 OK"
	setBody(res, marshal(map[string]any{"status_code": http.StatusOK, "request_id": requestID}))
	return res
}

// bodyOf takes the body into memory, to send it more than once.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	return io.ReadAll(req.Body)
}

// again is the request for one more attempt.
func again(req *http.Request, body []byte) *http.Request {
	r := req.Clone(req.Context())
	if body == nil {
		return r
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// peek reads a body that attempt.go keeps in memory, and leaves it as it was.
func peek(res *http.Response) []byte {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil // cannot happen: the body is in memory
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return body
}
