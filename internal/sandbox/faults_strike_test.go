package sandbox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// pattern sends requests one after another and draws which were struck: "x", or "." for those that were not.
func (l *lab) pattern(path string, requests int) string {
	l.t.Helper()
	var drawn strings.Builder
	for range requests {
		mark := "."
		if l.data("GET", path, "").status == 503 {
			mark = "x"
		}
		drawn.WriteString(mark)
	}
	return drawn.String()
}

func TestWhichRequestsAreStruck(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, test := range []struct{ name, options, want string }{
		{"without a word, all", "", "xxxxxxxx"},
		{"times: the first ones", "times=2", "xx......"},
		{"nth: that one", "nth=3", "..x....."},
		{"nth and times: from that one on", "nth=3 times=2", "..xx...."},
		{"a rate of one: all", "rate=1", "xxxxxxxx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.faults("error status=503 " + test.options)
			if got := l.pattern("/v1/debug/whoami", 8); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestASeedStrikesTheSameRequestsAgain(t *testing.T) {
	const requests = 200
	draw := func(seed uint64) string {
		l := newLab(t, sandbox.Options{})
		l.seeded(seed, "error status=503 rate=0.3")
		return l.pattern("/v1/debug/whoami", requests)
	}
	first := draw(1)
	if again := draw(1); again != first {
		t.Errorf("one seed draws\n%s and\n%s", first, again)
	}
	if other := draw(2); other == first {
		t.Errorf("two seeds draw the same\n%s", first)
	}
	if struck := strings.Count(first, "x"); struck < 40 || struck > 80 {
		t.Errorf("%d of %d are struck, which is not about 30 %%", struck, requests)
	}
}

func TestWhatHappensAtOneEndpointDecidesNothingAtAnother(t *testing.T) {
	const requests = 60
	alone := newLab(t, sandbox.Options{})
	alone.seeded(7, "error status=503 rate=0.5 times=20")
	want := alone.pattern("/v1/debug/whoami", requests)

	busy := newLab(t, sandbox.Options{})
	busy.seeded(7, "error status=503 rate=0.5 times=20")
	var others sync.WaitGroup
	others.Go(func() { busy.pattern(organizationsPath+"/acme", requests) })
	others.Go(func() { busy.pattern("/v1/projects/metrics", requests) })
	got := busy.pattern("/v1/debug/whoami", requests)
	others.Wait()
	if got != want {
		t.Errorf("alone    %s\nin a crowd %s", want, got)
	}
	if strings.Count(got, "x") != 20 {
		t.Errorf("%s has not 20 strikes", got)
	}
	if other := busy.pattern("/v1/b2b/rbac/policy", requests); other == want {
		t.Errorf("two endpoints draw the same %s", other)
	}
}

func TestAnEndpointPatternMeansTheseRequests(t *testing.T) {
	requests := []string{
		"POST /v1/b2b/organizations", "POST /v1/b2b/organizations/search", "GET /v1/b2b/organizations/acme",
		"PUT /v1/b2b/organizations/acme", "PUT /v1/b2b/organizations/other", "PUT /v1/b2b/organizations/acme/members/m1",
		"GET /pwa/v3/projects",
	}
	for pattern, want := range map[string][]string{
		"":                                       requests,
		"*":                                      requests,
		"* /**":                                  requests,
		"POST /v1/b2b/organizations":             requests[:1],
		"POST /v1/b2b/organizations/*":           requests[1:2],
		"* /v1/b2b/organizations/*":              requests[1:5],
		"* /v1/b2b/organizations/{id}":           requests[2:5],
		"PUT /v1/b2b/organizations/acme":         requests[3:4],
		"PUT /v1/b2b/organizations/%61cme":       nil,
		"PUT /v1/b2b/organizations/**":           requests[3:6],
		"* /**/organizations/acme/**":            {requests[2], requests[3], requests[5]},
		"READ *":                                 nil,
		"READ /**":                               {requests[1], requests[2], requests[6]},
		"WRITE /v1/**":                           {requests[0], requests[3], requests[4], requests[5]},
		"GET /pwa/v3/projects":                   requests[6:],
		"PUT /v1/b2b/organizations/{}/members/*": requests[5:6],
	} {
		l := newLab(t, sandbox.Options{})
		err := l.server.SetFaults(sandbox.Faults{Rules: []sandbox.Fault{{Kind: sandbox.FaultError, Status: 503, Endpoint: pattern}}})
		if pattern == "READ *" {
			if err == nil {
				t.Error("a path without a slash is taken")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var struck []string
		for _, request := range requests {
			method, path, _ := strings.Cut(request, " ")
			if l.data(method, path, "").status == 503 {
				struck = append(struck, request)
			}
		}
		if diff := cmp.Diff(want, struck); diff != "" {
			t.Errorf("%q (-want +got):\n%s", pattern, diff)
		}
	}
}

func TestDelaysAddUpAndTheFirstOtherFaultWins(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.faults("latency delay=30ms", "error status=503 nth=2", "latency delay=40ms", "error status=429 times=2")
	for i, want := range []int{429, 503, 429, 200} {
		o := l.attempt("GET", "/v1/debug/whoami", "", time.Minute)
		if o.status != want || o.first < 70*time.Millisecond {
			t.Errorf("request %d: %d after %s, want %d after both delays", i+1, o.status, o.first, want)
		}
	}
}

func TestFaultsSetAnewCountAnew(t *testing.T) {
	l := newLab(t, sandbox.Options{Faults: sandbox.Faults{Rules: []sandbox.Fault{{Kind: sandbox.FaultError, Status: 503, Times: 1}}}})
	for range 2 {
		if got := l.pattern("/v1/debug/whoami", 3); got != "x.." {
			t.Errorf("got %s", got)
		}
		l.faults("error status=503 times=1")
	}
	l.faults()
	if got := l.pattern("/v1/debug/whoami", 3); got != "..." {
		t.Errorf("without faults got %s", got)
	}
}
