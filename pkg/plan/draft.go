package plan

import "fmt"

// A Draft collects changes scope by scope. It keeps what changes and counts
// what does not, so that its size does not grow with what is unchanged.
//
// How one declaration is matched with what is live:
//
//	declared                 live                         result
//	key                      one object with the key      compare: update or nothing
//	key                      several with the key         problem that lists their ids
//	key + pinned id          the object with the id       compare, whatever its key
//	key + pinned id          it has another key, and      problem that names both
//	                         the key is another's
//	key + pinned id          nothing with the id          problem
//	key                      only deleted ones            restore
//	key                      another object's alias       problem that suggests renamed_from
//	key                      nothing                      create
//	key + renamed_from       only the old key             update, the key included
//	key + renamed_from       only the new key             compare
//	key + renamed_from       both                         problem that names both
//	key + renamed_from       neither                      as the key alone, with a warning
//	key + renamed_from       (the old key declared too)   problem
//	absent                   one object with the key      delete
//	absent                   nothing, or deleted ones     nothing
//
// In a set that could not be read whole only what was seen is compared; nothing
// is created, restored, renamed or deleted there, and each such omission is a
// warning.
type Draft struct {
	plan      Plan
	entries   []entry
	problems  []Problem
	folds     map[string]func(string) string // Fold of every kind that was compared
	held      map[Lifeline]int               // what live objects hold up, and how many of them
	holders   map[Lifeline][]Reliance        // of those, some; see rely
	unread    map[Address]bool               // organizations in which not everything that is declared could be read
	inhabited map[Address]bool               // organizations in which something live was seen
	unseen    map[string]string              // references that nothing in the plan offers, and why
	targets   []Address                      // see Select
	excluded  []Address
	resend    []Address // see Resend

	acceptances []Acceptance // see Accept
	today       string

	rules Rules // see Judge

	stillUsed map[string]Address // references that a change which is left out would have let go

	pastProtect []Address           // see Since
	former      map[Address]Address // what is renamed, by the address that it gets: the one that it has

	repairs *Repairs           // see Repair
	part    *Repairs           // of the draft of the part that is repaired
	left    map[Address]string // of the same: what is left, and why
}

// NewDraft starts a plan.
func NewDraft(target Target, policy Policy, toolVersion string) *Draft {
	return &Draft{
		plan: Plan{
			FormatVersion: FormatVersion, ToolVersion: toolVersion, Target: target, Complete: true, Policy: policy.normal(),
			Unknown: []Unknown{}, Changes: []Change{}, Undeclared: []Undeclared{}, Blocked: []Block{}, Warnings: []string{},
		},
		folds: map[string]func(string) string{}, held: map[Lifeline]int{}, holders: map[Lifeline][]Reliance{}, unread: map[Address]bool{}, unseen: map[string]string{}, stillUsed: map[string]Address{},
		former: map[Address]Address{}, inhabited: map[Address]bool{},
	}
}

// Warn adds a sentence that the plan shows.
func (d *Draft) Warn(format string, args ...any) {
	d.plan.Warnings = append(d.plan.Warnings, fmt.Sprintf(format, args...))
}

// Unread records a kind and scope of which nothing could be read.
func (d *Draft) Unread(kind string, scope Address, reason string) {
	d.plan.Complete = false
	d.plan.Unknown = append(d.plan.Unknown, Unknown{Kind: kind, Scope: string(scope), Reason: reason})
}

// A scope is a Set and what is worked out of it once.
type scope struct {
	Set
	traits Traits
	held   int                 // live objects
	blind  map[string][]string // keys of what cannot be compared, by write-only attribute

	history *history // what the base declared; nil without one
}

func (s *scope) address(key string) Address { return NewAddress(s.Within, s.Kind.Name(), key) }

// String names the set in a sentence.
func (s *scope) String() string {
	if s.Within == "" {
		return "the environment's " + s.Kind.Name()
	}
	return fmt.Sprintf("the %s of %s", s.Kind.Name(), s.Within)
}

// Compare adds one kind in one scope. Problems come out of Finish.
func (d *Draft) Compare(set Set) {
	s := &scope{Set: set, traits: set.Kind.Traits(), history: recall(set)}
	for i := range set.Live {
		if !set.Live[i].Gone {
			s.held++
		}
	}
	if s.held > 0 && set.Within != "" {
		d.inhabited[set.Within] = true
	}
	d.folds[set.Kind.Name()] = set.Kind.Fold
	if set.Unknown != "" {
		d.Unread(set.Kind.Name(), set.Within, set.Unknown)
	}
	m := match(set)
	d.problems = append(d.problems, m.problems...)
	d.plan.Warnings = append(d.plan.Warnings, m.warnings...)
	for _, p := range m.pairs {
		d.keepName(s, p)
		d.judge(s, p)
		if set.Unknown != "" && d.heldBack(s, p) {
			continue
		}
		d.pair(s, p)
	}
	d.checkUnique(set, m)
	d.undeclared(s, m)
	d.notComparable(s)
	d.countHolders(s, m)
}

// pair adds what one declaration asks for.
func (d *Draft) pair(s *scope, p pair) {
	declared, live := p.declared, p.live
	switch {
	case declared.Absent && live == nil:
		d.plan.Summary.Unchanged++
	case declared.Absent && !s.traits.Deletable:
		d.problem(declared, fmt.Sprintf("%s cannot be removed: Stytch always has it", s.address(declared.Key)), "drop absent")
	case declared.Absent:
		d.remove(s, live, declared, declared.Source)
	case live == nil && !s.traits.Creatable:
		d.problem(declared, fmt.Sprintf("Stytch has no %s and none can be created", s.address(declared.Key)),
			"check that the documents name the right environment")
	case live == nil:
		d.write(s, Create, declared, nil)
	case live.Gone:
		d.write(s, Restore, declared, live)
	case !s.traits.Renames && s.Kind.Fold(live.Key) != s.Kind.Fold(declared.Key):
		d.problem(declared, fmt.Sprintf("%s cannot get the key %q: a %s cannot be renamed", s.address(live.Key), declared.Key, s.Kind.Name()),
			"declare it under the key that it has")
	default:
		d.write(s, Update, declared, live)
	}
}

func (d *Draft) problem(declared *Declaration, message, hint string) {
	d.problems = append(d.problems, Problem{Resource: declared.Resource, Message: message, Hint: hint})
}
