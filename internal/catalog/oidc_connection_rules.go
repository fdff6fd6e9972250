package catalog

import (
	"context"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// checkOIDCConnection reports what Stytch would refuse, or take and never use.
func checkOIDCConnection(o OIDCConnection) []kind.Problem {
	problems := checkConnectionName(o.Name)
	for _, u := range o.urls() {
		problems = append(problems, webAddress(u.attribute, u.value)...)
	}
	for _, scope := range o.CustomScopes.Value {
		if scope == "" || strings.ContainsFunc(scope, isSpaceOrControl) {
			problems = append(problems, kind.Problem{
				Attribute: "custom_scopes", Message: "a scope is empty or holds white space", Hint: "write one list item for each scope",
			})
		}
	}
	if scopes := o.CustomScopes.Value; len(scopes) > 0 && len(missingFrom(scopes, []string{"openid"})) > 0 {
		problems = append(problems, kind.Problem{
			Attribute: "custom_scopes", Message: "custom_scopes lacks openid, without which an identity provider gives no ID token",
			Hint: "custom_scopes replaces Stytch's own scopes: list openid, and email and profile if they are wanted",
		})
	}
	return problems
}

// An attributeURL is a URL and the attribute that holds it.
type attributeURL struct {
	attribute string
	value     kind.Opt[string]
}

// urls are the issuer and what Stytch finds by it.
func (o OIDCConnection) urls() []attributeURL {
	return []attributeURL{
		{"issuer", o.Issuer}, {"authorization_url", o.AuthorizationURL}, {"token_url", o.TokenURL}, {"userinfo_url", o.UserinfoURL}, {"jwks_url", o.JWKSURL},
	}
}

// switches reports whether a change takes a connection to another identity
// provider or client, so that nobody can log in as before.
func (o OIDCConnection) switches(after OIDCConnection) bool {
	return o.Active && (o.Issuer.Value != after.Issuer.Value || o.ClientID.Value != after.ClientID.Value)
}

func countOIDCUsers(ctx context.Context, c *client.Client, live kind.Live[OIDCConnection], after OIDCConnection) (map[plan.Grant]int, error) {
	if !live.Value.switches(after) {
		return nil, nil
	}
	return countConnectionUsers(ctx, c, live.Value.Organization, live.ID, after.Name)
}

// oidcEffects says who can log in as whom, and who no longer.
func oidcEffects(t kind.Transition[OIDCConnection]) plan.Effects {
	e := connectionEffects{users: connectionUsers(t.Live.Holders)}
	before, after := t.Live.Value, t.After
	switch t.Action {
	case plan.Delete:
		e.removed(before.Active)
		return e.Effects
	case plan.Create:
		e.created()
		e.consequence("it becomes active by itself once issuer, client_id, client_secret and the four URLs are there")
		e.discovery(t)
		return e.Effects
	}
	e.renamed(before.Name, after.Name)
	if before.switches(after) {
		e.switched(after.Issuer.Value)
	}
	if t.Changed["issuer"] || t.Changed["jwks_url"] || t.Changed["token_url"] || t.Changed["userinfo_url"] {
		e.risk(plan.AccessWidened, "whoever answers at the new URLs says who somebody is, and can sign in as anybody of the organization")
	}
	if t.Changed["client_secret"] && !t.Changed["client_id"] {
		e.risk(plan.AccessRemoved, "unless the identity provider has the new client_secret already, nobody can log in until it has")
	}
	e.discovery(t)
	return e.Effects
}

// discovery says which URLs Stytch fills in.
func (e *connectionEffects) discovery(t kind.Transition[OIDCConnection]) {
	if !t.Changed["issuer"] || t.After.Issuer.Value == "" {
		return
	}
	var filled []string
	for _, u := range t.After.urls()[1:] {
		if !t.Changed[u.attribute] {
			filled = append(filled, u.attribute)
		}
	}
	if len(filled) > 0 {
		e.consequence("Stytch reads %s/.well-known/openid-configuration and sets %s by it", strings.TrimSuffix(t.After.Issuer.Value, "/"), listed(filled))
	}
}
