package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func renamed(key, from string, fields ...string) plan.Declaration {
	return with(declare(key, fields...), func(d *plan.Declaration) { d.RenamedFrom = from })
}

func absent(key string) plan.Declaration {
	return with(declare(key), func(d *plan.Declaration) { d.Absent = true })
}

func pinned(key, id string, fields ...string) plan.Declaration {
	return with(declare(key, fields...), func(d *plan.Declaration) { d.ID = id })
}

func gone(o plan.Object) plan.Object {
	o.Gone = true
	return o
}

func revivable(o plan.Object) plan.Object {
	o.Gone, o.Revives = true, true
	return o
}

func TestMatching(t *testing.T) {
	const acme = "organization/acme/member/"
	tests := []struct {
		name      string
		declared  []plan.Declaration
		live      []plan.Object
		actions   []string
		ids       []string // of the changes
		unchanged int
		problems  []string
		warnings  []string
	}{
		{
			name:     "a key that one live object has is compared and left alone when nothing differs",
			declared: only(declare("ada", "name=Ada")), live: []plan.Object{live("1", "ada", "name=Ada", "external=7")}, unchanged: 1,
		},
		{
			name:     "a key that one live object has is updated when something declared differs",
			declared: only(declare("ada", "name=Ada")), live: []plan.Object{live("1", "ada", "name=A")}, actions: []string{"update " + acme + "ada"}, ids: []string{"1"},
		},
		{
			name:     "keys compare in the folded form of their kind",
			declared: only(declare("Ada", "name=Ada")), live: []plan.Object{live("1", "ADA", "name=Ada")}, unchanged: 1,
		},
		{
			name:     "a key that several live objects have is a problem that lists their ids in order",
			declared: only(declare("ada")), live: []plan.Object{live("2", "ada"), live("1", "ada")},
			problems: []string{`2 live member objects are named "ada": 1, 2`},
		},
		{
			name:     "a pinned id picks one of several with the key",
			declared: only(pinned("ada", "2", "name=Ada")), live: []plan.Object{live("1", "ada"), live("2", "ada")}, actions: []string{"update " + acme + "ada"}, ids: []string{"2"},
		},
		{
			name:     "a pinned id finds the object whatever its key",
			declared: only(pinned("ada", "1")), live: []plan.Object{live("1", "old")}, actions: []string{"update " + acme + "ada"}, ids: []string{"1"},
		},
		{
			name:     "a pinned id whose object has another name is a problem when the declared name is another's",
			declared: only(pinned("ada", "1")), live: []plan.Object{live("1", "old"), live("2", "ada")},
			problems: []string{`the member with the id 1 is named "old", and "ada" is the name of another: 2`},
		},
		{
			name:     "a pinned id that nothing has is a problem",
			declared: only(pinned("ada", "9")), live: []plan.Object{live("1", "ada")}, problems: []string{"no live member has the id 9"},
		},
		{
			name:     "a pinned id that nothing has is no problem when the object shall be absent",
			declared: only(with(absent("ada"), func(d *plan.Declaration) { d.ID = "9" })), unchanged: 1,
		},
		{
			name:     "a key that only deleted objects have is a restoration of one that can be reactivated",
			declared: only(declare("ada")), live: []plan.Object{gone(live("1", "ada")), revivable(live("3", "ada")), revivable(live("2", "Ada"))},
			actions: []string{"restore " + acme + "ada"}, ids: []string{"2"},
		},
		{
			name:     "a deleted object that cannot be reactivated is restored as a new one, without an id",
			declared: only(declare("ada")), live: []plan.Object{gone(live("1", "ada"))}, actions: []string{"restore " + acme + "ada"}, ids: []string{""},
		},
		{
			name:     "a live object is preferred to deleted ones with the same key",
			declared: only(declare("ada")), live: []plan.Object{revivable(live("1", "ada")), live("2", "ada")}, unchanged: 1,
		},
		{
			name:     "a key that is another's retired address is a problem",
			declared: only(declare("ada")), live: []plan.Object{with(live("1", "grace"), func(o *plan.Object) { o.Aliases = []string{"Ada"} })},
			problems: []string{`"ada" is a retired address of "grace", who still holds it`},
		},
		{
			name:     "an object's own retired address is no obstacle to declaring its current one",
			declared: only(declare("grace")), live: []plan.Object{with(live("1", "grace"), func(o *plan.Object) { o.Aliases = []string{"ada"} })}, unchanged: 1,
		},
		{
			name:     "a key that nothing has is created",
			declared: only(declare("ada")), actions: []string{"create " + acme + "ada"}, ids: []string{""},
		},
		{
			name:     "renamed_from with only the old key live is an update of that object",
			declared: only(renamed("ada", "old")), live: []plan.Object{live("1", "OLD")}, actions: []string{"update " + acme + "ada"}, ids: []string{"1"},
		},
		{
			name:     "renamed_from onto another's retired address is a problem",
			declared: only(renamed("ada", "old")), live: []plan.Object{live("1", "old"), with(live("2", "grace"), func(o *plan.Object) { o.Aliases = []string{"ada"} })},
			problems: []string{`"old" cannot become "ada": that is a retired address of "grace", who still holds it`},
		},
		{
			name:     "renamed_from back to one's own retired address is an update",
			declared: only(renamed("ada", "old")), live: []plan.Object{with(live("1", "old"), func(o *plan.Object) { o.Aliases = []string{"ada"} })},
			actions: []string{"update " + acme + "ada"}, ids: []string{"1"},
		},
		{
			name:     "renamed_from with only the new key live is nothing",
			declared: only(renamed("ada", "old")), live: []plan.Object{live("1", "ada")}, unchanged: 1,
		},
		{
			name:     "renamed_from with both live is a problem that names both",
			declared: only(renamed("ada", "old")), live: []plan.Object{live("1", "ada"), live("2", "old")},
			problems: []string{`both "ada" and its former name "old" are live`},
		},
		{
			name:     "renamed_from with several live under the old key is a problem",
			declared: only(renamed("ada", "old")), live: []plan.Object{live("1", "old"), live("2", "old")},
			problems: []string{`2 live member objects are named "old": 1, 2`},
		},
		{
			name:     "renamed_from with neither live is a creation and says so",
			declared: only(renamed("ada", "old")), actions: []string{"create " + acme + "ada"}, ids: []string{""},
			warnings: []string{`neither organization/acme/member/ada nor its former name "old" is live: it is created`},
		},
		{
			name:     "renamed_from with neither live does not get around another's retired address",
			declared: only(renamed("ada", "old")), live: []plan.Object{with(live("1", "grace"), func(o *plan.Object) { o.Aliases = []string{"ada"} })},
			problems: []string{`"ada" is a retired address of "grace", who still holds it`},
		},
		{
			name:     "renamed_from with neither live, and the new key among the deleted, is a restoration and says so",
			declared: only(renamed("ada", "old")), live: []plan.Object{revivable(live("1", "ada"))}, actions: []string{"restore " + acme + "ada"}, ids: []string{"1"},
			warnings: []string{`neither organization/acme/member/ada nor its former name "old" is live: it was deleted and comes back`},
		},
		{
			name:     "renamed_from a key that is declared too is a problem",
			declared: only(renamed("ada", "old"), declare("old")), live: []plan.Object{live("1", "old")}, unchanged: 1,
			problems: []string{`"ada" was renamed from "old", which is declared too`},
		},
		{
			name:     "renamed_from that differs in case alone is no rename",
			declared: only(renamed("ada", "Ada")), live: []plan.Object{live("1", "ada")}, unchanged: 1,
		},
		{
			name:     "absent deletes the live object",
			declared: only(absent("Ada")), live: []plan.Object{live("1", "ada"), live("2", "bob")}, actions: []string{"delete " + acme + "ada"}, ids: []string{"1"},
		},
		{name: "absent is nothing when nothing is live", declared: only(absent("ada")), unchanged: 1},
		{
			name:     "absent is nothing when only deleted objects have the key",
			declared: only(absent("ada")), live: []plan.Object{revivable(live("1", "ada"))}, unchanged: 1,
		},
		{
			name:     "absent is nothing when the key is but another's retired address",
			declared: only(absent("ada")), live: []plan.Object{with(live("1", "grace"), func(o *plan.Object) { o.Aliases = []string{"ada"} })}, unchanged: 1,
		},
		{
			name:     "one key declared twice is a problem",
			declared: only(declare("ada"), declare("Ada")), live: []plan.Object{live("1", "ada")}, unchanged: 1,
			problems: []string{`"Ada" and "ada" are the same member`},
		},
		{
			name:     "two declarations of one object under different keys are a problem",
			declared: only(declare("ada"), pinned("bob", "1")), live: []plan.Object{live("1", "ada")}, unchanged: 1,
			problems: []string{`"ada" and "bob" are the same live member`},
		},
		{
			name:     "an external id that another object holds is a problem",
			declared: only(declare("ada", "external=7")), live: []plan.Object{live("1", "bob", "external=7")}, actions: []string{"create " + acme + "ada"}, ids: []string{""},
			problems: []string{`external 7 already belongs to "bob"`},
		},
		{
			name:     "an external id that another object holds is a problem in initial too",
			declared: only(with(declare("ada"), func(d *plan.Declaration) { d.Initial = value("ada", "external=7") })),
			live:     []plan.Object{live("1", "bob", "external=7")}, actions: []string{"create " + acme + "ada"}, ids: []string{""},
			problems: []string{`external 7 already belongs to "bob"`},
		},
		{
			name:     "an external id that the object has itself, or that only a deleted one had, is free",
			declared: only(declare("ada", "external=7"), declare("bob", "external=8")),
			live:     []plan.Object{live("1", "ada", "external=7"), gone(live("2", "eve", "external=8")), live("3", "bob", "external=8")}, unchanged: 2,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, problems := draft(lax(), with(members(test.declared, test.live...), func(s *plan.Set) { s.Closed = false }))
			var ids []string
			for _, c := range p.Changes {
				ids = append(ids, c.ID)
			}
			got := []any{orNone(actions(p)), ids, p.Summary.Unchanged, orNone(messages(problems)), orNone(p.Warnings)}
			want := []any{test.actions, test.ids, test.unchanged, test.problems, test.warnings}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func orNone(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func TestWhatAKindCannotDoIsAProblem(t *testing.T) {
	links := func(declared []plan.Declaration, live ...plan.Object) plan.Set {
		return plan.Set{Kind: linkKind, Declared: declared, Live: live}
	}
	tests := []struct {
		name string
		set  plan.Set
		want string
	}{
		{
			"a singleton that is not live cannot be created",
			plan.Set{Kind: policyKind, Declared: only(declare("", "roles=a"))},
			"Stytch has no policy and none can be created",
		},
		{
			"a singleton cannot be removed",
			plan.Set{Kind: policyKind, Declared: only(absent("")), Live: []plan.Object{live("1", "")}},
			"policy cannot be removed: Stytch always has it",
		},
		{
			"an object of a kind without renames cannot get another key through its id", links(only(pinned("b", "1")), live("1", "a")),
			`link/a cannot get the key "b": a link cannot be renamed`,
		},
		{
			"two keys that meet in one address are refused", links(only(declare("a\n"), declare("a%0A"))),
			`link/a%0A stands for two objects: "a\n" and "a%0A"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := draft(lax(), test.set)
			if diff := cmp.Diff([]string{test.want}, messages(problems)); diff != "" {
				t.Error(diff)
			}
			if problems[0].Resource == nil {
				t.Error("the problem has no position")
			}
		})
	}
}

func TestARuleThatTheLiveValueBreaksAlreadyDoesNotForbidOtherChanges(t *testing.T) {
	strict := *memberKind
	strict.problem = func(v thing) string {
		if deref(v.Name) == "bad" {
			return "the name is bad"
		}
		return ""
	}
	try := func(d plan.Declaration, live ...plan.Object) []string {
		_, problems := draft(lax(), with(members(only(d), live...), func(s *plan.Set) { s.Kind = &strict }))
		return messages(problems)
	}
	if got := try(declare("ada", "roles=editor"), live("1", "ada", "name=bad")); len(got) > 0 {
		t.Errorf("a change of roles was refused for a name that it leaves alone: %q", got)
	}
	if got := try(declare("ada", "name=bad"), live("1", "ada", "name=good")); len(got) != 1 {
		t.Errorf("a value that newly breaks a rule was not refused: %q", got)
	}
	if got := try(declare("ada", "name=bad")); len(got) != 1 {
		t.Errorf("a creation that breaks a rule was not refused: %q", got)
	}
}

func TestInitialIsSentOnCreationAndNeverCompared(t *testing.T) {
	ada := with(declare("ada", "roles=editor"), func(d *plan.Declaration) { d.Initial = value("ada", "name=Ada") })
	p, _ := draft(lax(), members(only(ada)))
	want := []plan.Attribute{{Name: "name", After: "Ada"}, {Name: "roles", After: []string{"editor"}}}
	if diff := cmp.Diff(want, p.Changes[0].Attributes); diff != "" {
		t.Error(diff)
	}
	p, _ = draft(lax(), members(only(ada), live("1", "ada", "name=Countess", "roles=editor")))
	if len(p.Changes) != 0 {
		t.Errorf("initial was compared: %v", actions(p))
	}
}

func TestWhoMustReleaseAUniqueValueIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		declared []plan.Declaration
		want     string
	}{
		"the holder is not declared": {only(declare("ada", "external=7")), "if they are the same, declare it with renamed_from: bob"},
		"the holder is declared too": {only(declare("ada", "external=7"), declare("bob", "external=8")), "bob is declared too: release it there in a change of its own, and give it away in the next"},
	} {
		_, problems := draft(lax(), members(test.declared, live("1", "ada"), live("2", "bob", "external=7")))
		if len(problems) != 1 || problems[0].Hint != test.want {
			t.Errorf("%s: %+v, want the hint %q", name, problems, test.want)
		}
	}
}
