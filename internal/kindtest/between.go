package kindtest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Between is an http.RoundTripper that sees every request and its body before
// the sandbox does, and decides what becomes of it.
type Between struct {
	Next http.RoundTripper
	// Do answers the request, through next or by itself.
	Do func(r *http.Request, body []byte, next func(body []byte) (*http.Response, error)) (*http.Response, error)
}

// RoundTrip is the way of http.RoundTripper.
func (b Between) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	return b.Do(r, body, func(body []byte) (*http.Response, error) {
		sent := r.Clone(r.Context())
		sent.Body, sent.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return b.Next.RoundTrip(sent)
	})
}

// Answered makes an answer that the sandbox never gave.
func Answered(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
