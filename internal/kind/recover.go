package kind

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Look says what became of an operation of a run that was cut off, and the id of
// the object where there is one. The error is nil when the object is as it was
// before, plan.ErrInPlace when it is as the operation makes it, and a stale
// *plan.Failure when it is neither. It writes nothing.
//
//	operation   the object                               answer
//	create      is not there, nor is its organization    nil
//	update      has some attributes as before, some as   stale: done in part
//	            the operation makes them
//	update      cannot be compared: it sends a secret    uncertain: no further look would tell
//	create      is there, and Stytch showed a secret     uncertain: it may not have reached the sink
//	            once
//	any         anything else                            as before a write of a saved plan: see stands
func (a *Actor) Look(ctx context.Context, op plan.Operation) (string, error) {
	op, made := a.afterCreation(op)
	if !made {
		return "", nil // the run did not come to it
	}
	k, scope, err := a.prepare(op)
	if failed, ok := errors.AsType[*plan.Failure](err); ok && failed.Type == organizationUnknown {
		return "", nil // the run did not come to create it
	}
	if err != nil {
		return "", err
	}
	id, err := a.confirm(ctx, k, scope, op)
	if issued := issuedBy(k, op.Change); errors.Is(err, plan.ErrInPlace) && len(issued) > 0 {
		return id, &plan.Failure{Uncertain: true, Message: fmt.Sprintf(
			"it is there, and nobody can see whether its %s reached the sink: look there, and rotate it if it did not", strings.Join(issued, ", "))}
	}
	if err == nil && op.Change.Action == plan.Update && k.blind(op) {
		return "", &plan.Failure{Uncertain: true, Message: "it sends a secret, and nobody can see whether Stytch has it"}
	}
	if err == nil && op.Change.Action == plan.Update && len(op.Attributes()) > 1 {
		partly, err := k.partly(ctx, a.client, scope, op)
		if err != nil {
			return "", failure(err)
		}
		if partly {
			return "", &plan.Failure{Type: "stale", Stale: true, Message: "it was done in part"}
		}
	}
	return id, err
}

// Remember tells which object an earlier run made: what nests in an organization
// is found through it.
func (a *Actor) Remember(address plan.Address, id string) { a.created.Store(address, id) }

// partly reports whether an update that is not in place is so in some attributes.
func (e *erased[T]) partly(ctx context.Context, c *client.Client, scope Scope, op plan.Operation) (bool, error) {
	edit, err := e.edit(scope, op)
	if err != nil {
		return false, err
	}
	live, found, err := e.get(ctx, c, edit)
	if err != nil || !found {
		return false, err
	}
	missing := len(e.Compare(&live.Value, &edit.After))
	return missing > 0 && missing < len(e.Compare(&edit.Before, &edit.After)), nil
}
