package client

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// logging writes one debug line a call, whatever number of attempts it took. It names what Stytch's support asks for and
// nothing that a log must not hold: no headers, no bodies, no query, and addresses in paths are replaced.
type logging struct {
	next      http.RoundTripper
	log       *slog.Logger
	concealed *concealed
}

func (t logging) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.log.Enabled(req.Context(), slog.LevelDebug) {
		return t.next.RoundTrip(req)
	}
	start := time.Now()
	res, err := t.next.RoundTrip(req)
	attrs := []slog.Attr{
		slog.String("method", req.Method),
		slog.String("host", req.URL.Host),
		slog.String("path", t.concealed.text(withoutAddresses(req.URL.EscapedPath()))),
	}
	if err != nil {
		e := result{err: err}.asError()
		attrs = append(attrs, slog.Int("status", e.Status), slog.String("request_id", t.concealed.text(printable(e.RequestID))),
			slog.String("error", t.concealed.text(harmless(e))))
	} else {
		attrs = append(attrs, slog.Int("status", res.StatusCode), slog.String("request_id", t.concealed.text(printable(requestID(res)))))
	}
	attrs = append(attrs, slog.Duration("duration", time.Since(start)))
	t.log.LogAttrs(req.Context(), slog.LevelDebug, "request", attrs...)
	return res, err
}

// withoutAddresses hides the segments of a path that hold an e-mail address or anything else with an at sign in it.
func withoutAddresses(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.Contains(s, "@") || strings.Contains(strings.ToLower(s), "%40") {
			segments[i] = "{address}"
		}
	}
	return strings.Join(segments, "/")
}

// requestID looks into a body, where Stytch writes it, and leaves the body as it was.
func requestID(res *http.Response) string {
	var wire struct {
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(peek(res), &wire); err != nil {
		return ""
	}
	return wire.RequestID
}

// reason says in a few words why an attempt is repeated.
func (r result) reason() string {
	if r.err == nil {
		return strconv.Itoa(r.res.StatusCode)
	}
	return harmless(r.asError())
}

// harmless is what a log may say of an error: of an answer its type alone, for messages quote names and addresses; of a
// failure on the way the words of the network, without anything that looks like an address.
func harmless(e *Error) string {
	if e.Type != "" {
		return printable(e.Type)
	}
	words := strings.Fields(printable(e.Message))
	for i, w := range words {
		if strings.Contains(w, "@") {
			words[i] = "{address}"
		}
	}
	return strings.Join(words, " ")
}
