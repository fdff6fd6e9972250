package sandbox

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A bearer is whom a token tells of, in Stytch's words.
type bearer struct {
	Email          string
	TokenID        string
	OrganizationID string // an ID, an external ID, or "" where the token does not say
	ExternalID     string
	Roles          []string
	Expires        time.Time // when the token does
}

// key tells a profile's tokens apart.
func (b bearer) key(p *trustedTokenProfile) string { return p.ProfileID + " " + b.TokenID }

// identify reads a token's claims through the profile's attribute_mapping, which goes from Stytch's attribute to the name
// of a claim. The names are those of the top level: whether Stytch reads nested claims is not documented.
func (p *trustedTokenProfile) identify(claims jwt.MapClaims) (bearer, *apiError) {
	_, ofUsers := p.AttributeMapping["external_user_id"]
	_, ofMembers := p.AttributeMapping["external_member_id"]
	switch { // Stytch has these two errors; that they mean this is a guess
	case ofUsers && ofMembers:
		return bearer{}, badRequest("trusted_token_profile_cannot_have_multiple_external_ids",
			"The profile maps external_user_id and external_member_id.")
	case ofUsers:
		return bearer{}, badRequest("trusted_token_profile_incorrect_external_id_mapping",
			"The profile maps external_user_id, which is for Consumer projects; members have external_member_id.")
	}
	m := mappedClaims{mapping: p.AttributeMapping, claims: claims}
	who := bearer{
		Email: m.required("email"), TokenID: m.required("token_id"),
		OrganizationID: m.text("organization_id"), ExternalID: m.text("external_member_id"), Roles: m.list("role_ids"),
	}
	if m.err == nil && checkEmail(who.Email) != nil {
		m.err = badRequest("jwt_invalid_claims", "The token's email is %q, which is not a valid address.", who.Email)
	}
	if expires, err := claims.GetExpirationTime(); err == nil && expires != nil {
		who.Expires = expires.Time
	}
	return who, m.err
}

// mappedClaims reads several claims and remembers the first problem.
type mappedClaims struct {
	mapping map[string]any
	claims  jwt.MapClaims
	err     *apiError
}

func (m *mappedClaims) refuse(format string, args ...any) {
	if m.err == nil {
		m.err = badRequest("jwt_invalid_claims", format, args...)
	}
}

// required reads a claim that every token must have.
func (m *mappedClaims) required(attribute string) string {
	if _, mapped := m.mapping[attribute].(string); !mapped {
		m.refuse("The profile maps no claim to %s.", attribute)
		return ""
	}
	value := m.text(attribute)
	if value == "" {
		m.refuse("The token has no claim %q, which the profile maps to %s.", m.mapping[attribute], attribute)
	}
	return value
}

// text reads a claim that is a string; a claim that is null is no claim.
func (m *mappedClaims) text(attribute string) string {
	name, _ := m.mapping[attribute].(string)
	value, isText := m.claims[name].(string)
	if !isText && m.claims[name] != nil {
		m.refuse("The token's claim %q, which the profile maps to %s, is no string.", name, attribute)
	}
	return value
}

// list reads a claim that is an array of strings.
func (m *mappedClaims) list(attribute string) []string {
	name, _ := m.mapping[attribute].(string)
	values, isList := m.claims[name].([]any)
	if !isList && m.claims[name] != nil {
		m.refuse("The token's claim %q, which the profile maps to %s, is no array.", name, attribute)
	}
	texts := make([]string, 0, len(values))
	for _, value := range values {
		text, isText := value.(string)
		if !isText {
			m.refuse("The token's claim %q, which the profile maps to %s, has an element that is no string.", name, attribute)
		}
		texts = append(texts, text)
	}
	return texts
}
