package plan

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Repairs says what `drift --repair` may undo, by nobody's consent but this. Its
// zero value allows nothing.
type Repairs struct {
	Kinds []string `json:"kinds"` // whose drift is undone
	Risks []string `json:"risks"` // the classes of risk that it may have beside those that every repair may have
}

// A Repair is the part of a plan that undoes drift, and what is left and why. The
// part is a plan of its own, so that limits, protections, guards and rules are
// asked about it as about any other.
//
//	origin   kind, risks       needs                    result
//	drift    allowed           nothing that is left     repaired
//	drift    allowed           what is left             left
//	drift    not allowed       anything                 left
//	edit     any               anything                 left: it waits to be applied
//	both     any               anything                 left: whoever applies the edit decides
type Repair struct {
	Digest   string       `json:"digest"` // of the part
	Changes  []Address    `json:"changes"`
	Left     []Left       `json:"left"`
	Blocked  []Block      `json:"blocked"`          // nothing is repaired
	Repaired []Difference `json:"repaired"`         // is no drift any more
	Report   *Report      `json:"report,omitempty"` // once it was carried out

	Part *Plan `json:"-"`
}

// A Left is a change that a repair does not make.
type Left struct {
	Address Address `json:"address"`
	Why     string  `json:"why"`
}

// always are the classes of risk that a repair may have unasked: those of taking
// back what somebody was given by hand. Limits and guards bound it. What gives
// something back is another matter: who took it away by hand may have had a reason
// that no document knows, an account that was taken over.
var always = []string{AccessRemoved, SessionsRevoked, Irreversible, ProjectWide}

// Repair has Finish say which part of the plan undoes drift. It must be called
// before Finish, of a draft that has a base.
func (d *Draft) Repair(allowed Repairs) { d.repairs = &allowed }

// repairable says why a change is no part of a repair, or "".
func (r *Repairs) repairable(e *entry) string {
	switch {
	case e.Origin == Edit:
		return "it is declared and waits to be applied"
	case e.Origin == Both:
		return "a declared change of it waits to be applied, too"
	case !slices.Contains(r.Kinds, e.Kind):
		return fmt.Sprintf("policy.repair.kinds does not name %s", e.Kind)
	}
	for _, risk := range e.Risks {
		if !r.bears(risk.Class) {
			return fmt.Sprintf("%s: %s; policy.repair.risks does not name it", risk.Class, risk.Reason)
		}
	}
	// A creation gives what it grants without being marked for it.
	if (e.Action == Create || e.Action == Restore || len(e.grants.added) > 0) && !r.bears(AccessWidened) {
		return fmt.Sprintf("%s: somebody removed it, and it would come back; policy.repair.risks does not name it", AccessWidened)
	}
	for i := range e.Attributes {
		if a := &e.Attributes[i]; e.Action == Update && !r.bears(AccessWidened) && a.comesBack() {
			return fmt.Sprintf("%s: writing %s may give back what somebody took away; policy.repair.risks does not name it", AccessWidened, a.Name)
		}
	}
	return ""
}

// comesBack reports whether writing an attribute gives again what somebody took
// away, as far as its shape tells: no kind has to have foreseen it. Where a value
// takes the place of another only a kind can tell, but for two things. A secret
// may be the one that leaked. And of a key of metadata, or of another attribute
// with parts, others know what it means: {suspended: true}.
//
//	live             declared         comes back
//	"", null, false  anything else    yes
//	[a]              [a, b]           yes, b
//	[a, b]           [a]              no
//	"b"              "a"              no; of a key of metadata yes
//	a secret         another          yes
func (a *Attribute) comesBack() bool {
	_, _, keyed := strings.Cut(a.Name, ".")
	return a.Sensitive || gains(a.Before, a.After, keyed)
}

