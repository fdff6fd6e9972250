package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A crowd is a sandbox in memory with many organizations and members, asked without a network between.
type crowd struct {
	t           testing.TB
	server      *sandbox.Server
	credentials sandbox.Credentials
	ids         []string
}

func (c *crowd) post(path, body string) map[string]any {
	request := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.SetBasicAuth(c.credentials.ProjectID, c.credentials.Secret)
	recorder := httptest.NewRecorder()
	c.server.ServeHTTP(recorder, request)
	var answer map[string]any
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || recorder.Code != http.StatusOK {
		c.t.Fatalf("POST %s: %d %s", path, recorder.Code, recorder.Body.String())
	}
	return answer
}

// newCrowd makes organizations with ten members each.
func newCrowd(t testing.TB, organizations int) *crowd {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	credentials, err := server.Ensure(acmeTest)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, server: server, credentials: credentials}
	for i := range organizations {
		made := c.post(organizationsPath, fmt.Sprintf(`{"organization_name":"O%d","organization_slug":"o-%d"}`, i, i))
		id := made["organization"].(map[string]any)["organization_id"].(string)
		c.ids = append(c.ids, id)
		for j := range 10 {
			c.post(organizationsPath+"/"+id+"/members", fmt.Sprintf(`{"email_address":"m%d@o%d.example","trusted_metadata":{"n":%d}}`, j, i, j))
		}
	}
	server.ResetRequests()
	return c
}

// walk reads all pages of all members, and gives how many members and pages there were.
func (c *crowd) walk() (members, pages int) {
	ids, err := json.Marshal(c.ids)
	if err != nil {
		c.t.Fatal(err)
	}
	for cursor := ""; ; pages++ {
		r := c.post(organizationsPath+"/members/search", fmt.Sprintf(`{"organization_ids":%s,"limit":1000,"cursor":%q}`, ids, cursor))
		members += len(r["members"].([]any))
		next, more := r["results_metadata"].(map[string]any)["next_cursor"].(string)
		if !more {
			return members, pages + 1
		}
		cursor = next
	}
}

func TestTenThousandMembersAreReadInTenPages(t *testing.T) {
	c := newCrowd(t, 1000)
	started := time.Now()
	members, pages := c.walk()
	if members != 10_000 || pages != 10 {
		t.Errorf("read %d members in %d pages", members, pages)
	}
	// A page takes about 20 ms; a search that looked at everything for each member would take minutes.
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("reading them took %v", took)
	}
	if got := len(c.server.Requests()); got != pages {
		t.Errorf("the sandbox counted %d requests", got)
	}
}

func BenchmarkMemberPages(b *testing.B) {
	c := newCrowd(b, 100)
	for b.Loop() {
		c.walk()
	}
}
