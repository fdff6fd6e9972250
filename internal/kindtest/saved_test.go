package kindtest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// saved is what a plan is after it was written to a file and read again.
func saved(t testing.TB, p *plan.Plan) *plan.Plan {
	t.Helper()
	var file bytes.Buffer
	if err := p.Encode(&file); err != nil {
		t.Fatal(err)
	}
	read, err := plan.Decode(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, read); diff != "" {
		t.Fatalf("made (-) and read from the file (+):\n%s", diff)
	}
	return read
}

// An outcome is how the carrying out of a saved plan ended.
type outcome struct {
	code   int
	writes []string
	of     map[plan.Address]string // done, in place, stale, failed, skipped
	report *plan.Report
}

// carryOut carries out a plan as `apply --plan` does.
func (w *World) carryOut(t testing.TB, p *plan.Plan) outcome {
	t.Helper()
	p = saved(t, p)
	actor := w.Arm(kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target))
	actor.Recheck = true
	w.Sandbox.ResetRequests()
	report, err := apply.Run(t.Context(), p, actor, apply.Options{Parallelism: w.options.Parallelism})
	if err != nil {
		t.Fatal(err)
	}
	out := outcome{code: apply.ExitCode(p, report), writes: writes(w.Sandbox.Requests()), of: map[plan.Address]string{}, report: report}
	for _, o := range report.Operations {
		switch {
		case o.Error != nil && o.Error.Stale:
			out.of[o.Address] = "stale"
		case o.Result == plan.Done && o.Written == 0:
			out.of[o.Address] = "in place"
		default:
			out.of[o.Address] = string(o.Result)
		}
	}
	return out
}

