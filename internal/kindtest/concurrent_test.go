package kindtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Two applies at once: two pipelines plan from the same state and carry their
// plans out at the same time, each request of each delayed by chance. There is
// no lock between them, and there need not be one: each attribute ends as one of
// them wants it, nothing with a unique key is there twice, and what each reports
// as done was so when it was done.

// seeds is how many races are run.
const seeds = 100

// A side is one of the two pipelines.
type side struct {
	name    string
	desired *kind.Desired
	plan    *plan.Plan
	report  *plan.Report
	spells  map[plan.Address]spell
}

// A spell is when an operation was under way.
type spell struct{ from, to time.Time }

// A moment is what the sandbox had from a time on, until the next.
type moment struct {
	from  time.Time
	sight sight
}

// A race is two sides on one sandbox.
type race struct {
	world *World
	sides [2]side

	mu      sync.Mutex
	history []moment
}

func TestTwoAppliesAtOnce(t *testing.T) {
	former := decoded(t, storyDocument(formerly()))
	var twins atomic.Int64
	t.Cleanup(func() {
		if twins.Load() == 0 && !testing.Short() {
			t.Error("in no race a profile was made twice: the races do not overlap")
		}
	})
	for _, saves := range []bool{false, true} {
		for seed := range uint64(seeds) {
			if testing.Short() && seed%10 != 0 {
				continue
			}
			t.Run(fmt.Sprintf("seed %d saved %t", seed, saves), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, 0))
				var desired [2]*kind.Desired
				var documents [2]Object
				for i, name := range []string{"left", "right"} {
					documents[i] = wishes(random, name)
					desired[i] = decoded(t, storyDocument(documents[i]))
				}
				synctest.Test(t, func(t *testing.T) {
					twins.Add(runRace(t, seed, saves, former, desired))
				})
				if t.Failed() {
					t.Logf("left: %s\nright: %s", asJSON(documents[0]), asJSON(documents[1]))
				}
			})
		}
	}
}

// runRace gives the number of names that two objects have in the end.
func runRace(t *testing.T, seed uint64, saves bool, former *kind.Desired, desired [2]*kind.Desired) (twins int64) {
	server, granted := bare(t)
	r := &race{world: piped(t, server, granted)}
	if p := r.world.pipeline(t, former, false); p.code != apply.ExitDone {
		t.Fatal(p.told())
	}
	for i, name := range []string{"left", "right"} {
		made := r.world.pipelinePlan(t, desired[i])
		if saves {
			made = filed(t, made)
		}
		r.sides[i] = side{name: name, desired: desired[i], plan: made, spells: map[plan.Address]spell{}}
	}
	r.history = []moment{{time.Now(), r.world.sees(t)}}
	var both sync.WaitGroup
	for i := range r.sides {
		connection := r.world.pipe(t, r.watched(t), delays(seed, uint64(i)))
		both.Go(func() {
			actor := r.world.Arm(kind.NewActor(r.world.Catalog, connection.Writable(), r.world.Target))
			actor.Recheck = saves
			r.sides[i].carryOut(t, actor, 1+int(seed)%4)
		})
	}
	both.Wait()
	for i := range r.sides {
		r.reportedTruly(t, &r.sides[i])
	}
	r.endsAsWished(t)
	return r.settles(t)
}

// pipelinePlan plans documents that have a plan.
func (w *World) pipelinePlan(t *testing.T, desired *kind.Desired) *plan.Plan {
	t.Helper()
	p, problems, err := desired.Plan(t.Context(), w.Connection.ReadOnly(), w.Target, kind.ReadOptions{ToolVersion: "test"})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, words(problems))
	}
	if len(p.Blocked) > 0 {
		t.Fatalf("the plan is blocked: %v", p.Blocked)
	}
	return p
}

func (s *side) carryOut(t *testing.T, actor *kind.Actor, parallelism int) {
	var err error
	s.report, err = apply.Run(t.Context(), s.plan, actor, apply.Options{Parallelism: parallelism, Progress: func(e apply.Event) {
		spell := s.spells[e.Address]
		if spell.to = time.Now(); spell.from.IsZero() {
			spell.from = spell.to
		}
		s.spells[e.Address] = spell
	}})
	if err != nil {
		t.Error(err)
	}
}

// watched is the sandbox, seen after every write.
func (r *race) watched(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.world.Sandbox.ServeHTTP(w, request)
		if request.Method != http.MethodGet && !strings.HasSuffix(request.URL.Path, "/search") {
			r.history = append(r.history, moment{time.Now(), r.world.sees(t)})
		}
	})
}

// delays hold every request and every answer back, by chance.
func delays(seed, side uint64) func(http.RoundTripper) http.RoundTripper {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 1+side))
	wait := func() {
		mu.Lock()
		d := time.Duration(random.IntN(40_000)) * time.Microsecond
		mu.Unlock()
		time.Sleep(d)
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(_ *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			wait()
			response, err := next(body)
			wait()
			return response, err
		}}
	}
}

// during are the sights that a spell has seen.
func (r *race) during(s spell) []sight {
	var seen []sight
	for i, m := range r.history {
		ended := i+1 < len(r.history) && r.history[i+1].from.Before(s.from)
		if !m.from.After(s.to) && !ended {
			seen = append(seen, m.sight)
		}
	}
	return seen
}

// reportedTruly: what is done was so at some time while it was being done, and
// what was skipped or refused as stale was not written.
func (r *race) reportedTruly(t *testing.T, s *side) {
	t.Helper()
	for i, c := range s.report.Operations {
		if c.Result != plan.Done {
			continue
		}
		held := false
		for _, seen := range r.during(s.spells[c.Address]) {
			held = held || seen.shows(c, &s.plan.Changes[i])
		}
		if !held {
			t.Errorf("%s: %s %s is reported as done, and never was so", s.name, c.Action, c.Address)
		}
	}
}

// shows says whether the sandbox has what a change was to make.
func (s sight) shows(c plan.ReportedChange, change *plan.Change) bool {
	object := s.of(c)
	if change.Action == plan.Delete {
		return s.byID[c.ID] == nil
	}
	if object == nil {
		return false
	}
	for _, a := range change.Attributes {
		if !reflect.DeepEqual(valueIn(object, a.Name), wanted(a)) {
			return false
		}
	}
	return true
}

// wanted is an attribute's after as sights have it.
func wanted(a plan.Attribute) any {
	if a.Name != "custom_roles" {
		return canonical(a.After)
	}
	var names []any
	for name := range a.After.(Object) {
		names = append(names, name)
	}
	return canonical(names)
}

// valueIn is an attribute's value in an object of a sight.
func valueIn(object any, name string) any {
	fields, _ := object.(Object)
	switch {
	case name == "roles":
		return canonical(assigned(fields))
	case name == "custom_roles":
		var names []any
		for _, role := range each(fields["custom_roles"]) {
			names = append(names, role["role_id"])
		}
		return canonical(names)
	case strings.HasPrefix(name, "trusted_metadata."):
		metadata, _ := fields["trusted_metadata"].(Object)
		return metadata[strings.TrimPrefix(name, "trusted_metadata.")]
	}
	return fields[name]
}
