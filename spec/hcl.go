package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A body is the statements of a file, of a block or of a map that stands for one.
type body struct {
	at     hcl.Range
	fields []field
}

// A field is one statement: `name = value`, or in HCL a block with its labels.
type field struct {
	name   string
	nameAt hcl.Range
	value  *Node  // of an attribute; its parts may not be evaluated yet
	block  *block // of a block
}

// A block is `name "label" {…}`.
type block struct {
	header hcl.Range // name and labels
	labels []label
	body   body
}

type label struct {
	text string
	at   hcl.Range
}

// bodyOf reads a Map as a body.
func bodyOf(n *Node) *body {
	b := &body{at: n.Range, fields: make([]field, len(n.Entries))}
	for i := range n.Entries {
		e := &n.Entries[i]
		b.fields[i] = field{name: e.Key, nameAt: e.KeyRange, value: e.Value}
	}
	return b
}

// readHCL turns an HCL file into statements, nil when it has syntax errors.
func readHCL(t *text, diags *Diagnostics) *body {
	start := hcl.InitialPos
	tokens, _ := hclsyntax.LexConfig(t.content, t.name, start)
	if at := tangled(tokens); at != nil {
		diags.Append(Errorf(*at, "here the file nests too deep, or an expression is too long to be read"))
		return nil
	}
	file, problems := hclsyntax.ParseConfig(t.content, t.name, start)
	l := &lifter{text: t, diags: diags}
	l.report(problems)
	if problems.HasErrors() {
		return nil
	}
	native, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	b := l.body(native)
	if len(b.fields) == 0 {
		diags.Append(nothingDeclared(t))
		return nil
	}
	return &b
}

// body lifts attributes and blocks, in the order in which they are written.
func (l *lifter) body(native *hclsyntax.Body) body {
	b := body{at: native.SrcRange, fields: make([]field, 0, len(native.Attributes)+len(native.Blocks))}
	for _, attribute := range native.Attributes {
		b.fields = append(b.fields, field{name: attribute.Name, nameAt: attribute.NameRange})
	}
	for _, child := range native.Blocks {
		header := child.TypeRange
		lifted := block{body: l.body(child.Body)}
		for i, text := range child.Labels {
			lifted.labels = append(lifted.labels, label{normal(text), child.LabelRanges[i]})
			header = hcl.RangeBetween(header, child.LabelRanges[i])
		}
		lifted.header = header
		b.fields = append(b.fields, field{name: child.Type, nameAt: child.TypeRange, block: &lifted})
	}
	slices.SortFunc(b.fields, func(a, b field) int { return a.nameAt.Start.Byte - b.nameAt.Start.Byte })
	for i := range b.fields {
		// Lifted in order, so that their problems are told in order too.
		if f := &b.fields[i]; f.block == nil {
			f.value = l.lift(native.Attributes[f.name].Expr)
		}
	}
	return b
}

// fromHCL tells a problem of the HCL library in our form.
func fromHCL(problem *hcl.Diagnostic, t *text) Diagnostic {
	d := Diagnostic{Summary: lowerFirst(strings.TrimSuffix(problem.Summary, ".")), Hint: problem.Detail}
	if problem.Severity == hcl.DiagWarning {
		d.Severity = Warning
	}
	if problem.Subject != nil {
		// Positions after the end of the file are the library's way to say that something is missing there.
		d.Range = t.between(problem.Subject.Start.Byte, problem.Subject.End.Byte)
	} else {
		d.Range = t.lineRange(1)
	}
	return d
}

// lowerFirst makes a title a sentence, and leaves acronyms alone.
func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
