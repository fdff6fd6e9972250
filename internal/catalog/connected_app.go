package catalog

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A ConnectedApp is an application that people log in to with their account
// here, or that acts for them. Bodies are made by hand: Stytch's SDK names the
// lists of URLs otherwise than Stytch does. secret_rotation.go rotates the
// secret, connected_app_rules.go holds the rules and what a change does to people.
type ConnectedApp struct {
	Name          string             `attr:"client_name,key" doc:"The name that people see when they are asked for consent. Stytch does not keep it unique: where two apps share it, client_id says which is meant."`
	ClientID      kind.Opt[string]   `attr:"client_id,id" doc:"Stytch's id of the app, needed only where several have the same name. Stytch chooses it."`
	ClientType    kind.Opt[string]   `attr:"client_type,required,immutable" oneof:"first_party first_party_public third_party third_party_public" doc:"Who made the app, and whether it can keep a secret: public ones have none. It cannot change."`
	Description   kind.Opt[string]   `attr:"client_description" default:"\"\"" doc:"What the app is for; empty clears it."`
	LogoURL       kind.Opt[string]   `attr:"logo_url" default:"\"\"" doc:"Where the app's logo is; empty clears it."`
	RedirectURLs  kind.Opt[[]string] `attr:"redirect_urls,set" default:"[]" doc:"Where people and their tokens may be sent after a login, owned whole; [] takes all."`
	LogoutURLs    kind.Opt[[]string] `attr:"post_logout_redirect_urls,set" default:"[]" doc:"Where people may be sent after a logout, owned whole; [] takes all."`
	FullAccess    kind.Opt[bool]     `attr:"full_access_allowed" default:"false" doc:"Whether a token of the app can be exchanged for a full Stytch session; for first party apps."`
	BypassConsent kind.Opt[bool]     `attr:"bypass_consent_for_offline_access" default:"false" doc:"Whether the app gets refresh tokens without asking the person; for first party apps."`
	TokenMinutes  kind.Opt[int]      `attr:"access_token_expiry_minutes" min:"1" max:"2147483647" default:"60" doc:"Minutes that an access token is valid."`
	Audience      kind.Opt[string]   `attr:"access_token_custom_audience" default:"\"\"" doc:"A further audience (aud) of the app's access tokens; empty clears it."`
	Template      kind.Opt[string]   `attr:"access_token_template_content,file" default:"\"\"" doc:"Template of the custom claims in the app's access tokens: a JSON object with {{ variables }} as values; empty adds none."`
	Rotation      kind.Opt[string]   `attr:"secret_rotation" oneof:"none started completed" default:"\"none\"" doc:"An explicit act on the secret, done once. started has Stytch make up a next secret, handed to the --secret-sink: both are valid. completed puts it into the place of the current one, which stops working. none cancels: the next one stops working. Without a rotation under way, none and completed change nothing."`
}

const connectedAppsPath = "/v1/connected_apps/clients"

var connectedApp = kind.New(kind.Type[ConnectedApp]{
	Name:       "connected_app",
	Plural:     "connected_apps",
	Plane:      client.Data,
	Renames:    true,
	Duplicates: true,
	Issues:     []string{"client_secret", "next_client_secret"},
	Issuing:    connectedAppIssuing,
	Doc: "A Connected App: an OAuth client that people log in to with their account here. Apps that registered themselves " +
		"(dynamic client registration, client ID metadata documents) are somebody else's: they are neither counted nor changed.",
	Facts: []string{
		"a third party app registered itself if creation_method holds dynamic, dcr, metadata or cimd in any case, or client_id_metadata_url is set: Stytch documents the fields and not their values",
		"an update of a list of URLs replaces it, and [] leaves none",
		"an empty client_description, logo_url, access_token_custom_audience or access_token_template_content clears it",
		"the name can change, and is not unique",
		"an app without a name is known by its client_id",
		"status is Stytch's own: nothing writes it",
	},
	Check:   checkConnectedApp,
	Tidy:    tidyConnectedApp,
	Effects: connectedAppEffects,
	List: func(ctx context.Context, c *client.Client, _ []kind.Scope) iter.Seq2[kind.Live[ConnectedApp], error] {
		return func(yield func(kind.Live[ConnectedApp], error) bool) {
			found, err := searchConnectedApps(ctx, c)
			yieldFound(found, err, connectedAppAnswer.live, func(a connectedAppAnswer) bool { return !a.selfRegistered() }, yield)
		}
	},
	Get:    getConnectedApp,
	Create: createConnectedApp,
	Update: updateConnectedApp,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[ConnectedApp]) error {
		return c.Data(ctx, client.Request{Method: http.MethodDelete, Path: client.Path(connectedAppsPath+"/%s", e.ID)}, nil)
	},
})

