package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// An endpointPattern says which requests a fault is for; see Fault.Endpoint.
type endpointPattern struct {
	method string
	path   []string
}

// endpointMethods are the first words that a pattern may have.
var endpointMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "READ", "WRITE", "*"}

func parseEndpoint(text string) (endpointPattern, error) {
	if text == "" || text == "*" {
		return endpointPattern{"*", []string{"**"}}, nil
	}
	method, path, _ := strings.Cut(text, " ")
	if !slices.Contains(endpointMethods, method) || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " ?#") {
		return endpointPattern{}, fmt.Errorf(`an endpoint is "METHOD /path" with the method %s, such as "PUT /v1/b2b/organizations/*", or "*"`,
			strings.Join(endpointMethods, ", "))
	}
	return endpointPattern{method, segments(path)}, nil
}

// matches says whether a request is meant.
func (p endpointPattern) matches(a arrival) bool {
	var known []string
	if a.route != nil {
		known = segments(a.route.pattern)
	}
	return p.allows(a.method, a.route) && matchPath(p.path, segments(a.path), known)
}

// mayMatch says whether some request to the route would be meant.
func (p endpointPattern) mayMatch(r *route) bool {
	known := segments(r.pattern)
	return p.allows(r.method, r) && matchPath(p.path, make([]string, len(known)), known)
}

func (p endpointPattern) allows(method string, r *route) bool {
	switch p.method {
	case "*":
		return true
	case "READ":
		return r != nil && r.access != write
	case "WRITE":
		return r != nil && r.access == write
	default:
		return p.method == method
	}
}

// matchPath compares segment by segment. known is the route's pattern, empty for an unknown route; where an actual
// segment is empty, any object will do.
func matchPath(pattern, actual, known []string) bool {
	if len(pattern) == 0 {
		return len(actual) == 0
	}
	if pattern[0] == "**" {
		for skip := range len(actual) + 1 {
			if matchPath(pattern[1:], actual[skip:], known[min(skip, len(known)):]) {
				return true
			}
		}
		return false
	}
	if len(actual) == 0 {
		return false
	}
	var segment string
	if len(known) > 0 {
		segment, known = known[0], known[1:]
	}
	return matchSegment(pattern[0], actual[0], segment) && matchPath(pattern[1:], actual[1:], known)
}

func matchSegment(pattern, actual, known string) bool {
	_, object := variableName(known)
	switch {
	case pattern == "*":
		return true
	case strings.HasPrefix(pattern, "{"):
		return object
	case actual == "":
		return object || pattern == known
	}
	decoded, err := url.PathUnescape(actual)
	return pattern == actual || err == nil && pattern == decoded
}
