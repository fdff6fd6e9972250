package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// faults makes things go wrong from now on.
func (l *lab) faults(rules ...string) {
	l.t.Helper()
	l.seeded(0, rules...)
}

func (l *lab) seeded(seed uint64, rules ...string) {
	l.t.Helper()
	faults := sandbox.Faults{Seed: seed}
	for _, text := range rules {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			l.t.Fatal(err)
		}
		faults.Rules = append(faults.Rules, fault)
	}
	if err := l.server.SetFaults(faults); err != nil {
		l.t.Fatal(err)
	}
}

// An outcome is what a client of net/http meets, connection errors included.
type outcome struct {
	status int // 0: no answer
	header http.Header
	text   string // as much as came
	err    error
	first  time.Duration // until the headers came
	took   time.Duration
}

// attempt sends a request that may fail, on a connection of its own: net/http repeats a GET that fails on a used one.
func (l *lab) attempt(method, path, body string, patience time.Duration) (o outcome) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, l.address+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	request.Close = true
	request.SetBasicAuth(l.credentials.ProjectID, l.credentials.Secret)
	started := time.Now()
	defer func() { o.took = time.Since(started) }()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	o = outcome{status: response.StatusCode, header: response.Header, first: time.Since(started)}
	text, err := io.ReadAll(response.Body)
	o.text, o.err = string(text), err
	return o
}

// exists asks without faults whether the organization "acme" is there.
func (l *lab) exists() bool {
	l.t.Helper()
	l.faults()
	return l.data("GET", organizationsPath+"/acme", "").status == http.StatusOK
}

// busy is a patience in which a machine that has other things to do carries a write out.
const busy = 2 * time.Second

const newAcmeBody = `{"organization_name":"Acme","organization_slug":"acme"}`

func TestWhatAWriteMeets(t *testing.T) {
	cutOff := func(o outcome) bool { return o.status == 0 && o.err != nil }
	for _, test := range []struct {
		name, fault string
		patience    time.Duration
		meets       func(outcome) bool
		committed   bool
	}{
		{"a connection cut before the handler ran", "cut-before-commit", time.Minute, cutOff, false},
		{"a connection cut after the handler ran", "cut-after-commit", time.Minute, cutOff, true},
		{"a refusal with a JSON body", "error", time.Minute, func(o outcome) bool {
			return o.status == 500 && refusalType(o.text) == "internal_server_error"
		}, false},
		{"a 429 without Retry-After", "error status=429", time.Minute, func(o outcome) bool {
			_, hasHeader := o.header["Retry-After"]
			return o.status == 429 && refusalType(o.text) == "too_many_requests" && !hasHeader
		}, false},
		{"a 429 with Retry-After", "error status=429 retry-after=90s", time.Minute, func(o outcome) bool {
			return o.status == 429 && o.header.Get("Retry-After") == "90"
		}, false},
		{"a proxy's 502 in HTML", "error status=502 body=html", time.Minute, func(o outcome) bool {
			return o.status == 502 && o.header.Get("Content-Type") == "text/html" && strings.Contains(o.text, "<h1>502 Bad Gateway</h1>")
		}, false},
		{"a 503 in JSON", "error status=503 body=json", time.Minute, func(o outcome) bool {
			return o.status == 503 && refusalType(o.text) == "server_unavailable"
		}, false},
		{"a 500 although it was done", "error-after-commit", time.Minute, func(o outcome) bool { return o.status == 500 }, true},
		{"a 504 in HTML although it was done", "error-after-commit status=504 body=html", time.Minute, func(o outcome) bool {
			return o.status == 504 && strings.HasPrefix(o.text, "<html>")
		}, true},
		{"an answer that breaks off", "cut-answer", time.Minute, func(o outcome) bool {
			return o.status == 200 && errors.Is(o.err, io.ErrUnexpectedEOF) && o.text != ""
		}, true},
		{"half an answer that looks whole", "truncated-answer", time.Minute, func(o outcome) bool {
			return o.status == 200 && o.err == nil && o.text != "" && !json.Valid([]byte(o.text))
		}, true},
		{"latency", "latency delay=60ms", time.Minute, func(o outcome) bool {
			return o.status == 200 && o.first >= 60*time.Millisecond
		}, true},
		{"latency that its client does not wait for", "latency delay=1m", 50 * time.Millisecond, func(o outcome) bool {
			return cutOff(o) && errors.Is(o.err, context.DeadlineExceeded)
		}, false},
		{"an answer that comes late", "late-answer delay=60ms", time.Minute, func(o outcome) bool {
			return o.status == 200 && o.first >= 60*time.Millisecond
		}, true},
		{"an answer that its client does not wait for", "late-answer delay=1m", busy, cutOff, true},
		{"a slow body", "slow-body delay=160ms", time.Minute, func(o outcome) bool {
			return o.status == 200 && o.err == nil && json.Valid([]byte(o.text)) && o.took-o.first >= 100*time.Millisecond
		}, true},
		{"a slow body that its client does not wait for", "slow-body delay=1m", busy, func(o outcome) bool {
			return o.status == 200 && errors.Is(o.err, context.DeadlineExceeded)
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, sandbox.Options{})
			l.faults(test.fault)
			if o := l.attempt("POST", organizationsPath, newAcmeBody, test.patience); !test.meets(o) {
				t.Errorf("met %+v", o)
			}
			if got := l.exists(); got != test.committed {
				t.Errorf("the organization was made: %t, want %t", got, test.committed)
			}
		})
	}
}

