package kind

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A touched is a live object that a declaration may change.
type touched struct {
	declaration plan.Declaration
	object      *plan.Object
}

// countTouched asks how many people a change of one object concerns: who
// disappears with what is declared absent, whom a closed way to log in reaches,
// who holds a role that goes, and who still gets in where nobody else does. A
// count that fails makes the plan incomplete, and the change is left out of it.
// The error is one that ends the run.
func (r *reader) countTouched(ctx context.Context, k Kind, set *plan.Set) error {
	if !k.counts() {
		return nil
	}
	all := append(findTouched(k, set), r.untold(k, set)...)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallelism)
	failed := make([]error, len(all))
	for i, t := range all {
		group.Go(func() error {
			failed[i] = r.count(groupCtx, k, t)
			return fatal(failed[i])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, t := range all {
		if failed[i] != nil {
			r.uncounted(k, set.Within, t, failed[i])
		}
	}
	return r.countUpheld(ctx, k, set.Within, all)
}

// findTouched finds what the declarations are about, as plan.Draft will: by a
// pinned id, else by the key, else by the former one.
func findTouched(k Kind, set *plan.Set) []touched {
	byKey, byID := map[string]*plan.Object{}, map[string]*plan.Object{}
	for i := range set.Live {
		if o := &set.Live[i]; !o.Gone {
			byKey[k.Fold(o.Key)], byID[o.ID] = o, o
		}
	}
	var all []touched
	for _, d := range set.Declared {
		o := byKey[k.Fold(d.Key)]
		if o == nil && d.RenamedFrom != "" {
			o = byKey[k.Fold(d.RenamedFrom)]
		}
		if d.ID != "" {
			o = byID[d.ID]
		}
		if o != nil {
			all = append(all, touched{d, o})
		}
	}
	return all
}

// untold are the objects that no declaration is about and that go because of that.
func (r *reader) untold(k Kind, set *plan.Set) []touched {
	if !set.Closed || set.Unknown != "" || k.Traits().KeptWhenOmitted || r.desired.Policy.Undeclared[k.Name()] != plan.DeleteUndeclared {
		return nil
	}
	declared := map[string]bool{}
	for _, d := range set.Declared {
		declared[k.Fold(d.Key)], declared[k.Fold(d.RenamedFrom)], declared[d.ID] = true, true, true
	}
	var all []touched
	for i := range set.Live {
		if o := &set.Live[i]; !o.Gone && !declared[k.Fold(o.Key)] && !declared[o.ID] {
			all = append(all, touched{plan.Declaration{Key: o.Key, Absent: true}, o})
		}
	}
	return all
}

// count asks for one object whom its change concerns.
func (r *reader) count(ctx context.Context, k Kind, t touched) (err error) {
	if t.declaration.Absent || k.reaches(t.object, t.declaration) {
		if t.object.Nested, err = k.nested(ctx, r.client, t.object); err != nil {
			return err
		}
		t.object.Empty = t.object.Nested == 0
	}
	t.object.Holders, err = k.holders(ctx, r.client, t.object, t.declaration)
	return err
}

// countUpheld asks, for many objects at once, who still holds up what they let
// go, where the documents do not name those who may: nobody else would count them.
func (r *reader) countUpheld(ctx context.Context, k Kind, within plan.Address, all []touched) error {
	letGo := map[*plan.Object][]plan.Lifeline{}
	var asked []touched
	for _, t := range all {
		if k.upheldBy() == "" || t.declaration.Absent || t.object.Uncounted != "" || t.object.Empty || r.reads(k.upheldBy(), t.declaration.Key) {
			continue
		}
		if lines := lettingGo(k, t); len(lines) > 0 {
			letGo[t.object] = lines
			asked = append(asked, t)
		}
	}
	for pack := range slices.Chunk(asked, r.options.PackSize) {
		objects := make([]*plan.Object, 0, len(pack))
		for _, t := range pack {
			objects = append(objects, t.object)
		}
		counts, err := k.upheld(ctx, r.client, objects)
		if fatal(err) != nil {
			return err
		}
		for _, t := range pack {
			if err != nil {
				r.uncounted(k, within, t, err)
				continue
			}
			for _, l := range letGo[t.object] {
				r.draft.Hold(l, counts[t.object.ID])
			}
		}
	}
	return nil
}

// reads reports whether what a kind has in an organization is read.
func (r *reader) reads(kind, organization string) bool {
	return r.desired.document.Declares(kind, organization) || len(r.desired.sets[setKey{kind: kind, organization: organization}]) > 0
}

// lettingGo are the lifelines of an object's own that its update no longer holds up.
func lettingGo(k Kind, t touched) []plan.Lifeline {
	after := k.After(t.object.Value, t.declaration.Value, nil)
	kept := k.Lifelines("", t.declaration.Key, t.object.Value, after)
	return slices.DeleteFunc(k.Lifelines("", t.declaration.Key, t.object.Value, t.object.Value), func(l plan.Lifeline) bool {
		return l.Where != plan.NewAddress("", k.Name(), t.declaration.Key) || slices.Contains(kept, l)
	})
}

// uncounted records that nobody knows whom a change concerns.
func (r *reader) uncounted(k Kind, within plan.Address, t touched, err error) {
	t.object.Uncounted = err.Error()
	r.draft.Uncounted(k.Name(), plan.NewAddress(within, k.Name(), t.declaration.Key), err.Error())
}
