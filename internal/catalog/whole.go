package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A wholeSetting is one that Stytch replaces whole: what a PUT leaves out is
// off, empty or Stytch's choice. So it is read as it is right before, with keys
// that this version does not know, and written back with what changes laid over.
type wholeSetting struct {
	path  string // of the setting itself
	field string // what an answer calls it
}

func (w wholeSetting) read(ctx context.Context, c *client.Client) (map[string]any, error) {
	return manageObject[map[string]any](ctx, c, w.path, w.field)
}

// replace writes a setting and gives what Stytch made of it: its answer, or
// where that says nothing what is read afterwards.
func (w wholeSetting) replace(ctx context.Context, c *client.Client, body map[string]any) (map[string]any, error) {
	return w.send(ctx, c, client.Request{Method: http.MethodPut, Path: w.path, Body: body})
}

func (w wholeSetting) send(ctx context.Context, c *client.Client, r client.Request) (map[string]any, error) {
	var answer map[string]any
	if err := c.Manage(ctx, r, &answer); err != nil {
		return nil, err
	}
	if made, ok := answer[w.field].(map[string]any); ok {
		return made, nil
	}
	made, err := w.read(ctx, c)
	if err != nil {
		return nil, partly([]string{"Stytch accepted the write"}, "what it made of it cannot be read", err)
	}
	return made, nil
}

// asPlanned looks at a setting right before it is replaced: what is written back
// of it is what was just read, and a read that shows another time would undo
// what others did since. Nothing is left to do where all is as it shall be.
func asPlanned[T any](tidy func(T) T, now T, e kind.Edit[T]) error {
	if len(kind.Unlike(tidy, now, e.After)) == 0 {
		return plan.ErrInPlace
	}
	if changed := kind.Unlike(tidy, now, e.Before); len(changed) > 0 {
		return changedMeanwhile("somebody has changed " + strings.Join(changed, ", ") + " since the plan was made; plan again")
	}
	return nil
}

// overlaid is a setting with changes laid over it, objects key by key. Neither
// argument is changed.
func overlaid(setting, changes map[string]any) map[string]any {
	result := maps.Clone(setting)
	if result == nil {
		result = map[string]any{}
	}
	for name, value := range changes {
		if inner, ok := value.(map[string]any); ok {
			outer, _ := result[name].(map[string]any)
			value = overlaid(outer, inner)
		}
		result[name] = value
	}
	return result
}

// decoded reads a setting into the struct of an answer.
func decoded[A any](what string, setting map[string]any) (A, error) {
	var answer A
	text, err := json.Marshal(setting)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		err = fmt.Errorf("understanding the %s: %w", what, err)
	}
	return answer, err
}

// untaken is the failure of a write that Stytch accepted without doing it:
// some settings need what Stytch grants or verifies first, and are otherwise
// left as they were without a word.
func untaken[T any](tidy func(T) T, is, wanted T, hint string) error {
	names := kind.Unlike(tidy, is, wanted)
	if len(names) == 0 {
		return nil
	}
	return partly([]string{"Stytch accepted the write"}, "it did not take over "+strings.Join(names, ", "), errors.New(hint))
}
