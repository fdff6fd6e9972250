package sandbox

import (
	"crypto/rsa"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// sessionJWTLife is how long a session's JWT is good for, however long the session lives (Stytch's SDK comments).
const sessionJWTLife = 5 * time.Minute

// The claims of a session's JWT that are Stytch's own (Stytch's SDK, sessions.Claims).
const (
	sessionClaim      = "https://stytch.com/session"
	organizationClaim = "https://stytch.com/organization"
)

// issuer is the iss of what an environment signs.
func (e *environment) issuer() string { return "stytch.com/" + e.ProjectID }

// sign makes the session's JWT, which the environment's JWKS verifies. JWT templates are not applied to it.
func (s *session) sign(c *call, key *rsa.PrivateKey) (string, error) {
	claims := jwt.MapClaims{}
	for name, value := range s.CustomClaims {
		claims[name] = value
	}
	claims["iss"], claims["sub"], claims["aud"] = c.env.issuer(), s.MemberID, []string{c.env.ProjectID}
	claims["iat"], claims["nbf"], claims["exp"] = c.now.Unix(), c.now.Unix(), c.now.Add(sessionJWTLife).Unix()
	claims[sessionClaim] = answer{
		"id": s.MemberSessionID, "started_at": s.StartedAt, "last_accessed_at": s.LastAccessedAt, "expires_at": s.ExpiresAt,
		"attributes": answer{"user_agent": "", "ip_address": ""}, "authentication_factors": s.AuthenticationFactors, "roles": s.Roles,
	}
	claims[organizationClaim] = answer{"organization_id": s.OrganizationID, "slug": s.OrganizationSlug}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = c.env.keyID(&key.PublicKey)
	return token.SignedString(key)
}

// sessionOfJWT finds the session of a JWT that this environment signed, nil when there is none. As at Stytch, an old JWT
// still names a session that goes on.
func (c *call) sessionOfJWT(text string) *session {
	if c.env.SigningKey == nil {
		return nil // it has signed nothing
	}
	key, err := c.signingKey()
	if err != nil {
		return nil
	}
	claims := jwt.MapClaims{}
	_, err = jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithoutClaimsValidation()).
		ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil })
	if err != nil {
		return nil
	}
	about, _ := claims[sessionClaim].(map[string]any)
	for _, s := range c.server.data.sessions.byToken {
		if s.MemberSessionID == about["id"] {
			return s
		}
	}
	return nil
}
