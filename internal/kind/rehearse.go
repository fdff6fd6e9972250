package kind

import (
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A Rehearsal is a test of rules: what they said, and what was expected of them
// and did not happen.
type Rehearsal struct {
	Unexpected []plan.Verdict   // fired and stands in no expectation
	Missing    []MissingVerdict // stands in an expectation and did not fire
}

// A MissingVerdict is a verdict that was expected and is not there.
type MissingVerdict struct {
	Rule    string `json:"rule"`
	Address string `json:"address"` // "plan" for a rule about the plan
}

// Passed reports whether everything was as expected.
func (r Rehearsal) Passed() bool { return len(r.Unexpected)+len(r.Missing) == 0 }

// Rehearse plans the documents as if the project were empty, without asking
// anybody, and has the rules of the house judge the plan. Expect is a map from
// names of rules to the addresses where they fire; a rule that it does not name
// is expected to hold everywhere.
func (d *Desired) Rehearse(house *Desired, expect *spec.Node) (Rehearsal, spec.Diagnostics) {
	wanted, diagnostics := house.expected(expect)
	p, problems := d.rehearsed(house)
	for _, problem := range problems {
		diagnostics.Append(Diagnose(problem))
	}
	if diagnostics.HasErrors() {
		return Rehearsal{}, diagnostics.Sort()
	}
	var r Rehearsal
	for _, v := range p.Rules {
		fired := MissingVerdict{Rule: v.Name, Address: spot(v.Address)}
		if at := slices.Index(wanted, fired); at >= 0 && !v.Undecided {
			wanted = slices.Delete(wanted, at, at+1)
			continue
		}
		r.Unexpected = append(r.Unexpected, v)
	}
	r.Missing = wanted
	return r, diagnostics.Sort()
}

// spot is how an expectation writes where a rule fires.
func spot(a plan.Address) string {
	if a == "" {
		return planSubject
	}
	return string(a)
}

// expected reads an expectation, in the order in which it is written.
func (d *Desired) expected(expect *spec.Node) ([]MissingVerdict, spec.Diagnostics) {
	var out spec.Diagnostics
	if expect == nil || expect.Type == spec.Invalid {
		return nil, nil
	}
	if expect.Type != spec.Map {
		return nil, spec.Diagnostics{expect.Mismatch("a map from rules to addresses")}
	}
	names := d.rules.names()
	var wanted []MissingVerdict
	for _, entry := range expect.Entries {
		if !slices.Contains(names, entry.Key) {
			out.Append(spec.UnknownName(entry.KeyRange, "rule", entry.Key, names))
			continue
		}
		if entry.Value.Type != spec.List {
			out.Append(entry.Value.Mismatch("a list of addresses"))
			continue
		}
		for _, item := range entry.Value.Items {
			if item.Type != spec.String {
				out.Append(item.Mismatch(`an address such as organization/acme, or "plan"`))
				continue
			}
			wanted = append(wanted, MissingVerdict{Rule: entry.Key, Address: item.String})
		}
	}
	return wanted, out
}

// names are the names of the rules, in order.
func (h *house) names() []string {
	var names []string
	if h != nil {
		for _, rules := range h.rules {
			for _, r := range rules {
				names = append(names, r.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// rehearsed plans against a project that has nothing but what every project has.
func (d *Desired) rehearsed(house *Desired) (*plan.Plan, []plan.Problem) {
	r := reader{desired: d, draft: plan.NewDraft(plan.Target{}, d.Policy, ""), organizations: map[string]string{}}
	if house.rules != nil {
		r.draft.Judge(house.rules)
	}
	for _, k := range d.catalog.Kinds() {
		slugs := []string{""}
		if k.Word().Parent != "" {
			slugs = d.organizations()
		}
		for _, slug := range slugs {
			set := r.set(k, r.scope(slug, nil), nil, "")
			if len(set.Declared) == 0 {
				continue
			}
			if !k.Traits().Creatable {
				set.Live = given(k, set.Declared)
			}
			r.draft.Compare(set)
		}
	}
	return r.draft.Finish()
}

// given are objects that always exist, as Stytch makes them.
func given(k Kind, declared []plan.Declaration) []plan.Object {
	objects := make([]plan.Object, 0, len(declared))
	for i, d := range declared {
		objects = append(objects, plan.Object{ID: fmt.Sprint(i), Key: d.Key, Value: k.untouched(d.Key)})
	}
	return objects
}

// untouched is an object as Stytch makes it.
func (e *erased[T]) untouched(key string) any {
	value := e.withKey(e.defaults(), key)
	return &value
}
