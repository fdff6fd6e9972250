package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func policySet(declared, now string) plan.Set {
	return plan.Set{Kind: policyKind, Declared: only(declare("", "roles="+declared)), Live: []plan.Object{live("p", "", "roles="+now)}}
}

func linkSet(declared []plan.Declaration, live ...plan.Object) plan.Set {
	return plan.Set{Kind: linkKind, Declared: declared, Live: live}
}

// needs writes "step address: needs …" for every step of a plan.
func needs(p *plan.Plan) map[string][]string {
	out := map[string][]string{}
	for _, op := range p.Operations() {
		name := fmt.Sprintf("%s %d", op.Change.Address, op.Step)
		out[name] = []string{}
		for _, n := range op.Needs() {
			out[name] = append(out[name], fmt.Sprintf("%s %d", n.Address, n.Step))
		}
	}
	return out
}

func TestNeeds(t *testing.T) {
	const ada, bob = "organization/acme/member/ada 0", "organization/acme/member/bob 0"
	tests := []struct {
		name string
		sets []plan.Set
		want map[string][]string
	}{
		{
			"a member of a new organization needs the organization",
			[]plan.Set{{Kind: organizationKind, Declared: only(declare("acme"))}, members(only(declare("ada")))},
			map[string][]string{"organization/acme 0": {}, ada: {"organization/acme 0"}},
		},
		{
			"a new member of an organization that gets another slug needs the organization",
			[]plan.Set{{Kind: organizationKind, Declared: only(renamed("acme", "old")), Live: []plan.Object{live("1", "old")}}, members(only(declare("ada")))},
			map[string][]string{"organization/acme 0": {}, ada: {"organization/acme 0"}},
		},
		{
			"who gets a new role needs the first step of the policy, and its last step needs who loses an old one",
			[]plan.Set{policySet("editor", "viewer"), members(only(declare("ada", "roles=editor"), declare("bob", "roles=")), live("1", "ada"), live("2", "bob", "roles=viewer"))},
			map[string][]string{"policy 0": {}, "policy 1": {bob}, ada: {"policy 0"}, bob: {}},
		},
		{
			"who changes from an old role to a new one stands between the two steps",
			[]plan.Set{policySet("editor", "viewer"), members(only(declare("ada", "roles=editor")), live("1", "ada", "roles=viewer"))},
			map[string][]string{"policy 0": {}, "policy 1": {ada}, ada: {"policy 0"}},
		},
		{
			"a default that moves is given before it is taken",
			[]plan.Set{linkSet(only(declare("a", "roles="), declare("b", "roles=login")), live("1", "a", "roles=login"), live("2", "b"))},
			map[string][]string{"link/a 0": {"link/b 0"}, "link/b 0": {}},
		},
		{
			"two links that exchange defaults do not wait for each other in a circle",
			[]plan.Set{linkSet(only(declare("a", "roles=signup"), declare("b", "roles=login")), live("1", "a", "roles=login"), live("2", "b", "roles=signup"))},
			map[string][]string{"link/a 0": {"link/b 0"}, "link/b 0": {}},
		},
		{
			"three that pass defaults around do not either",
			[]plan.Set{linkSet(only(declare("a", "roles=y"), declare("b", "roles=z"), declare("c", "roles=x")),
				live("1", "a", "roles=x"), live("2", "b", "roles=y"), live("3", "c", "roles=z"))},
			map[string][]string{"link/a 0": {"link/c 0"}, "link/b 0": {"link/a 0"}, "link/c 0": {}},
		},
		{
			"a deletion waits for whoever takes over",
			[]plan.Set{linkSet(only(absent("a"), declare("b", "roles=login")), live("1", "a", "roles=login"))},
			map[string][]string{"link/a 0": {"link/b 0"}, "link/b 0": {}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, problems := draft(lax(), test.sets...)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := cmp.Diff(test.want, needs(p)); diff != "" {
				t.Error(diff)
			}
			checkPhases(t, p)
		})
	}
}

// checkPhases checks what an apply relies on.
func checkPhases(t interface {
	Helper()
	Errorf(string, ...any)
}, p *plan.Plan,
) {
	t.Helper()
	phases := map[plan.Need]int{}
	for _, op := range p.Operations() {
		phases[plan.Need{Address: op.Change.Address, Step: op.Step}] = op.Phase()
	}
	for _, op := range p.Operations() {
		if before, ok := phases[plan.Need{Address: op.Change.Address, Step: op.Step - 1}]; ok && before >= op.Phase() {
			t.Errorf("step %d of %s is not after the step before it", op.Step, op.Change.Address)
		}
		for _, n := range op.Needs() {
			if phase, ok := phases[n]; !ok || phase >= op.Phase() {
				t.Errorf("%s (phase %d) needs %s (phase %d, in the plan: %v)", op.Change.Address, op.Phase(), n.Address, phase, ok)
			}
		}
	}
}

