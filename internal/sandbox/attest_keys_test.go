package sandbox_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestWhatAJWKSMayHold(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile, secret := l.trust(is, ""), []byte("a secret that everybody can read")
	key := func(more string) string { return jwk(t, &is.key.PublicKey, more) }
	oct := fmt.Sprintf(`{"kty":"oct","kid":"key-1","k":%q}`, base64.RawURLEncoding.EncodeToString(secret))
	strange := jwk(t, &newECKey(t, elliptic.P256()).PublicKey, `"kid":"key-2"`)
	for _, c := range []struct {
		name, answer string
		change       []func(*token)
		want         string
	}{
		{"one key", key(`"kid":"key-1"`), nil, ""},
		{"a key for signatures with this algorithm", key(`"kid":"key-1","use":"sig","alg":"ES256"`), nil, ""},
		{"the key among others", strange + "," + key(`"kid":"key-1"`), nil, ""},
		{"the key beside nonsense", `null,1,"x",{"kty":"RSA","kid":"key-1"},{"kty":"new"},` + key(`"kid":"key-1"`), nil, ""},
		{"nothing but nonsense", `null,{"kty":"EC","kid":"key-1"}`, nil, invalid},
		{"no key", ``, nil, invalid},
		{"a key for another algorithm", key(`"kid":"key-1","alg":"ES384"`), nil, invalid},
		{"a key for encryption", key(`"kid":"key-1","use":"enc"`), nil, invalid},
		{"a key without an ID", key(`"alg":"ES256"`), []func(*token){header("kid", "")}, invalid},
		{"a secret", oct, []func(*token){signed(jwt.SigningMethodHS256, secret)}, invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			is.answer = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"keys":[%s]}`, c.answer) }
			status := 200
			if c.want != "" {
				status = 400
			}
			l.attest(profile, is.token(c.change...)).want(t, status, c.want)
		})
	}
}

func TestAJWKSThatCannotBeFetchedRefusesTheToken(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile := l.trust(is, "")
	other := newIssuer(t)
	other.key = is.key
	l.attest(l.trust(other, ""), is.token()).want(t, 200, "") // what the redirect leads to is good by itself
	for _, c := range []struct {
		name, says string
		answer     http.HandlerFunc
	}{
		{"another status", "500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		{"a redirect", "302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.address, http.StatusFound) }},
		{"no JSON", "no JWKS", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }},
		{"too long", "more than 262144 bytes", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"keys":[%s]}%s`, jwk(t, &is.key.PublicKey, `"kid":"key-1"`), strings.Repeat(" ", 256<<10))
		}},
		{"a cut connection", "EOF", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			is.answer = c.answer
			refused := l.attest(profile, is.token())
			refused.want(t, 400, invalid)
			if message := refused.text("error_message"); !strings.Contains(message, c.says) {
				t.Errorf("the message %q does not say %q", message, c.says)
			}
		})
	}
	none := l.trustWith(`"attribute_mapping":` + mapping)
	l.attest(none, is.token()).want(t, 400, invalid)
}

// The server of the keys never answers. Meanwhile the sandbox does: it holds no lock while it waits.
func TestAJWKSThatNeverComesIsGivenUp(t *testing.T) {
	l, is, acme := newAttestLab(t, sandbox.Options{})
	l.server.SetJWKSTimeout(300 * time.Millisecond)
	profile := l.trust(is, "")
	is.answer = func(_ http.ResponseWriter, r *http.Request) {
		l.must("PUT", acme, `{"organization_name":"Acme Corp"}`)
		<-r.Context().Done()
	}
	l.attest(profile, is.token()).want(t, 400, invalid)
	if name := l.must("GET", acme, "").text("organization", "organization_name"); name != "Acme Corp" {
		t.Errorf("the organization is called %q", name)
	}
}

