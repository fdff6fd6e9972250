package kind

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestADeclarationDeclaresWhatItSetsAndWhatItRemoves(t *testing.T) {
	w := &widget{
		Name: "w", Title: Some(""), Tags: Some([]string(nil)),
		Meta:   Some(map[string]any{"plan": "free", "a.b": 1, "gone": nil}),
		Rights: Some(map[string][]string{"documents": nil}),
	}
	for attribute, want := range map[string]bool{
		"name": true, "title": true, "tags": true, "meta.plan": true, "meta.a.b": true, "meta.gone": true, "role.rights.documents": true,
		"size": false, "meta.other": false, "meta.a": false, "role.rights.reports": false, "role.names": false, "titles": false, "": false,
	} {
		if got := New(widgetType()).Declares(w, attribute); got != want {
			t.Errorf("it declares %q: %v, want %v", attribute, got, want)
		}
	}
}

// An organization is looked for at the base under the name that it had there.
func TestTheBaseKnowsAnOrganizationByTheNameThatItHadThere(t *testing.T) {
	org := func(key, former string, absent bool) plan.Declaration {
		return plan.Declaration{Key: key, RenamedFrom: former, Absent: absent}
	}
	tests := []struct {
		name string
		now  plan.Declaration
		base plan.Declaration
		live string
		want string
	}{
		{"the same name everywhere", org("acme", "", false), org("acme", "", false), "acme", "acme"},
		{"renamed now", org("acme-inc", "acme", false), org("acme", "", false), "acme", "acme"},
		{"renamed now, and done", org("acme-inc", "acme", false), org("acme", "", false), "acme-inc", "acme"},
		{"renamed at the base, and not done", org("acme", "", false), org("acme-inc", "acme", false), "acme", "acme-inc"},
		{"renamed now, and nowhere live", org("acme-inc", "acme", false), org("acme", "", false), "", "acme"},
		{"another organization", org("acme", "", false), org("globex", "", false), "acme", "acme"},
		{"absent at the base", org("acme", "", false), org("acme", "", true), "acme", "acme"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := New(homeType())
			parents := func(d plan.Declaration) *Desired {
				return &Desired{parents: map[string]plan.Declaration{d.Key: d}, sets: map[setKey][]plan.Declaration{{kind: k.Name()}: {d}}}
			}
			r := reader{desired: parents(test.now), options: ReadOptions{Before: &Before{Desired: parents(test.base)}}, organizations: map[string]string{}}
			set := plan.Set{Kind: k, Declared: []plan.Declaration{test.now}}
			if test.live != "" {
				set.Live = []plan.Object{{ID: "1", Key: test.live}}
			}
			r.remember(k, set)
			r.recall(k, set.Live)
			if diff := cmp.Diff(test.want, r.formerly(test.now.Key)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
