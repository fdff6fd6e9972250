package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func sortedCopy(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// A drifted is what a set with a base finds of one member: address, attribute
// and live value of each difference.
func drifted(t *testing.T, declared, base plan.Declaration, objects ...plan.Object) []plan.Difference {
	t.Helper()
	set := members(only(declared), objects...)
	set.Past = &plan.Past{Declared: only(base), Within: set.Within}
	p, problems := draft(lax(), set)
	if len(problems) > 0 {
		t.Fatal(messages(problems))
	}
	return p.Drift()
}

func TestOnlyWhatChangedAtStytchIsDrift(t *testing.T) {
	tests := []struct {
		name           string
		declared, base plan.Declaration
		live           []plan.Object
		want           []string
	}{
		{"an edit that waits", declare("ada", "name=b"), declare("ada", "name=a"), []plan.Object{live("1", "ada", "name=a")}, nil},
		{"a change by hand", declare("ada", "name=a"), declare("ada", "name=a"), []plan.Object{live("1", "ada", "name=x")}, []string{"name"}},
		{"both of one attribute", declare("ada", "name=b"), declare("ada", "name=a"), []plan.Object{live("1", "ada", "name=x")}, []string{"name"}},
		{"of a mixed change the drift alone", declare("ada", "name=b", "roles=r"), declare("ada", "name=a", "roles=r"), []plan.Object{live("1", "ada", "name=a", "roles=s")}, []string{"roles"}},
		{"an object that waits to be created", declare("ada", "name=a"), declare("bob", "name=a"), nil, nil},
		{"what was deleted by hand", declare("ada", "name=a"), declare("ada", "name=a"), nil, []string{""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var attributes []string
			for _, d := range drifted(t, test.declared, test.base, test.live...) {
				attributes = append(attributes, d.Attribute)
			}
			if diff := cmp.Diff(test.want, attributes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFingerprintLastsAsLongAsTheDrift(t *testing.T) {
	printOf := func(declared plan.Declaration, object plan.Object) string {
		found := drifted(t, declared, declared, object)
		if len(found) != 1 {
			t.Fatalf("%d differences, want one", len(found))
		}
		return found[0].Fingerprint
	}
	first := printOf(declare("ada", "name=a"), live("1", "ada", "name=x"))
	same := map[string]bool{
		"declared anew":      printOf(declare("ada", "name=b"), live("1", "ada", "name=x")) == first,
		"under another id":   printOf(declare("ada", "name=a"), live("2", "ada", "name=x")) == first,
		"another live value": printOf(declare("ada", "name=a"), live("1", "ada", "name=y")) == first,
		"another object":     printOf(declare("bob", "name=a"), live("1", "bob", "name=x")) == first,
		"another attribute":  printOf(declare("ada", "external=a"), live("1", "ada", "external=x")) == first,
		"in the set's order": printOf(declare("ada", "roles=r"), live("1", "ada", "roles=b,a")) == printOf(declare("ada", "roles=r"), live("1", "ada", "roles=a,b")),
	}
	want := map[string]bool{
		"declared anew": true, "under another id": true, "another live value": false, "another object": false, "another attribute": false,
		"in the set's order": true,
	}
	if diff := cmp.Diff(want, same); diff != "" {
		t.Error(diff)
	}
}

// An accepted value has the fingerprint that it has as a drift, so that whoever
// remembers the one knows the other.
func TestWhatIsAcceptedKeepsItsFingerprint(t *testing.T) {
	found := map[string][]string{}
	for _, today := range []string{"2026-12-31", "2027-01-01"} {
		d := plan.NewDraft(plan.Target{}, lax(), "test")
		d.Accept([]plan.Acceptance{accept(ada, "name", value("", "name=x"), "2026-12-31"), acceptObject("organization/acme/member/bob", plan.Missing)}, today)
		d.Compare(members(only(declare("ada", "name=a"), declare("bob")), live("1", "ada", "name=x")))
		p, _ := d.Finish()
		for _, a := range p.Accepted {
			found["accepted"] = append(found["accepted"], a.Fingerprint)
		}
		for _, l := range p.Drift() {
			found["drift"] = append(found["drift"], l.Fingerprint)
		}
	}
	if diff := cmp.Diff(found["accepted"], found["drift"]); diff != "" || len(found["drift"]) != 2 {
		t.Error(diff, found)
	}
}
