package catalog

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

var countryCodeForm = regexp.MustCompile(`^[A-Z]{2}$`)

// foldIdentifier writes networks in one way: an address is the block of itself
// alone, and a block is known by its first address.
func foldIdentifier(identifier string) string {
	if address, err := netip.ParseAddr(identifier); err == nil && address.Is4() {
		return netip.PrefixFrom(address, address.BitLen()).String()
	}
	if block, err := netip.ParsePrefix(identifier); err == nil && block.Addr().Is4() {
		return block.Masked().String()
	}
	return identifier
}

func checkFraudRule(r FraudRule) []kind.Problem {
	var problems []kind.Problem
	refuse := func(attribute, message, hint string) {
		problems = append(problems, kind.Problem{Attribute: attribute, Message: message, Hint: hint})
	}
	switch r.RuleType.Value {
	case networkRule:
		block, err := netip.ParsePrefix(foldIdentifier(r.Identifier))
		if err != nil || !block.Addr().Is4() || block.Bits() < 16 {
			refuse("", fmt.Sprintf("%q is neither an IPv4 address nor a block of /16 to /32", r.Identifier), "write a block such as 203.0.113.0/24")
		}
	case countryRule:
		if !countryCodeForm.MatchString(r.Identifier) {
			refuse("", fmt.Sprintf("%q is not a country code", r.Identifier), "write two capital letters of ISO 3166-1, such as DE")
		}
		if r.Action.Value == "ALLOW" {
			refuse("action", "a country cannot be allowed", "block or challenge it, or declare the rule absent: true")
		}
	case systemRule:
		if _, err := strconv.ParseUint(r.Identifier, 10, 32); err != nil || r.Identifier != "0" && strings.HasPrefix(r.Identifier, "0") {
			refuse("", fmt.Sprintf("%q is not the number of an autonomous system", r.Identifier), "write a whole number from 0 to 4294967295, without AS before it")
		}
	default:
		if strings.ContainsFunc(r.Identifier, isSpaceOrControl) {
			refuse("", "the identifier holds a space or a control character", "write it as Stytch shows it")
		}
	}
	if _, err := time.Parse(time.RFC3339, r.ExpiresAt.Value); r.ExpiresAt.Value != "" && err != nil {
		refuse("expires_at", fmt.Sprintf("%q is not a time", r.ExpiresAt.Value), "write a time such as 2030-01-31T12:00:00Z")
	}
	return problems
}

// tidyFraudRule writes ends in one way, in UTC.
func tidyFraudRule(r FraudRule) FraudRule {
	if end, err := time.Parse(time.RFC3339, r.ExpiresAt.Value); err == nil {
		r.ExpiresAt.Value = end.UTC().Format(time.RFC3339)
	}
	return r
}

// nearFraudRule: Stytch counts minutes from when it is asked, so that no end is
// kept to the second.
func nearFraudRule(live, declared FraudRule) FraudRule {
	is, err := time.Parse(time.RFC3339, live.ExpiresAt.Value)
	want, wrong := time.Parse(time.RFC3339, declared.ExpiresAt.Value)
	if err == nil && wrong == nil && is.Sub(want).Abs() < expiryTolerance {
		declared.ExpiresAt.Value = live.ExpiresAt.Value
	}
	return declared
}

// ended reports whether an end has passed. What has none never ends.
func ended(expiresAt string, now time.Time) bool {
	end, err := time.Parse(time.RFC3339, expiresAt)
	return err == nil && !end.After(now)
}

// minutesUntil is the end as Stytch takes it, never earlier than declared.
func minutesUntil(expiresAt string, now time.Time) (int, error) {
	end, err := time.Parse(time.RFC3339, expiresAt)
	if err != nil || !end.After(now) {
		return 0, changedMeanwhile("its expires_at passed since the plan was made")
	}
	return int((end.Sub(now) + time.Minute - time.Nanosecond) / time.Minute), nil
}

// fraudRuleEffects says who gets in or is kept out.
func fraudRuleEffects(t kind.Transition[FraudRule]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	was, is := t.Live.Value.Action.Value, t.After.Action.Value
	if was == is {
		return effects
	}
	what := cmp.Or(t.After.Identifier, t.Live.Value.Identifier)
	switch is {
	case "ALLOW":
		risk(plan.AuthenticationWeakened, "%s is let in, whatever else is known of it", what)
	case "BLOCK":
		risk(plan.AccessRemoved, "whoever comes from %s is kept out, where the application asks for a verdict", what)
	case "CHALLENGE":
		if was != "BLOCK" {
			risk(plan.AccessRemoved, "whoever comes from %s is challenged, where the application asks for a verdict", what)
		}
	}
	switch {
	case was == "BLOCK":
		risk(plan.AuthenticationWeakened, "%s is no longer kept out", what)
	case was == "ALLOW" && is == "":
		risk(plan.AccessRemoved, "%s is judged by what else is known of it", what)
	case was == "CHALLENGE" && is != "BLOCK":
		risk(plan.AuthenticationWeakened, "%s is no longer challenged", what)
	}
	return effects
}
