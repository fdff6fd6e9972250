package sandbox

import (
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strings"
)

// A connectedApp is an application that people log in to, or let act for them, through the project.
type connectedApp struct {
	Sequence       uint64
	ClientID       string
	ClientType     string // appTypes; never changes
	Name           string
	Description    string
	LogoURL        string
	RedirectURLs   []string
	LogoutURLs     []string
	FullAccess     bool
	BypassConsent  bool
	ExpiryMinutes  int
	Audience       string
	Template       string
	CreationMethod string
	Secret         rotatingSecret // of confidential clients
}

const (
	firstParty, firstPartyPublic = "first_party", "first_party_public"
	thirdParty, thirdPartyPublic = "third_party", "third_party_public"

	defaultExpiryMinutes = 60
	// How an app came to be. Stytch documents the field and not its values; these are guesses.
	createdManually    = "MANUAL"
	createdDynamically = "DYNAMIC_CLIENT_REGISTRATION"
)

var appTypes = []string{firstParty, firstPartyPublic, thirdParty, thirdPartyPublic}

func (s *Server) connectedAppRoutes() {
	const all, one = "/v1/connected_apps/clients", "/v1/connected_apps/clients/{client_id}"
	keys := []string{
		"client_name", "client_description", "logo_url", "redirect_urls", "post_logout_redirect_urls", "full_access_allowed",
		"bypass_consent_for_offline_access", "access_token_expiry_minutes", "access_token_custom_audience", "access_token_template_content",
	}
	s.handle("POST "+all, write, createConnectedApp, append([]string{"client_type"}, keys...)...)
	s.handle("POST "+all+"/search", read, searchConnectedApps, "cursor", "limit")
	s.handle("GET "+one, read, getConnectedApp)
	s.handle("PUT "+one, write, updateConnectedApp, keys...)
	s.handle("DELETE "+one, write, deleteConnectedApp)
	s.handle("POST "+one+"/secrets/rotate/start", write, startAppRotation)
	s.handle("POST "+one+"/secrets/rotate", write, completeAppRotation)
	s.handle("POST "+one+"/secrets/rotate/cancel", write, cancelAppRotation)
}

func (a *connectedApp) public() bool { return strings.HasSuffix(a.ClientType, "_public") }

func (a *connectedApp) thirdParty() bool { return strings.HasPrefix(a.ClientType, thirdParty) }

// view is the app as everything but its creation and the start of a rotation shows it.
func (a *connectedApp) view() answer {
	shown := answer{
		"client_id": a.ClientID, "client_type": a.ClientType, "client_name": a.Name, "client_description": a.Description,
		"status": statusActive, "logo_url": nil, "redirect_urls": notNil(a.RedirectURLs), "post_logout_redirect_urls": notNil(a.LogoutURLs),
		"full_access_allowed": a.FullAccess, "bypass_consent_for_offline_access": a.BypassConsent,
		"access_token_expiry_minutes": a.ExpiryMinutes, "access_token_custom_audience": nil, "access_token_template_content": a.Template,
		"creation_method": a.CreationMethod, "client_id_metadata_url": nil,
		"client_secret_last_four": nil, "next_client_secret_last_four": nil,
	}
	if a.LogoURL != "" {
		shown["logo_url"] = a.LogoURL
	}
	if a.Audience != "" {
		shown["access_token_custom_audience"] = a.Audience
	}
	if !a.public() {
		a.Secret.show(shown)
	}
	return shown
}

// createConnectedApp answers the secret of a confidential client, the one time that it is shown.
func createConnectedApp(c *call) (answer, *apiError) {
	kind, err := fieldOf[string](c, "client_type")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(appTypes, kind.Value) {
		return nil, badRequest("invalid_connected_app_type", "client_type must be one of %s.", strings.Join(appTypes, ", "))
	}
	made := connectedApp{ClientID: c.env.newID("connected-app"), ClientType: kind.Value, ExpiryMinutes: defaultExpiryMinutes, CreationMethod: createdManually}
	if err := made.read(c); err != nil {
		return nil, err
	}
	secret := newSecretValue()
	if !made.public() {
		made.Secret.LastFour = lastFour(secret)
	}
	c.addConnectedApp(&made)
	shown := made.view()
	if !made.public() {
		shown["client_secret"] = secret
	}
	return answer{"connected_app": shown}, nil
}

func (c *call) addConnectedApp(a *connectedApp) {
	c.env.ClientSequence++
	a.Sequence = c.env.ClientSequence
	c.env.ConnectedApps = append(c.env.ConnectedApps, *a)
	c.saveEnvironment(c.env)
}

// read lays the body over the app and judges the result.
func (a *connectedApp) read(c *call) *apiError {
	for name, target := range map[string]*string{
		"client_name": &a.Name, "client_description": &a.Description, "logo_url": &a.LogoURL,
		"access_token_custom_audience": &a.Audience, "access_token_template_content": &a.Template,
	} {
		if err := assign(c, name, target); err != nil {
			return err
		}
	}
	for name, target := range map[string]*[]string{"redirect_urls": &a.RedirectURLs, "post_logout_redirect_urls": &a.LogoutURLs} {
		urls, found, err := sent[[]string](c, name)
		if err != nil {
			return err
		}
		for _, u := range urls {
			if err := checkAppURL(name, u); err != nil {
				return err
			}
		}
		if found {
			*target = withoutRepeats(urls)
		}
	}
	for name, target := range map[string]*bool{"full_access_allowed": &a.FullAccess, "bypass_consent_for_offline_access": &a.BypassConsent} {
		if err := assign(c, name, target); err != nil {
			return err
		}
	}
	if err := assign(c, "access_token_expiry_minutes", &a.ExpiryMinutes); err != nil {
		return err
	}
	return a.check()
}

