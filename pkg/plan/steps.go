package plan

import (
	"cmp"
	"slices"
)

// phaseWidth leaves room between the phases of neighbouring kinds for steps
// that must follow one another inside a kind.
const phaseWidth = 1000

// orderSteps gives every step its phase and its needs.
//
//	phase of the kind's rank      creations, updates, restorations
//	mirrored after all of those   deletions and late steps, kinds in reverse
//
// What a change starts to use needs the change that starts to offer it. What a
// change stops offering waits for those who stop using it, and for another
// that starts to offer the same (a redirect default that moves). A step is in a
// higher phase than each step that it needs.
func (d *Draft) orderSteps(turnovers []*turnover) {
	for i := range d.entries {
		e := &d.entries[i]
		if len(e.Steps) == 0 {
			e.Steps = []Step{{Late: e.Action == Delete}}
		}
		for s := range e.Steps {
			e.Steps[s].Phase = e.traits.Rank * phaseWidth
			if e.Steps[s].Late {
				e.Steps[s].Phase = (2*e.traits.Ranks - e.traits.Rank + 1) * phaseWidth
			}
		}
	}
	g := newWeb(d.entries)
	g.linkReferences()
	for _, t := range turnovers {
		if !t.cut() {
			t.lean(g)
		}
	}
	g.close()
	g.put()
}

// A web is the steps of all entries and what each needs, by their numbers.
type web struct {
	entries []entry
	first   []int   // number of an entry's first step
	steps   []*Step // by number
	owner   []int   // entry of a step
	needs   [][]int // without the step before it of the same change, which every step needs
	risky   [][2]int
	needed  []bool // by step: whether some other needs it
	seen    []int  // by step: the search that saw it last
	search  int
}

func newWeb(entries []entry) *web {
	g := &web{entries: entries}
	for i := range entries {
		g.first = append(g.first, len(g.steps))
		for s := range entries[i].Steps {
			g.steps = append(g.steps, &entries[i].Steps[s])
			g.owner = append(g.owner, i)
		}
	}
	g.needs, g.needed, g.seen = make([][]int, len(g.steps)), make([]bool, len(g.steps)), make([]int, len(g.steps))
	return g
}

// last is the number of an entry's last step.
func (g *web) last(entry int) int { return g.first[entry] + len(g.entries[entry].Steps) - 1 }

// takes is the number of the step in which an entry takes away what it takes:
// the first late one, because what comes before it only adds.
func (g *web) takes(entry int) int {
	for step := g.first[entry]; step < g.last(entry); step++ {
		if g.steps[step].Late {
			return step
		}
	}
	return g.last(entry)
}

// linkReferences turns references that are added or removed into needs. Uses
// come first: without what it uses a change fails, while letting go too late is
// mostly ugly.
func (g *web) linkReferences() {
	offering, releasing := map[string][]int{}, map[string][]int{}
	for i := range g.entries {
		for _, token := range g.entries[i].offers.added {
			offering[token] = append(offering[token], i)
		}
		for _, token := range g.entries[i].uses.removed {
			releasing[token] = append(releasing[token], i)
		}
	}
	for i := range g.entries {
		for _, token := range g.entries[i].uses.added {
			for _, provider := range offering[token] {
				g.need(g.first[i], g.first[provider])
			}
		}
	}
	for i := range g.entries {
		for _, token := range g.entries[i].offers.removed {
			for _, user := range releasing[token] {
				if !g.swaps(user, i) {
					g.need(g.last(i), g.last(user))
				}
			}
			for _, provider := range offering[token] {
				g.need(g.last(i), g.first[provider])
			}
		}
	}
}

// swaps reports whether a user lets go of what a provider no longer offers for what
// the same step of it starts to offer, such as its new name: then it comes after.
func (g *web) swaps(user, provider int) bool {
	return g.first[provider] == g.last(provider) && slices.ContainsFunc(g.entries[user].uses.added, func(token string) bool {
		return slices.Contains(g.entries[provider].offers.added, token)
	})
}

// need adds an edge. Edges that lead to a lower phase can close no circle among
// themselves and are taken as they come; the others wait for close.
func (g *web) need(from, to int) {
	switch {
	case g.owner[from] == g.owner[to]:
	case g.steps[to].Phase < g.steps[from].Phase:
		g.add(from, to)
	default:
		g.risky = append(g.risky, [2]int{from, to})
	}
}

func (g *web) add(from, to int) {
	g.needs[from] = append(g.needs[from], to)
	g.needed[to] = true
}

// close adds the other edges unless one would close a circle: two redirect URLs
// that exchange defaults have no right order, and none is forced on them.
func (g *web) close() {
	for _, edge := range g.risky {
		// What a creation cannot name yet is written in a later step of it.
		if last := g.last(g.owner[edge[0]]); !g.follow(edge[0], edge[1]) && last != edge[0] {
			g.follow(last, edge[1])
		}
	}
	for from := range g.needs {
		slices.Sort(g.needs[from])
		g.needs[from] = slices.Compact(g.needs[from])
	}
}

// follow adds an edge unless it would close a circle.
func (g *web) follow(from, to int) bool {
	g.search++
	// What nothing needs cannot be led to: no long chain is walked for each of its links.
	unneeded := !g.needed[from] && g.last(g.owner[from]) == from
	if !unneeded && g.leadsTo(to, from) {
		return false
	}
	g.add(from, to)
	return true
}

// leadsTo reports whether a step needs target, directly or through others.
func (g *web) leadsTo(from, target int) bool {
	if from == target {
		return true
	}
	if g.seen[from] == g.search {
		return false
	}
	g.seen[from] = g.search
	if from > 0 && g.owner[from-1] == g.owner[from] && g.leadsTo(from-1, target) {
		return true
	}
	return slices.ContainsFunc(g.needs[from], func(next int) bool { return g.leadsTo(next, target) })
}

// put writes phases and needs into the steps.
func (g *web) put() {
	done := make([]bool, len(g.steps))
	for i := range g.steps {
		g.raise(i, done)
		for _, n := range g.needs[i] {
			g.steps[i].Needs = append(g.steps[i].Needs, Need{Address: g.entries[g.owner[n]].Address, Step: n - g.first[g.owner[n]]})
		}
		slices.SortFunc(g.steps[i].Needs, func(a, b Need) int {
			return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Step, b.Step))
		})
	}
}

// raise moves a step behind those that it needs and behind the step before it.
func (g *web) raise(i int, done []bool) {
	if done[i] {
		return
	}
	done[i] = true
	behind := g.needs[i]
	if i > 0 && g.owner[i-1] == g.owner[i] {
		behind = append(slices.Clone(behind), i-1)
	}
	for _, n := range behind {
		g.raise(n, done)
		g.steps[i].Phase = max(g.steps[i].Phase, g.steps[n].Phase+1)
	}
}
