package kind

import (
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A Catalog is a set of kinds in the order in which they are written: every
// kind after those that it comes After, and after the kind that it nests in.
type Catalog struct {
	kinds []Kind
	gaps  []spec.Gap
}

// NewCatalog orders the kinds. A name that is used twice, a missing kind in
// After or a circle is a mistake of the program and panics.
func NewCatalog(kinds ...Kind) Catalog {
	known := map[string]bool{}
	for _, k := range kinds {
		if known[k.Name()] {
			panic("two kinds are called " + k.Name())
		}
		known[k.Name()] = true
	}
	var ordered []Kind
	placed := map[string]bool{}
	for len(ordered) < len(kinds) {
		before := len(ordered)
		for _, k := range kinds {
			if !placed[k.Name()] && ready(k, known, placed) {
				ordered = append(ordered, k)
				placed[k.Name()] = true
			}
		}
		if len(ordered) == before {
			panic(fmt.Sprintf("the kinds wait for one another in a circle; only %d of %d have a place", before, len(kinds)))
		}
	}
	for i, k := range ordered {
		ordered[i] = k.placed(i+1, len(ordered))
	}
	return Catalog{kinds: ordered}
}

func ready(k Kind, known, placed map[string]bool) bool {
	needed := slices.Clone(k.Follows())
	if parent := k.Word().Parent; parent != "" {
		needed = append(needed, parent)
	}
	for _, name := range needed {
		if !known[name] {
			panic(k.Name() + " comes after " + name + ", which is no kind")
		}
		if !placed[name] {
			return false
		}
	}
	return true
}

// Beside returns the catalog with what Stytch has beside its kinds, and no API manages.
func (c Catalog) Beside(gaps ...spec.Gap) Catalog {
	c.gaps = gaps
	return c
}

// Gaps are what no kind can manage.
func (c Catalog) Gaps() []spec.Gap { return c.gaps }

// Kinds are the kinds in the order in which they are written.
func (c Catalog) Kinds() []Kind { return c.kinds }

// Lookup finds a kind by its name.
func (c Catalog) Lookup(name string) (Kind, bool) {
	for _, k := range c.kinds {
		if k.Name() == name {
			return k, true
		}
	}
	return nil, false
}

// Vocabulary is what the language must know of the kinds.
func (c Catalog) Vocabulary() spec.Vocabulary {
	var words spec.Vocabulary
	for _, k := range c.kinds {
		words = append(words, k.Word())
	}
	return words
}

// in lists the kinds that nest in the named one; "" gives those of the environment.
func (c Catalog) in(parent string) []Kind {
	var kinds []Kind
	for _, k := range c.kinds {
		if k.Word().Parent == parent {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