// told is an outcome with the reasons, for a failing test.
func (o outcome) told() string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d, writes %v\n", o.code, o.writes)
	for _, c := range o.report.Operations {
		fmt.Fprintf(&b, "%s %s: %s %s", c.Action, c.Address, c.Result, c.Note)
		if c.Error != nil {
			fmt.Fprintf(&b, " %s", c.Error.Message)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// all fails the test unless every change ended in one way, with an exit code.
func (o outcome) all(t testing.TB, how string, code int) {
	t.Helper()
	for address, ended := range o.of {
		if ended != how {
			t.Fatalf("%s: %s, want %s\n%s", address, ended, how, o.told())
		}
	}
	if o.code != code {
		t.Fatalf("exit code %d, want %d\n%s", o.code, code, o.told())
	}
	if how != "done" && len(o.writes) > 0 {
		t.Fatalf("something was written:\n%s", o.told())
	}
}

// A saved plan is tried with every attribute of every kind: on what it was made
// from, once more, and on what somebody else has changed meanwhile.
func TestSavedPlansOfEveryAttribute(t *testing.T) {
	examples := examples(t)
	for _, k := range catalog.All().Kinds() {
		e := examples[k.Name()]
		for _, a := range k.Attributes() {
			r := e.rows[a.Name]
			if a.Key || r.skip != "" {
				continue
			}
			t.Run(k.Name()+" "+a.Name, func(t *testing.T) {
				t.Parallel()
				s := suite{kind: k, attribute: a, example: e, row: r}
				t.Run("an update", s.savedUpdate)
				if k.Traits().Creatable && r.uncreated == "" {
					t.Run("a creation", s.savedCreation)
				}
				if k.Traits().Deletable {
					t.Run("a deletion", s.savedDeletion)
				}
			})
		}
	}
}

// changed are pairs of neighbouring values, in every direction that the row has.
func (s suite) changed() [][2]any {
	values := slices.Clone(s.values)
	if s.clear != nil {
		values = append(values, s.clear, s.values[0])
	}
	var pairs [][2]any
	for i := 1; i < len(values); i++ {
		pairs = append(pairs, [2]any{values[i-1], values[i]})
	}
	return pairs
}

func (s suite) savedUpdate(t *testing.T) {
	w := New(t, Options{})
	s.prepared(t, w)
	for _, pair := range s.changed() {
		w.Apply(t, s.document(pair[0]))
		p := w.Plan(t, s.document(pair[1]))
		if len(p.Changes) == 0 {
			continue
		}
		if other := s.other(pair); other != nil {
			w.Apply(t, s.document(other))
			seen := s.seen(t, w)
			w.carryOut(t, p).all(t, "stale", apply.ExitStale)
			if diff := cmp.Diff(seen, s.seen(t, w)); diff != "" {
				t.Fatalf("a stale object was changed:\n%s", diff)
			}
			w.Apply(t, s.document(pair[0]))
		}
		w.carryOut(t, p).all(t, "done", apply.ExitDone)
		if left := w.Plan(t, s.document(pair[1])); len(left.Changes) > 0 {
			t.Fatalf("%v -> %v: something is left to change:\n%s", pair[0], pair[1], Told(left))
		}
		if s.attribute.LastFour {
			w.carryOut(t, p).all(t, "done", apply.ExitDone) // nobody sees whether Stytch has all of it
			continue
		}
		w.carryOut(t, p).all(t, "in place", apply.ExitDone)
	}
}

// other is a value that is neither of two, nil if there is none.
func (s suite) other(pair [2]any) any {
	values := append(slices.Clone(s.values), s.clear)
	if text, ok := pair[0].(string); ok && s.kept == isNeeded {
		values = append(values, text+"-else")
	}
	for _, v := range values {
		if v != nil && !cmp.Equal(canonical(v), canonical(pair[0])) && !cmp.Equal(canonical(v), canonical(pair[1])) {
			return v
		}
	}
	return nil
}

func (s suite) savedCreation(t *testing.T) {
	w := New(t, Options{})
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	p := w.Plan(t, s.document(s.values[0]))
	w.carryOut(t, p).all(t, "done", apply.ExitDone)
	w.carryOut(t, p).all(t, "in place", apply.ExitDone)

	// Somebody else was first, with another value.
	s.readied(t, w)
	w.Apply(t, s.document(s.values[1]))
	seen := s.seen(t, w)
	if o := w.carryOut(t, p); o.of[s.address()] != "stale" || o.code != apply.ExitStale || len(o.writes) > 0 {
		t.Fatalf("it exists with %v, and the plan creates it with %v:\n%s", s.values[1], s.values[0], o.told())
	}
	if diff := cmp.Diff(seen, s.seen(t, w)); diff != "" {
		t.Fatalf("a stale object was changed:\n%s", diff)
	}
}

func (s suite) address() plan.Address {
	if s.kind.Word().Parent == plan.OrganizationKind {
		return plan.NewAddress("organization/acme", s.kind.Name(), s.key)
	}
	return plan.NewAddress("", s.kind.Name(), s.key)
}

func (s suite) savedDeletion(t *testing.T) {
	w := New(t, Options{})
	if s.example.prepare != nil {
		s.example.prepare(t, w)
	}
	if s.uncreated != "" {
		w.Apply(t, s.document(nil))
	}
	w.Apply(t, s.document(s.values[0]))
	s.readied(t, w)
	p := w.Plan(t, s.absent(), "deletes=10", "delete_percent=100", "lock_outs=1")
	if w.Apply(t, s.document(s.values[1])); !s.attribute.Secret { // of which a plan holds no value that could differ
		w.carryOut(t, p).all(t, "stale", apply.ExitStale)
	}

	p = w.Plan(t, s.absent(), "deletes=10", "delete_percent=100", "lock_outs=1")
	w.carryOut(t, p).all(t, "done", apply.ExitDone)
	w.carryOut(t, p).all(t, "in place", apply.ExitDone)
}

// readied does what an object needs for its later values.
func (s suite) readied(t *testing.T, w *World) {
	if s.row.prepare != nil {
		s.row.prepare(t, w)
	}
}

// absent declares that the object is to go, and nothing else that changes.
func (s suite) absent() Documents {
	gone := s
	gone.example.base, gone.row.base, gone.with = Object{"absent": true}, nil, nil
	gone.beside = maps.Clone(s.beside)
	return gone.document(nil)
}
