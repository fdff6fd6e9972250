package kind

import (
	"context"
	"errors"
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
	created sync.Map // address -> id, of what this run created
}

// NewActor makes an Actor for one environment. The client must be allowed to write.
func NewActor(catalog Catalog, c *client.Client, target plan.Target) *Actor {
	return &Actor{catalog: catalog, client: c, target: target}
}

// Do carries out one operation. Its error is a *plan.Failure.
func (a *Actor) Do(ctx context.Context, op plan.Operation) error {
	k, ok := a.catalog.Lookup(op.Change.Kind)
	if !ok {
		return &plan.Failure{Type: "invalid_plan", Message: "the plan names the kind " + op.Change.Kind + ", which this version does not know"}
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
			return &plan.Failure{Type: "organization_unknown", Message: string(organization) + " was not created, so nothing can be put into it"}
		}
	}
	id, err := k.act(ctx, a.client, scope, op)
	if err != nil {
		return failure(err)
	}
	if id != "" {
		a.created.Store(op.Change.Address, id)
	}
	return nil
}

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
	}
	return f
}