// A connectedAppAnswer is an app as Stytch shows it. Null, absent and empty mean
// the same.
type connectedAppAnswer struct {
	ID            string   `json:"client_id"`
	Type          string   `json:"client_type"`
	Name          string   `json:"client_name"`
	Description   string   `json:"client_description"`
	LogoURL       string   `json:"logo_url"`
	RedirectURLs  []string `json:"redirect_urls"`
	LogoutURLs    []string `json:"post_logout_redirect_urls"`
	FullAccess    bool     `json:"full_access_allowed"`
	BypassConsent bool     `json:"bypass_consent_for_offline_access"`
	TokenMinutes  int      `json:"access_token_expiry_minutes"`
	Audience      string   `json:"access_token_custom_audience"`
	Template      string   `json:"access_token_template_content"`
	Method        string   `json:"creation_method"`
	MetadataURL   string   `json:"client_id_metadata_url"`
	Next          string   `json:"next_client_secret_last_four"`
}

func (a connectedAppAnswer) live() kind.Live[ConnectedApp] {
	return kind.Live[ConnectedApp]{ID: a.ID, Value: ConnectedApp{
		Name:          cmp.Or(a.Name, a.ID),
		ClientID:      kind.Some(a.ID),
		ClientType:    kind.Some(a.Type),
		Description:   kind.Some(a.Description),
		LogoURL:       kind.Some(a.LogoURL),
		RedirectURLs:  kind.Some(a.RedirectURLs),
		LogoutURLs:    kind.Some(a.LogoutURLs),
		FullAccess:    kind.Some(a.FullAccess),
		BypassConsent: kind.Some(a.BypassConsent),
		TokenMinutes:  kind.Some(a.TokenMinutes),
		Audience:      kind.Some(a.Audience),
		Template:      kind.Some(a.Template),
		Rotation:      kind.Some(liveRotation(a.Next)),
	}}
}

// selfRegistered reports whether nobody who manages the project made the app.
// First party apps cannot register themselves.
func (a connectedAppAnswer) selfRegistered() bool {
	if strings.HasPrefix(a.Type, firstParty) {
		return false
	}
	method := lower(a.Method)
	for _, word := range []string{"dynamic", "dcr", "metadata", "cimd"} {
		if strings.Contains(method, word) {
			return true
		}
	}
	return a.MetadataURL != ""
}

func searchConnectedApps(ctx context.Context, c *client.Client) ([]connectedAppAnswer, error) {
	return searchAll(ctx, c, search{path: connectedAppsPath + "/search", list: "connected_apps"}, func(a connectedAppAnswer) string { return a.ID })
}

// getConnectedApp reads one app by its id, or seeks its name: Stytch's search
// has no filters.
func getConnectedApp(ctx context.Context, c *client.Client, e kind.Edit[ConnectedApp]) (kind.Live[ConnectedApp], error) {
	if e.ID != "" {
		request := client.Request{Path: client.Path(connectedAppsPath+"/%s", e.ID)}
		found, err := getObject(ctx, c, request, "connected_app", func(a connectedAppAnswer) string { return a.ID })
		return found.live(), err
	}
	all, err := searchConnectedApps(ctx, c)
	if isError(err) {
		return kind.Live[ConnectedApp]{}, err
	}
	for _, a := range all {
		if live := a.live(); live.Value.Name == e.After.Name && !a.selfRegistered() {
			return live, nil
		}
	}
	return kind.Live[ConnectedApp]{}, &client.Error{
		Status: http.StatusNotFound, Type: "connected_app_not_found", Message: "no Connected App has the name " + e.After.Name,
	}
}

// createConnectedApp keeps the secret of a confidential app: it is shown this
// once.
func createConnectedApp(ctx context.Context, c *client.Client, e kind.Edit[ConnectedApp]) (string, error) {
	body := kind.Body(e.After)
	delete(body, "secret_rotation")
	for _, name := range []string{"client_description", "logo_url", "access_token_custom_audience", "access_token_template_content"} {
		if body[name] == "" {
			delete(body, name) // has none
		}
	}
	var answer struct {
		App struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		} `json:"connected_app"`
	}
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: connectedAppsPath, Body: body}, &answer); err != nil {
		return "", err
	}
	if e.Keep != nil {
		if err := e.Keep("client_secret", client.NewSecret(answer.App.Secret)); err != nil {
			return answer.App.ID, err
		}
	}
	if answer.App.ID == "" {
		return "", errors.New("the app was created, but Stytch's answer does not tell its id")
	}
	return answer.App.ID, nil
}

// updateConnectedApp changes the settings in one request, and then the secret.
func updateConnectedApp(ctx context.Context, c *client.Client, e kind.Edit[ConnectedApp]) error {
	path := client.Path(connectedAppsPath+"/%s", e.ID)
	body := kind.Body(e.After)
	delete(body, "secret_rotation")
	if e.Before.Name == e.After.Name {
		delete(body, "client_name")
	}
	var done []string
	if len(body) > 0 {
		if err := c.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}, nil); err != nil {
			return err
		}
		done = append(done, "the other changes were made")
	}
	r := rotation{client: c, path: path, field: "connected_app", keep: e.Keep}
	if err := r.turn(ctx, e.After.Rotation); err != nil {
		return partly(done, "the secret is not rotated", err)
	}
	return nil
}
