package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// status sends one request without a network between, from any goroutine.
func (l *lab) status(method, path, body string) int {
	request := httptest.NewRequestWithContext(l.t.Context(), method, path, strings.NewReader(body))
	request.SetBasicAuth(l.credentials.ProjectID, l.credentials.Secret)
	recorder := httptest.NewRecorder()
	l.server.ServeHTTP(recorder, request)
	return recorder.Code
}

func TestOfManyWhoTakeTheSameAddressOneWins(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	var won, lost, failed atomic.Int64
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 20 {
				switch l.status("POST", acme+"/members", fmt.Sprintf(`{"email_address":"m%d@acme.example"}`, i)) {
				case http.StatusOK:
					won.Add(1)
				case http.StatusBadRequest:
					lost.Add(1)
				default:
					failed.Add(1)
				}
				if l.status("POST", searchMembers, `{"organization_ids":["acme"]}`) != http.StatusOK ||
					l.status("PUT", acme, fmt.Sprintf(`{"trusted_metadata":{"w%d":%d}}`, worker, i)) != http.StatusOK {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if won.Load() != 20 || lost.Load() != 140 || failed.Load() != 0 {
		t.Errorf("%d won, %d lost, %d failed", won.Load(), lost.Load(), failed.Load())
	}
	l.must("GET", acme+"/metrics", "").wantJSON(t, `20`, "member_count")
	l.must("GET", acme, "").wantJSON(t, `{"w0":19,"w1":19,"w2":19,"w3":19,"w4":19,"w5":19,"w6":19,"w7":19}`, "organization", "trusted_metadata")
}
