package catalog

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func luds(length, complexity int) PasswordStrengthConfig {
	return PasswordStrengthConfig{Policy: kind.Some("LUDS"), Length: kind.Some(length), Complexity: kind.Some(complexity)}
}

func TestPasswordStrengthRules(t *testing.T) {
	for _, test := range []struct {
		name     string
		declared PasswordStrengthConfig
		want     []string
	}{
		{"LUDS has bounds", luds(10, 2), nil},
		{"bounds alone are for whatever policy is live", PasswordStrengthConfig{Length: kind.Some(10)}, nil},
		{
			"ZXCVBN has none",
			PasswordStrengthConfig{Policy: kind.Some("ZXCVBN"), Length: kind.Some(10), Complexity: kind.Some(2)},
			[]string{
				"luds_min_password_length: luds_min_password_length means nothing to the validation_policy ZXCVBN",
				"luds_min_password_complexity: luds_min_password_complexity means nothing to the validation_policy ZXCVBN",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkPasswordStrength(test.declared))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The rule sees what there will be: bounds that go with the policy are no
// mistake, and bounds that are declared for a live ZXCVBN are one.
func TestBoundsGoWithThePolicy(t *testing.T) {
	live := luds(10, 2)
	after := passwordStrengthConfig.After(&live, &PasswordStrengthConfig{Policy: kind.Some("ZXCVBN")}, nil)
	if problems := passwordStrengthConfig.Problems(after, "update"); len(problems) > 0 {
		t.Errorf("LUDS to ZXCVBN: %v", problems)
	}
	live = PasswordStrengthConfig{Policy: kind.Some("ZXCVBN")}
	after = passwordStrengthConfig.After(&live, &PasswordStrengthConfig{Length: kind.Some(10)}, nil)
	if problems := passwordStrengthConfig.Problems(after, "update"); len(problems) != 1 {
		t.Errorf("a length for a live ZXCVBN: %v", problems)
	}
}

func TestPasswordStrengthEffects(t *testing.T) {
	checked := func(p PasswordStrengthConfig, on bool) PasswordStrengthConfig {
		p.BreachOnCreation, p.BreachOnAuthentication, p.ValidateOnLogin = kind.Some(on), kind.Some(on), kind.Some(on)
		return p
	}
	zxcvbn := PasswordStrengthConfig{Policy: kind.Some("ZXCVBN")}
	for _, test := range []struct {
		name      string
		was, then PasswordStrengthConfig
		changed   []string
		want      []string
	}{
		{
			"checks that go off let weak passwords in", checked(zxcvbn, true), checked(zxcvbn, false),
			[]string{"check_breach_on_creation", "check_breach_on_authentication", "validate_on_authentication"},
			[]string{
				"authentication-weakened: people may choose a password that is known to have leaked",
				"authentication-weakened: who has a password that leaks keeps logging in with it",
				"authentication-weakened: who has a password that the policy no longer allows keeps it",
			},
		},
		{
			"checks that go on make people reset", checked(zxcvbn, false), checked(zxcvbn, true),
			[]string{"check_breach_on_creation", "check_breach_on_authentication", "validate_on_authentication"},
			[]string{
				"whoever has a password that has leaked must reset it at the next login",
				"whoever has a password that the policy does not allow must reset it at the next login",
			},
		},
		{
			"lower bounds weaken", checked(luds(12, 4), false), checked(luds(8, 1), false),
			[]string{"luds_min_password_length", "luds_min_password_complexity"},
			[]string{
				"authentication-weakened: luds_min_password_length is 8 instead of 12",
				"authentication-weakened: luds_min_password_complexity is 1 instead of 4",
			},
		},
		{
			"higher bounds make people reset, where that is validated", checked(luds(8, 1), true), checked(luds(12, 1), true),
			[]string{"luds_min_password_length"},
			[]string{"whoever has a password that the new policy does not allow must reset it at the next login"},
		},
		{"and nobody where it is not", checked(luds(8, 1), false), checked(luds(12, 1), false), []string{"luds_min_password_length"}, nil},
		{
			"bounds are told before they are dropped", checked(luds(12, 4), false), checked(zxcvbn, false),
			[]string{"validation_policy"},
			[]string{
				"authentication-weakened: the validation_policy ZXCVBN allows passwords that LUDS refused",
				"Stytch drops luds_min_password_length, which was 12, and luds_min_password_complexity, which was 4",
			},
		},
		{
			"bounds that nobody declares are Stytch's choice", checked(zxcvbn, false),
			checked(PasswordStrengthConfig{Policy: kind.Some("LUDS"), Length: kind.Some(9)}, false),
			[]string{"validation_policy", "luds_min_password_length"},
			[]string{
				"authentication-weakened: the validation_policy LUDS allows passwords that ZXCVBN refused",
				"Stytch chooses the luds_min_password_length or luds_min_password_complexity that is not declared",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := map[string]bool{}
			for _, name := range test.changed {
				changed[name] = true
			}
			got := effectsInWords(passwordStrengthEffects(kind.Transition[PasswordStrengthConfig]{
				Live: kind.Live[PasswordStrengthConfig]{Value: test.was}, After: test.then, Changed: changed,
			}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Stytch replaces the whole, so that every write must hold the whole.
func TestThePasswordPolicyIsWrittenWhole(t *testing.T) {
	s := newStand(t)
	read := func() ([]kind.Live[PasswordStrengthConfig], error) {
		return readPasswordStrength(context.Background(), s.client, s.scope)
	}
	for _, test := range []struct {
		name     string
		declared PasswordStrengthConfig
		want     map[string]any
	}{
		{"a switch leaves the others on", PasswordStrengthConfig{BreachOnCreation: kind.Some(false)}, map[string]any{
			"check_breach_on_creation": false, "check_breach_on_authentication": true, "validate_on_authentication": true, "validation_policy": "ZXCVBN",
		}},
		{"another policy leaves the switches", luds(10, 2), map[string]any{
			"check_breach_on_creation": false, "check_breach_on_authentication": true, "validate_on_authentication": true, "validation_policy": "LUDS",
			"luds_min_password_length": 10.0, "luds_min_password_complexity": 2.0,
		}},
		{"one bound leaves the other", PasswordStrengthConfig{Length: kind.Some(12)}, map[string]any{
			"check_breach_on_creation": false, "check_breach_on_authentication": true, "validate_on_authentication": true, "validation_policy": "LUDS",
			"luds_min_password_length": 12.0, "luds_min_password_complexity": 2.0,
		}},
		{"ZXCVBN takes no bounds along", PasswordStrengthConfig{Policy: kind.Some("ZXCVBN")}, map[string]any{
			"check_breach_on_creation": false, "check_breach_on_authentication": true, "validate_on_authentication": true, "validation_policy": "ZXCVBN",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			live := list(t, read)[0]
			if err := carryOut(s, passwordStrengthConfig, "", &live, &test.declared); err != nil {
				t.Fatal(err)
			}
			sent := s.wire.writes()
			if diff := cmp.Diff(any(test.want), asJSON(t, sent[0].body)); diff != "" || sent[0].method != http.MethodPut {
				t.Error(diff)
			}
			live = list(t, read)[0]
			if changed := passwordStrengthConfig.Compare(&live.Value, &test.declared); len(changed) > 0 {
				t.Errorf("the next plan is not empty: %v", changed)
			}
		})
	}
}