func (a *connectedApp) check() *apiError {
	switch {
	case a.thirdParty() && a.FullAccess:
		return badRequest("third_party_clients_cannot_use_full_access", "full_access_allowed is for first party clients.")
	case a.thirdParty() && a.BypassConsent:
		return badRequest("third_party_clients_require_consent_for_offline_access", "bypass_consent_for_offline_access is for first party clients.")
	case a.ExpiryMinutes < 1:
		return badRequest("idp_invalid_access_token_expiry_minutes", "access_token_expiry_minutes must be positive.")
	case a.Template != "" && !templateObject(a.Template):
		return badRequest("idp_invalid_access_token_jwt_template", "access_token_template_content must be a JSON object.")
	}
	return nil
}

// templateObject says whether a template is a JSON object once its variables are filled in.
func templateObject(template string) bool {
	var filled strings.Builder
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "{{")
		filled.WriteString(before)
		if !found {
			break
		}
		_, behind, closed := strings.Cut(after, "}}")
		if !closed {
			return false
		}
		filled.WriteString("0")
		rest = behind
	}
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(filled.String()), &object) == nil && object != nil
}

// checkAppURL wants https, except for this machine and for schemes of apps.
func checkAppURL(name, text string) *apiError {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return badRequest("connected_app_redirect_url_invalid", "%s holds %q, which is no absolute URL.", name, text)
	case u.Fragment != "":
		return badRequest("connected_app_redirect_url_has_fragment", "%s holds a URL with a fragment.", name)
	case u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback():
		return badRequest("connected_app_redirect_url_scheme_not_https", "%s holds %q, which is not https.", name, text)
	}
	return nil
}

func getConnectedApp(c *call) (answer, *apiError) {
	i, err := c.namedConnectedApp()
	if err != nil {
		return nil, err
	}
	return answer{"connected_app": c.env.ConnectedApps[i].view()}, nil
}

func updateConnectedApp(c *call) (answer, *apiError) {
	i, err := c.namedConnectedApp()
	if err != nil {
		return nil, err
	}
	changed := c.env.ConnectedApps[i]
	if err := changed.read(c); err != nil {
		return nil, err
	}
	return c.keepConnectedApp(i, changed), nil
}

func deleteConnectedApp(c *call) (answer, *apiError) {
	i, err := c.namedConnectedApp()
	if err != nil {
		return nil, err
	}
	id := c.env.ConnectedApps[i].ClientID
	c.env.ConnectedApps = slices.Delete(slices.Clone(c.env.ConnectedApps), i, i+1)
	c.saveEnvironment(c.env)
	return answer{"client_id": id}, nil
}

// searchConnectedApps has no filters: Stytch promises them for later.
func searchConnectedApps(c *call) (answer, *apiError) {
	s, err := readSearch(c, "connected_app", "")
	if err != nil {
		return nil, err
	}
	all := make([]*connectedApp, len(c.env.ConnectedApps))
	for i := range all {
		all[i] = &c.env.ConnectedApps[i]
	}
	p := paginate(&s, all, func(a *connectedApp) uint64 { return a.Sequence }, func(a *connectedApp) (answer, bool) { return a.view(), true }, true)
	return answer{"connected_apps": notNil(p.items), "results_metadata": p.metadata(c)}, nil
}

func startAppRotation(c *call) (answer, *apiError) {
	i, err := c.namedConnectedApp()
	if err != nil {
		return nil, err
	}
	changed := c.env.ConnectedApps[i]
	if changed.public() {
		return nil, badRequest("public_connected_apps_do_not_have_secrets", "A public client has no secret.")
	}
	next, begun := changed.Secret.start()
	if !begun {
		return nil, badRequest("connected_app_already_rotating_secret", "The client has a next secret already.")
	}
	a := c.keepConnectedApp(i, changed)
	a["connected_app"].(answer)["next_client_secret"] = next
	return a, nil
}

func completeAppRotation(c *call) (answer, *apiError) { return c.endAppRotation(true) }
func cancelAppRotation(c *call) (answer, *apiError)   { return c.endAppRotation(false) }

func (c *call) endAppRotation(complete bool) (answer, *apiError) {
	i, err := c.namedConnectedApp()
	if err != nil {
		return nil, err
	}
	changed := c.env.ConnectedApps[i]
	if !changed.Secret.end(complete) {
		return nil, badRequest("connected_app_not_rotating_secret", "The client has no next secret.")
	}
	return c.keepConnectedApp(i, changed), nil
}

func (c *call) keepConnectedApp(i int, a connectedApp) answer {
	c.env.ConnectedApps[i] = a
	c.saveEnvironment(c.env)
	return answer{"connected_app": a.view()}
}

func (c *call) namedConnectedApp() (int, *apiError) {
	i := slices.IndexFunc(c.env.ConnectedApps, func(a connectedApp) bool { return a.ClientID == c.param("client_id") })
	if i < 0 {
		return 0, notFound("connected_app_not_found", "There is no Connected App %q.", c.param("client_id"))
	}
	return i, nil
}

// RegisterConnectedApp is somebody's dynamic client registration (RFC 7591), which environments can allow to anybody.
func (s *Server) RegisterConnectedApp(projectID, name string) (clientID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.hookCall(projectID)
	if err != nil {
		return "", err
	}
	made := connectedApp{
		ClientID: c.env.newID("connected-app"), ClientType: thirdPartyPublic, Name: name, RedirectURLs: []string{"https://app.example/callback"},
		ExpiryMinutes: defaultExpiryMinutes, CreationMethod: createdDynamically,
	}
	c.addConnectedApp(&made)
	return made.ClientID, s.commit(c.changes)
}
