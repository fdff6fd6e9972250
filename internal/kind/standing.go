package kind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

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
//	create, restore     belongs where nothing is any more       stale
//	update              has every attribute's after             in place, unless a secret is among
//	                                                            them that nobody can compare
//	update, in steps    has what the last step makes            in place
//	update              has some attribute neither way          stale
//	update              is gone                                 stale
//	delete              is gone                                 in place
//	delete              has anything else than was planned      stale
//	delete              has another key than was planned        stale
//	delete              takes more along than was planned       stale
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
	if arriving && e.homeless(err) {
		return standing{stale: "its organization was deleted since the plan was made"}, nil
	}
	if err != nil && (e.t.Get == nil || !absence(err)) { // a list that is not found says nothing of its objects
		return standing{}, fmt.Errorf("reading %s right before it is changed: %w", op.Change.Address, err)
	}
	if !found || live.Gone {
		return absent(op.Change.Action), nil
	}
	s := standing{id: live.ID}
	switch {
	case arriving:
		differs := e.Compare(&live.Value, &edit.After)
		s.inPlace = len(differs) == 0
		s.stale = unless(s.inPlace, "it exists by now, and differs from what the plan creates in "+names(differs))
	case op.Change.Action == plan.Delete && e.Fold(e.key(&live.Value)) != e.Fold(op.Change.Key):
		s.stale = fmt.Sprintf("it was renamed since the plan was made, or the search that the plan was made from lagged: it is %q now", e.key(&live.Value))
	case op.Change.Action == plan.Delete:
		fine := sameJSON(e.Whole(&live.Value), op.Attributes()) || e.movedByPlan(live.Value, edit, op)
		s.stale = unless(fine, "it was changed since the plan was made")
		if fine {
			s.stale, err = e.grown(ctx, c, live, op)
		}
	default:
		changed := e.changedMeanwhile(live.Value, edit)
		s.inPlace = (len(e.Compare(&live.Value, &edit.After)) == 0 || e.finished(live.Value, scope, op)) && !e.blind(op)
		s.stale = unless(s.inPlace || len(changed) == 0 || e.movedByPlan(live.Value, edit, op), "it was changed since the plan was made: "+names(changed))
	}
	return s, err
}

// grown says that more would disappear with an object than its plan counted:
// whoever reviewed the deletion of three people did not agree to that of four.
func (e *erased[T]) grown(ctx context.Context, c *client.Client, live Live[T], op plan.Operation) (string, error) {
	if e.t.Nested == nil {
		return "", nil
	}
	n, err := e.t.Nested(ctx, c, live)
	switch {
	case err != nil && !absence(err): // what is gone by now takes nothing along
		return "", fmt.Errorf("counting what disappears with %s right before it is deleted: %w", op.Change.Address, err)
	case n > op.Change.Nested:
		return fmt.Sprintf("what would disappear with it was counted as %d when the plan was made, and is %d", op.Change.Nested, n), nil
	}
	return "", nil
}

// absence reports whether Stytch says that the object is not there. That there is
// no such environment says nothing of what is in it: the name may be wrong.
func absence(err error) bool {
	answered, ok := errors.AsType[*client.Error](err)
	return ok && client.IsNotFound(err) && answered.Type != "environment_not_found" && answered.Type != "project_not_found"
}

// absent is the standing of what is not there.
func absent(action plan.Action) standing {
	switch action {
	case plan.Delete:
		return standing{inPlace: true}
	case plan.Update:
		return standing{stale: "it was deleted since the plan was made"}
	}
	return standing{}
}

// changedMeanwhile lists the attributes of an update that are neither as it was
// planned from nor as they shall be.
func (e *erased[T]) changedMeanwhile(live T, edit Edit[T]) []plan.Attribute {
	notYet := map[string]bool{}
	for _, a := range e.Compare(&live, &edit.After) {
		notYet[a.Name] = true
	}
	return slices.DeleteFunc(e.Compare(&live, &edit.Before), func(a plan.Attribute) bool { return !notYet[a.Name] })
}

// finished reports whether an update of several steps has nothing left to do:
// whoever carries a plan out again finds the last state, and none on the way.
func (e *erased[T]) finished(live T, scope Scope, op plan.Operation) bool {
	if len(op.Change.Steps) == 1 {
		return false
	}
	change := *op.Change
	change.Steps = []plan.Step{{}}
	whole, err := e.edit(scope, plan.Operation{Change: &change})
	return err == nil && len(e.Compare(&live, &whole.After)) == 0
}

// movedByPlan asks the kind whether the plan itself made an object what it is
// now. Only a plan that has something done before this operation can have.
func (e *erased[T]) movedByPlan(live T, edit Edit[T], op plan.Operation) bool {
	return e.t.Unchanged != nil && len(op.Needs()) > 0 && e.t.Unchanged(live, edit.Before, edit.After)
}

// homeless reports whether what nests in an organization was not found because
// the organization was not.
func (e *erased[T]) homeless(err error) bool {
	answered, ok := errors.AsType[*client.Error](err)
	return ok && e.t.Within == plan.OrganizationKind && answered.Type == "organization_not_found"
}

// get reads one object by its id, or by its key when the id is empty. What is
// not there is not found, or an error that client.IsNotFound knows.
func (e *erased[T]) get(ctx context.Context, c *client.Client, edit Edit[T]) (Live[T], bool, error) {
	if e.t.Get != nil {
		live, err := e.t.Get(ctx, c, edit)
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

// names lists attributes in a sentence.
func names(attributes []plan.Attribute) string {
	list := make([]string, 0, len(attributes))
	for _, a := range attributes {
		list = append(list, a.Name)
	}
	return strings.Join(list, ", ")
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