func TestACircleThroughTheStepsOfOneChangeIsNotClosed(t *testing.T) {
	// The document lets go of b in its last step, which follows the first, which
	// needs a from the link, which would wait for the document to let go of b.
	document := *policyKind
	document.refs = func(_ plan.Address, v thing) (offers, uses []string) { return nil, prefixed("default/", v.Roles) }
	p, _ := draft(lax(),
		with(policySet("a", "b"), func(s *plan.Set) { s.Kind = &document }),
		linkSet(only(declare("l", "roles=a")), live("1", "l", "roles=b")),
	)
	want := map[string][]string{"link/l 0": {}, "policy 0": {"link/l 0"}, "policy 1": {}}
	if diff := cmp.Diff(want, needs(p)); diff != "" {
		t.Error(diff)
	}
	checkPhases(t, p)
}

// fixed is a kind that hands out the same steps every time.
type fixed struct {
	*toy
	steps []plan.Step
}

func (k fixed) Steps(_, _ any, _ []plan.Attribute) []plan.Step { return k.steps }

func TestTheStepsOfAKindAreNotWrittenTo(t *testing.T) {
	steps := []plan.Step{{}, {Late: true}}
	draft(lax(), with(policySet("editor", "viewer"), func(s *plan.Set) { s.Kind = fixed{policyKind, steps} }),
		members(only(declare("bob", "roles=")), live("2", "bob", "roles=viewer")))
	if diff := cmp.Diff([]plan.Step{{}, {Late: true}}, steps); diff != "" {
		t.Error(diff)
	}
}

func TestAllThatRemovesComesAfterAllThatAdds(t *testing.T) {
	p, _ := draft(lax(),
		policySet("editor", "viewer"),
		linkSet(only(declare("new"), absent("old")), live("1", "old")),
		plan.Set{Kind: organizationKind, Declared: only(declare("acme"), absent("globex")), Live: []plan.Object{live("2", "globex")}},
		members(only(declare("ada"), absent("bob")), live("3", "bob")),
	)
	var early, late []int
	for _, op := range p.Operations() {
		if op.Change.Steps[op.Step].Late {
			late = append(late, op.Phase())
		} else {
			early = append(early, op.Phase())
		}
	}
	for _, e := range early {
		for _, l := range late {
			if e >= l {
				t.Errorf("early phases %v, late phases %v", early, late)
			}
		}
	}
	member, organization := find(p, "organization/acme/member/bob"), find(p, "organization/globex")
	if member.Steps[0].Phase >= organization.Steps[0].Phase {
		t.Error("what nests is deleted after what it nests in")
	}
}

func TestAStepWritesItsOwnAttributesOrThoseOfTheChange(t *testing.T) {
	p, _ := draft(lax(), policySet("editor", "viewer"), linkSet(only(declare("a", "name=x")), live("1", "a")))
	want := map[string][]plan.Attribute{
		"policy 0": {{Name: "roles", Before: []string{"viewer"}, After: []string{"editor", "viewer"}}},
		"policy 1": {{Name: "roles", Before: []string{"editor", "viewer"}, After: []string{"editor"}}},
		"link/a 0": {{Name: "name", Before: "", After: "x"}},
	}
	got := map[string][]plan.Attribute{}
	for _, op := range p.Operations() {
		got[fmt.Sprintf("%s %d", op.Change.Address, op.Step)] = op.Attributes()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTenThousandChangesAreOrderedQuickly holds every shape of needs against the
// clock: one that all need, one that needs all, and a long chain. A quadratic
// algorithm takes minutes here.
func TestTenThousandChangesAreOrderedQuickly(t *testing.T) {
	const n = 10_000
	var declared, links []plan.Declaration
	var objects, linksNow []plan.Object
	for i := range n {
		key := fmt.Sprintf("m%05d", i)
		declared = append(declared, declare(key, "roles=editor"))
		objects = append(objects, live("id-"+key, key, "roles=viewer,stytch_admin"))
		// Every link takes over the default of the one before it.
		links = append(links, declare(key, fmt.Sprintf("roles=d%d", i+1)))
		linksNow = append(linksNow, live(key, key, fmt.Sprintf("roles=d%d", i)))
	}
	declared = append(declared, declare("boss", "roles=stytch_admin"))
	start := time.Now()
	p, problems := draft(lax(), policySet("editor", "viewer"), members(declared, objects...), linkSet(links, linksNow...))
	if len(problems) > 0 {
		t.Fatal(messages(problems)[0])
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	checkPhases(t, p)
	if got := len(find(p, "policy").Steps[1].Needs); got != n {
		t.Errorf("the removal of the role waits for %d of %d members", got, n)
	}
}
