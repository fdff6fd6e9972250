package spec

import (
	"slices"
	"strings"
)

// A Gap is something of Stytch's that no API manages. A document that names it is told so, instead of that the word is unknown.
type Gap struct {
	Names []string // what documents may call it, as Stytch and others do: "custom_domain"
	What  string   // what it is, in the plural: "custom domains"
	Where string   // what to do instead, a sentence without a full stop: "set them up in the dashboard, under Custom domains"
}

// named reports whether a word means the gap; the plural of a name is the same word.
func (g Gap) named(word string) bool {
	word = strings.ToLower(word)
	return slices.Contains(g.Names, word) || slices.Contains(g.Names, strings.TrimSuffix(word, "s"))
}

// Explain says of every name that is unknown because Stytch has no API for it that this is so.
func (d Diagnostics) Explain(gaps []Gap) {
	for i := range d {
		index := slices.IndexFunc(gaps, func(g Gap) bool { return d[i].unknown != "" && g.named(d[i].unknown) })
		if index < 0 {
			continue
		}
		gap := gaps[index]
		d[i].Summary = "Stytch has no API for " + gap.What
		d[i].Hint = gap.Where
	}
}
