package plan_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// repaired is the plan of sets that carry their past, with its repair.
func repaired(policy plan.Policy, allowed plan.Repairs, sets ...plan.Set) (*plan.Plan, []plan.Problem) {
	policy.Repair = &allowed
	d := plan.NewDraft(target, policy, "test")
	d.Since("git:main", nil)
	d.Repair(allowed)
	for _, s := range sets {
		d.Compare(s)
	}
	return d.Finish()
}

// same gives a set the past in which the same was declared.
func same(set plan.Set) plan.Set {
	set.Past = &plan.Past{Declared: set.Declared, Within: set.Within, Deletes: true, IDPMembers: plan.IDPObserve}
	return set
}

// then gives a set another past.
func then(set plan.Set, base ...plan.Declaration) plan.Set {
	set.Past = &plan.Past{Declared: base, Within: set.Within, Deletes: true, IDPMembers: plan.IDPObserve}
	return set
}

func policies(roles string, live ...string) plan.Set {
	split := func(roles string) *[]string { return new(strings.Fields(roles)) }
	return plan.Set{
		Kind: policyKind, Declared: only(plan.Declaration{Value: &thing{Roles: split(roles)}}),
		Live: only1(plan.Object{ID: "policy", Value: &thing{Roles: &live}}),
	}
}

