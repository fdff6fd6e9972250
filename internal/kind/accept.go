package kind

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// An acceptance is one entry of the word `accept`, and where its day stands.
type acceptance struct {
	plan.Acceptance
	expiresAt hcl.Range
}

func (d *Desired) acceptances() []plan.Acceptance {
	var all []plan.Acceptance
	for _, a := range d.accepted {
		all = append(all, a.Acceptance)
	}
	return all
}

// Expired warns of what was accepted until a day before today.
func (d *Desired) Expired(today string) spec.Diagnostics {
	var out spec.Diagnostics
	for _, a := range d.accepted {
		if a.Expires < today {
			out.Append(spec.Diagnostic{
				Severity: spec.Warning, Range: a.expiresAt, Summary: "what " + a.Owner + " accepted of " + string(a.Address) + " expired on " + a.Expires + ": it is drift again",
				Hint: "drop the entry, or agree on another day",
			})
		}
	}
	return out
}

var acceptWords = []string{"address", "attribute", "value", "owner", "reason", "expires"}

// decodeAccept reads the word `accept`, a list of differences that are known.
func (d *Desired) decodeAccept(node *spec.Node) spec.Diagnostics {
	var out spec.Diagnostics
	if node == nil {
		return nil
	}
	first := map[[2]string]hcl.Range{}
	for _, item := range node.Items {
		if item.Type == spec.Invalid || item.Type == spec.Null {
			continue
		}
		if item.Type != spec.Map {
			out.Append(item.Mismatch("an entry of address, attribute, value, owner, reason and expires"))
			continue
		}
		entry := acceptDecoder{desired: d, node: item}
		a, ok := entry.decode()
		out.Append(entry.diagnostics...)
		if !ok {
			continue
		}
		what := [2]string{string(a.Address), a.Attribute}
		if at, twice := first[what]; twice {
			out.Append(item.Errorf("%s is accepted twice", strings.TrimSuffix(a.Attribute+" of "+string(a.Address), " of ")).
				WithRelated(at, "it is accepted here already").WithHint("keep one: only one value can be the known one"))
			continue
		}
		first[what] = item.Range
		d.accepted = append(d.accepted, a)
	}
	return out
}

// An acceptDecoder reads one entry and collects what is wrong with it.
type acceptDecoder struct {
	desired     *Desired
	node        *spec.Node
	diagnostics spec.Diagnostics
}

func (e *acceptDecoder) decode() (acceptance, bool) {
	for _, entry := range e.node.Entries {
		if !slices.Contains(acceptWords, entry.Key) {
			e.diagnostics.Append(spec.UnknownName(entry.KeyRange, "word of an acceptance", entry.Key, acceptWords))
		}
	}
	at := e.node.Range
	a := acceptance{}
	a.Address, a.Owner, a.Reason, a.Expires = plan.Address(e.text("address")), e.text("owner"), e.text("reason"), e.text("expires")
	a.Source = &plan.Source{File: at.Filename, Line: at.Start.Line, Column: at.Start.Column}
	if a.Expires != "" {
		a.expiresAt = e.node.Lookup("expires").Range
		if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
			e.diagnostics.Append(e.node.Lookup("expires").Errorf("%q is no day", a.Expires).WithHint("write the last day on which this is accepted as YYYY-MM-DD"))
		}
	}
	value := e.node.Lookup("value")
	if value == nil {
		e.missing("value", "write the live value that is known; of an object without attribute present or missing")
	}
	k, declaration, ok := e.object(&a)
	if ok && value != nil && value.Type != spec.Invalid {
		if e.node.Lookup("attribute") == nil {
			e.presence(&a, declaration, value)
		} else if a.Attribute = e.text("attribute"); a.Attribute != "" {
			e.attribute(&a, k, declaration, value)
		}
	}
	whole := a.Address != "" && a.Owner != "" && a.Reason != "" && a.Expires != "" && (a.Value != nil || a.Known != nil)
	return a, whole && len(e.diagnostics) == 0 // what is not whole was reported, here or before
}

// text reads a word that every entry needs.
func (e *acceptDecoder) text(name string) string {
	node := e.node.Lookup(name)
	switch {
	case node == nil:
		e.missing(name, "every acceptance has an address, an owner, a reason and a day on which it expires")
	case node.Type == spec.Invalid: // reported before
	case node.Type != spec.String:
		e.diagnostics.Append(node.Mismatch("text"))
	case strings.TrimSpace(node.String) == "":
		e.diagnostics.Append(node.Errorf("%s is empty", name))
	default:
		return node.String
	}
	return ""
}

func (e *acceptDecoder) missing(name, hint string) {
	e.diagnostics.Append(e.node.Errorf("an acceptance needs %s", name).WithHint("%s", hint))
}

