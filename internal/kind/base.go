package kind

import (
	"reflect"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Before is what was declared before, at the base: Name says where that is.
type Before struct {
	Name    string
	Desired *Desired
}

// Declares reports whether a declaration says anything of an attribute. An
// attribute that is owned by key is named with its key.
func (e *erased[T]) Declares(declared any, attribute string) bool {
	value := reflect.ValueOf(declared).Elem()
	for _, a := range e.table {
		current, set := attributeValue(value, a)
		if !set {
			continue
		}
		if a.Name == attribute {
			return true
		}
		if key, ok := strings.CutPrefix(attribute, a.Name+"."); ok && a.Merge {
			return current.MapIndex(reflect.ValueOf(key)).IsValid()
		}
	}
	return false
}

// since tells the draft that there is a base, and what it protects.
func (r *reader) since() {
	if before := r.options.Before; before != nil {
		r.draft.Since(before.Name, before.Desired.Policy.Protect)
	}
}

// past is a set as the base declared it, nil without a base.
func (r *reader) past(k Kind, organization string) *plan.Past {
	if r.options.Before == nil {
		return nil
	}
	before := r.options.Before.Desired
	slug := r.formerly(organization)
	parent, _ := before.catalog.Lookup(plan.OrganizationKind)
	past := &plan.Past{
		Declared: before.sets[setKey{kind: k.Name(), organization: slug}], Within: within(slug), IDPMembers: plan.IDPObserve,
		Deletes: before.document.Declares(k.Name(), slug) && before.Policy.Undeclared[k.Name()] == plan.DeleteUndeclared && !k.Traits().KeptWhenOmitted,
	}
	if policy := parent.idpMembers(before.parents[slug]); policy != "" {
		past.IDPMembers = policy
	}
	return past
}

// formerly is the slug under which the base knows a declared organization: the
// one that means the same live organization, else its own or its former one.
func (r *reader) formerly(organization string) string {
	if organization == "" {
		return ""
	}
	if slug, ok := r.before[r.organizations[organization]]; ok {
		return slug
	}
	parents := r.options.Before.Desired.parents
	former := r.desired.parents[organization].RenamedFrom
	if _, ok := parents[organization]; !ok && former != "" {
		if _, ok := parents[former]; ok {
			return former
		}
	}
	return organization
}

// recall keeps which live organization a slug of the base means.
func (r *reader) recall(k Kind, live []plan.Object) {
	if r.options.Before == nil {
		return
	}
	ids := map[string]string{}
	for _, o := range live {
		ids[k.Fold(o.Key)] = o.ID
	}
	r.before = map[string]string{}
	for slug, declaration := range r.options.Before.Desired.parents {
		id := ids[k.Fold(slug)]
		if id == "" && declaration.RenamedFrom != "" {
			id = ids[k.Fold(declaration.RenamedFrom)]
		}
		if id != "" {
			r.before[id] = slug
		}
	}
}
