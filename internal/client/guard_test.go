package client

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations/members"
	"github.com/stytchauth/stytch-go/v16/stytch/consumer/fraud/rules"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/projects"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/redirecturls"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"
)

// What both SDKs send, as they write it in their sources, and the read endpoints that only raw calls reach.
const (
	readCalls = `
		GET /v1/b2b/organizations/o
		GET /v1/b2b/organizations/o/connected_apps
		GET /v1/b2b/organizations/o/connected_apps/a
		GET /v1/b2b/organizations/o/member
		GET /v1/b2b/organizations/o/members/m/connected_apps
		GET /v1/b2b/organizations/o/members/m/oidc_providers
		GET /v1/b2b/organizations/o/metrics
		GET /v1/b2b/organizations/members/dangerously_get/m
		GET /v1/b2b/rbac/policy
		GET /v1/b2b/rbac/organizations/o
		GET /v1/b2b/scim/o/connection
		GET /v1/b2b/scim/o/connection/c
		GET /v1/b2b/sessions
		GET /v1/b2b/sessions/jwks/p
		GET /v1/b2b/sso/o
		GET /v1/connected_apps/clients/c
		GET /v1/debug/whoami
		GET /v1/m2m/clients/c
		GET /v1/projects/metrics
		POST /v1/b2b/organizations/search
		POST /v1/b2b/organizations/members/search
		POST /v1/m2m/clients/search
		POST /v1/connected_apps/clients/search
		POST /v1/users/search
		POST /v1/rules/list
		POST /v1/verdict_reasons/list
		GET /pwa/v3/projects
		GET /pwa/v3/projects/p
		GET /pwa/v3/projects/p/environments
		GET /pwa/v3/projects/p/environments/e
		GET /pwa/v3/projects/p/environments/e/metrics
		GET /pwa/v3/projects/p/environments/e/allowed_country_codes/sms
		GET /pwa/v3/projects/p/environments/e/allowed_country_codes/whatsapp
		GET /pwa/v3/projects/p/email_templates
		GET /pwa/v3/projects/p/email_templates/t
		GET /pwa/v3/projects/p/default_email_templates/t
		GET /pwa/v3/projects/p/environments/e/event_log_streaming/DATADOG
		GET /pwa/v3/projects/p/environments/e/jwt_templates/SESSION
		GET /pwa/v3/projects/p/environments/e/password_strength_config
		GET /pwa/v3/projects/p/environments/e/public_tokens
		GET /pwa/v3/projects/p/environments/e/public_tokens/t
		GET /pwa/v3/projects/p/environments/e/rbac_policy
		GET /pwa/v3/projects/p/environments/e/redirect_urls
		GET /pwa/v3/projects/p/environments/e/redirect_urls/all
		GET /pwa/v3/projects/p/environments/e/sdk/b2b
		GET /pwa/v3/projects/p/environments/e/sdk/consumer
		GET /pwa/v3/projects/p/environments/e/secrets
		GET /pwa/v3/projects/p/environments/e/secrets/s
		GET /pwa/v3/projects/p/environments/e/trusted_token_profiles
		GET /pwa/v3/projects/p/environments/e/trusted_token_profiles/t
		GET /pwa/v3/projects/p/environments/e/trusted_token_profiles/t/keys/k`
	writeCalls = `
		POST /v1/b2b/organizations
		PUT /v1/b2b/organizations/o
		PUT /v1/b2b/organizations/search
		DELETE /v1/b2b/organizations/o
		DELETE /v1/b2b/organizations/o/external_id
		POST /v1/b2b/organizations/o/members
		POST /v1/b2b/organizations/search/members
		PUT /v1/b2b/organizations/o/members/m
		DELETE /v1/b2b/organizations/o/members/m
		DELETE /v1/b2b/organizations/o/members/m/external_id
		PUT /v1/b2b/organizations/o/members/m/reactivate
		POST /v1/b2b/organizations/o/members/m/unlink_retired_email
		POST /v1/b2b/organizations/o/members/m/start_email_update
		POST /v1/b2b/organizations/o/members/m/connected_apps/a/revoke
		DELETE /v1/b2b/organizations/o/members/m/totp
		DELETE /v1/b2b/organizations/o/members/mfa_phone_numbers/m
		DELETE /v1/b2b/organizations/o/members/passwords/m
		PUT /v1/b2b/rbac/organizations/o
		POST /v1/b2b/magic_links/email/invite
		POST /v1/b2b/passwords/migrate
		POST /v1/b2b/sessions/revoke
		POST /v1/b2b/sessions/attest
		POST /v1/b2b/scim/o/connection
		POST /v1/b2b/scim/o/connection/c/rotate/start
		POST /v1/b2b/sso/saml/o
		POST /v1/b2b/sso/oidc/o
		POST /v1/b2b/sso/external/o
		PUT /v1/b2b/sso/saml/o/connections/c/url
		POST /v1/connected_apps/clients
		POST /v1/m2m/clients
		PUT /v1/m2m/clients/search
		POST /v1/m2m/clients/c/secrets/rotate
		POST /v1/m2m/clients/c/secrets/rotate/start
		POST /v1/rules/set
		POST /v1/verdict_reasons/override
		POST /pwa/v3/projects
		PATCH /pwa/v3/projects/p
		DELETE /pwa/v3/projects/p
		POST /pwa/v3/projects/p/environments
		PATCH /pwa/v3/projects/p/environments/e
		DELETE /pwa/v3/projects/p/environments/e
		POST /pwa/v3/projects/p/environments/e/allowed_country_codes/sms
		POST /pwa/v3/projects/p/email_templates
		PUT /pwa/v3/projects/p/email_templates/t
		DELETE /pwa/v3/projects/p/email_templates/t
		POST /pwa/v3/projects/p/default_email_templates/t
		DELETE /pwa/v3/projects/p/default_email_templates/t
		POST /pwa/v3/projects/p/environments/e/event_log_streaming
		PUT /pwa/v3/projects/p/environments/e/event_log_streaming/DATADOG
		POST /pwa/v3/projects/p/environments/e/event_log_streaming/DATADOG/enable
		PUT /pwa/v3/projects/p/environments/e/jwt_templates/SESSION
		PUT /pwa/v3/projects/p/environments/e/password_strength_config
		POST /pwa/v3/projects/p/environments/e/public_tokens
		PUT /pwa/v3/projects/p/environments/e/rbac_policy
		POST /pwa/v3/projects/p/environments/e/redirect_urls
		PUT /pwa/v3/projects/p/environments/e/redirect_urls
		DELETE /pwa/v3/projects/p/environments/e/redirect_urls
		PUT /pwa/v3/projects/p/environments/e/sdk/b2b
		POST /pwa/v3/projects/p/environments/e/secrets
		DELETE /pwa/v3/projects/p/environments/e/secrets/s
		POST /pwa/v3/projects/p/environments/e/trusted_token_profiles
		PATCH /pwa/v3/projects/p/environments/e/trusted_token_profiles/t
		DELETE /pwa/v3/projects/p/environments/e/trusted_token_profiles/t
		POST /pwa/v3/projects/p/environments/e/trusted_token_profiles/t/keys
		POST /v1/b2b/organizations%2Fsearch
		POST /v1/b2b/organizations/search/
		post /v1/b2b/organizations/search
		OPTIONS /v1/b2b/organizations/o`
)

