package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Severity says whether a run can go on.
type Severity int

// The severities. The zero value is Error.
const (
	Error Severity = iota
	Warning
)

// String returns the word that outputs show: "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// A Diagnostic is one thing that is wrong with a document, told to the one who wrote it.
type Diagnostic struct {
	Severity Severity
	// Range is where; its Filename may be "" when no file is at fault.
	Range   hcl.Range
	Summary string    // what is wrong, one sentence, lower case, no full stop
	Hint    string    // what to write instead, "" if that is plain
	Related []Related // other places that take part in the mistake
	Conceal bool      // what stands at Range may be a secret: no excerpt shows it

	unknown string // the name that does not exist, if that is what is wrong
}

// A Related is another place that a Diagnostic speaks of.
type Related struct {
	Range   hcl.Range
	Message string
}

// Errorf makes an error at a place.
func Errorf(at hcl.Range, format string, args ...any) Diagnostic {
	return Diagnostic{Severity: Error, Range: at, Summary: fmt.Sprintf(format, args...)}
}

// Warningf makes a warning at a place.
func Warningf(at hcl.Range, format string, args ...any) Diagnostic {
	return Diagnostic{Severity: Warning, Range: at, Summary: fmt.Sprintf(format, args...)}
}

// WithHint returns the diagnostic with its hint.
func (d Diagnostic) WithHint(format string, args ...any) Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// WithRelated returns the diagnostic with one more place.
func (d Diagnostic) WithRelated(at hcl.Range, message string) Diagnostic {
	d.Related = append(slices.Clone(d.Related), Related{Range: at, Message: message})
	return d
}

// UnknownName makes the error about a name that does not exist, with the closest known one as its hint, or all of them when they are few. What says what the
// name should have been: "attribute of organization".
func UnknownName(at hcl.Range, what, name string, known []string) Diagnostic {
	d := Errorf(at, "unknown %s %q", what, name)
	d.unknown = name
	if near := Suggest(name, known); near != "" {
		d.Hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) > 0 && len(known) <= 12 {
		d.Hint = "known here: " + strings.Join(known, ", ")
	}
	return d
}

// Twice makes the error about something that is given in two places; what is "organization \"acme\"".
func Twice(first, second hcl.Range, what string) Diagnostic {
	return Errorf(second, "%s is declared twice", what).WithRelated(first, "first declared here")
}

// Errorf makes an error at the node.
func (n *Node) Errorf(format string, args ...any) Diagnostic {
	return Errorf(n.Range, format, args...)
}

// Diagnostics are the problems of a run.
type Diagnostics []Diagnostic

// HasErrors reports whether any of them is an error.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort returns the diagnostics by file, line and column, each once: a bad column of a roster is told once, not per member.
func (ds Diagnostics) Sort() Diagnostics {
	sorted := slices.Clone(ds)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Range.Filename, b.Range.Filename),
			cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Column, b.Range.Start.Column),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Summary, b.Summary),
		)
	})
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool {
		return a.Range == b.Range && a.Summary == b.Summary && a.Severity == b.Severity
	})
}

// Append adds diagnostics.
func (ds *Diagnostics) Append(more ...Diagnostic) { *ds = append(*ds, more...) }
