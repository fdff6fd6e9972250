package kind

import (
	"context"
	"fmt"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// reliable looks at the objects without which a change would lock somebody out,
// right before it: since the plan was made somebody else may have taken them away.
func (a *Actor) reliable(ctx context.Context, op plan.Operation) error {
	for _, r := range op.Change.ReliesOn {
		other := plan.Operation{Change: &plan.Change{
			Address: r.Address, Kind: r.Kind, Key: r.Key, Action: plan.Update, ID: r.ID, OrganizationID: r.OrganizationID, Steps: []plan.Step{{}},
		}}
		k, scope, err := a.prepare(other)
		if err != nil {
			return err
		}
		held, err := k.holds(ctx, a.client, scope, other, r.Lifeline)
		if err != nil {
			return failure(fmt.Errorf("reading %s, on which this relies: %w", r.Address, err))
		}
		if !held {
			return &plan.Failure{Type: "stale", Stale: true, Message: fmt.Sprintf(
				"it would leave %s without %s: %s, which held that up when the plan was made, does so no longer; plan again", where(r.Lifeline), r.What, r.Address)}
		}
	}
	return nil
}

func where(l plan.Lifeline) string {
	if l.Where == "" {
		return "the environment"
	}
	return string(l.Where)
}

// holds reports whether the object of an operation holds a lifeline up now.
func (e *erased[T]) holds(ctx context.Context, c *client.Client, scope Scope, op plan.Operation, l plan.Lifeline) (bool, error) {
	edit, err := e.edit(scope, op)
	if err != nil {
		return false, err
	}
	live, found, err := e.get(ctx, c, edit)
	if err != nil && (e.t.Get == nil || !absence(err)) {
		return false, err
	}
	if !found || live.Gone {
		return false, nil
	}
	return slices.Contains(e.Lifelines(op.Change.Address.Organization(), op.Change.Key, &live.Value, &live.Value), l), nil
}
