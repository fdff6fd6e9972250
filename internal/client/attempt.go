package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// maxAnswer is far above Stytch's largest page (1,000 organizations with 4 KB of metadata each) and keeps a server that
// never ends from filling the memory.
const maxAnswer = 128 << 20

// attempt sends a request once. The time limit holds for the whole of it, the body included, and the body is in memory
// when RoundTrip returns: what reads it later can neither block nor be cut.
type attempt struct {
	next    http.RoundTripper
	timeout time.Duration
}

// An attemptError is an attempt without a usable answer.
type attemptError struct {
	unsent bool // nothing can have reached Stytch: no connection was had
	cause  error
}

func (e *attemptError) Error() string { return e.cause.Error() }
func (e *attemptError) Unwrap() error { return e.cause }

func (t attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	slow := fmt.Errorf("no complete answer within %s", t.timeout)
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()

	var asked, had atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { had.Store(true) },
	})
	failed := func(err error) error {
		switch {
		case req.Context().Err() != nil:
			err = stopped(req.Context())
		case ctx.Err() != nil:
			err = slow
		}
		// A transport that does not trace proves nothing, so that its failures count as sent.
		return &attemptError{unsent: asked.Load() && !had.Load(), cause: err}
	}

	res, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is larger than any answer of Stytch")
	}
	if err != nil && isSuccess(res.StatusCode) {
		return nil, failed(fmt.Errorf("reading the answer: %w", err))
	}
	// The status of a failure is known even when its explanation was cut.
	setBody(res, body)
	return res, nil
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

func setBody(res *http.Response, body []byte) {
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.TransferEncoding = nil
	res.Header.Del("Content-Length")
}
