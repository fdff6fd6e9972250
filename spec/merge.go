package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// topWords are the words at the top of a document that are no kinds, as YAML writes them.
var topWords = []string{"version", "required_version", "project", "variables", "locals", "defaults", "policy", "accept"}

// gather sorts one top-level statement to its like of all files. Nothing is evaluated: what it names may come later.
func (l *loader) gather(t *text, f *field) {
	switch {
	case f.name == "version":
		l.readVersion(f)
	case f.name == "required_version":
		l.readRequiredVersion(f)
	case f.name == "project":
		l.single(f, &l.project)
	case f.name == "policy":
		l.single(f, &l.policy)
	case f.name == "accept":
		l.gatherAccept(f)
	case l.Test && f.name == "expect":
		l.single(f, &l.expect)
	case l.Test && f.name == "given":
		l.single(f, &l.given)
	case f.name == "locals":
		l.gatherLocals(f)
	case f.name == "defaults":
		l.defaults = append(l.defaults, statement{t, *f})
	case f.name == "variable" && f.block != nil:
		if name, ok := l.label(f, "name"); ok {
			l.declareVariable(name.text, name.at, &f.block.body)
		}
	case f.name == "variables" && syntaxOf(t.name) == "yaml":
		l.gatherVariables(f)
	case f.name == "variable" || f.name == "variables":
		d := Errorf(f.nameAt, "variables are not declared like this")
		if syntaxOf(t.name) == "hcl" {
			l.diags.Append(d.WithHint(`write variable "name" { type = string }`))
		} else {
			l.diags.Append(d.WithHint("did you mean \"variables\"?"))
		}
	default:
		l.kinds = append(l.kinds, statement{t, *f})
	}
}

// onlyOnce reports a word that stands a second time, in this file or another.
func (l *loader) onlyOnce(f *field) bool {
	if first, twice := l.once[f.name]; twice {
		l.diags.Append(Errorf(f.nameAt, "`%s` stands once over all files", f.name).WithRelated(first, "it stands here already"))
		return false
	}
	l.once[f.name] = f.nameAt
	return true
}

// single keeps the value of a word that stands once.
func (l *loader) single(f *field, into **Node) {
	if l.onlyOnce(f) {
		*into = l.mapOf(f)
	}
}

// mapOf returns the value of a field; a block is read as the map of its attributes.
func (l *loader) mapOf(f *field) *Node {
	if f.block == nil {
		return f.value
	}
	if len(f.block.labels) > 0 {
		l.diags.Append(Errorf(f.block.labels[0].at, "`%s` takes no label", f.name))
	}
	n := &Node{Type: Map, Range: f.block.header}
	for i := range f.block.body.fields {
		inner := &f.block.body.fields[i]
		if inner.block != nil {
			l.diags.Append(noBlock(inner))
			continue
		}
		n.Entries = append(n.Entries, Entry{Key: inner.name, KeyRange: inner.nameAt, Value: inner.value})
	}
	return n
}

// noBlock is the error about a block where HCL's documents want an attribute; a block with a label was rather meant as one of
// the kinds that may stand there.
func noBlock(f *field, kinds ...string) Diagnostic {
	d := Errorf(f.nameAt, "`%s` is no block here: only top-level words and kinds are", f.name)
	d.unknown = f.name
	if near := Suggest(f.name, kinds); near != "" && len(f.block.labels) > 0 {
		return d.WithHint("did you mean %q?", near)
	}
	return d.WithHint("write %s = {…}", f.name)
}

// label returns the only label of a block.
func (l *loader) label(f *field, what string) (label, bool) {
	labels := f.block.labels
	switch {
	case len(labels) == 0:
		l.diags.Append(Errorf(f.nameAt, "`%s` needs its %s", f.name, what).WithHint("write %s \"%s\" {…}", f.name, what))
		return label{}, false
	case len(labels) > 1:
		l.diags.Append(Errorf(labels[1].at, "`%s` takes one label, its %s", f.name, what))
		return label{}, false
	}
	return labels[0], true
}

func (l *loader) gatherLocals(f *field) {
	n := l.mapOf(f)
	if n.Type != Map {
		l.wantMap(n, "a map of names and values")
		return
	}
	for _, e := range n.Entries {
		if first, twice := l.localAt[e.Key]; twice {
			l.diags.Append(Twice(first, e.KeyRange, fmt.Sprintf("local.%s", e.Key)))
			continue
		}
		l.localAt[e.Key] = e.KeyRange
		l.locals = append(l.locals, e)
	}
}

func (l *loader) gatherVariables(f *field) {
	if f.value.Type != Map {
		l.wantMap(f.value, "a map of names and declarations")
		return
	}
	for _, e := range f.value.Entries {
		if e.Value.Type != Map {
			l.wantMap(e.Value, "a map of type, default and description")
			continue
		}
		l.declareVariable(e.Key, e.KeyRange, bodyOf(e.Value))
	}
}

// wantMap reports a value that should have been a map, written out.
func (l *loader) wantMap(n *Node, want string) {
	switch n.Type {
	case Invalid:
	case unevaluated:
		l.diags.Append(n.Errorf("%s is wanted here, written out, not an expression", want))
	default:
		l.diags.Append(n.Mismatch(want))
	}
}

func (l *loader) declareVariable(name string, at hcl.Range, b *body) {
	if first, twice := l.variableAt[name]; twice {
		l.diags.Append(Twice(first, at, fmt.Sprintf("the variable %q", name)))
		return
	}
	l.variableAt[name] = at
	l.variables = append(l.variables, readVariable(name, at, b, l.diags))
}
