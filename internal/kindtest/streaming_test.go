package kindtest

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func streams(streams Object) Documents {
	return storyDocument(Object{"policy": Object{"limits": Object{"delete_percent": 100}}, "event_log_streaming": streams})
}

func TestEventsGoToGrafanaLoki(t *testing.T) {
	loki := func(more Object) Object {
		o := toLoki()
		maps.Copy(o, more)
		return Object{"GRAFANA_LOKI": o}
	}
	w := New(t, Options{})
	for _, test := range []struct {
		name     string
		declared Object
		want     Object
	}{
		{"created", loki(nil), Object{"hostname": "logs.example", "username": "stytch", "password_last_four": "4711", "enabled": true}},
		{"another host", loki(Object{"hostname": "logs.test"}), Object{"hostname": "logs.test", "username": "stytch", "password_last_four": "4711", "enabled": true}},
		{"another user", loki(Object{"username": "other"}), Object{"hostname": "logs.example", "username": "other", "password_last_four": "4711", "enabled": true}},
		{"another password", loki(Object{"password": `${env("OTHER")}`}), Object{"hostname": "logs.example", "username": "stytch", "password_last_four": "4712", "enabled": true}},
		{"what is left out stays", Object{"GRAFANA_LOKI": Object{"enabled": false}}, Object{"hostname": "logs.example", "username": "stytch", "password_last_four": "4712", "enabled": false}},
		{"the password alone", Object{"GRAFANA_LOKI": Object{"password": `${env("GIVEN")}`}}, Object{"hostname": "logs.example", "username": "stytch", "password_last_four": "4711", "enabled": false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.Converge(t, streams(test.declared))
			if diff := cmp.Diff(test.want, w.stream(t, "GRAFANA_LOKI")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// There is one destination. Another one is a change of its own, after the removal
// of the first.
func TestEventsGoToOneDestination(t *testing.T) {
	w := New(t, Options{})
	both := Object{"DATADOG": toDatadog("US", "DATADOG", true), "GRAFANA_LOKI": toLoki()}
	refused := func(documents Documents, want string) {
		t.Helper()
		_, problems, err := w.TryPlan(t, documents)
		if text := words(problems); err != nil || !strings.Contains(text, want) {
			t.Errorf("%v %q, want %q", err, text, want)
		}
	}
	refused(streams(both), "events are streamed to one destination, and the documents declare DATADOG and GRAFANA_LOKI")
	w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", true)}))
	refused(streams(Object{"GRAFANA_LOKI": toLoki()}), "events are streamed to DATADOG, and there is one destination")
	refused(streams(Object{"GRAFANA_LOKI": toLoki(), "DATADOG": Object{"absent": true}}), "events are streamed to DATADOG, and there is one destination")
	only(t, w.Converge(t, streams(Object{"DATADOG": Object{"absent": true}})), "delete event_log_streaming/DATADOG")
	only(t, w.Converge(t, streams(Object{"GRAFANA_LOKI": toLoki(), "DATADOG": Object{"absent": true}})), "create event_log_streaming/GRAFANA_LOKI")
}

func TestADestinationThatNobodyDeclaresIsCountedAndStays(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", true)}))
	documents := streams(Object{})
	p := w.Plan(t, documents)
	if len(p.Changes) > 0 || len(p.Undeclared) != 1 || p.Undeclared[0].Count != 1 {
		t.Errorf("%s%+v", Told(p), p.Undeclared)
	}
}

func TestStreamingThatStytchIsStartingIsNoDrift(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{StreamingPends: true}})
	w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", true)}))
	if status := w.Ask(t, http.MethodGet, "~/event_log_streaming/DATADOG", nil)["event_log_streaming_config"].(Object)["streaming_status"]; status != "PENDING" {
		t.Fatalf("it is %v", status)
	}
	only(t, w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", false)})), "update event_log_streaming/DATADOG")
}

func TestStreamingGoesOnWhenTheDestinationChanges(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{StreamingStopsWhenUpdated: true}})
	w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", true)}))
	w.Converge(t, streams(Object{"DATADOG": toDatadog("EU", "DATADOG", true)}))
}

// A secret never leaves by a plan, and one that differs only where nobody sees it
// is sent on request.
func TestWhatCannotChangeWithoutTheSecretIsRefused(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, streams(Object{"DATADOG": toDatadog("US", "DATADOG", true)}))
	_, problems, err := w.TryPlan(t, streams(Object{"DATADOG": Object{"site": "EU"}}))
	if text := words(problems); err != nil || !strings.Contains(text, "site cannot change without api_key") {
		t.Errorf("%v %q", err, text)
	}
	_, problems, err = w.TryPlan(t, streams(Object{"DATADOG": Object{"api_key": `${env("GIVEN")}`}}))
	if text := words(problems); err != nil || !strings.Contains(text, `what env("GIVEN") gives is no API key of Datadog, which has 32 characters`) || strings.Contains(text, GivenSecret) {
		t.Errorf("%v %q", err, text)
	}
}

func TestANewDestinationNeedsEverything(t *testing.T) {
	w := New(t, Options{})
	_, problems, err := w.TryPlan(t, streams(Object{"GRAFANA_LOKI": Object{"hostname": "logs.example"}}))
	if text := words(problems); err != nil || !strings.Contains(text, "a new destination GRAFANA_LOKI needs username") || !strings.Contains(text, "needs password") {
		t.Errorf("%v %q", err, text)
	}
}
