package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func givenSecret(text string) kind.Opt[kind.Secret] {
	return kind.Some(kind.Secret{Secret: client.NewSecret(text), Reference: plan.Reference{Env: "KEY"}})
}

func TestEventLogStreamingRules(t *testing.T) {
	for _, test := range []struct {
		name     string
		declared EventLogStreaming
		want     []string
	}{
		{"Datadog", EventLogStreaming{Type: datadog, Site: kind.Some("US"), APIKey: givenSecret("0123456789abcdef0123456789abcdef")}, nil},
		{"a key without its value", EventLogStreaming{Type: datadog, APIKey: givenSecret("")}, nil},
		{"what Stytch shows of a key", EventLogStreaming{Type: datadog, APIKey: kind.Some(kind.Answered("cdef"))}, nil},
		{"Grafana Loki", EventLogStreaming{Type: grafanaLoki, Hostname: kind.Some("logs.example"), Username: kind.Some("1"), Password: givenSecret("x")}, nil},
		{"another type", EventLogStreaming{Type: "SPLUNK"}, []string{`Stytch does not stream events to "SPLUNK" (the key is DATADOG or GRAFANA_LOKI)`}},
		{
			"attributes of the other type",
			EventLogStreaming{Type: grafanaLoki, Site: kind.Some("EU"), APIKey: givenSecret("")},
			[]string{"site: GRAFANA_LOKI has no site (it has hostname, username, password)", "api_key: GRAFANA_LOKI has no api_key (it has hostname, username, password)"},
		},
		{
			"another sort of key",
			EventLogStreaming{Type: datadog, APIKey: givenSecret("0123456789abcdef0123456789abcdef01234567")},
			[]string{`api_key: what env("KEY") gives is no API key of Datadog, which has 32 characters (an application key is another thing)`},
		},
		{
			"a URL for a host",
			EventLogStreaming{Type: grafanaLoki, Hostname: kind.Some("https://logs.example/push")},
			[]string{`hostname: "https://logs.example/push" is no hostname (write the name alone, such as logs-prod-us-central1.grafana.net)`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			problems := checkEventLogStreaming(test.declared)
			for i := range problems {
				problems[i].Message += " (" + problems[i].Hint + ")"
			}
			if diff := cmp.Diff(append([]string{}, test.want...), messages(problems)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEventLogStreamingEffects(t *testing.T) {
	stream := func(enabled bool) EventLogStreaming {
		return EventLogStreaming{Type: datadog, Site: kind.Some("EU"), APIKey: kind.Some(kind.Answered("cdef")), Enabled: kind.Some(enabled)}
	}
	const reads, stops = "access-widened: whoever reads the Datadog account of the API key (EU) sees who logs in here, how, and from where",
		"irreversible: what happens from now on is not streamed, and Stytch does not send it later"
	for _, test := range []struct {
		name          string
		action        plan.Action
		before, after EventLogStreaming
		changed       string
		want          []string
	}{
		{"it is switched on", plan.Update, stream(false), stream(true), "enabled", []string{reads}},
		{"another key while it is on", plan.Update, stream(true), stream(true), "api_key", []string{reads}},
		{"another key while it is off", plan.Update, stream(false), stream(false), "api_key", nil},
		{"it is switched off", plan.Update, stream(true), stream(false), "enabled", []string{stops}},
		{"it is removed", plan.Delete, stream(true), EventLogStreaming{}, "", []string{stops}},
		{"it is removed while it is off", plan.Delete, stream(false), EventLogStreaming{}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := eventLogStreamingEffects(kind.Transition[EventLogStreaming]{
				Action: test.action, Live: kind.Live[EventLogStreaming]{Value: test.before}, After: test.after, Changed: map[string]bool{test.changed: true},
			})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Streaming stops before the destination changes and starts after it, and the
// configuration is always sent whole.
func TestTheOrderOfWritesToAStream(t *testing.T) {
	const config = `{"destination_config":{"datadog":{"api_key":"0123456789abcdef0123456789abcdef","site":"EU"}}}`
	put, enable, disable := "PUT /event_log_streaming/DATADOG "+config, "POST /event_log_streaming/DATADOG/enable ", "POST /event_log_streaming/DATADOG/disable "
	for _, test := range []struct {
		name     string
		on       bool
		declared EventLogStreaming
		want     []string
	}{
		{"off and elsewhere", true, EventLogStreaming{Site: kind.Some("EU"), Enabled: kind.Some(false)}, []string{disable, put}},
		{"on and elsewhere", false, EventLogStreaming{Site: kind.Some("EU"), Enabled: kind.Some(true)}, []string{put, enable}},
		{"elsewhere", true, EventLogStreaming{Site: kind.Some("EU")}, []string{put}},
		{"on", false, EventLogStreaming{Enabled: kind.Some(true)}, []string{enable}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStand(t)
			first := EventLogStreaming{Type: datadog, Site: kind.Some("US"), APIKey: givenSecret("0123456789abcdef0123456789abcdef"), Enabled: kind.Some(test.on)}
			if _, err := createEventLogStreaming(t.Context(), s.client, kind.Edit[EventLogStreaming]{Scope: s.scope, After: first}); err != nil {
				t.Fatal(err)
			}
			s.wire.writes()
			test.declared.Type = datadog
			if test.declared.Site.Set {
				test.declared.APIKey = first.APIKey
			}
			if err := updateEventLogStreaming(t.Context(), s.client, kind.Edit[EventLogStreaming]{Scope: s.scope, After: test.declared}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range s.wire.writes() {
				got = append(got, r.method+" "+r.target+" "+r.body)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// That there is no such environment says nothing of where its events go.
func TestAnEnvironmentThatIsNotThereStreamsToNobodyKnowsWhere(t *testing.T) {
	s := newStand(t)
	if found, err := readEventLogStreaming(t.Context(), s.client, s.scope); err != nil || len(found) > 0 {
		t.Errorf("%v, %v; want nothing", found, err)
	}
	s.scope.EnvironmentSlug = "elsewhere"
	if found, err := readEventLogStreaming(t.Context(), s.client, s.scope); err == nil {
		t.Errorf("%v, want an error", found)
	}
}
