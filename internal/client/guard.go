package client

import "net/http"

// guard refuses every call that is not a read, before anything is sent. It stands outermost: nothing behind it can turn
// a write into something else.
type guard struct {
	next http.RoundTripper
	locate
}

func (t guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.locate(req).Read {
		return t.next.RoundTrip(req)
	}
	closeBody(req)
	return nil, &Error{
		Method: req.Method, Path: req.URL.EscapedPath(),
		Message: ErrReadOnly.Error() + "; nothing was sent", cause: ErrReadOnly,
	}
}

// closeBody keeps the promise of every http.RoundTripper, also of one that sends nothing.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
