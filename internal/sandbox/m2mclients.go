package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// An m2mClient is a machine that obtains tokens with an id and a secret. Stytch keeps a hash of the secret; the sandbox
// keeps what its answers show of it.
type m2mClient struct {
	Sequence    uint64 // creation order; searches go from the newest to the oldest
	ClientID    string
	Name        string
	Description string
	Status      string
	Scopes      []string
	Metadata    metadata
	Secret      rotatingSecret
}

const statusInactive = "inactive"

// The bounds of a client_secret that a creation gives. The lower one is Stytch's reference; that there is an upper one is
// known from an error type, and the number is a guess.
const (
	minClientSecret = 8
	maxClientSecret = 256
)

func (s *Server) m2mRoutes() {
	const all, one = "/v1/m2m/clients", "/v1/m2m/clients/{client_id}"
	keys := []string{"client_name", "client_description", "scopes", "trusted_metadata"}
	s.handle("POST "+all, write, createM2MClient, append([]string{"client_id", "client_secret"}, keys...)...)
	s.handle("POST "+all+"/search", read, searchM2MClients, "cursor", "limit", "query")
	s.handle("GET "+one, read, getM2MClient)
	s.handle("PUT "+one, write, updateM2MClient, append([]string{"status"}, keys...)...)
	s.handle("DELETE "+one, write, deleteM2MClient)
	s.handle("POST "+one+"/secrets/rotate/start", write, startM2MRotation)
	s.handle("POST "+one+"/secrets/rotate", write, completeM2MRotation)
	s.handle("POST "+one+"/secrets/rotate/cancel", write, cancelM2MRotation)
}

// view is the client as everything but its creation and the start of a rotation shows it.
func (m *m2mClient) view() answer {
	shown := answer{
		"client_id": m.ClientID, "client_name": m.Name, "client_description": m.Description, "status": m.Status,
		"scopes": notNil(m.Scopes), "trusted_metadata": m.Metadata,
	}
	if m.Metadata == nil {
		shown["trusted_metadata"] = metadata{}
	}
	m.Secret.show(shown)
	return shown
}

// createM2MClient answers the secret, the one time that it is shown.
func createM2MClient(c *call) (answer, *apiError) {
	if raw := c.body["scopes"]; isAbsent(raw) {
		return nil, badRequest("invalid_m2m_client_scope", "scopes is required.")
	}
	b := bodyReader{call: c}
	id, secret := get[string](&b, "client_id").Value, get[string](&b, "client_secret").Value
	switch {
	case b.err != nil:
		return nil, b.err
	case c.env.m2mClient(id) >= 0:
		return nil, badRequest("duplicate_m2m_client_id", "A client with the client_id %q exists.", id)
	case strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return nil, badRequest("m2m_client_invalid_client_id", "client_id is malformed.")
	case len(secret) > maxClientSecret:
		return nil, badRequest("client_secret_too_long", "client_secret has more than %d characters.", maxClientSecret)
	case secret != "" && (len(secret) < minClientSecret || strings.Trim(secret, secret[:1]) == ""):
		return nil, badRequest("insecure_m2m_client_secret", "client_secret is too short or too easily guessed.")
	}
	if id == "" {
		id = c.env.newID("m2m-client")
	}
	if secret == "" {
		secret = newSecretValue()
	}
	c.env.ClientSequence++
	made := m2mClient{Sequence: c.env.ClientSequence, ClientID: id, Status: statusActive, Secret: rotatingSecret{LastFour: lastFour(secret)}}
	if err := made.read(c); err != nil {
		c.env.ClientSequence--
		return nil, err
	}
	c.env.M2MClients = append(c.env.M2MClients, made)
	c.saveEnvironment(c.env)
	shown := made.view()
	shown["client_secret"] = secret
	return answer{"m2m_client": shown}, nil
}

// read lays the body over the client. Lists are replaced, metadata merges.
func (m *m2mClient) read(c *call) (err *apiError) {
	if err := assign(c, "client_name", &m.Name); err != nil {
		return err
	}
	if err := assign(c, "client_description", &m.Description); err != nil {
		return err
	}
	scopes, found, err := sent[[]string](c, "scopes")
	if err != nil {
		return err
	}
	for _, scope := range scopes {
		if !scopeToken(scope) {
			return badRequest("invalid_m2m_client_scope", "%q is not a scope.", scope)
		}
	}
	if found {
		m.Scopes = withoutRepeats(scopes)
	}
	m.Metadata, err = m.Metadata.merged(c.body["trusted_metadata"])
	return err
}

// scopeToken is a scope of OAuth 2.0 (RFC 6749, section 3.3).
func scopeToken(scope string) bool {
	return scope != "" && !strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' })
}

