package kindtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// With --target and --exclude nothing is written but what is selected and what
// that needs, and afterwards the whole documents converge all the same.
func TestASelectionWritesNothingElseAndTheRestFollowsLater(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		whole := t.usable(b.yaml())
		var targets, excluded []plan.Address
		declared, absent := b.addresses()
		for _, address := range declared {
			switch rapid.IntRange(0, 5).Draw(t.r, "selects "+string(address)) {
			case 4:
				targets = append(targets, address)
			case 5:
				excluded = append(excluded, address)
			}
		}
		if len(targets)+len(excluded) == 0 {
			t.r.Skip("nothing is selected")
		}
		t.Logf("targets %v, excluded %v", targets, excluded)
		part, err := t.try(b.yaml(), kind.ReadOptions{Targets: targets, Excluded: excluded})
		if err != nil {
			t.Fatal(err)
		}
		t.selects(part, whole, targets, excluded, absent)
		before := t.dump()
		t.witness.forget()
		report := t.run(part)
		t.done(part, report)
		t.accounted(part, report)
		t.untouched(part, before, t.dump())

		t.converges(b.yaml())
		t.holds(b)
	})
}

// selects holds a partial plan against the whole one.
func (t *trial) selects(part, whole *plan.Plan, targets, excluded []plan.Address, absent map[plan.Address]bool) {
	in := func(list []plan.Address, a plan.Address) bool {
		return slices.ContainsFunc(list, func(outer plan.Address) bool { return outer.Includes(a) })
	}
	changed := map[plan.Address]plan.Change{}
	for _, c := range whole.Changes {
		changed[c.Address] = c
	}
	needed := map[plan.Address]bool{}
	for _, c := range part.Changes {
		for _, s := range c.Steps {
			for _, n := range s.Needs {
				needed[n.Address] = true
			}
		}
		for _, other := range part.Changes {
			// Two URLs that exchange defaults have no right order, and so no need; each is incomplete without the other.
			if c.Kind == "redirect_url" && other.Kind == c.Kind && takes(other, c) {
				needed[other.Address] = true
			}
		}
	}
	planned := map[plan.Address]bool{}
	for _, c := range part.Changes {
		planned[c.Address] = true
		same, ok := changed[c.Address]
		if !ok || c.Action != same.Action || cmp.Diff(c.Attributes, same.Attributes) != "" {
			t.Fatalf("the partial plan would %s %s otherwise than the whole plan:\n%s\n%s", c.Action, c.Address, Told(part), Told(whole))
		}
		if in(excluded, c.Address) {
			t.Fatalf("%s is excluded, and in the plan:\n%s", c.Address, Told(part))
		}
		if len(targets) > 0 && !in(targets, c.Address) && !needed[c.Address] {
			t.Fatalf("%s is no target, nothing needs it, and it is in the plan:\n%s", c.Address, Told(part))
		}
		if c.Action == plan.Delete && !absent[c.Address] {
			t.Fatalf("%s is deleted because it is not declared, by a plan that is partial:\n%s", c.Address, Told(part))
		}
	}
	if len(excluded) > 0 {
		return // what needs something excluded is left out too
	}
	for _, c := range whole.Changes {
		if in(targets, c.Address) && !planned[c.Address] && (c.Action != plan.Delete || absent[c.Address]) {
			t.Fatalf("%s is a target that changes, and not in the plan:\n%s\n%s", c.Address, Told(part), Told(whole))
		}
	}
}

// addresses are what documents declare, in order, and which of it as absent.
func (d *documents) addresses() (declared []plan.Address, absent map[plan.Address]bool) {
	absent = map[plan.Address]bool{}
	add := func(within plan.Address, kind string, set any) {
		for key, o := range set.(Object) {
			address := plan.NewAddress(within, kind, key)
			declared = append(declared, address)
			absent[address] = o.(Object)["absent"] == true
		}
	}
	for word, b := range blocks {
		switch set, ok := d.top[word].(Object); {
		case !ok || word == "project" || word == "policy":
		case b.label == "":
			declared = append(declared, plan.Address(b.name))
		default:
			add("", b.name, set)
		}
	}
	organizations, _ := d.top["organizations"].(Object)
	for slug := range organizations {
		if members := organizations[slug].(Object)["members"]; members != nil {
			add(plan.NewAddress("", "organization", slug), "member", members)
		}
	}
	slices.Sort(declared)
	return declared, absent
}

// takes reports whether a URL becomes the default of a flow that another gives up.
func takes(taker, giver plan.Change) bool {
	return slices.ContainsFunc(flowNames, func(flow string) bool {
		return isDefault(giver.Attributes[0].Before, flow) && !isDefault(giver.Attributes[0].After, flow) && isDefault(taker.Attributes[0].After, flow)
	})
}

func isDefault(types any, flow string) bool {
	list, _ := canonical(types).([]any)
	return slices.ContainsFunc(list, func(t any) bool { return t.(Object)["type"] == flow && t.(Object)["is_default"] == true })
}
