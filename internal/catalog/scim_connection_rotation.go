package catalog

import (
	"context"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The bearer token of a SCIM connection rotates as the secrets of clients do
// (secret_rotation.go has the table), under other paths.

func scimIssuing(creates bool, _, after SCIMConnection) []string {
	switch {
	case creates:
		return []string{scimToken}
	case after.Rotation.Value == rotationStarted:
		return []string{nextSCIMToken}
	}
	return nil
}

// turnSCIMToken does what a changed bearer_token_rotation asks for; without a
// change, nothing.
func turnSCIMToken(ctx context.Context, c *client.Client, e kind.Edit[SCIMConnection]) error {
	words := map[string]string{rotationStarted: "start", rotationCompleted: "complete", rotationNone: "cancel"}
	if !e.After.Rotation.Set {
		return nil
	}
	var answer struct {
		Connection struct {
			Token string `json:"next_bearer_token"`
		} `json:"connection"`
	}
	path := scimPath(e) + "/rotate/" + words[e.After.Rotation.Value]
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: path, Body: map[string]any{}}, &answer); err != nil {
		return err
	}
	if e.After.Rotation.Value != rotationStarted || e.Keep == nil {
		return nil
	}
	return e.Keep(nextSCIMToken, client.NewSecret(answer.Connection.Token))
}

// rotation says which tokens stop working.
func (e *scimChange) rotation(action plan.Action, before, after kind.Opt[string]) {
	switch {
	case action == plan.Create && after.Value == rotationStarted:
		e.problem("bearer_token_rotation", "a new connection has a new bearer token, and nothing to rotate",
			"leave bearer_token_rotation out, or write none, until the connection exists")
	case action != plan.Update || before.Value != rotationStarted || after.Value == rotationStarted:
	case after.Value == rotationCompleted:
		e.risk(plan.AccessRemoved, "an identity provider that still sends the former bearer token is refused: nobody is brought or removed any more")
		e.risk(plan.Irreversible, "the former bearer token does not come back")
	default:
		e.risk(plan.AccessRemoved, "an identity provider that sends the next bearer token already is refused")
		e.risk(plan.Irreversible, "the next bearer token does not come back")
	}
}
