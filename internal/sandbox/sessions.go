package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Sessions of members. They live in memory alone and end with the process; only attest opens them.

const attestPath = "/v1/b2b/sessions/attest"

func (s *Server) sessionRoutes() {
	s.handle("POST "+attestPath, write, attest, "profile_id", "token", "organization_id", "session_duration_minutes",
		"session_custom_claims", "session_token", "session_jwt", "telemetry_id").before = fetchKeys
}

// Bounds of a session (Stytch's SDK comments).
const (
	minSessionMinutes     = 5
	maxSessionMinutes     = 527_040
	defaultSessionMinutes = 60
	maxCustomClaimsBytes  = 4 << 10
)

// sessions are those of all environments, by token. They are guarded by the server's lock.
type sessions struct {
	byToken map[string]*session
	tokens  map[string]time.Time // trusted tokens that came, until they expire; see Knobs.TokensOnce
}

type session struct {
	token     string
	projectID string
	memberSession
}

// A memberSession is the session as the API shows it, its keys in the alphabet's order.
type memberSession struct {
	AuthenticationFactors []sessionFactor            `json:"authentication_factors"`
	CustomClaims          map[string]json.RawMessage `json:"custom_claims"`
	ExpiresAt             time.Time                  `json:"expires_at"`
	LastAccessedAt        time.Time                  `json:"last_accessed_at"`
	MemberID              string                     `json:"member_id"`
	MemberSessionID       string                     `json:"member_session_id"`
	OrganizationID        string                     `json:"organization_id"`
	OrganizationSlug      string                     `json:"organization_slug"`
	Roles                 []string                   `json:"roles"`
	StartedAt             time.Time                  `json:"started_at"`
}

type sessionFactor struct {
	CreatedAt              time.Time              `json:"created_at"`
	DeliveryMethod         string                 `json:"delivery_method"`
	LastAuthenticatedAt    time.Time              `json:"last_authenticated_at"`
	TrustedAuthTokenFactor trustedAuthTokenFactor `json:"trusted_auth_token_factor"`
	Type                   string                 `json:"type"`
	UpdatedAt              time.Time              `json:"updated_at"`
}

type trustedAuthTokenFactor struct {
	TokenID string `json:"token_id"`
}

func trustedTokenFactor(tokenID string, now time.Time) sessionFactor {
	return sessionFactor{
		CreatedAt: now, DeliveryMethod: "trusted_token_exchange", LastAuthenticatedAt: now,
		TrustedAuthTokenFactor: trustedAuthTokenFactor{tokenID}, Type: "trusted_auth_token", UpdatedAt: now,
	}
}

// A sessionWish is what a request says of the session that it wants.
type sessionWish struct {
	token, jwt string
	minutes    field[int]
	claims     map[string]json.RawMessage
}

func readSessionWish(b *bodyReader) sessionWish {
	wish := sessionWish{
		token: get[string](b, "session_token").Value, jwt: get[string](b, "session_jwt").Value,
		minutes: get[int](b, "session_duration_minutes"), claims: get[map[string]json.RawMessage](b, "session_custom_claims").Value,
	}
	set := wish.minutes.Sent && !wish.minutes.Null
	switch {
	case b.err != nil:
	case wish.token != "" && wish.jwt != "":
		b.err = badRequest("too_many_session_arguments", "Give session_token or session_jwt, not both.")
	case set && (wish.minutes.Value < minSessionMinutes || wish.minutes.Value > maxSessionMinutes):
		b.err = badRequest("invalid_session_duration_minutes", "session_duration_minutes must be %d to %d, not %d.",
			minSessionMinutes, maxSessionMinutes, wish.minutes.Value)
	}
	return wish
}

// openSession makes or extends a session for the member, and stores whom it was opened for.
func (c *call) openSession(o *organization, m *member, wish sessionWish, factor sessionFactor) (answer, *apiError) {
	s, err := c.sessionFor(o, m, wish)
	if err != nil {
		return nil, err
	}
	changed := *s
	if err := changed.take(wish, factor, c.now); err != nil {
		return nil, err
	}
	key, failed := c.signingKey()
	if failed != nil {
		return nil, internalError("The environment's signing key is damaged.")
	}
	o, m = c.keepAttested(o, m)
	changed.OrganizationSlug, changed.Roles = o.OrganizationSlug, []string{}
	for _, role := range m.rolesIn(&o.organizationView) {
		changed.Roles = append(changed.Roles, role.RoleID)
	}
	signed, failed := changed.sign(c, key)
	if failed != nil {
		return nil, internalError("The session's JWT could not be signed.")
	}
	c.server.data.sessions.put(&changed, c.now)
	reply := memberAnswer(m, o)
	reply["member_session"], reply["session_token"], reply["session_jwt"] = changed.memberSession, changed.token, signed
	return reply, nil
}

