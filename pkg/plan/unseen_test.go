package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func unseen(s plan.Set) plan.Set {
	s.Unknown = "the cursor repeats itself"
	return s
}

func TestWhereNotEverythingWasSeenOnlyWhatWasSeenIsUpdated(t *testing.T) {
	closed := lax()
	closed.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
	p, problems := draft(closed, unseen(members(
		only(declare("new"), declare("seen", "name=Seen"), declare("back"), absent("out"), absent("never"), renamed("later", "sooner"), pinned("pin", "9")),
		live("1", "seen"), revivable(live("2", "back")), live("3", "out"), live("4", "sooner"), live("5", "undeclared"),
	)))
	if len(problems) > 0 {
		t.Fatal(messages(problems))
	}
	if diff := cmp.Diff([]string{"update organization/acme/member/seen"}, actions(p)); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"organization/acme/member/back is not restored: the member of organization/acme could not be read whole",
		`organization/acme/member/later is not made out of "sooner": the member of organization/acme could not be read whole`,
		"organization/acme/member/new was not seen and is not created: the member of organization/acme could not be read whole",
		"organization/acme/member/out is not deleted: the member of organization/acme could not be read whole",
		"organization/acme/member/pin was not seen and is not created: the member of organization/acme could not be read whole",
	}
	if diff := cmp.Diff(want, p.Warnings); diff != "" {
		t.Error(diff)
	}
	if p.Complete || len(p.Unknown) != 1 || len(p.Blocked) != 0 {
		t.Errorf("complete %v, unknown %v, blocked %v", p.Complete, p.Unknown, p.Blocked)
	}
}

func TestWhatUsesSomethingUnseenIsLeftOut(t *testing.T) {
	p, _ := draft(lax(),
		unseen(plan.Set{Kind: policyKind, Declared: only(declare("", "roles=editor,viewer"))}),
		members(only(declare("ada", "name=Ada", "roles=editor"), declare("bob", "name=Bob", "roles=viewer"), declare("eve", "name=Eve")),
			live("1", "ada"), live("2", "bob", "roles=viewer")),
	)
	want := []string{"update organization/acme/member/bob", "create organization/acme/member/eve"}
	if diff := cmp.Diff(want, actions(p)); diff != "" {
		t.Error("bob's role is there already, eve has none; ada's cannot be known:", diff)
	}
	if diff := cmp.Diff([]string{
		"policy was not seen and is left alone: the environment's policy could not be read whole",
		"the update of organization/acme/member/ada is left out: it needs role/editor, which could not be read",
	}, p.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestWhatLeansOnSomethingLeftOutIsLeftOutToo(t *testing.T) {
	// An organization uses a role here, so that a chain of three arises.
	organizations := *organizationKind
	organizations.refs = func(_ plan.Address, v thing) (offers, uses []string) {
		return []string{"organization/" + v.Key}, prefixed("role/", v.Roles)
	}
	p, _ := draft(lax(),
		members(only(declare("ada"))),
		plan.Set{Kind: &organizations, Declared: only(declare("acme", "roles=editor"))},
		unseen(plan.Set{Kind: policyKind, Declared: only(declare("", "roles=editor"))}),
	)
	if len(p.Changes) != 0 {
		t.Errorf("left: %v", actions(p))
	}
	// And where the one that leans comes first in the order of addresses.
	links := *linkKind
	links.refs = func(_ plan.Address, v thing) (offers, uses []string) {
		return []string{"link/" + v.Key}, prefixed("link/", v.Roles)
	}
	other := links
	other.name = "zone"
	p, _ = draft(lax(),
		plan.Set{Kind: &links, Declared: only(declare("a", "roles=b"), declare("b", "roles=c"), declare("d"))},
		unseen(plan.Set{Kind: &other, Declared: only(declare("c"))}),
	)
	if diff := cmp.Diff([]string{"create link/d"}, actions(p)); diff != "" {
		t.Error(diff)
	}
}

func TestWhereNotAllMembersWereSeenNoLastAdministratorIsTaken(t *testing.T) {
	set := members(only(declare("ada", "roles="), declare("bob", "name=Bob")), live("1", "ada", "roles=stytch_admin"), live("2", "bob"))
	p, _ := draft(plan.DefaultPolicy(), unseen(set))
	if diff := cmp.Diff([]string{"update organization/acme/member/bob"}, actions(p)); diff != "" {
		t.Error(diff)
	}
	again, _ := draft(plan.DefaultPolicy(),
		plan.Set{Kind: policyKind, Declared: only(declare("", "roles=viewer")), Live: []plan.Object{live("p", "", "roles=editor,viewer")}},
		unseen(members(only(declare("ada", "roles=")), live("1", "ada", "roles=editor,stytch_admin"))),
	)
	if len(again.Changes) != 0 {
		t.Errorf("ada keeps what she has, editor too, so that nothing may take that role away: %v", actions(again))
	}
	set.Live = append(set.Live, live("3", "eve", "roles=stytch_admin"))
	p, _ = draft(plan.DefaultPolicy(), unseen(set))
	if len(p.Changes) != 2 {
		t.Errorf("another administrator was seen, so that ada may go: %v", actions(p))
	}
}
