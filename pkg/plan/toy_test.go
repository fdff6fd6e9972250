package plan_test

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A thing is the value of every toy kind. Declared, a nil field is not managed.
type thing struct {
	Key      string
	Name     *string
	Roles    *[]string       // a set: what a policy offers, what a member has, what a link is the default of
	External *string         // "" is none
	Password *plan.Reference // write-only
	Token    *token          // readable, and secret
}

// A token is a readable secret: what it is, and where it comes from.
type token struct {
	value string
	from  *plan.Reference
}

// A toy is a kind whose objects live in a test.
type toy struct {
	name    string
	traits  plan.Traits
	fold    func(string) string
	refs    func(within plan.Address, v thing) (offers, uses []string)
	grants  bool
	split   bool
	later   bool // a creation names what it uses in a second step
	effects func(plan.Transition) plan.Effects

	lifelines func(within plan.Address, live *thing, v thing) []plan.Lifeline
	problem   func(thing) string
}

const toyRanks = 4

var (
	// A policy is one document that offers roles, written in two steps.
	policyKind = &toy{
		name: "policy", traits: plan.Traits{Singleton: true, Rank: 1, Ranks: toyRanks}, split: true,
		refs: func(_ plan.Address, v thing) (offers, uses []string) { return prefixed("role/", v.Roles), nil },
		lifelines: func(_ plan.Address, _ *thing, v thing) []plan.Lifeline {
			return holds(slices.Contains(deref(v.Roles), "r1"), "", "anybody who may r1")
		},
	}
	// A link may be the default of something; one link at a time is.
	linkKind = &toy{
		name: "link", traits: plan.Traits{Deletable: true, Creatable: true, Rank: 2, Ranks: toyRanks},
		refs:      func(_ plan.Address, v thing) (offers, uses []string) { return prefixed("default/", v.Roles), nil },
		lifelines: func(plan.Address, *thing, thing) []plan.Lifeline { return holds(true, "", "a link") },
	}
	// An organization lets its members in by itself unless its name is "shut".
	organizationKind = &toy{
		name: "organization", traits: plan.Traits{Deletable: true, Creatable: true, Renames: true, KeptWhenOmitted: true, Rank: 3, Ranks: toyRanks},
		refs: func(_ plan.Address, v thing) (offers, uses []string) { return []string{"organization/" + v.Key}, nil },
		lifelines: func(_ plan.Address, _ *thing, v thing) []plan.Lifeline {
			return holds(deref(v.Name) != "shut", plan.Address("organization/"+v.Key), wayIn)
		},
	}
	// A member with an external id gets in whatever the organization says.
	memberKind = &toy{
		name: "member", traits: plan.Traits{Deletable: true, Creatable: true, Renames: true, Rank: 4, Ranks: toyRanks},
		fold: strings.ToLower, grants: true,
		refs: func(within plan.Address, v thing) (offers, uses []string) {
			return nil, append(prefixed("role/", v.Roles), string(within))
		},
		lifelines: func(within plan.Address, _ *thing, v thing) []plan.Lifeline {
			return holds(deref(v.External) != "", within, wayIn)
		},
	}
)

const wayIn = "a way to log in"

func holds(it bool, where plan.Address, what string) []plan.Lifeline {
	if !it {
		return nil
	}
	return []plan.Lifeline{{Where: where, What: what}}
}

func prefixed(prefix string, names *[]string) []string {
	var out []string
	for _, name := range deref(names) {
		if name != "stytch_admin" {
			out = append(out, prefix+name)
		}
	}
	return out
}

func (k *toy) Name() string        { return k.name }
func (k *toy) Traits() plan.Traits { return k.traits }

func (k *toy) Fold(key string) string {
	if k.fold == nil {
		return key
	}
	return k.fold(key)
}

func (k *toy) Compare(live, declared any) []plan.Attribute {
	l, d := live.(*thing), declared.(*thing)
	var out []plan.Attribute
	if k.Fold(l.Key) != k.Fold(d.Key) {
		out = append(out, plan.Attribute{Name: "key", Before: l.Key, After: d.Key})
	}
	if d.Name != nil && deref(l.Name) != *d.Name {
		out = append(out, plan.Attribute{Name: "name", Before: deref(l.Name), After: *d.Name})
	}
	if d.Roles != nil && !slices.Equal(set(deref(l.Roles)), set(*d.Roles)) {
		out = append(out, plan.Attribute{Name: "roles", Before: set(deref(l.Roles)), After: set(*d.Roles)})
	}
	if d.External != nil && deref(l.External) != *d.External {
		out = append(out, plan.Attribute{Name: "external", Before: deref(l.External), After: *d.External})
	}
	if d.Token != nil && deref(l.Token).value != d.Token.value {
		out = append(out, plan.Attribute{Name: "token", Sensitive: true, Reference: d.Token.from})
	}
	return out
}

func (k *toy) WriteOnly(declared any) []plan.Attribute {
	if reference := declared.(*thing).Password; reference != nil {
		return []plan.Attribute{{Name: "password", Sensitive: true, Reference: reference}}
	}
	return nil
}

func (k *toy) Declares(declared any, attribute string) bool {
	v := declared.(*thing)
	return map[string]bool{
		"key": v.Key != "", "name": v.Name != nil, "roles": v.Roles != nil, "external": v.External != nil,
		"password": v.Password != nil, "token": v.Token != nil,
	}[attribute]
}

