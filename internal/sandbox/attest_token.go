package sandbox

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v2"
	"github.com/golang-jwt/jwt/v5"
)

// signatures are the algorithms with a private and a public key. With "none", or with HS256 and the public key for a
// secret, anybody could sign.
var signatures = strings.Fields("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA")

// tokenTypes are the typ of tokens that tell who somebody is. Others, such as "logout+jwt", were signed for another
// purpose (RFC 8725, 3.11). That Stytch looks at typ is a guess.
var tokenTypes = []string{"jwt", "at+jwt"}

// A keyring holds the public keys of a profile: a JWKS, of which the token's kid chooses one, or PEM files, which have no
// IDs, so that each is tried. Which of the two is the profile's to say; keys and addresses of keys in the token itself
// (jwk, jku, x5c, x5u) count for nothing.
type keyring struct {
	byID *keyfunc.JWKS
	pems []pemFile
}

// verified checks a token's signature, issuer, audience and times, in this order, and gives its claims. That exp must be
// there and that no clock may be wrong are guesses.
func (c *call) verified(p *trustedTokenProfile, token string) (jwt.MapClaims, *apiError) {
	keys, err := c.keyring(p)
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	_, failed := jwt.NewParser(
		jwt.WithValidMethods(signatures), jwt.WithIssuer(p.Issuer), jwt.WithAudience(p.Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(func() time.Time { return c.now }),
	).ParseWithClaims(token, claims, keys.choose)
	switch {
	case failed == nil:
		return claims, nil
	case !errors.Is(failed, jwt.ErrTokenInvalidClaims), errors.Is(failed, jwt.ErrTokenExpired),
		errors.Is(failed, jwt.ErrTokenNotValidYet), errors.Is(failed, jwt.ErrTokenUsedBeforeIssued):
		return nil, invalidToken(failed.Error())
	case errors.Is(failed, jwt.ErrTokenInvalidIssuer):
		return nil, badRequest("jwt_invalid_issuer", "The token's iss is %v, and the profile trusts %q.", claims["iss"], p.Issuer)
	case errors.Is(failed, jwt.ErrTokenInvalidAudience):
		return nil, badRequest("jwt_invalid_audience", "The token's aud is %v, and the profile wants %q.", claims["aud"], p.Audience)
	}
	return nil, badRequest("jwt_invalid_claims", "The %v.", failed)
}

func invalidToken(why string) *apiError {
	return badRequest("invalid_trusted_auth_token", "The trusted auth token is not accepted: %s.", why)
}

func (c *call) keyring(p *trustedTokenProfile) (keyring, *apiError) {
	switch {
	case p.PublicKeyType == keyTypePEM:
		return keyring{pems: p.PEMFiles}, nil
	case p.JWKSURL == nil:
		return keyring{}, invalidToken("the profile has no jwks_url")
	case *p.JWKSURL != c.fetched.url:
		return keyring{}, invalidToken("the profile changed meanwhile; try again")
	case c.fetched.err != nil:
		return keyring{}, invalidToken("its keys cannot be fetched: " + c.fetched.err.Error())
	}
	return keyring{byID: c.fetched.keys}, nil
}

// choose gives the keys that may have signed a token. A JWKS wants a kid, even where it has one key alone; a guess.
func (k keyring) choose(token *jwt.Token) (any, error) {
	if _, named := token.Header["crit"]; named {
		return nil, errors.New("its header has crit, and no extension is known")
	}
	if name, named := token.Header["typ"]; named {
		text, _ := name.(string)
		if !slices.Contains(tokenTypes, strings.TrimPrefix(strings.ToLower(text), "application/")) {
			return nil, fmt.Errorf("its typ is %v", name)
		}
	}
	var candidates []any
	if k.byID != nil {
		key, err := k.byID.Keyfunc(token)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, key)
	}
	for _, file := range k.pems {
		candidates = append(candidates, publicKeyOf(file.PublicKey))
	}
	var set jwt.VerificationKeySet
	for _, key := range candidates {
		if signs(key, token.Method) {
			set.Keys = append(set.Keys, key)
		}
	}
	if len(set.Keys) == 0 {
		return nil, fmt.Errorf("the profile has no readable key for %s", token.Method.Alg())
	}
	return set, nil
}

// publicKeyOf reads a PEM file, nil when it is none or holds no public key: profiles keep any text. A private key is
// nobody's public key.
func publicKeyOf(text string) any {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	if block.Type == "RSA PUBLIC KEY" {
		if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
			return key
		}
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil
	}
	return key
}

// signs says whether a key belongs to an algorithm: the key decides what its signatures look like, not the token.
func signs(key any, method jwt.SigningMethod) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(method.Alg(), "RS") || strings.HasPrefix(method.Alg(), "PS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(method.Alg(), "ES") // and the length of the signature tells the curve
	case ed25519.PublicKey:
		return method == jwt.SigningMethodEdDSA
	}
	return false
}
