package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func newDrift(o *output) *cobra.Command {
	s := &session{output: o}
	t := teller{session: s}
	cmd := &cobra.Command{
		Use:   "drift [PATH…]",
		Short: "Show what differs from what is declared, for cron; nothing is written",
		Long: "Show what differs from what is declared, for cron; nothing is written to Stytch.\n\n" +
			"The exit code is 0 when nothing differs, 2 when something does, and 7 when not\n" +
			"everything could be read; what was found is shown all the same. With --base, what\n" +
			"only waits to be applied is no drift, and the exit code is 6 when there is nothing else.\n\n" +
			"With --state, a notice is sent only of what is new or gone since the last run. The\n" +
			"address of the webhook is a secret: STYTCH_RECONCILE_NOTIFY_URL holds it, or the flag.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			defer s.end()
			if err := t.check(cmd); err != nil {
				return err
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
	t.flags(cmd)
	return cmd
}

// drifted makes the plan of documents, says which of it is drift, and shows it.
func (s *session) drifted(cmd *cobra.Command, paths []string) (*plan.Plan, error) {
	p, err := s.fresh(cmd, paths)
	if err != nil {
		return nil, err
	}
	p.Differences = p.Drift()
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
	case len(p.Changes) > 0:
		return exit{code: exitWaiting}
	}
	return nil
}

// errNoStateOfPart refuses to remember what was looked at in part.
var errNoStateOfPart = errors.New("--state does not go with --target or --exclude: what is left out would be neither there nor gone")
