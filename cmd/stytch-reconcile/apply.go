package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// applying is the apply command with its own flags.
type applying struct {
	session

	autoApprove bool
	digest      string
	planFile    string
	report      string
	replan      bool
	vault       vault
	journals    string // the directory
}

func newApply(o *output) *cobra.Command {
	a := &applying{session: session{output: o}}
	cmd := &cobra.Command{
		Use:   "apply [PATH…]",
		Short: "Plan, show, ask, and carry out",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := given(cmd, "plan", "digest", "report", "base", "secret-sink", "journal"); err != nil {
				return err
			}
			return a.run(cmd.Context(), paths)
		},
	}
	a.flags(cmd)
	a.markdown.flags(cmd)
	a.workflow.annotated(cmd)
	a.workflow.summarized(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&a.autoApprove, "auto-approve", false, "do not ask")
	flags.StringVar(&a.digest, "digest", "", "refuse any other plan than the reviewed one, which has `DIGEST`")
	flags.StringVar(&a.planFile, "plan", "", "carry out the saved plan in `FILE` without asking; what changed since it was made is refused")
	flags.StringVar(&a.report, "report", "", "save the report as JSON to `FILE`")
	flags.StringVar(&a.vault.flag, "secret-sink", "", "hand secrets that Stytch shows once to one `SINK`: file:PATH (mode 0600, a line of JSON each) or command:CMD (run for each, the line on its stdin)")
	flags.StringVar(&a.journals, "journal", journalDir, "keep the journal in `DIR`: what is done is written there before, and undo reads it")
	flags.BoolVar(&a.replan, "replan", false, "plan again afterwards, show it, and fail if anything is left to change")
	return cmd
}

func (a *applying) run(ctx context.Context, paths []string) error {
	defer a.end()
	if a.digest != "" && !digestForm.MatchString(a.digest) {
		return fmt.Errorf("--digest is %q; it must be sha256: and 64 hexadecimal digits, as a plan shows it", a.digest)
	}
	if err := a.vault.check(); err != nil {
		return err
	}
	if err := a.markdown.roomForReport(a.format); err != nil {
		return err
	}
	a.markdown.file = a.planFile // of a plan that is blocked
	if a.report != "" {
		// Whoever wants a report must not learn after the last write that there is none.
		if err := writable(a.report); err != nil {
			return err
		}
	}
	p, err := a.toCarryOut(ctx, paths)
	if err != nil {
		return err
	}
	a.workflow.plan = p
	if a.format == "text" {
		if err := a.show(p); err != nil {
			return err
		}
	}
	if err := a.permitted(ctx, p); err != nil {
		return err
	}
	report, err := a.carryOut(ctx, p)
	if err = errors.Join(err, a.vault.close()); err != nil {
		return err
	}
	if code := apply.ExitCode(p, report); code != 0 {
		return exit{code: code, message: interruption(ctx, report)}
	}
	if a.replan {
		return a.again(ctx, apply.Wrote(report))
	}
	return nil
}

// toCarryOut is the saved plan, or one that is made now.
func (a *applying) toCarryOut(ctx context.Context, paths []string) (*plan.Plan, error) {
	if a.planFile != "" {
		if err := a.savedAlone(paths); err != nil {
			return nil, err
		}
		p, err := a.openSaved(ctx, a.planFile)
		if err == nil {
			a.pickUp(ctx)
		}
		return p, err
	}
	if err := a.open(ctx, paths); err != nil {
		return nil, err
	}
	a.pickUp(ctx)
	return a.makePlan(ctx)
}

