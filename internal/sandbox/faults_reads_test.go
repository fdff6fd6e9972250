package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// fiveOrganizations makes o0 to o4; searches show o4 first.
func fiveOrganizations(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, sandbox.Options{})
	for i := range 5 {
		l.organization(fmt.Sprintf(`"organization_name":"O","organization_slug":"o%d"`, i))
	}
	return l
}

// walk follows the cursors of a search in pages of two, up to seven of them.
func (l *lab) walk() (pages []string, ended bool) {
	l.t.Helper()
	cursor := ""
	for range 7 {
		r := l.must("POST", searchOrganizations, `{"limit":2`+cursor+`}`)
		pages = append(pages, fmt.Sprint(r.found("organizations", "organization_slug")))
		next := r.text("results_metadata", "next_cursor")
		if next == "" {
			return pages, true
		}
		cursor = fmt.Sprintf(`,"cursor":%q`, next)
	}
	return pages, false
}

func TestWhatAWalkThroughPagesMeets(t *testing.T) {
	const first, second, third = "[o4 o3]", "[o2 o1]", "[o0]"
	l := fiveOrganizations(t)
	for _, test := range []struct {
		name, fault string
		pages       []string
		ended       bool
	}{
		{"no fault", "cut-page rate=1e-300", []string{first, second, third}, true},
		{"a first page that ends early", "cut-page", []string{"[o4]"}, true},
		{"a second page that ends early", "cut-page nth=2", []string{first, "[o2]"}, true},
		{"a last page that ends early", "cut-page nth=3", []string{first, second, "[]"}, true},
		{"a cursor that is repeated once", "repeated-cursor times=1", []string{first, second, second, third}, true},
		{"a cursor that is repeated for ever", "repeated-cursor", []string{first, second, second, second, second, second, second}, false},
		{"a last page with the cursor that led to it", "repeated-cursor nth=2", []string{first, second, third, third}, true},
		{"pages that go round", "cursor-loop nth=2 times=9", []string{first, second, third, second, second, second, second}, false},
		{"a last page that leads back once", "cursor-loop nth=2", []string{first, second, third, second, third}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.faults(test.fault)
			pages, ended := l.walk()
			if diff := cmp.Diff(test.pages, pages); diff != "" || ended != test.ended {
				t.Errorf("ended: %t, pages (-want +got):\n%s", ended, diff)
			}
		})
	}
}

func TestACutPageStillCountsEverything(t *testing.T) {
	l := fiveOrganizations(t)
	l.faults("cut-page")
	if total := l.must("POST", searchOrganizations, `{}`).at("results_metadata", "total"); total != 5.0 {
		t.Errorf("the total is %v", total)
	}
}

func TestAnAnswerThatCountsOrRepeats(t *testing.T) {
	l := fiveOrganizations(t)
	for _, test := range []struct {
		fault string
		rows  string
		total any
	}{
		{"wrong-total", "[o4 o3 o2 o1 o0]", 6.0},
		{"repeated-row", "[o4 o3 o2 o1 o0 o4]", 5.0},
	} {
		t.Run(test.fault, func(t *testing.T) {
			l.faults(test.fault)
			r := l.must("POST", searchOrganizations, "{}")
			if got := fmt.Sprint(r.found("organizations", "organization_slug")); got != test.rows || r.at("results_metadata", "total") != test.total {
				t.Errorf("rows %s, total %v", got, r.at("results_metadata", "total"))
			}
		})
	}
	silent := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{TotalsDisabled: true}})
	silent.faults("wrong-total")
	if total := silent.must("POST", searchOrganizations, "{}").at("results_metadata", "total"); total != -1.0 {
		t.Errorf("a total that is disabled is %v", total)
	}
}

func TestAnEmptyAnswerIsASuccessThatSaysNothing(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.faults(`empty-answer endpoint="WRITE /**"`)
	if o := l.attempt("POST", organizationsPath, newAcmeBody, time.Minute); o.status != 200 || o.text != "" || o.err != nil || !l.exists() {
		t.Errorf("%d %q %v, and the organization exists: %v", o.status, o.text, o.err, l.exists())
	}
}

