// Package spec is the language: it reads desired states written in YAML or HCL and yields resources whose every key and
// value knows where it was written.
//
// Read Load first: it is the whole way of a document, step by step. Then Document and Resource say what comes out, Node what
// a value looks like, and Diagnostic how a mistake is told. Everything else is one step of Load, a file each:
//
//	files.go       paths become files
//	yaml.go        YAML becomes nodes (the only file that imports a YAML library); scalar.go decides what plain text means
//	hcl.go         HCL becomes the same nodes (lift.go), once guard.go knows that it can be parsed safely
//	merge.go       the statements of all files are gathered by their top-level word
//	variables.go   variables are declared; given.go gives them their values; locals.go evaluates locals
//	scope.go       expressions are evaluated
//	resources.go   resources are put together, with rosters (roster.go) and defaults (defaults.go)
//
// The package knows no kind: which words exist, which nest in an organization and which have a roster comes as a Vocabulary.
// It reads files and, through Options.LookupEnv, the variables of the documents; it reaches no network and runs no code.
package spec
