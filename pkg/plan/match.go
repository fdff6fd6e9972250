package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A pair is one declaration and the live object that it is about, if any.
type pair struct {
	declared *Declaration
	live     *Object
}

// matched is how the declarations of a set found their objects.
type matched struct {
	pairs    []pair
	taken    []bool // by index of Set.Live
	problems []Problem
	warnings []string
}

// finder looks objects up by every name that they have.
type finder struct {
	set   Set
	fold  func(string) string
	byKey map[string][]int // live objects by folded key
	gone  map[string][]int // deleted ones
	alias map[string]int   // live objects by a further key that they hold
	byID  map[string]int
	named map[string]*Declaration // declarations by folded key
	owner map[int]*Declaration    // which declaration took an object
	out   *matched
}

// match pairs what is declared with what is live, in the order of keys.
func match(s Set) matched {
	m := matched{taken: make([]bool, len(s.Live))}
	f := finder{
		set: s, fold: s.Kind.Fold, out: &m, owner: map[int]*Declaration{},
		byKey: map[string][]int{}, gone: map[string][]int{}, alias: map[string]int{}, byID: map[string]int{}, named: map[string]*Declaration{},
	}
	f.lookUp()
	order := make([]*Declaration, 0, len(s.Declared))
	for i := range s.Declared {
		order = append(order, &s.Declared[i])
	}
	slices.SortStableFunc(order, func(a, b *Declaration) int { return cmp.Compare(a.Key, b.Key) })
	for _, declared := range order {
		if first := f.named[f.fold(declared.Key)]; first != nil {
			f.problem(declared, fmt.Sprintf("%q and %q are the same %s", first.Key, declared.Key, s.Kind.Name()), "declare it once")
			continue
		}
		f.named[f.fold(declared.Key)] = declared
	}
	for _, declared := range order {
		if f.named[f.fold(declared.Key)] != declared {
			continue
		}
		if index, ok := f.find(declared); ok {
			f.take(declared, index)
		}
	}
	return m
}

// lookUp fills the maps. What several objects claim goes to the first by id, so
// that the order of the listing does not matter.
func (f *finder) lookUp() {
	for i := range f.set.Live {
		object := &f.set.Live[i]
		key := f.fold(object.Key)
		if object.Gone {
			f.gone[key] = append(f.gone[key], i)
			continue
		}
		f.byKey[key] = append(f.byKey[key], i)
		f.byID[object.ID] = i
		for _, alias := range object.Aliases {
			alias = f.fold(alias)
			if other, ok := f.alias[alias]; !ok || object.ID < f.set.Live[other].ID {
				f.alias[alias] = i
			}
		}
	}
}

// find gives the index of the object that a declaration is about, -1 for none;
// false means that a problem was reported.
func (f *finder) find(d *Declaration) (int, bool) {
	if d.ID != "" {
		return f.pinned(d)
	}
	current := f.byKey[f.fold(d.Key)]
	if len(current) > 1 {
		return f.problem(d, fmt.Sprintf("%d live %s objects are named %q: %s", len(current), f.set.Kind.Name(), d.Key, f.ids(current)),
			"pin the one that is meant by its id")
	}
	if f.renames(d) {
		if index, ok := f.renamed(d, current); index >= 0 || !ok {
			return index, ok
		}
	}
	if len(current) == 1 {
		return current[0], true
	}
	if holder, ok := f.alias[f.fold(d.Key)]; ok && !d.Absent {
		held := f.set.Live[holder].Key
		return f.problem(d, fmt.Sprintf("%q is a retired address of %q, who still holds it", d.Key, held),
			fmt.Sprintf("if it is the same person, declare them under this address with renamed_from: %s", held))
	}
	index := f.deleted(d)
	if f.renames(d) && f.set.Unknown == "" {
		then := "is created"
		if index >= 0 {
			then = "was deleted and comes back"
		}
		f.out.warnings = append(f.out.warnings, fmt.Sprintf("neither %s nor its former name %q is live: it %s",
			NewAddress(f.set.Within, f.set.Kind.Name(), d.Key), d.RenamedFrom, then))
	}
	return index, true
}

