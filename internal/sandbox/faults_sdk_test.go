package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/b2bstytchapi"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/redirecturls"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// patience is the context of a client that waits for no answer that a fault delays: it ends once what was asked for is
// made, however busy the machine is, and after a moment where that never is. Without a delay it does not end.
func (l *lab) patience(fault string, commits bool, made func() bool) context.Context {
	ctx, giveUp := context.WithCancel(l.t.Context())
	l.t.Cleanup(giveUp)
	switch {
	case !strings.Contains(fault, "delay="):
	case !commits:
		time.AfterFunc(300*time.Millisecond, giveUp)
	default:
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			defer giveUp()
			for ctx.Err() == nil && !made() {
			}
		}()
		l.t.Cleanup(func() {
			giveUp()
			<-watched
		})
	}
	return ctx
}

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
			api, err := b2bstytchapi.NewClient(l.credentials.ProjectID, l.credentials.Secret, b2bstytchapi.WithBaseURI(l.address))
			if err != nil {
				t.Fatal(err)
			}
			l.faults(test.fault + ` endpoint="WRITE /**" times=1`)
			ctx := l.patience(test.fault, test.committed, func() bool {
				return l.data("GET", organizationsPath+"/acme", "").status == http.StatusOK
			})
			_, err = api.Organizations.Create(ctx, &organizations.CreateParams{OrganizationName: "Acme", OrganizationSlug: "acme"})
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
			l.faults(fault + ` endpoint="POST /pwa/v3/projects/*/environments/*/redirect_urls"`)
			made := func() bool {
				all, err := l.api.RedirectURLs.GetAll(t.Context(), redirecturls.GetAllRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
				return err == nil && slices.ContainsFunc(all.RedirectURLs, func(u redirecturls.RedirectURL) bool { return u.URL == url })
			}
			_, err := l.api.RedirectURLs.Create(l.patience(fault, committed, made), redirecturls.CreateRequest{
				ProjectSlug: "acme", EnvironmentSlug: "test", URL: url,
				ValidTypes: []redirecturls.URLType{{Type: redirecturls.RedirectURLTypeLogin}},
			})
			if err == nil {
				t.Error("the SDK saw no fault")
			}
			l.faults()
			if got := made(); got != committed {
				t.Errorf("the redirect URL was made: %t, want %t", got, committed)
			}
		})
	}
}
