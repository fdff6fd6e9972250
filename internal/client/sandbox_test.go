package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A handler that is called without a network, so that the clock may be virtual.
type near struct{ http.Handler }

func (n near) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(20 * time.Millisecond)
	recorder := httptest.NewRecorder()
	n.ServeHTTP(recorder, req)
	return recorder.Result(), nil
}

func TestARunKeepsToItsShareOfTheSandboxsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := sandbox.New(sandbox.Options{SearchLimitPerMinute: 12, RequestLimitPerSecond: 10})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close() }()
		granted, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test"})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := client.Connect(client.Config{
			ProjectID: granted.ProjectID, Secret: client.NewSecret(granted.Secret),
			WorkspaceKeyID: granted.WorkspaceKeyID, WorkspaceKeySecret: client.NewSecret(granted.WorkspaceKeySecret),
			BaseURI: "http://sandbox", ManagementBaseURI: "http://sandbox", Transport: near{server},
			Share: 50, SearchesPerMinute: 12,
		})
		if err != nil {
			t.Fatal(err)
		}
		each := func(n int, call func(i int) error) {
			t.Helper()
			var all sync.WaitGroup
			next := make(chan int)
			for range 8 {
				all.Go(func() {
					for i := range next {
						if err := call(i); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for i := range n {
				next <- i
			}
			close(next)
			all.Wait()
		}
		start := time.Now()
		each(200, func(i int) error {
			return conn.Writable().Data(t.Context(), client.Request{
				Method: http.MethodPost, Path: "/v1/b2b/organizations",
				Body: map[string]any{"organization_name": fmt.Sprintf("o%d", i), "organization_slug": fmt.Sprintf("o%d", i)},
			}, nil)
		})
		if took := time.Since(start); took < 38*time.Second || took > 45*time.Second {
			t.Errorf("200 creates at half of 10 a second took %s, want about 40 s", took)
		}
		start = time.Now()
		each(5, func(int) error {
			return conn.Writable().Manage(t.Context(), client.Request{Method: http.MethodGet, Path: "/pwa/v3/projects"}, nil)
		})
		if took := time.Since(start); took > time.Second {
			t.Errorf("the management plane, which refused nothing, was slowed to %s", took)
		}
		start = time.Now()
		each(20, func(int) error {
			return conn.ReadOnly().Data(t.Context(), client.Request{
				Method: http.MethodPost, Path: "/v1/b2b/organizations/search", Body: map[string]any{"limit": 100},
			}, nil)
		})
		if minutes := int(time.Since(start.Truncate(time.Minute)) / time.Minute); minutes != 3 {
			t.Errorf("20 searches at 6 a minute came to an end in minute %d, want 3", minutes)
		}
		refused := map[string]int{}
		for _, r := range server.Requests() {
			if r.Status == http.StatusTooManyRequests {
				refused[strings.TrimPrefix(r.Path, "/v1/b2b/")]++
			}
		}
		if n := refused["organizations"]; n < 1 || n > 8 || len(refused) != 1 {
			t.Errorf("refused: %v; want creates alone, and of them one burst of what was under way", refused)
		}
		s := conn.Stats()
		if s.Sent != 225+s.RateLimited || s.RateLimited > 8 || s.Share != 50 || s.Waited < 150*time.Second || len(s.Learned) != 1 || s.Learned[0].Class != "data" {
			t.Errorf("the stats are %+v", s)
		}
	})
}
