package kind

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A Deed is one operation that an apply carried out, as a journal tells: a
// change of one step.
type Deed struct {
	Change *plan.Change
	ID     string // of the object, where the journal has it
	Line   int    // of the journal
	Doubt  string // why it may have been done in part or not at all; "" when it was done
}

// An Undo turns what an apply did into declarations of what was there before, so
// that the way back is an ordinary plan: it is read, compared, guarded and
// limited like any other.
//
//	what was done       what is declared
//	create, restore     absent: true
//	update              the attributes that it changed, as they were; renamed_from where the key changed
//	delete              everything that was there; a deleted member is restored
//
// Only what the apply made is taken back. An object or an attribute that is
// neither as the apply left it nor as it was before is somebody else's by now:
// it is left out, and the plan says so. So it does of all that cannot come back.
//
// Read on: undo_plan.go, which plans until nothing more has to be left out.
type Undo struct {
	Policy plan.Policy // the apply's, which deleted nothing by omission

	catalog Catalog
	file    string
	traces  []*trace // in the order of the journal
	notes   []string // what the plan says besides
}

// A trace is what an apply left of one object: its steps in one.
type trace struct {
	kind         Kind
	action       plan.Action
	line         int
	address      plan.Address // as the apply left it, as key and organization
	key          string
	formerly     string // the key before
	organization string // slug
	id           string
	attributes   []plan.Attribute
	doubted      bool

	left    string          // why it is not taken back
	omitted map[string]bool // attributes that are not
	alone   bool            // of what others nest in: nobody lives there whom the apply did not make
}

// NewUndo takes the deeds of a journal, in its order. File is what the plan
// names as the source.
func NewUndo(catalog Catalog, policy plan.Policy, file string, deeds []Deed) (*Undo, error) {
	policy.Undeclared = map[string]plan.Undeclaring{}
	u := &Undo{Policy: policy, catalog: catalog, file: file}
	byAddress := map[plan.Address]*trace{}
	for _, d := range deeds {
		k, ok := catalog.Lookup(d.Change.Kind)
		if !ok {
			return nil, fmt.Errorf("%s:%d: the journal names the kind %q, which this version does not know", file, d.Line, d.Change.Kind)
		}
		if d.Doubt != "" && d.Change.Action != plan.Update {
			u.keep(d.Change.Address, "%s; look whether the %s was done", d.Doubt, d.Change.Action)
			continue
		}
		t := byAddress[d.Change.Address]
		if t == nil {
			t = newTrace(k, d)
			byAddress[d.Change.Address] = t
			u.traces = append(u.traces, t)
		}
		t.id, t.doubted = cmp.Or(d.ID, t.id), t.doubted || d.Doubt != ""
		t.add(d.Change.Attributes)
		u.loseFor(t, d)
	}
	return u, nil
}

func newTrace(k Kind, d Deed) *trace {
	return &trace{
		kind: k, action: d.Change.Action, line: d.Line, address: d.Change.Address, key: d.Change.Key, formerly: d.Change.Key,
		organization: strings.TrimPrefix(string(d.Change.Address.Organization()), plan.OrganizationKind+"/"),
		id:           d.Change.ID, omitted: map[string]bool{},
	}
}

// add lays a step over those before it: what was there before is the first
// step's, what is there now the last one's.
func (t *trace) add(attributes []plan.Attribute) {
	for _, a := range attributes {
		i := slices.IndexFunc(t.attributes, func(b plan.Attribute) bool { return a.Name == b.Name })
		if i >= 0 {
			t.attributes[i].After = a.After
			continue
		}
		t.attributes = append(t.attributes, a)
		if former, ok := a.Before.(string); ok && t.action == plan.Update && a.Name == keyName(t.kind) {
			t.formerly = former
		}
	}
}

func keyName(k Kind) string {
	for _, a := range k.Attributes() {
		if a.Key {
			return a.Name
		}
	}
	return ""
}

// lose notes what cannot come back.
func (u *Undo) lose(address plan.Address, format string, args ...any) {
	u.notes = append(u.notes, fmt.Sprintf("cannot be undone: %s: %s", address, fmt.Sprintf(format, args...)))
}

// keep notes what stays as it is.
func (u *Undo) keep(address plan.Address, format string, args ...any) {
	u.notes = append(u.notes, fmt.Sprintf("not undone: %s: %s", address, fmt.Sprintf(format, args...)))
}

// gone are the risks of a deed that no later write takes back.
var gone = []string{plan.SessionsRevoked, plan.PasswordCleared, plan.Irreversible}

// loseFor notes what of a deed no write takes back.
func (u *Undo) loseFor(t *trace, d Deed) {
	for _, r := range d.Change.Risks {
		if slices.Contains(gone, r.Class) {
			u.lose(t.address, "%s (%s)", r.Reason, r.Class)
		}
	}
	if d.Doubt != "" {
		u.keep(t.address, "%s; only what of the update is in place is taken back", d.Doubt)
	}
	for _, a := range d.Change.Attributes {
		switch {
		case a.Sensitive && (t.action == plan.Update || t.action == plan.Delete):
			u.lose(t.address, "%s was a secret, which no journal holds", a.Name)
			t.omitted[a.Name] = true
		case a.Sensitive:
			t.omitted[a.Name] = true
		case t.action == plan.Delete && slices.Contains(t.kind.later(d.Change), a.Name):
			u.lose(t.address, "%s needed what lived in it", a.Name)
			t.omitted[a.Name] = true
		case t.action == plan.Update && t.unclearable(a):
			u.lose(t.address, "%s had no value before, and Stytch cannot unset it", a.Name)
			t.omitted[a.Name] = true
		}
	}
	if t.action == plan.Delete && len(u.catalog.in(t.kind.Name())) > 0 {
		u.lose(t.address, "it was deleted with all that was in it: it is created anew with a new id, and of what lived in it only what the same apply deleted by name comes back")
	}
}

