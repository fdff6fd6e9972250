package plan

import (
	"fmt"
	"slices"
	"strings"
)

// protect blocks deletions of what is protected and writes to what an identity
// provider owns.
//
//	protected                       blocks the deletion of
//	organization/acme               the organization and all that lives in it
//	organization/acme/member/ada    that member, and the organization with it
//	redirect_url/https://…          that URL
func (d *Draft) protect() {
	doomed, owned := map[Address][]*entry{}, map[Address][]*entry{}
	protected := d.protected()
	for i := range d.entries {
		e := &d.entries[i]
		if e.closed != "" {
			owned[e.scope] = append(owned[e.scope], e)
		}
		if e.Action != Delete {
			continue
		}
		for _, shield := range protected.over(d.folded(e.Address)) {
			doomed[shield] = append(doomed[shield], e)
		}
	}
	for shield, entries := range doomed {
		d.block(Block{
			ID: "protect", Reason: fmt.Sprintf("%s would be deleted and %s is protected", named(entries), shield),
			Lift: "drop the protection in a change of its own, then delete",
		}, entries...)
	}
	for _, entries := range owned {
		d.block(Block{
			ID: "idp_members", Reason: entries[0].closed + others(entries, ", and the like of"),
			Lift: "say idp_members: manage (or roles) in the organization, or leave the member to its identity provider",
		}, entries...)
	}
}

// named names the first of the entries and counts the others.
func named(entries []*entry) string { return string(entries[0].Address) + others(entries, " and") }

func others(entries []*entry, joint string) string {
	if len(entries) == 1 {
		return ""
	}
	return fmt.Sprintf("%s %d more", joint, len(entries)-1)
}

// shields are the protected addresses, by themselves and by the organization
// that they live in.
type shields struct{ by, within map[Address][]Address }

func (d *Draft) protected() shields {
	s := shields{by: map[Address][]Address{}, within: map[Address][]Address{}}
	for _, address := range d.plan.Policy.Protect {
		folded := d.folded(address)
		s.by[folded] = append(s.by[folded], address)
		if organization := folded.Organization(); organization != "" {
			s.within[organization] = append(s.within[organization], address)
		}
	}
	return s
}

// over lists what protects an address from deletion.
func (s shields) over(a Address) []Address {
	found := slices.Concat(s.by[a], s.within[a])
	if organization := a.Organization(); organization != "" {
		found = append(found, s.by[organization]...)
	}
	return found
}

// folded gives an address the form in which addresses of its kind compare: a
// protection holds whatever the case in which it was written.
func (d *Draft) folded(a Address) Address {
	within, kind, key := a.split()
	fold := d.folds[kind]
	if fold == nil || key == "" {
		return a
	}
	return Address(strings.TrimSuffix(string(NewAddress(within, kind, "-")), "-") + fold(key))
}
