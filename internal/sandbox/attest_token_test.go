package sandbox_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const invalid = "invalid_trusted_auth_token"

func TestTokensThatTheProfileDoesNotTrustAreRefused(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile, stranger := l.trust(is, ""), newECKey(t, elliptic.P256())
	now := time.Now()
	strangers := json.RawMessage(jwk(t, &stranger.PublicKey, `"kid":"`+keyID+`"`))
	for _, c := range []struct {
		name, want string
		change     []func(*token)
	}{
		{"another issuer", "jwt_invalid_issuer", []func(*token){claim("iss", "https://issuer.example/")}},
		{"no issuer", "jwt_invalid_claims", []func(*token){claim("iss", nil)}},
		{"another audience", "jwt_invalid_audience", []func(*token){claim("aud", []string{"others", "more"})}},
		{"no audience", "jwt_invalid_claims", []func(*token){claim("aud", nil)}},
		{"expired", invalid, []func(*token){claim("exp", now.Add(-time.Minute).Unix())}},
		{"expired and of another issuer", invalid, []func(*token){claim("exp", now.Add(-time.Minute).Unix()), claim("iss", "x")}},
		{"never expiring", "jwt_invalid_claims", []func(*token){claim("exp", nil)}},
		{"not yet valid", invalid, []func(*token){claim("nbf", now.Add(time.Hour).Unix())}},
		{"issued in the future", invalid, []func(*token){claim("iat", now.Add(time.Hour).Unix())}},
		{"an expiry that is no number", "jwt_invalid_claims", []func(*token){claim("exp", "tomorrow")}},
		{"signed by another key", invalid, []func(*token){signed(jwt.SigningMethodES256, stranger)}},
		{"without a kid", invalid, []func(*token){header("kid", nil)}},
		{"an unknown kid", invalid, []func(*token){header("kid", "key-2")}},
		{"a kid that is no string", invalid, []func(*token){header("kid", 1)}},
		{"unsigned", invalid, []func(*token){signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType)}},
		{"signed with the public key for a secret", invalid, []func(*token){signed(jwt.SigningMethodHS256, []byte(publicPEM(t, &is.key.PublicKey)))}},
		{"signed for another purpose", invalid, []func(*token){header("typ", "logout+jwt")}},
		{"a typ that is no string", invalid, []func(*token){header("typ", 1)}},
		{"extensions nobody knows", invalid, []func(*token){header("crit", []string{"b64"}), header("b64", false)}},
		{"its own key in the header", invalid, []func(*token){signed(jwt.SigningMethodES256, stranger), header("jwk", strangers)}},
		{"its own JWKS in the header", invalid, []func(*token){signed(jwt.SigningMethodES256, stranger), header("jku", is.address)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.attest(profile, is.token(c.change...)).want(t, 400, c.want)
		})
	}
	good := is.token()
	for name, text := range map[string]string{
		"no token at all":          "x",
		"a token of two parts":     good[:strings.LastIndex(good, ".")],
		"a signature of nothing":   good[:strings.LastIndex(good, ".")+1],
		"claims of another token":  strings.Split(good, ".")[0] + "." + strings.Split(is.token(claim("sid", "2")), ".")[1] + "." + strings.Split(good, ".")[2],
		"a longer signature":       good + "AA",
		"a token with a tail":      good + ".x",
		"a header that is no JSON": "e30x." + strings.SplitN(good, ".", 2)[1],
	} {
		t.Run(name, func(t *testing.T) { l.attest(profile, text).want(t, 400, invalid) })
	}
	l.attest(profile, good).want(t, 200, "")
}

func TestTokensThatTheProfileTrustsAreAccepted(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile := l.trust(is, "")
	for name, changes := range map[string][]func(*token){
		"as it is":                  nil,
		"no typ":                    {header("typ", nil)},
		"an access token":           {header("typ", "at+jwt")},
		"a typ with its tree":       {header("typ", "application/JWT")},
		"one audience among more":   {claim("aud", []string{"others", "stytch"})},
		"no iat and no nbf":         {claim("iat", nil), claim("nbf", nil)},
		"claims nobody asked for":   {claim("sub", 1), claim("x", map[string]any{"y": 1})},
		"a null where nothing must": {claim("org", "crm-1"), func(made *token) { made.claims["ext"] = nil }},
	} {
		t.Run(name, func(t *testing.T) { l.attest(profile, is.token(changes...)).want(t, 200, "") })
	}
}

