package sandbox_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestPagesShowEverythingOnceNewestFirst(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	var want []string
	for i := range 7 {
		address := fmt.Sprintf("m%d@acme.example", i)
		l.member(acme, fmt.Sprintf(`"email_address":%q,"is_breakglass":%t`, address, i%2 == 0))
		want = append([]string{address}, want...)
	}
	walk := func(body string, limit int) (got []string, total any) {
		t.Helper()
		cursor := ""
		for range 10 {
			request := fmt.Sprintf(`{"organization_ids":["acme"],"limit":%d%s%s}`, limit, body, cursor)
			r := l.must("POST", searchMembers, request)
			got, total = append(got, r.found("members", "email_address")...), r.at("results_metadata", "total")
			next := r.text("results_metadata", "next_cursor")
			if next == "" {
				return got, total
			}
			cursor = fmt.Sprintf(`,"cursor":%q`, next)
		}
		t.Fatal("the cursor chain does not end")
		return nil, nil
	}
	for limit := 1; limit <= 8; limit++ {
		got, total := walk("", limit)
		if diff := cmp.Diff(want, got); diff != "" || total != 7.0 {
			t.Errorf("pages of %d, total %v (-want +got):\n%s", limit, total, diff)
		}
		got, total = walk(","+query("member_is_breakglass", "true"), limit)
		if len(got) != 4 || total != 4.0 {
			t.Errorf("filtered pages of %d find %v, total %v", limit, got, total)
		}
	}
	cursor := l.must("POST", searchMembers, `{"organization_ids":["acme"],"limit":2}`).text("results_metadata", "next_cursor")
	l.data("POST", searchMembers, `{"organization_ids":["acme"],`+query("member_is_breakglass", "true")+`,"cursor":"`+cursor+`"}`).
		want(t, 400, "user_search_invalid_cursor")
	l.data("POST", searchOrganizations, `{"cursor":"`+cursor+`"}`).want(t, 400, "user_search_invalid_cursor")
	l.member(acme, `"email_address":"late@acme.example"`)
	if got := l.must("POST", searchMembers, `{"organization_ids":["acme"],"limit":9,"cursor":"`+cursor+`"}`).found("members", "email_address"); len(got) != 5 {
		t.Errorf("a member who came between two pages is shown on the second: %v", got)
	}
}

func TestTotalsCanBeDisabled(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{Knobs: sandbox.Knobs{TotalsDisabled: true}})
	l.member(acme, `"email_address":"ada@acme.example"`)
	l.must("POST", searchOrganizations, `{}`).wantJSON(t, `-1`, "results_metadata", "total")
	l.must("POST", searchMembers, `{"organization_ids":["acme"]}`).wantJSON(t, `-1`, "results_metadata", "total")
}

func TestSearchesLagBehindWhereTheKnobSaysSo(t *testing.T) {
	var passed atomic.Int64
	now := func() time.Time { return clock().Add(time.Duration(passed.Load())) }
	l, acme := newAcme(t, sandbox.Options{Now: now, Knobs: sandbox.Knobs{SearchLag: 3 * time.Second}})
	wait := func() { passed.Add(int64(time.Second)) }
	names := func() []string {
		return l.must("POST", searchMembers, `{"organization_ids":["acme"]}`).found("members", "name")
	}
	ada, id := l.member(acme, `"email_address":"ada@acme.example","name":"one"`)
	wait()
	l.must("PUT", ada, `{"name":"two"}`)
	l.must("GET", acme+"/member?member_id="+id, "").wantJSON(t, `"two"`, "member", "name")
	l.must("POST", searchOrganizations, `{}`).wantFound(t, "organizations", "organization_slug", "")
	wait()
	if got := names(); len(got) != 0 {
		t.Errorf("after 2 seconds a search shows %v", got)
	}
	wait()
	if diff := cmp.Diff([]string{"one"}, names()); diff != "" {
		t.Errorf("after 3 seconds:\n%s", diff)
	}
	l.must("POST", searchOrganizations, `{}`).wantFound(t, "organizations", "organization_slug", "acme")
	l.must("DELETE", ada, "")
	wait()
	if diff := cmp.Diff([]string{"two"}, names()); diff != "" {
		t.Errorf("after 4 seconds:\n%s", diff)
	}
	wait()
	wait()
	if got := names(); len(got) != 0 {
		t.Errorf("after 6 seconds the deleted member is still shown: %v", got)
	}
}

func TestSearchesAreLimitedByTheMinuteOfTheClock(t *testing.T) {
	var seconds atomic.Int64
	now := func() time.Time { return time.Date(2026, 1, 1, 12, 0, int(seconds.Load()), 0, time.UTC) }
	l, acme := newAcme(t, sandbox.Options{Now: now, SearchLimitPerMinute: 3})
	other, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "other", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	seconds.Store(58)
	l.must("POST", searchOrganizations, `{}`)
	l.must("POST", searchMembers, `{"organization_ids":["acme"]}`)
	l.data("POST", searchMembers, `{}`).want(t, 400, "member_search_organization_ids_empty")
	refused := l.data("POST", searchOrganizations, `{}`)
	refused.want(t, http.StatusTooManyRequests, "too_many_requests")
	if refused.header.Get("Retry-After") != "" {
		t.Error("the refusal has a Retry-After")
	}
	l.must("GET", acme, "")
	l.send("POST", searchOrganizations, `{}`, other.ProjectID, other.Secret).want(t, 200, "")
	seconds.Store(60)
	l.must("POST", searchOrganizations, `{}`)
}

func TestOtherRequestsAreLimitedByTheSecondOfTheClock(t *testing.T) {
	var seconds atomic.Int64
	now := func() time.Time { return time.Date(2026, 1, 1, 12, 0, int(seconds.Load()), 0, time.UTC) }
	l, acme := newAcme(t, sandbox.Options{Now: now, RequestLimitPerSecond: 3})
	seconds.Store(1)
	for range 3 {
		l.must("GET", acme, "")
	}
	l.data("GET", acme, "").want(t, http.StatusTooManyRequests, "too_many_requests")
	l.must("POST", searchOrganizations, `{}`)
	for range 3 {
		l.manage("GET", "/pwa/v3/projects", "").want(t, 200, "")
	}
	l.manage("GET", "/pwa/v3/projects", "").want(t, http.StatusTooManyRequests, "too_many_requests")
	seconds.Store(2)
	l.must("GET", acme, "")
	l.manage("GET", "/pwa/v3/projects", "").want(t, 200, "")
}

func TestASearchIsNoWrite(t *testing.T) {
	l, _ := newAcme(t, sandbox.Options{})
	l.server.ResetRequests()
	l.must("POST", searchOrganizations, `{}`)
	l.must("POST", searchMembers, `{"organization_ids":["acme"]}`)
	for _, request := range l.server.Requests() {
		if request.Write {
			t.Errorf("%s counts as a write", request.Endpoint)
		}
	}
}
