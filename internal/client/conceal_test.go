package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
)

const pem = "-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG9w0BAQ\nEFAASCAT4wggE6AgEAAkEAq7BF\n-----END PRIVATE KEY-----\n"

// A server that explains a failure with what it was sent tells nobody a secret,
// in whatever form it repeats it.
func TestNoErrorRepeatsASecret(t *testing.T) {
	const odd = `hunter2 "quoted" & <ünder>/+`
	escaped := string(marshal(odd))
	basic := base64.StdEncoding.EncodeToString([]byte("project-test-1:canary-secret-1"))
	for _, test := range []struct {
		name, body string
	}{
		{"as it is, in Stytch's form", stytchError("got " + odd)},
		{"escaped inside a string", stytchError("got {\"client_secret\":" + escaped + "}")},
		{"in the error type", `{"error_type":"hunter2 \"quoted\" & <ünder>/+","error_message":"x","request_id":"r"}`},
		{"with every character escaped", `{"error_type":"bad","error_message":"` + everyEscaped(odd) + `","request_id":"r"}`},
		{"in a page", "<html>" + odd + "</html>"},
		{"where an excerpt would cut it", "<html>" + strings.Repeat("x", 180) + odd + "</html>"},
		{"in a URL", stytchError("/x?client_secret=" + url.QueryEscape(odd))},
		{"a line of a key", stytchError("line MIIBVAIBADANBgkqhkiG9w0BAQ is bad")},
		{"a whole key", stytchError(pem)},
		{"the credentials", stytchError("canary-secret-1 and " + basic)},
		{"JSON of another form", `{"got":` + escaped + `}`},
		{"JSON of another form, with every character escaped", `{"got":"` + everyEscaped(odd) + `"}`},
		{"JSON of another form, as a name", `{` + escaped + `:1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				conn := over(t, &wire{steps: []step{{status: 400, body: test.body}}}, func(c *Config) {
					c.Secret = NewSecret("canary-secret-1")
					c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				})
				conn.Writable().Conceal(NewSecret(odd))
				conn.ReadOnly().Conceal(NewSecret(pem)) // both clients know of it
				raw := conn.Writable().Data(t.Context(), Request{Method: http.MethodPost, Path: "/v1/b2b/organizations", Body: map[string]string{"client_secret": odd}}, nil)
				_, typed := conn.Writable().B2B.Organizations.Create(t.Context(), &organizations.CreateParams{OrganizationName: "x"})
				for _, err := range []error{raw, Wrap(typed)} {
					if err == nil {
						t.Fatal("no error")
					}
					text := fmt.Sprintf("%v %+v %#v %s", err, err, err, log.String())
					for _, forbidden := range []string{"hunter2", "MIIBVAIBADANBgkqhkiG9w0BAQ", "canary-secret-1", basic} {
						if strings.Contains(text, forbidden) {
							t.Errorf("%q is in %s", forbidden, text)
						}
					}
					if !strings.Contains(err.Error(), inPlace) {
						t.Errorf("nothing stands in its place: %v", err)
					}
				}
			})
		})
	}
}

// What stands in the place of a secret takes nothing of Stytch's answer with it:
// the type of an error decides what is done next.
func TestASecretThatLooksLikeJSONLeavesTheErrorItsType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := `{"error_type":"duplicate_slug","error_message":"got \"hunter2\"","request_id":"r","status_code":400}`
		conn := over(t, &wire{steps: []step{{status: 400, body: body}}}, func(*Config) {})
		for _, odd := range []string{`hunter2\`, `"r","st`} {
			conn.Writable().Conceal(NewSecret(odd))
		}
		err := conn.Writable().Data(t.Context(), Request{Method: http.MethodPost, Path: "/v1/x"}, nil)
		if !IsTaken(err) || !strings.Contains(err.Error(), "request id r") {
			t.Errorf("%v", err)
		}
	})
}

func TestASuccessThatIsNoJSONRepeatsNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := over(t, &wire{steps: []step{{status: 200, body: "<html>hunter2</html>"}}}, func(*Config) {})
		conn.Writable().Conceal(NewSecret("hunter2"))
		err := conn.Writable().Data(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x"}, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	})
}

func TestAnswersThatAreNoFailureKeepTheirSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := over(t, &wire{steps: []step{{status: 200, body: `{"client_secret":"hunter2"}`}}}, func(*Config) {})
		conn.Writable().Conceal(NewSecret("hunter2"))
		var answer map[string]string
		if err := conn.Writable().Data(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x"}, &answer); err != nil || answer["client_secret"] != "hunter2" {
			t.Errorf("%v, %v", answer, err)
		}
	})
}

func TestWhatIsTooShortIsLeftInItsWords(t *testing.T) {
	c := &concealed{}
	for _, text := range []string{"a", "error", ""} {
		c.add(text)
	}
	if got := c.text("an error"); got != "an error" {
		t.Errorf("%q", got)
	}
	c.add("secret-one")
	c.add("secret-one-and-more")
	if got := c.text("secret-one-and-more secret-one"); got != inPlace+" "+inPlace {
		t.Errorf("one secret inside another: %q", got)
	}
	c.add("31415926")
	if got, want := string(c.body([]byte(`{"n":[31415926,2.50]}`))), `{"n":["`+inPlace+`",2.50]}`; got != want {
		t.Errorf("a secret that is a number: %s, want %s", got, want)
	}
	var none *concealed
	if got := none.text("x"); got != "x" {
		t.Errorf("%q", got)
	}
}

func stytchError(message string) string {
	return string(marshal(map[string]string{"error_type": "bad", "error_message": message, "request_id": "r"}))
}

// everyEscaped writes a text as JSON may, with \u for every character.
func everyEscaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	var back string
	if err := json.Unmarshal([]byte(`"`+b.String()+`"`), &back); err != nil || back != text {
		panic("not the text")
	}
	return b.String()
}
