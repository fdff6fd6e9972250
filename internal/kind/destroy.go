package kind

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// Destroy is the removal of what the documents declare, as documents would ask for it: each resource with absent: true. The
// way there is that of any other plan, so that limits, protections and guards hold.
//
//	declared                               asked for
//	an organization                        its removal, and with it all that lives in it
//	a member of one that is only named     the member's removal
//	what Stytch always has one of          nothing; Kept names it
//	what is absent already                 its removal, as before
//
// What nobody declares is left alone, whatever policy.undeclared says, and so is what an accept entry wants to be there.
func (d *Desired) Destroy() *Desired {
	out := *d
	out.destroys = true
	out.Policy.Undeclared = map[string]plan.Undeclaring{}
	out.accepted = slices.DeleteFunc(slices.Clone(d.accepted), func(a acceptance) bool { return a.Attribute != "" })
	document := *d.document
	document.Resources = nil
	out.document = &document
	out.sets, out.parents, out.kept = map[setKey][]plan.Declaration{}, map[string]plan.Declaration{}, nil
	for key, set := range d.sets {
		k, _ := d.catalog.Lookup(key.kind)
		if d.goes(key.organization) {
			continue // with its organization
		}
		for _, declaration := range set {
			out.destroy(k, key, declaration)
		}
	}
	slices.Sort(out.kept)
	slices.SortFunc(document.Resources, func(a, b *spec.Resource) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Organization, b.Organization), strings.Compare(a.Key, b.Key))
	})
	return &out
}

// Kept lists what Destroy leaves, since Stytch always has one of it.
func (d *Desired) Kept() []plan.Address { return d.kept }

// goes reports whether an organization is one that Destroy removes: one of which
// the documents say more than what lives in it.
func (d *Desired) goes(slug string) bool {
	parent, declared := d.parents[slug]
	return declared && !parent.Resource.(*spec.Resource).Bare
}

// destroy declares that something shall not be.
func (d *Desired) destroy(k Kind, key setKey, was plan.Declaration) {
	resource := *was.Resource.(*spec.Resource)
	declaration := plan.Declaration{
		Key: was.Key, ID: was.ID, Protect: was.Protect, Absent: true, Value: was.Value, Resource: &resource, Source: was.Source,
	}
	switch {
	case !k.Traits().Deletable:
		d.kept = append(d.kept, address(&resource))
		return
	case resource.Bare:
		// It is named because of what lives in it. Defaults that it has been given are not asked for.
		declaration.Absent = false
		declaration.Value, _ = k.valueOf(was.Key, nil, nil, false)
	default:
		resource.Absent = true
	}
	d.sets[key] = append(d.sets[key], declaration)
	d.document.Resources = append(d.document.Resources, &resource)
	if resource.Kind == plan.OrganizationKind {
		d.parents[resource.Key] = declaration
	}
}