func TestARepairUndoesWhatItMay(t *testing.T) {
	everything := plan.Repairs{Kinds: []string{"policy", "link", "organization", "member"}, Risks: []string{plan.AccessWidened}}
	careful := plan.Repairs{Kinds: everything.Kinds}
	dangerous := *linkKind
	dangerous.effects = func(plan.Transition) plan.Effects {
		return plan.Effects{Risks: []plan.Risk{{Class: plan.AuthenticationWeakened, Reason: "less is asked"}}}
	}
	unheard := *linkKind
	unheard.effects = func(plan.Transition) plan.Effects {
		return plan.Effects{Risks: []plan.Risk{{Class: "of-tomorrow", Reason: "nobody knows"}}}
	}
	deletes := lax()
	deletes.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
	few := deletes
	few.Limits.Deletes = 0
	renamed := links(only(declare("a", "name=new")), live("1", "a", "name=old"))
	tests := []struct {
		name    string
		policy  plan.Policy
		allowed plan.Repairs
		sets    []plan.Set
		changes []string
		left    map[plan.Address]string // a part of why
		blocked []string
	}{
		{name: "what somebody changed by hand is put back", policy: lax(), allowed: careful, sets: []plan.Set{same(renamed)}, changes: []string{"update link/a"}},
		{
			name: "an edit waits", policy: lax(), allowed: everything, sets: []plan.Set{then(renamed, declare("a", "name=old"))},
			left: map[plan.Address]string{"link/a": "waits to be applied"},
		},
		{
			name: "drift under an edit waits, too", policy: lax(), allowed: everything, sets: []plan.Set{then(renamed, declare("a", "name=older"))},
			left: map[plan.Address]string{"link/a": "a declared change of it waits"},
		},
		{
			name: "another kind than the policy names is left", policy: lax(), allowed: plan.Repairs{Kinds: []string{"member"}}, sets: []plan.Set{same(renamed)},
			left: map[plan.Address]string{"link/a": "policy.repair.kinds does not name link"},
		},
		{
			name: "nothing that somebody removed comes back", policy: lax(), allowed: careful, sets: []plan.Set{same(links(only(declare("a"))))},
			left: map[plan.Address]string{"link/a": "somebody removed it"},
		},
		{name: "unless the policy says so", policy: lax(), allowed: everything, sets: []plan.Set{same(links(only(declare("a"))))}, changes: []string{"create link/a"}},
		{
			name: "nothing that somebody took out of an object comes back, whatever its kind says of it", policy: lax(), allowed: careful,
			sets: []plan.Set{same(links(only(declare("a", "name=a")), live("1", "a")))},
			left: map[plan.Address]string{"link/a": "access-widened: writing name may give back what somebody took away"},
		},
		{
			name: "nor what somebody took out of a set", policy: lax(), allowed: careful, sets: []plan.Set{same(policies("r1 r2", "r1"))},
			left: map[plan.Address]string{"policy": "writing roles may give back what somebody took away"},
		},
		{
			name: "unless the policy says that it may", policy: lax(), allowed: everything, sets: []plan.Set{same(policies("r1 r2", "r1"))}, changes: []string{"update policy"},
		},
		{
			name: "no role is given back", policy: lax(), allowed: careful, sets: []plan.Set{same(members(only(declare("ada", "roles=stytch_admin")), live("1", "ada")))},
			left: map[plan.Address]string{"organization/acme/member/ada": "access-widened: "},
		},
		{
			name: "a role that somebody gave by hand is taken back", policy: lax(), allowed: careful,
			sets: []plan.Set{same(members(only(declare("ada", "roles=")), live("1", "ada", "roles=stytch_admin")))}, changes: []string{"update organization/acme/member/ada"},
		},
		{
			name: "nobody comes back who was removed", policy: lax(), allowed: careful,
			sets: []plan.Set{same(members(only(declare("ada")), with(live("1", "ada"), func(o *plan.Object) { o.Gone = true })))},
			left: map[plan.Address]string{"organization/acme/member/ada": "access-widened: "},
		},
		{
			name: "nothing that asks less of a login", policy: lax(), allowed: everything, sets: []plan.Set{same(with(renamed, func(s *plan.Set) { s.Kind = &dangerous }))},
			left: map[plan.Address]string{"link/a": "authentication-weakened: less is asked; policy.repair.risks does not name it"},
		},
		{
			name: "nor a risk that nobody has heard of", policy: lax(), allowed: everything, sets: []plan.Set{same(with(renamed, func(s *plan.Set) { s.Kind = &unheard }))},
			left: map[plan.Address]string{"link/a": "of-tomorrow: "},
		},
		{
			name: "who was added by hand goes", policy: deletes, allowed: careful, sets: []plan.Set{same(members(nil, live("1", "eve")))},
			changes: []string{"delete organization/acme/member/eve"},
		},
		{
			name: "within the limits", policy: few, allowed: careful, sets: []plan.Set{same(members(nil, live("1", "eve")))},
			changes: []string{"delete organization/acme/member/eve"}, blocked: []string{"deletes"},
		},
		{
			name: "what needs an edit that waits is left", policy: lax(), allowed: everything,
			sets: []plan.Set{then(policies("r1"), plan.Declaration{Value: &thing{Roles: &[]string{}}}), same(members(only(declare("ada", "roles=r1")), live("1", "ada")))},
			left: map[plan.Address]string{"policy": "waits to be applied", "organization/acme/member/ada": "it needs role/r1, which is not repaired"},
		},
		{
			name: "what takes away what an edit that waits still uses is left", policy: lax(), allowed: everything,
			sets: []plan.Set{
				same(policies("", "r1")),
				then(members(only(declare("ada", "roles=")), live("1", "ada", "roles=r1")), declare("ada", "roles=r1")),
			},
			left: map[plan.Address]string{"policy": "it takes away role/r1", "organization/acme/member/ada": "waits to be applied"},
		},
		{
			name: "a guard judges what is repaired, without what is left", policy: with(lax(), func(p *plan.Policy) { p.MinAdmins = 1 }), allowed: careful,
			sets:    []plan.Set{same(members(only(declare("ada", "roles="), declare("bob", "roles=stytch_admin")), live("1", "ada", "roles=stytch_admin"), live("2", "bob")))},
			changes: []string{"update organization/acme/member/ada"}, left: map[plan.Address]string{"organization/acme/member/bob": "access-widened"}, blocked: []string{"min_admins"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, problems := repaired(test.policy, test.allowed, test.sets...)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := gocmp.Diff(append([]string{}, test.changes...), actions(p.Repair.Part)); diff != "" {
				t.Error(diff)
			}
			if diff := gocmp.Diff(append([]string{}, test.blocked...), blockIDs(p.Repair.Part)); diff != "" {
				t.Error(diff)
			}
			if len(p.Repair.Left) != len(test.left) {
				t.Errorf("left are %v, want %v", p.Repair.Left, test.left)
			}
			for _, l := range p.Repair.Left {
				if why := test.left[l.Address]; why == "" || !strings.Contains(l.Why, why) {
					t.Errorf("%s is left because %q, want %q", l.Address, l.Why, why)
				}
			}
		})
	}
}

