package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// publicProviders are the mail providers whose domains stand for nobody's
// company. Stytch refuses them in an organization's lists (Stytch's docs, "JIT
// provision members"); its list gives names without endings.
var publicProviders = strings.Fields(`aol att bol comcast earthlink free gmail googlemail gmx hey hotmail icloud ig laposte libero live mac
	mail me msn orange outlook rediffmail sbcglobal uol verizon wanadoo yahoo yandex ymail`)

// sharedEndings are labels before a country's ending that companies register
// under, as in yahoo.co.uk.
var sharedEndings = strings.Fields("ac co com edu gov net org")

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`)

// checkDomains judges a list of e-mail domains. The list is a set, so that a
// problem names its domain and not its place. A repeat is one that differs by
// case only: Stytch compares without case and refuses repeats.
func checkDomains(attribute string, domains []string) []kind.Problem {
	var problems []kind.Problem
	seen := map[string]string{}
	for _, domain := range domains {
		if problem, broken := domainProblem(attribute, domain); broken {
			problems = append(problems, problem)
			continue
		}
		if first, taken := seen[lower(domain)]; taken && first != domain {
			problems = append(problems, kind.Problem{
				Attribute: attribute, Message: fmt.Sprintf("%q and %q are the same domain", first, domain), Hint: "list it once",
			})
		}
		seen[lower(domain)] = domain
	}
	return problems
}

// domainProblem judges one domain. In one list the same domain may stand
// several times (with several roles), so that repeats are not its business.
func domainProblem(attribute, domain string) (kind.Problem, bool) {
	switch {
	case !isDomain(domain):
		hint := "write the part of an address after the @, such as acme.example"
		if strings.Contains(domain, "@") {
			hint = fmt.Sprintf("write %q, without what stands before it", domain[strings.LastIndex(domain, "@")+1:])
		}
		return kind.Problem{Attribute: attribute, Message: fmt.Sprintf("%q is not a domain", domain), Hint: hint}, true
	case isPublicProvider(domain):
		return kind.Problem{
			Attribute: attribute,
			Message:   fmt.Sprintf("%q belongs to a public mail provider, and Stytch refuses those in %s", domain, attribute),
			Hint:      "anybody can have an address there; list domains of the organization itself",
		}, true
	}
	return kind.Problem{}, false
}

func checkEmailRoles(grants []EmailRole) []kind.Problem {
	const attribute = "rbac_email_implicit_role_assignments"
	var problems []kind.Problem
	for _, grant := range grants {
		if problem, broken := domainProblem(attribute, grant.Domain); broken {
			problems = append(problems, problem)
		}
		problems = append(problems, checkRole(attribute, grant.RoleID)...)
	}
	return problems
}

// checkRole is the rule for a role that an organization or a member names.
func checkRole(attribute, role string) []kind.Problem {
	switch {
	case role == everyonesRole:
		return []kind.Problem{{
			Attribute: attribute,
			Message:   fmt.Sprintf("the role %s cannot be assigned", everyonesRole),
			Hint:      "drop it: every member has it",
		}}
	case !roleIDForm.MatchString(role):
		return []kind.Problem{{
			Attribute: attribute,
			Message:   fmt.Sprintf("%q cannot be a role_id", role),
			Hint:      "a role_id has 1 to 128 characters without spaces",
		}}
	}
	return nil
}

func isDomain(domain string) bool {
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > 63 {
			return false
		}
	}
	return len(domain) <= 253 && domainForm.MatchString(lower(domain))
}

// isPublicProvider compares the label that one registers:
//
//	gmail.com        gmail    refused
//	yahoo.co.uk      yahoo    refused
//	mail.acme.com    acme     fine
//	acme.me          acme     fine
func isPublicProvider(domain string) bool {
	labels := strings.Split(lower(domain), ".")
	registered := len(labels) - 2
	if registered >= 1 && len(labels[registered+1]) == 2 && slices.Contains(sharedEndings, labels[registered]) {
		registered--
	}
	return registered >= 0 && slices.Contains(publicProviders, labels[registered])
}

func lower(s string) string { return strings.ToLower(s) }

func lowerAll(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, lower(s))
	}
	return out
}
