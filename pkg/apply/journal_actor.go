package apply

import (
	"context"
	"fmt"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// journaled is an Actor of which a journal tells. What cannot be written down
// before is not done, and ends the run: nothing else is begun.
type journaled struct {
	actor   Actor
	journal *Journal
	stop    func()
}

func (a journaled) Do(ctx context.Context, op plan.Operation) (string, error) {
	if err := a.journal.begin(op); err != nil {
		a.stop()
		return "", &plan.Failure{
			Type: "journal", Cause: err,
			Message: fmt.Sprintf("the journal %s cannot be written, so this was not begun: %v", a.journal.Name(), err),
		}
	}
	id, err := do(ctx, a.actor, op)
	a.journal.end(op, id, err)
	return id, err
}
