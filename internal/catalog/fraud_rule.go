package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A FraudRule decides what device fingerprinting says of a visitor, a network or
// a country. fraud_rule_rules.go holds the rules and what a change does.
type FraudRule struct {
	Identifier  string           `attr:"identifier,key" doc:"What the rule is about: an id or a fingerprint of Stytch's, an IPv4 address or a CIDR block of /16 to /32, a country as ISO 3166-1 alpha-2, or the number of an autonomous system."`
	RuleType    kind.Opt[string] `attr:"rule_type,required,immutable" oneof:"VISITOR_ID BROWSER_ID VISITOR_FINGERPRINT BROWSER_FINGERPRINT HARDWARE_FINGERPRINT NETWORK_FINGERPRINT CIDR_BLOCK COUNTRY_CODE ASN" doc:"What sort of identifier it is. It cannot change."`
	Action      kind.Opt[string] `attr:"action,required,nonempty" oneof:"ALLOW BLOCK CHALLENGE" doc:"What a lookup answers for the identifier, whatever else is known of it. A country cannot be allowed."`
	Description kind.Opt[string] `attr:"description" default:"\"\"" doc:"Why there is the rule; empty clears it."`
	ExpiresAt   kind.Opt[string] `attr:"expires_at" default:"\"\"" doc:"When the rule ends, such as 2030-01-31T12:00:00Z (RFC 3339); empty means never. Stytch takes minutes from now: an end within two minutes of the declared one counts as the same. From its end on the rule counts as declared absent, and may stay in the document."`
	ExpiresIn   kind.Opt[int]    `attr:"expires_in_minutes,initial" min:"1" doc:"Minutes after its creation at which the rule ends. A rule that ended and is still declared is made anew; declare expires_at where it shall not be."`
}

const (
	fraudRulesSet  = "/v1/rules/set"
	fraudRulesList = "/v1/rules/list"

	fraudPageSize = 100    // the largest page (Stytch's reference)
	fraudNone     = "NONE" // the action that clears a rule
	countryRule   = "COUNTRY_CODE"
	networkRule   = "CIDR_BLOCK"
	systemRule    = "ASN"

	// expiryTolerance is how far two ends may be apart and count as one: the minutes that Stytch takes are rounded up, and
	// pass while a request is on its way.
	expiryTolerance = 2 * time.Minute
)

var fraudRule = kind.New(kind.Type[FraudRule]{
	Name:   "fraud_rule",
	Plural: "fraud_rules",
	Plane:  client.Data,
	Merges: true, // setting a rule for an identifier that has one replaces it
	Doc: "A rule of Stytch's fraud and risk service, on a host of its own (`STYTCH_FRAUD_BASE_URI`): what a lookup answers for one " +
		"visitor, browser, device, network or country.",
	Facts: []string{
		"there is one rule for each type and identifier, and setting it replaces the whole rule: what is not declared is read right before and sent along; where every read of Stytch's lags behind, it is lost",
		"a rule whose end has passed counts as gone, whether Stytch still lists it or not",
		"a single address is the block /32 of itself, and a block is known by its first address",
		"clearing a rule that is not there is no error",
		"expires_in_minutes has no documented upper bound",
	},
	Fold:    foldIdentifier,
	Check:   checkFraudRule,
	Tidy:    tidyFraudRule,
	Near:    nearFraudRule,
	Lapsed:  func(r FraudRule, now time.Time) bool { return ended(r.ExpiresAt.Value, now) },
	Effects: fraudRuleEffects,
	List: func(ctx context.Context, c *client.Client, _ []kind.Scope) iter.Seq2[kind.Live[FraudRule], error] {
		return func(yield func(kind.Live[FraudRule], error) bool) { listFraudRules(ctx, c, yield) }
	},
	Create: func(ctx context.Context, c *client.Client, e kind.Edit[FraudRule]) (string, error) {
		return e.After.id(), setFraudRule(ctx, c, e.After)
	},
	Update: updateFraudRule,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[FraudRule]) error {
		ruleType, identifier, _ := strings.Cut(e.ID, " ")
		return c.Data(ctx, client.Request{Method: http.MethodPost, Path: fraudRulesSet, Body: map[string]any{
			lower(ruleType): identifier, "action": fraudNone,
		}}, nil)
	},
})

// id names a rule, which has no id at Stytch, by what makes it one.
func (r FraudRule) id() string { return r.RuleType.Value + " " + r.Identifier }

