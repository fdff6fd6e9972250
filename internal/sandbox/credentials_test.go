package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/publictokens"
	"github.com/stytchauth/stytch-management-go/v3/pkg/models/secrets"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestASecretIsShownOnceAndOpensTheB2BAPI(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	l, ctx := newLab(t, sandbox.Options{Now: func() time.Time { return now }}), t.Context()
	made, err := l.api.Secrets.Create(ctx, secrets.CreateRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	id, value := made.Secret.SecretID, made.Secret.Secret
	get := func() secrets.MaskedSecret {
		got, err := l.api.Secrets.Get(ctx, secrets.GetRequest{ProjectSlug: "acme", EnvironmentSlug: "test", SecretID: id})
		if err != nil {
			t.Fatal(err)
		}
		return got.Secret
	}
	want := secrets.MaskedSecret{SecretID: id, LastFour: value[len(value)-4:], CreatedAt: now}
	if diff := cmp.Diff(want, get()); diff != "" {
		t.Error(diff)
	}
	now = now.Add(time.Hour)
	l.send("GET", "/v1/debug/whoami", "", l.credentials.ProjectID, value).want(t, 200, "")
	want.UsedAt = now
	if diff := cmp.Diff(want, get()); diff != "" {
		t.Error(diff)
	}
	l.manage("DELETE", environmentOf+"/secrets/"+id, "").want(t, 200, "")
	l.send("GET", "/v1/debug/whoami", "", l.credentials.ProjectID, value).want(t, 401, "unauthorized_credentials")
	l.manage("DELETE", environmentOf+"/secrets/"+id, "").want(t, 404, "secret_not_found")
	l.manage("GET", environmentOf+"/secrets/"+id, "").want(t, 404, "secret_not_found")
}

func TestAProjectHasAtMostFiftySecrets(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for range 49 {
		l.manage("POST", environmentOf+"/secrets", "").want(t, 200, "")
	}
	l.manage("POST", environmentOf+"/secrets", "").want(t, 400, "secret_limit_exceeded")
	listed := l.manage("GET", environmentOf+"/secrets", "")
	if all, _ := listed.at("secrets").([]any); len(all) != 50 {
		t.Errorf("there are %d secrets", len(all))
	}
}

func TestAnEnvironmentKeepsItsLastPublicToken(t *testing.T) {
	l, ctx := newLab(t, sandbox.Options{}), t.Context()
	fresh, err := l.api.PublicTokens.GetAll(ctx, publictokens.GetAllRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil || len(fresh.PublicTokens) != 1 {
		t.Fatalf("a new environment has %+v, %v; want one public token", fresh, err)
	}
	first := fresh.PublicTokens[0].PublicToken
	if !strings.HasPrefix(first, "public-token-test-") {
		t.Errorf("the token is %q", first)
	}
	l.manage("DELETE", environmentOf+"/public_tokens/"+first, "").want(t, 400, "cannot_delete_last_public_token")
	second, err := l.api.PublicTokens.Create(ctx, publictokens.CreateRequest{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	l.manage("DELETE", environmentOf+"/public_tokens/"+first, "").want(t, 200, "")
	l.manage("GET", environmentOf+"/public_tokens/"+first, "").want(t, 404, "public_token_not_found")
	got := l.manage("GET", environmentOf+"/public_tokens/"+second.PublicToken.PublicToken, "")
	if got.text("public_token", "public_token") != second.PublicToken.PublicToken {
		t.Errorf("got %v", got.body)
	}
}

func TestAProjectHasAtMostFiftyPublicTokens(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for range 48 { // each of the two environments came with one
		l.manage("POST", environmentOf+"/public_tokens", "").want(t, 200, "")
	}
	l.manage("POST", environmentOf+"/public_tokens", "").want(t, 400, "public_token_limit_exceeded")
}
