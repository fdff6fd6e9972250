package plan

import (
	"maps"
	"slices"
)

// A Policy is what the documents allow a plan to do. Its zero value is not the
// default; DefaultPolicy is.
type Policy struct {
	Undeclared map[string]Undeclaring `json:"undeclared"` // by kind; missing means Keep
	Protect    []Address              `json:"protect"`    // never deleted, declared or not
	Limits     Limits                 `json:"limits"`
	MinAdmins  int                    `json:"min_admins"`       // explicit stytch_admin members that a change may not go below
	Repair     *Repairs               `json:"repair,omitempty"` // what `drift --repair` may undo; nil is nothing
}

// Undeclaring is what happens to live objects that no document declares.
type Undeclaring string

// The values of `policy.undeclared`.
const (
	KeepUndeclared   Undeclaring = "keep"
	DeleteUndeclared Undeclaring = "delete"
)

// Limits bound what one plan may do. A plan beyond one of them is shown and
// blocked. Lift names them as `policy.limits` and `--allow` do.
type Limits struct {
	Deletes        int `json:"deletes"`         // objects deleted in all, nested ones counted
	DeletePercent  int `json:"delete_percent"`  // of one kind in one scope; sets under ten: never more than half
	AccessRemovals int `json:"access_removals"` // grants that people lose
	Restorations   int `json:"restorations"`    // deleted members that come back
	LockOuts       int `json:"lock_outs"`       // lifelines that are cut; see Lifeline
}

// DefaultPolicy is the policy of documents that have none.
func DefaultPolicy() Policy {
	return Policy{
		Undeclared: map[string]Undeclaring{},
		Protect:    []Address{},
		Limits:     Limits{Deletes: 10, DeletePercent: 25, AccessRemovals: 25, Restorations: 0, LockOuts: 0},
		MinAdmins:  1,
	}
}

// normal is a copy in its one form: no null, no repeats, protections in order,
// and of the kinds only those whose sets are closed, because to keep is the default.
func (p Policy) normal() Policy {
	closed := map[string]Undeclaring{}
	maps.Copy(closed, p.Undeclared)
	maps.DeleteFunc(closed, func(_ string, u Undeclaring) bool { return u != DeleteUndeclared })
	p.Undeclared = closed
	p.Protect = append([]Address{}, p.Protect...)
	slices.Sort(p.Protect)
	p.Protect = slices.Compact(p.Protect)
	if p.Repair != nil {
		p.Repair = &Repairs{Kinds: orEmpty(sorted(p.Repair.Kinds)), Risks: orEmpty(sorted(p.Repair.Risks))}
	}
	return p
}

// Limit returns a pointer to the limit of that name, or nil.
func (l *Limits) Limit(name string) *int {
	switch name {
	case "deletes":
		return &l.Deletes
	case "delete_percent":
		return &l.DeletePercent
	case "access_removals":
		return &l.AccessRemovals
	case "restorations":
		return &l.Restorations
	case "lock_outs":
		return &l.LockOuts
	}
	return nil
}

// LimitNames are the names that Limit knows, in the order of the documentation.
func LimitNames() []string {
	return []string{"deletes", "delete_percent", "access_removals", "restorations", "lock_outs"}
}

// LimitBound is the highest number that a limit of that name may have, 0 for
// none: a percentage beyond 100 would be a slip of the pen.
func LimitBound(name string) int {
	if name == "delete_percent" {
		return 100
	}
	return 0
}