func (k *toy) Without(declared any, attribute string) any {
	v := *declared.(*thing)
	switch attribute {
	case "name":
		v.Name = nil
	case "roles":
		v.Roles = nil
	case "external":
		v.External = nil
	}
	return &v
}

// all lists every field that is set.
func all(v *thing) []plan.Attribute {
	var out []plan.Attribute
	if v.Name != nil {
		out = append(out, plan.Attribute{Name: "name", After: *v.Name})
	}
	if v.Roles != nil {
		out = append(out, plan.Attribute{Name: "roles", After: set(*v.Roles)})
	}
	if v.External != nil {
		out = append(out, plan.Attribute{Name: "external", After: *v.External})
	}
	if v.Password != nil {
		out = append(out, plan.Attribute{Name: "password", Sensitive: true, Reference: v.Password})
	}
	if v.Token != nil {
		out = append(out, plan.Attribute{Name: "token", Sensitive: true, Reference: v.Token.from})
	}
	return out
}

func (k *toy) Creation(declared, initial any) []plan.Attribute {
	return all(k.After(nil, declared, initial).(*thing))
}

func (k *toy) Whole(live any) []plan.Attribute {
	var out []plan.Attribute
	for _, a := range all(live.(*thing)) {
		if a.After != "" {
			out = append(out, plan.Attribute{Name: a.Name, Before: a.After, Sensitive: a.Sensitive})
		}
	}
	return out
}

func (k *toy) After(live, declared, initial any) any {
	after := thing{}
	for _, layer := range []any{live, initial, declared} {
		if layer == nil {
			continue
		}
		t := layer.(*thing)
		after.Key = cmp.Or(t.Key, after.Key)
		after.Name, after.Roles, after.External = cmp.Or(t.Name, after.Name), cmp.Or(t.Roles, after.Roles), cmp.Or(t.External, after.External)
		after.Password, after.Token = cmp.Or(t.Password, after.Password), cmp.Or(t.Token, after.Token)
	}
	return &after
}

func (k *toy) Steps(live, after any, changed []plan.Attribute) []plan.Step {
	if live == nil && k.later {
		isUse := func(a plan.Attribute) bool { return a.Name == "roles" }
		first := slices.DeleteFunc(slices.Clone(changed), isUse)
		return []plan.Step{{Attributes: first}, {Attributes: slices.DeleteFunc(slices.Clone(changed), func(a plan.Attribute) bool { return !isUse(a) })}}
	}
	if !k.split || live == nil {
		return nil
	}
	l, a := live.(*thing), after.(*thing)
	union := *a
	union.Roles = new(set(append(slices.Clone(deref(l.Roles)), deref(a.Roles)...)))
	var steps []plan.Step
	if first := k.Compare(l, &union); len(first) > 0 {
		steps = append(steps, plan.Step{Attributes: first})
	}
	if second := k.Compare(&union, a); len(second) > 0 {
		steps = append(steps, plan.Step{Late: true, Attributes: second})
	}
	return steps
}

func (k *toy) Problems(after any, _ plan.Action) []plan.Problem {
	if k.problem == nil || k.problem(*after.(*thing)) == "" {
		return nil
	}
	return []plan.Problem{{Attribute: "name", Message: k.problem(*after.(*thing))}}
}

// Waits: what is declared with the name "later" waits with it.
func (k *toy) Waits(_, declared any) (now any, waits []string) {
	value := *declared.(*thing)
	if deref(value.Name) != "later" {
		return declared, nil
	}
	value.Name = nil
	return &value, []string{"the name waits"}
}

func (k *toy) Unique(value any) []string {
	if id := deref(value.(*thing).External); id != "" {
		return []string{"external " + id}
	}
	return nil
}

func (k *toy) References(within plan.Address, key string, value any) (offers, uses []string) {
	v := *value.(*thing)
	v.Key = key
	return k.refs(within, v)
}

func (k *toy) Grants(within plan.Address, key string, value any) []plan.Grant {
	if !k.grants {
		return nil
	}
	who := string(plan.NewAddress(within, k.name, key))
	grants := []plan.Grant{{Who: who, What: "membership", Where: string(within)}}
	for _, role := range deref(value.(*thing).Roles) {
		grants = append(grants, plan.Grant{Who: who, What: "role " + role, Where: string(within)})
	}
	return grants
}

// Lifelines: a member who is stytch_admin, and whatever the kind says.
func (k *toy) Lifelines(within plan.Address, key string, live, value any) []plan.Lifeline {
	var out []plan.Lifeline
	if k.grants && slices.Contains(deref(value.(*thing).Roles), "stytch_admin") {
		out = append(out, plan.Lifeline{Where: within, What: plan.Administrator})
	}
	if k.lifelines == nil {
		return out
	}
	was, _ := live.(*thing)
	is := *value.(*thing)
	is.Key = key
	return append(out, k.lifelines(within, was, is)...)
}

func (k *toy) Effects(t plan.Transition) plan.Effects {
	if k.effects == nil {
		return plan.Effects{}
	}
	return k.effects(t)
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func set(list []string) []string {
	list = append([]string{}, list...)
	slices.Sort(list)
	return slices.Compact(list)
}
