package kind

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// A Kind is a Type whose Go type is forgotten. It compares for pkg/plan, and
// decodes, reads and writes for this package.
type Kind interface {
	plan.Kind
	// Word is the kind as the language knows it.
	Word() spec.Word
	// Plane is the API through which the kind is read and written.
	Plane() client.Plane
	// Follows are the kinds that must be in place first.
	Follows() []string
	// Doc and Facts are what the reference says of the kind.
	Doc() string
	Facts() []string
	// Attributes is the kind's table.
	Attributes() []Attribute

	placed(rank, ranks int) Kind
	decode(*spec.Resource) (plan.Declaration, spec.Diagnostics)
	resolve(*plan.Declaration, Secrets) spec.Diagnostics
	together([]plan.Declaration) spec.Diagnostics
	idpMembers(plan.Declaration) string
	lapsed(plan.Declaration, time.Time) bool
	acceptable(attribute string, live *spec.Node) (known, value any, diagnostics spec.Diagnostics)
	list(context.Context, *client.Client, []Scope) iter.Seq2[object, error]
	gone(context.Context, *client.Client, []Scope) iter.Seq2[object, error]
	bringsBack() bool
	counts() bool
	reaches(*plan.Object, plan.Declaration) bool
	nested(context.Context, *client.Client, *plan.Object) (int, error)
	upheldBy() string
	upheld(context.Context, *client.Client, []*plan.Object) (map[string]int, error)
	holders(context.Context, *client.Client, *plan.Object, plan.Declaration) (map[plan.Grant]int, error)
	duplicates() bool
	byOrganization() bool
	unrefused() bool
	stands(context.Context, *client.Client, Scope, plan.Operation) (standing, error)
	holds(context.Context, *client.Client, Scope, plan.Operation, plan.Lifeline) (bool, error)
	partly(context.Context, *client.Client, Scope, plan.Operation) (bool, error)
	valueOf(key string, attributes []plan.Attribute, side func(plan.Attribute) any, whole bool) (value any, ok bool)
	issues() []string
	fromDefaults([]plan.Attribute) []plan.Attribute
	later(*plan.Change) []string
	issuing(*plan.Change) []string
	blind(plan.Operation) bool
	view(value any) map[string]any
	untouched(key string) any
	act(context.Context, *client.Client, Scope, plan.Operation, *keeper) (id string, err error)
}

// An object is a live object and the organization that it is in.
type object struct {
	plan.Object
	OrganizationID string
}

// erased is a Type in use. Values travel as *T.
type erased[T any] struct {
	t     Type[T]
	table []Attribute
	rank  int
	ranks int
}

// New makes a Kind of a Type. A Type that cannot work panics: it is a mistake
// of the program.
func New[T any](t Type[T]) Kind {
	if t.Name == "" || t.Plural == "" || t.Doc == "" || t.List == nil || t.Update == nil && changeable(reflect.TypeFor[T]()) {
		panic("the kind " + t.Name + " needs a Name, a Plural, a Doc, a List and an Update")
	}
	e := &erased[T]{t: t, table: tableOf(reflect.TypeFor[T]())}
	if (t.Upheld == nil) != (t.UpheldBy == "") {
		panic("the kind " + t.Name + " needs Upheld and UpheldBy, or neither")
	}
	if (e.keyIndex() < 0) != t.Singleton {
		panic("the kind " + t.Name + " needs a key exactly if it is no singleton")
	}
	return e
}

// changeable reports whether there is anything in a kind beside its key.
func changeable(t reflect.Type) bool {
	return slices.ContainsFunc(tableOf(t), func(a Attribute) bool { return !a.Key })
}

func (e *erased[T]) Name() string            { return e.t.Name }
func (e *erased[T]) Plane() client.Plane     { return e.t.Plane }
func (e *erased[T]) Follows() []string       { return e.t.After }
func (e *erased[T]) Doc() string             { return e.t.Doc }
func (e *erased[T]) Facts() []string         { return e.t.Facts }
func (e *erased[T]) Attributes() []Attribute { return e.table }
func (e *erased[T]) bringsBack() bool        { return e.t.Gone != nil }

// placed is the kind at its place in a catalog. It is a copy: a kind may be in
// several catalogs.
func (e *erased[T]) placed(rank, ranks int) Kind {
	placed := *e
	placed.rank, placed.ranks = rank, ranks
	return &placed
}