func TestCutPagesAreForListsAlone(t *testing.T) {
	l := fiveOrganizations(t)
	l.faults("cut-page")
	if got := l.must("GET", organizationsPath+"/o1", "").text("organization", "organization_slug"); got != "o1" {
		t.Errorf("a single organization is read as %q", got)
	}
	l.organization(`"organization_name":"O","organization_slug":"o5"`)
	all, _ := l.manage("GET", environmentOf+"/secrets", "").at("secrets").([]any)
	if len(all) != 0 {
		t.Errorf("a list of one is cut to %d", len(all))
	}
}

func TestAStaleReadShowsTheStateBeforeTheLastWrite(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.faults("stale-read reads=2")
	name := func() string {
		return l.data("GET", organizationsPath+"/acme", "").text("organization", "organization_name")
	}
	l.must("POST", organizationsPath, newAcmeBody)
	l.data("GET", organizationsPath+"/acme", "").want(t, 404, "organization_not_found")
	if found := l.must("POST", searchOrganizations, "{}").found("organizations", "organization_slug"); len(found) != 0 {
		t.Errorf("a search finds %v; it counts its reads by itself", found)
	}
	name()
	if got := name(); got != "Acme" {
		t.Errorf("the third read shows %q", got)
	}
	l.must("PUT", organizationsPath+"/acme", `{"organization_name":"Two"}`)
	l.must("PUT", organizationsPath+"/acme", `{"organization_name":"Three"}`)
	for i, want := range []string{"Two", "Two", "Three"} {
		if got := name(); got != want {
			t.Errorf("read %d after two writes shows %q, want %q", i+1, got, want)
		}
	}
	l.must("DELETE", organizationsPath+"/acme", "")
	if got := name(); got != "Three" {
		t.Errorf("right after the deletion a read shows %q", got)
	}
	if l.exists() {
		t.Error("without the fault the organization is still there")
	}
}

func TestAStaleReadShowsWhatWasInPlaceSoLongAgo(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	l := newLab(t, sandbox.Options{Now: func() time.Time { return now }})
	l.must("POST", organizationsPath, newAcmeBody)
	l.faults(`stale-read lag=500ms endpoint="GET /v1/b2b/organizations/{}"`)
	want := func(name string) {
		t.Helper()
		if got := l.must("GET", organizationsPath+"/acme", "").text("organization", "organization_name"); got != name {
			t.Errorf("a read shows %q, want %q", got, name)
		}
	}
	want("Acme")
	l.must("PUT", organizationsPath+"/acme", `{"organization_name":"Two"}`)
	now = now.Add(300 * time.Millisecond)
	l.must("PUT", organizationsPath+"/acme", `{"organization_name":"Three"}`)
	want("Acme")
	now = now.Add(300 * time.Millisecond)
	want("Two")
	if found := l.must("POST", searchOrganizations, "{}").found("organizations", "organization_name"); len(found) != 1 || found[0] != "Three" {
		t.Errorf("a search, which is no such read, finds %v", found)
	}
	now = now.Add(300 * time.Millisecond)
	want("Three")
}

func TestAStaleReadBringsBackADeletedOrganizationWithItsMembers(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	member, _ := l.member(acme, `"email_address":"ada@acme.example"`)
	l.faults("stale-read reads=1")
	l.must("DELETE", acme, "")
	if got := l.data("GET", acme+"/member?email_address=ada@acme.example", ""); got.status != 200 {
		t.Errorf("%s is read as %d", member, got.status)
	}
	l.data("GET", acme+"/member?email_address=ada@acme.example", "").want(t, 404, "organization_not_found")
}

func TestTheUseOfASecretIsNoWriteThatReadsCouldTrail(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	l := newLab(t, sandbox.Options{Now: func() time.Time { return now }})
	l.faults("stale-read reads=1")
	l.must("GET", "/v1/debug/whoami", "")
	now = now.Add(time.Hour) // the next use is remembered
	l.must("GET", "/v1/debug/whoami", "")
	l.must("GET", "/v1/debug/whoami", "")
	for i, r := range l.server.Requests() {
		if r.Fault != "" {
			t.Errorf("read %d meets %s", i+1, r.Fault)
		}
	}
}
