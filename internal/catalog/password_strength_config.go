package catalog

import (
	"context"
	"fmt"
	"iter"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/passwordstrengthconfig"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The two ways in which Stytch judges a password.
const (
	policyZXCVBN = "ZXCVBN"
	policyLUDS   = "LUDS"
)

// A PasswordStrengthConfig says which passwords are good enough.
type PasswordStrengthConfig struct {
	BreachOnCreation       kind.Opt[bool]   `attr:"check_breach_on_creation" default:"true" doc:"Whether a new password is looked up among those that are known to have leaked (HaveIBeenPwned)."`
	BreachOnAuthentication kind.Opt[bool]   `attr:"check_breach_on_authentication" default:"true" doc:"Whether the password is looked up so at each login; who has a leaked one must reset it."`
	ValidateOnLogin        kind.Opt[bool]   `attr:"validate_on_authentication" default:"true" doc:"Whether somebody whose password no longer meets the policy must reset it at the next login."`
	Policy                 kind.Opt[string] `attr:"validation_policy,nonempty" oneof:"ZXCVBN LUDS" default:"\"ZXCVBN\"" doc:"How strength is judged: ZXCVBN estimates how hard a password is to guess, LUDS asks for a length and for kinds of characters."`
	Length                 kind.Opt[int]    `attr:"luds_min_password_length" min:"8" max:"32" doc:"Characters that a password needs. For LUDS alone; Stytch drops it when the policy becomes ZXCVBN."`
	Complexity             kind.Opt[int]    `attr:"luds_min_password_complexity" min:"1" max:"4" doc:"How many of the four kinds of characters a password needs: lower case, upper case, digits, symbols. For LUDS alone; Stytch drops it when the policy becomes ZXCVBN."`
}

var passwordStrengthConfig = kind.New(kind.Type[PasswordStrengthConfig]{
	Name:      "password_strength_config",
	Plural:    "password_strength_config",
	Singleton: true,
	Plane:     client.Management,
	Doc: "The environment's rules for passwords. They always exist and Stytch takes them whole: what is not declared is sent back " +
		"as it was read a moment before.",
	Facts: []string{
		"a new environment checks for breaches in both places, validates at login, and has the policy ZXCVBN",
		"LUDS without a length or a complexity takes values that Stytch does not document",
		"a part that is not declared and that somebody else changes in the milliseconds between the read and the write is lost",
	},
	Check:   checkPasswordStrength,
	Drops:   dropLUDS,
	Effects: passwordStrengthEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[PasswordStrengthConfig], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[PasswordStrengthConfig], error) {
			return readPasswordStrength(ctx, c, s)
		})
	},
	Update: updatePasswordStrength,
})

func passwordSetting(s kind.Scope) wholeSetting {
	return wholeSetting{path: environmentPath(s, "/password_strength_config"), field: "password_strength_config"}
}

func readPasswordStrength(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[PasswordStrengthConfig], error) {
	raw, err := passwordSetting(s).read(ctx, c)
	if err != nil {
		return nil, err
	}
	value, err := passwordStrengthOf(raw)
	if err != nil {
		return nil, err
	}
	return []kind.Live[PasswordStrengthConfig]{{ID: "password_strength_config", Value: value}}, nil
}

// passwordStrengthOf is what an answer says. Under ZXCVBN it has no luds_*.
func passwordStrengthOf(raw map[string]any) (PasswordStrengthConfig, error) {
	a, err := decoded[passwordstrengthconfig.PasswordStrengthConfig]("password strength config", raw)
	v := PasswordStrengthConfig{
		BreachOnCreation: kind.Some(a.CheckBreachOnCreation), BreachOnAuthentication: kind.Some(a.CheckBreachOnAuthentication),
		ValidateOnLogin: kind.Some(a.ValidateOnAuthentication), Policy: kind.Some(string(a.ValidationPolicy)),
	}
	if a.LudsMinPasswordLength != nil {
		v.Length = kind.Some(*a.LudsMinPasswordLength)
	}
	if a.LudsMinPasswordComplexity != nil {
		v.Complexity = kind.Some(*a.LudsMinPasswordComplexity)
	}
	return v, err
}

