package catalog

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// maxRedirectURLs is Stytch's limit for a project (Stytch's page "Limits" of
// the management API).
const maxRedirectURLs = 100

// executableSchemes are no addresses: a browser would run or show what follows.
var executableSchemes = []string{"javascript", "data", "vbscript", "file", "blob", "about"}

func checkRedirectURL(r RedirectURL) []kind.Problem {
	problems := redirectAddress(r.URL)
	seen := map[string]RedirectType{}
	for i, t := range r.ValidTypes.Value {
		if first, again := seen[t.Type]; again && first != t {
			problems = append(problems, kind.Problem{
				Attribute: fmt.Sprintf("valid_types[%d]", i), Message: fmt.Sprintf("valid_types names %s twice", t.Type), Hint: "write one entry for each type",
			})
		}
		seen[t.Type] = t
	}
	if r.ValidTypes.Set && len(r.ValidTypes.Value) == 0 {
		problems = append(problems, kind.Problem{
			Attribute: "valid_types", Message: "a redirect URL needs at least one type", Hint: "declare the URL absent: true if no flow may use it",
		})
	}
	return problems
}

// redirectAddress is deliberately lenient about what stands behind the scheme:
// Stytch accepts placeholders and wildcards in it.
func redirectAddress(address string) []kind.Problem {
	problem := func(message string) []kind.Problem {
		return []kind.Problem{{Message: message, Hint: "write an absolute URL such as https://app.example.com/authenticate, or myapp://authenticate for an app"}}
	}
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case strings.ContainsFunc(address, isSpaceOrControl):
		return problem("the redirect URL holds a space or a control character")
	case !found || !isScheme(scheme) || rest == "":
		return problem("the redirect URL is not absolute")
	case slices.Contains(executableSchemes, strings.ToLower(scheme)):
		return problem(fmt.Sprintf("a redirect to %s: is not an address of an application", scheme))
	}
	if scheme != "http" && scheme != "https" {
		return nil
	}
	authority, ok := strings.CutPrefix(rest, "//")
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	switch {
	case !ok || authority == "" || strings.HasPrefix(authority, ":"):
		return problem("the redirect URL has no host")
	case strings.Contains(authority, "@"):
		return problem("the redirect URL holds a user name or password")
	}
	if _, err := url.PathUnescape(rest); err != nil {
		return problem("the redirect URL holds a % that does not start an escape such as %20")
	}
	return nil
}

// isScheme follows RFC 3986: a letter, then letters, digits, +, - and dots.
func isScheme(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return s != ""
}

// redirectURLsTogether holds what is declared against the rules of the
// environment: one default for each flow, and the number of URLs.
func redirectURLsTogether(declared []RedirectURL) []kind.Problem {
	var problems []kind.Problem
	defaults := map[string]string{}
	for i, r := range declared {
		for _, t := range r.ValidTypes.Value {
			if !t.IsDefault {
				continue
			}
			if other, taken := defaults[t.Type]; taken && other != r.URL {
				problems = append(problems, kind.Problem{
					Index: i, Attribute: "valid_types",
					Message: fmt.Sprintf("two redirect URLs are the default for %s: %s and %s", t.Type, other, r.URL),
					Hint:    "Stytch has one default for each type: write is_default: false in one of them",
				})
			}
			defaults[t.Type] = r.URL
		}
		if i == maxRedirectURLs {
			problems = append(problems, kind.Problem{
				Index: i, Message: fmt.Sprintf("%d redirect URLs are declared, and Stytch allows %d in a project", len(declared), maxRedirectURLs),
			})
		}
	}
	return problems
}

// redirectURLReferences offers each default, so that the URL that loses one
// waits for the URL that takes it: no flow is without default on the way.
func redirectURLReferences(_ plan.Address, r RedirectURL) (offers, uses []string) {
	for _, t := range r.ValidTypes.Value {
		if t.IsDefault {
			offers = append(offers, "redirect_default/"+t.Type)
		}
	}
	return offers, nil
}

// redirectURLEffects names the URLs whose default moves, and the flows that
// may be left without one.
func redirectURLEffects(t kind.Transition[RedirectURL]) plan.Effects {
	var effects plan.Effects
	say := func(format string, args ...any) {
		effects.Consequences = append(effects.Consequences, fmt.Sprintf(format, args...))
	}
	before, after := defaultsOf(t.Live.Value), defaultsOf(t.After)
	for _, flow := range without(after, before) {
		for sibling := range t.Siblings() {
			if sibling.Value.URL != t.After.URL && slices.Contains(defaultsOf(sibling.Value), flow) {
				say("%s is no longer the default for %s", sibling.Value.URL, flow)
			}
		}
	}
	if lost := without(before, after); len(lost) > 0 {
		say("unless another URL becomes the default for %s, calls must then name one", strings.Join(lost, ", "))
	}
	if refused := without(typesOf(t.Live.Value), typesOf(t.After)); len(refused) > 0 {
		say("calls for %s that name %s are refused", strings.Join(refused, ", "), t.Live.Value.URL)
	}
	return effects
}

// defaultsOf lists the flows that the URL is the default of, in order.
func defaultsOf(r RedirectURL) []string {
	var flows []string
	for _, t := range r.ValidTypes.Value {
		if t.IsDefault {
			flows = append(flows, t.Type)
		}
	}
	slices.Sort(flows)
	return slices.Compact(flows) // a document may name a type twice
}

// typesOf lists the flows that may use the URL, in order.
func typesOf(r RedirectURL) []string {
	var flows []string
	for _, t := range r.ValidTypes.Value {
		flows = append(flows, t.Type)
	}
	slices.Sort(flows)
	return slices.Compact(flows)
}

// without lists what is in one list and not in the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
