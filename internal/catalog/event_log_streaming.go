package catalog

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An EventLogStreaming sends the environment's event log to one destination. Its
// rules and consequences are in event_log_streaming_rules.go.
type EventLogStreaming struct {
	Type     string                `attr:"destination_type,key" oneof:"DATADOG GRAFANA_LOKI" doc:"Where events go: DATADOG has site and api_key, GRAFANA_LOKI has hostname, username and password. There is one destination: for another type, this one is removed first."`
	Site     kind.Opt[string]      `attr:"site,nonempty" oneof:"US US3 US5 EU AP1" doc:"Of DATADOG: the site that the account is at."`
	APIKey   kind.Opt[kind.Secret] `attr:"api_key,secret,lastfour" doc:"Of DATADOG: an API key, of 32 characters."`
	Hostname kind.Opt[string]      `attr:"hostname,nonempty" doc:"Of GRAFANA_LOKI: the host that takes the events, such as logs-prod-us-central1.grafana.net, without https:// and path."`
	Username kind.Opt[string]      `attr:"username,nonempty" doc:"Of GRAFANA_LOKI: the user to log in there."`
	Password kind.Opt[kind.Secret] `attr:"password,secret,lastfour" doc:"Of GRAFANA_LOKI: the user's password or token."`
	Enabled  kind.Opt[bool]        `attr:"enabled" default:"false" doc:"Whether events are sent. What happens while it is false is not sent later. Streaming that Stytch is still starting (PENDING) counts as enabled."`
}

var eventLogStreaming = kind.New(kind.Type[EventLogStreaming]{
	Name:            "event_log_streaming",
	Plural:          "event_log_streaming",
	Plane:           client.Management,
	KeptWhenOmitted: true,
	Doc: "Where Stytch sends the environment's event log as it is written. Of a secret Stytch shows the last four characters alone: one " +
		"that differs elsewhere counts as the same, until `--resend` sends it again.",
	Facts: []string{
		"a type of destination that is not configured is answered as not found, and counts as absent",
		"one destination is checked for each environment; Stytch's limits page says that a project has one, and Stytch may refuse a second",
		"an update of the destination leaves streaming on or off; where Stytch's answer says otherwise it is set right",
		"an API key of Datadog has 32 characters: Stytch's Terraform provider takes no other",
		"the hostname is a name without scheme and path, as in the tests of Stytch's SDK",
	},
	Check:    checkEventLogStreaming,
	Together: eventLogStreamingTogether,
	Along:    eventLogStreamingSecret,
	Effects:  eventLogStreamingEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[EventLogStreaming], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[EventLogStreaming], error) { return readEventLogStreaming(ctx, c, s) })
	},
	Get: func(ctx context.Context, c *client.Client, e kind.Edit[EventLogStreaming]) (kind.Live[EventLogStreaming], error) {
		return getEventLogStreaming(ctx, c, e.Scope, e.After.Type)
	},
	Create: createEventLogStreaming,
	Update: updateEventLogStreaming,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[EventLogStreaming]) error {
		return c.Manage(ctx, client.Request{Method: http.MethodDelete, Path: streamPath(e.Scope, e.After.Type)}, nil)
	},
})

// The types of destination.
const (
	datadog     = "DATADOG"
	grafanaLoki = "GRAFANA_LOKI"
)

// streamDisabled is the one status in which no events are sent, now or soon.
const streamDisabled = "DISABLED"

func streamPath(s kind.Scope, destination string) string {
	return environmentPath(s, "/event_log_streaming/%s", destination)
}

// A streamAnswer is a destination as Stytch shows it.
type streamAnswer struct {
	Config struct {
		Datadog *struct {
			Site   string `json:"site"`
			APIKey string `json:"api_key_last_four"`
		} `json:"datadog"`
		GrafanaLoki *struct {
			Hostname string `json:"hostname"`
			Username string `json:"username"`
			Password string `json:"password_last_four"`
		} `json:"grafana_loki"`
	} `json:"destination_config"`
	Status string `json:"streaming_status"`
}

// readEventLogStreaming asks for both types: Stytch has no list of destinations.
func readEventLogStreaming(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[EventLogStreaming], error) {
	var found []kind.Live[EventLogStreaming]
	for _, destination := range []string{datadog, grafanaLoki} {
		live, err := getEventLogStreaming(ctx, c, s, destination)
		switch {
		case client.IsNotFound(err) && !lacksEnvironment(err):
			continue
		case err != nil:
			return nil, err
		}
		found = append(found, live)
	}
	return found, nil
}

