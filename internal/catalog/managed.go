package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// What the management API answers whole, without pages, is read here rather than
// with the SDK's calls: those take an answer that lacks what was asked for as an
// empty one, and their errors do not name the request.

// manageObject reads the field of an answer that holds the object.
func manageObject[A any](ctx context.Context, c *client.Client, path, field string) (A, error) {
	var object A
	answer, err := manageAnswer(ctx, c, path)
	if err == nil {
		err = unreadable(path, decodeField(answer, field, &object))
	}
	return object, err
}

// manageList reads the field of an answer that holds the list. Stytch may leave
// an empty list out, or write null; an answer that is Stytch's own has the id of
// the request, and another one is no empty list.
func manageList[A any](ctx context.Context, c *client.Client, path, field string) ([]A, error) {
	answer, err := manageAnswer(ctx, c, path)
	if err != nil {
		return nil, err
	}
	if raw := answer[field]; len(raw) == 0 || string(raw) == "null" {
		if len(answer["request_id"]) == 0 {
			return nil, unreadable(path, errors.New("the answer holds neither "+field+" nor a request id, so that it is not Stytch's"))
		}
		return nil, nil
	}
	var list []A
	return list, unreadable(path, decodeField(answer, field, &list))
}

func manageAnswer(ctx context.Context, c *client.Client, path string) (map[string]json.RawMessage, error) {
	var answer map[string]json.RawMessage
	err := c.Manage(ctx, client.Request{Method: http.MethodGet, Path: path}, &answer)
	return answer, err
}

// unreadable names the request whose answer is not understood.
func unreadable(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", http.MethodGet, path, err)
}

func withoutID(what string) error { return errors.New("the answer's " + what + " has no id") }

// lacksEnvironment tells the answer that the environment or its project is not
// found from one about what is in it: that says nothing of the object.
func lacksEnvironment(err error) bool {
	return hasType(err, "environment_not_found") || hasType(err, "project_not_found")
}

// manageAll lists an environment's objects of a kind that Stytch lists whole.
func manageAll[A, T any](ctx context.Context, c *client.Client, s kind.Scope, path, field string, live func(A) kind.Live[T]) ([]kind.Live[T], error) {
	list, err := manageList[A](ctx, c, environmentPath(s, path), field)
	found := make([]kind.Live[T], 0, len(list))
	for _, a := range list {
		l := live(a)
		if l.ID == "" {
			return found, unreadable(environmentPath(s, path), withoutID("object"))
		}
		found = append(found, l)
	}
	return found, err
}