func (e *erased[T]) duplicates() bool     { return e.t.Duplicates }
func (e *erased[T]) byOrganization() bool { return e.t.ByOrganization }
func (e *erased[T]) issues() []string     { return e.t.Issues }

// unrefused reports whether Stytch takes a creation whose key is taken.
func (e *erased[T]) unrefused() bool { return e.t.Duplicates || e.t.Merges }

func (e *erased[T]) Word() spec.Word {
	word := spec.Word{Kind: e.t.Name, Plural: e.t.Plural, Singleton: e.t.Singleton, Parent: e.t.Within, Roster: e.t.Roster}
	if e.t.Roster {
		word.Required = e.table[e.keyIndex()].Name
	}
	return word
}

func (e *erased[T]) Traits() plan.Traits {
	return plan.Traits{
		Singleton: e.t.Singleton, Deletable: e.t.Delete != nil, Creatable: e.t.Create != nil,
		Renames: e.t.Renames, Restorable: e.bringsBack(), KeptWhenOmitted: e.t.KeptWhenOmitted, HeldAbove: e.t.HeldAbove, Rank: e.rank, Ranks: e.ranks,
		Glimpsed: e.glimpsed(),
	}
}

// glimpsed names the secrets of which Stytch shows a part.
func (e *erased[T]) glimpsed() []string {
	var names []string
	for _, a := range e.table {
		if a.LastFour {
			names = append(names, a.Name)
		}
	}
	return names
}

func (e *erased[T]) Fold(key string) string {
	if e.t.Fold == nil {
		return key
	}
	return e.t.Fold(key)
}

// keyIndex is the row of the key in the table, -1 for a singleton.
func (e *erased[T]) keyIndex() int {
	return slices.IndexFunc(e.table, func(a Attribute) bool { return a.Key })
}

func (e *erased[T]) key(v *T) string {
	if i := e.keyIndex(); i >= 0 {
		return reflect.ValueOf(v).Elem().Field(e.table[i].index).String()
	}
	return ""
}

// withKey returns a copy of the value that has the key.
func (e *erased[T]) withKey(v T, key string) T {
	if i := e.keyIndex(); i >= 0 {
		reflect.ValueOf(&v).Elem().Field(e.table[i].index).SetString(key)
	}
	return v
}

// tidy gives the form in which a value compares.
func (e *erased[T]) tidy(v *T) reflect.Value {
	tidied := *v
	if e.t.Tidy != nil {
		tidied = e.t.Tidy(tidied)
	}
	return e.normalised(reflect.ValueOf(&tidied).Elem())
}

// normalised returns the struct with every attribute in its one form.
func (e *erased[T]) normalised(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	for _, a := range e.table {
		if current, set := attributeValue(v, a); set {
			setAttribute(out, a, normalise(current, a))
		}
	}
	return out
}

func (e *erased[T]) idpMembers(d plan.Declaration) string {
	if e.t.IDPMembers == nil || d.Value == nil {
		return ""
	}
	return e.t.IDPMembers(*d.Value.(*T))
}

func (e *erased[T]) lapsed(d plan.Declaration, now time.Time) bool {
	return e.t.Lapsed != nil && d.Value != nil && e.t.Lapsed(*d.Value.(*T), now)
}

// Waits is the declaration without what cannot be done yet.
func (e *erased[T]) Waits(live, declared any) (now any, waits []string) {
	if e.t.Waits == nil {
		return declared, nil
	}
	var was T
	if live != nil {
		was = *live.(*T)
	}
	value, waits := e.t.Waits(was, *declared.(*T))
	return &value, waits
}

func (e *erased[T]) Unique(value any) []string {
	if e.t.Unique == nil || value == nil {
		return nil
	}
	return e.t.Unique(*value.(*T))
}

func (e *erased[T]) References(within plan.Address, key string, value any) (offers, uses []string) {
	if e.t.References == nil {
		return nil, nil
	}
	return e.t.References(within, e.withKey(*value.(*T), key))
}

func (e *erased[T]) Grants(within plan.Address, key string, value any) []plan.Grant {
	if e.t.Grants == nil {
		return nil
	}
	return e.t.Grants(within, plan.NewAddress(within, e.t.Name, key), e.withKey(*value.(*T), key))
}

// Lifelines are asked of every live object, of which most have none: no value
// is copied for it.
func (e *erased[T]) Lifelines(within plan.Address, key string, live, value any) []plan.Lifeline {
	if e.t.Lifelines == nil {
		return nil
	}
	was, _ := live.(*T)
	return e.t.Lifelines(within, key, was, value.(*T))
}