func lines(calls string) []string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(calls)) {
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

// gate sends one call through a client's transport and says what it did.
func gate(t *testing.T, c *Client, sent *atomic.Int32, call string) (reached bool, err error) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	before := sent.Load()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://stytch.example/prefix"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.http.Do(req)
	if err == nil {
		_ = res.Body.Close()
	}
	return sent.Load() > before, err
}

func TestTheGuardKnowsReadsFromWrites(t *testing.T) {
	var sent atomic.Int32
	conn := over(t, nil, func(c *Config) {
		c.BaseURI, c.ManagementBaseURI = "http://stytch.example/prefix", "http://stytch.example/prefix/"
		c.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			sent.Add(1)
			return (&wire{steps: []step{answered(200)}}).RoundTrip(req)
		})
	})
	for _, call := range lines(readCalls) {
		if reached, err := gate(t, conn.ReadOnly(), &sent, call); !reached || err != nil {
			t.Errorf("%s reads, but: %v", call, err)
		}
	}
	for _, call := range lines(writeCalls) {
		if reached, err := gate(t, conn.ReadOnly(), &sent, call); reached || !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s writes, but reached the server: %v, error: %v", call, reached, err)
		}
		if reached, err := gate(t, conn.Writable(), &sent, call); !reached || err != nil {
			t.Errorf("%s must pass when writing is allowed: %v", call, err)
		}
	}
}

