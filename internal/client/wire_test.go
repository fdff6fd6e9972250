package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"
)

// A wire stands for the network in tests whose clock is not the real one. It traces connections as Go's transport does.
type wire struct {
	mu    sync.Mutex
	steps []step // one an attempt; the last one stays
	seen  []seen
}

type step struct {
	status    int
	body      string
	header    http.Header
	err       error // instead of an answer
	noConn    bool  // no connection was had
	untraced  bool  // a transport that does not trace at all
	cut       bool  // the body ends too early
	slow      time.Duration
	thenCalls func()
}

type seen struct {
	method, path, body string
	at                 time.Time
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	w.mu.Lock()
	s := w.steps[min(len(w.seen), len(w.steps)-1)]
	w.seen = append(w.seen, seen{req.Method, req.URL.EscapedPath(), string(body), time.Now()})
	w.mu.Unlock()
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && !s.untraced {
		trace.GetConn(req.URL.Host)
		if !s.noConn {
			trace.GotConn(httptrace.GotConnInfo{})
		}
	}
	if s.thenCalls != nil {
		s.thenCalls()
	}
	select {
	case <-time.After(s.slow):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if s.err != nil {
		return nil, s.err
	}
	var reader io.Reader = strings.NewReader(s.body)
	if s.cut {
		reader = io.MultiReader(strings.NewReader(s.body), brokenReader{})
	}
	header := s.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: s.status, Status: http.StatusText(s.status), Header: header,
		Body: io.NopCloser(reader), Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

func (w *wire) attempts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

const good = `{"status_code":200,"request_id":"request-id-test-ok"}`

func answered(status int) step {
	if status == http.StatusOK {
		return step{status: status, body: good}
	}
	return step{status: status, body: `{"request_id":"request-id-test-7","error_type":"some_error","error_message":"no"}`}
}

func notFound() step {
	return step{status: 404, body: `{"status_code":404,"request_id":"request-id-test-7","error_type":"thing_not_found","error_message":"gone"}`}
}

var errCut = errors.New("connection reset by peer")

// credentials are complete for both planes; %s marks that a canary in them is looked for in outputs.
func credentials() Config {
	return Config{
		ProjectID: "project-test-1", Secret: NewSecret("canary-secret-1"),
		WorkspaceKeyID: "workspace-key-1", WorkspaceKeySecret: NewSecret("canary-secret-2"),
	}
}

// over connects through a wire.
func over(t *testing.T, w *wire, change func(*Config)) *Connection {
	t.Helper()
	config := credentials()
	config.Transport = w
	if change != nil {
		change(&config)
	}
	conn, err := Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// serve connects to a real server over real HTTP.
func serve(t *testing.T, handler http.HandlerFunc, change func(*Config)) *Connection {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := credentials()
	config.BaseURI, config.ManagementBaseURI = server.URL, server.URL
	config.MaxRetries = -1
	if change != nil {
		change(&config)
	}
	conn, err := Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func send(ctx context.Context, c *Client, method, path string) error {
	return c.Manage(ctx, Request{Method: method, Path: path, Body: map[string]any{"a": 1}}, nil)
}
