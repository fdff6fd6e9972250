package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
)

// signingKeyBits is the size of the RSA key behind an environment's JWKS.
const signingKeyBits = 2048

// jwks shows the public half of an environment's signing key, to anybody, for the B2B and the Consumer path alike.
// Stytch's SDK asks for it when a client is made. The key is made when first asked for and kept with the environment.
func jwks(c *call) (answer, *apiError) {
	env := c.server.state.byProjectID[c.param("project_id")]
	if env == nil {
		return nil, notFound("project_not_found", "There is no project %q.", c.param("project_id"))
	}
	c.env = env
	key, err := c.signingKey()
	if err != nil {
		return nil, internalError("The environment's signing key is damaged.")
	}
	encoded := base64.RawURLEncoding.EncodeToString
	return answer{"keys": []answer{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "key_ops": []string{"verify"},
		"kid": env.keyID(&key.PublicKey),
		"n":   encoded(key.N.Bytes()), "e": encoded(big.NewInt(int64(key.E)).Bytes()),
		"x5c": []string{}, "x5tS256": "",
	}}}, nil
}

// keyID names a key in the JWKS, and in the JWTs that it signs.
func (e *environment) keyID(key *rsa.PublicKey) string {
	thumbprint := sha256.Sum256(x509.MarshalPKCS1PublicKey(key))
	return "jwk-" + strings.ToLower(e.Type) + "-" + hex.EncodeToString(thumbprint[:8])
}

// signingKey gives the environment's key and makes it if there is none.
func (c *call) signingKey() (*rsa.PrivateKey, error) {
	if c.env.SigningKey == nil {
		key, err := rsa.GenerateKey(rand.Reader, signingKeyBits)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		c.env.SigningKey = der
		c.saveEnvironment(c.env)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(c.env.SigningKey)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, x509.ErrUnsupportedAlgorithm
	}
	return key, nil
}
