package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// The files of GitHub Actions that a step may append to.
const (
	summaryVariable = "GITHUB_STEP_SUMMARY"
	outputsVariable = "GITHUB_OUTPUT"
)

// A workflow is what a run tells the platform that it runs on, beside its result.
// Commands put down what they find; all of it is told once, at the end, when the
// exit code is known.
type workflow struct {
	annotations      string
	summary, outputs bool

	// What was found, as far as the run came.
	plan    *plan.Plan
	report  *plan.Report
	verdict *verdict
	drift   bool
	notes   []render.Annotation // of documents and tests
}

// annotated gives a command --annotations.
func (f *workflow) annotated(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.annotations, "annotations", "", "annotate the lines of the documents on `github`, by workflow commands on stderr")
	err := cmd.RegisterFlagCompletionFunc("annotations", cobra.FixedCompletions([]string{"github"}, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic("a flag that was just added is not there: " + err.Error())
	}
}

// summarized gives a command --step-summary and --step-outputs.
func (f *workflow) summarized(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.summary, "step-summary", false, "append the result as Markdown to the file that "+summaryVariable+" names")
	cmd.Flags().BoolVar(&f.outputs, "step-outputs", false, "append the digest, the counts and the risks to the file that "+outputsVariable+" names")
}

// checkWorkflow refuses what could not be told at the end, while nothing was read yet.
func (o *output) checkWorkflow(cmd *cobra.Command) error {
	if flag := cmd.Flags().Lookup("annotations"); flag != nil && flag.Changed && o.workflow.annotations != "github" {
		return fmt.Errorf("--annotations is %q; it must be github", o.workflow.annotations)
	}
	for _, file := range []struct {
		flag, variable string
		wanted         bool
	}{{"step-summary", summaryVariable, o.workflow.summary}, {"step-outputs", outputsVariable, o.workflow.outputs}} {
		if !file.wanted {
			continue
		}
		name := o.getenv(file.variable)
		if name == "" {
			return fmt.Errorf("--%s needs %s, which GitHub Actions sets to the name of a file, and it is not set; leave the flag out elsewhere", file.flag, file.variable)
		}
		if err := extend(name, func([]byte) ([]byte, error) { return nil, nil }); err != nil {
			return fmt.Errorf("--%s: %w", file.flag, err)
		}
	}
	return nil
}

// note puts down what is wrong with documents.
func (f *workflow) note(diagnostics spec.Diagnostics) {
	for _, d := range diagnostics {
		a := render.Annotation{Level: render.LevelError, Title: "Error in the documents", Lines: []string{d.Summary}}
		if d.Severity == spec.Warning {
			a.Level, a.Title = render.LevelWarning, "Warning about the documents"
		}
		if d.Range.Filename != "" {
			a.Source = &plan.Source{File: d.Range.Filename, Line: max(d.Range.Start.Line, 1), Column: max(d.Range.Start.Column, 1)}
		}
		if d.Hint != "" {
			a.Lines = append(a.Lines, "hint: "+d.Hint)
		}
		for _, r := range d.Related {
			a.Lines = append(a.Lines, fmt.Sprintf("%s:%d: %s", r.Range.Filename, r.Range.Start.Line, r.Message))
		}
		f.notes = append(f.notes, a)
	}
}

// tellWorkflow tells all that is to be told of a run, and gives its exit code. A
// summary or an output that cannot be saved is told, and is a failure where there
// was none.
func (o *output) tellWorkflow(code int, ended error) int {
	f := &o.workflow
	if f.annotations == "github" {
		list := o.placed(slices.Concat(mistakes(ended), f.notes, f.found()))
		if err := render.GitHubAnnotations(o.stderr, list, f.whole(o.markdown.file)); err != nil {
			code = f.failing(code)
		}
	}
	if name := o.getenv(summaryVariable); f.summary && name != "" {
		if err := extend(name, o.summarize); err != nil {
			tell(o.stderr, err)
			code = f.failing(code)
		}
	}
	if name := o.getenv(outputsVariable); f.outputs && name != "" {
		if err := extend(name, func(content []byte) ([]byte, error) { return f.stepOutputs(content, code), nil }); err != nil {
			tell(o.stderr, err)
			code = f.failing(code)
		}
	}
	return code
}

// failing is the exit code of a run that could not tell its result: what was
// written to Stytch must not look like a plain failure.
func (f *workflow) failing(code int) int {
	switch {
	case code != 0:
		return code
	case f.report != nil && apply.Wrote(f.report):
		return exitPartial
	}
	return exitError
}

// mistakes are the errors that ended a run, as annotations.
func mistakes(err error) []render.Annotation {
	if err == nil || err.Error() == "" {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // as tell does
		var list []render.Annotation
		for _, one := range joined.Unwrap() {
			list = append(list, mistakes(one)...)
		}
		return list
	}
	return []render.Annotation{{Level: render.LevelError, Title: "Error", Lines: []string{err.Error()}}}
}

// found is the result of the run as annotations.
func (f *workflow) found() []render.Annotation {
	switch {
	case f.plan == nil:
		return nil
	case f.drift && f.report != nil:
		return append(render.ReportAnnotations(f.plan, f.report), render.DriftAnnotations(f.left())...)
	case f.report != nil:
		return render.ReportAnnotations(f.plan, f.report)
	case f.verdict != nil:
		return append(f.verdict.annotations(f.plan), render.VerdictAnnotations(f.plan)...)
	case f.drift:
		return render.DriftAnnotations(f.plan)
	}
	return render.PlanAnnotations(f.plan)
}

// left is the plan without what the report tells of: the drift that a repair left.
func (f *workflow) left() *plan.Plan {
	tried := map[plan.Address]bool{}
	for _, c := range f.report.Operations {
		tried[c.Address] = true
	}
	rest := *f.plan
	rest.Changes = slices.DeleteFunc(slices.Clone(rest.Changes), func(c plan.Change) bool { return tried[c.Address] })
	return &rest
}

// whole says where all of it is when not all of it is annotated.
func (f *workflow) whole(file string) string {
	switch {
	case f.summary && f.plan != nil:
		return "the summary and the log of this step"
	case file != "":
		return "the log of this step, and stytch-reconcile show " + file
	}
	return "the log of this step"
}

// A commandless writer breaks workflow commands in what was made by other packages,
// which know nothing of them. Each Write is of whole lines.
type commandless struct{ w io.Writer }

func (c commandless) Write(text []byte) (int, error) {
	if _, err := io.WriteString(c.w, render.NoCommands(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}
