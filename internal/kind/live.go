package kind

import (
	"context"
	"errors"
	"iter"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func (e *erased[T]) list(ctx context.Context, c *client.Client, scopes []Scope) iter.Seq2[object, error] {
	return e.objects(e.t.List(ctx, c, scopes))
}

func (e *erased[T]) gone(ctx context.Context, c *client.Client, scopes []Scope) iter.Seq2[object, error] {
	return e.objects(e.t.Gone(ctx, c, scopes))
}

// objects forgets T of what a kind reads.
func (e *erased[T]) objects(lives iter.Seq2[Live[T], error]) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for live, err := range lives {
			if err != nil {
				if _, counted := errors.AsType[*Miscount](err); !yield(object{}, err) || !counted {
					return
				}
				continue
			}
			value := live.Value
			o := object{OrganizationID: live.OrganizationID, Object: plan.Object{
				ID: live.ID, Key: e.key(&value), Aliases: live.Aliases, Gone: live.Gone, Revives: live.Revives, Owner: live.Owner, Value: &value,
			}}
			if !yield(o, nil) {
				return
			}
		}
	}
}

// counts reports whether the kind can say how many people a change concerns.
func (e *erased[T]) counts() bool {
	return e.t.Nested != nil || e.t.Holders != nil || e.t.Deprives != nil || e.t.Upheld != nil
}

// reaches reports whether an update concerns everything that nests in the object.
func (e *erased[T]) reaches(o *plan.Object, d plan.Declaration) bool {
	return e.t.Reaches != nil && e.t.Reaches(*o.Value.(*T), *e.After(o.Value, d.Value, nil).(*T))
}

func (e *erased[T]) nested(ctx context.Context, c *client.Client, o *plan.Object) (int, error) {
	if e.t.Nested == nil {
		return 0, nil
	}
	return e.t.Nested(ctx, c, e.live(o))
}

func (e *erased[T]) upheldBy() string { return e.t.UpheldBy }

func (e *erased[T]) upheld(ctx context.Context, c *client.Client, objects []*plan.Object) (map[string]int, error) {
	lives := make([]Live[T], 0, len(objects))
	for _, o := range objects {
		lives = append(lives, e.live(o))
	}
	return e.t.Upheld(ctx, c, lives)
}

func (e *erased[T]) holders(ctx context.Context, c *client.Client, o *plan.Object, d plan.Declaration) (map[plan.Grant]int, error) {
	if d.Absent && e.t.Deprives != nil {
		return e.t.Deprives(ctx, c, e.live(o))
	}
	if e.t.Holders == nil || d.Absent {
		return nil, nil
	}
	return e.t.Holders(ctx, c, e.live(o), *e.After(o.Value, d.Value, nil).(*T))
}

// act carries out one operation. It gives the id of what it created, and what
// the creation issued to the keeper.
func (e *erased[T]) act(ctx context.Context, c *client.Client, scope Scope, op plan.Operation, k *keeper) (string, error) {
	edit, err := e.edit(scope, op)
	if err != nil {
		return "", err
	}
	if k.issues() {
		edit.Keep = k.keep(ctx)
	}
	switch op.Change.Action {
	case plan.Create:
		return e.t.Create(ctx, c, edit)
	case plan.Update:
		return "", e.t.Update(ctx, c, edit)
	case plan.Delete:
		return "", e.t.Delete(ctx, c, edit)
	default:
		if edit.ID == "" {
			return e.t.Create(ctx, c, edit)
		}
		return "", e.t.Restore(ctx, c, edit)
	}
}

// keyed gives a value its key, unless the change itself sets one.
func (e *erased[T]) keyed(v T, key string) T {
	if e.key(&v) == "" {
		return e.withKey(v, key)
	}
	return v
}
