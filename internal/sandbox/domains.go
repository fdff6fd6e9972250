package sandbox

import (
	"regexp"
	"slices"
	"strings"
)

// commonDomains are the names of public mail providers, without their endings, which Stytch refuses in an organization's
// lists of domains (Stytch's docs, "JIT provision members").
var commonDomains = strings.Fields(`gmail aol yahoo icloud hotmail msn comcast live outlook att earthlink me mac sbcglobal
	verizon ig mail hey laposte wanadoo googlemail orange rediffmail uol bol free gmx yandex ymail libero`)

// disposableDomains stand for the throw-away mail providers that Stytch refuses; its own list is not published.
var disposableDomains = strings.Fields(`10minutemail.com dispostable.com getnada.com guerrillamail.com maildrop.cc
	mailinator.com sharklasers.com temp-mail.org throwawaymail.com trashmail.com yopmail.com`)

// secondLevels are labels that belong to a country's ending, as in yahoo.co.uk.
var secondLevels = strings.Fields("ac co com edu gov net org")

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// A domainRules names the errors of one list of domains; an empty name means that the rule does not exist there.
type domainRules struct {
	invalid, tooCommon, disposable, duplicate string
}

var (
	allowedDomainRules = domainRules{
		invalid:    "organization_settings_invalid_domain",
		tooCommon:  "organization_settings_domain_too_common",
		disposable: "organization_settings_disposable_domain",
		duplicate:  "organization_settings_duplicate_domain",
	}
	claimedDomainRules = domainRules{
		invalid:    "organization_settings_invalid_claimed_domain",
		tooCommon:  "organization_settings_claimed_domain_too_common",
		disposable: "organization_settings_disposable_domain",
		duplicate:  "organization_settings_duplicate_claimed_domain",
	}
	// One domain may be named once per role here, so duplicates are legal.
	roleDomainRules = domainRules{invalid: "rbac_invalid_domain", tooCommon: "rbac_domain_too_common"}
)

// check judges a whole list, which replaces the one before it.
func (r domainRules) check(domains []string) *apiError {
	seen := map[string]bool{}
	for _, domain := range domains {
		name := strings.ToLower(domain)
		switch {
		case !isDomain(name):
			return badRequest(r.invalid, "%q is not a valid domain.", domain)
		case isCommon(name):
			return badRequest(r.tooCommon, "%q is too common to stand for one organization.", domain)
		case r.disposable != "" && slices.Contains(disposableDomains, name):
			return badRequest(r.disposable, "%q belongs to a provider of disposable addresses.", domain)
		case r.duplicate != "" && seen[name]:
			return badRequest(r.duplicate, "%q is listed twice.", domain)
		}
		seen[name] = true
	}
	return nil
}

func isDomain(name string) bool {
	return len(name) <= 253 && domainPattern.MatchString(name)
}

// isCommon compares the label that a company would register, so that mail.acme.com is not taken for a mail provider but
// yahoo.co.uk is. Whether Stytch compares labels or whole names is not documented.
func isCommon(name string) bool {
	labels := strings.Split(name, ".")
	own := len(labels) - 2
	if own >= 1 && len(labels[own+1]) == 2 && slices.Contains(secondLevels, labels[own]) {
		own--
	}
	return own >= 0 && slices.Contains(commonDomains, labels[own])
}

// domainOf returns the domain of an address in lower case.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
