package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Select restricts the plan to some addresses, as `--target` and `--exclude`
// do; an organization stands for what nests in it too. What a target needs comes
// along, and what needs something excluded is left out. Nothing is deleted
// because it is not declared, and everything is read and checked all the same.
// It must be called before Compare.
func (d *Draft) Select(targets, excluded []Address) {
	d.targets, d.excluded = targets, excluded
	d.plan.Partial = d.partial()
	if d.partial() {
		d.Warn("this plan is partial: only what --target and --exclude select is part of it (%s)", selection(targets, excluded))
	}
}

func (d *Draft) partial() bool { return len(d.targets)+len(d.excluded) > 0 }

func selection(targets, excluded []Address) string {
	var parts []string
	for _, a := range targets {
		parts = append(parts, fmt.Sprintf("target %s", a))
	}
	for _, a := range excluded {
		parts = append(parts, fmt.Sprintf("exclude %s", a))
	}
	return strings.Join(parts, ", ")
}

// dropUnselected leaves out the changes that were not asked for: first what is
// excluded and what needs it, so that nothing comes along for the sake of a
// target that cannot be part of the plan.
func (d *Draft) dropUnselected() {
	if !d.partial() {
		return
	}
	d.leaveOut(func(i int) bool { return includes(d.excluded, d.entries[i].Address) })
	d.dropUnseen()
	kept := d.targeted()
	d.leaveOut(func(i int) bool { return !kept[i] })
}

// leaveOut drops the changes, by their number, that are not part of this plan.
func (d *Draft) leaveOut(drop func(i int) bool) {
	var entries []entry
	for i := range d.entries {
		e := d.entries[i]
		if !drop(i) {
			entries = append(entries, e)
			continue
		}
		d.missing(&e, "which is not part of this plan")
	}
	d.entries = entries
}

// targeted tells which changes are targets, or needed by one: the same needs
// that linkReferences makes of the whole plan.
func (d *Draft) targeted() []bool {
	kept := make([]bool, len(d.entries))
	offering, releasing := map[string][]int{}, map[string][]int{}
	var queue []int
	keep := func(i int) {
		if !kept[i] {
			kept[i] = true
			queue = append(queue, i)
		}
	}
	for i := range d.entries {
		for _, token := range d.entries[i].offers.added {
			offering[token] = append(offering[token], i)
		}
		for _, token := range d.entries[i].uses.removed {
			releasing[token] = append(releasing[token], i)
		}
		if len(d.targets) == 0 || includes(d.targets, d.entries[i].Address) {
			keep(i)
		}
	}
	for len(queue) > 0 {
		next := &d.entries[queue[0]]
		queue = queue[1:]
		for _, token := range next.uses.added {
			each(offering[token], keep)
		}
		for _, token := range next.offers.removed {
			each(releasing[token], keep)
			each(offering[token], keep)
		}
	}
	return kept
}

func each(numbers []int, do func(int)) {
	for _, n := range numbers {
		do(n)
	}
}

func includes(addresses []Address, a Address) bool {
	return slices.ContainsFunc(addresses, func(outer Address) bool { return outer.Includes(a) })
}