func TestThePEMKeysOfAProfileDecide(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	rsaKey, edKey, wide := newRSAKey(t), newEdKey(t), newECKey(t, elliptic.P384())
	rsaPEM, edPEM, ecPEM := publicPEM(t, &rsaKey.PublicKey), publicPEM(t, edKey.Public()), publicPEM(t, &is.key.PublicKey)
	all := []string{publicKey, rsaPEM, edPEM, ecPEM}
	older := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)}))
	for _, c := range []struct {
		name string
		keys []string
		sign func(*token)
		want string
		says string
	}{
		{"RSA", all, signed(jwt.SigningMethodRS256, rsaKey), "", ""},
		{"RSA in its older form", []string{older}, signed(jwt.SigningMethodRS256, rsaKey), "", ""},
		{"RSA-PSS", all, signed(jwt.SigningMethodPS256, rsaKey), "", ""},
		{"an elliptic curve", all, signed(jwt.SigningMethodES256, is.key), "", ""},
		{"Ed25519", all, signed(jwt.SigningMethodEdDSA, edKey), "", ""},
		{"no key of that sort", []string{rsaPEM, edPEM}, signed(jwt.SigningMethodES256, is.key), invalid, "no readable key for ES256"},
		{"another key of that sort", []string{publicPEM(t, &newECKey(t, elliptic.P256()).PublicKey)}, signed(jwt.SigningMethodES256, is.key), invalid, ""},
		{"only a text that is no key", []string{publicKey}, signed(jwt.SigningMethodES256, is.key), invalid, ""},
		{"only nonsense with the title of a key", []string{strings.ReplaceAll(rsaPEM, "PUBLIC", "RSA PUBLIC")}, signed(jwt.SigningMethodRS256, rsaKey), invalid, ""},
		{"only a text without any title", []string{"a key"}, signed(jwt.SigningMethodRS256, rsaKey), invalid, ""},
		{"only a private key", []string{privatePEM(t, is.key)}, signed(jwt.SigningMethodES256, is.key), invalid, ""},
		{"HMAC with the text of a key", []string{rsaPEM}, signed(jwt.SigningMethodHS256, []byte(rsaPEM)), invalid, ""},
		{"no signature", all, signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), invalid, ""},
		{"the curve of another algorithm", []string{publicPEM(t, &wide.PublicKey)}, signed(&jwt.SigningMethodECDSA{
			Name: "ES256", Hash: jwt.SigningMethodES256.Hash, KeySize: 32, CurveBits: 384,
		}, wide), invalid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status := 200
			if c.want != "" {
				status = 400
			}
			got := l.attest(l.trustPEM(c.keys...), is.token(c.sign, header("kid", nil)))
			got.want(t, status, c.want)
			if message := got.text("error_message"); !strings.Contains(message, c.says) {
				t.Errorf("the message %q does not say %q", message, c.says)
			}
		})
	}
	if is.asked.Load() != 0 {
		t.Error("a PEM profile asked for a JWKS")
	}
}

// A key that is retired stops working at once, one that is added starts to.
func TestKeysCanBeRotated(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	next := newECKey(t, elliptic.P256())
	profile := l.trustPEM(publicPEM(t, &is.key.PublicKey))
	path := profilesOf + "/" + profile
	first, _ := l.manage("GET", path, "").at("profile", "pem_files").([]any)[0].(map[string]any)
	l.attest(profile, is.token(signed(jwt.SigningMethodES256, next))).want(t, 400, invalid)
	added, err := json.Marshal(map[string]string{"public_key": publicPEM(t, &next.PublicKey)})
	if err != nil {
		t.Fatal(err)
	}
	l.manage("POST", path+"/keys", string(added)).want(t, 200, "")
	l.attest(profile, is.token()).want(t, 200, "")
	l.attest(profile, is.token(signed(jwt.SigningMethodES256, next))).want(t, 200, "")
	l.manage("DELETE", fmt.Sprintf("%s/keys/%v", path, first["pem_file_id"]), "").want(t, 200, "")
	l.attest(profile, is.token()).want(t, 400, invalid)
	l.attest(profile, is.token(signed(jwt.SigningMethodES256, next))).want(t, 200, "")
}

func TestATokenIDMayComeAgainUnlessTheKnobSaysOnce(t *testing.T) {
	for _, once := range []bool{false, true} {
		l, is, _ := newAttestLab(t, sandbox.Options{Knobs: sandbox.Knobs{TokensOnce: once}})
		profile, other, good := l.trust(is, ""), l.trust(is, ""), is.token()
		l.attest(profile, is.token(claim("mail", "eve@acme.example"))).want(t, 404, "member_not_found") // it was not exchanged
		l.attest(profile, good).want(t, 200, "")
		if once {
			l.attest(profile, good).want(t, 400, invalid)
			l.attest(profile, is.token()).want(t, 400, invalid)
		} else {
			l.attest(profile, good).want(t, 200, "")
		}
		l.attest(other, good).want(t, 200, "")
		l.attest(profile, is.token(claim("sid", "session-2"))).want(t, 200, "")
	}
}
