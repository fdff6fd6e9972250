package sandbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestFaultsAreReadFromText(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"cut-before-commit":     {Kind: sandbox.FaultCutBeforeCommit},
		"  latency  delay=1m  ": {Kind: sandbox.FaultLatency, Delay: time.Minute},
		"error status=429 retry-after=2s rate=0.1": {
			Kind: sandbox.FaultError, Status: 429, RetryAfter: 2 * time.Second, Rate: 0.1,
		},
		`cut-after-commit endpoint="POST /v1/b2b/organizations" times=1`: {
			Kind: sandbox.FaultCutAfterCommit, Endpoint: "POST /v1/b2b/organizations", Times: 1,
		},
		`error body=html nth=3 endpoint=*`:  {Kind: sandbox.FaultError, Body: "html", Nth: 3, Endpoint: "*"},
		`stale-read reads=2`:                {Kind: sandbox.FaultStaleRead, Reads: 2},
		`stale-read endpoint="*" lag=500ms`: {Kind: sandbox.FaultStaleRead, Endpoint: "*", Lag: 500 * time.Millisecond},
	} {
		got, err := sandbox.ParseFault(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

// wrongFaults have what each error must say.
var wrongFaults = map[string]string{
	"":                                "there is no fault \"\"; the faults are latency, ",
	"cut":                             "cut-before-commit, cut-after-commit",
	"latency":                         "latency needs delay",
	"stale-read":                      "stale-read needs lag or reads",
	"stale-read lag=1s reads=1":       "lag or reads, not both",
	"latency delay":                   `"delay" is not of the form key=value`,
	"latency delay = 1s":              `"delay" is not of the form key=value`,
	"latency status=500":              `latency does not take "status"; it takes delay, endpoint, rate, nth, times`,
	"latency colour=red":              `does not take "colour"`,
	"latency delay=1s delay=2s":       "delay is given twice",
	"latency delay=1":                 "a duration above 0, such as 200ms",
	"latency delay=-1s":               "a duration above 0",
	"error retry-after=1500ms":        "a duration of whole seconds",
	"error status=404":                "one of 429 500 502 503 504",
	"error body=xml":                  "json or html",
	"error rate=0":                    "above 0 and up to 1",
	"error rate=NaN":                  "above 0 and up to 1",
	"error rate=1.1":                  "above 0 and up to 1",
	"error times=0":                   "a whole number, 1 or more",
	"error nth=first":                 "a whole number, 1 or more",
	`error endpoint="PUT /v1`:         "no closing quote",
	`error endpoint="*"rate=1`:        "there must be a space",
	`error endpoint="/v1/b2b"`:        `an endpoint is "METHOD /path"`,
	`error endpoint="HEAD /v1"`:       "GET, POST, PUT, PATCH, DELETE, READ, WRITE, *",
	`error endpoint="GET /v1?slug=a"`: `an endpoint is "METHOD /path"`,
}

func TestAFaultThatIsWrongIsToldWhatIsAllowed(t *testing.T) {
	for text, want := range wrongFaults {
		if _, err := sandbox.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestFaultsWrittenInGoAreCheckedToo(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.faults("error")
	for want, fault := range map[string]sandbox.Fault{
		"there is no fault":        {},
		"above 0 and up to 1":      {Kind: sandbox.FaultError, Rate: -0.5},
		"1 or more":                {Kind: sandbox.FaultError, Times: -1},
		"does not take body":       {Kind: sandbox.FaultCutPage, Body: "html"},
		"latency needs delay":      {Kind: sandbox.FaultLatency},
		"METHOD /path":             {Kind: sandbox.FaultError, Endpoint: "organizations"},
		"the sandbox has no endpo": {Kind: sandbox.FaultError, Endpoint: "PUT /v1/b2b/organisations/*"},
	} {
		err := l.server.SetFaults(sandbox.Faults{Rules: []sandbox.Fault{{Kind: sandbox.FaultCutBeforeCommit}, fault}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "fault 2: ") {
			t.Errorf("%+v: got %v, want %q", fault, err, want)
		}
	}
	if _, err := sandbox.New(sandbox.Options{Faults: sandbox.Faults{Rules: []sandbox.Fault{{}}}}); err == nil {
		t.Error("a sandbox starts with a fault that is wrong")
	}
	if got := l.data("GET", "/v1/debug/whoami", ""); got.status != 500 {
		t.Errorf("after faults that were refused the former ones are gone: %d", got.status)
	}
}

func TestTheTextOfAFaultReadsBack(t *testing.T) {
	duration := rapid.Map(rapid.Int64Range(1, 1e13), func(n int64) time.Duration { return time.Duration(n) })
	endpoint := rapid.SampledFrom([]string{"", "*", "GET /**", "WRITE /v1/b2b/organizations/{organization_id}", `POST /"\é/*`})
	rapid.Check(t, func(t *rapid.T) {
		fault := sandbox.Fault{
			Endpoint: endpoint.Draw(t, "endpoint"), Nth: rapid.IntRange(0, 9).Draw(t, "nth"),
			Times: rapid.IntRange(0, 9).Draw(t, "times"), Rate: rapid.Float64Range(0, 1).Draw(t, "rate"),
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			fault.Kind, fault.Delay = sandbox.FaultLateAnswer, duration.Draw(t, "delay")
		case 1:
			fault.Kind, fault.Status = sandbox.FaultErrorAfterCommit, rapid.SampledFrom([]int{0, 429, 503}).Draw(t, "status")
			fault.RetryAfter = time.Duration(rapid.IntRange(0, 99).Draw(t, "seconds")) * time.Second
			fault.Body = rapid.SampledFrom([]string{"", "json", "html"}).Draw(t, "body")
		case 2:
			fault.Kind, fault.Lag = sandbox.FaultStaleRead, duration.Draw(t, "lag")
		}
		got, err := sandbox.ParseFault(fault.String())
		if diff := cmp.Diff(fault, got); diff != "" || err != nil {
			t.Fatalf("%s: %v (-want +got):\n%s", fault, err, diff)
		}
	})
}

func FuzzParseFault(f *testing.F) {
	for text := range wrongFaults {
		f.Add(text)
	}
	f.Add(`error status=429 retry-after=2s endpoint="POST /**/search" rate=1e-9 nth=3 times=2`)
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return
		}
		again, err := sandbox.ParseFault(fault.String())
		if err != nil || again != fault {
			t.Errorf("%q is read as %q, and that as %q (%v)", text, fault, again, err)
		}
	})
}

func TestTheHelpHasEveryFaultAndWhatItNeeds(t *testing.T) {
	lines := strings.Split(sandbox.FaultHelp(), "\n")
	_, err := sandbox.ParseFault("?")
	_, list, _ := strings.Cut(err.Error(), "the faults are ")
	for kind := range strings.SplitSeq(list, ", ") {
		if !slices.ContainsFunc(lines, func(line string) bool { return line == "  "+kind || strings.HasPrefix(line, "  "+kind+" ") }) {
			t.Errorf("the help lacks %s", kind)
		}
	}
	if want := "  stale-read lag=500ms | reads=2"; !slices.Contains(lines, want) {
		t.Errorf("the help lacks %q:\n%s", want, sandbox.FaultHelp())
	}
}