func (f *finder) pinned(d *Declaration) (int, bool) {
	if index, ok := f.byID[d.ID]; ok {
		held, others := f.set.Live[index].Key, f.byKey[f.fold(d.Key)]
		if !d.Absent && f.fold(held) != f.fold(d.Key) && len(others) > 0 {
			return f.problem(d, fmt.Sprintf("the %s with the id %s is named %q, and %q is the name of another: %s", f.set.Kind.Name(), d.ID, held, d.Key, f.ids(others)),
				"two objects cannot become one: declare this one under a name that is free")
		}
		return index, true
	}
	if d.Absent || f.set.Unknown != "" {
		return -1, true
	}
	return f.problem(d, fmt.Sprintf("no live %s has the id %s", f.set.Kind.Name(), d.ID), "correct the id, or drop it to create a new object")
}

// renames reports whether a declaration names another key as its former one.
func (f *finder) renames(d *Declaration) bool {
	return d.RenamedFrom != "" && f.fold(d.RenamedFrom) != f.fold(d.Key)
}

// renamed decides between the old key and the new one; -1 when neither is live.
func (f *finder) renamed(d *Declaration, current []int) (int, bool) {
	old := f.byKey[f.fold(d.RenamedFrom)]
	switch {
	case f.named[f.fold(d.RenamedFrom)] != nil:
		return f.problem(d, fmt.Sprintf("%q was renamed from %q, which is declared too", d.Key, d.RenamedFrom),
			"drop the old declaration, or drop renamed_from")
	case len(old) > 1:
		return f.problem(d, fmt.Sprintf("%d live %s objects are named %q: %s", len(old), f.set.Kind.Name(), d.RenamedFrom, f.ids(old)),
			"pin the one that is meant by its id")
	case len(old) == 1 && len(current) == 1:
		return f.problem(d, fmt.Sprintf("both %q and its former name %q are live", d.Key, d.RenamedFrom),
			"two objects cannot become one: declare the old one as absent, or drop renamed_from")
	case len(current) == 1:
		return current[0], true
	case len(old) == 1:
		if holder, held := f.alias[f.fold(d.Key)]; held && holder != old[0] {
			return f.problem(d, fmt.Sprintf("%q cannot become %q: that is a retired address of %q, who still holds it", d.RenamedFrom, d.Key, f.set.Live[holder].Key),
				"free the address there first")
		}
		return old[0], true
	}
	return -1, true
}

// deleted picks, of the deleted objects with the key, one that can come back,
// else the first by id; -1 if there are none.
func (f *finder) deleted(d *Declaration) int {
	if d.Absent {
		return -1
	}
	best := -1
	for _, index := range f.gone[f.fold(d.Key)] {
		object, current := &f.set.Live[index], best
		if current < 0 || object.Revives && !f.set.Live[current].Revives ||
			object.Revives == f.set.Live[current].Revives && object.ID < f.set.Live[current].ID {
			best = index
		}
	}
	return best
}

// take records the pair, unless the object already belongs to another declaration.
func (f *finder) take(d *Declaration, index int) {
	if index < 0 {
		f.out.pairs = append(f.out.pairs, pair{declared: d})
		return
	}
	if other := f.owner[index]; other != nil {
		f.problem(d, fmt.Sprintf("%q and %q are the same live %s", other.Key, d.Key, f.set.Kind.Name()), "declare it once")
		return
	}
	f.owner[index] = d
	f.out.taken[index] = true
	f.out.pairs = append(f.out.pairs, pair{declared: d, live: &f.set.Live[index]})
}

func (f *finder) ids(indexes []int) string {
	ids := make([]string, 0, len(indexes))
	for _, i := range indexes {
		ids = append(ids, f.set.Live[i].ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

func (f *finder) problem(d *Declaration, message, hint string) (int, bool) {
	f.out.problems = append(f.out.problems, Problem{Resource: d.Resource, Message: message, Hint: hint})
	return -1, false
}