// getEventLogStreaming reads one type of destination. An answer without its
// configuration or status is no answer: it is neither an absence nor switched off.
func getEventLogStreaming(ctx context.Context, c *client.Client, s kind.Scope, destination string) (kind.Live[EventLogStreaming], error) {
	path := streamPath(s, destination)
	a, err := manageObject[streamAnswer](ctx, c, path, "event_log_streaming_config")
	if err != nil {
		return kind.Live[EventLogStreaming]{}, err
	}
	value := EventLogStreaming{Type: destination, Enabled: kind.Some(a.Status != streamDisabled)}
	dd, loki := a.Config.Datadog, a.Config.GrafanaLoki
	switch {
	case a.Status == "":
		return kind.Live[EventLogStreaming]{}, unreadable(path, errors.New("the answer has no streaming_status"))
	case destination == datadog && dd != nil:
		value.Site, value.APIKey = kind.Some(dd.Site), kind.Some(kind.Answered(dd.APIKey))
	case destination == grafanaLoki && loki != nil:
		value.Hostname, value.Username, value.Password = kind.Some(loki.Hostname), kind.Some(loki.Username), kind.Some(kind.Answered(loki.Password))
	default:
		return kind.Live[EventLogStreaming]{}, unreadable(path, errors.New("the answer has no destination_config of "+destination))
	}
	return kind.Live[EventLogStreaming]{ID: destination, Value: value}, nil
}

// destinationConfig is the configuration as Stytch takes it, always whole.
func destinationConfig(e EventLogStreaming) map[string]any {
	if e.Type == datadog {
		return map[string]any{"datadog": map[string]any{"site": e.Site.Value, "api_key": e.APIKey.Value.Reveal()}}
	}
	return map[string]any{"grafana_loki": map[string]any{
		"hostname": e.Hostname.Value, "username": e.Username.Value, "password": e.Password.Value.Reveal(),
	}}
}

// createEventLogStreaming creates the destination, which is switched off at
// first, and then has events sent.
func createEventLogStreaming(ctx context.Context, c *client.Client, e kind.Edit[EventLogStreaming]) (string, error) {
	err := c.Manage(ctx, client.Request{
		Method: http.MethodPost, Path: environmentPath(e.Scope, "/event_log_streaming"),
		Body: map[string]any{"destination_type": e.After.Type, "destination_config": destinationConfig(e.After)},
	}, nil)
	if err != nil || !e.After.Enabled.Value {
		return e.After.Type, err
	}
	if err := switchStream(ctx, c, e, true); err != nil {
		return e.After.Type, partly([]string{"the destination was created"}, "no events are sent to it", err)
	}
	return e.After.Type, nil
}

// updateEventLogStreaming replaces the configuration and sets whether events are
// sent: off before the destination changes, on after it. What the change does not
// name is sent back as it is read a moment before.
func updateEventLogStreaming(ctx context.Context, c *client.Client, e kind.Edit[EventLogStreaming]) error {
	live, err := getEventLogStreaming(ctx, c, e.Scope, e.After.Type)
	if err != nil {
		return err
	}
	now, wanted := live.Value.Enabled.Value, e.After.Enabled.Or(live.Value.Enabled.Value)
	var done []string
	if now && !wanted {
		if err := switchStream(ctx, c, e, false); err != nil {
			return err
		}
		now, done = false, []string{"streaming was disabled"}
	}
	if e.After.APIKey.Set || e.After.Password.Set {
		whole := e.After
		whole.Site.Value = e.After.Site.Or(live.Value.Site.Value)
		whole.Hostname.Value, whole.Username.Value = e.After.Hostname.Or(live.Value.Hostname.Value), e.After.Username.Or(live.Value.Username.Value)
		status, err := putDestination(ctx, c, whole, e)
		if err != nil {
			return partly(done, "the destination is not changed", err)
		}
		done = append(done, "the destination was changed")
		if status != "" {
			now = status != streamDisabled
		}
	}
	if now == wanted {
		return nil
	}
	if err := switchStream(ctx, c, e, wanted); err != nil {
		return partly(done, "streaming is not switched", err)
	}
	return nil
}

// putDestination gives the status that streaming has afterwards, as far as the
// answer says.
func putDestination(ctx context.Context, c *client.Client, whole EventLogStreaming, e kind.Edit[EventLogStreaming]) (string, error) {
	var answer struct {
		Config struct {
			Status string `json:"streaming_status"`
		} `json:"event_log_streaming_config"`
	}
	err := c.Manage(ctx, client.Request{
		Method: http.MethodPut, Path: streamPath(e.Scope, e.After.Type), Body: map[string]any{"destination_config": destinationConfig(whole)},
	}, &answer)
	return answer.Config.Status, err
}

func switchStream(ctx context.Context, c *client.Client, e kind.Edit[EventLogStreaming], on bool) error {
	action := "/disable"
	if on {
		action = "/enable"
	}
	return c.Manage(ctx, client.Request{Method: http.MethodPost, Path: streamPath(e.Scope, e.After.Type) + action}, nil)
}
