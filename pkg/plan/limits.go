package plan

import "fmt"

// limit blocks a plan that does more than the policy's limits allow.
func (d *Draft) limit() {
	limits := d.plan.Policy.Limits
	var deletes, restorations, removals []*entry
	deleted, lost := 0, 0
	for i := range d.entries {
		e := &d.entries[i]
		switch e.Action {
		case Delete:
			deletes = append(deletes, e)
			deleted += 1 + e.Nested
		case Restore:
			restorations = append(restorations, e)
		}
		// Whoever nests in what is deleted loses at least the membership.
		if n := len(e.grants.removed) + e.removals + e.Nested; n+len(e.holders) > 0 {
			removals = append(removals, e)
			lost += n
		}
	}
	lost += d.alsoLost()
	if deleted > limits.Deletes {
		d.exceeded("deletes", count(deleted, "object")+" would be deleted", limits.Deletes, deleted, deletes)
	}
	if n := len(restorations); n > limits.Restorations {
		d.exceeded("restorations", count(n, "deleted object")+" would come back", limits.Restorations, n, restorations)
	}
	if lost > limits.AccessRemovals {
		d.exceeded("access_removals", count(lost, "grant")+" would be taken from people", limits.AccessRemovals, lost, removals)
	}
	d.limitPercent(deletes)
}

// alsoLost counts the people who lose what ends for everybody, such as a role
// that disappears, without those whose own change gives it up in the same plan:
// they are counted there. What ends everywhere ends in each organization too.
func (d *Draft) alsoLost() int {
	ending := map[Grant]int{}
	for i := range d.entries {
		for ended, holders := range d.entries[i].holders {
			ending[ended] = max(ending[ended], holders)
		}
	}
	if len(ending) == 0 {
		return 0
	}
	for i := range d.entries {
		for _, name := range d.entries[i].grants.removed {
			if everywhere := (Grant{What: d.entries[i].who[name].What}); ending[everywhere] > 0 {
				ending[everywhere]--
			}
		}
	}
	lost := 0
	for ended, holders := range ending {
		if _, everywhere := ending[Grant{What: ended.What}]; !everywhere || ended.Where == "" {
			lost += holders
		}
	}
	return lost
}

// A loss is what one kind loses in one scope.
type loss struct {
	kind    string
	scope   Address
	entries []*entry
}

// percent is how much of what the scope holds would go, rounded up.
func (l *loss) percent() int {
	held := l.entries[0].held
	return (len(l.entries)*100 + held - 1) / held
}

// allowed is the percentage that may go. Small sets have their own rule, because
// a percentage of them means little: a set under ten never loses more than half,
// unless the limit is lifted beyond that, and may lose half unless nothing may go.
//
//	limit   set of 1   set of 4   set of 9   set of 10   set of 100
//	25      0          2          4          2           25
//	100     1          4          9          10          100
//	0       0          0          0          0           0
func (l *loss) allowed(limit int) int {
	if limit > 0 && l.entries[0].held < 10 {
		return max(limit, 50)
	}
	return limit
}

// limitPercent compares the deletions of each kind in each scope with how much
// the scope holds. The way to lift it names the number that lifts it everywhere.
func (d *Draft) limitPercent(deletes []*entry) {
	limit, worst := d.plan.Policy.Limits.DeletePercent, 0
	var exceeding []*loss
	for _, l := range losses(deletes) {
		if percent := l.percent(); percent > l.allowed(limit) {
			exceeding = append(exceeding, l)
			worst = max(worst, percent)
		}
	}
	for _, l := range exceeding {
		where := "the environment"
		if l.scope != "" {
			where = string(l.scope)
		}
		small := ""
		if l.allowed(limit) != limit {
			small = "; a set under ten may lose half"
		}
		d.exceeded("delete_percent", fmt.Sprintf("%d of the %d %s objects of %s would be deleted (%d %%%s)",
			len(l.entries), l.entries[0].held, l.kind, where, l.percent(), small), l.allowed(limit), worst, l.entries)
	}
}

// losses groups deletions by kind and scope, in the order in which they appear.
func losses(deletes []*entry) []*loss {
	type place struct {
		scope Address
		kind  string
	}
	byPlace := map[place]*loss{}
	var order []*loss
	for _, e := range deletes {
		p := place{scope: e.scope, kind: e.Kind}
		l := byPlace[p]
		if l == nil {
			l = &loss{kind: e.Kind, scope: e.scope}
			byPlace[p] = l
			order = append(order, l)
		}
		l.entries = append(l.entries, e)
	}
	return order
}

func (d *Draft) exceeded(limit, reason string, allowed, wanted int, entries []*entry) {
	d.block(Block{
		ID: limit, Reason: fmt.Sprintf("%s; the limit %s is %d", reason, limit, allowed),
		Lift: fmt.Sprintf("--allow %s=%d", limit, wanted),
	}, entries...)
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
