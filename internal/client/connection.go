package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/stytchauth/stytch-go/v16/stytch/b2b/b2bstytchapi"
	managementapi "github.com/stytchauth/stytch-management-go/v3/pkg/api"
)

// A Connection reaches both APIs. Its two clients share the limits on the rate, the budget of repetitions and the
// counters: however many of them are in use, a run takes no more than its share.
type Connection struct {
	readOnly, writable *Client
	tally              *tally
	rates              *rates
	share              int
	base               http.RoundTripper
}

// Connect prepares a connection; it sends nothing. Call Config.Check first: Connect accepts missing credentials, and the
// calls that lack them fail.
func Connect(config Config) (*Connection, error) {
	prefixes, err := config.prefixes()
	if err != nil {
		return nil, fmt.Errorf("connecting to Stytch: %w", err)
	}
	s := newStack(config, prefixes)
	conn := &Connection{tally: s.tally, rates: s.rates, share: config.share(), base: s.base}
	if conn.readOnly, err = newClient(config, s.readOnly()); err != nil {
		return nil, err
	}
	if conn.writable, err = newClient(config, s.writable()); err != nil {
		return nil, err
	}
	conn.readOnly.concealed, conn.writable.concealed = s.concealed, s.concealed
	return conn, nil
}

// ReadOnly gives the client for planning: every call that is not a read fails with ErrReadOnly and is not sent.
func (c *Connection) ReadOnly() *Client { return c.readOnly }

// Writable gives the client that may change things.
func (c *Connection) Writable() *Client { return c.writable }

// Stats says what was sent until now.
func (c *Connection) Stats() Stats {
	s := c.tally.stats()
	s.Share, s.Learned = c.share, c.rates.learned()
	return s
}

// Close lets idle connections go. Calls after it open new ones.
func (c *Connection) Close() {
	if t, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// A Client calls both APIs.
type Client struct {
	Management *managementapi.API // nil without a workspace key
	B2B        *b2bstytchapi.API  // nil without a project's id and secret

	http           *http.Client
	projectID      string
	managementBase string
	keyID          string
	keySecret      Secret
	concealed      *concealed
	secret         Secret
}

// MayUse reports whether the calls to the data API of a project's environment may log in with the secret of which Stytch
// shows the last four characters. One that Stytch shows nothing of may be the one.
func (c *Client) MayUse(projectID, lastFour string) bool {
	return c.projectID == projectID && !c.secret.Empty() && strings.HasSuffix(c.secret.Reveal(), lastFour)
}

func newClient(config Config, transport http.RoundTripper) (*Client, error) {
	c := &Client{
		http:           &http.Client{Transport: transport, CheckRedirect: refuseRedirect},
		projectID:      config.ProjectID,
		secret:         config.Secret,
		managementBase: config.managementBase(),
		keyID:          config.WorkspaceKeyID,
		keySecret:      config.WorkspaceKeySecret,
	}
	if config.hasWorkspaceKey() {
		c.Management = managementapi.NewClient(c.keyID, c.keySecret.Reveal(),
			managementapi.WithBaseURI(c.managementBase), managementapi.WithHTTPClient(c.http))
	}
	if !config.hasProjectSecret() {
		return c, nil
	}
	// Without the skip the SDK would fetch keys at once and leave a goroutine that refreshes them.
	b2b, err := b2bstytchapi.NewClient(config.ProjectID, config.Secret.Reveal(),
		b2bstytchapi.WithHTTPClient(c.http),
		b2bstytchapi.WithBaseURI(config.dataBase()),
		b2bstytchapi.WithFraudBaseURI(config.fraudBase()),
		b2bstytchapi.WithSkipJWKSInitialization())
	if err != nil {
		return nil, fmt.Errorf("preparing Stytch's SDK: %w", err)
	}
	c.B2B = b2b
	return c, nil
}

// refuseRedirect is the second line behind the transport: credentials follow nobody.
func refuseRedirect(*http.Request, []*http.Request) error { return errRedirect }

func (c Config) dataBase() string {
	switch {
	case c.BaseURI != "":
		return strings.TrimRight(c.BaseURI, "/")
	case isLive(c.ProjectID):
		return hostLive
	}
	return hostTest
}

func (c Config) managementBase() string {
	if c.ManagementBaseURI != "" {
		return strings.TrimRight(c.ManagementBaseURI, "/")
	}
	return hostManagement
}

func (c Config) fraudBase() string {
	switch {
	case c.FraudBaseURI != "":
		return strings.TrimRight(c.FraudBaseURI, "/")
	case c.BaseURI != "":
		return c.dataBase()
	}
	return hostFraud
}

// prefixes are the paths that the base URIs put in front of Stytch's own.
func (c Config) prefixes() ([]string, error) {
	var all []string
	for _, b := range []string{c.dataBase(), c.managementBase(), c.fraudBase()} {
		if _, err := baseURI("a base URI", b); err != nil {
			return nil, err
		}
		u, err := url.Parse(b)
		if err != nil {
			return nil, err
		}
		all = append(all, u.EscapedPath())
	}
	return all, nil
}
