package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// guarded declares a link with a write-only password.
func guarded(key string, from plan.Reference, fields ...string) plan.Declaration {
	d := declare(key, fields...)
	d.Value.(*thing).Password = &from
	return d
}

// tokened declares a link with a readable secret.
func tokened(key, value string, from plan.Reference, fields ...string) plan.Declaration {
	d := declare(key, fields...)
	d.Value.(*thing).Token = &token{value: value, from: &from}
	return d
}

func liveToken(o plan.Object, value string) plan.Object {
	o.Value.(*thing).Token = &token{value: value}
	return o
}

func links(declared []plan.Declaration, live ...plan.Object) plan.Set {
	return plan.Set{Kind: linkKind, Declared: declared, Live: live}
}

// resent is a plan in which some write-only attributes are sent again.
func resent(addresses []plan.Address, sets ...plan.Set) *plan.Plan {
	d := plan.NewDraft(target, lax(), "test")
	d.Resend(addresses)
	for _, s := range sets {
		d.Compare(s)
	}
	return first(d.Finish())
}

func TestAPlanHoldsWhereASecretComesFromAndNoValue(t *testing.T) {
	env, file := plan.Reference{Env: "PASSWORD"}, plan.Reference{File: "key.pem", In: "docs"}
	from := func(name string, r plan.Reference) plan.Attribute {
		return plan.Attribute{Name: name, Sensitive: true, Reference: &r}
	}
	title := plan.Attribute{Name: "name", Before: "", After: "A"}
	blind := []plan.NotComparable{{Kind: "link", Attribute: "password", Count: 1, Keys: []string{"a"}}}
	for _, test := range []struct {
		name          string
		set           plan.Set
		resend        []plan.Address
		want          []plan.Attribute
		notComparable []plan.NotComparable
	}{
		{"a creation sends it", links(only(guarded("a", env))), nil, []plan.Attribute{from("password", env)}, nil},
		{"an update does not, and says that it cannot be compared", links(only(guarded("a", env, "name=A")), live("1", "a")), nil, []plan.Attribute{title}, blind},
		{"what is unchanged says so too", links(only(guarded("a", env)), live("1", "a")), nil, nil, blind},
		{"sent again on request", links(only(guarded("a", file)), live("1", "a")), []plan.Address{"link/a"}, []plan.Attribute{from("password", file)}, nil},
		{"sent again beside another change", links(only(guarded("a", env, "name=A")), live("1", "a")), []plan.Address{"link/a"}, []plan.Attribute{title, from("password", env)}, nil},
		{"what another address names is not sent", links(only(guarded("a", env)), live("1", "a")), []plan.Address{"link/b"}, nil, blind},
		{"a creation sends it once, requested or not", links(only(guarded("a", env))), []plan.Address{"link/a"}, []plan.Attribute{from("password", env)}, nil},
		{"a readable one that differs", links(only(tokened("a", "new", env)), liveToken(live("1", "a"), "old")), nil, []plan.Attribute{from("token", env)}, nil},
		{"a readable one that is the same", links(only(tokened("a", "same", env)), liveToken(live("1", "a"), "same")), nil, nil, nil},
		{"a restoration sends it once", links(only(tokened("a", "new", env)), revivable(liveToken(live("1", "a"), "old"))), nil, []plan.Attribute{from("token", env)}, nil},
		{"a deletion has neither", links(only(absent("a")), liveToken(plan.Object{ID: "1", Key: "a", Value: &thing{Key: "a"}}, "old")), nil, []plan.Attribute{{Name: "token", Sensitive: true}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := resent(test.resend, test.set)
			var got []plan.Attribute
			if len(p.Changes) > 0 {
				got = p.Changes[0].Attributes
			}
			if diff := cmp.Diff(test.want, got, ignoreOrigins); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notComparable, p.NotComparable); diff != "" {
				t.Errorf("not comparable (-want +got):\n%s", diff)
			}
			back, err := plan.Decode(strings.NewReader(encoded(t, p)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, back); diff != "" {
				t.Errorf("saved and read (-want +got):\n%s", diff)
			}
		})
	}
}

