package plan

// A Kind answers for values whose Go type this package does not know: it is
// the small interface through which a plan compares. A value is always one of
// the kind's own; live values are whole, declared ones hold what is declared.
type Kind interface {
	// Name is the kind's word in addresses.
	Name() string
	// Traits are the kind's fixed properties.
	Traits() Traits
	// Fold gives the form in which keys compare: addresses of members without case.
	Fold(key string) string

	// Compare lists the attributes in which live differs from what is declared.
	Compare(live, declared any) []Attribute
	// WriteOnly lists the declared attributes that Stytch never shows and Compare
	// leaves out, as an update sends them again.
	WriteOnly(declared any) []Attribute
	// Declares reports whether a declaration says anything of the attribute of that name, to remove a key included.
	Declares(declared any, attribute string) bool
	// Without is a declaration that says nothing of the attribute of that name.
	Without(declared any, attribute string) any
	// Waits is a declaration without what Stytch does not take before somebody else has brought what it names, and what each
	// such thing waits for. Live is nil for what is yet to be created.
	Waits(live, declared any) (now any, waits []string)
	// Creation lists the attributes that a creation sends.
	Creation(declared, initial any) []Attribute
	// Whole lists the attributes of a live object that are not empty.
	Whole(live any) []Attribute
	// After is the object that there will be: declared laid over live, or over
	// Stytch's defaults and initial when live is nil.
	After(live, declared, initial any) any
	// Steps are valid states on the way from live to after, or of a creation when live is nil; nil means one step.
	Steps(live, after any, changed []Attribute) []Step

	// Problems are the rules of Stytch that the object which there will be breaks.
	Problems(after any, action Action) []Problem
	// Unique lists what no two objects of a scope may share beside the key, as
	// "attribute value".
	Unique(value any) []string
	// References are what others may use of the object and what it uses of others.
	References(within Address, key string, value any) (offers, uses []string)
	// Grants are who may do what where because of the object.
	Grants(within Address, key string, value any) []Grant
	// Lifelines are what the object holds up, once for each time that it counts. Live is the object as it is now, nil for
	// what is new: a key that nobody signs with yet holds nothing up.
	Lifelines(within Address, key string, live, value any) []Lifeline
	// Effects are what a change does to people and to other objects.
	Effects(Transition) Effects
}

// Traits are the fixed properties of a kind.
type Traits struct {
	Singleton       bool // one object in its scope, without a key
	Deletable       bool // false: never removed
	Creatable       bool // false: what is not live cannot be made
	Renames         bool // renamed_from is legal: the key can change
	Restorable      bool // what is deleted can come back
	KeptWhenOmitted bool // never deleted because no document declares it
	HeldAbove       bool // what its objects hold up in their organization is counted with the organization
	Rank            int  // its place in the order in which kinds are written
	Ranks           int  // how many places there are

	Glimpsed []string // the secrets of WriteOnly of which Stytch shows a part, by which Compare compares them
}

// A Transition is one object before and after a change.
type Transition struct {
	Action   Action
	Within   Address
	Key      string
	Live     *Object // nil for a creation
	After    any     // nil for a deletion
	Changed  []Attribute
	Siblings []Object // what is live in the same scope
}

// Effects are what a change does beyond its own attributes.
type Effects struct {
	Risks        []Risk
	Consequences []string
	Problems     []Problem
	Removals     int // grants that people lose beside those in Grants: a closed way to log in takes one from every active member
}

// A Problem is a rule that a declaration breaks. Attribute is a path in the
// resource such as "email_allowed_domains[2]", or empty.
type Problem struct {
	Resource  any // the Declaration's, for the position
	Attribute string
	Message   string
	Hint      string
}

// A Declaration is one resource as the documents have it.
type Declaration struct {
	Key         string
	ID          string // pins one object when the key is ambiguous
	RenamedFrom string
	Absent      bool
	Protect     bool
	Value       any
	Initial     any
	Source      *Source
	Resource    any // opaque; comes back in a Problem
}

// An Object is one object as Stytch has it.
type Object struct {
	ID      string
	Key     string
	Aliases []string // further keys that it holds: a member's retired addresses
	Gone    bool     // deleted; it can only come back
	Revives bool     // of what is gone: Stytch can reactivate it
	Owner   string   // "scim" or "sso" when an identity provider brought it
	Nested  int      // objects that disappear when it is deleted
	Empty   bool     // nothing nests in it, as was counted

	Holders   map[Grant]int // how many people lose what ends for all of them with a change of it: grants without Who, and without Where what ends everywhere
	Uncounted string        // why nobody could count whom a change of it concerns
	Value     any
}

// The values of an organization's idp_members: what may be done to members
// that an identity provider brought.
const (
	IDPObserve = "observe" // the default: never removed, and SCIM's never written
	IDPRoles   = "roles"   // as observe, but roles may be written
	IDPManage  = "manage"  // as any other member
)

// A Set is one kind in one scope, both sides of it.
type Set struct {
	Kind           Kind
	Within         Address // the organization, or "" for the environment
	OrganizationID string  // "" when the organization is yet to be created
	Declared       []Declaration
	Live           []Object
	Closed         bool    // the kind's key is present here: what else is live counts as undeclared
	Source         *Source // where the set is declared, for deletions by omission
	Unknown        string  // why it could not be read whole, or ""
	IDPMembers     string  // see IDPObserve
	Past           *Past   // nil when no base was given
}

// A Past is a Set as it was declared at the base: the same kind, in the same
// organization, whatever that was called then.
type Past struct {
	Declared   []Declaration
	Within     Address
	Deletes    bool // what was live and not declared was to be deleted
	IDPMembers string
}
