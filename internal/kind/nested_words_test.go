package kind

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAKindThatIsListedByOrganization(t *testing.T) {
	w := &town{
		homes: []string{"a", "b", "c"}, alone: true, broken: map[string]error{"b": errors.New("no answer")},
		gadgets: map[string][]gadget{"a": {{Name: "x"}}, "c": {{Name: "z"}}},
	}
	p, problems, err := w.planned(t, "organizations: {a: {gadgets: {x: {code: '1'}}}, b: {gadgets: {y: {}}}, c: {gadgets: {z: {code: '3'}}}}", ReadOptions{})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	asked := slices.DeleteFunc(slices.Clone(w.asked), func(q string) bool { return !strings.HasPrefix(q, "gadgets") })
	slices.Sort(asked)
	if diff := cmp.Diff([]string{"gadgets of a", "gadgets of b", "gadgets of c"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	want := []string{"update organization/a/gadget/x id-x id-a", "update organization/c/gadget/z id-z id-c"}
	if diff := cmp.Diff(want, changes(p)); diff != "" || len(p.Unknown) != 1 || p.Unknown[0].Scope != "organization/b" {
		t.Errorf("one that cannot be read is no reason to doubt another: unknown %v\n%s", p.Unknown, diff)
	}
}

func TestWhoLosesSomethingWithWhatGoesIsCounted(t *testing.T) {
	const limits = "policy: {undeclared: {gadgets: delete}, limits: {access_removals: 1, delete_percent: 100}}\n"
	for _, test := range []struct{ name, document, asked, blocked string }{
		{"by its declaration", limits + "organizations: {a: {gadgets: {x: {absent: true}, y: {}}}}", "users of x", "2 grants would be taken from people"},
		{"by omission", limits + "organizations: {a: {gadgets: {y: {}}}}", "users of x", "2 grants would be taken from people"},
		{"not of what stays", limits + "organizations: {a: {gadgets: {x: {}, y: {}}}}", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &town{homes: []string{"a"}, gadgets: map[string][]gadget{"a": {{Name: "x"}, {Name: "y"}}}, users: map[string]int{"x": 2}}
			p, problems, err := w.planned(t, test.document, ReadOptions{})
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			var asked, blocked string
			for _, q := range w.asked {
				if strings.HasPrefix(q, "users") {
					asked += q
				}
			}
			for _, b := range p.Blocked {
				blocked += b.Reason
			}
			if asked != test.asked || !strings.Contains(blocked, test.blocked) || test.blocked == "" && blocked != "" {
				t.Errorf("asked %q, blocked %q", asked, blocked)
			}
		})
	}
	t.Run("and left out where nobody can count", func(t *testing.T) {
		w := &town{
			homes: []string{"a"}, gadgets: map[string][]gadget{"a": {{Name: "x"}, {Name: "y"}}}, users: map[string]int{},
			broken: map[string]error{"x": errors.New("no answer")},
		}
		p, _, err := w.planned(t, "organizations: {a: {gadgets: {x: {absent: true}, y: {}}}}", ReadOptions{})
		if err != nil || len(p.Changes) > 0 || len(p.Unknown) != 1 || p.Unknown[0].Change != "organization/a/gadget/x" {
			t.Errorf("%v %v %v", err, changes(p), p.Unknown)
		}
	})
}

func TestAWriteOnlyAttributeThatIsSeenToBeMissingIsSent(t *testing.T) {
	of := lockType()
	of.Lacks = func(live lock) []string {
		if live.Title.Value == "bare" {
			return []string{"private_key"}
		}
		return nil
	}
	k := New(of)
	declared := &lock{Name: "l", Key: Some(Secret{Reference: plan.Reference{Env: "KEY"}})}
	for title, want := range map[string]int{"bare": 1, "fitted": 0} {
		if got := k.Compare(&lock{Name: "l", Title: Some(title)}, declared); len(got) != want || want == 1 && (got[0].Name != "private_key" || !got[0].Sensitive) {
			t.Errorf("%s: %v", title, got)
		}
	}
}

func TestWhatACreationCannotGiveFollowsIt(t *testing.T) {
	of := gadgetType()
	of.Later = func(g gadget) []string {
		if len(g.Roles.Value) > 0 {
			return []string{"roles"}
		}
		return nil
	}
	k := New(of)
	steps := func(g gadget) (names [][]string) {
		for _, s := range k.Steps(nil, &g, k.Creation(&g, nil)) {
			var step []string
			for _, a := range s.Attributes {
				step = append(step, a.Name)
			}
			names = append(names, step)
		}
		return names
	}
	if diff := cmp.Diff([][]string{{"code"}, {"roles"}}, steps(gadget{Name: "x", Code: Some("1"), Roles: Some([]string{"r"})})); diff != "" {
		t.Error(diff)
	}
	if got := steps(gadget{Name: "x", Code: Some("1"), Roles: Some([]string{})}); got != nil {
		t.Errorf("nothing has to follow: %v", got)
	}
}

func TestAValueMayBeGivenInOtherWords(t *testing.T) {
	of := gadgetType()
	of.Reword = func(live, declared gadget) gadget {
		if declared.Code.Value == "id-of-"+live.Code.Value {
			declared.Code.Value = live.Code.Value
		}
		return declared
	}
	k := New(of)
	live := &gadget{Name: "x", Code: Some("name")}
	if got := k.Compare(live, &gadget{Name: "x", Code: Some("id-of-name")}); len(got) > 0 {
		t.Errorf("the same in other words: %v", got)
	}
	if got := k.Compare(live, &gadget{Name: "x", Code: Some("id-of-other")}); len(got) != 1 {
		t.Errorf("something else: %v", got)
	}
	if after := k.After(live, &gadget{Name: "x", Code: Some("id-of-name")}, nil).(*gadget); after.Code.Value != "name" {
		t.Errorf("there will be %q", after.Code.Value)
	}
}
