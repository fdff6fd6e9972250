// Package plan is the plan as data: what would change, why, what it does to
// people, and what forbids it. It is pure: no clock, no network, no logger.
//
// Read first: Plan and Change in this file, then Draft in draft.go, which turns
// what is declared and what is live into a Plan, one scope at a time. Finish in
// finish.go judges the whole: limits.go, protect.go, lifelines.go and lockouts.go
// say what forbids a plan, steps.go in which order it is carried out, digest.go
// what it means.
package plan

// FormatVersion is the version of the JSON form of a plan. Fields are only ever
// added to it; a new major number would be a form that old readers cannot read.
const FormatVersion = "1.0"

// An Action is what happens to one object.
type Action string

// The actions of a plan.
const (
	Create  Action = "create"
	Update  Action = "update"
	Delete  Action = "delete"
	Restore Action = "restore" // a deleted member comes back
)

// An Origin says who asks for a change: the document (edit), somebody who
// changed Stytch (drift), or both. Without a base every difference is drift.
type Origin string

// The origins of a change. See origin.go.
const (
	Edit  Origin = "edit"
	Drift Origin = "drift" // also of what was found without a base to compare with
	Both  Origin = "both"
)

// A Plan is everything that would be done to one environment of one project.
// Its fields are sorted, so that the same inputs give the same bytes.
type Plan struct {
	FormatVersion string       `json:"format_version"`
	ToolVersion   string       `json:"tool_version"`
	Digest        string       `json:"digest"`
	Target        Target       `json:"target"`
	Complete      bool         `json:"complete"`
	Partial       bool         `json:"partial,omitempty"` // --target or --exclude left something out
	Destroy       bool         `json:"destroy,omitempty"` // it removes what is declared
	Base          string       `json:"base,omitempty"`    // where what was declared before stands; "" when nobody said
	Unknown       []Unknown    `json:"unknown"`
	Summary       Summary      `json:"summary"`
	Changes       []Change     `json:"changes"`
	Undeclared    []Undeclared `json:"undeclared"`
	Blocked       []Block      `json:"blocked"`
	Warnings      []string     `json:"warnings"`
	Policy        Policy       `json:"policy"`

	NotComparable []NotComparable `json:"not_comparable,omitempty"`
	Rules         []Verdict       `json:"rules,omitempty"` // what the rules of the house found; see rules.go

	Accepted    []Accepted   `json:"accepted,omitempty"` // differences that are left alone; see accept.go
	Lapsed      []Lapsed     `json:"lapsed,omitempty"`   // differences that were
	Differences []Difference `json:"drift,omitempty"`    // what `drift` found; see drift.go
	Repair      *Repair      `json:"repair,omitempty"`   // what `drift --repair` does about it; see repair.go
}

// A Target is the environment that a plan is for.
type Target struct {
	ProjectID       string `json:"project_id"`
	ProjectSlug     string `json:"project_slug"`
	EnvironmentSlug string `json:"environment_slug"`
	Live            bool   `json:"live"`
}

// An Unknown is one kind in one scope that could not be read whole. Nothing is
// created or deleted there: what was not seen is not absent.
type Unknown struct {
	Kind   string `json:"kind"`
	Scope  string `json:"scope"`
	Reason string `json:"reason"`

	// Change is set where all was read but whom the change of this object concerns could not be counted. It is left out.
	Change Address `json:"change,omitempty"`
}

// A Summary counts a plan. Unchanged objects are counted and not kept.
type Summary struct {
	Create     int `json:"create"`
	Update     int `json:"update"`
	Delete     int `json:"delete"`
	Restore    int `json:"restore"`
	Unchanged  int `json:"unchanged"`
	Undeclared int `json:"undeclared"`
}

// Changes is the number of objects that the plan would write.
func (s Summary) Changes() int { return s.Create + s.Update + s.Delete + s.Restore }

// A Change is what would happen to one object.
type Change struct {
	Address      Address     `json:"address"`
	Kind         string      `json:"kind"`
	Key          string      `json:"key"`
	Action       Action      `json:"action"`
	Origin       Origin      `json:"origin"`
	Source       *Source     `json:"source,omitempty"`
	Attributes   []Attribute `json:"attributes"`
	Risks        []Risk      `json:"risks"`
	Consequences []string    `json:"consequences"`
	BlockedBy    []string    `json:"blocked_by"`

	// What carrying it out needs beyond what a reader needs.
	ID             string `json:"id,omitempty"`              // Stytch's id; empty for a creation
	OrganizationID string `json:"organization_id,omitempty"` // of what lives in a known organization
	RenamedFrom    string `json:"renamed_from,omitempty"`    // of a creation or restoration: the former key, which was not seen live
	Nested         int    `json:"nested,omitempty"`          // of a deletion: how many objects disappear with it
	Steps          []Step `json:"steps"`

	ReliesOn []Reliance `json:"relies_on,omitempty"` // without these, carrying it out would lock somebody out
}

// A Source is the place in a document that asks for a change.
type Source struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// An Attribute is one difference: before is live, after is declared, both in
// JSON's types. An attribute that is owned by key is named `attribute.KEY`.
// A sensitive attribute carries neither value; one that is written carries the
// reference of its value.
type Attribute struct {
	Name      string     `json:"name"`
	Before    any        `json:"before"`
	After     any        `json:"after"`
	Sensitive bool       `json:"sensitive"`
	Reference *Reference `json:"reference,omitempty"`
	Origin    Origin     `json:"origin,omitempty"` // when a base was given
}

// A Step is a valid state on the way to the declared one. Most changes have one
// step; a document such as the RBAC policy first adds what others will use and,
// when they have let go, removes the rest.
type Step struct {
	Late       bool        `json:"late,omitempty"`       // after what the plan adds, with the deletions
	Phase      int         `json:"phase"`                // steps of a lower phase have ended before this one starts
	Attributes []Attribute `json:"attributes,omitempty"` // nil: those of the change
	Needs      []Need      `json:"needs,omitempty"`      // of a lower phase; skipped unless these succeed
}

// A Need is a step of another change without which a step must not be tried.
type Need struct {
	Address Address `json:"address"`
	Step    int     `json:"step"`
}

// A Grant is one person's access: Who may What in Where. Limits and guards see
// nothing of an object but its grants.
type Grant struct {
	Who   string // the address of the person's object
	What  string // "membership" or "role ROLE_ID"
	Where string // the address of the organization
}

// Undeclared counts what was seen in a scope and stands in no document. Keys
// are the first hundred of them, in order. In a scope that is Unknown there may
// be more than Count.
type Undeclared struct {
	Kind  string   `json:"kind"`
	Scope string   `json:"scope"`
	Count int      `json:"count"`
	Keys  []string `json:"keys"`
}

// A Block is a limit or a protection that forbids the whole plan. ID is what a
// change's blocked_by names: the name of the limit, "protect", "idp_members",
// "min_admins", "rule" or "rules". Lift says how it is lifted.
type Block struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Lift   string `json:"lift"`
}
