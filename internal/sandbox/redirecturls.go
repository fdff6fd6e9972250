package sandbox

import (
	"net/url"
	"slices"
)

// A redirectURL is where Stytch may send people back to, with the flows that may use it. It is found by its exact text.
type redirectURL struct {
	URL        string      `json:"url"`
	ValidTypes []validType `json:"valid_types"`
}

// A validType is one flow that may use a URL. An environment has at most one default URL of each type.
type validType struct {
	Type      string `json:"type"`
	IsDefault bool   `json:"is_default"`
}

// discoveryType is the flow that only B2B projects have.
const discoveryType = "DISCOVERY"

var redirectTypes = []string{"LOGIN", "SIGNUP", "INVITE", "RESET_PASSWORD", discoveryType}

// maxRedirectURLs is per project, by Stytch's limits page.
const maxRedirectURLs = 100

func (s *Server) redirectURLRoutes() {
	path := environmentPath + "/redirect_urls"
	s.handle("POST "+path, write, createRedirectURL, "url", "valid_types", "do_not_promote_defaults")
	s.handle("GET "+path, read, getRedirectURL)
	s.handle("GET "+path+"/all", read, listRedirectURLs)
	s.handle("PUT "+path, write, updateRedirectURL, "valid_types", "do_not_promote_defaults")
	s.handle("DELETE "+path, write, deleteRedirectURL)
}

// localRedirectURL is what a new TEST environment holds: the default of every type.
func localRedirectURL(vertical string) redirectURL {
	r := redirectURL{URL: "http://localhost:3000/authenticate"}
	for _, name := range redirectTypes {
		if name != discoveryType || vertical != verticalConsumer {
			r.ValidTypes = append(r.ValidTypes, validType{Type: name, IsDefault: true})
		}
	}
	return r
}

// createRedirectURL adds a URL, or adds types to one that exists.
func createRedirectURL(c *call) (answer, *apiError) {
	address, err := fieldOf[string](c, "url")
	if err != nil {
		return nil, err
	}
	if parsed, failed := url.Parse(address.Value); failed != nil || parsed.Scheme == "" {
		return nil, badRequest("invalid_argument", "url must be an absolute URL, not %q.", address.Value)
	}
	types, promote, err := c.readValidTypes()
	if err != nil {
		return nil, err
	}
	set := c.env.redirects()
	i := set.find(address.Value)
	if i < 0 {
		if c.project.count(func(e *environment) int { return len(e.RedirectURLs) }) >= maxRedirectURLs {
			return nil, badRequest("redirect_url_limit_exceeded", "A project has at most %d redirect URLs.", maxRedirectURLs)
		}
		set, i = append(set, redirectURL{URL: address.Value}), len(set)
	}
	for _, t := range types {
		set[i].add(t)
	}
	return c.keepRedirects(set, i, promote), nil
}

func getRedirectURL(c *call) (answer, *apiError) {
	set, i, err := c.namedRedirect()
	if err != nil {
		return nil, err
	}
	return answer{"redirect_url": set[i]}, nil
}

func listRedirectURLs(c *call) (answer, *apiError) {
	return answer{"redirect_urls": c.env.redirects()}, nil
}

// updateRedirectURL replaces the types of a URL.
func updateRedirectURL(c *call) (answer, *apiError) {
	set, i, err := c.namedRedirect()
	if err != nil {
		return nil, err
	}
	types, promote, err := c.readValidTypes()
	if err != nil {
		return nil, err
	}
	set[i].ValidTypes = types
	return c.keepRedirects(set, i, promote), nil
}

func deleteRedirectURL(c *call) (answer, *apiError) {
	set, i, err := c.namedRedirect()
	if err != nil {
		return nil, err
	}
	c.keepRedirects(slices.Delete(set, i, i+1), -1, c.query.Get("do_not_promote_defaults") != "true")
	return answer{}, nil
}

// namedRedirect finds the URL of the query in a copy of the environment's URLs.
func (c *call) namedRedirect() (redirectSet, int, *apiError) {
	address := c.query.Get("url")
	if address == "" {
		return nil, 0, badRequest("invalid_argument", "The query parameter url is required.")
	}
	set := c.env.redirects()
	i := set.find(address)
	if i < 0 {
		return nil, 0, notFound("redirect_url_not_found", "The environment has no redirect URL %q.", address)
	}
	return set, i, nil
}

// readValidTypes reads the types of a body, each named once, and whether a URL may be promoted to default unasked.
func (c *call) readValidTypes() (types []validType, promote bool, err *apiError) {
	b := bodyReader{call: c}
	sent, held := get[[]validType](&b, "valid_types"), get[bool](&b, "do_not_promote_defaults")
	if b.err != nil {
		return nil, false, b.err
	}
	if len(sent.Value) == 0 && !c.server.options.Knobs.RedirectsWithoutTypes {
		return nil, false, badRequest("invalid_argument", "valid_types must name at least one type.")
	}
	named := redirectURL{ValidTypes: []validType{}}
	for _, t := range sent.Value {
		if !slices.Contains(redirectTypes, t.Type) {
			return nil, false, badRequest("invalid_argument", "%q is not a type of redirect URL.", t.Type)
		}
		if t.Type == discoveryType && c.project.Vertical == verticalConsumer {
			return nil, false, badRequest("invalid_argument", "DISCOVERY is a type of B2B projects.")
		}
		named.add(t)
	}
	return named.ValidTypes, !held.Value, nil
}

// keepRedirects settles the defaults and stores the set; i is the URL that was written, or -1.
func (c *call) keepRedirects(set redirectSet, i int, promote bool) answer {
	if i >= 0 {
		set.demoteOthers(i)
	}
	if promote {
		set.promote(c.env.redirects(), i)
	}
	c.env.RedirectURLs = set
	c.saveEnvironment(c.env)
	if i < 0 {
		return nil
	}
	return answer{"redirect_url": set[i]}
}
