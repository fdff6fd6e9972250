package catalog

import (
	"context"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An M2MClient is a machine that obtains tokens with a client id and a secret.
// secret_rotation.go rotates the secret, m2m_client_rules.go holds the rules and
// what a change does to callers.
type M2MClient struct {
	ClientID    string                   `attr:"client_id,key" doc:"The id that the machine logs in with, of your choice, unique in the environment. It cannot change: another id is another client."`
	Name        kind.Opt[string]         `attr:"client_name" default:"\"\"" doc:"A name for people; empty clears it."`
	Description kind.Opt[string]         `attr:"client_description" default:"\"\"" doc:"What the client is for; empty clears it."`
	Status      kind.Opt[string]         `attr:"status,nonempty" oneof:"active inactive" default:"\"active\"" doc:"An inactive client obtains no tokens; those that it has stay valid until they expire."`
	Scopes      kind.Opt[[]string]       `attr:"scopes,set,required" doc:"The scopes that its tokens may have, owned whole; [] takes all."`
	Metadata    kind.Opt[map[string]any] `attr:"trusted_metadata,merge" doc:"Your own data, owned by key: a null removes a key. At most 20 keys and 4 KB of JSON with those that are not declared."`
	Secret      kind.Opt[kind.Secret]    `attr:"client_secret,writeonly,initial" doc:"The secret of a new client, at least 8 characters that are hard to guess. Without it Stytch makes one up, which the apply hands to its --secret-sink."`
	Rotation    kind.Opt[string]         `attr:"secret_rotation" oneof:"none started completed" default:"\"none\"" doc:"An explicit act on the secret, done once. started has Stytch make up a next secret, handed to the --secret-sink: both are valid. completed puts it into the place of the current one, which stops working. none cancels: the next one stops working. Without a rotation under way, none and completed change nothing."`
}

const m2mClientsPath = "/v1/m2m/clients"

var m2mClient = kind.New(kind.Type[M2MClient]{
	Name:    "m2m_client",
	Plural:  "m2m_clients",
	Plane:   client.Data,
	Issues:  []string{"client_secret", "next_client_secret"},
	Issuing: m2mClientIssuing,
	Doc: "A machine that obtains tokens with a client id and a secret (OAuth client credentials). Stytch shows a secret once; " +
		"nothing but a rotation replaces it.",
	Facts: []string{
		"a creation cannot say status: an inactive client is created and then deactivated, and is active in between",
		"an update of scopes replaces them all, and [] leaves none",
		"an empty client_name or client_description clears it",
		"ids without spaces and control characters are accepted; Stytch documents no other rule",
	},
	Check:   checkM2MClient,
	Tidy:    tidyM2MClient,
	Effects: m2mClientEffects,
	List: func(ctx context.Context, c *client.Client, _ []kind.Scope) iter.Seq2[kind.Live[M2MClient], error] {
		return func(yield func(kind.Live[M2MClient], error) bool) {
			found, err := searchAll(ctx, c, search{path: m2mClientsPath + "/search", list: "m2m_clients"},
				func(a m2mClientAnswer) string { return a.ID })
			yieldFound(found, err, m2mClientAnswer.live, func(m2mClientAnswer) bool { return true }, yield)
		}
	},
	Get:    getM2MClient,
	Create: createM2MClient,
	Update: updateM2MClient,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[M2MClient]) error {
		return c.Data(ctx, client.Request{Method: http.MethodDelete, Path: m2mClientPath(e)}, nil)
	},
})

// An m2mClientAnswer is a client as Stytch shows it. Null, absent and empty mean
// the same.
type m2mClientAnswer struct {
	ID          string         `json:"client_id"`
	Name        string         `json:"client_name"`
	Description string         `json:"client_description"`
	Status      string         `json:"status"`
	Scopes      []string       `json:"scopes"`
	Metadata    map[string]any `json:"trusted_metadata"`
	Next        string         `json:"next_client_secret_last_four"`
}

func (a m2mClientAnswer) live() kind.Live[M2MClient] {
	return kind.Live[M2MClient]{ID: a.ID, Value: M2MClient{
		ClientID:    a.ID,
		Name:        kind.Some(a.Name),
		Description: kind.Some(a.Description),
		Status:      kind.Some(a.Status),
		Scopes:      kind.Some(a.Scopes),
		Metadata:    kind.Some(a.Metadata),
		Rotation:    kind.Some(liveRotation(a.Next)),
	}}
}

func m2mClientPath(e kind.Edit[M2MClient]) string {
	id := e.ID
	if id == "" {
		id = e.After.ClientID
	}
	return client.Path(m2mClientsPath+"/%s", id)
}

func getM2MClient(ctx context.Context, c *client.Client, e kind.Edit[M2MClient]) (kind.Live[M2MClient], error) {
	found, err := getObject(ctx, c, client.Request{Path: m2mClientPath(e)}, "m2m_client", func(a m2mClientAnswer) string { return a.ID })
	if err != nil {
		return kind.Live[M2MClient]{}, err
	}
	return found.live(), nil
}

// createM2MClient keeps the secret before anything else is tried: it is shown
// this once. What a creation does not take comes after it.
func createM2MClient(ctx context.Context, c *client.Client, e kind.Edit[M2MClient]) (string, error) {
	body := creationBody(e.After)
	delete(body, "status")
	delete(body, "secret_rotation")
	if body["scopes"] == nil {
		body["scopes"] = []string{} // required
	}
	var answer struct {
		Client struct {
			Secret string `json:"client_secret"`
		} `json:"m2m_client"`
	}
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: m2mClientsPath, Body: body}, &answer); err != nil {
		return "", err
	}
	if e.Keep != nil {
		if err := e.Keep("client_secret", client.NewSecret(answer.Client.Secret)); err != nil {
			return e.After.ClientID, err
		}
	}
	if e.After.Status.Value == statusInactive {
		request := client.Request{Method: http.MethodPut, Path: m2mClientPath(e), Body: map[string]any{"status": statusInactive}}
		if err := c.Data(ctx, request, nil); err != nil {
			return e.After.ClientID, partly([]string{"the client was created"}, "it is still active", err)
		}
	}
	return e.After.ClientID, nil
}

// updateM2MClient changes the settings in one request, and then the secret.
func updateM2MClient(ctx context.Context, c *client.Client, e kind.Edit[M2MClient]) error {
	body := kind.Body(e.After)
	delete(body, "client_id")
	delete(body, "secret_rotation")
	var done []string
	if len(body) > 0 {
		if err := c.Data(ctx, client.Request{Method: http.MethodPut, Path: m2mClientPath(e), Body: body}, nil); err != nil {
			return err
		}
		done = append(done, "the other changes were made")
	}
	r := rotation{client: c, path: m2mClientPath(e), field: "m2m_client", keep: e.Keep}
	if err := r.turn(ctx, e.After.Rotation); err != nil {
		return partly(done, "the secret is not rotated", err)
	}
	return nil
}
