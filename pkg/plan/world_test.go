package plan_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A world is a toy Stytch that keeps state and enforces rules: keys are unique,
// a role must exist to be given, a member needs an organization.
type world struct {
	objects []stored
	next    int
}

type stored struct {
	plan.Object
	kind         *toy
	organization string // the id of the one it lives in
}

// A wish is what the documents want: declarations by kind and organization.
type wish struct {
	declared map[place][]plan.Declaration
	closed   map[place]bool
	policy   plan.Policy
	idp      string
}

type place struct{ kind, organization string } // the organization's slug

var toyKinds = []*toy{policyKind, linkKind, organizationKind, memberKind}

func (w *world) add(kind *toy, organization string, v thing) *stored {
	w.next++
	id := fmt.Sprintf("%s-%d", kind.name, w.next)
	w.objects = append(w.objects, stored{kind: kind, organization: organization, Object: plan.Object{ID: id, Key: v.Key, Value: &v}})
	return &w.objects[len(w.objects)-1]
}

func (w *world) find(is func(*stored) bool) *stored {
	i := slices.IndexFunc(w.objects, func(o stored) bool { return is(&o) })
	if i < 0 {
		return nil
	}
	return &w.objects[i]
}

func (w *world) organizationID(slug string) string {
	if o := w.find(func(o *stored) bool { return o.kind == organizationKind && o.Key == slug }); o != nil && slug != "" {
		return o.ID
	}
	return ""
}

// sets is what a reader would hand to a draft. It shares nothing with the world.
func (w *world) sets(want wish) []plan.Set {
	var sets []plan.Set
	for _, kind := range toyKinds {
		scopes := []plan.Declaration{{}}
		if kind == memberKind {
			scopes = want.declared[place{kind: "organization"}]
		}
		for _, scope := range scopes {
			at := place{kind.name, scope.Key}
			if scope.Absent || !want.closed[at] {
				continue
			}
			s := plan.Set{Kind: kind, Declared: slices.Clone(want.declared[at]), Closed: true, IDPMembers: want.idp}
			if kind == memberKind {
				s.Within = plan.NewAddress("", "organization", scope.Key)
				s.OrganizationID = w.organizationID(scope.Key)
				if s.OrganizationID == "" {
					s.OrganizationID = w.organizationID(scope.RenamedFrom)
				}
			}
			for _, o := range w.objects {
				if o.kind == kind && o.organization == s.OrganizationID {
					s.Live = append(s.Live, w.view(o))
				}
			}
			sets = append(sets, s)
		}
	}
	return sets
}

func (w *world) view(o stored) plan.Object {
	copied := o.Object
	v := *o.Value.(*thing)
	copied.Value = &v
	for _, other := range w.objects {
		if o.kind == organizationKind && other.organization == o.ID && !other.Gone {
			copied.Nested++
		}
	}
	return copied
}

func (w *world) clone() *world {
	c := &world{next: w.next}
	for _, o := range w.objects {
		v := *o.Value.(*thing)
		o.Value = &v
		c.objects = append(c.objects, o)
	}
	return c
}

// do carries out an operation, or says which rule it breaks.
func (w *world) do(op plan.Operation) error {
	c := op.Change
	kind := toyKinds[slices.IndexFunc(toyKinds, func(k *toy) bool { return k.name == c.Kind })]
	organization := c.OrganizationID
	if within := c.Address.Organization(); within != "" && organization == "" {
		if organization = w.organizationID(strings.TrimPrefix(string(within), "organization/")); organization == "" {
			return fmt.Errorf("%s is not there", within)
		}
	}
	o := w.find(func(o *stored) bool { return o.ID == c.ID })
	if o == nil && c.ID != "" {
		return fmt.Errorf("%s is not there any more", c.ID)
	}
	if c.Action == plan.Delete {
		w.remove(o)
		return nil
	}
	if c.ID == "" {
		o = w.add(kind, organization, thing{Key: c.Key})
	}
	o.Gone, o.Revives = false, false
	return w.write(o, op.Attributes())
}

func (w *world) remove(o *stored) {
	if o.kind == memberKind {
		o.Gone, o.Revives = true, true
		return
	}
	id := o.ID
	w.objects = slices.DeleteFunc(w.objects, func(o stored) bool { return o.ID == id || o.organization == id })
}

func (w *world) write(o *stored, attributes []plan.Attribute) error {
	v := *o.Value.(*thing)
	for _, a := range attributes {
		switch a.Name {
		case "key":
			v.Key = a.After.(string)
		case "name":
			v.Name = new(a.After.(string))
		case "external":
			v.External = new(a.After.(string))
		case "roles":
			roles := a.After.([]string)
			v.Roles = &roles
		}
	}
	taken := func(other *stored) bool {
		return other.ID != o.ID && !other.Gone && other.kind == o.kind && other.organization == o.organization && o.kind.Fold(other.Key) == o.kind.Fold(v.Key)
	}
	if w.find(taken) != nil {
		return fmt.Errorf("%q is taken", v.Key)
	}
	if o.kind == memberKind {
		offered := w.find(func(o *stored) bool { return o.kind == policyKind }).Value.(*thing)
		for _, role := range deref(v.Roles) {
			if role != "stytch_admin" && !slices.Contains(deref(offered.Roles), role) {
				return fmt.Errorf("there is no role %s", role)
			}
		}
	}
	o.Key, o.Value = v.Key, &v
	return nil
}

