package client

import (
	"net/http"
	"strings"
)

// An endpoint is what one request means: which of Stytch's endpoints it addresses and what may be done with it.
type endpoint struct {
	Name   string // method and path with ids replaced: "PUT /v1/b2b/organizations/{id}"
	Read   bool   // changes nothing: the guard lets it pass
	Repeat bool   // sending it twice leaves the same state as sending it once
	Class  class  // which limit on the rate it counts for
}

const (
	searchOrganizations = "/v1/b2b/organizations/search"
	searchMembers       = "/v1/b2b/organizations/members/search"
)

// The POSTs that are no creates. Everything else follows from the method alone: GET reads; PUT, PATCH and DELETE may be
// repeated (PATCH merges settings: Stytch's management API has no relative updates); a POST that is not named here makes
// one more object each time it is sent.
var (
	readingPosts = []string{
		searchOrganizations,
		searchMembers,
		"/v1/m2m/clients/search",
		"/v1/connected_apps/clients/search",
		"/v1/users/search",
		"/v1/rules/list",
		"/v1/verdict_reasons/list",
	}
	repeatablePosts = []string{
		"/v1/rules/set", // an upsert by identifier
		"/v1/verdict_reasons/override",
		"/pwa/v3/projects/{id}/environments/{id}/redirect_urls", // merges the types of a known URL
		"/pwa/v3/projects/{id}/environments/{id}/allowed_country_codes/sms",
		"/pwa/v3/projects/{id}/environments/{id}/allowed_country_codes/whatsapp",
		"/pwa/v3/projects/{id}/environments/{id}/event_log_streaming/{id}/enable",
		"/pwa/v3/projects/{id}/environments/{id}/event_log_streaming/{id}/disable",
		"/pwa/v3/projects/{id}/default_email_templates/{id}",
	}
)

// appendingPut is the one PUT that is not the same twice: a SAML connection has one certificate or key more each time that it
// is sent one.
const appendingPut = "/v1/b2b/sso/saml/{id}/connections/{id}"

// endpointOf says what a request with this method and escaped path means. The path starts at Stytch's own first
// segment, without the path prefix that a base URI may have.
func endpointOf(method, path string) endpoint {
	e := endpoint{Name: method + " " + pattern(path), Class: classOf(path)}
	switch method {
	case http.MethodGet, http.MethodHead:
		e.Read, e.Repeat = true, true
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		e.Repeat = method != http.MethodPut || !matches(appendingPut, path)
	case http.MethodPost:
		e.Read = matchesAny(readingPosts, path)
		e.Repeat = e.Read || matchesAny(repeatablePosts, path)
	}
	return e
}

func classOf(path string) class {
	switch {
	case strings.HasPrefix(path, "/pwa/"):
		return classManagement
	case path == searchOrganizations || path == searchMembers:
		return classSearch
	}
	return classData
}

func matchesAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if matches(p, path) {
			return true
		}
	}
	return false
}

// matches compares segment by segment; {id} stands for exactly one segment that is not empty. The path is the escaped
// one, so that a slash inside an id cannot pretend to be a border.
func matches(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] == "{id}" && have[i] != "" {
			continue
		}
		if want[i] != have[i] {
			return false
		}
	}
	return true
}

// pattern replaces everything in a path that is not a word of Stytch's own paths. An object that is called like one of
// these words is shown by its name; names decide nothing, they are for counting and logs.
func pattern(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if s != "" && !pathWords[s] {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

var pathWords = words(`
	v1 b2b organizations search member members metrics dangerously_get reactivate external_id mfa_phone_numbers
	passwords totp recovery_codes unlink_retired_email start_email_update connected_apps oauth_providers
	oidc_providers github google hubspot microsoft slack revoke sso saml oidc external connections url
	encryption_private_keys verification_certificates scim connection groups rotate start complete cancel rbac policy
	sessions jwks authenticate attest migrate m2m clients secrets debug whoami projects rules set list
	verdict_reasons override fingerprint lookup magic_links email invite users
	pwa v3 web environments redirect_urls all public_tokens jwt_templates password_strength_config
	allowed_country_codes sms whatsapp rbac_policy email_templates default_email_templates sdk consumer
	trusted_token_profiles keys event_log_streaming enable disable`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
