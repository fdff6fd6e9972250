package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A Sink takes the secrets that Stytch shows once. When Keep returns nil the
// value is where it shall be. It is called from several goroutines at once.
type Sink interface {
	Keep(ctx context.Context, address plan.Address, attribute string, value client.Secret) error
}

// An Issue is a secret that an apply will be shown once.
type Issue struct {
	Address   plan.Address
	Attribute string
}

// Issued are the secrets that carrying out a plan has Stytch issue, in the
// plan's order. An apply of such a plan needs a Sink.
func Issued(p *plan.Plan, catalog Catalog) []Issue {
	var issued []Issue
	for i := range p.Changes {
		c := &p.Changes[i]
		if k, ok := catalog.Lookup(c.Kind); ok {
			for _, name := range issuedBy(k, c) {
				issued = append(issued, Issue{Address: c.Address, Attribute: name})
			}
		}
	}
	return issued
}

// issuedBy are the attributes that a change has Stytch make up: those that the
// kind issues and the write does not give.
func issuedBy(k Kind, c *plan.Change) []string {
	return slices.DeleteFunc(k.issuing(c), func(name string) bool {
		return slices.ContainsFunc(c.Attributes, func(a plan.Attribute) bool { return a.Name == name })
	})
}

// issuing are the attributes that a write of the kind has Stytch make up, unless
// it gives them.
func (e *erased[T]) issuing(c *plan.Change) []string {
	creates := arrives(c)
	switch {
	case len(e.t.Issues) == 0 || !creates && c.Action != plan.Update:
		return nil
	case e.t.Issuing != nil:
		edit, err := e.edit(Scope{}, plan.Operation{Change: &plan.Change{Key: c.Key, Attributes: c.Attributes, Steps: []plan.Step{{}}}})
		if err != nil {
			return nil // nothing of such a plan is carried out
		}
		return slices.Clone(e.t.Issuing(creates, edit.Before, edit.After))
	case creates:
		return slices.Clone(e.t.Issues)
	}
	return nil
}

// arrives reports whether a change makes an object that Stytch does not have.
func arrives(c *plan.Change) bool {
	return c.Action == plan.Create || c.Action == plan.Restore && c.ID == ""
}

// issueRisks says of a creation what Stytch shows once.
func (e *erased[T]) issueRisks(t plan.Transition) []plan.Risk {
	c := plan.Change{Action: t.Action, Key: t.Key, Attributes: t.Changed}
	if t.Live != nil && t.Live.Revives {
		c.ID = t.Live.ID
	}
	var risks []plan.Risk
	for _, name := range issuedBy(e, &c) {
		risks = append(risks, plan.Risk{Class: plan.SecretIssued, Reason: "Stytch makes up " + name + " and shows it once: the apply hands it to its --secret-sink"})
	}
	return risks
}

// A keeper hands what one write issues to the sink, and knows what is missing.
type keeper struct {
	address plan.Address
	creates bool
	open    []string // issued, and not in the sink
	sink    Sink
	conceal func(client.Secret)
	failed  error
}

func (k *keeper) issues() bool { return k != nil && len(k.open) > 0 }

// keep is what a kind's write calls. A value for what the kind does not issue
// is a mistake of the program.
func (k *keeper) keep(ctx context.Context) func(string, client.Secret) error {
	return func(attribute string, value client.Secret) error {
		i := slices.Index(k.open, attribute)
		if i < 0 {
			panic(attribute + " is not among what this write issues")
		}
		k.conceal(value)
		switch {
		case value.Empty():
			k.failed = errors.New("the answer does not hold it")
		case k.sink == nil:
			k.failed = errors.New("there is no sink for it")
		default:
			k.failed = k.sink.Keep(ctx, k.address, attribute, value)
		}
		if k.failed == nil {
			k.open = slices.Delete(k.open, i, i+1)
		}
		return k.failed
	}
}

// lost is the failure of a write that may be done while a secret of it is not in
// the sink, or err as it is. It stands between a write and its success: what
// nobody has kept is gone.
func (k *keeper) lost(err error) error {
	if !k.issues() {
		return err
	}
	what, done, remedy := strings.Join(k.open, ", "), "it was created", "rotate the secret, or remove the object"
	if !k.creates {
		done, remedy = "it was changed", "cancel the rotation and start another"
	}
	switch {
	case k.failed != nil:
		return &plan.Failure{Type: "secret_lost", Cause: k.failed, Message: fmt.Sprintf("%s, but its %s was not kept: %v; %s", done, what, k.failed, remedy)}
	case err == nil:
		return &plan.Failure{Type: "secret_lost", Message: fmt.Sprintf("%s, but its %s was not seen; %s", done, what, remedy)}
	case errors.Is(err, client.ErrOutcomeUnknown):
		return fmt.Errorf("%w; if it was, its %s was not seen: %s", err, what, remedy)
	}
	return err
}

// keeper is what an operation's write hands its secrets to; nil when it has none.
func (a *Actor) keeper(k Kind, op plan.Operation) *keeper {
	open := issuedBy(k, op.Change)
	if len(open) == 0 {
		return nil
	}
	return &keeper{address: op.Change.Address, creates: arrives(op.Change), open: open, sink: a.Sink, conceal: a.client.Conceal}
}

// Use gives the Actor the values that the plan's references stand for, see
// Secrets.ReadAll. No error and no log line shows them.
func (a *Actor) Use(secrets map[plan.Reference]client.Secret) {
	a.secrets = secrets
	for _, secret := range secrets {
		a.client.Conceal(secret)
	}
}

// reveal is the operation with the values of its secrets. It lives as long as
// the write: what is reported, kept or compared later is the plan's own.
func (a *Actor) reveal(op plan.Operation) (plan.Operation, error) {
	change := *op.Change
	change.Steps = slices.Clone(change.Steps)
	lists := []*[]plan.Attribute{&change.Attributes}
	for i := range change.Steps {
		lists = append(lists, &change.Steps[i].Attributes)
	}
	for _, list := range lists {
		for i, at := range *list {
			if at.Reference == nil {
				continue
			}
			value, ok := a.secrets[*at.Reference]
			if !ok {
				return op, &plan.Failure{Type: "invalid_plan", Message: fmt.Sprintf("the value of %s was not read before the first write", at.Name)}
			}
			*list = slices.Clone(*list)
			(*list)[i].After = Secret{Secret: value, Reference: *at.Reference}
		}
	}
	return plan.Operation{Change: &change, Step: op.Step}, nil
}

// blind reports whether an operation writes a secret that nobody can compare:
// Stytch does not show it, or its value is not at hand. Such an update is never
// in place. Of a secret that went along with something else that tells.
func (e *erased[T]) blind(op plan.Operation) bool {
	var along []string
	if e.t.Along != nil {
		along = e.t.Along(func(name string) bool {
			return slices.ContainsFunc(op.Attributes(), func(at plan.Attribute) bool { return at.Name == name })
		})
	}
	return slices.ContainsFunc(op.Attributes(), func(at plan.Attribute) bool {
		return at.Reference != nil && !slices.Contains(along, at.Name) && (at.After == nil || slices.ContainsFunc(e.table, func(a Attribute) bool { return (a.WriteOnly || a.LastFour) && a.Name == at.Name }))
	})
}
