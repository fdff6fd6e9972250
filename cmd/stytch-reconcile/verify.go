package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// verifying is the verify command with its flags.
type verifying struct {
	session

	planFile, digest string
}

func newVerify(o *output) *cobra.Command {
	v := &verifying{session: session{output: o}}
	cmd := &cobra.Command{
		Use:   "verify --plan FILE | verify PATH… --digest DIGEST",
		Short: "Say whether the reviewed plan is still what would run; nothing is written",
		Long: "Say whether the reviewed plan is still what would run; nothing is written.\n\n" +
			"With --plan, every object that the plan writes is read and compared with what the\n" +
			"plan was made from. With documents and --digest, the plan is made anew, so that\n" +
			"changes elsewhere count too. The exit code is 4 when anything differs, else 7 when\n" +
			"something could not be read.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := given(cmd, "plan", "digest", "base"); err != nil {
				return err
			}
			return v.run(cmd.Context(), paths)
		},
	}
	v.flags(cmd)
	v.workflow.annotated(cmd)
	v.workflow.summarized(cmd)
	cmd.Flags().StringVar(&v.planFile, "plan", "", "the saved plan in `FILE`")
	cmd.Flags().StringVar(&v.digest, "digest", "", "the `DIGEST` of the reviewed plan")
	return cmd
}

func (v *verifying) run(ctx context.Context, paths []string) error {
	defer v.end()
	switch {
	case (v.planFile == "") == (v.digest == ""):
		return errors.New("verify needs either --plan FILE, or documents and --digest")
	case v.digest != "" && !digestForm.MatchString(v.digest):
		return fmt.Errorf("--digest is %q; it must be sha256: and 64 hexadecimal digits, as a plan shows it", v.digest)
	case v.planFile == "":
		return v.anew(ctx, paths)
	}
	if err := v.made(paths); err != nil {
		return err
	}
	return v.saved(ctx)
}

func (v *verifying) anew(ctx context.Context, paths []string) error {
	if err := v.open(ctx, paths); err != nil {
		return err
	}
	p, err := v.makePlan(ctx)
	if err != nil {
		return err
	}
	found := verdict{Current: p.Digest == v.digest}
	if !found.Current {
		found.Differences = []finding{{Reason: fmt.Sprintf("the reviewed plan has %s, and what would run now has %s", v.digest, p.Digest)}}
	}
	for _, u := range p.Unknown {
		found.Unreadable = append(found.Unreadable, unread(u))
	}
	return v.conclude(found, p)
}

// checker reads what an operation would write instead of writing it.
type checker struct{ *kind.Actor }

func (c checker) Do(ctx context.Context, op plan.Operation) (string, error) {
	err := c.Check(ctx, op)
	if errors.Is(err, plan.ErrInPlace) {
		return "", &plan.Failure{Type: "in_place", Stale: true, Message: "it is in place already"}
	}
	return "", err
}

func (v *verifying) saved(ctx context.Context) error {
	p, err := v.openSaved(ctx, v.planFile)
	if err != nil {
		return err
	}
	if len(p.Blocked) > 0 {
		v.workflow.plan = p
		return exit{code: exitBlocked, message: "the plan is blocked; show it to see why"}
	}
	actor := kind.NewActor(v.catalog, v.connection.ReadOnly(), v.target)
	report, err := apply.Run(ctx, independent(p), checker{actor}, apply.Options{Parallelism: v.parallelism})
	if err != nil {
		return err
	}
	return v.conclude(judge(report), p)
}

// conclude tells the verdict on a plan. A plan that is current may be blocked or
// incomplete itself.
func (v *verifying) conclude(found verdict, p *plan.Plan) error {
	v.workflow.plan, v.workflow.verdict = p, &found
	if err := found.tell(v.stdout, v.format); err != nil {
		return err
	}
	if found.Current {
		return planExit(p)
	}
	return found.exit()
}

// independent is the plan as reads see it: nothing waits for anything, and only
// the first step of a change can be compared with what is live.
func independent(p *plan.Plan) *plan.Plan {
	reads := *p
	reads.Changes = make([]plan.Change, len(p.Changes))
	for i, c := range p.Changes {
		c.Steps = []plan.Step{{Phase: c.Steps[0].Phase, Attributes: c.Steps[0].Attributes}}
		reads.Changes[i] = c
	}
	return &reads
}
