package kindtest

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A clock stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const lag = time.Minute

// laggards are the two ways to make searches show the world of a minute ago: the
// sandbox's own lag, and a fault that shows what was deleted, too.
var laggards = map[string]func(*testing.T, *clock) *World{
	"search-lag": func(t *testing.T, c *clock) *World {
		return New(t, Options{Knobs: sandbox.Knobs{SearchLag: lag}, Now: c.Now})
	},
	"stale-read": func(t *testing.T, c *clock) *World {
		w := New(t, Options{Now: c.Now, Knobs: sandbox.Knobs{UnknownOrganizationsRefused: true}})
		w.fault(t, `stale-read lag=1m endpoint="POST /v1/b2b/organizations/search"`, `stale-read lag=1m endpoint="POST /v1/b2b/organizations/members/search"`)
		return w
	},
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

// lagged declares organizations in an environment where who is not declared goes.
func lagged(organizations string) Documents {
	return state("policy: {min_admins: 0, limits: {delete_percent: 100, access_removals: 99, restorations: 9}, undeclared: {members: delete}}\norganizations: " + organizations + "\n")
}

func TestSearchesThatLagDoubleNothingAndDeleteNothingThatIsDeclared(t *testing.T) {
	for name, start := range laggards {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			w := start(t, c)
			for _, step := range lagging {
				documents := lagged(step.organizations)
				for _, run := range []string{"the first run", "a run right after it", "one more"} {
					w.carryOn(t, step.name+", "+run, documents)
				}
				w.settled(t, c, step.name, documents)
				if diff := cmp.Diff(step.want, w.people(t)); diff != "" {
					t.Fatalf("%s: the sandbox (-want +got):\n%s", step.name, diff)
				}
			}
		})
	}
}

// A document that forgets how it came to be, before searches have caught up: what
// they still show under its former name is what is declared under its new one.
func TestARenamedMemberIsNotTakenForOneThatNobodyDeclares(t *testing.T) {
	for name, start := range laggards {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			w := start(t, c)
			w.carryOn(t, "creation", lagged("{acme: {organization_name: Acme, members: {ada@acme.example: {}, bob@acme.example: {}}}}"))
			c.pass(2 * lag)
			bob := id(w.Member(t, "acme", "bob@acme.example"))
			w.carryOn(t, "rename", lagged("{acme2: {renamed_from: acme, members: {ada@acme.example: {}, bert@acme.example: {renamed_from: bob@acme.example}}}}"))
			c.pass(lag / 2)
			documents := lagged("{acme2: {organization_name: Acme, members: {ada@acme.example: {}, bert@acme.example: {}}}}")
			w.carryOn(t, "right after the rename", documents)
			w.carryOn(t, "and once more", documents)
			w.settled(t, c, "in the end", documents)
			if diff := cmp.Diff([]string{"member ada@acme.example", "member bert@acme.example", "organization acme2"}, w.people(t)); diff != "" {
				t.Errorf("the sandbox (-want +got):\n%s", diff)
			}
			if now := id(w.Member(t, "acme2", "bert@acme.example")); now != bob {
				t.Errorf("bert is %s, and was bob, %s", now, bob)
			}
		})
	}
}

// Only the address changes this time: the organization and its members are seen,
// the one member under the former address.
func TestAMemberWhoseAddressChangedIsNotDeletedUnderTheFormerOne(t *testing.T) {
	for name, start := range laggards {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			w := start(t, c)
			w.carryOn(t, "creation", lagged("{acme: {organization_name: Acme, members: {ada@acme.example: {}, bob@acme.example: {}}}}"))
			c.pass(2 * lag)
			bob := id(w.Member(t, "acme", "bob@acme.example"))
			w.carryOn(t, "rename", lagged("{acme: {members: {ada@acme.example: {}, bert@acme.example: {renamed_from: bob@acme.example}}}}"))
			documents := lagged("{acme: {members: {ada@acme.example: {}, bert@acme.example: {}}}}")
			w.carryOn(t, "right after the rename", documents)
			w.settled(t, c, "in the end", documents)
			if now := id(w.Member(t, "acme", "bert@acme.example")); now != bob {
				t.Errorf("bert is %s, and was bob, %s", now, bob)
			}
		})
	}
}

// settled waits for searches to catch up, applies, and wants nothing left to do.
func (w *World) settled(t *testing.T, c *clock, when string, documents Documents) {
	t.Helper()
	c.pass(2 * lag)
	w.carryOn(t, when, documents)
	c.pass(2 * lag)
	if p := w.Plan(t, documents); len(p.Changes) > 0 || !p.Complete {
		t.Errorf("%s: the plan is not empty:\n%s", when, Told(p))
	}
}

// people is what the sandbox has of organizations and members.
func (w *World) people(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(w.everything(t), func(s string) bool { return strings.HasPrefix(s, "redirect_url") }) // a new environment has one
}

// lagging tells of creations, renames and deletions, each of which the next plan
// does not see.
var lagging = []struct {
	name, organizations string
	want                []string
}{
	{
		"everything is made", "{acme: {organization_name: Acme, members: {ada@acme.example: {}, bob@acme.example: {}, cid@acme.example: {}}}}",
		[]string{"member ada@acme.example", "member bob@acme.example", "member cid@acme.example", "organization acme"},
	},
	{
		"a member and an organization are renamed, and an organization is made",
		"{acme2: {renamed_from: acme, members: {ada@acme.example: {}, bert@acme.example: {renamed_from: bob@acme.example}, cid@acme.example: {}}}, beta: {organization_name: Beta, members: {dan@b.example: {}}}}",
		[]string{"member ada@acme.example", "member bert@acme.example", "member cid@acme.example", "member dan@b.example", "organization acme2", "organization beta"},
	},
	{
		"somebody is no longer declared, and somebody is absent",
		"{acme2: {members: {bert@acme.example: {}, cid@acme.example: {absent: true}}}, beta: {members: {dan@b.example: {}}}}",
		[]string{"member bert@acme.example", "member dan@b.example", "organization acme2", "organization beta"},
	},
	{
		"somebody comes back", "{acme2: {members: {bert@acme.example: {}, cid@acme.example: {name: Cid}}}, beta: {members: {dan@b.example: {}}}}",
		[]string{"member bert@acme.example", "member cid@acme.example", "member dan@b.example", "organization acme2", "organization beta"},
	},
	{
		"an organization goes", "{acme2: {members: {bert@acme.example: {}, cid@acme.example: {}}}, beta: {absent: true}}",
		[]string{"member bert@acme.example", "member cid@acme.example", "organization acme2"},
	},
}

// carryOn plans and applies. What is stale is refused; anything else that does
// not succeed is an error, for there is nothing wrong but that searches lag.
func (w *World) carryOn(t *testing.T, when string, documents Documents) {
	t.Helper()
	p, diagnostics, err := w.TryPlan(t, documents)
	if err != nil || len(diagnostics) > 0 {
		t.Errorf("%s: %v %s", when, err, words(diagnostics))
		return
	}
	report, err := w.Run(t, p)
	if err != nil {
		t.Fatalf("%s: %v: %v", when, err, p.Blocked)
	}
	for _, o := range report.Operations {
		if o.Result == plan.Failed && !o.Error.Stale {
			t.Errorf("%s: %s %s: %v", when, o.Action, o.Address, o.Error)
		}
	}
}
