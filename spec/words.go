package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// word returns the kind that a top-level statement ("" as parent) or a statement in a resource names. A word that is nearly
// right is reported; nil without a report means an attribute.
func (l *loader) word(parent string, t *text, f *field) *Word {
	isHCL := syntaxOf(t.name) == "hcl"
	for _, w := range l.Vocabulary.nested(parent) {
		switch {
		case f.block != nil && f.name == w.Kind, f.block == nil && f.name == w.Plural:
			return w
		case f.name == w.Kind || f.name == w.Plural:
			l.diags.Append(wrongForm(f, w, isHCL))
			return nil
		}
	}
	if parent != "" && f.block == nil {
		return nil
	}
	for i := range l.Vocabulary {
		if w := &l.Vocabulary[i]; w.Parent != parent && (f.name == w.Kind || f.name == w.Plural) {
			l.diags.Append(wrongPlace(f, w))
			return nil
		}
	}
	if parent != "" {
		var kinds []string
		for _, w := range l.Vocabulary.nested(parent) {
			kinds = append(kinds, w.Kind)
		}
		l.diags.Append(noBlock(f, kinds...))
		return nil
	}
	l.diags.Append(UnknownName(f.nameAt, "word at the top of a document", f.name, l.topNames(f.block != nil)))
	return nil
}

// wrongForm is the error about a kind's word in the other syntax's form.
func wrongForm(f *field, w *Word, isHCL bool) Diagnostic {
	d := Errorf(f.nameAt, "`%s` is not how this is written here", f.name)
	switch {
	case !isHCL:
		return d.WithHint("did you mean %q?", w.Plural)
	case f.block != nil:
		return d.WithHint("write %s \"key\" {…}", w.Kind)
	}
	return d.WithHint("write %s \"key\" {…}, or %s = {…}", w.Kind, w.Plural)
}

func wrongPlace(f *field, w *Word) Diagnostic {
	if w.Parent == "" {
		return Errorf(f.nameAt, "`%s` stands at the top of a document, not in something else", f.name)
	}
	return Errorf(f.nameAt, "`%s` stands inside of %s, not here", f.name, article(w.Parent))
}

func article(noun string) string {
	switch noun[:min(1, len(noun))] {
	case "a", "e", "i", "o", "u":
		return "an " + noun
	}
	return "a " + noun
}

// topNames are the words that may have been meant at the top of a document.
func (l *loader) topNames(block bool) []string {
	names := append([]string{"variable"}, topWords...)
	if !block {
		names = topWords
	}
	for _, w := range l.Vocabulary.nested("") {
		if block {
			names = append(names, w.Kind)
		} else {
			names = append(names, w.Plural)
		}
	}
	return names
}

// describe names a resource in sentences.
func describe(r *Resource) string {
	if r.Key == "" {
		return r.Kind
	}
	if r.Organization != "" {
		return fmt.Sprintf("%s %q of %q", r.Kind, r.Key, r.Organization)
	}
	return fmt.Sprintf("%s %q", r.Kind, r.Key)
}

// A place is where a resource stands.
type place struct {
	file         *text
	word         *Word
	organization string
	key          string
	keyAt, at    hcl.Range
}

// readKind reads all that one statement declares of a kind: a block is one resource, a map is a set of them.
func (l *loader) readKind(t *text, w *Word, organization string, f *field) {
	p := place{file: t, word: w, organization: organization, keyAt: f.nameAt, at: f.nameAt}
	declared := scopedKind{w.Kind, organization}
	if f.block != nil {
		l.document.declared[declared] = true
		l.readBlock(p, f)
		return
	}
	n := l.shallow(f.value)
	if n.Type == Null {
		return // as if the word were not there
	}
	l.document.declared[declared] = true
	switch {
	case n.Type == Invalid:
	case n.Type != Map:
		l.diags.Append(n.Mismatch(wantedMap(w)))
	case w.Singleton:
		p.at = hcl.RangeBetween(f.nameAt, n.Range)
		l.readResource(p, bodyOf(n))
	default:
		for i := range n.Entries {
			l.readEntry(p, &n.Entries[i])
		}
	}
}

func wantedMap(w *Word) string {
	if w.Singleton {
		return "a map of attributes"
	}
	return "a map from keys to their attributes"
}

func (l *loader) readBlock(p place, f *field) {
	p.at = f.block.header
	switch {
	case !p.word.Singleton:
		key, ok := l.label(f, "key")
		if !ok {
			return
		}
		p.key, p.keyAt = key.text, key.at
	case len(f.block.labels) > 0:
		l.diags.Append(Errorf(f.block.labels[0].at, "`%s` takes no label: there is only one", f.name))
		return
	}
	l.readResource(p, &f.block.body)
}

// readEntry reads one resource of a set.
func (l *loader) readEntry(p place, e *Entry) {
	p.key, p.keyAt, p.at = e.Key, e.KeyRange, e.KeyRange
	n := l.shallow(e.Value)
	switch n.Type {
	case Null, Invalid:
		return // not declared: a conditional expression may say so
	case Map:
		if n.Range.Filename == e.KeyRange.Filename && n.Range.Start.Byte >= e.KeyRange.Start.Byte {
			p.at = hcl.RangeBetween(e.KeyRange, n.Range)
		}
		l.readResource(p, bodyOf(n))
	default:
		l.diags.Append(n.Mismatch("a map of attributes"))
	}
}

// shallow evaluates a value that is an expression, and leaves what is in it for later.
func (l *loader) shallow(n *Node) *Node {
	if n.Type == unevaluated {
		return l.scope.expression(n)
	}
	return n
}