func updatePasswordStrength(ctx context.Context, c *client.Client, e kind.Edit[PasswordStrengthConfig]) error {
	setting := passwordSetting(e.Scope)
	now, err := setting.read(ctx, c)
	if err != nil {
		return err
	}
	was, err := passwordStrengthOf(now)
	if err == nil {
		err = asPlanned(nil, was, e)
	}
	if err != nil {
		return err
	}
	body := overlaid(now, kind.Body(e.After))
	for _, luds := range []string{"luds_min_password_length", "luds_min_password_complexity"} {
		if body["validation_policy"] == policyZXCVBN || body[luds] == nil {
			delete(body, luds)
		}
	}
	made, err := setting.replace(ctx, c, body)
	if err != nil {
		return err
	}
	is, err := passwordStrengthOf(made)
	if err != nil {
		return err
	}
	return untaken(nil, is, e.After, "see the environment's password settings in the dashboard, and plan again")
}

// checkPasswordStrength: what belongs to LUDS is an error beside ZXCVBN, since
// Stytch would drop it without a word.
func checkPasswordStrength(p PasswordStrengthConfig) []kind.Problem {
	var problems []kind.Problem
	for _, luds := range []struct {
		name string
		set  bool
	}{{"luds_min_password_length", p.Length.Set}, {"luds_min_password_complexity", p.Complexity.Set}} {
		if luds.set && p.Policy.Value == policyZXCVBN {
			problems = append(problems, kind.Problem{
				Attribute: luds.name, Message: luds.name + " means nothing to the validation_policy ZXCVBN", Hint: "drop it, or declare validation_policy: LUDS",
			})
		}
	}
	return problems
}

// dropLUDS: when the policy becomes ZXCVBN, Stytch forgets what LUDS asked for.
func dropLUDS(live, declared PasswordStrengthConfig) PasswordStrengthConfig {
	if declared.Policy.Value == policyZXCVBN {
		live.Length, live.Complexity = kind.Opt[int]{}, kind.Opt[int]{}
	}
	return live
}

// passwordStrengthEffects says what lets weaker passwords in, and who must
// choose another.
func passwordStrengthEffects(t kind.Transition[PasswordStrengthConfig]) plan.Effects {
	var effects plan.Effects
	weaker := func(format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: plan.AuthenticationWeakened, Reason: fmt.Sprintf(format, args...)})
	}
	say := func(format string, args ...any) {
		effects.Consequences = append(effects.Consequences, fmt.Sprintf(format, args...))
	}
	was, is := t.Live.Value, t.After
	for _, check := range []struct {
		name, off, on string
		value         bool
	}{
		{"check_breach_on_creation", "people may choose a password that is known to have leaked", "", is.BreachOnCreation.Value},
		{"check_breach_on_authentication", "who has a password that leaks keeps logging in with it", "whoever has a password that has leaked must reset it at the next login", is.BreachOnAuthentication.Value},
		{"validate_on_authentication", "who has a password that the policy no longer allows keeps it", "whoever has a password that the policy does not allow must reset it at the next login", is.ValidateOnLogin.Value},
	} {
		switch {
		case !t.Changed[check.name]:
		case !check.value:
			weaker("%s", check.off)
		case check.on != "":
			say("%s", check.on)
		}
	}
	stricter := false
	if t.Changed["validation_policy"] {
		stricter = true
		weaker("the validation_policy %s allows passwords that %s refused", is.Policy.Value, was.Policy.Value)
		if is.Policy.Value == policyZXCVBN && was.Length.Set {
			say("Stytch drops luds_min_password_length, which was %d, and luds_min_password_complexity, which was %d", was.Length.Value, was.Complexity.Value)
		}
		if is.Policy.Value == policyLUDS && (!is.Length.Set || !is.Complexity.Set) {
			say("Stytch chooses the luds_min_password_length or luds_min_password_complexity that is not declared")
		}
	} else {
		for _, bound := range []struct {
			name    string
			was, is kind.Opt[int]
		}{{"luds_min_password_length", was.Length, is.Length}, {"luds_min_password_complexity", was.Complexity, is.Complexity}} {
			switch {
			case !bound.was.Set || !bound.is.Set:
			case bound.is.Value < bound.was.Value:
				weaker("%s is %d instead of %d", bound.name, bound.is.Value, bound.was.Value)
			case bound.is.Value > bound.was.Value:
				stricter = true
			}
		}
	}
	if stricter && is.ValidateOnLogin.Value && was.ValidateOnLogin.Value {
		say("whoever has a password that the new policy does not allow must reset it at the next login")
	}
	return effects
}