// ignoreOrigins leaves out who asks for an attribute, which other tests look at.
var ignoreOrigins = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Origin" }, cmp.Ignore())

// What is sent again is part of a step, wherever the change has steps of its own.
func TestWhatIsSentAgainIsInTheFirstStep(t *testing.T) {
	env := plan.Reference{Env: "PASSWORD"}
	set := func(roles ...string) plan.Set {
		d := declare("", "roles="+strings.Join(roles, "+"))
		d.Value.(*thing).Roles, d.Value.(*thing).Password = &roles, &env
		o := live("1", "")
		o.Value.(*thing).Roles = &[]string{"editor", "viewer"}
		return plan.Set{Kind: policyKind, Declared: only(d), Live: []plan.Object{o}}
	}
	for name, roles := range map[string][]string{"two steps": {"editor", "admin"}, "one step": {"editor", "viewer", "admin"}, "no other change": {"editor", "viewer"}} {
		p := resent([]plan.Address{"policy"}, set(roles...))
		var sent []string
		for _, op := range p.Operations() {
			for _, a := range op.Attributes() {
				if a.Sensitive {
					sent = append(sent, a.Name)
				}
			}
		}
		if diff := cmp.Diff([]string{"password"}, sent); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheDigestKnowsTheReferenceAndNotItsPlace(t *testing.T) {
	of := func(r plan.Reference, resend ...plan.Address) string {
		return resent(resend, links(only(guarded("a", r)))).Digest
	}
	here := of(plan.Reference{File: "key.pem"})
	if there := of(plan.Reference{File: "key.pem", In: "elsewhere/docs"}); there != here {
		t.Error("a checkout in another place gives another digest")
	}
	for name, other := range map[string]plan.Reference{"another file": {File: "other.pem"}, "a variable": {Env: "key.pem"}} {
		if of(other) == here {
			t.Errorf("%s gives the same digest", name)
		}
	}
	update := links(only(guarded("a", plan.Reference{Env: "A"})), live("1", "a"))
	if resent(nil, update).Digest == resent([]plan.Address{"link/a"}, update).Digest {
		t.Error("what is sent again is not part of the digest")
	}
}

func TestSecretsAreListedOnce(t *testing.T) {
	p := resent(nil, links(only(guarded("b", plan.Reference{Env: "B"}), guarded("a", plan.Reference{File: "a.pem", In: "x"}), declare("c"))))
	want := []plan.SecretUse{
		{Address: "link/a", Attribute: "password", Reference: plan.Reference{File: "a.pem", In: "x"}},
		{Address: "link/b", Attribute: "password", Reference: plan.Reference{Env: "B"}},
	}
	if diff := cmp.Diff(want, p.Secrets()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// leaky is a kind whose creations are what a test wants.
type leaky struct {
	*toy
	attribute plan.Attribute
}

func (k *leaky) Creation(_, _ any) []plan.Attribute { return []plan.Attribute{k.attribute} }

func TestDecodeRefusesAPlanThatIsWrongAboutASecret(t *testing.T) {
	env := &plan.Reference{Env: "A"}
	for name, a := range map[string]plan.Attribute{
		"sensitive and the plan holds its value":      {Name: "x", After: "hunter2", Sensitive: true, Reference: env},
		"does not say where x of":                     {Name: "x", Sensitive: true},
		"contradicts itself on where x of link/a":     {Name: "x", After: "y", Reference: env},
		"contradicts itself on where x of":            {Name: "x", Sensitive: true, Reference: &plan.Reference{Env: "A", File: "b"}},
		"the plan contradicts itself on where x of l": {Name: "x", Sensitive: true, Reference: &plan.Reference{In: "docs"}},
	} {
		links := *linkKind
		p, _ := draft(lax(), plan.Set{Kind: &leaky{toy: &links, attribute: a}, Declared: only(declare("a"))})
		_, err := plan.Decode(strings.NewReader(encoded(t, p)))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want %q", a, err, name)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the value: %v", err)
		}
	}
}
