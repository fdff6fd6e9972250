package sandbox

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The fraud service has a host of its own at Stytch; the sandbox answers for it at the same address.

// A fraudRule decides about whatever has the identifier. There is one rule for each type and identifier.
type fraudRule struct {
	Type        string
	Identifier  string
	Action      string
	Description string
	CreatedAt   time.Time
	UpdatedAt   *time.Time `json:",omitempty"`
	ExpiresAt   *time.Time `json:",omitempty"`
}

// The actions of a rule. NONE is never kept: it clears a rule.
const (
	fraudAllow, fraudBlock, fraudChallenge = "ALLOW", "BLOCK", "CHALLENGE"
	fraudNone                              = "NONE"
	countryRule                            = "COUNTRY_CODE"
)

// fraudIdentifiers are the keys of a body of which exactly one names what the rule is about.
var fraudIdentifiers = []string{
	"visitor_id", "browser_id", "visitor_fingerprint", "browser_fingerprint", "hardware_fingerprint", "network_fingerprint",
	"cidr_block", "country_code", "asn",
}

// Sizes of a page of rules (Stytch's reference).
const (
	defaultFraudLimit = 10
	maxFraudLimit     = 100
)

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

func (s *Server) fraudRoutes() {
	s.handle("POST /v1/rules/set", write, setFraudRule, append([]string{"action", "description", "expires_in_minutes"}, fraudIdentifiers...)...)
	s.handle("POST /v1/rules/list", read, listFraudRules, "cursor", "limit")
}

// setFraudRule makes a rule, replaces it whole, or clears it. Clearing what is not there is no error (a guess).
func setFraudRule(c *call) (answer, *apiError) {
	r, err := c.readFraudRule()
	if err != nil {
		return nil, err
	}
	rules := c.currentFraudRules()
	i := slices.IndexFunc(rules, func(o fraudRule) bool { return o.Type == r.Type && o.Identifier == r.Identifier })
	switch {
	case r.Action == fraudNone && i >= 0:
		rules = slices.Delete(rules, i, i+1)
	case r.Action == fraudNone:
	case i >= 0:
		r.CreatedAt, r.UpdatedAt = rules[i].CreatedAt, &c.now
		rules[i] = r
	default:
		rules = append(rules, r)
	}
	c.env.FraudRules = rules
	c.saveEnvironment(c.env)
	return answer{strings.ToLower(r.Type): r.Identifier, "action": r.Action, "expires_at": r.ExpiresAt}, nil
}

func (c *call) readFraudRule() (fraudRule, *apiError) {
	b := bodyReader{call: c}
	r := fraudRule{Action: get[string](&b, "action").Value, Description: get[string](&b, "description").Value, CreatedAt: c.now}
	minutes := get[int](&b, "expires_in_minutes")
	named := 0
	for _, key := range fraudIdentifiers {
		if value := get[string](&b, key).Value; value != "" {
			r.Type, r.Identifier, named = strings.ToUpper(key), value, named+1
		}
	}
	if b.err != nil {
		return r, b.err
	}
	if minutes.Sent && !minutes.Null {
		expires := c.now.Add(time.Duration(minutes.Value) * time.Minute)
		r.ExpiresAt = &expires
	}
	switch {
	case named != 1:
		return r, badRequest("invalid_argument", "Exactly one identifier is required, %d were given.", named)
	case !slices.Contains([]string{fraudAllow, fraudBlock, fraudChallenge, fraudNone}, r.Action):
		return r, badRequest("invalid_argument", "action must be ALLOW, BLOCK, CHALLENGE or NONE, not %q.", r.Action)
	case r.ExpiresAt != nil && minutes.Value < 1:
		return r, badRequest("invalid_argument", "expires_in_minutes must be positive.")
	case r.Type == countryRule && r.Action == fraudAllow:
		return r, badRequest("invalid_argument", "ALLOW is not possible for country codes.")
	}
	return r, r.checkIdentifier()
}

func (r *fraudRule) checkIdentifier() *apiError {
	switch r.Type {
	case countryRule:
		if !countryForm.MatchString(r.Identifier) {
			return badRequest("invalid_argument", "%q is no country code.", r.Identifier)
		}
	case "ASN":
		if _, err := strconv.ParseUint(r.Identifier, 10, 32); err != nil {
			return badRequest("invalid_argument", "%q is no ASN.", r.Identifier)
		}
	case "CIDR_BLOCK":
		if !strings.Contains(r.Identifier, "/") {
			r.Identifier += "/32"
		}
		block, err := netip.ParsePrefix(r.Identifier)
		if err != nil || block.Bits() < 16 || block.Bits() > 32 {
			return badRequest("invalid_argument", "%q is no CIDR block of 16 to 32 bits.", r.Identifier)
		}
	}
	return nil
}

// currentFraudRules are a copy of the rules without those that have expired.
func (c *call) currentFraudRules() []fraudRule {
	return slices.DeleteFunc(slices.Clone(c.env.FraudRules), func(r fraudRule) bool { return r.ExpiresAt != nil && !r.ExpiresAt.After(c.now) })
}

// listFraudRules answers pages of which the cursor stands beside the list.
func listFraudRules(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	limit, cursor := get[int](&b, "limit"), get[string](&b, "cursor").Value
	if b.err != nil {
		return nil, b.err
	}
	size := defaultFraudLimit
	if limit.Sent && !limit.Null {
		size = limit.Value
	}
	if size < 1 || size > maxFraudLimit {
		return nil, badRequest("invalid_argument", "The limit must be 1 to %d.", maxFraudLimit)
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, badRequest("invalid_argument", "The cursor does not belong to this list.")
	}
	rules, shown := c.currentFraudRules(), []answer{}
	slices.SortFunc(rules, func(a, b fraudRule) int { return strings.Compare(a.place(), b.place()) })
	next := ""
	for _, r := range rules {
		switch {
		case r.place() <= string(text):
		case len(shown) == size:
			next = base64.RawURLEncoding.EncodeToString([]byte(next))
			return answer{"rules": shown, "next_cursor": next}, nil
		default:
			shown, next = append(shown, r.view()), r.place()
		}
	}
	return answer{"rules": shown, "next_cursor": ""}, nil
}

// place orders the rules, for the cursor.
func (r *fraudRule) place() string { return r.Type + " " + r.Identifier }

func (r *fraudRule) view() answer {
	return answer{
		"rule_type": r.Type, "action": r.Action, strings.ToLower(r.Type): r.Identifier, "description": r.Description,
		"created_at": r.CreatedAt, "last_updated_at": r.UpdatedAt, "expires_at": r.ExpiresAt,
	}
}