// Problems are the rules that the object which there will be breaks.
func (e *erased[T]) Problems(after any, action plan.Action) []plan.Problem {
	var problems []plan.Problem
	value := after.(*T)
	if action == plan.Create || action == plan.Restore {
		for _, a := range e.table {
			if _, set := attributeValue(reflect.ValueOf(value).Elem(), a); a.Required && !set {
				problems = append(problems, plan.Problem{
					Message: "a new " + e.t.Name + " needs " + a.Name, Hint: "declare it, or give it in initial: {" + a.Name + ": …}",
				})
			}
		}
	}
	if e.t.Check == nil {
		return problems
	}
	for _, p := range e.t.Check(*value) {
		problems = append(problems, plan.Problem{Attribute: p.Attribute, Message: p.Message, Hint: p.Hint})
	}
	return problems
}

func (e *erased[T]) Effects(t plan.Transition) plan.Effects {
	effects := e.own(t)
	effects.Risks = append(effects.Risks, e.issueRisks(t)...)
	if t.Action == plan.Update {
		effects.Problems = append(effects.Problems, e.unchangeable(t.Changed)...)
		effects.Problems = append(effects.Problems, e.unaccompanied(t.Changed)...)
	}
	return effects
}

// unchangeable reports changes of what can only be given once.
func (e *erased[T]) unchangeable(changed []plan.Attribute) []plan.Problem {
	var problems []plan.Problem
	for _, c := range changed {
		if !slices.ContainsFunc(e.table, func(a Attribute) bool { return a.Immutable && a.Name == c.Name }) {
			continue
		}
		message := fmt.Sprintf("%s cannot change: it is %v, and Stytch has no way to make it %v", c.Name, c.Before, c.After)
		if c.Sensitive {
			message = c.Name + " cannot change: Stytch has another, and no way to replace it"
		}
		problems = append(problems, plan.Problem{
			Attribute: c.Name,
			Message:   message,
			Hint:      "declare a new " + e.t.Name + " under another name, and mark this one absent: true once nobody needs it",
		})
	}
	return problems
}

// unaccompanied reports changes that Stytch takes only together with a secret
// which nobody declares.
func (e *erased[T]) unaccompanied(changed []plan.Attribute) []plan.Problem {
	if e.t.Along == nil {
		return nil
	}
	changes := func(name string) bool {
		return slices.ContainsFunc(changed, func(a plan.Attribute) bool { return a.Name == name })
	}
	var problems []plan.Problem
	for _, name := range e.t.Along(changes) {
		if !changes(name) {
			problems = append(problems, plan.Problem{
				Attribute: changed[0].Name,
				Message:   fmt.Sprintf("%s cannot change without %s: Stytch takes them together, and nobody can read back the one that it has", changed[0].Name, name),
				Hint:      "declare " + name + ` with env("NAME") or file("path")`,
			})
		}
	}
	return problems
}

// own are the effects that the kind itself names.
func (e *erased[T]) own(t plan.Transition) plan.Effects {
	if e.t.Effects == nil {
		return plan.Effects{}
	}
	typed := Transition[T]{
		Action: t.Action, Address: plan.NewAddress(t.Within, e.t.Name, t.Key), Changed: map[string]bool{},
		Siblings: func() iter.Seq[Live[T]] { return e.siblings(t.Siblings) },
	}
	if t.Live != nil {
		typed.Live = e.live(t.Live)
	}
	if t.After != nil {
		typed.After = e.withKey(*t.After.(*T), t.Key)
	}
	for _, a := range t.Changed {
		typed.Changed[e.attributeName(a.Name)] = true
	}
	return e.t.Effects(typed)
}

func (e *erased[T]) siblings(objects []plan.Object) iter.Seq[Live[T]] {
	return func(yield func(Live[T]) bool) {
		for i := range objects {
			if !objects[i].Gone && !yield(e.live(&objects[i])) {
				return
			}
		}
	}
}

func (e *erased[T]) live(o *plan.Object) Live[T] {
	return Live[T]{ID: o.ID, Value: *o.Value.(*T), Aliases: o.Aliases, Gone: o.Gone, Revives: o.Revives, Owner: o.Owner, Nested: o.Nested, Holders: o.Holders}
}

// attributeName drops the key of an attribute that is owned by key.
func (e *erased[T]) attributeName(name string) string {
	for _, a := range e.table {
		if a.Name == name || a.Merge && strings.HasPrefix(name, a.Name+".") {
			return a.Name
		}
	}
	return name
}
