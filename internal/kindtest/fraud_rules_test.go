package kindtest

import (
	"strings"
	"testing"
	"time"
)

// stampAt is a moment relative to the sandbox's clock, as documents write it.
func stampAt(now time.Time, later time.Duration) string {
	return now.Add(later).UTC().Format(time.RFC3339)
}

func TestAnAbsoluteEndIsNoDrift(t *testing.T) {
	inBubble(t, storyDocument(Object{}), func(t *testing.T, w *World) {
		end := stampAt(time.Now(), 90*time.Minute+17*time.Second)
		document := decoded(t, storyDocument(Object{"fraud_rules": Object{"DE": Object{"rule_type": "COUNTRY_CODE", "action": "BLOCK", "expires_at": end}}}))
		if r := w.pipeline(t, document, false); r.code != 0 {
			t.Fatal(r.told())
		}
		for range 3 {
			time.Sleep(25 * time.Minute)
			if r := w.pipeline(t, document, false); len(r.plan.Changes) > 0 {
				t.Fatalf("an end that stays is planned again:\n%s", Told(r.plan))
			}
		}
		time.Sleep(20 * time.Minute)
		if r := w.pipeline(t, document, false); r.code != 0 || len(r.plan.Changes) > 0 {
			t.Errorf("an end that has passed, as declared, is planned again:\n%s", r.told())
		}
		if rules := w.sees(t).ids["fraud_rule/DE"]; len(rules) > 0 {
			t.Errorf("the rule lives on: %v", rules)
		}
	})
}

// A rule that somebody made permanent ends all the same when its declared end
// has passed.
func TestARuleThatShouldHaveEndedIsCleared(t *testing.T) {
	inBubble(t, storyDocument(Object{}), func(t *testing.T, w *World) {
		end := stampAt(time.Now(), time.Hour)
		document := decoded(t, storyDocument(Object{"fraud_rules": Object{"DE": Object{"rule_type": "COUNTRY_CODE", "action": "BLOCK", "expires_at": end}}}))
		w.pipeline(t, document, false)
		w.tell(t, "POST", "/v1/rules/set", Object{"country_code": "DE", "action": "BLOCK"})
		time.Sleep(2 * time.Hour)
		r := w.pipeline(t, document, false)
		only(t, r.plan, "delete fraud_rule/DE")
		if rules := w.sees(t).ids["fraud_rule/DE"]; len(rules) > 0 {
			t.Errorf("the rule lives on: %v", rules)
		}
	})
}

// Setting a rule replaces it whole: what is not declared stays.
func TestAnUpdateKeepsWhatIsNotDeclared(t *testing.T) {
	inBubble(t, storyDocument(Object{}), func(t *testing.T, w *World) {
		w.tell(t, "POST", "/v1/rules/set", Object{"country_code": "DE", "action": "BLOCK", "description": "abuse", "expires_in_minutes": 600})
		before := w.FraudRuleNow(t, "DE")
		time.Sleep(90 * time.Minute)
		document := decoded(t, storyDocument(Object{"fraud_rules": Object{"DE": Object{"action": "CHALLENGE"}}}))
		if r := w.pipeline(t, document, false); r.code != 0 {
			t.Fatal(r.told())
		}
		after := w.FraudRuleNow(t, "DE")
		if after["action"] != "CHALLENGE" || after["description"] != "abuse" || after["expires_at"] != before["expires_at"] {
			t.Errorf("%v became %v", before, after)
		}
	})
}

func TestARelativeEndIsGivenOnce(t *testing.T) {
	inBubble(t, storyDocument(Object{}), func(t *testing.T, w *World) {
		document := decoded(t, storyDocument(Object{"fraud_rules": Object{
			"DE": Object{"rule_type": "COUNTRY_CODE", "action": "BLOCK", "initial": Object{"expires_in_minutes": 60}},
		}}))
		start := time.Now()
		if r := w.pipeline(t, document, false); r.code != 0 {
			t.Fatal(r.told())
		}
		rule := w.FraudRuleNow(t, "DE")
		if want := stampAt(start.Truncate(time.Second), time.Hour); rule["expires_at"] != want {
			t.Errorf("it ends %v, want %v", rule["expires_at"], want)
		}
		time.Sleep(30 * time.Minute)
		if r := w.pipeline(t, document, false); len(r.plan.Changes) > 0 {
			t.Errorf("half an hour later it is planned again:\n%s", Told(r.plan))
		}
		if now := w.FraudRuleNow(t, "DE"); now["expires_at"] != rule["expires_at"] {
			t.Errorf("the end has moved from %v to %v", rule["expires_at"], now["expires_at"])
		}
	})
}

// FraudRuleNow is the rule for a country, past the network.
func (w *World) FraudRuleNow(t *testing.T, country string) Object {
	t.Helper()
	return pick(w.tell(t, "POST", "/v1/rules/list", Object{"limit": 100})["rules"], "country_code", country)
}

func TestWhatAFraudRuleIsAboutCannotChange(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state("fraud_rules: {'64500': {rule_type: ASN, action: BLOCK}}\n"))
	_, problems, err := w.TryPlan(t, state("fraud_rules: {'64500': {rule_type: VISITOR_ID, action: BLOCK}}\n"))
	if text := words(problems); err != nil || !strings.Contains(text, "rule_type cannot change: it is ASN") {
		t.Errorf("%v %s", err, text)
	}
}

// Stytch shows a single address as a block; a document may write either.
func TestAnAddressIsItsOwnBlock(t *testing.T) {
	w := New(t, Options{})
	only(t, w.Converge(t, state("fraud_rules: {203.0.113.7: {rule_type: CIDR_BLOCK, action: BLOCK}}\n")), "create fraud_rule/203.0.113.7")
	if w.FraudRule(t, "CIDR_BLOCK", "203.0.113.7/32") == nil {
		t.Error("the sandbox does not show the address as a block")
	}
	w.Converge(t, state("fraud_rules: {203.0.113.7/32: {absent: true}}\n"), "delete_percent=100")
	if w.FraudRule(t, "CIDR_BLOCK", "203.0.113.7/32") != nil {
		t.Error("the rule lives on")
	}
}

func TestRulesAreReadPageByPage(t *testing.T) {
	w := New(t, Options{})
	for i := range 150 {
		w.Ask(t, "POST", "/v1/rules/set", Object{"asn": strings.Repeat("1", 1+i/50) + string(rune('0'+i%10)) + string(rune('0'+i/10%5)), "action": "BLOCK"})
	}
	if p := w.Plan(t, state("fraud_rules: {}\n")); p.Summary.Undeclared != 150 {
		t.Errorf("%d undeclared, want 150", p.Summary.Undeclared)
	}
}
