// Package kind is the one place where a kind's Go type is forgotten. A kind is
// written as a Go struct with tags and a literal of Type; New turns it into a
// Kind, which the rest of the program uses without knowing the struct.
//
// Read first: Type in this file (what a kind says about itself) and table.go
// (what the tags mean). Then, in the order of a run: decode.go (documents to
// values), read.go (live state, in bulk), erase.go (comparison, for pkg/plan)
// and actor.go (carrying a plan out).
package kind

import (
	"context"
	"iter"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Type describes one kind of resource whose Go form is T: a struct whose
// fields are a key (string) and attributes (Opt), with the tags of table.go.
type Type[T any] struct {
	Name      string       // "redirect_url": the block in HCL, the word in addresses
	Plural    string       // "redirect_urls": the key in YAML; equal to Name for a singleton
	Within    string       // the kind it nests in: "organization", or "" for the environment
	Singleton bool         // one in its scope, without a key; without Create and Delete it always exists
	Plane     client.Plane // which API it is read and written through
	After     []string     // kinds that must be in place first

	// Roster allows PLURAL_from: FILE beside the set.
	Roster bool
	// Duplicates means that Stytch takes a second object with the same key: a creation looks first, and one whose outcome is
	// unknown is never repeated.
	Duplicates bool
	// Merges means that Stytch takes a creation whose key is taken and changes the object that has it: a creation looks first.
	Merges bool
	// Renames allows renamed_from: the key is an attribute that can change.
	Renames bool
	// KeptWhenOmitted means that no policy deletes what is not declared.
	KeptWhenOmitted bool

	// ByOrganization means that Stytch lists the kind for one organization at a time: List is asked for each alone, so that one
	// which cannot be read is no reason to doubt another.
	ByOrganization bool
	// HeldAbove means that what the objects hold up in their organization is counted with the organization, from its own answer:
	// Lifelines say here only what a change adds and takes.
	HeldAbove bool

	// Issues names the attributes that Stytch answers once, when it creates an object that does not give them: the creation
	// hands each to Edit.Keep.
	Issues []string
	// Issuing says which of Issues one write has Stytch make up: a creation, or an update, of which before and after hold what it
	// changes. What the write itself gives is not among them. Nil: a creation has all of them made up, and no update any.
	Issuing func(creates bool, before, after T) []string

	Doc   string   // what the kind is, for the reference: one paragraph
	Facts []string // what its implementation relies on that Stytch's documentation does not state

	// Fold gives the form in which keys compare; nil compares them as they are.
	Fold func(key string) string
	// Check reports broken rules of Stytch that tags cannot say. It sees what is declared, and again, when a plan is made,
	// the whole object that there will be: a rule speaks only when all that it needs is set.
	Check func(T) []Problem
	// Together reports broken rules among the declared resources of one scope.
	Together func(declared []T) []Problem
	// Tidy gives the form in which values compare: what the server would answer. It is applied to both sides and never sent.
	Tidy func(T) T
	// Near gives a declared value in the form that compares, where the live one is as near to it as Stytch can be told: an
	// attribute that is close enough takes the live value. It sees tidied values. Nil: only what is equal is equal.
	Near func(live, declared T) T
	// Lapsed reports whether a declared object has, by its own words, an end that has passed: from then on it is to be absent.
	Lapsed func(v T, now time.Time) bool
	// Drops gives the live object without what Stytch drops by itself when it takes the declared values: what is neither kept
	// nor declared is no part of the object that there will be.
	Drops func(live, declared T) T
	// Lacks names the write-only attributes of which Stytch shows that the object has none: a declared one is sent without being
	// asked for, as after a creation that was cut off before it.
	Lacks func(live T) []string
	// Along names the secrets that Stytch takes only together with attributes that an update changes, and of which nobody can
	// read back what it has: what is declared of them is part of the change, and without it the change is refused.
	Along func(changes func(attribute string) bool) []string
	// Reword gives declared values in the words in which the live object shows its own, where there are several: names for ids.
	Reword func(live, declared T) T
	// Waits takes out of a declaration what Stytch does not take before somebody else has brought what it names, and says of each
	// what it waits for. Live is the zero T of what is yet to be created. What waits is no difference.
	Waits func(live, declared T) (now T, waits []string)
	// Unique lists what two objects of one scope may not share, as "attribute value".
	Unique func(T) []string
	// References are tokens such as "role/editor": what others may use of the object and what it uses of others.
	References func(within plan.Address, v T) (offers, uses []string)
	// Grants are who may do what where because of the object.
	Grants func(within plan.Address, address plan.Address, v T) []plan.Grant
	// Lifelines are what the object, or the value that it will have, holds up: without them somebody is locked out. Each counts
	// as often as it is named. Live is the object as it is now, nil for what is new: what nobody relies on yet may not count.
	Lifelines func(within plan.Address, key string, live, v *T) []plan.Lifeline
	// Effects are what a change does to people and to other objects, beyond what follows from Grants.
	Effects func(Transition[T]) plan.Effects
	// IDPMembers says, of the kind that members nest in, what its idp_members attribute asks for.
	IDPMembers func(T) string

	// List reads what is live in the scopes, in bulk. Scope.Keys are the declared keys: a kind that cannot be listed reads those.
	List func(context.Context, *client.Client, []Scope) iter.Seq2[Live[T], error]
	// Get reads one object by Edit.ID, or by the key of Edit.After when that is empty, so that a saved plan can be checked right
	// before each write. What is not there is an error that client.IsNotFound knows. Nil: the object is sought in List.
	Get func(context.Context, *client.Client, Edit[T]) (Live[T], error)
	// Unchanged may accept a live object that is neither as before nor as after because what the plan does before this change
	// alters it on the way. It is asked only of a change that needs another. Of a deletion, after holds the key alone.
	Unchanged func(live, before, after T) bool
	// Gone reads the deleted objects that hold the scopes' Keys; nil when what is deleted cannot come back.
	Gone func(context.Context, *client.Client, []Scope) iter.Seq2[Live[T], error]
	// Reaches reports whether an update concerns everything that nests in the object, so that Nested is asked.
	Reaches func(live, after T) bool
	// Nested counts the objects that nest in one that is to be deleted, or whose update Reaches them.
	Nested func(context.Context, *client.Client, Live[T]) (int, error)
	// Upheld counts, by their ids, what nests in the objects and still holds up the lifelines of their own that a change makes
	// them let go. It is asked where the documents do not name UpheldBy, the kind of what nests there, which is then not read.
	Upheld   func(context.Context, *client.Client, []Live[T]) (map[string]int, error)
	UpheldBy string
	// Holders counts the people who lose what an update ends for everybody, by grants without Who, and without Where if they end
	// everywhere. It asks nothing when there are none.
	Holders func(ctx context.Context, c *client.Client, live Live[T], after T) (map[plan.Grant]int, error)
	// Deprives counts, in the same way, the people who lose what ends for them with the deletion of the object.
	Deprives func(context.Context, *client.Client, Live[T]) (map[plan.Grant]int, error)

	Create func(context.Context, *client.Client, Edit[T]) (id string, err error) // nil: never created
	Update func(context.Context, *client.Client, Edit[T]) error                  // nil: there is nothing in it beside its key
	Delete func(context.Context, *client.Client, Edit[T]) error                  // nil: never removed
	// Restore brings the deleted object Edit.ID back and re-asserts Edit.After.
	Restore func(context.Context, *client.Client, Edit[T]) error
	// Later names the attributes of a new object that its creation cannot give, such as what names objects that nest in it: an
	// update sends them once these are there.
	Later func(after T) []string
	// Split gives the valid states on the way from live to after; all but the first are written late. Nil: one step.
	Split func(live, after T) []T
}

// A Scope is where objects of a kind live.
type Scope struct {
	ProjectSlug, EnvironmentSlug string
	ProjectID                    string
	Organization                 string   // slug; "" for the environment
	OrganizationID               string   // Stytch's id of it
	Keys                         []string // the keys that are asked for
}

// A Live is one object as Stytch has it: the comparable value and what only
// Stytch sets.
type Live[T any] struct {
	ID             string
	OrganizationID string             // of what lives in an organization
	Value          T                  // every attribute that Stytch answered is set
	Aliases        []string           // further keys that the object holds, such as a member's retired addresses
	Gone           bool               // deleted
	Revives        bool               // of what is gone: Stytch can reactivate it
	Owner          string             // "scim" or "sso" when an identity provider brought it
	Nested         int                // how many objects nest in it, where Nested was asked
	Holders        map[plan.Grant]int // see Type.Holders, where it was asked
}

// An Edit is one write. Before and After hold only the attributes that the
// write changes, and the key; attributes owned by key hold only the changed
// keys, a removed one with a nil value. Of a creation, After also holds initial.
type Edit[T any] struct {
	Scope
	ID     string
	Before T
	After  T
	// Keep takes a secret that the write answered, one of Type.Issues. The write ends with its error.
	Keep func(attribute string, value client.Secret) error
}

// A Transition is one object before and after a change. Live.Value and After
// are whole; After is the zero T for a deletion, Live for a creation.
type Transition[T any] struct {
	Action   plan.Action
	Address  plan.Address
	Live     Live[T]
	After    T
	Changed  map[string]bool          // names of the changed attributes, without keys of what is owned by key
	Siblings func() iter.Seq[Live[T]] // what is live in the same scope, the object itself included
}

// A Problem is a rule that a declared value breaks.
type Problem struct {
	Attribute string // path in the resource: "email_allowed_domains[2]", "trusted_metadata.plan", or ""
	Message   string // what is wrong, a sentence in lower case without full stop
	Hint      string // what to do
	Index     int    // of Together: which of the declared
}

// An Opt is an attribute that is declared or not. Live values have Set for
// everything that Stytch answered.
type Opt[V any] struct {
	Value V
	Set   bool
}

// Some is a declared value.
func Some[V any](v V) Opt[V] { return Opt[V]{Value: v, Set: true} }

// Or is the value, or other when it is not set.
func (o Opt[V]) Or(other V) V {
	if o.Set {
		return o.Value
	}
	return other
}

// Get is the value and whether it is set.
func (o Opt[V]) Get() (V, bool) { return o.Value, o.Set }