// sessionFor finds the session that a request names, or begins one. It must be the member's own: that another's is
// refused with the error of tenancies is a guess.
func (c *call) sessionFor(o *organization, m *member, wish sessionWish) (*session, *apiError) {
	if wish.token == "" && wish.jwt == "" {
		return &session{newSecretValue(), c.env.ProjectID, memberSession{
			MemberID: m.MemberID, MemberSessionID: c.env.newID("member-session"), OrganizationID: o.OrganizationID, StartedAt: c.now,
			ExpiresAt: c.now.Add(defaultSessionMinutes * time.Minute), CustomClaims: map[string]json.RawMessage{},
		}}, nil
	}
	s := c.server.data.sessions.byToken[wish.token]
	if wish.jwt != "" {
		s = c.sessionOfJWT(wish.jwt)
	}
	switch {
	case s == nil || s.projectID != c.env.ProjectID || !c.now.Before(s.ExpiresAt):
		return nil, notFound("session_not_found", "There is no such session.")
	case s.MemberID != m.MemberID:
		return nil, &apiError{http.StatusForbidden, "session_authorization_tenancy_error", "The session is not that of the token's member."}
	}
	return s, nil
}

// take applies a wish: the time, the custom claims of which null removes one and reserved ones are passed over, and the
// factor, which counts once for a token_id.
func (s *session) take(wish sessionWish, factor sessionFactor, now time.Time) *apiError {
	s.LastAccessedAt = now
	if wish.minutes.Value > 0 {
		s.ExpiresAt = now.Add(time.Duration(wish.minutes.Value) * time.Minute)
	}
	s.CustomClaims = maps.Clone(s.CustomClaims)
	size := 0
	for name, value := range wish.claims {
		switch {
		case reservedClaim(name):
		case isAbsent(value):
			delete(s.CustomClaims, name)
		default:
			s.CustomClaims[name] = value
		}
	}
	for name, value := range s.CustomClaims {
		size += len(name) + len(value)
	}
	if size > maxCustomClaimsBytes {
		return badRequest("invalid_argument", "session_custom_claims may have at most %d bytes.", maxCustomClaimsBytes)
	}
	same := func(known sessionFactor) bool { return known.TrustedAuthTokenFactor == factor.TrustedAuthTokenFactor }
	s.AuthenticationFactors = slices.Clone(s.AuthenticationFactors)
	if i := slices.IndexFunc(s.AuthenticationFactors, same); i >= 0 {
		factor.CreatedAt = s.AuthenticationFactors[i].CreatedAt
		s.AuthenticationFactors[i] = factor
	} else {
		s.AuthenticationFactors = append(s.AuthenticationFactors, factor)
	}
	return nil
}

func reservedClaim(name string) bool {
	return slices.Contains(strings.Fields("iss sub aud exp nbf iat jti"), name) || strings.HasPrefix(name, "https://stytch.com/")
}

// put keeps a session, and forgets those that are over.
func (s *sessions) put(kept *session, now time.Time) {
	if s.byToken == nil {
		s.byToken = map[string]*session{}
	}
	maps.DeleteFunc(s.byToken, func(_ string, old *session) bool { return !now.Before(old.ExpiresAt) })
	s.byToken[kept.token] = kept
}

// came says whether a trusted token was exchanged before. One that has expired is forgotten: it is refused anyway.
func (s *sessions) came(token string, now time.Time) bool {
	maps.DeleteFunc(s.tokens, func(_ string, over time.Time) bool { return !now.Before(over) })
	_, known := s.tokens[token]
	return known
}

// note remembers a trusted token that was exchanged.
func (s *sessions) note(token string, expires time.Time) {
	if s.tokens == nil {
		s.tokens = map[string]time.Time{}
	}
	s.tokens[token] = expires
}
