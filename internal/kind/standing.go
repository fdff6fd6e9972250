package kind

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A standing is how an object relates to an operation right before it.
type standing struct {
	id      string // of the object, if there is one
	inPlace bool   // what the operation wants is so already
	stale   string // why the object is no longer what the plan was made from, or ""
}

// stands reads one object directly and compares it with what an operation of a
// saved plan was made from.
//
//	operation           the object                              standing
//	create, restore     is not there                            as planned
//	create, restore     has every attribute of the creation     in place
//	create, restore     is there and differs                    stale
//	update              has every attribute's after             in place
//	update              has some attribute neither way          stale
//	update              is gone                                 stale
//	delete              is gone                                 in place
//	delete              has anything else than was planned      stale
func (e *erased[T]) stands(ctx context.Context, c *client.Client, scope Scope, op plan.Operation) (standing, error) {
	edit, err := e.edit(scope, op)
	if err != nil {
		return standing{}, err
	}
	arriving := op.Change.Action == plan.Create || op.Change.Action == plan.Restore
	if arriving {
		edit.ID = "" // whoever holds the key counts, not who once held it
	}
	live, found, err := e.get(ctx, c, edit)
	if err != nil {
		return standing{}, fmt.Errorf("reading %s right before it is changed: %w", op.Change.Address, err)
	}
	found = found && !live.Gone
	s := standing{id: live.ID}
	switch {
	case arriving && found:
		s.inPlace = len(e.Compare(&live.Value, &edit.After)) == 0
		s.stale = unless(s.inPlace, "it exists by now, and differs from what the plan creates")
	case arriving:
		s.id = ""
	case op.Change.Action == plan.Delete && !found:
		s.inPlace = true
	case !found:
		s.stale = "it was deleted since the plan was made"
	case op.Change.Action == plan.Delete:
		s.stale = unless(sameJSON(e.Whole(&live.Value), op.Attributes()), "it was changed since the plan was made")
	default:
		s.inPlace = len(e.Compare(&live.Value, &edit.After)) == 0
		s.stale = unless(s.inPlace || e.unchanged(live.Value, edit), "it was changed since the plan was made")
	}
	return s, nil
}

// unchanged reports whether every attribute of an update is as it was planned
// from, or is already as it shall be.
func (e *erased[T]) unchanged(live T, edit Edit[T]) bool {
	if e.t.Unchanged != nil && e.t.Unchanged(live, edit.Before, edit.After) {
		return true
	}
	notYet := map[string]bool{}
	for _, a := range e.Compare(&live, &edit.After) {
		notYet[a.Name] = true
	}
	for _, a := range e.Compare(&live, &edit.Before) {
		if notYet[a.Name] {
			return false
		}
	}
	return true
}

// get reads one object by its id, or by its key when the id is empty.
func (e *erased[T]) get(ctx context.Context, c *client.Client, edit Edit[T]) (Live[T], bool, error) {
	if e.t.Get != nil {
		live, err := e.t.Get(ctx, c, edit)
		if client.IsNotFound(err) {
			return Live[T]{}, false, nil
		}
		return live, err == nil, err
	}
	key := e.key(&edit.After)
	scope := edit.Scope
	scope.Keys = []string{key}
	for live, err := range e.t.List(ctx, c, []Scope{scope}) {
		if err != nil {
			return Live[T]{}, false, err
		}
		if edit.ID != "" && live.ID == edit.ID || edit.ID == "" && e.Fold(e.key(&live.Value)) == e.Fold(key) {
			return live, true, nil
		}
	}
	return Live[T]{}, false, nil
}

// edit turns an operation into what the kind's writes take.
func (e *erased[T]) edit(scope Scope, op plan.Operation) (Edit[T], error) {
	edit := Edit[T]{Scope: scope, ID: op.Change.ID}
	d := decoder{kind: e.t.Name, lenient: true}
	for _, a := range op.Attributes() {
		d.planned(reflect.ValueOf(&edit.Before).Elem(), e.table, a.Name, a.Before)
		d.planned(reflect.ValueOf(&edit.After).Elem(), e.table, a.Name, a.After)
	}
	if d.failures > 0 {
		return edit, &plan.Failure{Type: "invalid_plan", Message: "the plan holds a value that this version does not understand; make it anew"}
	}
	edit.Before, edit.After = e.keyed(edit.Before, op.Change.Key), e.keyed(edit.After, op.Change.Key)
	return edit, nil
}

func unless(fine bool, why string) string {
	if fine {
		return ""
	}
	return why
}

// sameJSON compares attributes of a plan that was read from a file with such
// that were just made.
func sameJSON(a, b []plan.Attribute) bool {
	left, err := json.Marshal(a)
	if err != nil {
		panic("an attribute has no JSON form: " + err.Error())
	}
	right, err := json.Marshal(b)
	if err != nil {
		panic("an attribute has no JSON form: " + err.Error())
	}
	return len(a) == 0 && len(b) == 0 || string(left) == string(right)
}
