package plan

import (
	"fmt"
	"slices"
)

// guardLifelines blocks a plan that cuts more lifelines than the policy allows.
// Administrators have a limit of their own.
func (d *Draft) guardLifelines(turnovers []*turnover) {
	cut := slices.DeleteFunc(slices.Clone(turnovers), func(t *turnover) bool { return !t.cut() || t.What == Administrator })
	for _, t := range turnovers {
		if t.What == Administrator {
			d.guardAdministrators(t)
		}
	}
	limit := d.plan.Policy.Limits.LockOuts
	for _, t := range cut {
		losers := d.numbered(t.losers)
		lockOut(losers, fmt.Sprintf("%s is left without %s", t.where(), t.What))
		if len(cut) <= limit {
			continue
		}
		d.exceeded("lock_outs", fmt.Sprintf("%s would be left without %s%s%s", t.where(), t.What, t.turn(), total(len(cut), "lock-out")), limit, len(cut), losers)
	}
}

// guardAdministrators judges the administrators of one organization. With a
// minimum of none the last may go, and the risk is named.
func (d *Draft) guardAdministrators(t *turnover) {
	after := t.after()
	if !t.cut() && (after >= t.before || after > 0) {
		return
	}
	losers := d.numbered(t.losers)
	lockOut(losers, fmt.Sprintf("%s is left with %d explicit stytch_admin members%s", t.Where, after, t.turn()))
	if t.cut() {
		d.block(Block{
			ID: "min_admins", Reason: fmt.Sprintf("%s would have %d explicit stytch_admin members instead of %d%s; policy.min_admins is %d", t.Where, after, t.before, t.turn(), t.least),
			Lift: "make another member stytch_admin in the same change, or lower policy.min_admins",
		}, losers...)
	}
}

// turn says why a lifeline is cut although the plan gives enough of it.
func (t *turnover) turn() string {
	if !t.circular {
		return ""
	}
	return " for a while, because what holds it afterwards waits for what cuts it (make that addition in a change of its own first)"
}

// total counts what one sentence says a part of.
func total(n int, noun string) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%s in all)", count(n, noun))
}

func lockOut(entries []*entry, reason string) {
	for _, e := range entries {
		e.Risks = append(e.Risks, Risk{Class: LockOut, Reason: reason})
	}
}

// numbered are the entries with the numbers.
func (d *Draft) numbered(numbers []int) []*entry {
	entries := make([]*entry, 0, len(numbers))
	for _, i := range numbers {
		entries = append(entries, &d.entries[i])
	}
	return entries
}
