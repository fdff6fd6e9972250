package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations/members"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/projects"
	"pgregory.net/rapid"
)

// A caller is one of the two ways to send a body made by hand.
type caller func(*testing.T, *Client, Request, any) error

func callers() map[string]caller {
	return map[string]caller{
		"data":       func(t *testing.T, c *Client, r Request, out any) error { return c.Data(t.Context(), r, out) },
		"management": func(t *testing.T, c *Client, r Request, out any) error { return c.Manage(t.Context(), r, out) },
	}
}

func TestRawCallsSayExactlyWhatTheyAreGiven(t *testing.T) {
	var got *http.Request
	var body string
	conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		_, _ = w.Write([]byte(`{"request_id":"r-1","value":null,"n":1}`))
	}, func(c *Config) { c.Version = "1.2.3" })

	for way, call := range callers() {
		t.Run(way, func(t *testing.T) {
			var out json.RawMessage
			err := call(t, conn.Writable(), Request{
				Method: http.MethodPut,
				Path:   Path("/v1/b2b/organizations/%s/members/%s", "acme/..", "ü@x.example?"),
				Query:  url.Values{"url": {"https://a.example/?x=1&y=2", ""}},
				Body:   map[string]any{"null": nil, "empty": "", "list": []string{}, "map": map[string]any{}, "no": false, "zero": 0},
			}, &out)
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"empty":"","list":[],"map":{},"no":false,"null":null,"zero":0}`; body != want {
				t.Errorf("sent %s, want %s", body, want)
			}
			if want := "/v1/b2b/organizations/acme%2F../members/%C3%BC@x.example%3F"; got.URL.EscapedPath() != want {
				t.Errorf("path %s, want %s", got.URL.EscapedPath(), want)
			}
			if diff := cmp.Diff(url.Values{"url": {"https://a.example/?x=1&y=2", ""}}, got.URL.Query()); diff != "" {
				t.Error(diff)
			}
			id, password, _ := got.BasicAuth()
			if want := map[string]string{"data": "project-test-1 canary-secret-1", "management": "workspace-key-1 canary-secret-2"}[way]; id+" "+password != want {
				t.Errorf("credentials of another plane: %s", id)
			}
			if got.Header.Get("Content-Type") != "application/json" || !strings.HasSuffix(got.UserAgent(), "stytch-reconcile/1.2.3") {
				t.Errorf("headers %v", got.Header)
			}
			if want := `{"request_id":"r-1","value":null,"n":1}`; string(out) != want {
				t.Errorf("the raw answer is %s, want %s", out, want)
			}
			var decoded struct{ N int }
			if err := call(t, conn.Writable(), Request{Method: http.MethodGet, Path: "/v1/x"}, &decoded); err != nil || decoded.N != 1 {
				t.Errorf("decoded %+v, %v", decoded, err)
			}
			if body != "" {
				t.Errorf("a request without a body sent %q", body)
			}
		})
	}
}

func TestFraudCallsGoToTheirHost(t *testing.T) {
	var hosts []string
	conn := over(t, nil, func(c *Config) {
		c.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			hosts = append(hosts, req.URL.Host)
			return (&wire{steps: []step{answered(200)}}).RoundTrip(req)
		})
	})
	for _, path := range []string{"/v1/rules/list", "/v1/verdict_reasons/list", "/v1/b2b/organizations/search"} {
		if err := conn.ReadOnly().Data(t.Context(), Request{Method: http.MethodPost, Path: path}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"telemetry.stytch.com", "telemetry.stytch.com", "test.stytch.com"}, hosts); diff != "" {
		t.Error(diff)
	}
}

func TestRawCallsThatCannotBeSent(t *testing.T) {
	sent := false
	handler := func(http.ResponseWriter, *http.Request) { sent = true }
	for _, test := range []struct {
		name    string
		request Request
		without bool // credentials
		says    string
	}{
		{"an empty id in the middle", Request{Path: Path("/v1/m2m/clients/%s/secrets", "")}, false, "an id in the path is empty"},
		{"an empty id at the end", Request{Path: Path("/v1/m2m/clients/%s", "")}, false, "an id in the path is empty"},
		{"an id that climbs", Request{Path: Path("/v1/m2m/clients/%s", "..")}, false, `".." cannot be an id`},
		{"an id that stays", Request{Path: Path("/v1/m2m/clients/%s/secrets", ".")}, false, `"." cannot be an id`},
		{"a path without its slash", Request{Path: "v1/x"}, false, "must start with /"},
		{"a query in the path", Request{Path: "/v1/x?a=b"}, false, "must not hold a query"},
		{"a body that is no JSON", Request{Path: "/v1/x", Body: func() {}}, false, "writing the body"},
		{"a method that is none", Request{Method: "GE T", Path: "/v1/x"}, false, "method"},
		{"no credentials", Request{Path: "/v1/x"}, true, "are needed for Stytch's"},
	} {
		for way, call := range callers() {
			t.Run(test.name+": "+way, func(t *testing.T) {
				conn := serve(t, handler, func(c *Config) {
					if test.without {
						c.Secret, c.WorkspaceKeySecret = Secret{}, Secret{}
					}
				})
				r := test.request
				if r.Method == "" {
					r.Method = http.MethodDelete
				}
				err := call(t, conn.Writable(), r, nil)
				e, is := errors.AsType[*Error](err)
				if !is || !strings.Contains(err.Error(), test.says) || e.Method != r.Method || e.Path != r.Path || errors.Is(err, ErrOutcomeUnknown) {
					t.Errorf("got %v, want an *Error that says %q", err, test.says)
				}
				if sent {
					t.Error("it was sent")
				}
			})
		}
	}
}

func TestAnAnswerOfAnotherFormLeavesAWriteUnknown(t *testing.T) {
	conn := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"n":"text"}`)) }, nil)
	for way, call := range callers() {
		for method, unknown := range map[string]bool{http.MethodGet: false, http.MethodPost: true, http.MethodPut: true} {
			var out struct{ N int }
			err := call(t, conn.Writable(), Request{Method: method, Path: "/v1/x"}, &out)
			if err == nil || errors.Is(err, ErrOutcomeUnknown) != unknown {
				t.Errorf("%s, %s: %v", way, method, err)
			}
		}
	}
}

