package kindtest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// Reads that show the past: Stytch's searches are known to lag, and nobody
// promises that its other reads do not. No program can plan rightly from what
// was; it can still make nothing twice, delete nothing that lives on, report
// what is so, and get there in the next runs.

// A hindsight says which past a read shows.
type hindsight struct {
	name string
	// planned: the read shows the environment as it was before anything of the story was there. Otherwise it shows what was
	// there when the story's apply began, so that only what the apply itself did is missing.
	planned bool
	times   int
}

var hindsights = []hindsight{
	{name: "one read does not see the apply", times: 1},
	{name: "an endpoint does not see the apply", times: untilMended},
	{name: "one read sees an empty environment", planned: true, times: 1},
	{name: "an endpoint sees an empty environment", planned: true, times: untilMended},
}

// unplannable are the reads of an environment's past that the story cannot be
// told with, and why.
var unplannable = map[string]string{
	"/pwa/v3/projects/{project_slug}/environments/{environment_slug}/public_tokens": "a key that no read shows cannot be made by documents: they are refused before anything is written",
	"/pwa/v3/projects/{project_slug}/environments/{environment_slug}/secrets":       "a key that no read shows cannot be made by documents: they are refused before anything is written",
	"/v1/rules/list": "a fraud rule is set whole: of one that no read shows, what is not declared is lost (its Facts)",
}

func TestStaleReadsLoseNothingAndMakeNothingTwice(t *testing.T) {
	s := newStory(t)
	for _, saves := range []bool{false, true} {
		c := stage(t, s, saves)
		name := "planned and applied"
		if saves {
			name = "applied from a saved plan"
		}
		for row, l := range hindsights {
			t.Run(name+"/"+l.name, func(t *testing.T) {
				t.Parallel()
				for position, request := range c.log {
					if request.Write || !met(c.log, position, row, saves) {
						continue
					}
					c.shown(t, l, position)
				}
			})
		}
	}
}

// shown tells the story with reads that show the past from one position on.
func (c scene) shown(t *testing.T, l hindsight, position int) {
	request := c.log[position]
	if unplannable[request.Endpoint] != "" && l.planned {
		return
	}
	past, from := []sandbox.Request(nil), c.start
	if l.planned {
		past, from = c.past, c.empty
	}
	nth := since(append(slices.Clip(past), c.log[:position+1]...), request)
	if nth == 0 {
		return // nothing was written before it
	}
	t.Run(fmt.Sprintf("%d %s %s", position, request.Method, request.Path), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := piped(t, forked(t, from), c.granted)
			w.strike(t, sandbox.Fault{
				Kind: sandbox.FaultStaleRead, Lag: time.Hour, Endpoint: request.Method + " " + request.Endpoint, Nth: nth, Times: l.times,
			})
			before := c.before
			if l.planned {
				c.begin(t, w)
				before = w.seesNow(t)
			}
			time.Sleep(time.Minute)
			r := w.pipeline(t, c.story.after, c.saves)
			if !struck(w.Sandbox.Requests(), sandbox.FaultStaleRead) {
				t.Fatalf("no read showed the past: %s", r.told())
			}
			w.strike(t)
			told := c
			told.before = before
			v := verdict{scene: told, passage: r, sight: w.sees(t), request: request, misled: true}
			v.check(t)
			v.converges(t, w)
		})
	})
}

// since counts the reads of an endpoint that have something to be behind of.
func since(log []sandbox.Request, request sandbox.Request) int {
	n, wrote := 0, false
	for _, r := range log {
		wrote = wrote || r.Write && r.Status/100 == 2
		if wrote && r.Method == request.Method && r.Endpoint == request.Endpoint {
			n++
		}
	}
	return n
}

// seesNow is sees where reads may show the past: it looks at a copy.
func (w *World) seesNow(t testing.TB) sight {
	t.Helper()
	fork := *w
	fork.Sandbox = forked(t, w.Sandbox)
	return fork.sees(t)
}