// savedAlone refuses what a saved plan leaves nothing to decide about.
func (a *applying) savedAlone(paths []string) error {
	if a.replan {
		return errors.New("--replan needs documents, and a saved plan has none")
	}
	return a.made(paths)
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// permitted says whether a plan may be carried out: not when it is blocked, is
// not the one that was reviewed, or nobody consents.
func (a *applying) permitted(ctx context.Context, p *plan.Plan) error {
	switch {
	case len(p.Blocked) > 0 && a.format != "text":
		if err := a.show(p); err != nil {
			return err
		}
		return exit{code: exitBlocked}
	case len(p.Blocked) > 0:
		return exit{code: exitBlocked}
	case a.digest != "" && a.digest != p.Digest:
		return exit{code: exitStale, message: fmt.Sprintf("the reviewed plan has %s, and what would run now has %s; nothing was written", a.digest, p.Digest)}
	}
	a.vault.environ = a.environ
	if err := a.vault.prepare(ctx, p, a.catalog, kind.Secrets{LookupEnv: a.lookupEnv, Saved: a.planFile != ""}); err != nil {
		return err
	}
	switch {
	case p.Summary.Changes() == 0 || a.autoApprove || a.planFile != "":
		if ctx.Err() != nil {
			return errors.New("interrupted; nothing was written")
		}
		return nil
	}
	return a.confirm(ctx, question(p))
}

// question names what consent is asked for, so that nobody has to scroll up.
func question(p *plan.Plan) string {
	these := fmt.Sprintf("these %d changes", p.Summary.Changes())
	if p.Summary.Changes() == 1 {
		these = "this change"
	}
	return fmt.Sprintf("Apply %s to %s?", these, inWords(p.Target))
}

func (a *applying) carryOut(ctx context.Context, p *plan.Plan) (*plan.Report, error) {
	actor := kind.NewActor(a.catalog, a.connection.Writable(), a.target)
	// What was made in another process, or waited for a person's consent, is not taken for current.
	actor.Recheck = a.planFile != "" || !a.autoApprove || a.repairs
	a.vault.arm(actor)
	journal, err := a.startJournal(p)
	if err != nil {
		return nil, err
	}
	answered := a.answerInterrupt(ctx)
	report, err := apply.Run(ctx, p, actor, apply.Options{Parallelism: a.parallelism, Progress: a.progress(p), Journal: journal})
	answered()
	a.endJournal(journal)
	if err != nil {
		return nil, err
	}
	report.Requests = requests(a.connection)
	a.workflow.report = report
	if a.report != "" {
		err = save(a.report, func(w io.Writer) error { return render.ReportJSON(w, report) })
	}
	if p.Summary.Changes() > 0 || a.format != "text" {
		if a.format == "text" {
			fmt.Fprintln(a.stdout) // between the plan and the report
		}
		a.markdown.file = a.report
		if !a.repairs || a.format != "json" { // else it is part of what drift shows
			err = errors.Join(err, a.showReport(report))
		}
		a.tellJournal(journal, report)
	}
	if err != nil {
		// What was done was done: a report that cannot be saved must not look like a plain failure.
		fmt.Fprintf(a.stderr, "error: %v\n", err)
		if !apply.Wrote(report) {
			return report, exit{code: exitError}
		}
		return report, exit{code: exitPartial}
	}
	return report, nil
}

// answerInterrupt tells whoever interrupts an apply, at once, that it was heard.
// What it returns ends that.
func (a *applying) answerInterrupt(ctx context.Context) (end func()) {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		fmt.Fprintln(a.stderr, "notice: interrupted; what is under way is being finished. Interrupt again to stop at once")
	})
	return func() {
		if !stop() {
			<-told
		}
	}
}

// interruption says why a report has operations that were not tried; empty when
// nobody interrupted the run.
func interruption(ctx context.Context, r *plan.Report) string {
	if ctx.Err() == nil || r.Summary.NotTried == 0 {
		return ""
	}
	return "interrupted; what was under way was finished, and nothing else was begun. Run the same apply again for the rest"
}

// again shows that nothing is left to change, or what is.
func (a *applying) again(ctx context.Context, wrote bool) error {
	a.resent = nil // what was sent again was sent
	p, err := a.makePlan(ctx)
	if err != nil {
		code := exitError
		if wrote {
			code = exitPartial
		}
		return exit{code: code, message: "planning again: " + err.Error()}
	}
	if a.format == "text" {
		fmt.Fprintln(a.stdout, "\nPlanned again:")
		if err := a.show(p); err != nil {
			return err
		}
	}
	switch {
	case p.Summary.Changes() > 0 && !wrote:
		return exit{code: exitError, message: fmt.Sprintf("there was nothing to apply, and a plan afterwards is not empty: changes left: %d", p.Summary.Changes())}
	case p.Summary.Changes() > 0:
		return exit{code: exitPartial, message: fmt.Sprintf("the apply is done, and a plan afterwards is not empty: changes left: %d", p.Summary.Changes())}
	case !p.Complete:
		return exit{code: exitIncomplete}
	}
	return nil
}

// progress tells a person at the terminal what is being done.
func (a *applying) progress(p *plan.Plan) func(apply.Event) {
	if _, ok := terminal(a.stderr); !ok {
		return nil
	}
	total, ended := len(p.Operations()), 0
	return func(e apply.Event) {
		if e.Result == "" {
			return
		}
		ended++
		fmt.Fprintf(a.stderr, "[%d/%d] %s %s: %s\n", ended, total, e.Action, render.Safe(string(e.Address)), e.Result)
	}
}

func (o *output) showReport(r *plan.Report) error {
	switch o.format {
	case "json":
		return render.ReportJSON(o.stdout, r)
	case "markdown":
		return tooFew(render.ReportMarkdown(o.stdout, r, o.markdown.options()))
	case "html":
		return render.ReportHTML(o.stdout, r)
	}
	return render.ReportText(o.stdout, r, o.renderOptions())
}

// requests puts the connection's counters into the form of the report.
func requests(c *client.Connection) plan.Requests {
	stats := c.Stats()
	out := plan.Requests{Sent: stats.Sent, Retried: stats.Retried, RateLimited: stats.RateLimited, Written: stats.Written, Endpoints: []plan.EndpointCount{}}
	out.Share, out.WaitedSeconds = stats.Share, stats.Waited.Round(time.Millisecond).Seconds()
	for _, l := range stats.Learned {
		out.LearnedLimits = append(out.LearnedLimits, plan.LearnedLimit{Class: l.Class, Requests: l.Requests, Per: l.Per})
	}
	for endpoint, count := range stats.ByEndpoint {
		out.Endpoints = append(out.Endpoints, plan.EndpointCount{Endpoint: endpoint, Sent: count.Sent})
	}
	slices.SortFunc(out.Endpoints, func(a, b plan.EndpointCount) int { return strings.Compare(a.Endpoint, b.Endpoint) })
	return out
}
