package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// apiKeyLength is that of Datadog's API keys; its application keys are longer.
const apiKeyLength = 32

// destinationNeeds are the attributes of each type of destination, all of which
// Stytch wants.
var destinationNeeds = map[string][]string{
	datadog:     {"site", "api_key"},
	grafanaLoki: {"hostname", "username", "password"},
}

// destinationAttributes are the attributes of the configuration that are set.
func destinationAttributes(e EventLogStreaming) []string {
	var set []string
	for _, a := range []struct {
		name string
		set  bool
	}{
		{"site", e.Site.Set}, {"api_key", e.APIKey.Set}, {"hostname", e.Hostname.Set}, {"username", e.Username.Set}, {"password", e.Password.Set},
	} {
		if a.set {
			set = append(set, a.name)
		}
	}
	return set
}

func checkEventLogStreaming(e EventLogStreaming) []kind.Problem {
	needs, known := destinationNeeds[e.Type]
	if !known {
		return []kind.Problem{{Message: fmt.Sprintf("Stytch does not stream events to %q", e.Type), Hint: "the key is DATADOG or GRAFANA_LOKI"}}
	}
	var problems []kind.Problem
	for _, name := range destinationAttributes(e) {
		if !slices.Contains(needs, name) {
			problems = append(problems, kind.Problem{
				Attribute: name, Message: fmt.Sprintf("%s has no %s", e.Type, name), Hint: "it has " + strings.Join(needs, ", "),
			})
		}
	}
	// Before an apply a declared key may have no value; a live one is the last four characters.
	if key := e.APIKey.Value; key.Reference != (plan.Reference{}) && !key.Empty() && len(key.Reveal()) != apiKeyLength {
		problems = append(problems, kind.Problem{
			Attribute: "api_key", Message: fmt.Sprintf("what %s gives is no API key of Datadog, which has %d characters", key.Reference, apiKeyLength),
			Hint: "an application key is another thing",
		})
	}
	if host, set := e.Hostname.Get(); set && strings.ContainsAny(host, "/:@? ") {
		problems = append(problems, kind.Problem{
			Attribute: "hostname", Message: fmt.Sprintf("%q is no hostname", host), Hint: "write the name alone, such as logs-prod-us-central1.grafana.net",
		})
	}
	return problems
}

// eventLogStreamingTogether: what is declared absent is not among the declared.
func eventLogStreamingTogether(declared []EventLogStreaming) []kind.Problem {
	if len(declared) < 2 {
		return nil
	}
	return []kind.Problem{{
		Index: 1, Message: "events are streamed to one destination, and the documents declare " + declared[0].Type + " and " + declared[1].Type,
		Hint: "mark the one that is to go absent: true",
	}}
}

// eventLogStreamingSecret: Stytch takes the configuration whole, and nobody can
// read the secret in it.
func eventLogStreamingSecret(changes func(string) bool) []string {
	switch {
	case changes("site"):
		return []string{"api_key"}
	case changes("hostname"), changes("username"):
		return []string{"password"}
	}
	return nil
}

// eventLogStreamingEffects says who reads along, and what nobody will read.
func eventLogStreamingEffects(t kind.Transition[EventLogStreaming]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	if t.Action == plan.Create {
		effects.Problems = creationProblems(t)
	}
	was, is := t.Live.Value.Enabled.Value, t.Action != plan.Delete && t.After.Enabled.Value
	elsewhere := slices.ContainsFunc(destinationNeeds[t.After.Type], func(name string) bool { return t.Changed[name] })
	switch {
	case is && (!was || elsewhere):
		risk(plan.AccessWidened, "whoever reads %s sees who logs in here, how, and from where", destinationName(t.After))
	case was && !is:
		risk(plan.Irreversible, "what happens from now on is not streamed, and Stytch does not send it later")
	}
	return effects
}

func destinationName(e EventLogStreaming) string {
	if e.Type == datadog {
		return "the Datadog account of the API key (" + e.Site.Value + ")"
	}
	return "Grafana Loki at " + e.Hostname.Value + " as " + e.Username.Value
}

// creationProblems: a new destination is told everything, and is the only one.
func creationProblems(t kind.Transition[EventLogStreaming]) []plan.Problem {
	var problems []plan.Problem
	set := destinationAttributes(t.After)
	for _, name := range destinationNeeds[t.After.Type] {
		if !slices.Contains(set, name) {
			problems = append(problems, plan.Problem{Message: "a new destination " + t.After.Type + " needs " + name, Hint: "declare it"})
		}
	}
	for other := range t.Siblings() {
		problems = append(problems, plan.Problem{
			Message: "events are streamed to " + other.Value.Type + ", and there is one destination",
			Hint: fmt.Sprintf("apply %s: {absent: true} first, and then declare %s; what happens in between is not streamed",
				other.Value.Type, t.After.Type),
		})
	}
	return problems
}
