package kindtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The laws of worlds_*_test.go hold for worlds that nobody thought of. A trial
// draws documents A and applies them to a fresh sandbox, lets things happen
// there, draws documents B, and looks at what the program makes of the two.
//
// Read on: worlds_documents_test.go (which documents are drawn),
// worlds_organizations_test.go (and with whom in them),
// worlds_written_test.go (how they are written down), worlds_happenings_test.go
// (what others do meanwhile), worlds_dump_test.go (what the sandbox has, read
// past the program), worlds_witness_test.go (what was sent); then the laws.

// A trial is one draw of a law: a testing.TB that fails through rapid, so that
// what fails shrinks, and ends with its World.
type trial struct {
	testing.TB // the test around all trials, for what is not overridden here
	*World
	r       *rapid.T
	witness *witness
	people  bool // see draw
}

// trials runs a law over random worlds.
func trials(t *testing.T, law func(t *trial)) {
	t.Helper()
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		this := &trial{TB: t, r: r}
		this.witness = &witness{}
		this.World = New(this, Options{
			Transport: this.witness.around,
			PackSize:  rapid.IntRange(0, 2).Draw(r, "pack size"), Parallelism: rapid.IntRange(1, 6).Draw(r, "parallelism"),
		})
		law(this)
	})
}

func (t *trial) Helper()                           {}
func (t *trial) Fatal(args ...any)                 { t.r.Fatal(args...) }
func (t *trial) Fatalf(format string, args ...any) { t.r.Fatalf(format, args...) }
func (t *trial) Error(args ...any)                 { t.r.Fatal(args...) }
func (t *trial) Errorf(format string, args ...any) { t.r.Fatalf(format, args...) }
func (t *trial) Logf(format string, args ...any)   { t.r.Logf(format, args...) }
func (t *trial) Cleanup(f func())                  { t.r.Cleanup(f) }

// TempDir is gone with the trial, not with the test around all of them.
func (t *trial) TempDir() string {
	dir, err := os.MkdirTemp("", "world")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left in a temporary directory harms nobody
	return dir
}

// lifted raises every limit beyond what a drawn world could reach.
func lifted(p *plan.Policy) {
	for _, name := range plan.LimitNames() {
		*p.Limits.Limit(name) = cmp.Or(plan.LimitBound(name), 1000)
	}
}

// errDocuments says that documents have mistakes which only a plan can find,
// such as a name that is taken: the draw is no trial.
var errDocuments = errors.New("the documents have problems")

// try plans with the limits lifted.
func (t *trial) try(documents Documents, o kind.ReadOptions) (*plan.Plan, error) {
	desired := t.decoded(documents)
	lifted(&desired.Policy)
	return t.planned(desired, o)
}

// decoded decodes documents. What is wrong with them before anything was read is
// a mistake of the generator.
func (t *trial) decoded(documents Documents) *kind.Desired {
	desired, diagnostics := t.Diagnose(t, documents)
	if len(diagnostics) > 0 {
		t.Fatalf("the drawn documents have problems:\n%s", words(diagnostics))
	}
	return desired
}

// planned plans, and fails the trial when that writes anything.
func (t *trial) planned(desired *kind.Desired, o kind.ReadOptions) (*plan.Plan, error) {
	o.ToolVersion = "test"
	if o.PackSize == 0 {
		o.PackSize = t.options.PackSize
	}
	before := len(t.Sandbox.Requests())
	p, diagnostics, err := desired.Plan(t.Context(), t.Connection.ReadOnly(), t.Target, o)
	for _, r := range t.Sandbox.Requests()[before:] {
		if r.Write {
			t.Fatalf("planning sent %s %s, which writes", r.Method, r.Path)
		}
	}
	switch {
	case err != nil:
		t.Fatal(err)
	case diagnostics.HasErrors():
		return nil, fmt.Errorf("%w:\n%s", errDocuments, words(diagnostics))
	case !p.Complete:
		t.Fatalf("the plan is not complete: %v", p.Unknown)
	}
	return p, nil
}

// usable plans documents, and ends the trial unless there is a plan that may be carried out.
func (t *trial) usable(documents Documents) *plan.Plan {
	p, err := t.try(documents, kind.ReadOptions{})
	switch {
	case err != nil:
		t.r.Skip(err)
	case len(p.Blocked) > 0:
		t.r.Skip("the plan is blocked: ", p.Blocked)
	}
	return p
}

// run carries out a plan.
func (t *trial) run(p *plan.Plan) *plan.Report {
	report, err := t.Run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// done fails the trial unless every change of a plan was done.
func (t *trial) done(p *plan.Plan, report *plan.Report) {
	for _, o := range report.Operations {
		if o.Result != plan.Done {
			t.Fatalf("%s %s: %s %s %v\n%s", o.Action, o.Address, o.Result, o.Note, o.Error, steps(p))
		}
	}
	if code := apply.ExitCode(p, report); code != apply.ExitDone {
		t.Fatalf("exit code %d, want %d", code, apply.ExitDone)
	}
}

// converges applies documents and fails the trial unless nothing is left to do
// and a second apply writes nothing.
func (t *trial) converges(documents Documents) {
	p := t.usable(documents)
	t.done(p, t.run(p))
	t.settled(documents)
}

// settled fails the trial unless planning finds nothing and applying writes nothing.
func (t *trial) settled(documents Documents) {
	p, err := t.try(documents, kind.ReadOptions{})
	if err != nil {
		t.Fatalf("after the apply: %v", err)
	}
	if len(p.Changes) > 0 {
		t.Fatalf("something is left to change after the apply:\n%s", Told(p))
	}
	t.Sandbox.ResetRequests()
	t.done(p, t.run(p))
	if sent := writes(t.Sandbox.Requests()); len(sent) > 0 {
		t.Fatalf("a second apply wrote %v", sent)
	}
}

// begin draws documents A and makes the sandbox what they say, with what has
// happened there since.
func (t *trial) begin() (before *documents) {
	t.people = t.people || rapid.Bool().Draw(t.r, "people alone")
	before = draw{r: t.r, people: t.people}.documents()
	t.story("documents A", before.yaml())
	t.converges(before.yaml())
	for range rapid.IntRange(0, 3).Draw(t.r, "happenings before") {
		t.happens("before")
	}
	return before
}

// wish draws documents B for a world that came from documents A.
func (t *trial) wish(before *documents) *documents {
	b := draw{r: t.r, before: before, people: t.people}.documents()
	t.story("documents B", b.yaml())
	return b
}

// story tells what the trial is about, for when it fails.
func (t *trial) story(title string, d Documents) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		t.Logf("%s, %s:\n%s", title, name, d[name])
	}
}

// steps lists a plan's steps in the order in which they may run.
func steps(p *plan.Plan) string {
	var b strings.Builder
	operations := p.Operations()
	slices.SortStableFunc(operations, func(a, b plan.Operation) int { return a.Phase() - b.Phase() })
	for _, op := range operations {
		fmt.Fprintf(&b, "%5d %s %s step %d needs %v:", op.Phase(), op.Change.Action, op.Change.Address, op.Step, op.Needs())
		for _, a := range op.Attributes() {
			fmt.Fprintf(&b, " %s: %v -> %v", a.Name, a.Before, a.After)
		}
		b.WriteString("\n")
	}
	return b.String()
}
