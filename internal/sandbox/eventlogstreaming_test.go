package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/eventlogstreaming"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const streamsOf = environmentOf + "/event_log_streaming"

// The SDK's own tests: writes answer with the key, reads with its end.
func TestEventLogStreamingThroughTheSDK(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	config := &eventlogstreaming.DestinationConfig{Datadog: &eventlogstreaming.DatadogConfig{Site: "US", APIKey: "1234567890abcdef1234567890abcdef"}}
	made, err := l.api.EventLogStreaming.Create(ctx, eventlogstreaming.CreateRequest{
		ProjectSlug: "acme", EnvironmentSlug: "test", DestinationType: "DATADOG", DestinationConfig: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(eventlogstreaming.EventLogStreaming{DestinationType: "DATADOG", DestinationConfig: config, StreamingStatus: "DISABLED"}, made.EventLogStreamingConfig); diff != "" {
		t.Error(diff)
	}
	if _, err := l.api.EventLogStreaming.Enable(ctx, eventlogstreaming.EnableRequest{ProjectSlug: "acme", EnvironmentSlug: "test", DestinationType: "DATADOG"}); err != nil {
		t.Fatal(err)
	}
	got, err := l.api.EventLogStreaming.Get(ctx, eventlogstreaming.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test", DestinationType: "DATADOG"})
	if err != nil {
		t.Fatal(err)
	}
	want := eventlogstreaming.EventLogStreamingMasked{
		DestinationType: "DATADOG", StreamingStatus: "ACTIVE",
		DestinationConfig: &eventlogstreaming.DestinationConfigMasked{Datadog: &eventlogstreaming.DatadogConfigMasked{Site: "US", APIKeyLastFour: "cdef"}},
	}
	if diff := cmp.Diff(want, got.EventLogStreamingConfig); diff != "" {
		t.Error(diff)
	}
}

func TestEventLogStreaming(t *testing.T) {
	const made = `{"destination_type":"DATADOG","destination_config":{"datadog":{"site":"US","api_key":"k-1234"}}}`
	const loki = `{"destination_type":"GRAFANA_LOKI","destination_config":{"grafana_loki":{"hostname":"h","username":"u","password":"p-5678"}}}`
	for _, c := range []struct {
		name               string
		method, path, body string
		knobs              sandbox.Knobs
		status             int
		errorType          string
		streaming          any // to Datadog, afterwards
	}{
		{"a second destination is refused", "POST", "", loki, sandbox.Knobs{}, 400, "duplicate_event_log_streaming_config", "DISABLED"},
		{"and so is the same one", "POST", "", made, sandbox.Knobs{}, 400, "duplicate_event_log_streaming_config", "DISABLED"},
		{"it is enabled", "POST", "/DATADOG/enable", "", sandbox.Knobs{}, 200, "", "ACTIVE"},
		{"or on its way, with the knob", "POST", "/DATADOG/enable", "", sandbox.Knobs{StreamingPends: true}, 200, "", "PENDING"},
		{"the other type is not found", "GET", "/GRAFANA_LOKI", "", sandbox.Knobs{}, 404, "event_log_streaming_config_not_found", "DISABLED"},
		{"nor updated", "PUT", "/GRAFANA_LOKI", loki, sandbox.Knobs{}, 404, "event_log_streaming_config_not_found", "DISABLED"},
		{"nor enabled", "POST", "/GRAFANA_LOKI/enable", "", sandbox.Knobs{}, 404, "event_log_streaming_config_not_found", "DISABLED"},
		{"nor deleted", "DELETE", "/GRAFANA_LOKI", "", sandbox.Knobs{}, 404, "event_log_streaming_config_not_found", "DISABLED"},
		{"there is no third type", "GET", "/SPLUNK", "", sandbox.Knobs{}, 400, "invalid_argument", "DISABLED"},
		{"an update needs everything", "PUT", "/DATADOG", `{"destination_config":{"datadog":{"site":"EU"}}}`, sandbox.Knobs{}, 400, "invalid_argument", "DISABLED"},
		{"a known site", "PUT", "/DATADOG", `{"destination_config":{"datadog":{"site":"MOON","api_key":"k"}}}`, sandbox.Knobs{}, 400, "invalid_argument", "DISABLED"},
		{"the configuration of its type", "PUT", "/DATADOG", loki, sandbox.Knobs{}, 400, "invalid_argument", "DISABLED"},
		{"and no other beside it", "PUT", "/DATADOG", `{"destination_config":{"datadog":{"site":"EU","api_key":"k"},"grafana_loki":{}}}`, sandbox.Knobs{}, 400, "invalid_argument", "DISABLED"},
		{"it is deleted", "DELETE", "/DATADOG", "", sandbox.Knobs{}, 200, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{Knobs: c.knobs})
			l.manage("POST", streamsOf, made).want(t, 200, "")
			l.manage(c.method, streamsOf+c.path, c.body).want(t, c.status, c.errorType)
			got := l.manage("GET", streamsOf+"/DATADOG", "")
			if c.streaming == nil {
				got.want(t, 404, "event_log_streaming_config_not_found")
				return
			}
			if diff := cmp.Diff(c.streaming, got.at("event_log_streaming_config", "streaming_status")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProjectMayHaveOneDestinationInAll(t *testing.T) {
	const made = `{"destination_type":"DATADOG","destination_config":{"datadog":{"site":"US","api_key":"k-1234"}}}`
	for perProject, status := range map[bool]int{false: 200, true: 400} {
		l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{StreamingPerProject: perProject}})
		if _, err := l.server.Ensure(sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "staging"}); err != nil {
			t.Fatal(err)
		}
		l.manage("POST", streamsOf, made).want(t, 200, "")
		if got := l.manage("POST", "/pwa/v3/projects/acme/environments/staging/event_log_streaming", made); got.status != status {
			t.Errorf("%v: %d, want %d", perProject, got.status, status)
		}
	}
}
