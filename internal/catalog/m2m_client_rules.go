package catalog

import (
	"fmt"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// statusInactive is a client that obtains no tokens; statusActive one that does.
const (
	statusActive   = "active"
	statusInactive = "inactive"
)

func checkM2MClient(m M2MClient) []kind.Problem {
	var problems []kind.Problem
	if strings.ContainsFunc(m.ClientID, isSpaceOrControl) {
		problems = append(problems, kind.Problem{
			Message: "the client id holds a space, a control character or something that looks like one", Hint: "write an id such as m2m-client-billing",
		})
	}
	for i, scope := range m.Scopes.Value {
		if !isScopeToken(scope) {
			problems = append(problems, kind.Problem{
				Attribute: fmt.Sprintf("scopes[%d]", i), Message: fmt.Sprintf("%q cannot be a scope", scope),
				Hint: `a scope has letters, digits and signs, without spaces, " and \ (RFC 6749): write one entry for each scope`,
			})
		}
	}
	return append(problems, checkMetadata("trusted_metadata", m.Metadata)...)
}

// isScopeToken follows RFC 6749, section 3.3.
func isScopeToken(scope string) bool {
	return scope != "" && !strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

func tidyM2MClient(m M2MClient) M2MClient {
	m.Rotation = tidyRotation(m.Rotation)
	return m
}

// m2mClientIssuing: a creation has a secret made up, and so has the start of a
// rotation.
func m2mClientIssuing(creates bool, _, after M2MClient) []string {
	switch {
	case creates:
		return []string{"client_secret"}
	case after.Rotation.Value == rotationStarted:
		return []string{"next_client_secret"}
	}
	return nil
}

// m2mClientEffects says which tokens a client obtains no longer, and which it
// may obtain now.
func m2mClientEffects(t kind.Transition[M2MClient]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	before, after := t.Live.Value, t.After
	was, is := before.Status.Value == statusActive, after.Status.Value == statusActive
	gained, lost := without(after.Scopes.Value, before.Scopes.Value), without(before.Scopes.Value, after.Scopes.Value)
	switch {
	case t.Action == plan.Create:
		if len(after.Scopes.Value) > 0 {
			risk(plan.AccessWidened, "whoever has the client's secret can obtain tokens with %s", strings.Join(after.Scopes.Value, ", "))
		}
	case t.Action == plan.Delete:
		risk(plan.Irreversible, "the client's secret does not come back: a client of the same id has another")
		if was {
			risk(plan.AccessRemoved, "the client obtains no more tokens; those that it has stay valid until they expire")
			effects.Removals = 1
		}
	case was && !is:
		risk(plan.AccessRemoved, "the client obtains no more tokens; those that it has stay valid until they expire")
		effects.Removals = 1
	case !was && is:
		risk(plan.AccessWidened, "the client can obtain tokens again, with %s", listedScopes(after.Scopes.Value))
	case len(gained)+len(lost) > 0:
		if len(gained) > 0 {
			risk(plan.AccessWidened, "the client can obtain tokens with %s", strings.Join(gained, ", "))
		}
		if len(lost) > 0 {
			risk(plan.AccessRemoved, "the client obtains no more tokens with %s", strings.Join(lost, ", "))
			effects.Removals = len(lost)
		}
	}
	rotationEffects(&effects, t.Action, before.Rotation, after.Rotation)
	return effects
}

func listedScopes(scopes []string) string {
	if len(scopes) == 0 {
		return "no scopes"
	}
	return strings.Join(scopes, ", ")
}
