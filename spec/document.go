package spec

import "github.com/hashicorp/hcl/v2"

// A Document is everything that the files of one run declare, merged.
type Document struct {
	Project Project
	// Policy is what stands under the word policy: a Map, or nil when it is absent. Who knows the policies decodes it.
	Policy *Node
	// Rules are the entries of `policy.rules`, in source order. They are not in Policy, because nothing evaluates them yet.
	Rules []*Rule
	// Accept is what stands under the word accept, over all files: a List, or nil when it is absent. Who knows the kinds
	// decodes it.
	Accept *Node
	// Expect and Given are what stands under those words in a test (Options.Test), nil when they are absent.
	Expect, Given *Node
	// Resources in a fixed order: by organization (the top level first), then by kind in vocabulary order, then by key.
	Resources []*Resource
	// Sources holds the bytes of every file that was read, by the name that ranges carry, for excerpts. A leading byte order
	// mark is left out, and so it is in the byte offsets of ranges.
	Sources map[string][]byte

	declared map[scopedKind]bool
}

type scopedKind struct{ kind, organization string }

// Declares reports whether the kind's key is present in that scope: anywhere at the top level when organization is "", else in
// the organization of that slug. An empty set counts, a null does not.
func (d *Document) Declares(kind, organization string) bool {
	return d.declared[scopedKind{kind, organization}]
}

// Declare makes the kind's key present in that scope, for a document that no file holds.
func (d *Document) Declare(kind, organization string) {
	if d.declared == nil {
		d.declared = map[scopedKind]bool{}
	}
	d.declared[scopedKind{kind, organization}] = true
}

// A Project says which environment of which project the documents are about. What was not written is "" with a zero range.
type Project struct {
	Slug, EnvironmentSlug, ID                string // project_slug, environment_slug, project_id
	Range                                    hcl.Range
	SlugRange, EnvironmentSlugRange, IDRange hcl.Range
}

// A Resource is one declared object.
type Resource struct {
	Kind string
	Key  string // the natural key; "" for a singleton
	// Organization is the slug of the organization in which the resource nests, "" at the top level.
	Organization string
	Range        hcl.Range // the declaration: in YAML the key and what is under it, in HCL the block's header
	KeyRange     hcl.Range // the key alone; for a singleton its word
	// Attributes in source order, followed by those that defaults filled in. A null attribute is present with a Null node:
	// it is not managed, and no default fills it.
	Attributes []Attribute
	// Initial is the content of `initial: {…}`: sent when the object is created or restored, never compared.
	Initial []Attribute
	Absent  bool // the object shall not exist; then nothing else is declared of it
	Protect bool // refuses the deletion of the object
	// RenamedFrom is the key that the object had before, "" if it had no other.
	RenamedFrom string
	// Bare marks a resource that is named only to nest others in it, with no attribute of its own. Defaults are filled in all
	// the same.
	Bare bool

	AbsentRange, ProtectRange, RenamedFromRange, InitialRange hcl.Range
}

// Attribute returns the attribute of that name, nil when it is omitted.
func (r *Resource) Attribute(name string) *Attribute {
	for i := range r.Attributes {
		if r.Attributes[i].Name == name {
			return &r.Attributes[i]
		}
	}
	return nil
}

// An Attribute is one named value of a resource.
type Attribute struct {
	Name      string
	NameRange hcl.Range
	Value     *Node
	// Default says that the documents' defaults filled the attribute in; its ranges are those of the defaults.
	Default bool
}
