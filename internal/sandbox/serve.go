package sandbox

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A call is one request on its way through a handler.
type call struct {
	server  *Server
	route   *route
	params  map[string]string
	query   url.Values
	body    map[string]json.RawMessage
	now     time.Time // when the request came, UTC, whole seconds as in Stytch's answers
	project *project
	env     *environment
	changes batch
	fetched fetchedKeys // by attest, before the lock
}

// param gives a variable of the route's pattern, percent-decoded.
func (c *call) param(name string) string { return c.params[name] }

// The save and drop methods mark objects that the handler changed or removed; they are on disk before the answer leaves.
func (c *call) saveProject(p *project)           { c.changes.project(p) }
func (c *call) saveEnvironment(e *environment)   { c.changes.environment(e) }
func (c *call) saveOrganization(o *organization) { c.changes.organization(c.env, o) }
func (c *call) saveMember(m *member)             { c.changes.member(c.env, m) }
func (c *call) dropOrganization(id string)       { c.changes.drop(organizationKey(c.env, id)) }

// serve answers a request and logs it, with the fault that it meets, if any. The answer comes from the state of the
// sandbox from, which is the server itself or its past.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, struck FaultKind, from *Server) {
	reply, found := s.respond(r, from)
	entry := Request{Method: r.Method, Path: r.URL.EscapedPath(), Status: reply.status, Fault: struck}
	if found != nil {
		entry.Endpoint, entry.Write = found.pattern, found.access == write
	}
	s.log.add(entry)
	s.options.Log.Debug("request", slog.String("method", r.Method), slog.String("path", entry.Path), slog.Int("status", reply.status))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // the client is gone if this fails; there is nobody to tell
}

// respond does what was asked. The route is nil when the request has none.
func (s *Server) respond(r *http.Request, from *Server) (response, *route) {
	started := s.options.Now()
	found, params, refusal := s.router.find(r.Method, r.URL.EscapedPath())
	if refusal != nil {
		return refused(refusal, nil), nil
	}
	c := &call{server: from, route: found, params: params, query: r.URL.Query(), now: started.UTC().Truncate(time.Second)}
	return from.answer(c, r), found
}

// answer runs one call: body, what must come before the lock, credentials, scope, handler, and the disk before the reply.
func (s *Server) answer(c *call, r *http.Request) response {
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		var err *apiError
		if c.body, err = decodeBody(r.Body); err != nil {
			return refused(err, nil)
		}
	}
	user, password, _ := r.BasicAuth()
	s.touchSecret(user, password)
	if c.route.before != nil {
		c.route.before(r.Context(), c, user, password)
	}
	reply, written, failed := s.run(c, user, password)
	if failed == nil {
		failed = s.store.sync(written)
	}
	if failed != nil {
		s.options.Log.Error("keeping the sandbox's state", slog.Any("error", failed))
		return refused(internalError("The sandbox could not keep its state; see its log."), c.env)
	}
	return reply
}

// run is the part of a call that holds the lock. The reply is encoded here because it may alias the state.
func (s *Server) run(c *call, user, password string) (reply response, written int64, failed error) {
	if c.route.access == write || c.route.access == mint {
		s.mu.Lock()
		defer s.mu.Unlock()
	} else {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	defer s.survive(c, &reply)
	if err := s.admit(c, user, password); err != nil {
		return refused(err, c.env), 0, nil
	}
	result, err := c.route.handle(c)
	if err != nil {
		return refused(err, c.env), 0, nil
	}
	if result == nil {
		result = answer{}
	}
	result["status_code"], result["request_id"] = http.StatusOK, newRequestID(c.env)
	reply = response{http.StatusOK, encode(result)}
	written, failed = s.append(c.changes)
	return reply, written, failed
}

// admit checks everything that comes before the handler.
func (s *Server) admit(c *call, user, password string) *apiError {
	if s.store.closed {
		return internalError("The sandbox is closed.")
	}
	if s.store.broken.Load() {
		return internalError("The sandbox could not keep an earlier change; see its log, and start it again.")
	}
	if c.route.access != mint {
		check := s.authenticateData
		if strings.HasPrefix(c.route.pattern, "/pwa/") || strings.HasPrefix(c.route.pattern, "/web/") {
			check = s.authenticateManagement
		}
		if err := check(c, user, password); err != nil {
			return err
		}
	}
	if err := c.admitRate(); err != nil {
		return err
	}
	if err := c.enterScope(); err != nil {
		return err
	}
	return c.checkKeys()
}

// enterScope finds the project and environment that a management path names.
func (c *call) enterScope() *apiError {
	slug, named := c.params["project_slug"]
	if !named {
		return nil
	}
	if c.project = c.server.state.Projects[slug]; c.project == nil {
		return notFound("project_not_found", "There is no project with the slug %q.", slug)
	}
	if slug, named = c.params["environment_slug"]; !named {
		return nil
	}
	if c.env = c.project.Environments[slug]; c.env == nil {
		return notFound("environment_not_found", "There is no environment with the slug %q in this project.", slug)
	}
	return nil
}

// checkKeys refuses undocumented body keys when the knob asks for it. Stytch's SDKs repeat path variables in bodies, so
// those are always allowed.
func (c *call) checkKeys() *apiError {
	if !c.server.options.Knobs.StrictBodies {
		return nil
	}
	for key := range c.body {
		if !slices.Contains(c.route.keys, key) && !slices.Contains(c.route.params, key) {
			return badRequest("invalid_argument", "The body key %q is not known here.", key)
		}
	}
	return nil
}

type response struct {
	status int
	body   []byte
}

func refused(err *apiError, env *environment) response {
	body := err.body()
	body["request_id"] = newRequestID(env)
	return response{err.Status, encode(body)}
}

func newRequestID(env *environment) string {
	if env == nil {
		return "request-id-test-" + newUUID()
	}
	return env.newID("request-id")
}

// encode writes JSON as Stytch does: compact, without HTML escapes.
func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("sandbox: an answer that JSON cannot hold: " + err.Error())
	}
	return buffer.Bytes()
}
