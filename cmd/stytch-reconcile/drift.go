package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func newDrift(o *output) *cobra.Command {
	r := &repairing{applying: applying{session: session{output: o}}}
	s := &r.session
	t := &teller{session: s}
	r.teller = t
	cmd := &cobra.Command{
		Use:   "drift [PATH…]",
		Short: "Show what differs from what is declared, for cron; nothing is written without --repair",
		Long: "Show what differs from what is declared, for cron. Without --repair nothing is written\nto Stytch.\n\n" +
			"The exit code is 0 when nothing differs, 2 when something does, and 7 when not\n" +
			"everything could be read; what was found is shown all the same. With --base, what\n" +
			"only waits to be applied is no drift, and the exit code is 6 when there is nothing else.\n\n" +
			"With --state, a notice is sent only of what is new or gone since the last run. The\n" +
			"address of the webhook is a secret: STYTCH_RECONCILE_NOTIFY_URL holds it, or the flag.\n\n" +
			"With --repair, what is drift and nothing else is undone, as far as policy.repair of the\n" +
			"documents allows it: an apply of its own, under the same limits.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			defer s.end()
			if err := errors.Join(t.check(cmd), r.check(cmd)); err != nil {
				return err
			}
			if r.wanted {
				return r.run(cmd.Context(), paths)
			}
			p, err := s.drifted(cmd, paths)
			if err != nil {
				return err
			}
			found := driftExit(p)
			if err := t.tell(cmd.Context(), p, time.Now().UTC()); err != nil {
				if found == nil {
					return err
				}
				tell(s.stderr, err) // the exit code says what was found
			}
			return found
		},
	}
	s.flags(cmd)
	s.markdown.flags(cmd)
	s.workflow.annotated(cmd)
	s.workflow.summarized(cmd)
	t.flags(cmd)
	r.flags(cmd)
	return cmd
}

// drifted makes the plan of documents, says which of it is drift, and shows it.
func (s *session) drifted(cmd *cobra.Command, paths []string) (*plan.Plan, error) {
	p, err := s.fresh(cmd, paths)
	if err != nil {
		return nil, err
	}
	p.Differences = p.Drift()
	s.workflow.plan, s.workflow.drift = p, true
	return p, s.show(p)
}

// today is the day by which acceptances expire, the same everywhere.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

// driftExit is the exit code of a drift, as an error. What would forbid to apply
// a plan says nothing about whether there is drift.
func driftExit(p *plan.Plan) error {
	switch {
	case !p.Complete:
		return exit{code: exitIncomplete}
	case len(p.Differences) > 0:
		return exit{code: exitChanges}
	case p.Repair != nil && len(p.Repair.Left) == 0:
		return nil // what there was to change is repaired
	case len(p.Changes) > 0:
		return exit{code: exitWaiting}
	}
	return nil
}

// errNoStateOfPart refuses to remember what was looked at in part.
var errNoStateOfPart = errors.New("--state does not go with --target or --exclude: what is left out would be neither there nor gone")