func TestARepairIsAPartOfThePlanAndChangesNothingElseOfIt(t *testing.T) {
	parts := 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		allowed := plan.Repairs{Kinds: some(t, "kinds", []string{"policy", "link", "organization", "member"}), Risks: some(t, "risks", []string{plan.AccessWidened})}
		past := drawWish(t, w)
		if rapid.Bool().Draw(t, "nothing was edited") {
			past = want
		}
		policy := want.policy
		policy.Repair = &allowed
		sets := remembering(w.sets(want), past)
		for i := range sets {
			if rapid.IntRange(0, 5).Draw(t, "unknown") == 0 {
				sets[i].Unknown = "cut off"
				sets[i].Live = slices.DeleteFunc(sets[i].Live, func(plan.Object) bool { return rapid.Bool().Draw(t, "missed") })
			}
		}
		without, _ := since(policy, nil, sets...)
		p, _ := repaired(want.policy, allowed, sets...)
		r := p.Repair
		p.Repair = nil
		if diff := gocmp.Diff(encoded(t, without), encoded(t, p)); diff != "" {
			t.Fatalf("a plan is another one when it is repaired: %s", diff)
		}
		if _, err := plan.Decode(strings.NewReader(encoded(t, r.Part))); err != nil {
			t.Fatalf("the part is no plan: %v", err)
		}
		var all []plan.Address
		for _, l := range r.Left {
			all = append(all, l.Address)
		}
		for i := range r.Part.Changes {
			c := &r.Part.Changes[i]
			all = append(all, c.Address)
			whole := find(p, c.Address)
			if whole == nil || !gocmp.Equal(whole.Attributes, c.Attributes) {
				t.Fatalf("%s is repaired as the plan does not say", c.Address)
			}
			if whole.Origin != plan.Drift || !slices.Contains(allowed.Kinds, c.Kind) {
				t.Fatalf("%s is %s and repaired, allowed are %v", c.Address, whole.Origin, allowed.Kinds)
			}
			if c.Action == plan.Create && len(allowed.Risks) == 0 {
				t.Fatalf("%s comes back", c.Address)
			}
			parts++
		}
		slices.Sort(all)
		if changed := addresses(p); !slices.Equal(changed, all) {
			t.Fatalf("repaired and left are %v, the plan changes %v", all, changed)
		}
	})
	if parts == 0 {
		t.Error("nothing was ever repaired")
	}
}

func addresses(p *plan.Plan) []plan.Address {
	var list []plan.Address
	for i := range p.Changes {
		list = append(list, p.Changes[i].Address)
	}
	return list
}

func TestWhatWasRepairedIsNoDriftAnyMore(t *testing.T) {
	p, _ := repaired(lax(), plan.Repairs{Kinds: []string{"link"}},
		same(links(only(declare("a", "name=a"), declare("b", "name=b")), live("1", "a", "name=by hand"), live("2", "b", "name=by hand"))))
	p.Differences = p.Drift()
	p.CarriedOut(&plan.Report{Operations: []plan.ReportedChange{{Address: "link/a", Result: plan.Done}, {Address: "link/b", Result: plan.Failed}}})
	about := func(list []plan.Difference) string {
		var names []string
		for _, d := range list {
			names = append(names, string(d.Address)+" "+d.Attribute)
		}
		return strings.Join(names, ", ")
	}
	if got := about(p.Repair.Repaired) + "; " + about(p.Differences); got != "link/a name; link/b name" {
		t.Error(got)
	}
}

func TestWhatThePlanLeavesOutIsNotRepairedEither(t *testing.T) {
	organization := plan.Set{Kind: organizationKind, Declared: only(declare("acme", "name=shut")), Live: only1(live("organization-1", "acme", "name=open")), Closed: true}
	people := unseen(members(only(declare("ada", "external=")), live("1", "ada", "external=x")))
	p, _ := repaired(lax(), plan.Repairs{Kinds: []string{"organization", "member"}}, then(organization, declare("acme", "name=open")), same(people))
	if p.Summary.Changes() > 0 || len(p.Repair.Changes) > 0 {
		t.Errorf("nobody could see whether it locks them out: the plan does %v, the repair %v", actions(p), p.Repair.Changes)
	}
}

func TestTheStepsOfARepairAreItsOwn(t *testing.T) {
	sets := []plan.Set{
		same(policies("", "r1")), same(members(only(declare("ada", "roles=")), live("1", "ada", "roles=r1"))),
	}
	allowed := plan.Repairs{Kinds: []string{"policy", "member"}}
	policy := lax()
	policy.Repair = &allowed
	without, _ := since(policy, nil, sets...)
	p, _ := repaired(policy, allowed, sets...)
	part := p.Repair.Part
	p.Repair = nil
	if diff := gocmp.Diff(encoded(t, without), encoded(t, p)); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff(encoded(t, without), encoded(t, part)); diff != "" {
		t.Errorf("everything is repaired, and the part is another plan: %s", diff)
	}
}

func TestOnlyAChangeWhoseStepsAreAllDoneIsRepaired(t *testing.T) {
	for name, results := range map[string][]plan.Result{"the first failed": {plan.Failed, plan.Done}, "the second failed": {plan.Done, plan.Failed}} {
		p, _ := repaired(lax(), plan.Repairs{Kinds: []string{"link"}}, same(links(only(declare("a", "name=a")), live("1", "a", "name=by hand"))))
		p.Differences = p.Drift()
		p.CarriedOut(&plan.Report{Operations: []plan.ReportedChange{{Address: "link/a", Result: results[0]}, {Address: "link/a", Result: results[1]}}})
		if len(p.Repair.Repaired) > 0 || len(p.Differences) != 1 {
			t.Errorf("%s: repaired are %v, drift is %v", name, p.Repair.Repaired, p.Differences)
		}
	}
}