// unclearable reports whether an attribute had no value and must have one.
func (t *trace) unclearable(a plan.Attribute) bool {
	empty := a.Before == nil || a.Before == ""
	return empty && slices.ContainsFunc(t.kind.Attributes(), func(row Attribute) bool { return row.Name == a.Name && row.NonEmpty })
}

// A place is what a position in the synthetic document means: a trace, or one
// attribute of it, or an organization that is named because others live in it.
type place struct {
	trace        *trace
	attribute    string
	organization string
}

// A wayBack is what an Undo declares in one round.
type wayBack struct {
	*Desired
	places map[hcl.Pos]place
}

// desired declares what was before. Organizations are declared bare where they
// are not concerned themselves, so that what lives in them is read.
func (u *Undo) desired() wayBack {
	d := wayBack{
		Desired: &Desired{
			Policy: u.Policy, catalog: u.catalog, document: &spec.Document{},
			sets: map[setKey][]plan.Declaration{}, parents: map[string]plan.Declaration{},
		},
		places: map[hcl.Pos]place{},
	}
	slugs, going := map[string]string{}, map[string]bool{} // as the apply left them -> as declared
	for _, t := range u.traces {
		if t.parent(u.catalog) && t.left == "" {
			slugs[t.key] = t.formerly
			going[t.key] = t.arrived() && t.alone
		}
	}
	for _, t := range u.traces {
		if t.left != "" || going[t.organization] {
			continue
		}
		slug := cmp.Or(slugs[t.organization], t.organization)
		u.declare(d, t, slug)
		if _, declared := slugs[t.organization]; slug != "" && !declared {
			slugs[t.organization] = slug
			u.bare(d, t.line, slug)
		}
	}
	return d
}

// parent reports whether others nest in objects of the trace's kind.
func (t *trace) parent(catalog Catalog) bool { return len(catalog.in(t.kind.Name())) > 0 }

// arrived reports whether the apply made the object or brought it back.
func (t *trace) arrived() bool { return t.action == plan.Create || t.action == plan.Restore }

func (u *Undo) declare(d wayBack, t *trace, slug string) {
	r := &spec.Resource{Kind: t.kind.Name(), Key: t.formerly, Organization: slug, KeyRange: u.at(d, t.line, 1, place{trace: t})}
	declaration := plan.Declaration{Key: t.formerly, Resource: r, Source: &plan.Source{File: u.file, Line: t.line, Column: 1}}
	var attributes []plan.Attribute
	switch {
	case t.arrived() && t.parent(u.catalog) && !t.alone:
		// First of all it is found out who lives there: what nobody declares is counted.
		for _, k := range u.catalog.in(t.kind.Name()) {
			d.document.Declare(k.Name(), t.formerly)
		}
	case t.arrived():
		declaration.Absent, declaration.ID = true, t.id
		r.Absent = true
	default:
		attributes = slices.DeleteFunc(slices.Clone(t.attributes), func(a plan.Attribute) bool { return t.omitted[a.Name] || a.Name == keyName(t.kind) })
		if t.kind.duplicates() && t.action == plan.Update {
			declaration.ID = t.id
		}
		if t.formerly != t.key {
			declaration.RenamedFrom, r.RenamedFrom = t.key, t.key
			r.RenamedFromRange = r.KeyRange
		}
	}
	for i, a := range attributes {
		at := u.at(d, t.line, i+2, place{trace: t, attribute: a.Name})
		r.Attributes = append(r.Attributes, spec.Attribute{Name: a.Name, NameRange: at, Value: &spec.Node{Range: at}})
	}
	value, ok := t.kind.valueOf(t.formerly, attributes, before, false)
	if !ok {
		t.left = "the journal holds a value that this version does not understand"
		return
	}
	declaration.Value = value
	d.add(r, declaration)
}

// bare declares an organization because of what lives in it.
func (u *Undo) bare(d wayBack, line int, slug string) {
	k, _ := u.catalog.Lookup(plan.OrganizationKind)
	at := u.at(d, line, 0, place{organization: slug})
	r := &spec.Resource{Kind: k.Name(), Key: slug, KeyRange: at, Bare: true}
	value, _ := k.valueOf(slug, nil, nil, false)
	d.add(r, plan.Declaration{Key: slug, Value: value, Resource: r, Source: &plan.Source{File: u.file, Line: line}})
}

func (d wayBack) add(r *spec.Resource, declaration plan.Declaration) {
	key := setKey{kind: r.Kind, organization: r.Organization}
	d.sets[key] = append(d.sets[key], declaration)
	d.document.Resources = append(d.document.Resources, r)
	if r.Kind == plan.OrganizationKind {
		d.parents[r.Key] = declaration
	}
}

// at is a position that means something: the line is the journal's, the column
// tells what of the line.
func (u *Undo) at(d wayBack, line, column int, p place) hcl.Range {
	pos := hcl.Pos{Line: line, Column: column}
	d.places[pos] = p
	return hcl.Range{Filename: u.file, Start: pos, End: pos}
}
