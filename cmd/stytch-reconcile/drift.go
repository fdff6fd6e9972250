package main

import (
	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func newDrift(o *output) *cobra.Command {
	s := &session{output: o}
	cmd := &cobra.Command{
		Use:   "drift [PATH…]",
		Short: "Show what differs from what is declared, for cron; nothing is written",
		Long: "Show what differs from what is declared, for cron; nothing is written.\n\n" +
			"The exit code is 0 when nothing differs, 2 when something does, and 7 when not\n" +
			"everything could be read; what was found is shown all the same. With --base, what\n" +
			"only waits to be applied is no drift, and the exit code is 6 when there is nothing else.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			defer s.end()
			p, err := s.planned(cmd, paths)
			if err != nil {
				return err
			}
			return driftExit(p)
		},
	}
	s.flags(cmd)
	return cmd
}

// driftExit is the exit code of a drift, as an error. What would forbid to apply
// a plan says nothing about whether there is drift.
func driftExit(p *plan.Plan) error {
	drifted, waiting := false, false
	for i := range p.Changes {
		waiting = waiting || p.Changes[i].Origin == plan.Edit
		drifted = drifted || p.Changes[i].Origin != plan.Edit
	}
	switch {
	case !p.Complete:
		return exit{code: exitIncomplete}
	case drifted:
		return exit{code: exitChanges}
	case waiting:
		return exit{code: exitWaiting}
	}
	return nil
}
