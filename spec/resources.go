package spec

import "github.com/hashicorp/hcl/v2"

// The words in a resource that are no attributes.
const (
	absentWord  = "absent"
	protectWord = "protect"
	renamedWord = "renamed_from"
	initialWord = "initial"
)

// readResource reads one resource and all that nests in it.
func (l *loader) readResource(p place, b *body) {
	if !p.word.Singleton && p.key == "" {
		l.diags.Append(Errorf(p.keyAt, "the key of %s cannot be empty", article(p.word.Kind)))
		return
	}
	r := &Resource{
		Kind: p.word.Kind, Key: p.key, Organization: p.organization, Range: p.at, KeyRange: p.keyAt,
		Attributes: make([]Attribute, 0, len(b.fields)),
	}
	// What stands beside `absent: true`, and is one word too many there.
	var others []hcl.Range
	for i := range b.fields {
		f := &b.fields[i]
		if f.block == nil && l.readOwnWord(r, f) {
			continue
		}
		others = append(others, f.nameAt)
		if !l.readNested(p, f) {
			r.Attributes = append(r.Attributes, Attribute{Name: f.name, NameRange: f.nameAt, Value: l.scope.evaluate(f.value)})
		}
	}
	l.checkAlone(r, others)
	l.checkInitial(r)
	parent := len(l.Vocabulary.nested(r.Kind)) > 0
	r.Bare = parent && len(r.Attributes) == 0 && !r.Absent && !r.Protect && r.RenamedFrom == "" && r.Initial == nil
	l.add(r, parent)
}

// readOwnWord reads absent, protect, renamed_from and initial; false means that the field is none of them.
func (l *loader) readOwnWord(r *Resource, f *field) bool {
	switch f.name {
	case absentWord:
		r.Absent, r.AbsentRange = l.flag(f.value), f.nameAt
	case protectWord:
		r.Protect, r.ProtectRange = l.flag(f.value), f.nameAt
	case renamedWord:
		r.RenamedFrom, r.RenamedFromRange = l.name(f.value)
	case initialWord:
		r.InitialRange = f.nameAt
		n := l.scope.evaluate(f.value)
		switch n.Type {
		case Null, Invalid:
		case Map:
			r.Initial = attributesOf(n)
		default:
			l.diags.Append(n.Mismatch("a map of attributes"))
		}
	default:
		return false
	}
	return true
}

func attributesOf(n *Node) []Attribute {
	attributes := make([]Attribute, len(n.Entries))
	for i := range n.Entries {
		e := &n.Entries[i]
		attributes[i] = Attribute{Name: e.Key, NameRange: e.KeyRange, Value: e.Value}
	}
	return attributes
}

// flag reads a bool; null is as good as left out.
func (l *loader) flag(n *Node) bool {
	n = l.scope.evaluate(n).As(Bool)
	switch {
	case n.Type == Bool:
		return n.Bool
	case n.Type != Null && n.Type != Invalid:
		l.diags.Append(n.Mismatch("a bool"))
	}
	return false
}

// name reads a text that is not empty; null is as good as left out.
func (l *loader) name(n *Node) (string, hcl.Range) {
	n = l.scope.evaluate(n)
	switch {
	case n.Type == Null || n.Type == Invalid:
		return "", hcl.Range{}
	case n.Type != String:
		l.diags.Append(n.Mismatch("a string"))
	case n.String == "":
		l.diags.Append(n.Errorf("this cannot be empty").WithHint("drop the line if there is nothing to say"))
	}
	return n.String, n.Range
}

// readNested reads a field that is no attribute: a kind that nests here, its roster, or a block that should not be one.
func (l *loader) readNested(p place, f *field) bool {
	before := len(*l.diags)
	if child := l.word(p.word.Kind, p.file, f); child != nil {
		l.readKind(p.file, child, p.key, f)
		return true
	}
	if len(*l.diags) > before {
		return true
	}
	for _, child := range l.Vocabulary.nested(p.word.Kind) {
		if child.Roster && f.name == child.rosterWord() {
			l.readRoster(place{file: p.file, word: child, organization: p.key}, f)
			return true
		}
	}
	return false
}

// checkAlone reports what stands beside `absent: true`.
func (l *loader) checkAlone(r *Resource, others []hcl.Range) {
	if !r.Absent {
		return
	}
	for _, at := range []hcl.Range{r.ProtectRange, r.RenamedFromRange, r.InitialRange} {
		if at.Filename != "" {
			others = append(others, at)
		}
	}
	if len(others) > 0 {
		l.diags.Append(Errorf(r.AbsentRange, "`absent: true` stands alone in its resource").
			WithHint("what shall not exist has nothing else to declare").WithRelated(others[0], "this stands beside it"))
	}
}

// checkInitial reports attributes that are declared and initial at once.
func (l *loader) checkInitial(r *Resource) {
	for i := range r.Initial {
		first := &r.Initial[i]
		if declared := r.Attribute(first.Name); declared != nil && declared.Value.Type != Null {
			l.diags.Append(Errorf(first.NameRange, "%q is declared, so it cannot be initial too", first.Name).
				WithHint("initial is sent when the object is created, and never compared").
				WithRelated(declared.NameRange, "declared here"))
		}
	}
}

// add merges a resource with those of all files. What others nest in may be named in several places, of which one gives its
// attributes; all else stands in one place.
func (l *loader) add(r *Resource, parent bool) {
	at := address{r.Kind, r.Organization, r.Key}
	earlier := l.resources[at]
	switch {
	case earlier == nil:
		l.resources[at] = r
	case parent && r.Bare:
	case parent && earlier.Bare:
		l.resources[at] = r
	default:
		d := Twice(earlier.KeyRange, r.KeyRange, describe(r))
		if parent {
			d = d.WithHint("its attributes stand in one place; others may add what nests in it")
		}
		l.diags.Append(d)
	}
}
