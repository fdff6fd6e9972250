package catalog

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// webAddress is the rule for URLs that Stytch calls or shows: absolute, and
// https unless the host is this machine. Empty clears the setting.
func webAddress(attribute string, declared kind.Opt[string]) []kind.Problem {
	if !declared.Set || declared.Value == "" {
		return nil
	}
	problem := func(format string, args ...any) []kind.Problem {
		return []kind.Problem{{Attribute: attribute, Message: fmt.Sprintf(format, args...), Hint: "write an absolute URL such as https://auth.example.com/path"}}
	}
	u, err := url.Parse(declared.Value)
	switch {
	case err != nil || strings.ContainsFunc(declared.Value, isSpaceOrControl):
		return problem("%s is not a URL", attribute)
	case u.User != nil:
		return problem("%s holds a user name or password, which everybody who reads the settings would see", attribute)
	case u.Hostname() == "":
		return problem("%s is not an absolute URL", attribute)
	case u.Scheme == "https", u.Scheme == "http" && isThisMachine(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return problem("%s uses http, which anybody on the way can read and change", attribute)
	}
	return problem("%s has the scheme %q, which is not https", attribute, u.Scheme)
}

func isThisMachine(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isSpaceOrControl(r rune) bool { return r <= 0x20 || r >= 0x7f && r <= 0xa0 }
