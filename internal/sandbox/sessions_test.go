package sandbox_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	stytchsessions "github.com/stytchauth/stytch-go/v16/stytch/b2b/sessions"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestTheSDKExchangesATokenForASession(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile, api, ctx := l.trust(is, ""), newSDK(t, l), t.Context()
	got, err := api.Sessions.Attest(ctx, &stytchsessions.AttestParams{
		ProfileID: profile, Token: is.token(), OrganizationID: "acme", SessionDurationMinutes: 30,
		SessionCustomClaims: map[string]any{"plan": "gold", "sub": "somebody else"}, TelemetryID: "t",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := got.MemberSession
	if got.Member.EmailAddress != "ada@acme.example" || got.Organization.OrganizationSlug != "acme" || got.MemberID != got.Member.MemberID || got.SessionToken == "" {
		t.Errorf("got %+v", got)
	}
	if s.MemberID != got.MemberID || s.OrganizationID != got.Organization.OrganizationID || s.ExpiresAt.Sub(*s.StartedAt) != 30*time.Minute {
		t.Errorf("the session is %+v", s)
	}
	if len(s.AuthenticationFactors) != 1 || s.AuthenticationFactors[0].Type != "trusted_auth_token" ||
		s.AuthenticationFactors[0].DeliveryMethod != "trusted_token_exchange" || s.AuthenticationFactors[0].TrustedAuthTokenFactor.TokenID != "session-1" {
		t.Errorf("the factors are %+v", s.AuthenticationFactors)
	}
	local, err := api.Sessions.AuthenticateJWTLocal(ctx, got.SessionJWT, time.Minute, nil)
	if err != nil {
		t.Fatalf("the SDK does not accept the session's JWT: %v", err)
	}
	if diff := cmp.Diff(s, *local); diff != "" {
		t.Errorf("the JWT says otherwise than the session:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"plan": "gold"}, s.CustomClaims); diff != "" {
		t.Error(diff)
	}
	_, err = api.Sessions.Attest(ctx, &stytchsessions.AttestParams{ProfileID: profile, Token: is.token(claim("aud", "others"))})
	var refusal stytcherror.Error
	if !errors.As(err, &refusal) || refusal.StatusCode != 400 || string(refusal.ErrorType) != "jwt_invalid_audience" {
		t.Errorf("a token for others gives %v", err)
	}
}

func TestAttestKeepsStytchsPublishedContract(t *testing.T) {
	l, is, _ := newAttestLab(t, sandbox.Options{})
	profile := l.trust(is, "")
	listener := httptest.NewServer(newContract(t, l.server))
	t.Cleanup(listener.Close)
	l.address = listener.URL
	l.attest(profile, is.token(), `,"session_duration_minutes":5,"session_custom_claims":{"a":[1]}`).want(t, 200, "")
	l.attest(profile, "x").want(t, 400, invalid)
}

func TestASessionIsTheMembersOwnAndGrows(t *testing.T) {
	now := time.Now().Add(time.Minute) // ahead of what the issuer signs meanwhile
	l, is, acme := newAttestLab(t, sandbox.Options{Now: func() time.Time { return now }})
	l.member(acme, `"email_address":"bob@acme.example"`)
	profile := l.trust(is, "")
	fresh := func(id string) string { return is.token(claim("sid", id), claim("exp", now.Add(24*time.Hour).Unix())) }
	first := l.attest(profile, fresh("1"), `,"session_custom_claims":{"a":1,"b":2}`)
	first.want(t, 200, "")
	session := fmt.Sprintf(`,"session_token":%q`, first.text("session_token"))
	jwt := fmt.Sprintf(`,"session_jwt":%q`, first.text("session_jwt"))
	for _, c := range []struct {
		name, token, more string
		status            int
		want              string
	}{
		{"an unknown session", fresh("2"), `,"session_token":"none"`, 404, "session_not_found"},
		{"a JWT that is none", fresh("2"), `,"session_jwt":"none"`, 404, "session_not_found"},
		{"a JWT that somebody else signed", fresh("2"), fmt.Sprintf(`,"session_jwt":%q`, is.token()), 404, "session_not_found"},
		{"both ways to name it", fresh("2"), session + jwt, 400, "too_many_session_arguments"},
		{"another member's session", is.token(claim("mail", "bob@acme.example")), session, 403, "session_authorization_tenancy_error"},
		{"a session that is too short", fresh("2"), `,"session_duration_minutes":4`, 400, "invalid_session_duration_minutes"},
		{"a session of no time", fresh("2"), `,"session_duration_minutes":0`, 400, "invalid_session_duration_minutes"},
		{"claims that are no object", fresh("2"), `,"session_custom_claims":[]`, 400, "invalid_argument"},
	} {
		t.Run(c.name, func(t *testing.T) { l.attest(profile, c.token, c.more).want(t, c.status, c.want) })
	}
	now = now.Add(50 * time.Minute) // the JWT's five minutes are over, the session's hour is not
	second := l.attest(profile, fresh("2"), jwt+`,"session_duration_minutes":30,"session_custom_claims":{"a":null,"c":3,"exp":1}`)
	second.want(t, 200, "")
	second.wantJSON(t, `{"b":2,"c":3}`, "member_session", "custom_claims")
	third := l.attest(profile, fresh("1"), session)
	third.want(t, 200, "")
	if factors, _ := third.at("member_session", "authentication_factors").([]any); len(factors) != 2 {
		t.Errorf("the factors are %v", factors)
	}
	for _, key := range []string{"member_session_id", "started_at"} {
		if diff := cmp.Diff(first.at("member_session", key), third.at("member_session", key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if got, want := third.text("member_session", "expires_at"), now.Add(30*time.Minute).UTC().Format(time.RFC3339); got != want {
		t.Errorf("it expires at %s, want %s", got, want)
	}
	if got := third.text("session_token"); got != first.text("session_token") {
		t.Error("the session has another token now")
	}
	now = now.Add(30 * time.Minute)
	l.attest(profile, fresh("3"), session).want(t, 404, "session_not_found")
}