func getM2MClient(c *call) (answer, *apiError) {
	i, err := c.namedM2MClient()
	if err != nil {
		return nil, err
	}
	return answer{"m2m_client": c.env.M2MClients[i].view()}, nil
}

func updateM2MClient(c *call) (answer, *apiError) {
	i, err := c.namedM2MClient()
	if err != nil {
		return nil, err
	}
	changed := c.env.M2MClients[i]
	if err := changed.read(c); err != nil {
		return nil, err
	}
	if err := assign(c, "status", &changed.Status); err != nil {
		return nil, err
	}
	if changed.Status != statusActive && changed.Status != statusInactive {
		return nil, badRequest("m2m_client_invalid_status", "status must be active or inactive, not %q.", changed.Status)
	}
	return c.keepM2MClient(i, changed), nil
}

func deleteM2MClient(c *call) (answer, *apiError) {
	i, err := c.namedM2MClient()
	if err != nil {
		return nil, err
	}
	id := c.env.M2MClients[i].ClientID
	c.env.M2MClients = slices.Delete(slices.Clone(c.env.M2MClients), i, i+1)
	c.saveEnvironment(c.env)
	return answer{"client_id": id}, nil
}

// searchM2MClients knows the filters client_id, client_name and scopes, each a list of which one match is enough.
func searchM2MClients(c *call) (answer, *apiError) {
	s, err := readSearch(c, "m2m", "")
	if err != nil {
		return nil, err
	}
	filters, err := m2mFilters(s.operands)
	if err != nil {
		return nil, err
	}
	look := func(m *m2mClient) (answer, bool) {
		for _, matches := range filters {
			if matches(m) == s.any {
				return m.view(), s.any
			}
		}
		return m.view(), !s.any || len(filters) == 0
	}
	all := make([]*m2mClient, len(c.env.M2MClients))
	for i := range all {
		all[i] = &c.env.M2MClients[i]
	}
	p := paginate(&s, all, func(m *m2mClient) uint64 { return m.Sequence }, look, true)
	return answer{"m2m_clients": notNil(p.items), "results_metadata": p.metadata(c)}, nil
}

func m2mFilters(operands []operand) ([]func(*m2mClient) bool, *apiError) {
	held := map[string]func(*m2mClient) []string{
		"client_id":   func(m *m2mClient) []string { return []string{m.ClientID} },
		"client_name": func(m *m2mClient) []string { return []string{m.Name} },
		"scopes":      func(m *m2mClient) []string { return m.Scopes },
	}
	var filters []func(*m2mClient) bool
	for _, o := range operands {
		values, known := held[o.Name]
		var wanted []string
		switch {
		case !known:
			return nil, badRequest("m2m_search_invalid_filter_name", "There is no filter %q.", o.Name)
		case json.Unmarshal(o.Value, &wanted) != nil:
			return nil, badRequest("m2m_search_expected_array_of_strings", "The filter %s takes a list of strings.", o.Name)
		}
		filters = append(filters, func(m *m2mClient) bool {
			return slices.ContainsFunc(values(m), func(v string) bool { return slices.Contains(wanted, v) })
		})
	}
	return filters, nil
}

func startM2MRotation(c *call) (answer, *apiError) {
	i, err := c.namedM2MClient()
	if err != nil {
		return nil, err
	}
	changed := c.env.M2MClients[i]
	next, begun := changed.Secret.start()
	if !begun {
		return nil, badRequest("m2m_client_already_rotating_secret", "The client has a next secret already.")
	}
	a := c.keepM2MClient(i, changed)
	a["m2m_client"].(answer)["next_client_secret"] = next
	return a, nil
}

func completeM2MRotation(c *call) (answer, *apiError) { return c.endM2MRotation(true) }
func cancelM2MRotation(c *call) (answer, *apiError)   { return c.endM2MRotation(false) }

func (c *call) endM2MRotation(complete bool) (answer, *apiError) {
	i, err := c.namedM2MClient()
	if err != nil {
		return nil, err
	}
	changed := c.env.M2MClients[i]
	if !changed.Secret.end(complete) {
		return nil, badRequest("m2m_client_not_rotating_secret", "The client has no next secret.")
	}
	return c.keepM2MClient(i, changed), nil
}

func (c *call) keepM2MClient(i int, m m2mClient) answer {
	c.env.M2MClients[i] = m
	c.saveEnvironment(c.env)
	return answer{"m2m_client": m.view()}
}

// m2mClient is the position of the client with an id, or -1.
func (e *environment) m2mClient(id string) int {
	return slices.IndexFunc(e.M2MClients, func(m m2mClient) bool { return m.ClientID == id })
}

func (c *call) namedM2MClient() (int, *apiError) {
	i := c.env.m2mClient(c.param("client_id"))
	if i < 0 {
		return 0, notFound("m2m_client_not_found", "There is no M2M client %q.", c.param("client_id"))
	}
	return i, nil
}
