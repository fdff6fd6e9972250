package sandbox_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// An issuer signs tokens and shows its keys: somebody else's login, which a profile may trust.
type issuer struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	address string // of the JWKS
	asked   atomic.Int64
	answer  http.HandlerFunc // instead of the JWKS
}

const keyID = "key-1"

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	is := &issuer{t: t, key: newECKey(t, elliptic.P256())}
	server := httptest.NewServer(is)
	t.Cleanup(server.Close)
	is.address = server.URL + "/jwks"
	return is
}

func newECKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (is *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	is.asked.Add(1)
	if is.answer != nil {
		is.answer(w, r)
		return
	}
	fmt.Fprintf(w, `{"keys":[%s]}`, jwk(is.t, &is.key.PublicKey, `"kid":"`+keyID+`"`))
}

// jwk shows an elliptic key, with more members.
func jwk(t *testing.T, key *ecdsa.PublicKey, more string) string {
	t.Helper()
	point, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half, encoded := (len(point)-1)/2, base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q,%s}`, key.Params().Name, encoded(point[1:1+half]), encoded(point[1+half:]), more)
}

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func privatePEM(t *testing.T, key crypto.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// A token is what an issuer signs: ada's, in acme, good for five minutes, unless a test changes it.
type token struct {
	header, claims map[string]any
	method         jwt.SigningMethod
	key            any
}

func (is *issuer) token(changes ...func(*token)) string {
	is.t.Helper()
	now := time.Now()
	made := token{
		header: map[string]any{"kid": keyID, "typ": "JWT"}, method: jwt.SigningMethodES256, key: is.key,
		claims: map[string]any{
			"iss": "https://issuer.example", "aud": "stytch", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
			"mail": "ada@acme.example", "sid": "session-1", "org": "crm-1",
		},
	}
	for _, change := range changes {
		change(&made)
	}
	unsigned := jwt.NewWithClaims(made.method, jwt.MapClaims(made.claims))
	maps.Copy(unsigned.Header, made.header)
	maps.DeleteFunc(unsigned.Header, func(_ string, value any) bool { return value == nil })
	signed, err := unsigned.SignedString(made.key)
	if err != nil {
		is.t.Fatal(err)
	}
	return signed
}

// claim changes a claim of a token, and takes it away where the value is nil.
func claim(name string, value any) func(*token) {
	return func(made *token) {
		made.claims[name] = value
		if value == nil {
			delete(made.claims, name)
		}
	}
}

func header(name string, value any) func(*token) {
	return func(made *token) { made.header[name] = value }
}

func signed(method jwt.SigningMethod, key any) func(*token) {
	return func(made *token) { made.method, made.key = method, key }
}

const mapping = `{"email":"mail","token_id":"sid","organization_id":"org","external_member_id":"ext","role_ids":"roles"}`

// trust makes a profile that trusts the issuer, from more keys of a body, and gives its ID.
func (l *lab) trust(is *issuer, more string) string {
	l.t.Helper()
	return l.trustWith(fmt.Sprintf(`"jwks_url":%q,"attribute_mapping":%s`, is.address, mapping) + more)
}

func (l *lab) trustWith(keys string) string {
	l.t.Helper()
	made := l.manage("POST", profilesOf, `{"name":"N","audience":"stytch","issuer":"https://issuer.example",`+keys+`}`)
	made.want(l.t, 200, "")
	return made.text("profile", "profile_id")
}

// trustPEM makes a profile that trusts PEM keys.
func (l *lab) trustPEM(keys ...string) string {
	l.t.Helper()
	files, err := json.Marshal(keys)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.trustWith(fmt.Sprintf(`"public_key_type":"PEM","pem_files":%s,"attribute_mapping":%s`, files, mapping))
}

// attest exchanges a token, with more keys of a body.
func (l *lab) attest(profile, token string, more ...string) reply {
	l.t.Helper()
	return l.data("POST", "/v1/b2b/sessions/attest", fmt.Sprintf(`{"profile_id":%q,"token":%q%s}`, profile, token, strings.Join(more, "")))
}

// newAttestLab has the organization acme with the external ID crm-1, its member ada, and an issuer.
func newAttestLab(t *testing.T, options sandbox.Options) (l *lab, is *issuer, acme string) {
	t.Helper()
	l = newLab(t, options)
	acme = l.organization(`"organization_name":"Acme","organization_slug":"acme","organization_external_id":"crm-1"`)
	l.member(acme, `"email_address":"ada@acme.example"`)
	return l, newIssuer(t), acme
}

func newRSAKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEdKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
