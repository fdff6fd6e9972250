package plan_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// operations is a plan's operations phase by phase, in any order within a phase.
func operations(t *rapid.T, p *plan.Plan) []plan.Operation {
	operations := p.Operations()
	shuffle(t, operations)
	slices.SortStableFunc(operations, func(a, b plan.Operation) int { return cmp.Compare(a.Phase(), b.Phase()) })
	return operations
}

func shuffle[E any](t *rapid.T, list []E) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func TestApplyingAPlanLeavesNothingToPlan(t *testing.T) {
	drawn, applied := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		drawn++
		p, problems := draft(want.policy, w.sets(want)...)
		if len(problems) > 0 || len(p.Blocked) > 0 {
			return
		}
		applied++
		for _, op := range operations(t, p) {
			if err := w.do(op); err != nil {
				t.Fatalf("%s %s step %d: %v\n%s", op.Change.Action, op.Change.Address, op.Step, err, encoded(t, p))
			}
		}
		again, problems := draft(want.policy, w.sets(want)...)
		if len(problems) > 0 || len(again.Changes) > 0 {
			t.Fatalf("the second plan is not empty: %q %q\nafter %q", messages(problems), actions(again), actions(p))
		}
	})
	if applied < drawn/4 {
		t.Errorf("only %d of %d worlds were applied", applied, drawn)
	}
}

func TestNothingIsTouchedThatWasNotAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		before := w.clone()
		p, problems := draft(want.policy, w.sets(want)...)
		if len(problems) > 0 || len(p.Blocked) > 0 {
			return
		}
		for _, op := range operations(t, p) {
			if err := w.do(op); err != nil {
				t.Fatal(err)
			}
		}
		for _, old := range before.objects {
			now := w.find(func(o *stored) bool { return o.ID == old.ID })
			switch declared, mayGo := want.about(before, old); {
			case now == nil || now.Gone != old.Gone && now.Gone:
				if !mayGo {
					t.Fatalf("%s %q is gone", old.ID, old.Key)
				}
			case declared == nil:
				if diff := gocmp.Diff(old.Value, now.Value); diff != "" || old.Gone != now.Gone {
					t.Fatalf("%s %q was touched: %s", old.ID, old.Key, diff)
				}
			case !old.Gone:
				untouched(t, old, *now, *declared)
			}
		}
	})
}

// about gives the declaration of an object, if any, and whether anything allows
// its removal.
func (want wish) about(w *world, o stored) (declared *plan.Declaration, mayGo bool) {
	organizations := want.declared[place{kind: "organization"}]
	slug := ""
	if o.organization != "" {
		parent := w.find(func(p *stored) bool { return p.ID == o.organization })
		for _, d := range organizations {
			if d.Key == parent.Key || d.RenamedFrom == parent.Key {
				slug = d.Key
				if d.Absent {
					return nil, true
				}
			}
		}
		if slug == "" {
			return nil, false
		}
	}
	at := place{o.kind.name, slug}
	for i, d := range want.declared[at] {
		if o.kind.Fold(d.Key) == o.kind.Fold(o.Key) || d.RenamedFrom != "" && o.kind.Fold(d.RenamedFrom) == o.kind.Fold(o.Key) {
			return &want.declared[at][i], d.Absent
		}
	}
	deletes := want.policy.Undeclared[o.kind.name] == plan.DeleteUndeclared && !o.kind.traits.KeptWhenOmitted
	return nil, deletes && want.closed[at] && (o.Owner == "" || want.idp == plan.IDPManage)
}

// untouched checks that what is omitted in a declaration stays as it was.
func untouched(t *rapid.T, old, now stored, declared plan.Declaration) {
	d, was, is := declared.Value.(*thing), old.Value.(*thing), now.Value.(*thing)
	if d.Name == nil && deref(was.Name) != deref(is.Name) || d.External == nil && deref(was.External) != deref(is.External) ||
		d.Roles == nil && !slices.Equal(set(deref(was.Roles)), set(deref(is.Roles))) {
		t.Fatalf("%s %q: an omitted attribute was changed: %s", old.ID, old.Key, gocmp.Diff(was, is))
	}
}

func TestAPlanIsTheSameInWhateverOrderThingsCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		want.policy.Limits = plan.DefaultPolicy().Limits
		if rapid.Bool().Draw(t, "protect") {
			want.policy.Protect = []plan.Address{"organization/acme", "organization/globex/member/ADA", "link/l1"}
		}
		a, problems := draft(want.policy, w.sets(want)...)
		sets := w.sets(want)
		shuffle(t, sets)
		for i := range sets {
			shuffle(t, sets[i].Declared)
			shuffle(t, sets[i].Live)
		}
		b, others := draft(want.policy, sets...)
		if diff := gocmp.Diff(encoded(t, a), encoded(t, b)); diff != "" {
			t.Fatal(diff)
		}
		one, other := messages(problems), messages(others)
		slices.Sort(one)
		slices.Sort(other)
		if diff := gocmp.Diff(one, other); diff != "" {
			t.Fatal(diff)
		}
		if _, err := plan.Decode(strings.NewReader(encoded(t, a))); err != nil && len(problems) == 0 {
			t.Fatal(err)
		}
	})
}

