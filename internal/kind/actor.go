package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An Actor carries out the operations of a plan through the kinds. It is safe
// for concurrent use.
type Actor struct {
	catalog Catalog
	client  *client.Client
	target  plan.Target
	// Recheck has every object read right before it is written; one that is no longer what the plan was made from is refused
	// as stale. A window of milliseconds remains, because Stytch has no conditional writes.
	Recheck bool
	// Sink takes what Stytch shows once; a plan for which Issued gives anything needs one.
	Sink Sink

	secrets map[plan.Reference]client.Secret // see Use
	created sync.Map                         // address -> id, of what this run created or found in place
}

// NewActor makes an Actor for one environment. The client must be allowed to write.
func NewActor(catalog Catalog, c *client.Client, target plan.Target) *Actor {
	return &Actor{catalog: catalog, client: c, target: target}
}

// Do carries out one operation and gives the id of the object, where it learns
// it. Its error is a *plan.Failure, plan.ErrInPlace when nothing had to be
// written, or a *plan.Remark when it was done and Stytch had something to say.
//
// What cannot be undone is looked at right before, also in a plan that was made
// a moment ago: a search may lag behind.
//
//	operation                        looks first        refused as taken or not found
//	of a plan that somebody saved    always             looks again
//	delete                           always             looks again
//	create, the key is not unique    always             -
//	create, the key is unique        no: the creation   looks: in place, or stale
//	                                 is the check
//	update, restore                  no                 looks: in place, or stale
//	create, restore, renamed_from    at the former key  as above
//	what relies on others            at them            -
func (a *Actor) Do(ctx context.Context, op plan.Operation) (string, error) {
	op, made := a.afterCreation(op)
	if !made {
		return "", &plan.Failure{Type: "invalid_plan", Message: string(op.Change.Address) + " was not created, so nothing more can be written to it"}
	}
	k, scope, err := a.prepare(op)
	if err != nil {
		return "", err
	}
	if op, err = a.reveal(op); err != nil {
		return "", err
	}
	keeper := a.keeper(k, op)
	if a.Recheck || op.Change.Action == plan.Delete || op.Change.Action == plan.Create && k.unrefused() {
		if id, err := a.confirm(ctx, k, scope, op); err != nil {
			return id, err
		}
	}
	if err := a.unrenamed(ctx, k, scope, op); err != nil {
		return "", err
	}
	if err := a.reliable(ctx, op); err != nil {
		return "", err
	}
	id, err := a.write(ctx, k, scope, op, keeper)
	if errors.Is(err, plan.ErrInPlace) {
		return id, err
	}
	remark, remarked := errors.AsType[*plan.Remark](err)
	if remarked {
		err = nil
	}
	if err = keeper.lost(err); err != nil {
		return id, failure(err)
	}
	if id == "" {
		id = op.Change.ID
	}
	if id != "" {
		a.created.Store(op.Change.Address, id)
	}
	if remarked {
		return id, remark
	}
	return id, nil
}

// write sends the operation and, where the answer leaves in doubt what became of
// it, looks.
func (a *Actor) write(ctx context.Context, k Kind, scope Scope, op plan.Operation, keeper *keeper) (string, error) {
	id, err := k.act(ctx, a.client, scope, op, keeper)
	unsure := errors.Is(err, client.ErrOutcomeUnknown)
	if unsure {
		id, err = a.settle(ctx, k, scope, op, keeper, err)
	}
	if refused := client.IsTaken(err) || client.IsNotFound(err); !refused || errors.Is(err, client.ErrOutcomeUnknown) {
		return id, err
	}
	// Somebody was faster, or the plan was made from a search that lagged, or the first of two attempts came late.
	found, now := a.confirm(ctx, k, scope, op)
	_, wrote := errors.AsType[*Partly](err)
	switch {
	case errors.Is(now, plan.ErrInPlace) && (unsure || wrote):
		return found, nil // it is in place, and not without us
	case foretold(now) && !wrote: // what differs from the plan may be what we wrote
		return found, now
	}
	return id, err
}

// foretold reports whether a look at the object explains why Stytch refused.
func foretold(err error) bool {
	failed, ok := errors.AsType[*plan.Failure](err)
	return errors.Is(err, plan.ErrInPlace) || ok && failed.Stale
}

// unrenamed refuses to make anew what lives on under its former key: whether the
// plan's search missed it decides between one object and two.
func (a *Actor) unrenamed(ctx context.Context, k Kind, scope Scope, op plan.Operation) error {
	if op.Change.RenamedFrom == "" {
		return nil
	}
	former := *op.Change
	former.Action, former.Key, former.Attributes, former.Steps = plan.Create, op.Change.RenamedFrom, nil, []plan.Step{{}}
	s, err := k.stands(ctx, a.client, scope, plan.Operation{Change: &former})
	switch {
	case err != nil:
		return failure(err)
	case s.id != "":
		return &plan.Failure{Type: "stale", Stale: true, Message: fmt.Sprintf("%q, from which it is renamed, is live, and the plan was made without seeing it; plan again", op.Change.RenamedFrom)}
	}
	return nil
}

