package kind

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// countTouched asks how many objects a change of one reaches: what disappears
// with what is declared absent, and whom a closed way to log in concerns.
func (r *reader) countTouched(ctx context.Context, k Kind, set *plan.Set) error {
	live := map[string]*plan.Object{}
	for i := range set.Live {
		live[k.Fold(set.Live[i].Key)] = &set.Live[i]
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallelism)
	for _, declaration := range set.Declared {
		o := live[k.Fold(declaration.Key)]
		if former := live[k.Fold(declaration.RenamedFrom)]; o == nil && declaration.RenamedFrom != "" {
			o = former
		}
		if o == nil || !declaration.Absent && !k.reaches(o, declaration) {
			continue
		}
		group.Go(func() error {
			n, err := k.nested(groupCtx, r.client, o)
			if err != nil {
				return fmt.Errorf("counting whom the change of %s reaches: %w", plan.NewAddress("", k.Name(), o.Key), err)
			}
			o.Nested = n
			return nil
		})
	}
	return group.Wait()
}
