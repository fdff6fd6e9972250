package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// acmeSet is the organization acme, which is live and called before.
func acmeSet(before string, declared ...string) plan.Set {
	return plan.Set{Kind: organizationKind, Declared: only(declare("acme", declared...)), Live: []plan.Object{live("organization-1", "acme", "name="+before)}, Closed: true}
}

// strict is a policy that allows everything but lock-outs.
func strict() plan.Policy {
	policy := lax()
	policy.Limits.LockOuts = 0
	policy.MinAdmins = 1
	return policy
}

func TestTheLastWayToLogIn(t *testing.T) {
	open, shut := acmeSet("open", "name=open"), acmeSet("open", "name=shut")
	exempt := func(key string) plan.Object { return live("id-"+key, key, "external=x-"+key) }
	bound := func(key string) plan.Declaration { return declare(key, "external=") }
	exempted := func(key string) plan.Declaration { return declare(key, "external=x-"+key) }
	const acme, ada, bob = "organization/acme", "organization/acme/member/ada", "organization/acme/member/bob"
	tests := []struct {
		name    string
		sets    []plan.Set
		held    int // by people whom nobody declares
		blocked []string
		needs   map[string][]string // of what is not blocked, without those that need nothing
	}{
		{name: "an organization may not shut its last way in", sets: []plan.Set{shut}, blocked: []string{acme}},
		{name: "it may when somebody is exempt", sets: []plan.Set{shut, members(nil, exempt("ada"))}},
		{name: "it may when somebody is exempt whom no document names", sets: []plan.Set{shut}, held: 1},
		{name: "one that was shut stays shut", sets: []plan.Set{acmeSet("shut", "name=shut", "external=e")}},
		{name: "a new one may be shut: nobody was in", sets: []plan.Set{{Kind: organizationKind, Declared: only(declare("acme", "name=shut"))}}},
		{name: "one that goes takes its people along, which others guard", sets: []plan.Set{{Kind: organizationKind, Declared: only(absent("acme")), Live: []plan.Object{live("1", "acme")}}}},
		{name: "one that is empty locks nobody out", sets: []plan.Set{with(acmeSet("open", "name=shut"), func(s *plan.Set) { s.Live[0].Empty = true })}},
		{
			name: "it is not empty when somebody is seen there, whatever was counted",
			sets: []plan.Set{with(acmeSet("open", "name=shut"), func(s *plan.Set) { s.Live[0].Empty = true }), members(nil, live("1", "ada"))}, blocked: []string{acme},
		},
		{
			name: "nor when the last who was exempt is no longer",
			sets: []plan.Set{with(acmeSet("open", "name=shut"), func(s *plan.Set) { s.Live[0].Empty = true }), members(only(bound("ada")), exempt("ada"))}, blocked: []string{acme, ada},
		},
		{
			name: "the last one who is exempt in a shut organization stays so",
			sets: []plan.Set{acmeSet("shut", "external=e"), members(only(bound("ada")), exempt("ada"))}, blocked: []string{ada},
		},
		{
			name: "and is not deleted", sets: []plan.Set{acmeSet("shut"), members(only(absent("ada")), exempt("ada"))}, blocked: []string{ada},
		},
		{name: "one of two may", sets: []plan.Set{acmeSet("shut"), members(only(bound("ada")), exempt("ada"), exempt("bob"))}},
		{name: "both may not", sets: []plan.Set{acmeSet("shut"), members(only(bound("ada"), bound("bob")), exempt("ada"), exempt("bob"))}, blocked: []string{ada, bob}},
		{
			name: "shutting waits for whoever becomes exempt", sets: []plan.Set{shut, members(only(exempted("ada")), live("1", "ada"))},
			needs: map[string][]string{acme + " 0": {ada + " 0"}},
		},
		{
			name: "also when that is somebody new", sets: []plan.Set{shut, members(only(exempted("ada")))},
			needs: map[string][]string{acme + " 0": {ada + " 0"}},
		},
		{
			name: "of two who become exempt one is enough", sets: []plan.Set{shut, members(only(exempted("bob"), exempted("ada")))},
			needs: map[string][]string{acme + " 0": {ada + " 0"}},
		},
		{
			name: "who is bound again waits for the organization that opens", sets: []plan.Set{acmeSet("shut", "name=open"), members(only(bound("ada")), exempt("ada"))},
			needs: map[string][]string{ada + " 0": {acme + " 0"}},
		},
		{name: "a closed door and the last who was exempt together", sets: []plan.Set{shut, members(only(bound("ada")), exempt("ada"))}, blocked: []string{acme, ada}},
		{name: "the order in which the sets come does not matter", sets: []plan.Set{members(only(bound("ada")), exempt("ada")), open}},
		{
			// The member can only be made once the organization has its new name, and the organization waits for the member.
			name: "where each waits for the other the plan is blocked", sets: []plan.Set{
				{Kind: organizationKind, Declared: only(renamed("acme", "old", "name=shut")), Live: []plan.Object{live("organization-1", "old", "name=open")}},
				members(only(exempted("ada"))),
			}, blocked: []string{acme},
		},
		{
			name: "two who take over from each other cannot both go first", sets: []plan.Set{acmeSet("shut"), members(
				only(declare("ada", "roles=stytch_admin", "external="), declare("bob", "roles=", "external=x")),
				exempt("ada"), live("2", "bob", "roles=stytch_admin"),
			)}, blocked: []string{bob}, needs: map[string][]string{bob + " 0": {ada + " 0"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := plan.NewDraft(target, strict(), "test")
			if test.held > 0 {
				d.Hold(plan.Lifeline{Where: acme, What: wayIn}, test.held)
			}
			for _, s := range test.sets {
				d.Compare(s)
			}
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			var blocked, risky []string
			for _, c := range p.Changes {
				if len(c.BlockedBy) > 0 {
					blocked = append(blocked, string(c.Address))
				}
				if slices.ContainsFunc(c.Risks, func(r plan.Risk) bool { return r.Class == plan.LockOut }) {
					risky = append(risky, string(c.Address))
				}
			}
			if diff := cmp.Diff(test.blocked, blocked) + cmp.Diff(test.blocked, risky); diff != "" {
				t.Errorf("blocked, and lock-out: %s\n%s", diff, encoded(t, p))
			}
			got := needs(p)
			for step, needed := range got {
				if len(needed) == 0 {
					delete(got, step)
				}
			}
			if diff := cmp.Diff(test.needs, got); len(test.blocked) == 0 && diff != "" && len(test.needs)+len(got) > 0 {
				t.Error("needs:", diff)
			}
			checkPhases(t, p)
		})
	}
}

func TestALockOutSaysWhatItIsAndHowManyThereAre(t *testing.T) {
	sets := []plan.Set{
		acmeSet("open", "name=shut"),
		{Kind: linkKind, Declared: only(absent("l")), Live: []plan.Object{live("1", "l")}},
	}
	policy := strict()
	p, _ := draft(policy, sets...)
	want := []plan.Block{
		{ID: "lock_outs", Reason: "organization/acme would be left without a way to log in (2 lock-outs in all); the limit lock_outs is 0", Lift: "--allow lock_outs=2"},
		{ID: "lock_outs", Reason: "the environment would be left without a link (2 lock-outs in all); the limit lock_outs is 0", Lift: "--allow lock_outs=2"},
	}
	if diff := cmp.Diff(want, p.Blocked); diff != "" {
		t.Error(diff)
	}
	policy.Limits.LockOuts = 1
	if p, _ = draft(policy, sets...); len(p.Blocked) != 2 {
		t.Errorf("one of two lock-outs is allowed: %v", p.Blocked)
	}
	policy.Limits.LockOuts = 2
	p, _ = draft(policy, sets...)
	if len(p.Blocked) > 0 {
		t.Errorf("both are allowed: %v", p.Blocked)
	}
	if diff := cmp.Diff([]plan.Risk{{Class: plan.LockOut, Reason: "the environment is left without a link"}}, find(p, "link/l").Risks); diff != "" {
		t.Errorf("what is allowed is told all the same: %s", diff)
	}
}

// The credentials of the run are not a kind yet. One that is in use holds the
// lifeline, and a new one that nobody uses does not take over.
func TestWhatTheRunItselfUsesIsNotTakenAway(t *testing.T) {
	secret := *linkKind
	secret.name = "secret"
	secret.lifelines = func(_ plan.Address, live *thing, v thing) []plan.Lifeline {
		return holds(live != nil && deref(v.Name) == "in use", "", "the credentials that this run uses")
	}
	objects := []plan.Object{live("1", "a", "name=in use"), live("2", "b")}
	p, _ := draft(strict(), plan.Set{Kind: &secret, Declared: only(absent("b")), Live: objects})
	if len(p.Blocked) > 0 {
		t.Errorf("another may go: %v", p.Blocked)
	}
	p, _ = draft(strict(), plan.Set{Kind: &secret, Declared: only(absent("a"), declare("c", "name=in use")), Live: objects})
	want := []plan.Block{{
		ID: "lock_outs", Reason: "the environment would be left without the credentials that this run uses; the limit lock_outs is 0", Lift: "--allow lock_outs=1",
	}}
	if diff := cmp.Diff(want, p.Blocked); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLeftOutHoldsNothingUp(t *testing.T) {
	exempt := members(only(declare("ada", "external=x")), live("1", "ada"))
	d := plan.NewDraft(target, strict(), "test")
	d.Select(nil, []plan.Address{"organization/acme/member/ada"})
	d.Compare(acmeSet("open", "name=shut"))
	d.Compare(exempt)
	if p, _ := d.Finish(); !slices.Equal(blockIDs(p), []string{"lock_outs"}) {
		t.Errorf("who is excluded was counted on: %v", p.Blocked)
	}

	p, _ := draft(strict(), acmeSet("open", "name=shut"), unseen(members(nil, live("1", "ada"))))
	if len(p.Changes) != 0 || len(p.Blocked) != 0 || !strings.Contains(strings.Join(p.Warnings, "\n"), "it takes from a way to log in of organization/acme, and what else holds that could not all be read") {
		t.Errorf("where not all members were seen nobody can judge: %v %v %q", actions(p), p.Blocked, p.Warnings)
	}
	p, _ = draft(strict(), acmeSet("open", "name=shut"), unseen(members(nil, live("1", "ada", "external=x"))))
	if len(p.Changes) != 1 {
		t.Errorf("one who is exempt was seen, which is enough: %q", p.Warnings)
	}
}

func TestAChangeThatNobodyCouldCountIsLeftOut(t *testing.T) {
	set := acmeSet("open", "name=shut")
	set.Live[0].Uncounted = "no answer"
	d := plan.NewDraft(target, strict(), "test")
	d.Uncounted("organization", "organization/acme", "no answer")
	d.Compare(set)
	d.Compare(members(only(declare("ada"))))
	p, _ := d.Finish()
	if diff := cmp.Diff([]string{"create organization/acme/member/ada"}, actions(p)); diff != "" {
		t.Error(diff)
	}
	want := []plan.Unknown{{Kind: "organization", Reason: "no answer", Change: "organization/acme"}}
	if diff := cmp.Diff(want, p.Unknown); diff != "" || p.Complete {
		t.Errorf("complete %v: %s", p.Complete, diff)
	}
	if diff := cmp.Diff([]string{"the update of organization/acme is left out: nobody could say whom it concerns: no answer"}, p.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestWhatEndsForEverybodyCountsForAllWhoHaveIt(t *testing.T) {
	ending := policySet("viewer", "editor,viewer") // editor goes
	ending.Live[0].Holders = map[plan.Grant]int{{What: "role editor"}: 30}
	inAcme := acmeSet("old", "name=new")
	inAcme.Live[0].Holders = map[plan.Grant]int{{What: "role editor", Where: "organization/acme"}: 3}
	otherInAcme := acmeSet("old", "name=new")
	otherInAcme.Live[0].Holders = map[plan.Grant]int{{What: "role other", Where: "organization/acme"}: 3}
	gives := members(only(declare("ada", "roles="), declare("bob", "roles=viewer")), live("1", "ada", "roles=editor"), live("2", "bob", "roles=editor"))
	for _, test := range []struct {
		name string
		sets []plan.Set
		want string
	}{
		{"whoever has a role that goes loses it", []plan.Set{ending}, "--allow access_removals=30"},
		{"those who give it up in the same plan are among them", []plan.Set{ending, gives}, "--allow access_removals=30"},
		{"those who lose another role are not", []plan.Set{ending, members(only(declare("ada", "roles=")), live("1", "ada", "roles=viewer"))}, "--allow access_removals=31"},
		{"what ends in an organization counts there", []plan.Set{inAcme}, "--allow access_removals=3"},
		{"beside another that ends everywhere", []plan.Set{ending, otherInAcme}, "--allow access_removals=33"},
		{"what ends everywhere ends there too, and counts once", []plan.Set{ending, inAcme}, "--allow access_removals=30"},
		{"more who give it up than were counted are counted", []plan.Set{
			with(policySet("viewer", "editor,viewer"), func(s *plan.Set) { s.Live[0].Holders = map[plan.Grant]int{{What: "role editor"}: 1} }), gives,
		}, "--allow access_removals=2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Limits.AccessRemovals = 0
			p, _ := draft(policy, test.sets...)
			if len(p.Blocked) != 1 || p.Blocked[0].Lift != test.want {
				t.Errorf("%v, want %s", p.Blocked, test.want)
			}
			if policy := find(p, "policy"); policy != nil && !slices.Contains(policy.BlockedBy, "access_removals") {
				t.Errorf("the policy is blocked by %v", policy.BlockedBy)
			}
		})
	}
}

// TestPeopleWhoTakeOverFromEachOtherLockNobodyOut draws small organizations in
// which everybody may gain one thing and lose another, so that waiting in circles
// is common.
func TestPeopleWhoTakeOverFromEachOtherLockNobodyOut(t *testing.T) {
	carried := 0
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		w.add(policyKind, "", thing{Roles: &[]string{"r1"}})
		drawn := func(key, label string) thing {
			return thing{
				Key: key, Name: new(rapid.SampledFrom([]string{"open", "shut"}).Draw(t, label+" name")),
				Roles: new(some(t, label, []string{"stytch_admin"})), External: new(rapid.SampledFrom([]string{"", "x-" + key}).Draw(t, label+" external")),
			}
		}
		home := w.add(organizationKind, "", drawn("acme", "acme")).ID
		want := wish{declared: map[place][]plan.Declaration{}, closed: map[place]bool{{kind: "organization"}: true, {"member", "acme"}: true}, policy: strict(), idp: plan.IDPManage}
		exchange := rapid.Bool().Draw(t, "everybody gives up what they have and gets what they have not")
		for _, key := range people[:rapid.IntRange(1, 3).Draw(t, "people")] {
			v, now := drawn(key, "wanted "+key), drawn(key, key)
			if exchange {
				v.Roles, v.External = new([]string{"stytch_admin"}[len(*now.Roles):]), new(strings.TrimPrefix("x-"+key, *now.External))
			}
			w.add(memberKind, home, now)
			want.declared[place{"member", "acme"}] = append(want.declared[place{"member", "acme"}], plan.Declaration{Key: key, Value: &v})
		}
		organization := drawn("acme", "wanted acme")
		want.declared[place{kind: "organization"}] = only(plan.Declaration{Key: "acme", Value: &organization})
		p, problems := draft(want.policy, w.sets(want)...)
		if len(problems) > 0 {
			t.Fatal(messages(problems))
		}
		checkPhases(t, p)
		if len(p.Blocked) == 0 {
			carried++
			inAnyOrder(t, w, p, want.policy.MinAdmins)
		}
	})
	if carried == 0 {
		t.Error("no plan was carried out")
	}
}
