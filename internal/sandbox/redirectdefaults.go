package sandbox

import "slices"

// A redirectSet is the URLs of one environment, oldest first. At most one URL is the default of a type.
//
// Unless do_not_promote_defaults is sent, Stytch fills a missing default itself:
//
//	written                              the type's default afterwards
//	a URL gains a type without default   that URL, even when sent is_default: false
//	the default URL loses the type       the oldest other URL with the type
//	the default URL is written as none   the oldest other URL with the type, itself when there is none
//	the default URL is deleted           the oldest other URL with the type
//	nothing of that type                 unchanged, even when it has none
type redirectSet []redirectURL

// redirects gives a copy of the environment's URLs, so that a refused request leaves the environment alone.
func (e *environment) redirects() redirectSet {
	set := make(redirectSet, len(e.RedirectURLs), len(e.RedirectURLs)+1)
	for i, r := range e.RedirectURLs {
		set[i] = redirectURL{URL: r.URL, ValidTypes: append([]validType{}, r.ValidTypes...)}
	}
	return set
}

func (set redirectSet) find(address string) int {
	return slices.IndexFunc(set, func(r redirectURL) bool { return r.URL == address })
}

// add gives the URL a type, or sets again whether it is the default of a type that it has.
func (r *redirectURL) add(t validType) {
	if i := r.typeIndex(t.Type); i >= 0 {
		r.ValidTypes[i] = t
		return
	}
	r.ValidTypes = append(r.ValidTypes, t)
}

func (r *redirectURL) typeIndex(name string) int {
	return slices.IndexFunc(r.ValidTypes, func(t validType) bool { return t.Type == name })
}

// defaultOf gives the position of the URL that is the default of a type, or -1.
func (set redirectSet) defaultOf(name string) int {
	return slices.IndexFunc(set, func(r redirectURL) bool {
		i := r.typeIndex(name)
		return i >= 0 && r.ValidTypes[i].IsDefault
	})
}

// demoteOthers takes the defaults that the URL at i now has from the others.
func (set redirectSet) demoteOthers(i int) {
	for _, t := range set[i].ValidTypes {
		if !t.IsDefault {
			continue
		}
		for j := range set {
			if k := set[j].typeIndex(t.Type); j != i && k >= 0 {
				set[j].ValidTypes[k].IsDefault = false
			}
		}
	}
}

// promote fills the defaults that a write left missing: those that were there before it, and those of the types that
// the URL at i has now.
func (set redirectSet) promote(before redirectSet, i int) {
	for _, name := range redirectTypes {
		written := i >= 0 && set[i].typeIndex(name) >= 0
		lost := before.defaultOf(name) >= 0
		if set.defaultOf(name) >= 0 || (!written && !lost) {
			continue
		}
		heir := slices.IndexFunc(set, func(r redirectURL) bool {
			return r.typeIndex(name) >= 0 && (i < 0 || r.URL != set[i].URL)
		})
		if written && (heir < 0 || !lost) {
			heir = i
		}
		if heir >= 0 {
			set[heir].ValidTypes[set[heir].typeIndex(name)].IsDefault = true
		}
	}
}
