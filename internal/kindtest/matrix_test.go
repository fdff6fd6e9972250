package kindtest

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// The fault matrix: a story in which every kind does all that it can is told
// again and again, and each time one of its requests, by position, meets one
// hazard. However it ends, the report is true, nothing is there twice, nothing
// is gone that the plan does not delete, and the next runs finish the story.
//
// Read first: story (what is told), hazards (what goes wrong), and then
// matrix_verdict_test.go (what must hold).

// Delays, against the patience of a connection.
const (
	bearable   = patience / 2
	unbearable = 4 * patience
)

// How often a hazard strikes at the endpoint.
const (
	everyAttempt = 5 // of one call; what the program asks next is answered
	untilMended  = 1000
)

// A hazard is what goes wrong from one request on: with its first attempt, with
// all of its attempts, or with whatever is sent to the endpoint, until somebody
// mends it.
type hazard struct {
	name  string
	fault sandbox.Fault
	times int // how many attempts meet it; 0 is one
}

var hazards = []hazard{
	{name: "a time-out before the commit", fault: sandbox.Fault{Kind: sandbox.FaultLatency, Delay: unbearable}},
	{name: "a time-out after the commit", fault: sandbox.Fault{Kind: sandbox.FaultLateAnswer, Delay: unbearable}},
	{name: "a time-out, and the commit long after it", fault: sandbox.Fault{Kind: sandbox.FaultLateCommit, Delay: unbearable}},
	{name: "cut before the commit", fault: sandbox.Fault{Kind: sandbox.FaultCutBeforeCommit}},
	{name: "cut after the commit", fault: sandbox.Fault{Kind: sandbox.FaultCutAfterCommit}},
	{name: "cut in the middle of the answer", fault: sandbox.Fault{Kind: sandbox.FaultCutAnswer}},
	{name: "half an answer", fault: sandbox.Fault{Kind: sandbox.FaultTruncatedAnswer}},
	{name: "429", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 429}},
	{name: "429 with Retry-After", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 429, RetryAfter: 7 * time.Second}},
	{name: "500 before the commit", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 500}},
	{name: "500 after the commit", fault: sandbox.Fault{Kind: sandbox.FaultErrorAfterCommit, Status: 500}},
	{name: "502 in HTML", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 502, Body: "html"}},
	{name: "slow", fault: sandbox.Fault{Kind: sandbox.FaultLatency, Delay: bearable}},
	{name: "a slow body", fault: sandbox.Fault{Kind: sandbox.FaultSlowBody, Delay: bearable}},

	{name: "time-outs until nobody tries any more, after the commit", fault: sandbox.Fault{Kind: sandbox.FaultLateAnswer, Delay: unbearable}, times: everyAttempt},
	{name: "502s until nobody tries any more, before the commit", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 502, Body: "html"}, times: everyAttempt},

	{name: "time-outs that last, before the commit", fault: sandbox.Fault{Kind: sandbox.FaultLatency, Delay: unbearable}, times: untilMended},
	{name: "cuts that last, before the commit", fault: sandbox.Fault{Kind: sandbox.FaultCutBeforeCommit}, times: untilMended},
	{name: "cuts that last, after the commit", fault: sandbox.Fault{Kind: sandbox.FaultCutAfterCommit}, times: untilMended},
	{name: "429s that last", fault: sandbox.Fault{Kind: sandbox.FaultError, Status: 429}, times: untilMended},
	{name: "500s that last, after the commit", fault: sandbox.Fault{Kind: sandbox.FaultErrorAfterCommit, Status: 500}, times: untilMended},
}

// A scene is a story told without a hazard: where it begins, what it asks, and
// how it ends.
type scene struct {
	story
	saves   bool // the plan is saved and read again between planning and applying
	start   *sandbox.Server
	granted sandbox.Credentials
	empty   *sandbox.Server   // before anything of the story
	past    []sandbox.Request // on the way to the start
	log     []sandbox.Request // of the plan and the apply
	clean   passage
	before  sight
	after   sight
}

