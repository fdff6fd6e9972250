package plan

import "slices"

// undeclared counts what is live and in no document, or removes it where the
// policy closes the set. An object that shares its address with another stays:
// a plan that names both by one address could not be reviewed.
func (d *Draft) undeclared(s *scope, m matched) {
	if s.traits.Singleton || !s.Closed {
		return
	}
	var keys []string
	remove := !d.partial() && s.Unknown == "" && s.traits.Deletable && !s.traits.KeptWhenOmitted && d.plan.Policy.Undeclared[s.Kind.Name()] == DeleteUndeclared
	shared := map[Address]int{}
	if remove {
		shared = s.sharedAddresses(m)
	}
	for i := range s.Live {
		live := &s.Live[i]
		if live.Gone || m.taken[i] {
			continue
		}
		removable := remove && (live.Owner == "" || s.IDPMembers == IDPManage)
		if removable && shared[s.address(live.Key)] > 1 {
			d.Warn("%s is not deleted: several objects have that address; delete the ones that are not wanted by hand", s.address(live.Key))
			removable = false
		}
		if removable {
			d.remove(s, live, nil, s.Source)
			continue
		}
		keys = append(keys, live.Key)
	}
	if len(keys) == 0 {
		return
	}
	slices.Sort(keys)
	d.plan.Summary.Undeclared += len(keys)
	d.plan.Undeclared = append(d.plan.Undeclared, Undeclared{
		Kind: s.Kind.Name(), Scope: string(s.Within), Count: len(keys), Keys: slices.Clone(keys[:min(len(keys), 100)]),
	})
}

// sharedAddresses counts how many objects an address would stand for in the plan.
func (s *scope) sharedAddresses(m matched) map[Address]int {
	counts := map[Address]int{}
	for i := range s.Live {
		if !s.Live[i].Gone && !m.taken[i] {
			counts[s.address(s.Live[i].Key)]++
		}
	}
	for i := range s.Declared {
		if address := s.address(s.Declared[i].Key); counts[address] > 0 {
			counts[address]++
		}
	}
	return counts
}