func TestErrorsHideTheQuery(t *testing.T) {
	conn := over(t, &wire{steps: []step{{err: errCut}}}, func(c *Config) { c.MaxRetries = -1 })
	for way, call := range callers() {
		err := call(t, conn.Writable(), Request{Method: http.MethodGet, Path: "/v1/x", Query: url.Values{"email_address": {"canary@x.example"}}}, nil)
		if err == nil || strings.Contains(err.Error(), "canary") || !errors.Is(err, errCut) {
			t.Errorf("%s: %v", way, err)
		}
	}
}

func TestWrapHidesTheQueryOfTypedCalls(t *testing.T) {
	conn := over(t, &wire{steps: []step{{err: errCut}}}, func(c *Config) { c.MaxRetries = -1 })
	_, err := conn.ReadOnly().B2B.Organizations.Members.Get(t.Context(), &members.GetParams{OrganizationID: "o", EmailAddress: "canary@x.example"})
	err = Wrap(err)
	e, is := errors.AsType[*Error](err)
	if !is || e.Path != "/v1/b2b/organizations/o/member" || strings.Contains(err.Error(), "canary") || !errors.Is(err, errCut) {
		t.Errorf("got %v", err)
	}
	if said := fmt.Errorf("reading a member: %w", e); Wrap(said).Error() != said.Error() {
		t.Errorf("the words around an *Error are lost: %v", Wrap(said))
	}
}

func TestPathPanicsWhenItsNumbersDiffer(t *testing.T) {
	for _, ids := range [][]string{{}, {"a", "b"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d ids for one place", len(ids))
				}
			}()
			Path("/v1/%s", ids...)
		}()
	}
}

func TestEveryIDComesBackFromItsPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		path := Path("/v1/%s/keys/%s", a, b)
		if err := checkPath(path); err != nil {
			return // refused: never sent
		}
		segments := strings.Split(path, "/")
		if len(segments) != 5 {
			t.Fatalf("%q and %q give %s", a, b, path)
		}
		for i, want := range map[int]string{2: a, 4: b} {
			if got, err := url.PathUnescape(segments[i]); err != nil || got != want {
				t.Fatalf("%q came back as %q (%v)", want, got, err)
			}
		}
	})
}

func TestAClientHasOnlyTheSDKsThatItHasCredentialsFor(t *testing.T) {
	for _, test := range []struct {
		name             string
		config           Config
		data, management bool
	}{
		{"none", Config{}, false, false},
		{"a project id without a secret", Config{ProjectID: "p"}, false, false},
		{"both", credentials(), true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn, err := Connect(test.config)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, c := range []*Client{conn.ReadOnly(), conn.Writable()} {
				if (c.B2B != nil) != test.data || (c.Management != nil) != test.management {
					t.Errorf("data: %v, management: %v", c.B2B != nil, c.Management != nil)
				}
			}
		})
	}
}

func TestBothSDKsAndBothClientsCountTogether(t *testing.T) {
	conn := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(good)) }, nil)
	for _, c := range []*Client{conn.ReadOnly(), conn.Writable()} {
		if _, err := c.B2B.Organizations.Get(t.Context(), &organizations.GetParams{OrganizationID: "acme"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Management.Projects.Get(t.Context(), projects.GetRequest{ProjectSlug: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(t.Context(), conn.ReadOnly(), http.MethodDelete, "/pwa/v3/projects/p"); err == nil {
		t.Fatal("a write passed the guard")
	}
	want := Stats{
		Count: Count{Sent: 4}, Share: DefaultShare,
		ByEndpoint: map[string]Count{
			"GET /v1/b2b/organizations/{id}": {Sent: 2},
			"GET /pwa/v3/projects/{id}":      {Sent: 2},
		},
	}
	if diff := cmp.Diff(want, conn.Stats()); diff != "" {
		t.Error(diff)
	}
}
