package kindtest

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// toDatadog is a destination of the event log.
func toDatadog(site, key string, enabled bool) Object {
	return Object{"site": site, "api_key": `${env("` + key + `")}`, "enabled": enabled}
}

func toLoki() Object {
	return Object{"hostname": "logs.example", "username": "stytch", "password": `${env("GIVEN")}`, "enabled": true}
}

// stream is a destination as the sandbox has it, its configuration beside the
// rest; nil when there is none.
func (w *World) stream(t testing.TB, destination string) Object {
	t.Helper()
	status, answer := w.tryTell(t, http.MethodGet, "~/event_log_streaming/"+destination, nil)
	if status != http.StatusOK {
		return nil
	}
	shown := answer["event_log_streaming_config"].(Object)
	flat := Object{"enabled": shown["streaming_status"] == "ACTIVE"}
	for _, config := range shown["destination_config"].(Object) {
		maps.Copy(flat, config.(Object))
	}
	return flat
}

func eventLogStreamingExample() example {
	const ofLoki = "of the other type of destination: TestEventsGoToGrafanaLoki"
	return example{
		key:  "DATADOG",
		base: Object{"site": "US", "api_key": `${env("DATADOG")}`},
		raw:  func(t *testing.T, w *World) Object { return w.stream(t, "DATADOG") },
		rows: map[string]row{
			"site": {values: []any{"EU", "AP1", "US"}, kept: isNeeded, needed: true},
			"api_key": {
				values: []any{`${env("DATADOG")}`, `${env("DATADOG_OTHER")}`}, kept: "a secret is a reference, and never empty", needed: true,
				raw: func(stream Object) any {
					for name, text := range givenSecrets() {
						if stream["api_key_last_four"] == text[len(text)-4:] {
							return `${env("` + name + `")}`
						}
					}
					return nil
				},
			},
			"enabled":  {values: onAndOff, clear: false},
			"hostname": {skip: ofLoki},
			"username": {skip: ofLoki},
			"password": {skip: ofLoki},
		},
	}
}

// seesStreaming looks at where the event log goes.
func (w *World) seesStreaming(t testing.TB, s sight) {
	t.Helper()
	for _, destination := range []string{"DATADOG", "GRAFANA_LOKI"} {
		if shown := w.stream(t, destination); shown != nil {
			s.add(plan.NewAddress("", "event_log_streaming", destination), destination, shown)
		}
	}
}