// holders counts what the objects of the world hold up, by the organization's id.
func (w *world) holders() map[plan.Lifeline]int {
	counts := map[plan.Lifeline]int{}
	for _, o := range w.objects {
		if o.Gone {
			continue
		}
		home := plan.Address(o.organization)
		for _, l := range o.kind.Lifelines(home, o.Key, o.Value, o.Value) {
			if o.kind == organizationKind {
				l.Where = plan.Address(o.ID)
			}
			counts[l]++
		}
	}
	return counts
}

var (
	slugs     = []string{"acme", "globex", "hooli"}
	people    = []string{"ada", "bob", "cyd", "dan", "eve", "fay"}
	linkKeys  = []string{"l1", "l2", "l3", "l4"}
	roleNames = []string{"r1", "r2", "r3"}
)

func some(t *rapid.T, label string, from []string) []string {
	return slices.DeleteFunc(slices.Clone(from), func(s string) bool { return rapid.Bool().Draw(t, label+" without "+s) })
}

func drawWorld(t *rapid.T) *world {
	w := &world{}
	roles := some(t, "live roles", roleNames)
	w.add(policyKind, "", thing{Roles: &roles, Name: new(""), External: new("")})
	for _, key := range some(t, "live links", linkKeys) {
		w.add(linkKind, "", drawThing(t, key, "live", roleNames, true))
	}
	for _, slug := range some(t, "live organizations", slugs) {
		id := w.add(organizationKind, "", drawThing(t, slug, "live", nil, true)).ID
		for _, person := range some(t, "live members of "+slug, people) {
			o := w.add(memberKind, id, drawThing(t, person, slug, append([]string{"stytch_admin"}, roles...), true))
			o.Gone = rapid.IntRange(0, 3).Draw(t, "gone") == 0
			o.Revives = o.Gone && rapid.Bool().Draw(t, "revives")
			o.Owner = rapid.SampledFrom([]string{"", "", "", "scim", "sso"}).Draw(t, "owner")
		}
	}
	return w
}

// drawThing is a value; a whole one has every field, another only some.
func drawThing(t *rapid.T, key, label string, roles []string, whole bool) thing {
	v := thing{Key: key}
	label += " " + key
	if whole || rapid.Bool().Draw(t, label+" declares name") {
		v.Name = new(rapid.SampledFrom([]string{"", "one", "shut"}).Draw(t, label+" name"))
	}
	if whole || rapid.Bool().Draw(t, label+" declares roles") {
		v.Roles = new(some(t, label+" roles", roles))
	}
	if whole || rapid.Bool().Draw(t, label+" declares external") {
		v.External = new(rapid.SampledFrom([]string{"", "id of " + key}).Draw(t, label+" external"))
	}
	return v
}

func drawWish(t *rapid.T, w *world) wish {
	want := wish{declared: map[place][]plan.Declaration{}, closed: map[place]bool{}, policy: lax(), idp: rapid.SampledFrom([]string{"observe", "roles", "manage", "manage"}).Draw(t, "idp")}
	want.policy.MinAdmins = rapid.IntRange(0, 2).Draw(t, "min_admins")
	for _, kind := range []string{"link", "member", "organization"} {
		if rapid.IntRange(0, 3).Draw(t, "close "+kind) == 0 {
			want.policy.Undeclared = map[string]plan.Undeclaring{kind: plan.DeleteUndeclared}
		}
	}
	roles := deref(w.objects[0].Value.(*thing).Roles)
	if at := (place{kind: "policy"}); rapid.Bool().Draw(t, "declare policy") {
		roles = some(t, "declared roles", roleNames)
		want.closed[at] = true
		want.declared[at] = only(plan.Declaration{Value: &thing{Roles: &roles}})
	}
	if at := (place{kind: "link"}); rapid.Bool().Draw(t, "declare links") {
		want.closed[at] = true
		want.declared[at] = drawDeclared(t, "wanted", linkKeys, roleNames, false)
	}
	at := place{kind: "organization"}
	want.closed[at] = true
	want.declared[at] = drawDeclared(t, "wanted", slugs, nil, true)
	for _, organization := range want.declared[at] {
		if in := (place{"member", organization.Key}); !organization.Absent && rapid.IntRange(0, 3).Draw(t, "declare members") > 0 {
			want.closed[in] = true
			want.declared[in] = drawDeclared(t, "wanted in "+organization.Key, people, append([]string{"stytch_admin"}, roles...), true)
		}
	}
	return want
}

func drawDeclared(t *rapid.T, label string, keys, roles []string, renames bool) []plan.Declaration {
	var out []plan.Declaration
	chosen := some(t, label, keys)
	left := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return slices.Contains(chosen, k) })
	for _, key := range chosen {
		v := drawThing(t, key, label, roles, false)
		d := plan.Declaration{Key: key, Value: &v, Resource: label + key, Source: &plan.Source{File: "a.yaml", Line: len(out)}}
		switch rapid.IntRange(0, 7).Draw(t, label+" "+key+" is") {
		case 0:
			d.Absent, d.Value = true, &thing{Key: key}
		case 1:
			if renames && len(left) > 0 {
				d.RenamedFrom, left = left[0], left[1:]
			}
		case 2:
			initial := drawThing(t, key, label+" initial", nil, false)
			d.Initial = &initial
		}
		out = append(out, d)
	}
	return out
}
