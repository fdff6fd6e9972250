package plan_test

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// selected plans a part of what is wanted.
func (w *world) selected(want wish, targets, excluded []plan.Address) (*plan.Plan, []plan.Problem) {
	d := plan.NewDraft(plan.Target{ProjectID: "p"}, want.policy, "test")
	d.Select(targets, excluded)
	for _, set := range w.sets(want) {
		d.Compare(set)
	}
	return d.Finish()
}

// A selection is a part of the plan that stands by itself: nothing in it is
// otherwise than in the whole, nothing of it is excluded, what is a target is in it
// with what that uses of others, and it can be carried out.
func TestASelectionIsAPartOfThePlanThatStandsByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		want.policy.Limits.LockOuts = 0 // what lets go of the last leans on an addition, or blocks the plan
		whole, problems := w.selected(want, nil, nil)
		if len(problems) > 0 || len(whole.Blocked) > 0 {
			return
		}
		var targets, excluded []plan.Address
		for _, c := range whole.Changes {
			switch rapid.IntRange(0, 5).Draw(t, "selects "+string(c.Address)) {
			case 4:
				targets = append(targets, c.Address)
			case 5:
				excluded = append(excluded, c.Address)
			}
		}
		part, _ := w.selected(want, targets, excluded)
		if len(targets)+len(excluded) == 0 || len(part.Blocked) > 0 {
			return
		}
		byAddress := map[plan.Address]plan.Change{}
		for _, c := range whole.Changes {
			byAddress[c.Address] = c
		}
		kept := map[plan.Address]bool{}
		for _, c := range part.Changes {
			kept[c.Address] = true
			if diff := gocmp.Diff(byAddress[c.Address].Attributes, c.Attributes); diff != "" || byAddress[c.Address].Action != c.Action {
				t.Fatalf("%s %s is not as in the whole plan:\n%s", c.Action, c.Address, diff)
			}
			if slices.ContainsFunc(excluded, func(a plan.Address) bool { return a.Includes(c.Address) }) {
				t.Fatalf("%s is excluded, and in the plan", c.Address)
			}
		}
		for _, c := range part.Changes {
			for _, step := range byAddress[c.Address].Steps {
				for _, need := range step.Needs {
					// Others are needed by what leans on them, and then something else may do.
					used := need.Address == "policy" || need.Address == c.Address.Organization() && byAddress[need.Address].Action == plan.Create
					if used && !kept[need.Address] {
						t.Fatalf("%s is in the plan, and %s, which it needs, is not: %q of %q", c.Address, need.Address, actions(part), actions(whole))
					}
				}
			}
		}
		for _, c := range whole.Changes {
			// What is deleted because nobody declares it stays when the plan is partial.
			if len(excluded) == 0 && c.Action != plan.Delete && slices.Contains(targets, c.Address) && !kept[c.Address] {
				t.Fatalf("%s is a target, and not in the plan: %q of %q", c.Address, actions(part), actions(whole))
			}
		}
		for _, op := range operations(t, part) {
			if err := w.do(op); err != nil {
				t.Fatalf("%s %s step %d of the part: %v", op.Change.Action, op.Change.Address, op.Step, err)
			}
		}
	})
}

// Two plans of one world have one digest exactly if they would do the same: the
// places in the documents, risks and counts aside.
func TestTheDigestIsOneExactlyIfThePlansDoTheSame(t *testing.T) {
	type deed struct {
		Address            plan.Address
		Action             plan.Action
		ID, OrganizationID string
		Attributes         []plan.Attribute
		Steps              [][]plan.Attribute
	}
	deeds := func(p *plan.Plan) []deed {
		var all []deed
		for _, c := range p.Changes {
			d := deed{c.Address, c.Action, c.ID, c.OrganizationID, c.Attributes, nil}
			for _, s := range c.Steps {
				d.Steps = append(d.Steps, s.Attributes)
			}
			all = append(all, d)
		}
		return all
	}
	blocks := func(p *plan.Plan) map[string]bool {
		ids := map[string]bool{}
		for _, b := range p.Blocked {
			ids[b.ID] = true
		}
		return ids
	}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		one, _ := draft(want.policy, w.sets(want)...)
		place, declared := anyOf(t, want)
		if declared == nil {
			return
		}
		other := *declared
		v := *declared.Value.(*thing)
		switch rapid.IntRange(0, 3).Draw(t, "what is otherwise") {
		case 0:
			v.Name = new(rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "other name"))
		case 1:
			v.Roles = new(some(t, "other roles", []string{"r1", "r2"}))
		case 2:
			other.Source = &plan.Source{File: "b.yaml", Line: 99}
		case 3:
			other.Absent, v = true, thing{Key: v.Key}
		}
		other.Value = &v
		changed := slices.Clone(want.declared[place])
		changed[slices.IndexFunc(changed, func(d plan.Declaration) bool { return d.Key == other.Key })] = other
		want.declared[place] = changed
		two, _ := draft(want.policy, w.sets(want)...)
		same := gocmp.Equal(deeds(one), deeds(two)) && gocmp.Equal(blocks(one), blocks(two))
		if same != (one.Digest == two.Digest) {
			t.Fatalf("they do the same: %t, the digests are the same: %t\n%s", same, one.Digest == two.Digest, gocmp.Diff(deeds(one), deeds(two)))
		}
	})
}

// anyOf draws one declaration of a wish.
func anyOf(t *rapid.T, want wish) (place, *plan.Declaration) {
	var places []place
	for at, declared := range want.declared {
		if len(declared) > 0 {
			places = append(places, at)
		}
	}
	if len(places) == 0 {
		return place{}, nil
	}
	slices.SortFunc(places, func(a, b place) int {
		return slices.Compare([]string{a.kind, a.organization}, []string{b.kind, b.organization})
	})
	at := places[rapid.IntRange(0, len(places)-1).Draw(t, "where")]
	return at, &want.declared[at][rapid.IntRange(0, len(want.declared[at])-1).Draw(t, "which")]
}