func TestPlanningChangesNoneOfItsArguments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		want.policy.Protect = []plan.Address{"organization/b", "organization/a", "organization/b"}
		given, same := w.sets(want), w.clone().sets(want)
		draft(want.policy, given...)
		for i := range given {
			if diff := gocmp.Diff(same[i].Declared, given[i].Declared) + gocmp.Diff(same[i].Live, given[i].Live); diff != "" {
				t.Fatal(diff)
			}
		}
		if diff := gocmp.Diff([]plan.Address{"organization/b", "organization/a", "organization/b"}, want.policy.Protect); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNeedsPointToLowerPhases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		p, _ := draft(want.policy, w.sets(want)...)
		checkPhases(t, p)
	})
}

func TestNothingComesOrGoesWhereNotEverythingWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		sets := w.sets(want)
		blind := map[string]bool{}
		for i := range sets {
			if rapid.Bool().Draw(t, "unknown") {
				sets[i].Unknown = "cut off"
				sets[i].Live = slices.DeleteFunc(sets[i].Live, func(plan.Object) bool { return rapid.Bool().Draw(t, "missed") })
				blind[sets[i].Kind.Name()+string(sets[i].Within)] = true
			}
		}
		p, _ := draft(want.policy, sets...)
		for _, c := range p.Changes {
			if blind[c.Kind+string(c.Address.Organization())] && c.Action != plan.Update {
				t.Fatalf("%s %s", c.Action, c.Address)
			}
		}
		if p.Complete != (len(blind) == 0) {
			t.Fatalf("complete %v, unknown %v", p.Complete, p.Unknown)
		}
	})
}

// TestNoLifelineIsCutInAnyOrderByAnySubset carries plans out in whatever order
// their needs allow, phases aside, and lets operations fail at random: a removal
// that leans on an addition must not run without it.
func TestNoLifelineIsCutInAnyOrderByAnySubset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		want.policy.Limits.LockOuts = 0
		p, problems := draft(want.policy, w.sets(want)...)
		if len(problems) > 0 || len(p.Blocked) > 0 {
			return
		}
		inAnyOrder(t, w, p, want.policy.MinAdmins)
	})
}

// inAnyOrder carries out a plan, and fails when a lifeline is cut on the way.
func inAnyOrder(t *rapid.T, w *world, p *plan.Plan, minAdmins int) {
	before, ended := w.holders(), map[plan.Need]bool{} // whether it succeeded
	left := p.Operations()
	for len(left) > 0 {
		ready := slices.DeleteFunc(slices.Clone(left), func(op plan.Operation) bool {
			return slices.ContainsFunc(needed(op), func(n plan.Need) bool { _, over := ended[n]; return !over })
		})
		if len(ready) == 0 {
			t.Fatalf("the rest waits for itself: %v\n%s", left, encoded(t, p))
		}
		op := rapid.SampledFrom(ready).Draw(t, "next")
		this := plan.Need{Address: op.Change.Address, Step: op.Step}
		left = slices.DeleteFunc(left, func(o plan.Operation) bool { return o.Change == op.Change && o.Step == op.Step })
		fails := slices.ContainsFunc(needed(op), func(n plan.Need) bool { return !ended[n] }) || rapid.IntRange(0, 3).Draw(t, fmt.Sprint("fails ", this)) == 0
		ended[this] = !fails && w.do(op) == nil
		now := w.holders()
		for l, was := range before {
			least := 1
			if l.What == plan.Administrator {
				least = minAdmins
			}
			alive := l.Where == "" || w.find(func(o *stored) bool { return o.ID == string(l.Where) }) != nil
			if alive && now[l] < min(was, least) {
				t.Fatalf("after %s %s step %d %s has %d holders, at first %d, the minimum is %d\n%s",
					op.Change.Action, op.Change.Address, op.Step, l, now[l], was, least, encoded(t, p))
			}
		}
	}
}

// needed are the needs of an operation, the step before it among them.
func needed(op plan.Operation) []plan.Need {
	needs := slices.Clone(op.Needs())
	if op.Step > 0 {
		needs = append(needs, plan.Need{Address: op.Change.Address, Step: op.Step - 1})
	}
	return needs
}
