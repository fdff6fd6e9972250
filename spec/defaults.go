package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// A fallback is what `defaults` says of one kind.
type fallback struct {
	at         hcl.Range
	attributes []Attribute
	initial    []Attribute
	initialAt  hcl.Range
}

// fillDefaults gives every resource the attributes that it omits, each value whole. A null attribute is not omitted: it says
// that nothing manages it. What shall be absent gets none.
func (l *loader) fillDefaults() {
	fallbacks := l.readDefaults()
	for _, r := range l.resources {
		f := fallbacks[r.Kind]
		if f == nil || r.Absent {
			continue
		}
		for _, a := range f.attributes {
			if r.Attribute(a.Name) == nil && !slices.ContainsFunc(r.Initial, func(own Attribute) bool { return own.Name == a.Name }) {
				r.Attributes = append(r.Attributes, a)
			}
		}
		if r.InitialRange.Filename != "" {
			continue
		}
		for _, a := range f.initial {
			if r.Attribute(a.Name) == nil {
				r.Initial, r.InitialRange = append(r.Initial, a), f.initialAt
			}
		}
	}
}

// readDefaults reads `defaults` of all files: a map of attributes for each kind.
func (l *loader) readDefaults() map[string]*fallback {
	fallbacks := map[string]*fallback{}
	for i := range l.defaults {
		s := &l.defaults[i]
		n := l.shallow(l.mapOf(&s.field))
		if n.Type != Map {
			if n.Type != Null && n.Type != Invalid {
				l.diags.Append(n.Mismatch("a map from kinds to attributes"))
			}
			continue
		}
		for j := range n.Entries {
			l.readDefault(s.file, &n.Entries[j], fallbacks)
		}
	}
	return fallbacks
}

func (l *loader) readDefault(t *text, e *Entry, fallbacks map[string]*fallback) {
	w := l.defaultsWord(t, e)
	if w == nil {
		return
	}
	if first, twice := fallbacks[w.Kind]; twice {
		l.diags.Append(Twice(first.at, e.KeyRange, "`"+e.Key+"` in the defaults"))
		return
	}
	f := &fallback{at: e.KeyRange}
	fallbacks[w.Kind] = f
	n := l.scope.evaluate(e.Value)
	if n.Type != Map {
		if n.Type != Null && n.Type != Invalid {
			l.diags.Append(n.Mismatch("a map of attributes"))
		}
		return
	}
	for _, a := range attributesOf(n) {
		a.Default = true
		switch {
		case a.Name == initialWord && a.Value.Type == Map:
			f.initial, f.initialAt = attributesOf(a.Value), a.NameRange
			for i := range f.initial {
				f.initial[i].Default = true
			}
		case a.Name == absentWord || a.Name == protectWord || a.Name == renamedWord:
			l.diags.Append(Errorf(a.NameRange, "`%s` has no default: it is said of one resource", a.Name))
		case l.nests(w, a.Name):
			l.diags.Append(Errorf(a.NameRange, "`%s` is no attribute, and has no default", a.Name).
				WithHint("defaults of what nests stand beside those of %s", w.Kind))
		default:
			f.attributes = append(f.attributes, a)
		}
	}
}

// nests reports whether a name in a resource of w stands for what nests there.
func (l *loader) nests(w *Word, name string) bool {
	return slices.ContainsFunc(l.Vocabulary.nested(w.Kind), func(child *Word) bool {
		return name == child.Kind || name == child.Plural || child.Roster && name == child.rosterWord()
	})
}

// defaultsWord finds the kind that a key of `defaults` names: plural in YAML, singular in HCL.
func (l *loader) defaultsWord(t *text, e *Entry) *Word {
	isHCL := syntaxOf(t.name) == "hcl"
	var names []string
	for i := range l.Vocabulary {
		w := &l.Vocabulary[i]
		right, other := w.Plural, w.Kind
		if isHCL {
			right, other = w.Kind, w.Plural
		}
		switch e.Key {
		case right:
			return w
		case other:
			l.diags.Append(Errorf(e.KeyRange, "unknown kind %q in the defaults", e.Key).WithHint("did you mean %q?", right))
			return nil
		}
		names = append(names, right)
	}
	l.diags.Append(UnknownName(e.KeyRange, "kind in the defaults", e.Key, names))
	return nil
}
