package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// The forms of names (Stytch's API reference and SDK comments).
var (
	slugForm       = regexp.MustCompile(`^[A-Za-z0-9\-._~]{2,128}$`)
	externalIDForm = regexp.MustCompile(`^[A-Za-z0-9._\-|]{1,128}$`)
	roleIDForm     = regexp.MustCompile(`^[^\s\p{C}]{1,128}$`)
)

// Limits of one metadata object (Stytch's docs, "Metadata").
const (
	maxMetadataKeys  = 20
	maxMetadataBytes = 4 << 10
)

// checkOrganization reports what Stytch would refuse. Rules between settings
// speak only when all of these are known.
func checkOrganization(o Organization) []kind.Problem {
	var problems []kind.Problem
	if o.Slug != "" && (!slugForm.MatchString(o.Slug) || strings.Trim(o.Slug, "-._~") == "") {
		problems = append(problems, kind.Problem{
			Message: fmt.Sprintf("%q is not a slug", o.Slug),
			Hint:    "a slug has 2 to 128 letters, digits and -._~ with at least one letter or digit",
		})
	}
	if o.Name.Set && o.Name.Value != "" && strings.TrimSpace(o.Name.Value) == "" {
		problems = append(problems, kind.Problem{Attribute: "organization_name", Message: "organization_name is blank"})
	}
	problems = append(problems, checkExternalID("organization_external_id", o.ExternalID)...)
	problems = append(problems, checkLogo(o.LogoURL)...)
	problems = append(problems, checkMetadata("trusted_metadata", o.Metadata)...)
	problems = append(problems, checkWaysIn(o)...)
	problems = append(problems, checkRestricted(o)...)
	problems = append(problems, checkTenants(o.Tenants)...)
	problems = append(problems, checkNamedConnections(o)...)
	problems = append(problems, checkDomains("email_allowed_domains", o.Domains.Value)...)
	problems = append(problems, checkDomains("claimed_email_domains", o.Claimed.Value)...)
	return append(problems, checkEmailRoles(o.RoleGrants.Value)...)
}

// checkWaysIn: somebody must be able to join (Stytch's docs, "Organization
// configuration rules").
func checkWaysIn(o Organization) []kind.Problem {
	for _, way := range []kind.Opt[string]{o.Invites, o.EmailJIT, o.SSOJIT} {
		if !way.Set || way.Value != notAllowed {
			return nil
		}
	}
	return []kind.Problem{{
		Attribute: "email_invites",
		Message:   "email_invites, email_jit_provisioning and sso_jit_provisioning are all NOT_ALLOWED, and Stytch wants one way in for new members",
		Hint:      "allow one of the three; members can be created through the API whatever they say",
	}}
}

// checkRestricted: what is RESTRICTED needs its list, and the list cannot be
// emptied while it is (Stytch's docs, "Organization configuration rules").
func checkRestricted(o Organization) []kind.Problem {
	var problems []kind.Problem
	need := func(setting string, value kind.Opt[string], list string, known, empty bool) {
		if value.Set && value.Value == restricted && known && empty {
			problems = append(problems, kind.Problem{
				Attribute: setting,
				Message:   fmt.Sprintf("%s is RESTRICTED, and %s is empty", setting, list),
				Hint:      fmt.Sprintf("list in %s what is allowed, or choose another value for %s", list, setting),
			})
		}
	}
	domains := len(o.Domains.Value) == 0
	need("email_invites", o.Invites, "email_allowed_domains", o.Domains.Set, domains)
	need("email_jit_provisioning", o.EmailJIT, "email_allowed_domains", o.Domains.Set, domains)
	need("auth_methods", o.Methods, "allowed_auth_methods", o.Allowed.Set, len(o.Allowed.Value) == 0)
	need("mfa_methods", o.MFAMethods, "allowed_mfa_methods", o.AllowedMFA.Set, len(o.AllowedMFA.Value) == 0)
	need("oauth_tenant_jit_provisioning", o.OAuthJIT, "allowed_oauth_tenants", o.Tenants.Set, !hasTenants(o.Tenants.Value))
	need("sso_jit_provisioning", o.SSOJIT, "sso_jit_provisioning_allowed_connections", o.SSOAllowed.Set, len(o.SSOAllowed.Value) == 0)
	return problems
}

func hasTenants(tenants map[string][]string) bool {
	for _, ids := range tenants {
		if len(ids) > 0 {
			return true
		}
	}
	return false
}

func checkTenants(tenants kind.Opt[map[string][]string]) []kind.Problem {
	var problems []kind.Problem
	for _, provider := range sortedNames(tenants.Value) {
		if !slices.Contains([]string{"slack", "hubspot", "github"}, provider) {
			problems = append(problems, kind.Problem{
				Attribute: "allowed_oauth_tenants." + provider,
				Message:   fmt.Sprintf("%q is no provider with tenants", provider),
				Hint:      "allowed_oauth_tenants may name slack, hubspot and github",
			})
		}
	}
	return problems
}

func checkLogo(logo kind.Opt[string]) []kind.Problem {
	if logo.Value == "" {
		return nil
	}
	if u, err := url.Parse(logo.Value); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return nil
	}
	return []kind.Problem{{
		Attribute: "organization_logo_url",
		Message:   fmt.Sprintf("%q is not a web address", logo.Value),
		Hint:      "write an absolute URL such as https://acme.example/logo.png",
	}}
}

// checkExternalID is the rule for external ids of organizations and members;
// empty unsets.
func checkExternalID(attribute string, id kind.Opt[string]) []kind.Problem {
	if id.Value == "" || externalIDForm.MatchString(id.Value) {
		return nil
	}
	return []kind.Problem{{
		Attribute: attribute,
		Message:   fmt.Sprintf("%q cannot be an external id", id.Value),
		Hint:      `an external id has up to 128 letters, digits and ._-|`,
	}}
}

// checkMetadata enforces Stytch's limits; keys that are null will not be there.
func checkMetadata(attribute string, metadata kind.Opt[map[string]any]) []kind.Problem {
	kept := map[string]any{}
	for key, value := range metadata.Value {
		if value != nil {
			kept[key] = value
		}
	}
	var problems []kind.Problem
	if len(kept) > maxMetadataKeys {
		problems = append(problems, kind.Problem{
			Attribute: attribute,
			Message:   fmt.Sprintf("%s would have %d keys, and Stytch allows %d", attribute, len(kept), maxMetadataKeys),
			Hint:      "keep what belongs together in one key, or remove keys with null",
		})
	}
	if size := jsonSize(kept); size > maxMetadataBytes {
		problems = append(problems, kind.Problem{
			Attribute: attribute,
			Message:   fmt.Sprintf("%s would have %d bytes of JSON, and Stytch allows %d", attribute, size, maxMetadataBytes),
			Hint:      "keep a reference here and the data elsewhere",
		})
	}
	return problems
}

func jsonSize(v any) int {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // "<" is one byte in what Stytch keeps
	if err := encoder.Encode(v); err != nil {
		panic("metadata that came from JSON has no JSON form: " + err.Error())
	}
	return b.Len() - 1 // Encode ends the line
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
