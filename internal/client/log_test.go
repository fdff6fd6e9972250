package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogsHoldNoSecretsBodiesQueriesOrAddresses(t *testing.T) {
	page := step{status: 502, body: "<html>canary-body ada@x.example</html>"}
	refusal := step{status: 400, body: `{"error_type":"duplicate_member_email","request_id":"r-2","error_message":"canary-message ada@x.example"}`}
	welcome := step{status: 200, body: "canary-page"}
	network := step{err: errors.New("dial ada@x.example: refused"), noConn: true}
	basic := base64.StdEncoding.EncodeToString([]byte("project-test-1:canary-secret-1"))
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		for _, steps := range [][]step{{page}, {refusal}, {welcome}, {network}, {answered(429), answered(200)}} {
			conn := over(t, &wire{steps: steps}, func(c *Config) {
				c.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)}))
			})
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				r := Request{
					Method: method, Path: Path("/v1/b2b/organizations/o/members/%s", "bob@x.example"),
					Query: url.Values{"email_address": {"canary-query"}}, Body: map[string]string{"secret": "canary-sent"},
				}
				_ = conn.Writable().Data(t.Context(), r, nil)
				_ = conn.Writable().Manage(t.Context(), r, nil)
			}
		}
		text := out.String()
		for _, forbidden := range []string{"canary", basic, "Basic", "Authorization", "ada", "bob", "@", "%40"} {
			if strings.Contains(text, forbidden) {
				t.Errorf("the log holds %q:\n%s", forbidden, text)
			}
		}
		for _, wanted := range []string{
			"method=GET", "host=test.stytch.com", "path=/v1/b2b/organizations/o/members/{address}", "status=400",
			"request_id=r-2", "status=502", "msg=repeating", "reason=429", "error=\"dial {address} refused\"",
		} {
			if !strings.Contains(text, wanted) {
				t.Errorf("the log lacks %q:\n%s", wanted, text)
			}
		}
	})
}

func TestOneLineACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		conn := over(t, &wire{steps: []step{answered(503), {status: 200, body: good, slow: 3 * time.Second}}}, func(c *Config) {
			c.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		if err := send(t.Context(), conn.ReadOnly(), http.MethodGet, "/pwa/v3/projects/p"); err != nil {
			t.Fatal(err)
		}
		var calls, repeats int
		for line := range strings.Lines(out.String()) {
			var entry struct {
				Msg       string
				Status    int
				RequestID string `json:"request_id"`
				Duration  time.Duration
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			switch entry.Msg {
			case "request":
				calls++
				if entry.Status != 200 || entry.RequestID != "request-id-test-ok" || entry.Duration < 3*time.Second {
					t.Errorf("got %+v", entry)
				}
			case "repeating":
				repeats++
			}
		}
		if calls != 1 || repeats != 1 {
			t.Errorf("%d lines for the call and %d for its repetition, want one each:\n%s", calls, repeats, out.String())
		}
	})
}

func TestLogsAreOffAboveDebug(t *testing.T) {
	var out bytes.Buffer
	conn := over(t, &wire{steps: []step{answered(200)}}, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
	if err := send(t.Context(), conn.ReadOnly(), http.MethodGet, "/pwa/v3/projects"); err != nil || out.Len() != 0 {
		t.Errorf("%v, %s", err, out.String())
	}
}
