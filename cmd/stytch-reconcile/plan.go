package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func newPlan(o *output) *cobra.Command {
	s := &session{output: o}
	var out string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan [PATH…]",
		Short: "Show what would change; nothing is written",
		RunE: func(cmd *cobra.Command, paths []string) error {
			defer s.end()
			s.markdown.file = out
			if s.destroy && len(s.base)+len(s.resend) > 0 {
				return errDestroyAlone
			}
			p, err := s.planned(cmd, paths)
			if err != nil {
				return err
			}
			if out != "" {
				if err := kind.Portable(p); err != nil {
					return err
				}
				if err := save(out, p.Encode); err != nil {
					return err
				}
			}
			if err := planExit(p); err != nil {
				return err
			}
			if detailed && p.Summary.Changes() > 0 {
				return exit{code: exitChanges}
			}
			return nil
		},
	}
	s.flags(cmd)
	s.markdown.flags(cmd)
	s.workflow.annotated(cmd)
	s.workflow.summarized(cmd)
	cmd.Flags().StringVarP(&out, "out", "o", "", "save the plan as JSON to `FILE`")
	cmd.Flags().BoolVar(&s.destroy, "destroy", false, "plan the removal of what the documents declare, under the same limits; save it with -o to apply it")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	return cmd
}

// errDestroyAlone refuses to compare a removal with what was declared before.
var errDestroyAlone = errors.New("--destroy removes what is declared, so that --base and --resend have nothing to say; leave them out")

// planned makes the plan of documents and shows it.
func (s *session) planned(cmd *cobra.Command, paths []string) (*plan.Plan, error) {
	p, err := s.fresh(cmd, paths)
	if err != nil {
		return nil, err
	}
	s.workflow.plan = p
	return p, s.show(p)
}

// fresh makes the plan of documents.
func (s *session) fresh(cmd *cobra.Command, paths []string) (*plan.Plan, error) {
	if err := given(cmd, "base"); err != nil {
		return nil, err
	}
	if err := s.open(cmd.Context(), paths); err != nil {
		return nil, err
	}
	return s.makePlan(cmd.Context())
}

func newShow(o *output) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a saved plan or apply report",
		Args:  oneArgument("show needs one FILE: a plan that plan -o saved, or a report that apply --report saved"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.markdown.file = args[0]
			content, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading %s: %w", args[0], err)
			}
			if report, ok := plan.DecodeReport(content); ok {
				o.workflow.report = report
				return o.showReport(report)
			}
			p, err := plan.Decode(bytes.NewReader(content))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			o.workflow.plan = p
			return o.show(p)
		},
	}
	o.markdown.flags(cmd)
	o.workflow.summarized(cmd)
	return cmd
}
