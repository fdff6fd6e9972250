package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/rogpeppe/go-internal/testscript"
)

// keypair NAME… makes keys of somebody who issues tokens: NAME.pem, and
// NAME.pub.pem for everybody.
func keypair(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: keypair NAME…")
	}
	for _, name := range args {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		private, err := x509.MarshalPKCS8PrivateKey(key)
		ts.Check(err)
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		ts.Check(err)
		for file, block := range map[string]pem.Block{
			name + ".pem":     {Type: "PRIVATE KEY", Bytes: private},
			name + ".pub.pem": {Type: "PUBLIC KEY", Bytes: public},
		} {
			ts.Check(os.WriteFile(ts.MkAbs(file), pem.EncodeToMemory(&block), 0o600))
		}
	}
}

func privateKey(ts *testscript.TestScript, name string) *ecdsa.PrivateKey {
	block, _ := pem.Decode([]byte(ts.ReadFile(name + ".pem")))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	ts.Check(err)
	return key.(*ecdsa.PrivateKey)
}

// jwks NAME VARIABLE serves the public key of a pair, whose kid is NAME, and puts
// the address into a variable.
func serveJWKS(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jwks NAME VARIABLE")
	}
	point, err := privateKey(ts, args[0]).PublicKey.Bytes()
	ts.Check(err)
	encoded := base64.RawURLEncoding.EncodeToString
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q}]}`, args[0], encoded(point[1:33]), encoded(point[33:]))
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[1], server.URL+"/jwks")
}

// sign NAME FILE CLAIMS signs claims, a JSON object, with a key pair and writes the
// token to a file. Unless they say otherwise it is good for five minutes.
// "sign none" signs nothing, "sign hmac:NAME" with the public key as the secret.
func sign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sign NAME FILE CLAIMS")
	}
	claims := jwt.MapClaims{"iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix()}
	ts.Check(json.Unmarshal([]byte(args[2]), &claims))
	var method jwt.SigningMethod = jwt.SigningMethodES256
	var key crypto.PrivateKey
	name, public := strings.CutPrefix(args[0], "hmac:")
	switch {
	case name == "none":
		method, key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	case public:
		method, key = jwt.SigningMethodHS256, []byte(ts.ReadFile(name+".pub.pem"))
	default:
		key = privateKey(ts, name)
	}
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = name
	signed, err := token.SignedString(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(signed), 0o600))
}

// attest PROFILE FILE [KEYS] exchanges the token of a file for a session, by the
// profile of this name, with more keys of the request's body; "! attest" must be
// refused. What comes back is the last stdout, without its secrets.
func attest(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: attest PROFILE FILE [KEYS]")
	}
	w := worldOf(ts)
	profiles, err := w.call(http.MethodGet, fmt.Sprintf("/pwa/v3/projects/%s/environments/%s/trusted_token_profiles",
		w.credentials.ProjectSlug, w.credentials.EnvironmentSlug))
	ts.Check(err)
	var known struct {
		Profiles []struct {
			Name string `json:"name"`
			ID   string `json:"profile_id"`
		} `json:"profiles"`
	}
	ts.Check(json.Unmarshal([]byte(profiles), &known))
	id := "none"
	for _, p := range known.Profiles {
		if p.Name == args[0] {
			id = p.ID
		}
	}
	answer, err := w.call(http.MethodPost, "/v1/b2b/sessions/attest",
		fmt.Sprintf(`{"profile_id":%q,"token":%q%s}`, id, ts.ReadFile(args[1]), strings.Join(args[2:], "")))
	fmt.Fprint(ts.Stdout(), answer)
	switch {
	case neg && err == nil:
		ts.Fatalf("the token is accepted")
	case !neg && err != nil:
		ts.Fatalf("the token is refused: %v", err)
	}
}

var recipeBlock = regexp.MustCompile("(?s)```(sh|yaml)\n(.*?)```\n")

// recipe PAGE writes what a page of docs tells to type, recipe.sh, and the
// documents beside it: blocks of YAML that begin with "# NAME".
func recipe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: recipe PAGE")
	}
	page, err := os.ReadFile(filepath.Join(worldOf(ts).root, "docs", args[0])) //nolint:gosec // a page of the checkout
	ts.Check(err)
	typed := "set -eu\n"
	for _, block := range recipeBlock.FindAllStringSubmatch(string(page), -1) {
		if block[1] == "sh" {
			typed += block[2]
			continue
		}
		first, _, _ := strings.Cut(block[2], "\n")
		name, ok := strings.CutPrefix(first, "# ")
		if !ok {
			ts.Fatalf("a document of the page has no name: %s", first)
		}
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(block[2]), 0o600))
	}
	ts.Check(os.WriteFile(ts.MkAbs("recipe.sh"), []byte(typed), 0o600))
}
