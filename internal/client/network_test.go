package client

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// These tests run over Go's own transport and real connections: only it shows that nothing was sent.
func TestWhatARealNetworkProves(t *testing.T) {
	lost := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	short := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"status_code":200`)
	}
	stall := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	nobody := func(t *testing.T) string {
		var config net.ListenConfig
		l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		return "http://" + l.Addr().String()
	}
	stranger := func(t *testing.T) string {
		server := httptest.NewUnstartedServer(http.HandlerFunc(short))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	serving := func(h http.HandlerFunc) func(*testing.T) string {
		return func(t *testing.T) string {
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			return server.URL
		}
	}
	for _, test := range []struct {
		name    string
		where   func(*testing.T) string
		unknown bool
	}{
		{"nobody listens: nothing was sent", nobody, false},
		{"the certificate is not trusted: nothing was sent", stranger, false},
		{"the connection is cut without an answer", serving(lost), true},
		{"the answer is cut short", serving(short), true},
		{"the answer begins and never ends", serving(stall), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := credentials()
			config.BaseURI = test.where(t)
			config.ManagementBaseURI = config.BaseURI
			config.MaxRetries, config.Timeout = -1, 500*time.Millisecond
			conn, err := Connect(config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(conn.Close)
			err = send(t.Context(), conn.Writable(), http.MethodPost, "/pwa/v3/projects")
			if err == nil || errors.Is(err, ErrOutcomeUnknown) != test.unknown {
				t.Errorf("got %v, want an error, unknown: %v", err, test.unknown)
			}
			if err = send(t.Context(), conn.Writable(), http.MethodGet, "/pwa/v3/projects"); err == nil || errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("a read got %v, want an error that leaves nothing open", err)
			}
		})
	}
}

func TestCloseLetsConnectionsGo(t *testing.T) {
	for name, closes := range map[string]bool{"closed in between": true, "kept": false} {
		t.Run(name, func(t *testing.T) {
			var peers []string
			conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
				peers = append(peers, r.RemoteAddr)
				_, _ = io.WriteString(w, good)
			}, nil)
			for range 2 {
				if err := send(t.Context(), conn.ReadOnly(), http.MethodGet, "/pwa/v3/projects"); err != nil {
					t.Fatal(err)
				}
				if closes {
					conn.Close()
				}
			}
			if (peers[0] != peers[1]) != closes {
				t.Errorf("connections from %v", peers)
			}
		})
	}
}

func TestConnectionsAreKept(t *testing.T) {
	const workers = 16
	var opened int
	turn := make(chan struct{}, workers)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		turn <- struct{}{}
		for len(turn) < workers {
			time.Sleep(time.Millisecond)
		}
		_, _ = io.WriteString(w, good)
	}))
	states := make(chan http.ConnState, 1000)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) { states <- s }
	server.Start()
	defer server.Close()
	config := credentials()
	config.BaseURI, config.ManagementBaseURI = server.URL, server.URL
	conn, err := Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 3 {
		done := make(chan error, workers)
		for range workers {
			go func() { done <- send(t.Context(), conn.ReadOnly(), http.MethodGet, "/pwa/v3/projects") }()
		}
		for range workers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		for len(turn) > 0 {
			<-turn
		}
	}
	for len(states) > 0 {
		if <-states == http.StateNew {
			opened++
		}
	}
	if opened > workers {
		t.Errorf("%d connections for 3 rounds of %d requests", opened, workers)
	}
}