// Whoever writes a profile shall not choose what a sandbox connects to.
func TestKeysComeFromThisMachineOrPermittedHostsAlone(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{JWKSHosts: []string{"issuer.invalid", "0.0.0.0:1"}})
	path := profilesOf + "/" + l.trust(is, "")
	profile := strings.TrimPrefix(path, profilesOf+"/")
	for _, c := range []struct{ name, address, says string }{
		{"another host", "https://auth.example/jwks", "may not connect to auth.example; start it with --jwks-host auth.example"},
		{"a link-local address", "http://169.254.169.254/jwks", "may not connect"},
		{"a private address", "http://10.0.0.1/jwks", "may not connect"},
		{"any address", anywhere(is), "may not connect"},
		{"a name that ends as a permitted one", "https://not-issuer.invalid/jwks", "may not connect"},
		{"a name below a permitted one", "https://a.issuer.invalid/jwks", "may not connect"},
		{"a name that begins as this machine", "https://localhost.example/jwks", "may not connect"},
		{"a file", "file:///etc/passwd", "not an http or https URL"},
		{"no URL", "jwks", "not an http or https URL"},
		{"credentials", "http://a:b@127.0.0.1/jwks", "holds credentials"},
		{"a permitted host and port, where nobody answers", "http://0.0.0.0:1/jwks", "dial tcp 0.0.0.0:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.manage("PATCH", path, fmt.Sprintf(`{"jwks_url":%q}`, c.address)).want(t, 200, "")
			refused := l.attest(profile, is.token())
			refused.want(t, 400, invalid)
			if message := refused.text("error_message"); !strings.Contains(message, c.says) {
				t.Errorf("the message %q does not say %q", message, c.says)
			}
		})
	}
	l.manage("PATCH", path, fmt.Sprintf(`{"jwks_url":%q}`, strings.Replace(is.address, "127.0.0.1", "localhost", 1))).want(t, 200, "")
	l.attest(profile, is.token()).want(t, 200, "")
}

// anywhere is the issuer's JWKS under an address that is not of the loopback interface, but leads there.
func anywhere(is *issuer) string { return strings.Replace(is.address, "127.0.0.1", "0.0.0.0", 1) }

func TestKeysComeFromAPermittedHost(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing answers there under an address of no interface")
	}
	l, is, _ := newAttestLab(t, sandbox.Options{JWKSHosts: []string{"0.0.0.0"}})
	is.address = anywhere(is)
	l.attest(l.trust(is, ""), is.token()).want(t, 200, "")
}

func TestWithoutGoodCredentialsNoKeysAreFetched(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	body := fmt.Sprintf(`{"profile_id":%q,"token":%q}`, l.trust(is, ""), is.token())
	l.send("POST", "/v1/b2b/sessions/attest", body, l.credentials.ProjectID, "wrong").want(t, 401, "unauthorized_credentials")
	l.send("POST", "/v1/b2b/sessions/attest", body, "", "").want(t, 401, "unauthorized_credentials")
	l.attest("ttp-test-none", is.token()).want(t, 404, "trusted_token_profile_not_found")
	if asked := is.asked.Load(); asked != 0 {
		t.Errorf("the keys were fetched %d times", asked)
	}
}

// What an environment signs can be trusted by another: a session's JWT, verified by the JWKS of this very sandbox.
func TestASandboxCanTrustItsOwnJWTs(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	first := l.attest(l.trust(is, ""), is.token(), `,"session_custom_claims":{"mail":"ada@acme.example"}`)
	first.want(t, 200, "")
	made := l.manage("POST", profilesOf, fmt.Sprintf(`{"name":"own","audience":%q,"issuer":"stytch.com/%s","jwks_url":"%s/v1/b2b/sessions/jwks/%s",
		"attribute_mapping":{"email":"mail","token_id":"sub"}}`, l.credentials.ProjectID, l.credentials.ProjectID, l.address, l.credentials.ProjectID))
	made.want(t, 200, "")
	second := l.attest(made.text("profile", "profile_id"), first.text("session_jwt"), `,"organization_id":"acme"`)
	second.want(t, 200, "")
	if got, want := second.text("member_id"), first.text("member_id"); got != want || got == "" {
		t.Errorf("the member is %q, want %q", got, want)
	}
}
