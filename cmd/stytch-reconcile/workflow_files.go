package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// summaryBytes is what a summary may take, a little under GitHub's 1 MiB for all
// that a step appends.
const summaryBytes = 1_000_000

// summarize makes the Markdown of the result, within what earlier commands of the
// step have left. A result for which there is no room is no failure: the log has
// it.
func (o *output) summarize(before []byte) ([]byte, error) {
	f, options := &o.workflow, render.MarkdownOptions{MaxBytes: summaryBytes, File: o.markdown.file}
	var b bytes.Buffer
	if len(before) > 0 {
		b.WriteString("\n\n") // whatever stands before has ended
		options.MaxBytes = max(summaryBytes-len(before)-b.Len(), 1)
	}
	var err error
	switch {
	case f.report != nil:
		err = render.ReportMarkdown(&b, f.report, options)
		if err == nil && f.drift { // a repair: what was found, and what became of it
			b.WriteString("\n")
			err = render.Markdown(&b, f.plan, render.MarkdownOptions{MaxBytes: max(summaryBytes-len(before)-b.Len(), 1)})
		}
	case f.verdict != nil:
		err = render.VerdictMarkdown(&b, f.verdict.rendered(f.plan), options)
	case f.plan != nil:
		err = render.Markdown(&b, f.plan, options)
	default:
		return nil, nil
	}
	if _, few := errors.AsType[*render.BudgetError](err); few {
		fmt.Fprintln(o.stderr, "notice: the summary of this step is full; this result is not in it")
		return nil, nil
	}
	return b.Bytes(), err
}

// stepOutputs are the outputs of a run that ends with a code. One that ended with
// an error has no result to tell of.
func (f *workflow) stepOutputs(before []byte, code int) []byte {
	var b bytes.Buffer
	if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
		b.WriteString("\n")
	}
	stepOutput(&b, "exit_code", strconv.Itoa(code))
	if code == exitError {
		return b.Bytes()
	}
	number := func(name string, n int) { stepOutput(&b, name, strconv.Itoa(n)) }
	truth := func(name string, is bool) { stepOutput(&b, name, strconv.FormatBool(is)) }
	if p := f.plan; p != nil {
		stepOutput(&b, "digest", p.Digest)
		number("changes", p.Summary.Changes())
		number("create", p.Summary.Create)
		number("update", p.Summary.Update)
		number("delete", p.Summary.Delete)
		number("restore", p.Summary.Restore)
		truth("blocked", len(p.Blocked) > 0)
		truth("complete", p.Complete)
		truth("live", p.Target.Live)
		stepOutput(&b, "risks", strings.Join(riskClasses(p), ","))
		stepOutput(&b, "highest_severity", highestSeverity(p))
	}
	if f.drift {
		number("drift", len(f.plan.Differences))
	}
	if r := f.report; r != nil {
		if f.plan == nil { // a report that was saved
			stepOutput(&b, "digest", r.Digest)
			truth("live", r.Target.Live)
		}
		number("done", r.Summary.Done)
		number("failed", r.Summary.Failed)
		number("skipped", r.Summary.Skipped)
		number("not_tried", r.Summary.NotTried)
	}
	return b.Bytes()
}

// riskClasses are the classes of risk of a plan, each once, the worst first.
func riskClasses(p *plan.Plan) []string {
	var classes []string
	for i := range p.Changes {
		for _, r := range p.Changes[i].Risks {
			if !slices.Contains(classes, r.Class) {
				classes = append(classes, r.Class)
			}
		}
	}
	slices.Sort(classes)
	slices.SortStableFunc(classes, func(a, b string) int { return plan.Severity(a) - plan.Severity(b) })
	return classes
}

// highestSeverity is the level of the loudest annotation of a plan's blocks and
// changes, "none" when it has neither.
func highestSeverity(p *plan.Plan) string {
	if len(p.Blocked) > 0 {
		return render.LevelError.String()
	}
	if len(p.Changes) == 0 {
		return "none"
	}
	loudest := render.LevelNotice
	for i := range p.Changes {
		loudest = min(loudest, render.ChangeLevel(&p.Changes[i]))
	}
	return loudest.String()
}

// plainWord is what needs no delimiter.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_.:,-]*$`)

// stepOutput writes one output on one line. What is not a plain word stands
// between delimiters that nobody can know beforehand, so that no text can end it
// and begin another.
func stepOutput(w io.Writer, name, value string) {
	if value = render.Safe(value); plainWord.MatchString(value) {
		fmt.Fprintf(w, "%s=%s\n", name, value)
		return
	}
	delimiter := "end-" + rand.Text()
	fmt.Fprintf(w, "%s<<%s\n%s\n%s\n", name, delimiter, value, delimiter)
}

// extend appends to a file, at once, what is made for what it holds.
func extend(name string, content func(before []byte) ([]byte, error)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("appending to %s: %w", name, reason(err))
		}
	}()
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the platform names the file
	if err != nil {
		return err
	}
	before, err := io.ReadAll(file)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	text, err := content(before)
	if err == nil && len(text) > 0 {
		_, err = file.Write(text)
	}
	return errors.Join(err, file.Close())
}
