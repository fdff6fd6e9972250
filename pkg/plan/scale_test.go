package plan_test

import (
	"fmt"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// crowded is n declared members that are live as they are declared.
func crowded(n int) plan.Set {
	declared, objects := make([]plan.Declaration, 0, n), make([]plan.Object, 0, n)
	for i := range n {
		key := fmt.Sprintf("m%06d", i)
		declared = append(declared, declare(key, "name=N", "roles=editor", "external="+key))
		objects = append(objects, live("id-"+key, key, "name=N", "roles=editor", "external="+key))
	}
	return members(declared, objects...)
}

func TestWhatIsUnchangedIsCountedAndNotKept(t *testing.T) {
	p, problems := draft(plan.DefaultPolicy(), crowded(10_000))
	if len(problems) > 0 {
		t.Fatal(messages(problems)[0])
	}
	if p.Summary != (plan.Summary{Unchanged: 10_000}) || cap(p.Changes) != 0 {
		t.Errorf("summary %+v, room for %d changes", p.Summary, cap(p.Changes))
	}
	if size := len(encoded(t, p)); size > 1000 {
		t.Errorf("the plan of nothing takes %d bytes", size)
	}
}

// TestADraftDoesNotGrowWithWhatIsUnchanged compares many scopes with one draft:
// what it holds between them must not depend on how many there were.
func TestADraftDoesNotGrowWithWhatIsUnchanged(t *testing.T) {
	set := crowded(100)
	held := func(scopes int) float64 {
		d := plan.NewDraft(target, plan.DefaultPolicy(), "test")
		for range scopes {
			d.Compare(set)
		}
		return testing.AllocsPerRun(1, func() {
			if p, _ := d.Finish(); len(p.Changes) > 0 {
				t.Error("something changed")
			}
		})
	}
	least := func(scopes int) float64 { // of several measurements: the runtime allocates at times, too
		return min(held(scopes), held(scopes), held(scopes), held(scopes), held(scopes))
	}
	if few, many := least(1), least(200); many > few+5 {
		t.Errorf("finishing takes %.0f allocations after one scope, %.0f after two hundred", few, many)
	}
}

func BenchmarkTenThousandUnchangedMembers(b *testing.B) {
	set := crowded(10_000)
	b.ReportAllocs()
	for b.Loop() {
		d := plan.NewDraft(target, plan.DefaultPolicy(), "bench")
		d.Compare(set)
		if p, _ := d.Finish(); len(p.Changes) > 0 {
			b.Fatal("something changed")
		}
	}
}

func BenchmarkTenThousandChangedMembers(b *testing.B) {
	set := crowded(10_000)
	for i := range set.Live {
		set.Live[i].Value.(*thing).Name = new("old")
	}
	b.ReportAllocs()
	for b.Loop() {
		d := plan.NewDraft(target, plan.DefaultPolicy(), "bench")
		d.Compare(set)
		if p, _ := d.Finish(); len(p.Changes) != 10_000 {
			b.Fatal("something did not change")
		}
	}
}