func TestTypedCallsMeetTheGuard(t *testing.T) {
	var paths atomic.Pointer[string]
	conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		call := r.Method + " " + r.URL.Path
		paths.Store(&call)
		_, _ = w.Write([]byte(good))
	}, nil)
	c := conn.ReadOnly()
	for _, test := range []struct {
		name  string
		reads bool
		call  func() error
	}{
		{"organizations are searched", true, func() error {
			_, err := c.B2B.Organizations.Search(t.Context(), &organizations.SearchParams{})
			return err
		}},
		{"members are searched", true, func() error {
			_, err := c.B2B.Organizations.Members.Search(t.Context(), &members.SearchParams{})
			return err
		}},
		{"fraud rules are listed", true, func() error {
			_, err := c.B2B.Fraud.Rules.List(t.Context(), &rules.ListParams{})
			return err
		}},
		{"projects are listed", true, func() error {
			_, err := c.Management.Projects.GetAll(t.Context(), projects.GetAllRequest{})
			return err
		}},
		{"a member is not deleted", false, func() error {
			_, err := c.B2B.Organizations.Members.Delete(t.Context(), &members.DeleteParams{OrganizationID: "o", MemberID: "m"})
			return err
		}},
		{"an organization is not created", false, func() error {
			_, err := c.B2B.Organizations.Create(t.Context(), &organizations.CreateParams{OrganizationName: "o"})
			return err
		}},
		{"a redirect URL is not merged", false, func() error {
			_, err := c.Management.RedirectURLs.Create(t.Context(), redirecturls.CreateRequest{ProjectSlug: "p", EnvironmentSlug: "e", URL: "https://x.example"})
			return err
		}},
		{"a profile is not deleted", false, func() error {
			_, err := c.Management.TrustedTokenProfiles.Delete(t.Context(), trustedtokenprofiles.DeleteRequest{ProjectSlug: "p", EnvironmentSlug: "e", ProfileID: "t"})
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			paths.Store(nil)
			err := test.call()
			if test.reads != (paths.Load() != nil) || test.reads != (err == nil) {
				t.Errorf("reached the server: %v, error: %v", paths.Load() != nil, err)
			}
			if !test.reads && (!errors.Is(err, ErrReadOnly) || !errors.Is(Wrap(err), ErrReadOnly) || errors.Is(err, ErrOutcomeUnknown)) {
				t.Errorf("got %v, want ErrReadOnly", err)
			}
		})
	}
}

func TestEndpointsAreNamedWithoutIDs(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/b2b/organizations/organization-test-1":                       "/v1/b2b/organizations/{id}",
		"/v1/b2b/organizations/acme/members/a%2Fb":                        "/v1/b2b/organizations/{id}/members/{id}",
		"/v1/b2b/organizations/members/search":                            "/v1/b2b/organizations/members/search",
		"/pwa/v3/projects/p/environments/e/trusted_token_profiles/x/keys": "/pwa/v3/projects/{id}/environments/{id}/trusted_token_profiles/{id}/keys",
	} {
		if got := endpointOf("GET", path).Name; got != "GET "+want {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, p := range append(readingPosts, repeatablePosts...) {
		if got := pattern(p); got != p {
			t.Errorf("%s is listed, but would be counted as %s: a word is missing", p, got)
		}
	}
	for _, call := range append(lines(readCalls), lines(writeCalls)...) {
		for segment := range strings.SplitSeq(strings.TrimPrefix(pattern(call[strings.Index(call, "/"):]), "/"), "/") {
			if segment != "{id}" && segment != "" && !pathWords[segment] {
				t.Errorf("%s: %s", call, segment)
			}
		}
	}
}
