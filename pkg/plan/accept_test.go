package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// accept is an acceptance of an attribute: the toy value holds it alone.
func accept(address plan.Address, attribute string, known *thing, expires string) plan.Acceptance {
	return plan.Acceptance{Address: address, Attribute: attribute, Value: "known", Known: known, Owner: "ops", Reason: "why", Expires: expires}
}

func acceptObject(address plan.Address, state string) plan.Acceptance {
	return plan.Acceptance{Address: address, Value: state, Owner: "ops", Reason: "why", Expires: "2026-12-31"}
}

const ada = "organization/acme/member/ada"

func TestWhatIsAcceptedIsLeftAlone(t *testing.T) {
	tests := []struct {
		name           string
		accepted       plan.Acceptance
		today          string
		declared, live []string
		want           []string // the attributes that change
		held           bool
		lapsed         string
	}{
		{"the known value, until the day", accept(ada, "name", value("", "name=x"), "2026-12-31"), "2026-11-22", []string{"name=Ada"}, []string{"name=x"}, nil, true, ""},
		{"on the last day too", accept(ada, "name", value("", "name=x"), "2026-12-31"), "2026-12-31", []string{"name=Ada"}, []string{"name=x"}, nil, true, ""},
		{"no longer the day after", accept(ada, "name", value("", "name=x"), "2026-12-31"), "2027-01-01", []string{"name=Ada"}, []string{"name=x"}, []string{"name"}, false, "it expired on 2026-12-31"},
		{"not another value", accept(ada, "name", value("", "name=x"), "2026-12-31"), "2026-11-22", []string{"name=Ada"}, []string{"name=y"}, []string{"name"}, false, "the live value is not the accepted one"},
		{"not another attribute", accept(ada, "name", value("", "name=x"), "2026-12-31"), "2026-11-22", []string{"name=Ada", "roles=a"}, []string{"name=x", "roles=b"}, []string{"roles"}, true, ""},
		{"as a set, whatever the order", accept(ada, "roles", value("", "roles=a,b"), "2026-12-31"), "2026-11-22", []string{"roles=a"}, []string{"roles=b,a"}, nil, true, ""},
		{"not of another object", accept("organization/acme/member/bob", "name", value("", "name=x"), "2026-12-31"), "2026-11-22", []string{"name=Ada"}, []string{"name=x"}, []string{"name"}, false, ""},
		{"nothing that does not differ", accept(ada, "name", value("", "name=x"), "2026-01-01"), "2026-11-22", []string{"name=Ada"}, []string{"name=Ada"}, nil, false, ""},
		{"by an address in another case", accept("organization/acme/member/ADA", "name", value("", "name=x"), "2026-12-31"), "2026-11-22", []string{"name=Ada"}, []string{"name=x"}, nil, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := plan.NewDraft(plan.Target{}, lax(), "test")
			d.Accept([]plan.Acceptance{test.accepted}, test.today)
			d.Compare(members(only(declare("ada", test.declared...)), live("1", "ada", test.live...)))
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			var changed []string
			for _, c := range p.Changes {
				for _, a := range c.Attributes {
					changed = append(changed, a.Name)
				}
			}
			why := ""
			for _, l := range p.Lapsed {
				why += l.Why
			}
			if diff := cmp.Diff(test.want, changed); diff != "" {
				t.Error(diff)
			}
			if held := len(p.Accepted) == 1 && p.Accepted[0].Address == ada; held != test.held || why != test.lapsed {
				t.Errorf("accepted: %v; lapsed: %q", p.Accepted, why)
			}
		})
	}
}

func TestARoleThatIsAcceptedIsNoAccessThatThePlanTakesAway(t *testing.T) {
	d := plan.NewDraft(plan.Target{}, lax(), "test")
	d.Accept([]plan.Acceptance{accept(ada, "roles", value("", "roles=stytch_admin"), "2026-12-31")}, "2026-11-22")
	d.Compare(members(only(declare("ada", "name=Ada", "roles=")), live("1", "ada", "roles=stytch_admin")))
	p, _ := d.Finish()
	if len(p.Changes) != 1 || len(p.Changes[0].Risks) > 0 || len(p.Blocked) > 0 {
		t.Errorf("%v, blocked by %v", p.Changes, blockIDs(p))
	}
}

func TestAnObjectThatIsAcceptedIsLeftOutWithWhatNeedsIt(t *testing.T) {
	closed := lax()
	closed.Undeclared = map[string]plan.Undeclaring{"link": plan.DeleteUndeclared}
	loner := with(memberKind, func(k **toy) { // it names the organization nowhere but in its address
		copied := **k
		copied.refs = func(plan.Address, thing) (offers, uses []string) { return nil, nil }
		*k = &copied
	})
	tests := []struct {
		name     string
		accepted []plan.Acceptance
		want     []string
		held     int
	}{
		{"nothing", nil, []string{"create organization/acme", "create organization/acme/member/ada", "delete link/stray", "create organization/globex"}, 0},
		{"one that is there", []plan.Acceptance{acceptObject("link/stray", plan.Present)}, []string{"create organization/acme", "create organization/acme/member/ada", "create organization/globex"}, 1},
		{"one that is missing, with what would nest in it", []plan.Acceptance{acceptObject("organization/acme", plan.Missing)}, []string{"delete link/stray", "create organization/globex"}, 1},
		{"the other state lapses", []plan.Acceptance{acceptObject("organization/acme", plan.Present)}, []string{"create organization/acme", "create organization/acme/member/ada", "delete link/stray", "create organization/globex"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := plan.NewDraft(plan.Target{}, closed, "test")
			d.Accept(test.accepted, "2026-11-22")
			d.Compare(plan.Set{Kind: linkKind, Closed: true, Live: []plan.Object{live("l", "stray")}})
			d.Compare(plan.Set{Kind: organizationKind, Declared: only(declare("acme"), declare("globex"))})
			d.Compare(plan.Set{Kind: loner, Within: "organization/acme", Declared: only(declare("ada"))})
			p, problems := d.Finish()
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := cmp.Diff(sortedCopy(test.want), sortedCopy(actions(p))); diff != "" {
				t.Error(diff)
			}
			if len(p.Accepted) != test.held || len(p.Lapsed) != len(test.accepted)-test.held {
				t.Errorf("accepted %v, lapsed %v", p.Accepted, p.Lapsed)
			}
		})
	}
}
