package spec

import (
	"path/filepath"
	"strings"
)

// rosterLimit is what one roster may hold, in bytes.
const rosterLimit = 64 << 20

// readRoster reads `members_from: FILE`: resources that stand in a table of their own, inside the directory of the document. A
// roster is data: nothing in it is an expression.
func (l *loader) readRoster(p place, f *field) {
	n := l.scope.evaluate(f.value)
	switch {
	case n.Type == Null || n.Type == Invalid:
		return
	case n.Type != String || n.String == "":
		l.diags.Append(n.Errorf("`%s` is the path of a file in this directory, as text, not %s", f.name, n.Describe()))
		return
	}
	l.document.declared[scopedKind{p.word.Kind, p.organization}] = true
	read := l.readTable
	switch strings.ToLower(filepath.Ext(n.String)) {
	case ".csv":
	case ".jsonl", ".ndjson":
		read = l.readLines
	default:
		l.diags.Append(n.Errorf("a roster is a *.csv file, or *.jsonl with an object in each line"))
		return
	}
	content, err := readInside(p.file.root, n.String, rosterLimit)
	if err != nil {
		l.diags.Append(n.Errorf("cannot read the roster %s: %s", n.String, plainError(err)))
		return
	}
	t := newText(filepath.Join(p.file.root, n.String), p.file.root, content)
	l.sources[t.name] = t.content
	if l.isText(t) {
		p.file = t
		read(p)
	}
}

// readMember reads one resource of a roster: its fields, one of which is its key.
func (l *loader) readMember(p place, fields []field) {
	b := &body{at: p.at, fields: make([]field, 0, len(fields))}
	found := false
	for _, f := range fields {
		if f.name != p.word.Required {
			b.fields = append(b.fields, f)
			continue
		}
		found = true
		if f.value.Type != String || f.value.String == "" {
			l.diags.Append(f.value.Errorf("every line of a roster needs its `%s`, as text", p.word.Required))
			return
		}
		p.key, p.keyAt = f.value.String, f.value.Range
	}
	if !found {
		l.diags.Append(Errorf(p.at, "this line of the roster has no `%s`", p.word.Required))
		return
	}
	l.readResource(p, b)
}
