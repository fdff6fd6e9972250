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
//
// What the base protects is protected under every name that the object had or
// has: a change that drops a block, or renames one, drops no protection. Neither
// does the new name of an organization: what lives in it is protected by both.
func (d *Draft) protect() {
	doomed, outlived, owned := map[Address][]*entry{}, map[Address][]*entry{}, map[Address][]*entry{}
	protected, before := d.shields(d.plan.Policy.Protect), d.shields(d.pastProtect)
	for i := range d.entries {
		e := &d.entries[i]
		if e.closed != "" {
			owned[e.scope] = append(owned[e.scope], e)
		}
		if e.Action != Delete {
			d.warnRenamed(e, protected)
			continue
		}
		over := protected.overAny(d, d.namesNow(e))
		for _, shield := range over {
			doomed[shield] = append(doomed[shield], e)
		}
		for _, shield := range before.overAny(d, e.past) {
			if !slices.Contains(over, shield) { // told already
				outlived[shield] = append(outlived[shield], e)
			}
		}
	}
	for shield, entries := range doomed {
		d.block(Block{
			ID: "protect", Reason: fmt.Sprintf("%s would be deleted and %s is protected", named(entries), shield),
			Lift: "drop the protection in a change of its own, then delete",
		}, entries...)
	}
	for shield, entries := range outlived {
		d.block(Block{
			ID: "protect", Reason: fmt.Sprintf("%s would be deleted and %s is protected at the base %s", named(entries), shield, d.plan.Base),
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

func (d *Draft) shields(protect []Address) shields {
	s := shields{by: map[Address][]Address{}, within: map[Address][]Address{}}
	for _, address := range protect {
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

// overAny lists, each once, what protects an object of several names.
func (s shields) overAny(d *Draft, names []Address) []Address {
	var found []Address
	for _, name := range names {
		found = append(found, s.over(d.folded(name))...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// keepName remembers what a live object was called that gets another key.
func (d *Draft) keepName(s *scope, p pair) {
	if p.live != nil && !p.live.Gone && s.Kind.Fold(p.live.Key) != s.Kind.Fold(p.declared.Key) {
		d.former[s.address(p.declared.Key)] = s.address(p.live.Key)
	}
}

// namesNow are the addresses of what is deleted: in the organization as it will
// be called, and as it is called.
func (d *Draft) namesNow(e *entry) []Address {
	names := []Address{e.Address}
	if former := d.former[e.scope]; former != "" {
		names = append(names, NewAddress(former, e.Kind, e.Key))
	}
	return names
}

// warnRenamed tells of protections that name what a change renames: they hold in
// this plan, and once it is carried out they hold nothing.
func (d *Draft) warnRenamed(e *entry, protected shields) {
	former, renamed := d.former[e.Address]
	if !renamed {
		return
	}
	for _, shield := range protected.over(d.folded(former)) {
		now := e.Address
		if inside, nested := strings.CutPrefix(string(shield), string(former)+"/"); nested {
			now += Address("/" + inside)
		}
		if len(protected.over(d.folded(now))) == 0 {
			d.Warn("%s is protected and would be called %s, which is not: protect that too", shield, now)
		}
	}
}

// pastAddresses are the addresses under which the base may know a live object:
// its own, the one that it was declared under, each in the organization as it is
// called now and as it was then.
func (s *scope) pastAddresses(live *Object) []Address {
	if s.history == nil {
		return nil
	}
	keys := []string{live.Key}
	if before := s.history.byObject[live]; before != nil {
		keys = append(keys, before.Key)
	}
	var addresses []Address
	for _, key := range keys {
		addresses = append(addresses, NewAddress(s.Within, s.Kind.Name(), key), NewAddress(s.Past.Within, s.Kind.Name(), key))
	}
	return addresses
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
