package plan_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// rules is a house whose rules are written in Go.
type rules struct {
	resource func(plan.Subject) []plan.Verdict
	plan     func(*plan.Plan) []plan.Verdict
}

func (r rules) Resource(s plan.Subject) []plan.Verdict {
	if r.resource == nil {
		return nil
	}
	return r.resource(s)
}

func (r rules) Plan(p *plan.Plan) []plan.Verdict {
	if r.plan == nil {
		return nil
	}
	return r.plan(p)
}

// judged is the plan of a set under rules.
func judged(t *testing.T, r plan.Rules, set plan.Set) *plan.Plan {
	t.Helper()
	d := plan.NewDraft(target, lax(), "test")
	d.Judge(r)
	d.Compare(set)
	p, problems := d.Finish()
	if len(problems) > 0 {
		t.Fatal(messages(problems))
	}
	return p
}

func TestRulesAreAskedAboutWhatThereWillBe(t *testing.T) {
	set := members(
		only(declare("new", "name=New"), declare("old", "roles=editor"), declare("same"), declare("back", "name=Back"), absent("out")),
		live("1", "old", "name=Old", "roles=viewer"), live("2", "same", "name=Same"), revivable(live("3", "back", "name=Gone")), live("4", "out"), live("5", "undeclared"),
	)
	for _, test := range []struct {
		name string
		set  plan.Set
		want []string
	}{
		{"declared over live, or over the defaults", set, []string{
			"organization/acme/member/back Back []", "organization/acme/member/new New []", "organization/acme/member/old Old [editor]",
			"organization/acme/member/same Same []",
		}},
		{"what was not seen in a set that is not whole is unread", unseen(set), []string{
			"organization/acme/member/back unread: the member of organization/acme could not be read whole",
			"organization/acme/member/new unread: the member of organization/acme could not be read whole",
			"organization/acme/member/old Old [editor]", "organization/acme/member/same Same []",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			judged(t, rules{resource: func(s plan.Subject) []plan.Verdict {
				if s.Unread != "" {
					asked = append(asked, fmt.Sprintf("%s unread: %s", s.Address(), s.Unread))
					return nil
				}
				v := s.After().(*thing)
				asked = append(asked, fmt.Sprint(s.Address(), " ", deref(v.Name), " ", deref(v.Roles)))
				return nil
			}}, test.set)
			if diff := cmp.Diff(test.want, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// always is a rule that no resource keeps.
func always(severity, message string) rules {
	return rules{resource: func(s plan.Subject) []plan.Verdict {
		return []plan.Verdict{{Name: "never", Severity: severity, Address: s.Address(), Message: message}}
	}}
}

func TestABrokenRuleBlocksAndAWarningDoesNot(t *testing.T) {
	set := members(only(declare("ada"), declare("bob", "name=Bob")), live("1", "ada"))
	free, _ := draft(lax(), set)

	warned := judged(t, always(plan.RuleWarning, "oh"), set)
	if len(warned.Blocked) > 0 || warned.Digest != free.Digest {
		t.Errorf("a warning blocks (%v) or changes what the plan means", warned.Blocked)
	}
	if diff := cmp.Diff([]string{"rule never: oh (organization/acme/member/ada)", "rule never: oh (organization/acme/member/bob)"}, warned.Warnings); diff != "" {
		t.Error(diff)
	}

	blocked := judged(t, always(plan.RuleError, "oh"), set)
	if diff := cmp.Diff([]string{"rules"}, blockIDs(blocked)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rules"}, blocked.Changes[0].BlockedBy); diff != "" {
		t.Error("the change of bob is part of why:", diff)
	}
	if blocked.Digest == free.Digest {
		t.Error("the digest does not say that the plan is blocked")
	}
	if other := judged(t, always(plan.RuleError, "ah"), set); other.Digest != blocked.Digest {
		t.Error("the digest depends on the wording of a rule")
	}
	want := []plan.Verdict{
		{Name: "never", Severity: "error", Address: "organization/acme/member/ada", Message: "oh"},
		{Name: "never", Severity: "error", Address: "organization/acme/member/bob", Message: "oh"},
	}
	if diff := cmp.Diff(want, blocked.Rules); diff != "" {
		t.Error(diff)
	}
	var saved bytes.Buffer
	if err := blocked.Encode(&saved); err != nil {
		t.Fatal(err)
	}
	again, err := plan.Decode(&saved)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again.Rules); diff != "" {
		t.Error("a saved plan:", diff)
	}
}

func TestARuleAboutThePlanSeesItWhole(t *testing.T) {
	var seen plan.Summary
	p := judged(t, rules{plan: func(p *plan.Plan) []plan.Verdict {
		seen = p.Summary
		return []plan.Verdict{{Name: "few", Severity: plan.RuleError, Message: "too many"}}
	}}, members(only(declare("ada"), declare("bob"), declare("eve", "name=E")), live("1", "eve")))
	if diff := cmp.Diff(plan.Summary{Create: 2, Update: 1}, seen); diff != "" {
		t.Error(diff)
	}
	if len(p.Blocked) != 1 || p.Blocked[0].Reason != "few: too many" {
		t.Errorf("%v", p.Blocked)
	}
	if p.Changes[0].BlockedBy == nil || len(p.Changes[0].BlockedBy) > 0 {
		t.Errorf("no one change is why, but %v", p.Changes[0].BlockedBy)
	}
}

func TestOfManyVerdictsOfOneRuleTheFirstAreTold(t *testing.T) {
	var declared []plan.Declaration
	for i := range 25 {
		declared = append(declared, declare(fmt.Sprintf("m%02d", i)))
	}
	p := judged(t, rules{resource: func(s plan.Subject) []plan.Verdict {
		severity := plan.RuleWarning
		if s.Key >= "m13" {
			severity = plan.RuleError
		}
		return []plan.Verdict{{Name: "never", Severity: severity, Address: s.Address(), Message: "oh"}}
	}}, members(declared))
	if len(p.Rules) != 25 || len(p.Warnings) != 11 || len(p.Blocked) != 11 {
		t.Fatalf("%d verdicts, %d warnings, %d blocks", len(p.Rules), len(p.Warnings), len(p.Blocked))
	}
	if !slices.Contains(p.Warnings, "rule never: and 3 more") {
		t.Error(p.Warnings)
	}
}
