package kindtest

import (
	"context"
	"sync"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Drawer is a sink that a test looks into: the last value of each secret that
// was shown once.
type Drawer struct {
	mutex sync.Mutex
	kept  map[kind.Issue]string
}

// Keep puts a secret into the drawer.
func (d *Drawer) Keep(_ context.Context, address plan.Address, attribute string, value client.Secret) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.kept == nil {
		d.kept = map[kind.Issue]string{}
	}
	d.kept[kind.Issue{Address: address, Attribute: attribute}] = value.Reveal()
	return nil
}

// Of is what the drawer holds of one secret.
func (d *Drawer) Of(address plan.Address, attribute string) string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.kept[kind.Issue{Address: address, Attribute: attribute}]
}

// GivenSecret is what env("GIVEN") stands for in the documents of tests.
const GivenSecret = "canary-given-4711"

// Arm gives an actor what an apply needs of secrets: a sink, and the values of
// givenSecrets.
func (w *World) Arm(actor *kind.Actor) *kind.Actor {
	actor.Sink = w.Drawer
	actor.Use(revealed())
	return actor
}