// stage tells the story once.
func stage(t *testing.T, s story, saves bool) scene {
	t.Helper()
	c := scene{story: s, saves: saves}
	synctest.Test(t, func(t *testing.T) {
		var server *sandbox.Server
		server, c.granted = bare(t)
		w := piped(t, server, c.granted)
		c.empty = forked(t, server)
		s.begin(t, w)
		c.past = w.Sandbox.Requests()
		c.start = forked(t, server)
		c.before = w.sees(t)
		w.Sandbox.ResetRequests()
		c.clean = w.pipeline(t, s.after, saves)
		c.log = w.Sandbox.Requests()
		c.after = w.sees(t)
		if c.clean.code != 0 {
			t.Fatalf("the story does not end well without a hazard: %s", c.clean.told())
		}
	})
	return c
}

func TestFaultMatrix(t *testing.T) {
	inMatrix(t, newStory(t))
}

func TestFaultMatrixOfWhatThereIsOneOf(t *testing.T) {
	for i, s := range asides(t) {
		t.Run(fmt.Sprint(i), func(t *testing.T) { inMatrix(t, s) })
	}
}

func inMatrix(t *testing.T, s story) {
	t.Helper()
	for _, saves := range []bool{false, true} {
		c := stage(t, s, saves)
		name := "planned and applied"
		if saves {
			name = "applied from a saved plan"
		}
		for row, h := range hazards {
			t.Run(name+"/"+h.name, func(t *testing.T) {
				t.Parallel()
				for position := range c.log {
					if !met(c.log, position, row, saves) {
						continue
					}
					c.meets(t, h, position)
				}
			})
		}
	}
}

// everyPosition has each hazard meet each request. The story of all kinds is
// long, and so without it an endpoint's first request meets every hazard, half
// of them when the plan was saved and half when it was not, and each further
// request every twelfth hazard; with -short, one request in three meets one hazard.
var everyPosition = flag.Bool("every-position", false, "let each hazard of the fault matrix meet each request")

// met says whether a hazard meets a request of the story.
func met(log []sandbox.Request, position, hazard int, saved bool) bool {
	switch {
	case *everyPosition:
		return true
	case testing.Short():
		return position%(3*len(hazards)) == hazard
	}
	if occurrence(log, position) == 1 {
		return (position+hazard)%2 == 0 == saved
	}
	return position%12 == hazard%12
}

// meets tells the story with a hazard at one position.
func (c scene) meets(t *testing.T, h hazard, position int) {
	request := c.log[position]
	t.Run(fmt.Sprintf("%d %s %s", position, request.Method, request.Path), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := piped(t, forked(t, c.start), c.granted)
			fault := h.fault
			fault.Endpoint, fault.Nth = request.Method+" "+request.Endpoint, occurrence(c.log, position)
			fault.Times = h.times
			w.strike(t, fault)
			r := w.pipeline(t, c.story.after, c.saves)
			if !struck(w.Sandbox.Requests(), h.fault.Kind) {
				t.Fatalf("no request met the hazard: %s", r.told())
			}
			w.strike(t)
			v := verdict{scene: c, hazard: h, passage: r, sight: w.sees(t), request: request}
			v.check(t)
			time.Sleep(2 * unbearable) // what was to be committed late is
			v.converges(t, w)
		})
	})
}

// occurrence says which request to its endpoint a position is, counted from 1.
func occurrence(log []sandbox.Request, position int) int {
	n := 0
	for _, r := range log[:position+1] {
		if r.Method == log[position].Method && r.Endpoint == log[position].Endpoint {
			n++
		}
	}
	return n
}

func struck(log []sandbox.Request, fault sandbox.FaultKind) bool {
	for _, r := range log {
		if r.Fault == fault {
			return true
		}
	}
	return fault == sandbox.FaultLateCommit // which is logged when it commits
}
