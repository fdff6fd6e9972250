package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A repairing is the drift command when it undoes what it finds: what it writes
// is carried out as an apply carries out a plan.
type repairing struct {
	applying

	wanted bool
	teller *teller
}

// repairFlags are those of drift that mean nothing without --repair.
var repairFlags = []string{"auto-approve", "report", "secret-sink", "journal"}

func (r *repairing) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&r.wanted, "repair", false, "undo drift, and drift alone, as policy.repair of the documents allows it; needs --base")
	flags.BoolVar(&r.autoApprove, "auto-approve", false, "with --repair: do not ask")
	flags.StringVar(&r.report, "report", "", "with --repair: save the report as JSON to `FILE`")
	flags.StringVar(&r.vault.flag, "secret-sink", "", "with --repair: as apply has it: `SINK`")
	flags.StringVar(&r.journals, "journal", journalDir, "with --repair: keep the journal in `DIR`")
}

// check refuses what cannot work while nothing was read yet: a run of cron that
// could never repair anything must not be found out at the first drift.
func (r *repairing) check(cmd *cobra.Command) error {
	if !r.wanted {
		for _, name := range repairFlags {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s needs --repair: without it drift writes nothing", name)
			}
		}
		return nil
	}
	if err := given(cmd, "base", "report", "secret-sink", "journal"); err != nil {
		return err
	}
	if r.base == "" {
		return errors.New("--repair needs --base: without it nobody can tell drift from edits that wait to be applied; give what was applied last, such as --base git:REF")
	}
	if _, ok := terminal(r.stdin); !ok && !r.autoApprove {
		return errors.New("drift --repair asks before it writes, and there is no terminal to ask at; give --auto-approve to repair without asking")
	}
	if err := r.vault.check(); err != nil {
		return err
	}
	if err := r.markdown.roomForReport(r.format); err != nil {
		return err
	}
	if r.report != "" {
		if err := writable(r.report); err != nil {
			return err
		}
	}
	r.repairs = true
	return nil
}

// errNoRepair says what is missing in documents that allow no repair.
var errNoRepair = errors.New("the documents do not allow --repair: name the kinds that may be repaired, such as policy: {repair: {kinds: [redirect_urls]}}")

// run finds what is drift, undoes what may be undone of it, and tells both.
func (r *repairing) run(ctx context.Context, paths []string) error {
	if err := r.open(ctx, paths); err != nil {
		return err
	}
	r.pickUp(ctx)
	p, err := r.makePlan(ctx)
	if err != nil {
		return err
	}
	p.Differences = p.Drift()
	r.workflow.plan, r.workflow.drift = p, true
	if r.format == "text" {
		if err := errors.Join(r.show(p), showRepair(r.stdout, p.Repair)); err != nil {
			return err
		}
	}
	ended := r.mend(ctx, p)
	report := p.Repair.Report
	wrote := report != nil && apply.Wrote(report)
	if ctx.Err() != nil && !wrote {
		return ended
	}
	if ended == nil {
		ended = driftExit(p)
	}
	// A report has been shown in the forms that show one thing.
	if r.format == "json" || r.format != "text" && report == nil {
		if err := r.show(p); err != nil {
			return failed(err, ended, wrote, r.stderr)
		}
	}
	if err := r.teller.tell(ctx, p, time.Now().UTC()); err != nil {
		return failed(err, ended, wrote, r.stderr)
	}
	return ended
}

// failed is how a run ends whose result could not be told: as it would have, and
// where that was well, as an error that does not hide that something was written.
func failed(err, ended error, wrote bool, stderr io.Writer) error {
	if ended != nil {
		tell(stderr, err)
		return ended
	}
	if wrote {
		return exit{code: exitPartial, message: err.Error()}
	}
	return err
}

// mend carries out the part of a plan that undoes drift, and takes into the plan
// what was done.
func (r *repairing) mend(ctx context.Context, p *plan.Plan) error {
	part := p.Repair.Part
	switch {
	case len(part.Blocked) > 0:
		return exit{code: exitBlocked}
	case part.Summary.Changes() == 0:
		return nil
	}
	if err := r.permitted(ctx, part); err != nil {
		return err
	}
	report, err := r.carryOut(ctx, part)
	if report != nil {
		p.CarriedOut(report)
	}
	if err = errors.Join(err, r.vault.close()); err != nil {
		return err
	}
	if code := apply.ExitCode(part, report); code != 0 {
		return exit{code: code, message: interruption(ctx, report)}
	}
	return nil
}

// showRepair says which of the changes undo drift, and why the others do not.
func showRepair(w io.Writer, r *plan.Repair) error {
	say := &listing{w: w}
	if len(r.Changes) > 0 {
		say.line("\nRepair, a plan of its own that is judged by itself (%s):", r.Digest)
	}
	for _, address := range r.Changes {
		say.line("  %s", render.Safe(string(address)))
	}
	if len(r.Left) > 0 {
		say.line("\nNot repaired:")
	}
	for _, l := range r.Left {
		say.line("  %s: %s", render.Safe(string(l.Address)), render.Safe(l.Why))
	}
	if len(r.Blocked) > 0 {
		say.line("")
	}
	for _, b := range r.Blocked {
		say.line("Repair blocked by %s: %s\n  to lift it: %s", b.ID, render.Safe(b.Reason), render.Safe(b.Lift))
	}
	return say.err
}

// A listing writes lines until one cannot be written.
type listing struct {
	w   io.Writer
	err error
}

func (l *listing) line(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format+"\n", args...)
	}
}
