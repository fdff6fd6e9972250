package plan

import (
	"fmt"
	"slices"
	"strings"
)

// A claim is a declared value that no other object of the scope may hold.
type claim struct {
	token    string // "attribute value"
	declared *Declaration
}

// checkUnique reports declarations that claim what another object of the scope
// holds beside its key: an external id. Holders are looked up only if something
// is claimed that the claimant does not have already, because a scope may be large.
func (d *Draft) checkUnique(s Set, m matched) {
	claims := claims(s.Kind, m.pairs)
	if len(claims) == 0 {
		return
	}
	holders := map[string]*Object{}
	for i := range s.Live {
		live := &s.Live[i]
		if live.Gone {
			continue
		}
		for _, token := range s.Kind.Unique(live.Value) {
			if other := holders[token]; other == nil || live.Key < other.Key {
				holders[token] = live
			}
		}
	}
	for _, c := range claims {
		holder := holders[c.token]
		if holder == nil {
			continue
		}
		hint := fmt.Sprintf("if they are the same, declare it with renamed_from: %s", holder.Key)
		if slices.ContainsFunc(m.pairs, func(p pair) bool { return p.live == holder }) {
			hint = fmt.Sprintf("%s is declared too: release it there in a change of its own, and give it away in the next", holder.Key)
		}
		attribute, _, _ := strings.Cut(c.token, " ")
		d.problems = append(d.problems, Problem{
			Resource: c.declared.Resource, Attribute: attribute,
			Message: fmt.Sprintf("%s already belongs to %q", c.token, holder.Key),
			Hint:    hint,
		})
	}
}

func claims(k Kind, pairs []pair) []claim {
	var out []claim
	for _, p := range pairs {
		if p.declared.Absent {
			continue
		}
		tokens := k.Unique(p.declared.Value)
		if p.declared.Initial != nil && (p.live == nil || p.live.Gone) {
			tokens = append(tokens, k.Unique(p.declared.Initial)...)
		}
		if len(tokens) == 0 {
			continue
		}
		held := map[string]bool{}
		if p.live != nil && !p.live.Gone {
			for _, token := range k.Unique(p.live.Value) {
				held[token] = true
			}
		}
		for _, token := range tokens {
			if !held[token] {
				out = append(out, claim{token: token, declared: p.declared})
			}
		}
	}
	return out
}
