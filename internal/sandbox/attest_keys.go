package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v2"
)

// Bounds of one fetch of a JWKS; real ones have a few kilobytes.
const (
	jwksTimeout = 5 * time.Second
	maxJWKS     = 256 << 10
)

// A keyFetcher gets the JWKS of profiles. Nothing is remembered, so that a rotation of keys shows at once.
type keyFetcher struct {
	timeout time.Duration // 0 means jwksTimeout
}

// fetchedKeys are what a profile's jwks_url held right before a call.
type fetchedKeys struct {
	url  string
	keys *keyfunc.JWKS
	err  error
}

// fetchKeys asks the profile's jwks_url, where attest will need it. It runs before the call takes the lock: another server
// may be slow, and may be this very sandbox. Without good credentials nothing is fetched.
func fetchKeys(ctx context.Context, c *call, user, password string) {
	address := c.jwksURL(user, password)
	if address == "" {
		return
	}
	c.fetched.url = address
	c.fetched.keys, c.fetched.err = c.server.data.jwks.fetch(ctx, address, c.server.options.JWKSHosts)
}

// jwksURL gives the address that the call's profile fetches its keys from, "" when there is nothing to fetch.
func (c *call) jwksURL(user, password string) string {
	s := c.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.store.closed || s.authenticateData(c, user, password) != nil {
		return ""
	}
	id, err := fieldOf[string](c, "profile_id")
	if err != nil {
		return ""
	}
	p, err := c.env.profile(id.Value)
	if err != nil || p.PublicKeyType != keyTypeJWK || p.JWKSURL == nil {
		return ""
	}
	return *p.JWKSURL
}

// fetch asks for a JWKS once, without following redirects and without a proxy: what it connects to is what was permitted.
func (f keyFetcher) fetch(ctx context.Context, address string, hosts []string) (*keyfunc.JWKS, error) {
	if err := permitted(address, hosts); err != nil {
		return nil, err
	}
	timeout := f.timeout
	if timeout == 0 {
		timeout = jwksTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", address, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxJWKS+1))
	if err != nil {
		return nil, fmt.Errorf("reading what %s answers: %w", address, err)
	}
	if len(text) > maxJWKS {
		return nil, fmt.Errorf("%s answers with more than %d bytes", address, maxJWKS)
	}
	return parseJWKS(text)
}

// permitted says whether a profile may make the sandbox connect to an address.
func permitted(address string, hosts []string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("jwks_url is not an http or https URL")
	case u.User != nil:
		return errors.New("jwks_url holds credentials")
	}
	ip := net.ParseIP(u.Hostname())
	named := func(host string) bool {
		return strings.EqualFold(host, u.Hostname()) || strings.EqualFold(host, u.Host)
	}
	if strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback() || slices.ContainsFunc(hosts, named) {
		return nil
	}
	return fmt.Errorf("the sandbox may not connect to %s; start it with --jwks-host %s", u.Host, u.Hostname())
}

// parseJWKS reads the public keys for signatures. Symmetric keys and those for encryption are left out, and so is what
// has no ID: a token's kid could not choose it.
func parseJWKS(text []byte) (*keyfunc.JWKS, error) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("what jwks_url answers is no JWKS: %w", err)
	}
	all.Keys = slices.DeleteFunc(all.Keys, func(key json.RawMessage) bool {
		var about struct{ Kty, Use, Kid string }
		err := json.Unmarshal(key, &about)
		return err != nil || about.Kid == "" || about.Use != "" && about.Use != "sig" || !slices.Contains([]string{"RSA", "EC", "OKP"}, about.Kty)
	})
	kept, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return keyfunc.NewJSON(kept)
}
