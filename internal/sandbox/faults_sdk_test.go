package sandbox_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/b2bstytchapi"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"
	management "github.com/stytchauth/stytch-management-go/v3/pkg/api"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/redirecturls"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// impatient is a client that gives up soon; the SDKs' own never does.
func impatient() *http.Client { return &http.Client{Timeout: 300 * time.Millisecond} }

func TestWhatTheSDKsMakeOfAFault(t *testing.T) {
	stytchError := func(err error) bool {
		_, ok := errors.AsType[stytcherror.Error](err)
		return ok
	}
	for _, test := range []struct {
		fault     string
		told      bool // the SDK gives Stytch's own error
		committed bool
	}{
		{"error status=429 retry-after=2s", true, false},
		{"error status=503", true, false},
		{"error status=502 body=html", false, false},
		{"error-after-commit", true, true},
		{"cut-before-commit", false, false},
		{"cut-after-commit", false, true},
		{"cut-answer", false, true},
		{"truncated-answer", false, true},
		{"latency delay=1m", false, false},
		{"late-answer delay=1m", false, true},
		{"slow-body delay=1m", false, true},
	} {
		t.Run(test.fault, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			api, err := b2bstytchapi.NewClient(l.credentials.ProjectID, l.credentials.Secret,
				b2bstytchapi.WithBaseURI(l.address), b2bstytchapi.WithHTTPClient(impatient()))
			if err != nil {
				t.Fatal(err)
			}
			l.faults(test.fault + ` endpoint="WRITE /**" times=1`)
			_, err = api.Organizations.Create(t.Context(), &organizations.CreateParams{OrganizationName: "Acme", OrganizationSlug: "acme"})
			if err == nil || stytchError(err) != test.told {
				t.Errorf("the B2B SDK says %v", err)
			}
			if got := l.exists(); got != test.committed {
				t.Errorf("the organization was made: %t, want %t", got, test.committed)
			}
		})
	}
}

func TestWhatTheManagementSDKMakesOfAFault(t *testing.T) {
	const url = "https://app.acme.example/a"
	for fault, committed := range map[string]bool{
		"error status=502 body=html": false, "error-after-commit": true, "cut-before-commit": false, "cut-after-commit": true,
		"late-answer delay=1m": true,
	} {
		t.Run(fault, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			api := management.NewClient(l.credentials.WorkspaceKeyID, l.credentials.WorkspaceKeySecret,
				management.WithBaseURI(l.address), management.WithHTTPClient(impatient()))
			l.faults(fault + ` endpoint="POST /pwa/v3/projects/*/environments/*/redirect_urls"`)
			_, err := api.RedirectURLs.Create(t.Context(), redirecturls.CreateRequest{
				ProjectSlug: "acme", EnvironmentSlug: "test", URL: url,
				ValidTypes: []redirecturls.URLType{{Type: redirecturls.RedirectURLTypeLogin}},
			})
			if err == nil {
				t.Error("the SDK saw no fault")
			}
			l.faults()
			all, err := api.RedirectURLs.GetAll(t.Context(), redirecturls.GetAllRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
			if err != nil {
				t.Fatal(err)
			}
			made := false
			for _, u := range all.RedirectURLs {
				made = made || u.URL == url
			}
			if made != committed {
				t.Errorf("the redirect URL was made: %t, want %t", made, committed)
			}
		})
	}
}