// listFraudRules reads all pages. Their cursor stands beside the list, and there
// is no count.
func listFraudRules(ctx context.Context, c *client.Client, yield func(kind.Live[FraudRule], error) bool) {
	now, cursor, passed := time.Now(), "", map[string]bool{}
	for number := 1; ; number++ {
		rules, next, err := fraudRulesPage(ctx, c, cursor)
		if err == nil && passed[next] {
			err = fmt.Errorf("%s %s gave the same cursor twice, so that the end of the list cannot be reached", http.MethodPost, fraudRulesList)
		}
		if err != nil {
			yield(kind.Live[FraudRule]{}, fmt.Errorf("page %d of fraud_rules: %w", number, err))
			return
		}
		for _, r := range rules {
			if ended(r.Value.ExpiresAt.Value, now) {
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
		if next == "" {
			return
		}
		passed[next], cursor = true, next
	}
}

// fraudRulesPage reads one page. An answer without the list is an error: taken
// for an empty page it would say that there is no rule.
func fraudRulesPage(ctx context.Context, c *client.Client, cursor string) ([]kind.Live[FraudRule], string, error) {
	body := map[string]any{"limit": fraudPageSize}
	if cursor != "" {
		body["cursor"] = cursor
	}
	var answer map[string]json.RawMessage
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: fraudRulesList, Body: body}, &answer); err != nil {
		return nil, "", err
	}
	var rows []map[string]any
	if err := decodeField(answer, "rules", &rows); err != nil {
		return nil, "", fmt.Errorf("%s %s: %w", http.MethodPost, fraudRulesList, err)
	}
	var next string
	if raw := answer["next_cursor"]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &next); err != nil { // null leaves it empty
			return nil, "", fmt.Errorf("%s %s: the answer's next_cursor: %w", http.MethodPost, fraudRulesList, err)
		}
	}
	rules := make([]kind.Live[FraudRule], 0, len(rows))
	for _, row := range rows {
		live, err := liveFraudRule(row)
		if err != nil {
			return nil, "", fmt.Errorf("%s %s: %w", http.MethodPost, fraudRulesList, err)
		}
		rules = append(rules, live)
	}
	return rules, next, nil
}

// liveFraudRule reads a row, in which the key of the identifier is the type in
// small letters.
func liveFraudRule(row map[string]any) (kind.Live[FraudRule], error) {
	text := func(name string) string { s, _ := row[name].(string); return s }
	ruleType := text("rule_type")
	identifier := text(lower(ruleType))
	if ruleType == "" || identifier == "" {
		return kind.Live[FraudRule]{}, withoutID("rule")
	}
	value := FraudRule{
		Identifier:  identifier,
		RuleType:    kind.Some(ruleType),
		Action:      kind.Some(text("action")),
		Description: kind.Some(text("description")),
		ExpiresAt:   kind.Some(text("expires_at")),
	}
	return kind.Live[FraudRule]{ID: value.id(), Value: value}, nil
}

// setFraudRule sends a whole rule: Stytch replaces it.
func setFraudRule(ctx context.Context, c *client.Client, r FraudRule) error {
	body := map[string]any{lower(r.RuleType.Value): r.Identifier, "action": r.Action.Value}
	if r.Description.Value != "" {
		body["description"] = r.Description.Value
	}
	switch {
	case r.ExpiresAt.Value != "":
		minutes, err := minutesUntil(r.ExpiresAt.Value, time.Now())
		if err != nil {
			return err
		}
		body["expires_in_minutes"] = minutes
	case r.ExpiresIn.Set && !r.ExpiresAt.Set:
		body["expires_in_minutes"] = r.ExpiresIn.Value
	}
	return c.Data(ctx, client.Request{Method: http.MethodPost, Path: fraudRulesSet, Body: body}, nil)
}

// updateFraudRule lays what changes over the rule as it is now.
func updateFraudRule(ctx context.Context, c *client.Client, e kind.Edit[FraudRule]) error {
	var found *FraudRule
	var failed error
	listFraudRules(ctx, c, func(live kind.Live[FraudRule], err error) bool {
		if failed = err; err == nil && live.ID == e.ID {
			found = &live.Value
		}
		return err == nil && found == nil
	})
	switch {
	case failed != nil:
		return fmt.Errorf("reading the rest of the rule: %w", failed)
	case found == nil:
		return changedMeanwhile("the rule ended, or was cleared, since the plan was made")
	}
	whole := *found
	for _, part := range []struct{ into, from *kind.Opt[string] }{
		{&whole.Action, &e.After.Action}, {&whole.Description, &e.After.Description}, {&whole.ExpiresAt, &e.After.ExpiresAt},
	} {
		if part.from.Set {
			*part.into = *part.from
		}
	}
	return setFraudRule(ctx, c, whole)
}