func refusalType(text string) string {
	var refusal struct {
		ErrorType string `json:"error_type"`
	}
	_ = json.Unmarshal([]byte(text), &refusal)
	return refusal.ErrorType
}

func TestALateCommitLandsAfterItsClientHasLookedInVain(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.faults(`late-commit delay=400ms endpoint="POST /v1/b2b/organizations"`)
	if o := l.attempt("POST", organizationsPath, newAcmeBody, 100*time.Millisecond); o.status != 0 {
		t.Fatalf("met %+v", o)
	}
	l.data("GET", organizationsPath+"/acme", "").want(t, 404, "organization_not_found")
	for range 100 {
		if l.data("GET", organizationsPath+"/acme", "").status == 200 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the write never landed")
}

func TestWhatWasCommittedBeforeTheCutSurvivesARestart(t *testing.T) {
	for _, fault := range []string{"cut-after-commit", "error-after-commit", "cut-answer", "late-answer delay=1m"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			first, err := sandbox.New(sandbox.Options{Dir: dir, Projects: []sandbox.Seed{acmeTest}})
			if err != nil {
				t.Fatal(err)
			}
			credentials, err := first.Ensure(acmeTest)
			if err != nil {
				t.Fatal(err)
			}
			l := serve(t, first, credentials)
			l.faults(fault)
			l.attempt("POST", organizationsPath, newAcmeBody, busy)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			second, err := sandbox.New(sandbox.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = second.Close() }()
			if !serve(t, second, credentials).exists() {
				t.Error("the organization is gone")
			}
		})
	}
}

func TestTheLogTellsWhatWentWrong(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for _, test := range []struct {
		fault string
		want  sandbox.Request
	}{
		{"cut-before-commit", sandbox.Request{Fault: sandbox.FaultCutBeforeCommit}},
		{"cut-after-commit", sandbox.Request{Status: 200, Fault: sandbox.FaultCutAfterCommit}},
		{"error status=429", sandbox.Request{Status: 429, Fault: sandbox.FaultError}},
		{"latency delay=1ms", sandbox.Request{Status: 400, Fault: sandbox.FaultLatency}},
		{"stale-read reads=1", sandbox.Request{Status: 400}},
	} {
		l.faults(test.fault)
		l.server.ResetRequests()
		l.attempt("POST", organizationsPath, newAcmeBody, time.Minute)
		test.want.Method, test.want.Path, test.want.Endpoint, test.want.Write = "POST", organizationsPath, organizationsPath, true
		if got := l.server.Requests(); len(got) != 1 || got[0] != test.want {
			t.Errorf("%s: the log has %+v, want %+v", test.fault, got, test.want)
		}
	}
}
