package plan_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// since is a draft of sets that carry their past.
func since(policy plan.Policy, protect []plan.Address, sets ...plan.Set) (*plan.Plan, []plan.Problem) {
	d := plan.NewDraft(target, policy, "test")
	d.Since("git:main", protect)
	for _, s := range sets {
		d.Compare(s)
	}
	return d.Finish()
}

// origins writes the one change of a plan as "origin: attribute origin, …".
func origins(p *plan.Plan) string {
	if len(p.Changes) != 1 {
		return fmt.Sprint(len(p.Changes), " changes")
	}
	var parts []string
	for _, a := range p.Changes[0].Attributes {
		parts = append(parts, a.Name+" "+string(a.Origin))
	}
	slices.Sort(parts)
	return strings.Join(append([]string{string(p.Changes[0].Action), string(p.Changes[0].Origin)}, parts...), ", ")
}

func TestOrigins(t *testing.T) {
	secret := func(key, from, value string) plan.Declaration {
		return plan.Declaration{Key: key, Resource: key, Value: &thing{Key: key, Token: &token{value: value, from: &plan.Reference{Env: from}}}}
	}
	password := func(key, from string) plan.Declaration {
		return plan.Declaration{Key: key, Resource: key, Value: &thing{Key: key, Password: &plan.Reference{Env: from}}}
	}
	ada, held := live("1", "ada", "name=live"), live("1", "ada")
	held.Value.(*thing).Token = &token{value: "old"}
	tests := []struct {
		name   string
		base   []plan.Declaration
		want   []plan.Declaration
		live   []plan.Object
		closes bool
		result string
	}{
		// Updates.
		{name: "what is live is what the base declared: the document changed", base: only(declare("ada", "name=live")), want: only(declare("ada", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		{name: "what is declared is what the base declared: Stytch changed", base: only(declare("ada", "name=new")), want: only(declare("ada", "name=new")), live: only1(ada), result: "update, drift, name drift"},
		{name: "neither is: both changed", base: only(declare("ada", "name=old")), want: only(declare("ada", "name=new")), live: only1(ada), result: "update, both, name both"},
		{name: "an attribute that the base did not declare is an edit", base: only(declare("ada")), want: only(declare("ada", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		{name: "an object that the base did not declare is an edit", want: only(declare("ada", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		{name: "an object that was to be absent and is kept after all is an edit", base: only(absent("ada")), want: only(declare("ada", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		{name: "a change of an edit and a drift is both", base: only(declare("ada", "name=live", "roles=a")), want: only(declare("ada", "name=new", "roles=a")), live: only1(ada), result: "update, both, name edit, roles drift"},
		{name: "sets compare as sets", base: only(declare("ada", "roles=b,a")), want: only(declare("ada", "roles=a,b,b")), live: only1(ada), result: "update, drift, roles drift"},
		{name: "the case of a key does not matter", base: only(declare("ADA", "name=live")), want: only(declare("Ada", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		// Renames.
		{name: "a rename is an edit", base: only(declare("ada", "name=live")), want: only(renamed("ada2", "ada", "name=live")), live: only1(ada), result: "update, edit, key edit"},
		{name: "a rename that the base declared and that was undone is drift", base: only(renamed("ada2", "ada")), want: only(renamed("ada2", "ada")), live: only1(ada), result: "update, drift, key drift"},
		{name: "after the rename the former key is still what the base knows", base: only(declare("old", "name=new")), want: only(renamed("ada", "old", "name=new")), live: only1(ada), result: "update, drift, name drift"},
		{name: "a base that pins the id means the object, whatever its key", base: only(pinned("ada", "1", "name=live")), want: only(pinned("ada", "1", "name=new")), live: only1(ada), result: "update, edit, name edit"},
		// Creations.
		{name: "what the base declared and is not there was deleted", base: only(declare("ada", "name=new")), want: only(declare("ada", "name=new")), result: "create, drift, name drift"},
		{name: "what the base did not declare is new", want: only(declare("ada", "name=new")), result: "create, edit, name edit"},
		{name: "what was deleted and is declared otherwise is both", base: only(declare("ada", "name=old", "roles=a")), want: only(declare("ada", "name=new", "roles=a")), result: "create, both, name both, roles drift"},
		{name: "what was absent on purpose and is declared again is an edit", base: only(absent("ada")), want: only(declare("ada", "name=new")), result: "create, edit, name edit"},
		{name: "what was deleted and is renamed is both", base: only(declare("old", "name=new")), want: only(renamed("ada", "old", "name=new")), result: "create, both, name drift"},
		{
			name: "what initial gives follows the object", base: only(with(declare("ada", "name=new"), initially("external=1"))),
			want: only(with(declare("ada", "name=new"), initially("external=2"))), result: "create, drift, external drift, name drift",
		},
		{
			name: "another live object's declaration in the base says nothing", base: only(renamed("new", "ada", "name=x")), want: only(declare("ada", "name=live"), declare("new", "name=x")), live: only1(ada),
			result: "create, edit, name edit",
		},
		// Restorations.
		{name: "what was deleted and can come back is drift", base: only(declare("ada", "name=new")), want: only(declare("ada", "name=new")), live: only1(revivable(ada)), result: "restore, drift, name drift"},
		{name: "what was deleted before it was declared is an edit", want: only(declare("ada", "name=new")), live: only1(revivable(ada)), result: "restore, edit, name edit"},
		// Deletions.
		{name: "what was to be absent and is there came back", base: only(absent("ada")), want: only(absent("ada")), live: only1(ada), result: "delete, drift, name drift, roles drift"},
		{name: "what was to be absent stays unwanted without its block", base: only(absent("ada")), live: only1(ada), result: "delete, drift, name drift, roles drift"},
		{name: "a new absent is an edit", base: only(declare("ada", "name=old")), want: only(absent("ada")), live: only1(ada), result: "delete, edit, name edit, roles edit"},
		{name: "a new absent of what was never declared is an edit", want: only(absent("ada")), live: only1(ada), result: "delete, edit, name edit, roles edit"},
		{name: "a dropped block is an edit", base: only(declare("ada")), live: only1(ada), closes: true, result: "delete, edit, name edit, roles edit"},
		{name: "what somebody put into a closed set is drift", live: only1(ada), closes: true, result: "delete, drift, name drift, roles drift"},
		{name: "to close a set is an edit", live: only1(ada), result: "delete, edit, name edit, roles edit"},
		{name: "whom an identity provider brought the base would have kept", live: only1(with(ada, func(o *plan.Object) { o.Owner = "sso" })), closes: true, result: "delete, edit, name edit, roles edit"},
		// Secrets.
		{name: "a secret from the same place that differs is drift", base: only(secret("ada", "A", "")), want: only(secret("ada", "A", "new")), live: only1(held), result: "update, drift, token drift"},
		{name: "a secret from another place is an edit, whatever it was", base: only(secret("ada", "A", "")), want: only(secret("ada", "B", "new")), live: only1(held), result: "update, edit, token edit"},
		{name: "a secret that the base did not declare is an edit", base: only(declare("ada")), want: only(secret("ada", "B", "new")), live: only1(held), result: "update, edit, token edit"},
		{name: "a secret of what was deleted is drift when it comes from the same place", base: only(password("ada", "A")), want: only(password("ada", "A")), result: "create, drift, password drift"},
		{name: "a secret of what was deleted that comes from another place is both", base: only(password("ada", "A")), want: only(password("ada", "B")), result: "create, both, password both"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := lax()
			policy.Undeclared = map[string]plan.Undeclaring{"member": plan.DeleteUndeclared}
			set := members(test.want, test.live...)
			set.IDPMembers = plan.IDPManage
			set.Past = &plan.Past{Declared: test.base, Within: set.Within, Deletes: test.closes, IDPMembers: plan.IDPObserve}
			p, problems := since(policy, nil, set)
			if len(problems) > 0 {
				t.Fatal(messages(problems))
			}
			if diff := gocmp.Diff(test.result, origins(p)); diff != "" {
				t.Error(diff)
			}
			if p.Base != "git:main" {
				t.Errorf("the plan does not say what it was compared with: %q", p.Base)
			}
			set.Past = nil
			without, _ := draft(policy, set)
			if got := without.Changes[0].Origin; got != plan.Drift || strings.Contains(encoded(t, without), `"base"`) || strings.Count(encoded(t, without), `"origin"`) != 1 {
				t.Errorf("without a base every difference is drift, and no attribute says more: %s", encoded(t, without))
			}
		})
	}
}

func only1(o plan.Object) []plan.Object { return []plan.Object{o} }

func initially(fields ...string) func(*plan.Declaration) {
	return func(d *plan.Declaration) { d.Initial = value(d.Key, fields...) }
}

func TestWhatAFlagSendsAgainIsAnEdit(t *testing.T) {
	declared := plan.Declaration{Key: "ada", Value: &thing{Key: "ada", Password: &plan.Reference{Env: "A"}}}
	set := members(only(declared), live("1", "ada"))
	set.Past = &plan.Past{Declared: only(declared), Within: set.Within}
	d := plan.NewDraft(target, lax(), "test")
	d.Since("old", nil)
	d.Resend([]plan.Address{"organization/acme/member/ada"})
	d.Compare(set)
	if diff := gocmp.Diff("update, edit, password edit", origins(first(d.Finish()))); diff != "" {
		t.Error(diff)
	}
}

// oracle says what the contract says, from the three values of every field, in
// which "-" is what is not declared or not there.
func oracle(change *plan.Change, live, base, declared, initial map[string]string, baseAbsent, deletes bool) (plan.Origin, map[string]plan.Origin) {
	attributes, all := map[string]plan.Origin{}, map[plan.Origin]bool{}
	object := plan.Edit
	switch {
	case change.Action == plan.Delete && (baseAbsent || base == nil && deletes), change.Action == plan.Create && base != nil && !baseAbsent:
		object = plan.Drift
	}
	if change.Action != plan.Update {
		all[object] = true
	}
	at := func(m map[string]string, name string) string { return cmp.Or(m[name], "-") }
	for _, name := range []string{"name", "roles", "external"} {
		l, b, d := at(live, name), at(base, name), at(declared, name)
		if baseAbsent {
			b = "-"
		}
		var origin plan.Origin
		switch {
		case change.Action == plan.Delete && (name == "roles" || l != "="): // the toy lists an empty set too
			origin = object
		case change.Action == plan.Delete, change.Action == plan.Update && (d == "-" || d == l):
			continue
		case d == "-" && at(initial, name) != "-":
			origin = object
		case d == "-":
			continue
		case b == "-", b == l:
			origin = plan.Edit
		case b == d:
			origin = plan.Drift
		default:
			origin = plan.Both
		}
		attributes[name], all[origin] = origin, true
	}
	if len(all) == 1 {
		for only := range all {
			return only, attributes
		}
	}
	return plan.Both, attributes
}

// plain writes the fields of a thing that are set, each with an equals sign
// before its value.
func plain(v any) map[string]string {
	t, ok := v.(*thing)
	if !ok || t == nil {
		return nil
	}
	fields := map[string]string{}
	if t.Name != nil {
		fields["name"] = "=" + *t.Name
	}
	if t.Roles != nil {
		fields["roles"] = "=" + strings.Join(set(*t.Roles), ",")
	}
	if t.External != nil {
		fields["external"] = "=" + *t.External
	}
	return fields
}

func TestOriginsAreWhatTheContractSays(t *testing.T) {
	seen := map[string]int{}
	check := func(t *rapid.T) {
		s := plan.Set{Kind: linkKind, Closed: true, Declared: drawDeclared(t, "wanted", linkKeys, roleNames[:2], false)}
		past := &plan.Past{Declared: drawDeclared(t, "base", linkKeys, roleNames[:2], false), Deletes: rapid.Bool().Draw(t, "base closes")}
		s.Past = past
		for _, now := range s.Declared {
			if rapid.Bool().Draw(t, now.Key+" is declared as before") {
				past.Declared = append(slices.DeleteFunc(past.Declared, func(d plan.Declaration) bool { return d.Key == now.Key }), now)
			}
		}
		for _, key := range some(t, "live", linkKeys) {
			v := drawThing(t, key, "live", roleNames[:2], true)
			s.Live = append(s.Live, plan.Object{ID: "id-" + key, Key: key, Value: &v})
		}
		policy := lax()
		policy.Undeclared = map[string]plan.Undeclaring{"link": plan.DeleteUndeclared}
		p, problems := since(policy, nil, s)
		if len(problems) > 0 {
			t.Fatal(messages(problems))
		}
		of := func(list []plan.Declaration, key string) plan.Declaration {
			if i := slices.IndexFunc(list, func(d plan.Declaration) bool { return d.Key == key }); i >= 0 {
				return list[i]
			}
			return plan.Declaration{}
		}
		for i := range p.Changes {
			c := &p.Changes[i]
			base, declared := of(past.Declared, c.Key), of(s.Declared, c.Key)
			var now map[string]string
			if j := slices.IndexFunc(s.Live, func(o plan.Object) bool { return o.Key == c.Key }); j >= 0 {
				now = plain(s.Live[j].Value)
			}
			want, attributes := oracle(c, now, plain(base.Value), plain(declared.Value), plain(declared.Initial), base.Absent, past.Deletes)
			got := map[string]plan.Origin{}
			for _, a := range c.Attributes {
				got[a.Name] = a.Origin
			}
			if diff := gocmp.Diff(attributes, got); diff != "" || c.Origin != want {
				t.Fatalf("%s %s is %s, want %s: %s", c.Action, c.Address, c.Origin, want, diff)
			}
			seen[string(c.Action)+" "+string(c.Origin)]++
		}
	}
	for range 5 { // so that every case is drawn
		rapid.Check(t, check)
	}
	want := []string{"create both", "create drift", "create edit", "delete drift", "delete edit", "update both", "update drift", "update edit"}
	if diff := gocmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("not every case was drawn: %s", diff)
	}
}

// remembering gives sets the past that other documents were.
func remembering(sets []plan.Set, before wish) []plan.Set {
	for i := range sets {
		s := &sets[i]
		_, slug, _ := strings.Cut(string(s.Within), "/")
		at := place{s.Kind.Name(), slug}
		s.Past = &plan.Past{
			Declared: before.declared[at], Within: s.Within, IDPMembers: before.idp,
			Deletes: before.closed[at] && before.policy.Undeclared[at.kind] == plan.DeleteUndeclared && !s.Kind.Traits().KeptWhenOmitted,
		}
	}
	return sets
}

// withoutOrigins is a plan as it would be without a base.
func withoutOrigins(p *plan.Plan) *plan.Plan {
	p.Base = ""
	for i := range p.Changes {
		p.Changes[i].Origin = plan.Drift
		for j := range p.Changes[i].Attributes {
			p.Changes[i].Attributes[j].Origin = ""
		}
	}
	return p
}

func TestABaseThatProtectsNothingChangesNothingButOrigins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		without, problems := draft(want.policy, w.sets(want)...)
		p, others := since(want.policy, nil, remembering(w.sets(want), drawWish(t, w))...)
		if diff := gocmp.Diff(messages(problems), messages(others)); diff != "" {
			t.Fatal(diff)
		}
		if _, err := plan.Decode(strings.NewReader(encoded(t, p))); err != nil && len(problems) == 0 {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(encoded(t, without), encoded(t, withoutOrigins(p))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWhatTheBaseDeclaredAlikeIsDriftAndWhatItDidNotIsAnEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := drawWish(t, w)
		same, _ := since(want.policy, nil, remembering(w.sets(want), want)...)
		empty, _ := since(want.policy, nil, remembering(w.sets(want), wish{})...)
		for i := range same.Changes {
			if o := same.Changes[i].Origin; o != plan.Drift {
				t.Fatalf("the documents did not change, and %s %s is %s", same.Changes[i].Action, same.Changes[i].Address, o)
			}
			if o := empty.Changes[i].Origin; o != plan.Edit {
				t.Fatalf("the base was empty, and %s %s is %s", empty.Changes[i].Action, empty.Changes[i].Address, o)
			}
		}
	})
}
