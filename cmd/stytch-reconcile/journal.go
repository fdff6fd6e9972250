package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// journalDir is where applies keep their journals unless they are told.
const journalDir = ".stytch-reconcile"

// startJournal starts the journal of an apply that has something to write; nil
// is none. An apply that cannot have one writes nothing.
func (a *applying) startJournal(p *plan.Plan) (*apply.Journal, error) {
	if p.Summary.Changes() == 0 {
		return nil, nil //nolint:nilnil // no journal is what apply.Options call none
	}
	journal, err := apply.NewJournal(a.journals, apply.Head{
		ToolVersion: toolVersion(), Started: time.Now().UTC(), Digest: p.Digest, Target: p.Target, Policy: p.Policy,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; nothing was written. Give another directory with --journal", err)
	}
	return journal, nil
}

// endJournal ends it. What could not be written there is not lost: the next
// apply looks at the objects.
func (a *applying) endJournal(journal *apply.Journal) {
	if journal == nil {
		return
	}
	if err := journal.Close(); err != nil {
		fmt.Fprintf(a.stderr, "notice: the end of the journal %s could not be written: %v\n", journal.Name(), err)
		return
	}
	a.log.Info("the journal of this apply", slog.String("file", journal.Name()))
}

// tellJournal says, after an apply that was not done whole, where to read what
// it did and how to plan the way back.
func (a *applying) tellJournal(journal *apply.Journal, r *plan.Report) {
	if journal == nil || a.format != "text" || r.Summary.Done == len(r.Operations) || !apply.Wrote(r) {
		return
	}
	name := render.Safe(journal.Name())
	fmt.Fprintf(a.stderr, "What was done is in the journal %s. To plan the way back: stytch-reconcile undo --journal %s\n", name, name)
}

// pickUp looks for journals of applies to the same project that were cut off,
// finds out how far they came, and says so. Nothing that it meets stops the
// apply, which plans from what is live.
func (a *applying) pickUp(ctx context.Context) {
	found, notices := apply.CutOff(a.journals, a.target.ProjectID)
	for _, notice := range notices {
		fmt.Fprintf(a.stderr, "notice: %s; it is left alone\n", render.Safe(notice.Error()))
	}
	for _, account := range found {
		settle(ctx, account, kind.NewActor(a.catalog, a.connection.ReadOnly(), account.Target))
		fmt.Fprintf(a.stderr, "notice: an apply of %s was cut off (%s): %s\n",
			account.Started.UTC().Format("2006-01-02 15:04:05 UTC"), render.Safe(account.File), becameOf(account))
		if err := account.Save(); err != nil {
			fmt.Fprintf(a.stderr, "notice: what was found could not be written into %s: %v\n", render.Safe(account.File), err)
		}
	}
}

// settle finds out how the operations of an apply ended that has not told.
func settle(ctx context.Context, account *apply.Account, actor *kind.Actor) {
	for _, b := range account.Begun {
		if b.Result == apply.EndDone && b.ID != "" {
			actor.Remember(b.Change.Address, b.ID)
		}
	}
	account.Settle(ctx, actor.Look)
}

// becameOf says what was found of the operations that were under way.
func becameOf(account *apply.Account) string {
	found := account.Found()
	if len(found) == 0 {
		return "nothing was under way"
	}
	said := make([]string, 0, len(found))
	for _, b := range found {
		address := string(b.Change.Address)
		switch b.Result {
		case apply.EndDone:
			said = append(said, address+" was done")
		case apply.EndNotDone:
			said = append(said, address+" was not done")
		case apply.EndChanged:
			said = append(said, fmt.Sprintf("%s is neither as before nor as it was to be (%s)", address, b.Reason))
		default:
			said = append(said, fmt.Sprintf("whether %s was done is still not known (%s)", address, b.Reason))
		}
	}
	return render.Safe(strings.Join(said, "; "))
}
