package catalog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func fraud(ruleType, identifier, action string) FraudRule {
	return FraudRule{Identifier: identifier, RuleType: kind.Some(ruleType), Action: kind.Some(action)}
}

func TestFraudRuleRules(t *testing.T) {
	ending := func(end string) FraudRule {
		r := fraud("ASN", "1", "BLOCK")
		r.ExpiresAt = kind.Some(end)
		return r
	}
	for _, test := range []struct {
		name string
		rule FraudRule
		want []string
	}{
		{"a block", fraud("CIDR_BLOCK", "203.0.113.0/24", "BLOCK"), nil},
		{"an address", fraud("CIDR_BLOCK", "203.0.113.7", "ALLOW"), nil},
		{"a block that is too large", fraud("CIDR_BLOCK", "10.0.0.0/15", "BLOCK"), []string{`"10.0.0.0/15" is neither an IPv4 address nor a block of /16 to /32`}},
		{"IPv6", fraud("CIDR_BLOCK", "2001:db8::/32", "BLOCK"), []string{`"2001:db8::/32" is neither an IPv4 address nor a block of /16 to /32`}},
		{"a country", fraud("COUNTRY_CODE", "DE", "CHALLENGE"), nil},
		{"a country in small letters", fraud("COUNTRY_CODE", "de", "BLOCK"), []string{`"de" is not a country code`}},
		{"a country that is allowed", fraud("COUNTRY_CODE", "DE", "ALLOW"), []string{"action: a country cannot be allowed"}},
		{"the last system", fraud("ASN", "4294967295", "BLOCK"), nil},
		{"a system beyond it", fraud("ASN", "4294967296", "BLOCK"), []string{`"4294967296" is not the number of an autonomous system`}},
		{"a system with letters", fraud("ASN", "AS64500", "BLOCK"), []string{`"AS64500" is not the number of an autonomous system`}},
		{"a system with a zero before it", fraud("ASN", "01", "BLOCK"), []string{`"01" is not the number of an autonomous system`}},
		{"a fingerprint with a space", fraud("VISITOR_ID", "visitor 1", "BLOCK"), []string{"the identifier holds a space or a control character"}},
		{"an end", ending("2030-01-31T12:00:00+02:00"), nil},
		{"no end", ending(""), nil},
		{"a day is no end", ending("2030-01-31"), []string{`expires_at: "2030-01-31" is not a time`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, test.want...), messages(checkFraudRule(test.rule))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEndsOfFraudRulesCompare(t *testing.T) {
	for _, test := range []struct {
		name, live, declared string
		equal                bool
	}{
		{"the same, in another zone", "2030-01-31T12:00:00Z", "2030-01-31T14:00:00+02:00", true},
		{"rounded up to the minute", "2030-01-31T12:00:59Z", "2030-01-31T12:00:00Z", true},
		{"a little early", "2030-01-31T11:59:58Z", "2030-01-31T12:00:00Z", true},
		{"two minutes late", "2030-01-31T12:02:00Z", "2030-01-31T12:00:00Z", false},
		{"never, where there shall be an end", "", "2030-01-31T12:00:00Z", false},
		{"an end, where there shall be none", "2030-01-31T12:00:00Z", "", false},
		{"never", "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			live, declared := fraud("ASN", "1", "BLOCK"), fraud("ASN", "1", "BLOCK")
			live.ExpiresAt, declared.ExpiresAt = kind.Some(test.live), kind.Some(test.declared)
			if changed := fraudRule.Compare(&live, &declared); (len(changed) == 0) != test.equal {
				t.Errorf("%v, want equal: %t", changed, test.equal)
			}
		})
	}
}

func TestMinutesUntilAnEnd(t *testing.T) {
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		end  string
		want int
	}{
		{"2030-01-31T12:00:01Z", 1}, {"2030-01-31T12:01:00Z", 1}, {"2030-01-31T12:01:01Z", 2}, {"2030-02-01T12:00:00Z", 1440},
	} {
		if got, err := minutesUntil(test.end, now); err != nil || got != test.want {
			t.Errorf("%s: %d, %v; want %d", test.end, got, err, test.want)
		}
	}
	if _, err := minutesUntil("2030-01-31T12:00:00Z", now); err == nil {
		t.Error("an end that has passed has minutes left")
	}
}

func TestFraudRuleEffects(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		want                []string
	}{
		{"a block", "", "BLOCK", []string{"access-removed: whoever comes from DE is kept out, where the application asks for a verdict"}},
		{"a challenge", "", "CHALLENGE", []string{"access-removed: whoever comes from DE is challenged, where the application asks for a verdict"}},
		{"an exception", "", "ALLOW", []string{"authentication-weakened: DE is let in, whatever else is known of it"}},
		{"a block becomes a challenge", "BLOCK", "CHALLENGE", []string{"authentication-weakened: DE is no longer kept out"}},
		{"a challenge becomes a block", "CHALLENGE", "BLOCK", []string{"access-removed: whoever comes from DE is kept out, where the application asks for a verdict"}},
		{"a block is cleared", "BLOCK", "", []string{"authentication-weakened: DE is no longer kept out"}},
		{"a challenge is cleared", "CHALLENGE", "", []string{"authentication-weakened: DE is no longer challenged"}},
		{"an exception is cleared", "ALLOW", "", []string{"access-removed: DE is judged by what else is known of it"}},
		{"a description alone", "BLOCK", "BLOCK", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var transition kind.Transition[FraudRule]
			transition.Action = plan.Update
			if test.before != "" {
				transition.Live.Value = fraud("COUNTRY_CODE", "DE", test.before)
			}
			if test.after != "" {
				transition.After = fraud("COUNTRY_CODE", "DE", test.after)
			}
			if diff := cmp.Diff(test.want, effectsInWords(fraudRuleEffects(transition))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
