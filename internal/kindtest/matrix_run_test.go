package kindtest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A passage is one plan and, where there is one, its apply.
type passage struct {
	plan     *plan.Plan
	problems spec.Diagnostics
	err      error // why there is no plan

	report *plan.Report // nil: nothing was carried out
	code   int          // the exit code
	log    []sandbox.Request
	spans  map[plan.Address][]span
}

// A span is where in the log the requests of one operation stand. It is exact
// only where one operation is carried out at a time.
type span struct{ from, to int }

// pipeline plans and applies as a pipeline does: whatever can be carried out is.
// A plan that was saved is encoded, decoded, and held against what is live,
// object by object.
func (w *World) pipeline(t testing.TB, desired *kind.Desired, saves bool) passage {
	t.Helper()
	var r passage
	r.plan, r.problems, r.err = desired.Plan(t.Context(), w.Connection.ReadOnly(), w.Target, kind.ReadOptions{ToolVersion: "test", Parallelism: 1})
	if r.err != nil || r.problems.HasErrors() {
		r.code = apply.ExitError
		return r
	}
	if len(r.plan.Blocked) > 0 {
		t.Fatalf("the plan is blocked: %v", r.plan.Blocked)
	}
	actor := w.Arm(kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target))
	if saves {
		r.plan, actor.Recheck = filed(t, r.plan), true
	}
	return w.carry(t, r, actor)
}

// filed is a plan after it was written to a file and read again.
func filed(t testing.TB, p *plan.Plan) *plan.Plan {
	t.Helper()
	var file bytes.Buffer
	if err := p.Encode(&file); err != nil {
		t.Fatal(err)
	}
	read, err := plan.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// carry carries a plan out and watches which requests belong to which operation.
func (w *World) carry(t testing.TB, r passage, actor *kind.Actor) passage {
	t.Helper()
	start := len(w.Sandbox.Requests())
	r.spans = map[plan.Address][]span{}
	var err error
	r.report, err = apply.Run(t.Context(), r.plan, actor, apply.Options{Parallelism: w.options.Parallelism, Progress: func(e apply.Event) {
		now := len(w.Sandbox.Requests()) - start
		spans := r.spans[e.Address]
		switch e.Result {
		case "":
			r.spans[e.Address] = append(spans, span{now, now})
		case plan.Done, plan.Failed: // what is skipped was never begun
			spans[len(spans)-1].to = now
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.log = w.Sandbox.Requests()[start:]
	r.report.Requests.Written = w.Connection.Stats().Written
	r.code = apply.ExitCode(r.plan, r.report)
	return r
}

// committed counts the writes of an operation that Stytch carried out, whatever
// became of the answers. What was carried out after its client had given up does
// not count: no client can know of it.
func (r passage) committed(address plan.Address) int {
	n := 0
	for _, s := range r.spans[address] {
		n += committed(r.log[s.from:s.to])
	}
	return n
}

func committed(log []sandbox.Request) int {
	n := 0
	for _, request := range log {
		if request.Write && request.Status/100 == 2 && request.Fault != sandbox.FaultLateCommit {
			n++
		}
	}
	return n
}

// told is all that a passage says, for a failing test.
func (r passage) told() string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d\n", r.code)
	if r.err != nil {
		fmt.Fprintf(&b, "no plan: %v\n", r.err)
	}
	b.WriteString(words(r.problems))
	if r.plan != nil {
		for _, u := range r.plan.Unknown {
			fmt.Fprintf(&b, "unknown: %s %s %s\n", u.Kind, u.Scope, u.Reason)
		}
	}
	if r.report == nil {
		return b.String()
	}
	for _, c := range r.report.Operations {
		fmt.Fprintf(&b, "%s %s: %s, %d written; %s", c.Action, c.Address, c.Result, c.Written, c.Note)
		if c.Error != nil {
			fmt.Fprintf(&b, " %s (stale: %t)", c.Error.Message, c.Error.Stale)
		}
		b.WriteString("\n")
	}
	for i, request := range r.log {
		fmt.Fprintf(&b, "  %d %s %s %d %s\n", i, request.Method, request.Path, request.Status, request.Fault)
	}
	return b.String()
}
