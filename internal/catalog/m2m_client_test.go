package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestM2MClientRules(t *testing.T) {
	big := map[string]any{}
	for _, key := range "abcdefghijklmnopqrstu" {
		big[string(key)] = 1
	}
	for _, test := range []struct {
		name   string
		client M2MClient
		want   []string
	}{
		{"an ordinary client", M2MClient{ClientID: "billing/2", Scopes: kind.Some([]string{"read:users", "https://x.example/y"})}, nil},
		{"an id with a space", M2MClient{ClientID: "my billing"}, []string{"the client id holds a space, a control character or something that looks like one"}},
		{"two scopes in one", M2MClient{ClientID: "x", Scopes: kind.Some([]string{"read", "a b"})}, []string{`scopes[1]: "a b" cannot be a scope`}},
		{"an empty scope", M2MClient{ClientID: "x", Scopes: kind.Some([]string{""})}, []string{`scopes[0]: "" cannot be a scope`}},
		{"too much metadata", M2MClient{ClientID: "x", Metadata: kind.Some(big)}, []string{"trusted_metadata: trusted_metadata would have 21 keys, and Stytch allows 20"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkM2MClient(test.client))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestM2MClientEffects(t *testing.T) {
	client := func(status, rotation string, scopes ...string) M2MClient {
		return M2MClient{ClientID: "x", Status: kind.Some(status), Scopes: kind.Some(scopes), Rotation: kind.Some(rotation)}
	}
	for _, test := range []struct {
		name          string
		action        plan.Action
		before, after M2MClient
		want          []string
		removals      int
	}{
		{"a new client without scopes", plan.Create, M2MClient{}, client("active", "none"), nil, 0},
		{"a new client", plan.Create, M2MClient{}, client("active", "none", "read"), []string{"access-widened: whoever has the client's secret can obtain tokens with read"}, 0},
		{"a name alone", plan.Update, client("active", "none", "read"), client("active", "none", "read"), nil, 0},
		{
			"scopes come and go", plan.Update, client("active", "none", "a", "b"), client("active", "none", "b", "c"),
			[]string{"access-widened: the client can obtain tokens with c", "access-removed: the client obtains no more tokens with a"},
			1,
		},
		{
			"it is deactivated", plan.Update, client("active", "none", "a"), client("inactive", "none", "a"),
			[]string{"access-removed: the client obtains no more tokens; those that it has stay valid until they expire"},
			1,
		},
		{
			"it is activated", plan.Update, client("inactive", "none"), client("active", "none", "a", "b"),
			[]string{"access-widened: the client can obtain tokens again, with a, b"},
			0,
		},
		{
			"it is deleted", plan.Delete, client("active", "none", "a"),
			M2MClient{},
			[]string{
				"irreversible: the client's secret does not come back: a client of the same id has another",
				"access-removed: the client obtains no more tokens; those that it has stay valid until they expire",
			},
			1,
		},
		{
			"an inactive one is deleted", plan.Delete, client("inactive", "started", "a"),
			M2MClient{},
			[]string{"irreversible: the client's secret does not come back: a client of the same id has another"},
			0,
		},
		{"a rotation begins", plan.Update, client("active", "none"), client("active", "started"), nil, 0},
		{
			"a rotation is completed", plan.Update, client("active", "started"), client("active", "completed"),
			[]string{"access-removed: callers that still use the former secret obtain no more tokens", "irreversible: the former secret does not come back"},
			0,
		},
		{
			"a rotation is cancelled", plan.Update, client("active", "started"), client("active", "none"),
			[]string{"access-removed: callers that use the next secret already obtain no more tokens", "irreversible: the next secret does not come back"},
			0,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			effects := m2mClientEffects(kind.Transition[M2MClient]{Action: test.action, Live: kind.Live[M2MClient]{Value: test.before}, After: test.after})
			if diff := cmp.Diff(test.want, effectsInWords(effects)); diff != "" {
				t.Error(diff)
			}
			if effects.Removals != test.removals {
				t.Errorf("%d removals, want %d", effects.Removals, test.removals)
			}
		})
	}
}
