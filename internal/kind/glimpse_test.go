package kind

import (
	"context"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A tap is a toy with a secret of which the last four characters are shown, and
// without which its host cannot change.
type tap struct {
	Name string      `attr:"name,key" doc:"-"`
	Host Opt[string] `attr:"host" doc:"-"`
	On   Opt[bool]   `attr:"on" doc:"-"`
	Key  Opt[Secret] `attr:"key,secret,lastfour" doc:"-"`
}

func tapType(live ...tap) Type[tap] {
	return Type[tap]{
		Name: "tap", Plural: "taps", Doc: "-", Plane: client.Management,
		Along: func(changes func(string) bool) []string {
			if changes("host") {
				return []string{"key"}
			}
			return nil
		},
		List: func(context.Context, *client.Client, []Scope) iter.Seq2[Live[tap], error] {
			return func(yield func(Live[tap], error) bool) {
				for _, l := range live {
					if !yield(Live[tap]{ID: l.Name, Value: l}, nil) {
						return
					}
				}
			}
		},
		Update: func(context.Context, *client.Client, Edit[tap]) error { return nil },
	}
}

func keyed(text string) Opt[Secret] {
	return Some(Secret{Secret: client.NewSecret(text), Reference: plan.Reference{Env: "KEY"}})
}

func TestASecretOfWhichTheEndIsShownComparesByIt(t *testing.T) {
	live := tap{Name: "a", Host: Some("one"), On: Some(true), Key: Some(Answered("4711"))}
	key := plan.Attribute{Name: "key", Sensitive: true, Reference: &plan.Reference{Env: "KEY"}}
	host := plan.Attribute{Name: "host", Before: "one", After: "two"}
	for _, test := range []struct {
		name     string
		declared tap
		want     []plan.Attribute
		problem  string
	}{
		{"the same end", tap{Key: keyed("long-4711")}, nil, ""},
		{"another end", tap{Key: keyed("long-4712")}, []plan.Attribute{key}, ""},
		{"one shorter than that", tap{Key: keyed("711")}, []plan.Attribute{key}, ""},
		{"without its value", tap{Key: keyed("")}, nil, ""},
		{"what cannot change without it", tap{Host: Some("two"), Key: keyed("long-4711")}, []plan.Attribute{host, key}, ""},
		{"what cannot change without it, and it changes itself", tap{Host: Some("two"), Key: keyed("x")}, []plan.Attribute{host, key}, ""},
		{
			"what cannot change without it, and nobody declares it",
			tap{Host: Some("two")},
			[]plan.Attribute{host},
			"host cannot change without key: Stytch takes them together, and nobody can read back the one that it has",
		},
		{"what can change without it", tap{On: Some(false), Key: keyed("long-4711")}, []plan.Attribute{{Name: "on", Before: true, After: false}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.declared.Name = "a"
			e := erasedOf(t, tapType())
			changed := e.Compare(&live, &test.declared)
			if diff := cmp.Diff(test.want, changed); diff != "" {
				t.Error(diff)
			}
			problem := ""
			after := e.After(&live, &test.declared, nil)
			for _, p := range e.Effects(plan.Transition{Action: plan.Update, Key: "a", Live: &plan.Object{Value: &live}, After: after, Changed: changed}).Problems {
				problem += p.Message
			}
			if problem != test.problem {
				t.Errorf("problem %q, want %q", problem, test.problem)
			}
		})
	}
}

// Nobody sees whether Stytch has all of it: an operation that sends it is never
// taken for done, and a flag has it sent although its end is the same.
func TestASecretOfWhichTheEndIsShownIsSentAgainOnRequest(t *testing.T) {
	catalog := NewCatalog(New(tapType(tap{Name: "a", Host: Some("one"), Key: Some(Answered("4711"))})))
	document, diagnostics := spec.Load([]string{write(t, "taps: {a: {host: one, key: '${env(\"KEY\")}'}}\n")}, spec.Options{Vocabulary: catalog.Vocabulary()})
	desired, more := Decode(document, catalog)
	more = append(more, desired.Resolve(Secrets{LookupEnv: func(string) (string, bool) { return "other-4711", true }})...)
	if all := told(append(diagnostics, more...)); len(all) > 0 {
		t.Fatal(all)
	}
	again, err := desired.Resends([]string{"tap/a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		resend []plan.Address
		want   int
	}{{"not asked for", nil, 0}, {"asked for", again, 1}} {
		t.Run(test.name, func(t *testing.T) {
			p, problems, err := desired.Plan(t.Context(), nil, plan.Target{}, ReadOptions{Resend: test.resend})
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			if len(p.Changes) != test.want || len(p.NotComparable) > 0 {
				t.Fatalf("%d changes, not comparable: %v", len(p.Changes), p.NotComparable)
			}
			if test.want == 0 {
				return
			}
			change := p.Changes[0]
			if len(change.Attributes) != 1 || change.Attributes[0].Name != "key" {
				t.Errorf("%+v", change.Attributes)
			}
			change.Attributes[0].After = keyed("other-4711").Value
			k, _ := catalog.Lookup("tap")
			if !k.blind(plan.Operation{Change: &change}) {
				t.Error("it is taken for done")
			}
			change.Attributes = append(change.Attributes, plan.Attribute{Name: "host", Before: "two", After: "one"})
			if k.blind(plan.Operation{Change: &change}) {
				t.Error("what changed with it does not tell")
			}
		})
	}
}

// What somebody has put in its place since is drift, like any other value.
func TestASecretOfWhichTheEndIsShownDrifts(t *testing.T) {
	catalog := NewCatalog(New(homeType()), New(tapType(tap{Name: "a", Host: Some("one"), Key: Some(Answered("4712"))})))
	decoded := func() *Desired {
		document, diagnostics := spec.Load([]string{write(t, "taps: {a: {host: one, key: '${env(\"KEY\")}'}}\n")}, spec.Options{Vocabulary: catalog.Vocabulary()})
		desired, more := Decode(document, catalog)
		more = append(more, desired.Resolve(Secrets{LookupEnv: func(string) (string, bool) { return "long-4711", true }})...)
		if all := told(append(diagnostics, more...)); len(all) > 0 {
			t.Fatal(all)
		}
		return desired
	}
	p, problems, err := decoded().Plan(t.Context(), nil, plan.Target{}, ReadOptions{Before: &Before{Desired: decoded()}})
	if err != nil || len(problems) > 0 || len(p.Changes) != 1 {
		t.Fatal(err, problems, len(p.Changes))
	}
	if got := p.Changes[0].Origin; got != plan.Drift {
		t.Errorf("the origin is %q", got)
	}
}
