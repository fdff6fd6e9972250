package catalog

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The secrets of M2M clients and Connected Apps rotate in the same way: a next
// secret is started, and later either completed or cancelled. What is declared
// is where the rotation shall be, so that carrying it out twice does it once:
//
//	live \ declared   none     started   completed
//	none              -        start     -
//	started           cancel   -         complete
const (
	rotationNone      = "none"
	rotationStarted   = "started"
	rotationCompleted = "completed"
)

// liveRotation tells from the end of a next secret whether there is one.
func liveRotation(nextLastFour string) string {
	if nextLastFour == "" {
		return rotationNone
	}
	return rotationStarted
}

// tidyRotation: once no rotation is under way nobody can see how the last ended.
func tidyRotation(declared kind.Opt[string]) kind.Opt[string] {
	if declared.Value == rotationCompleted {
		declared.Value = rotationNone
	}
	return declared
}

// A rotation is the requests that turn one client's secret.
type rotation struct {
	client *client.Client
	path   string // of the client
	field  string // of the answer, that holds the client
	keep   func(attribute string, value client.Secret) error
}

// turn does what a changed secret_rotation asks for; without a change, nothing.
func (r rotation) turn(ctx context.Context, declared kind.Opt[string]) error {
	if !declared.Set {
		return nil
	}
	post := func(rest string, out any) error {
		return r.client.Data(ctx, client.Request{Method: http.MethodPost, Path: r.path + "/secrets/rotate" + rest, Body: map[string]any{}}, out)
	}
	switch declared.Value {
	case rotationCompleted:
		return post("", nil)
	case rotationNone:
		return post("/cancel", nil)
	}
	var answer map[string]json.RawMessage
	if err := post("/start", &answer); err != nil {
		return err
	}
	var shown struct {
		Secret string `json:"next_client_secret"`
	}
	if err := decodeField(answer, r.field, &shown); err != nil {
		shown.Secret = "" // the keeper says that it was not in the answer
	}
	if r.keep == nil {
		return nil
	}
	return r.keep("next_client_secret", client.NewSecret(shown.Secret))
}

// rotationEffects says which secrets stop working.
func rotationEffects(effects *plan.Effects, action plan.Action, before, after kind.Opt[string]) {
	switch {
	case action == plan.Create && after.Set && after.Value == rotationStarted:
		effects.Problems = append(effects.Problems, plan.Problem{
			Attribute: "secret_rotation", Message: "a new client has a new secret, and nothing to rotate",
			Hint: "leave secret_rotation out, or write none, until the client exists",
		})
	case action != plan.Update || before.Value != rotationStarted || after.Value == rotationStarted:
	case after.Value == rotationCompleted:
		effects.Risks = append(effects.Risks, plan.Risk{Class: plan.AccessRemoved, Reason: "callers that still use the former secret obtain no more tokens"},
			plan.Risk{Class: plan.Irreversible, Reason: "the former secret does not come back"})
	default:
		effects.Risks = append(effects.Risks, plan.Risk{Class: plan.AccessRemoved, Reason: "callers that use the next secret already obtain no more tokens"},
			plan.Risk{Class: plan.Irreversible, Reason: "the next secret does not come back"})
	}
}
