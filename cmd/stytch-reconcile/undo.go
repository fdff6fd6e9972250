package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// undoing is the undo command with its own flags.
type undoing struct {
	session

	journal  string
	out      string
	detailed bool
}

func newUndo(o *output) *cobra.Command {
	u := &undoing{session: session{output: o}}
	cmd := &cobra.Command{
		Use:   "undo --journal FILE",
		Short: "Plan the way back from what an apply did; nothing is written",
		Long: "Plan the way back from what an apply did; nothing is written.\n\n" +
			"An apply keeps a journal of what it does and of what was there before. From it an\n" +
			"ordinary plan is made, under the same limits and protections: review it, save it\n" +
			"with -o, and carry it out with apply --plan. What somebody has changed since is\n" +
			"left alone; the plan lists that, and what cannot be undone.",
		Args: func(_ *cobra.Command, paths []string) error {
			if len(paths) > 0 {
				return errors.New("undo takes no documents: what was there before stands in the journal")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := given(cmd, "journal", "out"); err != nil {
				return err
			}
			return u.run(cmd.Context())
		},
	}
	u.planFlags(cmd)
	u.markdown.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&u.journal, "journal", "", "the journal `FILE` of the apply to undo")
	flags.StringVarP(&u.out, "out", "o", "", "save the plan as JSON to `FILE`")
	flags.BoolVar(&u.detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	return cmd
}

func (u *undoing) run(ctx context.Context) error {
	defer u.end()
	if u.journal == "" {
		return errors.New("undo needs --journal FILE; applies keep their journals in " + journalDir)
	}
	if err := u.checkNumbers(); err != nil {
		return err
	}
	account, err := u.openJournal(ctx)
	if err != nil {
		return err
	}
	p, err := u.wayBack(ctx, account)
	if err != nil {
		return err
	}
	u.markdown.file = u.out
	if err := u.show(p); err != nil {
		return err
	}
	if u.out != "" {
		if err := save(u.out, p.Encode); err != nil {
			return err
		}
	}
	if err := planExit(p); err != nil {
		return err
	}
	if u.detailed && p.Summary.Changes() > 0 {
		return exit{code: exitChanges}
	}
	return nil
}

// openJournal reads the journal and connects to the environment that it is of.
func (u *undoing) openJournal(ctx context.Context) (*apply.Account, error) {
	account, err := apply.ReadJournal(u.journal)
	switch {
	case err != nil:
		return nil, err
	case account.FormatVersion == "":
		return nil, fmt.Errorf("%s: the apply was cut off before it began anything; there is nothing to undo", u.journal)
	case account.InProgress():
		return nil, fmt.Errorf("%s: the apply is still under way; undo it when it has ended", u.journal)
	}
	u.catalog = catalog.All()
	of := plan.Plan{}
	for _, b := range account.Begun {
		of.Changes = append(of.Changes, *b.Change)
	}
	needs, err := kind.NeedsOf(&of, u.catalog)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.journal, err)
	}
	t := account.Target
	if id := u.getenv("STYTCH_PROJECT_ID"); u.sandboxDir == "" && id != "" && id != t.ProjectID {
		return nil, fmt.Errorf("%s is the journal of an apply to %s, but STYTCH_PROJECT_ID is %s: these are credentials of another environment", u.journal, inWords(t), id)
	}
	return account, u.connect(ctx, client.Target{ProjectSlug: t.ProjectSlug, EnvironmentSlug: t.EnvironmentSlug, ProjectID: t.ProjectID}, needs)
}

// wayBack makes the plan. What the journal leaves open is looked up, and not
// written into it: an undo is no apply.
func (u *undoing) wayBack(ctx context.Context, account *apply.Account) (*plan.Plan, error) {
	settle(ctx, account, kind.NewActor(u.catalog, u.connection.ReadOnly(), account.Target))
	undo, err := kind.NewUndo(u.catalog, account.Policy, u.journal, deeds(account))
	if err != nil {
		return nil, err
	}
	if err := kind.Allow(&undo.Policy, u.allow); err != nil {
		return nil, err
	}
	if u.selected, err = undo.Addresses("target", u.targets); err != nil {
		return nil, err
	}
	if u.omitted, err = undo.Addresses("exclude", u.excluded); err != nil {
		return nil, err
	}
	p, err := undo.Plan(ctx, u.connection.ReadOnly(), u.target, kind.ReadOptions{
		ToolVersion: toolVersion(), PackSize: u.packSize, Parallelism: u.parallelism, Targets: u.selected, Excluded: u.omitted,
	})
	if err != nil {
		return nil, fmt.Errorf("reading the live state: %w", refusedCredentials(err))
	}
	return p, nil
}

// deeds are the operations that did something, or may have.
func deeds(account *apply.Account) []kind.Deed {
	var done []kind.Deed
	for _, b := range account.Begun {
		d := kind.Deed{Change: b.Change, ID: b.ID, Line: b.Line}
		switch b.Result {
		case apply.EndDone:
		case apply.EndFailed:
			if refusedWhole(b) {
				continue
			}
			d.Doubt = "it failed (" + render.Safe(b.Reason) + ")"
		case apply.EndChanged:
			d.Doubt = "the apply was cut off while it did this (" + render.Safe(b.Reason) + ")"
		case apply.EndUnknown:
			d.Doubt = "whether it was done is not known (" + render.Safe(b.Reason) + ")"
		default:
			continue // in place before, stale, or not done: nothing of it is the apply's
		}
		done = append(done, d)
	}
	return done
}

// refusedWhole reports whether Stytch refused what takes one request.
func refusedWhole(b apply.Begun) bool {
	refused := b.Status >= http.StatusBadRequest && b.Status < http.StatusInternalServerError
	return refused && (b.Change.Action == plan.Create || b.Change.Action == plan.Delete)
}