// settle decides about a write of which nobody knows whether it was done, by
// reading the object. What was done is not a failure; what was not is tried once
// more, unless Stytch would make a second object of it; and what cannot be read
// or has become something else stays unknown.
func (a *Actor) settle(ctx context.Context, k Kind, scope Scope, op plan.Operation, keeper *keeper, unknown error) (string, error) {
	s, err := k.stands(ctx, a.client, scope, op)
	switch {
	case err != nil || s.stale != "":
		return "", unknown
	case s.inPlace:
		return s.id, nil
	case op.Change.Action == plan.Create && k.duplicates():
		return "", unknown
	}
	return k.act(ctx, a.client, scope, op, keeper)
}

// NeedsOf are the kinds that a saved plan writes, by the API that they need.
func NeedsOf(p *plan.Plan, catalog Catalog) (client.Needs, error) {
	needs := client.Needs{}
	for _, c := range p.Changes {
		k, ok := catalog.Lookup(c.Kind)
		if !ok {
			return nil, fmt.Errorf("the plan names the kind %q, which this version does not know", c.Kind)
		}
		if !slices.Contains(needs[k.Plane()], c.Kind) {
			needs[k.Plane()] = append(needs[k.Plane()], c.Kind)
		}
	}
	return needs, nil
}

// Check says whether an operation is still what would run: nil if so,
// plan.ErrInPlace if nothing is left to do, else why not. It writes nothing.
func (a *Actor) Check(ctx context.Context, op plan.Operation) error {
	op, made := a.afterCreation(op)
	if !made {
		return nil // its creation comes first, and is checked by itself
	}
	k, scope, err := a.prepare(op)
	if failed, ok := errors.AsType[*plan.Failure](err); ok && failed.Type == organizationUnknown && op.Change.Action == plan.Create {
		return nil // the plan creates the organization too: what nests in it cannot be there
	}
	if err != nil {
		return err
	}
	if _, err = a.confirm(ctx, k, scope, op); err != nil {
		return err
	}
	return a.reliable(ctx, op)
}

// confirm reads the object and refuses what is stale. It gives the id of what is
// in place already.
func (a *Actor) confirm(ctx context.Context, k Kind, scope Scope, op plan.Operation) (string, error) {
	s, err := k.stands(ctx, a.client, scope, op)
	switch {
	case err != nil:
		return "", failure(err)
	case s.stale != "":
		return "", &plan.Failure{Type: "stale", Stale: true, Message: s.stale}
	case s.inPlace:
		if s.id != "" {
			a.created.Store(op.Change.Address, s.id)
		}
		return s.id, plan.ErrInPlace
	}
	return "", nil
}

// afterCreation is what a later step of a creation is: an update of what the
// first step made, from what Stytch sets by itself. It reports false when nothing
// was made.
func (a *Actor) afterCreation(op plan.Operation) (plan.Operation, bool) {
	if op.Step == 0 || op.Change.Action != plan.Create {
		return op, true
	}
	change := *op.Change
	change.Action, change.RenamedFrom = plan.Update, ""
	if id, ok := a.created.Load(change.Address); ok {
		change.ID = id.(string)
	}
	change.Steps = slices.Clone(change.Steps)
	if k, known := a.catalog.Lookup(change.Kind); known {
		change.Steps[op.Step].Attributes = k.fromDefaults(change.Steps[op.Step].Attributes)
	}
	return plan.Operation{Change: &change, Step: op.Step}, change.ID != ""
}

// prepare finds the kind of an operation and where its object lives.
func (a *Actor) prepare(op plan.Operation) (Kind, Scope, error) {
	k, ok := a.catalog.Lookup(op.Change.Kind)
	if !ok {
		return nil, Scope{}, &plan.Failure{Type: "invalid_plan", Message: "the plan names the kind " + op.Change.Kind + ", which this version does not know"}
	}
	scope := Scope{
		ProjectSlug: a.target.ProjectSlug, EnvironmentSlug: a.target.EnvironmentSlug, ProjectID: a.target.ProjectID,
		OrganizationID: op.Change.OrganizationID,
	}
	if organization := op.Change.Address.Organization(); organization != "" {
		scope.Organization = strings.TrimPrefix(string(organization), "organization/")
		if id, ok := a.created.Load(organization); ok && scope.OrganizationID == "" {
			scope.OrganizationID = id.(string)
		}
		if scope.OrganizationID == "" {
			return nil, Scope{}, &plan.Failure{Type: organizationUnknown, Message: string(organization) + " was not created, so nothing can be put into it"}
		}
	}
	return k, scope, nil
}

// organizationUnknown is the type of the failure of what nests in an
// organization that this run neither created nor found.
const organizationUnknown = "organization_unknown"

// failure puts what went wrong into the words of the report.
func failure(err error) error {
	if _, ok := errors.AsType[*plan.Failure](err); ok {
		return err
	}
	f := &plan.Failure{Message: err.Error(), Cause: err}
	if answered, ok := errors.AsType[*client.Error](err); ok {
		f.Type, f.Status, f.RequestID = answered.Type, answered.Status, answered.RequestID
	}
	if errors.Is(err, client.ErrOutcomeUnknown) {
		f.Message += "; plan again to see whether it was done"
		f.Uncertain = true
	}
	return f
}
