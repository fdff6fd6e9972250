// Package catalog holds the kinds, one file each: what Stytch calls the
// attributes, how they compare, which rules they have, what a change to them
// does to people, and how they are read and written.
//
// Read first: a small kind (redirect_url.go), then internal/kind/type.go, which
// says what each field of a kind means.
package catalog

import "github.com/stytch-reconcile/stytch-reconcile/internal/kind"

// All is every kind that this version manages.
func All() kind.Catalog {
	return kind.NewCatalog(environment, passwordStrengthConfig, countryCodeAllowlist, b2bSDKConfig, emailTemplate, defaultEmailTemplate, eventLogStreaming, publicToken, environmentSecret, redirectURL, rbacPolicy, jwtTemplate, trustedTokenProfile, m2mClient, connectedApp, fraudRule, organization, member, oidcConnection, samlConnection,
		externalConnection, scimConnection).Beside(gaps...)
}
