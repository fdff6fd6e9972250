package sandbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An access says what a route needs and does.
type access int

const (
	read  access = iota // needs credentials, changes nothing; reads run side by side
	write               // needs credentials, may change state; writes run alone
	mint                // needs no credentials, may make a key that was always meant to be there; runs alone
)

// A handler answers one call. It checks everything before it changes anything: what it changed before returning an
// error would stay in memory without being kept.
type handler func(*call) (answer, *apiError)

// An answer is the payload of a success; status_code and request_id are added to it.
type answer map[string]any

// A route is one endpoint: a method and a pattern such as "/v1/b2b/organizations/{organization_id}".
type route struct {
	method  string
	pattern string
	access  access
	handle  handler
	keys    []string // the body's documented keys, for Knobs.StrictBodies
	params  []string

	// before, where there is one, does what must not be done under the lock, such as asking another server.
	before func(ctx context.Context, c *call, user, password string)
}

// A router finds routes by path segments. Unlike http.ServeMux it allows two patterns to overlap ("…/members/{id}/totp"
// and "…/members/passwords/{id}"; the literal segment wins), neither cleans nor redirects paths, and tells an unknown
// path from a wrong method.
type router struct {
	root routeNode
	all  []*route
}

type routeNode struct {
	literal  map[string]*routeNode
	variable *routeNode
	methods  map[string]*route
}

// handle registers an endpoint. The pattern is "METHOD /path/{variable}"; keys are the body keys that Stytch documents
// for it.
func (s *Server) handle(pattern string, a access, h handler, keys ...string) *route {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		panic("sandbox: route without a method: " + pattern)
	}
	r := &route{method: method, pattern: path, access: a, handle: h, keys: keys}
	n := &s.router.root
	for _, segment := range segments(path) {
		if name, ok := variableName(segment); ok {
			r.params = append(r.params, name)
			if n.variable == nil {
				n.variable = &routeNode{}
			}
			n = n.variable
			continue
		}
		if n.literal == nil {
			n.literal = map[string]*routeNode{}
		}
		if n.literal[segment] == nil {
			n.literal[segment] = &routeNode{}
		}
		n = n.literal[segment]
	}
	if n.methods[method] != nil {
		panic("sandbox: route registered twice: " + pattern)
	}
	if n.methods == nil {
		n.methods = map[string]*route{}
	}
	n.methods[method] = r
	s.router.all = append(s.router.all, r)
	return r
}

// find gives the route for a request and the values of its variables, percent-decoded. Without a route the error says
// whether the path or the method is unknown.
func (r *router) find(method, escapedPath string) (*route, map[string]string, *apiError) {
	var m match
	m.walk(&r.root, method, segments(escapedPath), nil)
	switch {
	case m.route != nil:
		params := make(map[string]string, len(m.values))
		for i, name := range m.route.params {
			params[name] = m.values[i]
		}
		return m.route, params, nil
	case m.pathKnown:
		return nil, nil, &apiError{http.StatusMethodNotAllowed, "method_not_allowed", "This path does not answer to " + method + "."}
	default:
		return nil, nil, notFound("route_not_found", "There is no such route.")
	}
}

// A match is the state of one search through the routes.
type match struct {
	route     *route
	values    []string
	pathKnown bool
}

func (m *match) walk(n *routeNode, method string, rest, values []string) bool {
	if len(rest) == 0 {
		if len(n.methods) > 0 {
			m.pathKnown = true
		}
		m.route, m.values = n.methods[method], values
		return m.route != nil
	}
	if next := n.literal[rest[0]]; next != nil && m.walk(next, method, rest[1:], values) {
		return true
	}
	if n.variable == nil {
		return false
	}
	value, err := url.PathUnescape(rest[0])
	if err != nil {
		return false
	}
	return m.walk(n.variable, method, rest[1:], append(slices.Clip(values), value))
}

// segments splits a path, forgiving repeated slashes: Stytch's SDK asks for "//v1/…" when its base URI ends in a slash.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func variableName(segment string) (string, bool) {
	name, ok := strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), ok
}
