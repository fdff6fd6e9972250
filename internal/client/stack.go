package client

import (
	"log/slog"
	"net/http"
	"strings"
)

// locate says what a request means; each decorator asks it.
type locate func(*http.Request) endpoint

// locator finds Stytch's own path behind the prefixes of the base URIs.
func locator(prefixes []string) locate {
	return func(req *http.Request) endpoint {
		path := req.URL.EscapedPath()
		for _, p := range prefixes {
			if rest, ok := strings.CutPrefix(path, p); ok && p != "" && strings.HasPrefix(rest, "/") {
				return endpointOf(req.Method, rest)
			}
		}
		return endpointOf(req.Method, path)
	}
}

// A stack is what the clients of one connection share.
type stack struct {
	locate locate
	log    *slog.Logger
	tally  *tally
	rates  *rates
	base   http.RoundTripper
	shared http.RoundTripper

	concealed *concealed
}

func newStack(config Config, prefixes []string) stack {
	s := stack{locate: locator(prefixes), log: config.Log, tally: &tally{}, rates: newRates(config), base: config.Transport, concealed: concealedOf(config)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.base == nil {
		s.base = newTransport()
	}
	timeout := config.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	var t http.RoundTripper = attempt{next: s.base, timeout: timeout}
	t = answer{next: t, concealed: s.concealed}
	t = agent{next: t, suffix: userAgent(config.Version)}
	t = counting{next: t, locate: s.locate, tally: s.tally}
	t = paced{next: t, locate: s.locate, rates: s.rates, tally: s.tally, log: s.log}
	t = newRetry(t, s, config.MaxRetries)
	s.shared = logging{next: t, log: s.log, concealed: s.concealed}
	return s
}

func (s stack) writable() http.RoundTripper { return s.shared }

func (s stack) readOnly() http.RoundTripper { return guard{next: s.shared, locate: s.locate} }

// newTransport is Go's own, but keeps a connection for each of the requests that run at once: the default of two idle
// ones a host would close and open connections all the time.
func newTransport() http.RoundTripper {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody replaced it on purpose
	}
	t := base.Clone()
	t.MaxIdleConnsPerHost = 32
	return t
}

// agent adds who is calling to the SDKs' own user agents.
type agent struct {
	next   http.RoundTripper
	suffix string
}

func (t agent) RoundTrip(req *http.Request) (*http.Response, error) {
	r := req.Clone(req.Context())
	r.Header.Set("User-Agent", strings.TrimSpace(req.Header.Get("User-Agent")+" "+t.suffix))
	return t.next.RoundTrip(r)
}

func userAgent(version string) string {
	if version == "" {
		version = "dev"
	}
	return "stytch-reconcile/" + version
}
