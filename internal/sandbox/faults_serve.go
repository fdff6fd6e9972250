package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP answers both APIs: paths below /pwa/ and /web/ are the management API's, all others the B2B API's. A fault
// that cuts the connection panics with http.ErrAbortHandler, as net/http wants it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	board := s.faults.Load()
	if board == nil {
		s.serve(w, r, "", s)
		return
	}
	// The body is read before anything waits: only then does net/http notice that a client has gone.
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		cut()
	}
	found, _, _ := s.router.find(r.Method, r.URL.EscapedPath())
	met := board.strike(arrival{r.Method, r.URL.EscapedPath(), found, cursorOf(text)})
	x := &exchange{server: s, from: s, fault: met.fault, route: found, w: w, r: r, text: text}
	if met.delay > 0 {
		x.wait(met.delay)
	}
	if met.past != nil {
		x.from = s.asBefore(board.past, met.past)
	}
	if form, err := met.fault.form(); err == nil {
		form.effect(x)
		return
	}
	x.handle(w)
}

// asBefore is a sandbox that shows the past and keeps nothing.
func (s *Server) asBefore(p *past, undo map[string]keptRecord) *Server {
	s.mu.RLock()
	closed := s.store.closed
	s.mu.RUnlock()
	shown, err := p.state(undo)
	if closed || err != nil {
		return s
	}
	options := s.options
	options.SearchLimitPerMinute, options.RequestLimitPerSecond = 0, 0
	return &Server{options: options, state: shown, store: &store{}}
}

// An exchange is a request that meets a fault.
type exchange struct {
	server *Server
	from   *Server // whose state the answer comes from: the server itself, or its past
	fault  Fault
	route  *route // nil when unknown
	w      http.ResponseWriter
	r      *http.Request
	text   []byte // the request's body
}

// request is the request with its body unread.
func (x *exchange) request(body []byte) *http.Request {
	r := x.r.WithContext(x.r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// handle does what was asked.
func (x *exchange) handle(w http.ResponseWriter) {
	x.server.serve(w, x.request(x.text), x.fault.Kind, x.from)
}

// capture does what was asked and holds the answer.
func (x *exchange) capture() *captured {
	answered := &captured{header: http.Header{}}
	x.handle(answered)
	return answered
}

// log notes a request that was not handled.
func (x *exchange) log(status int) {
	entry := Request{Method: x.r.Method, Path: x.r.URL.EscapedPath(), Status: status, Fault: x.fault.Kind}
	if x.route != nil {
		entry.Endpoint, entry.Write = x.route.pattern, x.route.access == write
	}
	x.server.log.add(entry)
}

// wait lets time pass. A client that leaves meanwhile ends the exchange.
func (x *exchange) wait(d time.Duration) {
	if !pause(x.r.Context(), d) {
		if x.fault.Kind == FaultLatency {
			x.log(0)
		}
		cut()
	}
}

// pause waits and says whether the client is still there.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errorTypes are Stytch's error_type for each status; those of 502, 503 and 504 are not documented.
var errorTypes = map[int]string{
	http.StatusTooManyRequests:     "too_many_requests",
	http.StatusInternalServerError: "internal_server_error",
	http.StatusBadGateway:          "bad_gateway",
	http.StatusServiceUnavailable:  "server_unavailable",
	http.StatusGatewayTimeout:      "gateway_timeout",
}

// refuse sends the fault's error.
func (x *exchange) refuse() {
	status, header := x.fault.status(), x.w.Header()
	body := refused(&apiError{status, errorTypes[status], "The sandbox was asked to fail here."}, nil).body
	header.Set("Content-Type", "application/json; charset=utf-8")
	if x.fault.Body == "html" {
		title := fmt.Sprintf("%d %s", status, http.StatusText(status))
		body = fmt.Appendf(nil, "<html>\n<head><title>%s</title></head>\n<body><center><h1>%s</h1></center></body>\n</html>\n", title, title)
		header.Set("Content-Type", "text/html")
	}
	if x.fault.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(x.fault.RetryAfter/time.Second)))
	}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // see serve
}

// trickle sends an answer's headers at once and its body in pieces.
func (x *exchange) trickle(answered *captured) {
	const pieces = 16
	answered.sendHeader(x.w)
	flush(x.w)
	size := len(answered.body)/pieces + 1
	for start := 0; start < len(answered.body); start += size {
		x.wait(x.fault.Delay / pieces)
		_, _ = x.w.Write(answered.body[start:min(start+size, len(answered.body))])
		flush(x.w)
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
