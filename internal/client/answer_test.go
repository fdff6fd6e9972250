package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	dataerror "github.com/stytchauth/stytch-go/v16/stytch/stytcherror"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/projects"
	managementerror "github.com/stytchauth/stytch-management-go/v3/pkg/stytcherror"
)

// everyWay makes one read over each of the four ways to call: both SDKs and both raw calls.
func everyWay(t *testing.T, c *Client) map[string]error {
	t.Helper()
	_, data := c.B2B.Organizations.Get(t.Context(), &organizations.GetParams{OrganizationID: "o"})
	_, management := c.Management.Projects.Get(t.Context(), projects.GetRequest{ProjectSlug: "p"})
	return map[string]error{
		"data SDK":       data,
		"management SDK": management,
		"raw data":       c.Data(t.Context(), Request{Method: http.MethodGet, Path: "/v1/b2b/organizations/o"}, nil),
		"raw management": c.Manage(t.Context(), Request{Method: http.MethodGet, Path: "/pwa/v3/projects/p"}, nil),
	}
}

func TestFailuresKeepTheirStatus(t *testing.T) {
	const stytchs = `"request_id":"request-id-test-7","error_type":"organization_not_found","error_message":"no such organization"`
	for _, test := range []struct {
		name          string
		status        int
		body          string
		errorType, id string
		says          string
		notFound      bool
	}{
		{"Stytch's own error", 404, `{"status_code":404,` + stytchs + `}`, "organization_not_found", "request-id-test-7", "no such organization", true},
		{"an error whose body lacks the status", 404, `{` + stytchs + `}`, "organization_not_found", "request-id-test-7", "no such organization", true},
		{"an error whose body names another status", 404, `{"status_code":200,` + stytchs + `}`, "organization_not_found", "request-id-test-7", "no such organization", true},
		{"a field of an unexpected type", 400, `{"request_id":7,"error_type":"bad_request","error_message":["x"],"error_details":[1]}`, "bad_request", "", "", false},
		{"a proxy's page", 502, "<html>\x1b[31m\u202eBad Gateway</html>", typeNonJSON, "", `<html>\x1b[31m\u202eBad Gateway`, false},
		{"a proxy's 404 is not Stytch's", 404, "<html>Not Found</html>", typeNonJSON, "", "Not Found", false},
		{"an unknown route says nothing about objects", 404, `{"error_type":"route_not_found","error_message":"no such route"}`, "route_not_found", "", "no such route", false},
		{"an empty body", 503, "", typeNonJSON, "", "Service Unavailable", false},
		{"JSON that is no object", 500, `"oops"`, typeNonJSON, "", "oops", false},
		{"JSON null", 500, `null`, typeNonJSON, "", "null", false},
		{"JSON of somebody else", 403, `{"message":"Forbidden","request_id":"r"}`, typeUnrecognized, "r", "Forbidden", false},
		{"a status that Stytch does not use", 418, `{}`, typeUnrecognized, "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}, nil)
			for way, err := range everyWay(t, conn.Writable()) {
				e, is := errors.AsType[*Error](Wrap(err))
				if !is || e.Status != test.status || e.Type != test.errorType || e.RequestID != test.id {
					t.Errorf("%s: got %#v, want status %d, type %s, request id %q", way, err, test.status, test.errorType, test.id)
					continue
				}
				if !strings.Contains(e.Message, test.says) {
					t.Errorf("%s: %q does not say %q", way, e.Message, test.says)
				}
				if strings.ContainsAny(e.Error(), "\x1b\u202e\n") {
					t.Errorf("%s: %q can steer a terminal", way, e.Error())
				}
				if IsNotFound(err) != test.notFound {
					t.Errorf("%s: IsNotFound is %v", way, !test.notFound)
				}
				if strings.HasPrefix(way, "raw") && (e.Method != http.MethodGet || e.Path == "") {
					t.Errorf("%s: does not name the request: %#v", way, e)
				}
			}
		})
	}
}

func TestSDKErrorsStayReachable(t *testing.T) {
	conn := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>"))
	}, nil)
	all := everyWay(t, conn.ReadOnly())
	if d, is := errors.AsType[dataerror.Error](Wrap(all["data SDK"])); !is || d.StatusCode != 502 {
		t.Errorf("data SDK: %#v", all["data SDK"])
	}
	if m, is := errors.AsType[managementerror.Error](Wrap(all["management SDK"])); !is || m.StatusCode != 502 {
		t.Errorf("management SDK: %#v", all["management SDK"])
	}
	if Wrap(nil) != nil || !errors.Is(Wrap(errCut), errCut) || IsNotFound(nil) || IsNotFound(errCut) {
		t.Error("Wrap or IsNotFound judge what is none of theirs")
	}
}

func TestSuccessesThatTheSDKsWouldRefuse(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
	}{
		{"200 with a body", 200, good},
		{"200 without a body", 200, ""},
		{"201", 201, good},
		{"202", 202, good},
		{"204", 204, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}, nil)
			for way, err := range everyWay(t, conn.Writable()) {
				if err != nil {
					t.Errorf("%s: %v", way, err)
				}
			}
		})
	}
}

func TestRedirectsAreRefused(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		followed := false
		conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				followed = true
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}, nil)
		for way, err := range everyWay(t, conn.Writable()) {
			e, is := errors.AsType[*Error](Wrap(err))
			if !is || e.Type != typeRedirect || e.Status != status || followed {
				t.Errorf("%d, %s: followed: %v, error: %v", status, way, followed, err)
			}
		}
	}
}

func TestEachKeptExcerptIsShort(t *testing.T) {
	long := strings.Repeat("\u202e", 5000)
	if got := excerpt([]byte(long)); len(got) > 200*6+2 || strings.Contains(got, "\u202e") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", "[]", `{"error_type":1}`, `{"error_type":null}`, `{"status_code":"x","error_type":"a"}`, "<html>", "\xff", `{"error_details":{"a":1},"error_type":"t"}`} {
		f.Add(400, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		got := errorBody(status, []byte(body))
		var d dataerror.Error
		var m managementerror.Error
		if json.Unmarshal(got, &d) != nil || json.Unmarshal(got, &m) != nil {
			t.Fatalf("an SDK cannot read %s", got)
		}
		if d.StatusCode != status || m.StatusCode != status {
			t.Errorf("%s lost the status %d", got, status)
		}
		if again := errorBody(status, got); string(again) != string(got) {
			t.Errorf("%s becomes %s when it is read again", got, again)
		}
	})
}