// gains reports whether one value has something that another has not.
func gains(before, after any, keyed bool) bool {
	switch after := after.(type) {
	case nil:
		return false
	case string:
		was, ok := before.(string)
		return after != "" && (!ok || was == "" || keyed && was != after)
	case bool:
		return after && before != true || keyed && before != after
	case []string:
		was, _ := before.([]string)
		return slices.ContainsFunc(after, func(s string) bool { return !slices.Contains(was, s) })
	case []any:
		was, _ := before.([]any)
		return slices.ContainsFunc(after, func(v any) bool {
			return !slices.ContainsFunc(was, func(w any) bool { return reflect.DeepEqual(v, w) })
		})
	case map[string]any:
		was, _ := before.(map[string]any)
		for key, value := range after {
			if had, there := was[key]; !there || gains(had, value, false) {
				return true
			}
		}
		return before == nil
	}
	return before == nil || keyed && !reflect.DeepEqual(before, after)
}

func (r *Repairs) bears(class string) bool {
	return slices.Contains(always, class) || slices.Contains(r.Risks, class)
}

// dropUnrepaired leaves out of the part what is not to be repaired.
func (d *Draft) dropUnrepaired() {
	if d.part == nil {
		return
	}
	var kept []entry
	for i := range d.entries {
		e := d.entries[i]
		why := d.part.repairable(&e)
		if why == "" {
			kept = append(kept, e)
			continue
		}
		d.left[e.Address] = why
		d.missing(&e, "which is not repaired")
	}
	d.entries = kept
}

// apart is a copy of the draft that finishes to the part, nil where none is asked
// for. Finishing one of the two does nothing to the other.
func (d *Draft) apart() *Draft {
	if d.repairs == nil {
		return nil
	}
	part := *d
	part.repairs, part.part, part.left = nil, d.repairs, map[Address]string{}
	part.entries = slices.Clone(d.entries)
	for i := range part.entries {
		e := &part.entries[i]
		e.Steps, e.Risks, e.BlockedBy = slices.Clone(e.Steps), slices.Clone(e.Risks), slices.Clone(e.BlockedBy)
		e.Consequences, e.ReliesOn = slices.Clone(e.Consequences), slices.Clone(e.ReliesOn)
	}
	part.problems = slices.Clone(d.problems)
	part.unseen, part.stillUsed = maps.Clone(d.unseen), maps.Clone(d.stillUsed)
	p := &part.plan
	p.Unknown, p.Undeclared, p.NotComparable = slices.Clone(p.Unknown), slices.Clone(p.Undeclared), slices.Clone(p.NotComparable)
	p.Blocked, p.Warnings, p.Rules = slices.Clone(p.Blocked), slices.Clone(p.Warnings), slices.Clone(p.Rules)
	p.Accepted, p.Lapsed = slices.Clone(p.Accepted), slices.Clone(p.Lapsed)
	return &part
}

// repair finishes the part of a plan.
func (d *Draft) repair(whole *Plan) *Repair {
	// What the whole leaves out, since it was not seen or is accepted, nobody is shown.
	shown := map[Address]bool{}
	for i := range whole.Changes {
		shown[whole.Changes[i].Address] = true
	}
	d.leaveOut(func(i int) bool { return !shown[d.entries[i].Address] })
	part, _ := d.finish() // its problems are those of the whole
	r := &Repair{Digest: part.Digest, Blocked: part.Blocked, Changes: []Address{}, Left: []Left{}, Repaired: []Difference{}, Part: part}
	in := map[Address]bool{}
	for i := range part.Changes {
		in[part.Changes[i].Address] = true
		r.Changes = append(r.Changes, part.Changes[i].Address)
	}
	for i := range whole.Changes {
		address := whole.Changes[i].Address
		if in[address] {
			continue
		}
		why := d.left[address]
		if why == "" {
			why = "nobody can say what it would do while the rest is left"
		}
		r.Left = append(r.Left, Left{Address: address, Why: why})
	}
	return r
}

// CarriedOut takes the report on the part into the plan: what was done is drift
// no more, and everything else still is.
func (p *Plan) CarriedOut(report *Report) {
	done := map[Address]bool{}
	for _, o := range report.Operations {
		earlier, again := done[o.Address] // of a change in steps each is an operation
		done[o.Address] = o.Result == Done && (earlier || !again)
	}
	p.Repair.Report = report
	still := []Difference{}
	for _, d := range p.Differences {
		if done[d.Address] {
			p.Repair.Repaired = append(p.Repair.Repaired, d)
		} else {
			still = append(still, d)
		}
	}
	p.Differences = still
}
