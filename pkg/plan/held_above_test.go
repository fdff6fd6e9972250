package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A door is a way into its organization, of which the organization itself tells
// how many there are: its external id is as long.
var (
	doorKind = &toy{
		name: "door", traits: plan.Traits{Deletable: true, Creatable: true, Renames: true, HeldAbove: true, Rank: 4, Ranks: toyRanks},
		refs: func(within plan.Address, v thing) (offers, uses []string) {
			return []string{"door/" + v.Key}, []string{string(within)}
		},
		lifelines: func(within plan.Address, live *thing, _ thing) []plan.Lifeline {
			return holds(live != nil, within, wayIn)
		},
	}
	houseKind = &toy{
		name: "organization", traits: plan.Traits{Deletable: true, Creatable: true, Rank: 3, Ranks: toyRanks},
		refs: func(_ plan.Address, v thing) (offers, uses []string) {
			return []string{"organization/" + v.Key}, prefixed("door/", v.Roles)
		},
		lifelines: func(_ plan.Address, _ *thing, v thing) (held []plan.Lifeline) {
			for range deref(v.External) {
				held = append(held, plan.Lifeline{Where: plan.Address("organization/" + v.Key), What: wayIn})
			}
			return held
		},
	}
)

// drawn is the plan of sets.
func drawn(policy plan.Policy, sets ...plan.Set) (*plan.Plan, []plan.Problem) {
	d := plan.NewDraft(target, policy, "test")
	for _, s := range sets {
		d.Compare(s)
	}
	return d.Finish()
}

func TestWhatIsCountedAboveIsNotCountedTwice(t *testing.T) {
	for _, test := range []struct {
		name    string
		doors   string // as the organization tells
		gone    []plan.Declaration
		blocked bool
	}{
		{"the last one stays", "1", only(absent("a")), true},
		{"one of two goes", "12", only(absent("a")), false},
		{"both stay, although one of them is read", "1", only(absent("a"), absent("b")), true},
		{"a new one is none that anybody knows", "1", only(absent("a"), declare("c")), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			house := plan.Set{Kind: houseKind, Declared: only(declare("acme")), Live: []plan.Object{live("1", "acme", "external="+test.doors)}}
			doors := plan.Set{Kind: doorKind, Within: "organization/acme", Declared: test.gone, Live: []plan.Object{live("a", "a"), live("b", "b")}}
			p, _ := drawn(strict(), house, doors)
			if blocked := slices.ContainsFunc(p.Blocked, func(b plan.Block) bool { return b.ID == "lock_outs" }); blocked != test.blocked {
				t.Errorf("blocked: %v, want %v: %v", blocked, test.blocked, p.Blocked)
			}
		})
	}
}

func TestWhoseNameChangesComesBeforeWhoeverUsesTheNewOne(t *testing.T) {
	house := plan.Set{Kind: houseKind, Declared: only(declare("acme", "roles=new")), Live: []plan.Object{live("1", "acme", "roles=old")}}
	doors := plan.Set{Kind: doorKind, Within: "organization/acme", Declared: only(renamed("new", "old")), Live: []plan.Object{live("a", "old")}}
	p, problems := drawn(lax(), house, doors)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string][]string{"organization/acme 0": {"organization/acme/door/new 0"}, "organization/acme/door/new 0": {}}
	if diff := cmp.Diff(want, needs(p)); diff != "" {
		t.Error(diff)
	}
}

// A creation that cannot name yet what nests in it does so in a later step.
func TestALaterStepOfACreationNeedsWhatItsFirstMadeRoomFor(t *testing.T) {
	split := *houseKind
	split.later = true
	p, problems := drawn(lax(), plan.Set{Kind: &split, Declared: only(declare("acme", "name=a", "roles=new"))},
		plan.Set{Kind: doorKind, Within: "organization/acme", Declared: only(declare("new"))})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string][]string{
		"organization/acme 0": {}, "organization/acme 1": {"organization/acme/door/new 0"}, "organization/acme/door/new 0": {"organization/acme 0"},
	}
	if diff := cmp.Diff(want, needs(p)); diff != "" {
		t.Error(diff)
	}
}