// object finds what the address is about. The declaration is nil when the
// documents declare nothing there.
func (e *acceptDecoder) object(a *acceptance) (Kind, *plan.Declaration, bool) {
	if a.Address == "" {
		return nil, nil, false
	}
	node := e.node.Lookup("address")
	if problem := checkAddress(node.String, e.desired.catalog); problem != "" {
		e.diagnostics.Append(node.Errorf("%q is no address: %s", node.String, problem).
			WithHint("write kind/key, or organization/SLUG/kind/key for what lives in an organization"))
		return nil, nil, false
	}
	organization := ""
	rest := node.String
	if within := a.Address.Organization(); within != "" {
		organization = strings.TrimPrefix(string(within), plan.OrganizationKind+"/")
		rest = rest[len(within)+1:]
	}
	name, key, _ := strings.Cut(rest, "/")
	k, _ := e.desired.catalog.Lookup(name)
	set := e.desired.sets[setKey{kind: name, organization: organization}]
	for i := range set {
		if declared := plan.NewAddress("", name, set[i].Key); k.Fold(string(declared)) == k.Fold(string(plan.NewAddress("", name, key))) {
			a.Address = plan.NewAddress(within(organization), name, set[i].Key)
			return k, &set[i], true
		}
	}
	if !e.desired.document.Declares(name, organization) {
		e.diagnostics.Append(node.Errorf("the documents declare no %s there, so that %s is never drift", name, node.String).WithHint("drop the entry, or correct its address"))
		return nil, nil, false
	}
	return k, nil, true
}

// presence reads the acceptance of a whole object.
func (e *acceptDecoder) presence(a *acceptance, declared *plan.Declaration, value *spec.Node) {
	words := []string{plan.Present, plan.Missing}
	if value.Type != spec.String || !slices.Contains(words, value.String) {
		e.diagnostics.Append(value.Errorf("an acceptance without attribute is about the object itself: %s", alternatives(words)).
			WithHint("name the attribute whose value is accepted, or say that the object is present or missing"))
		return
	}
	wanted := declared != nil && !declared.Absent
	if wanted != (value.String == plan.Missing) {
		state := map[bool]string{true: "declare", false: "do not want"}[wanted]
		e.diagnostics.Append(value.Errorf("the documents %s %s, so that it is no drift that it is %s", state, a.Address, value.String).WithHint("correct the address, or drop the entry"))
		return
	}
	a.Value = value.String
}

// attribute reads the acceptance of one attribute.
func (e *acceptDecoder) attribute(a *acceptance, k Kind, declared *plan.Declaration, value *spec.Node) {
	at := e.node.Lookup("attribute")
	known, plain, problems := k.acceptable(a.Attribute, value)
	for i := range problems {
		if problems[i].Range == (hcl.Range{}) {
			problems[i].Range = at.Range
		}
	}
	e.diagnostics.Append(problems...)
	if len(problems) > 0 {
		return
	}
	if declared == nil || declared.Absent || !k.Declares(declared.Value, a.Attribute) {
		e.diagnostics.Append(at.Errorf("the documents do not declare %s of %s: nobody manages it, so that it is never drift", a.Attribute, a.Address).
			WithHint("drop the entry"))
		return
	}
	a.Known, a.Value = known, plain
}

// acceptable decodes the live value of one attribute, as Stytch may have it.
// Known is a value that holds nothing else. A problem without a place is about
// the name of the attribute.
func (e *erased[T]) acceptable(attribute string, live *spec.Node) (known, value any, diagnostics spec.Diagnostics) {
	var v T
	d := decoder{kind: e.t.Name, lenient: true}
	a, key, ok := e.row(attribute)
	switch {
	case !ok:
		return nil, nil, spec.Diagnostics{spec.UnknownName(hcl.Range{}, "attribute of "+e.t.Name, attribute, e.comparable())}
	case a.Secret || a.WriteOnly:
		return nil, nil, spec.Diagnostics{spec.Errorf(hcl.Range{}, "%s is a secret: its live value cannot stand in a document", attribute)}
	case a.Merge && key == "":
		return nil, nil, spec.Diagnostics{spec.Errorf(hcl.Range{}, "%s is owned by key", attribute).WithHint("accept %s.KEY", attribute)}
	case a.Merge:
		live = &spec.Node{Type: spec.Map, Range: live.Range, Entries: []spec.Entry{{Key: key, KeyRange: live.Range, Value: live}}}
	case live.Type == spec.Null:
		return nil, nil, spec.Diagnostics{live.Errorf("null is no live value of %s", attribute).WithHint(`write the empty value: "", [], {} or false`)}
	}
	d.attribute(reflect.ValueOf(&v).Elem(), a, live)
	if a.Merge {
		live = live.Entries[0].Value
	}
	return &v, canonical(live.Any()), d.diagnostics
}

// row finds the attribute that a name in a plan means, and the key in it.
func (e *erased[T]) row(name string) (a Attribute, key string, ok bool) {
	for _, a := range e.table {
		if a.Key || a.ID || a.Local || a.Initial {
			continue
		}
		if a.Name == name {
			return a, "", true
		}
		if key, in := strings.CutPrefix(name, a.Name+"."); in && a.Merge && key != "" {
			return a, key, true
		}
	}
	return Attribute{}, "", false
}

// comparable names the attributes that can differ.
func (e *erased[T]) comparable() []string {
	var names []string
	for _, a := range e.table {
		if _, _, ok := e.row(a.Name); ok {
			names = append(names, a.Name)
		}
	}
	return names
}

// Without is a declaration that says nothing of an attribute.
func (e *erased[T]) Without(declared any, attribute string) any {
	v := *declared.(*T)
	a, key, ok := e.row(attribute)
	if !ok {
		return &v
	}
	value := reflect.ValueOf(&v).Elem()
	if key == "" {
		value.Field(a.index).SetZero()
		return &v
	}
	current, _ := attributeValue(value, a)
	others := reflect.MakeMap(current.Type())
	for entries := current.MapRange(); entries.Next(); {
		if entries.Key().String() != key {
			others.SetMapIndex(entries.Key(), entries.Value())
		}
	}
	setAttribute(value, a, others)
	return &v
}
