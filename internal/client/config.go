package client

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// The variables that FromEnvironment reads.
const (
	varProjectID         = "STYTCH_PROJECT_ID"
	varSecret            = "STYTCH_SECRET" //nolint:gosec // the name of a variable
	varKeyID             = "STYTCH_WORKSPACE_KEY_ID"
	varKeySecret         = "STYTCH_WORKSPACE_KEY_SECRET" //nolint:gosec // the name of a variable
	varBaseURI           = "STYTCH_BASE_URI"
	varManagementBaseURI = "STYTCH_MANAGEMENT_BASE_URI"
	varFraudBaseURI      = "STYTCH_FRAUD_BASE_URI"
)

// Stytch's own hosts (Stytch's Go SDKs, config and api packages).
const (
	hostTest       = "https://test.stytch.com"
	hostLive       = "https://api.stytch.com"
	hostFraud      = "https://telemetry.stytch.com"
	hostManagement = "https://management.stytch.com"
)

const (
	defaultTimeout = 30 * time.Second // Stytch's own search may take 9 s (Stytch's SDK has no limit at all)
	defaultRetries = 4
)

// A Config says how to reach both APIs of Stytch. The zero value has no credentials and can call neither.
type Config struct {
	// ProjectID and Secret are the data plane's credentials: "project-test-…" or "project-live-…" and one of that
	// environment's secrets.
	ProjectID string
	Secret    Secret

	// WorkspaceKeyID and WorkspaceKeySecret are the management plane's.
	WorkspaceKeyID     string
	WorkspaceKeySecret Secret

	// BaseURI, ManagementBaseURI and FraudBaseURI are absolute http or https URLs, with or without a path prefix;
	// empty means Stytch's own host. A data plane that is not Stytch's answers for the fraud host too, unless that has
	// a URL of its own: credentials never go to a host that nobody named.
	BaseURI, ManagementBaseURI, FraudBaseURI string

	// Timeout limits one attempt, the body included. 0 means 30 seconds.
	Timeout time.Duration

	// MaxRequestsPerSecond limits both planes together, whatever Stytch grants. 0 means no such limit.
	MaxRequestsPerSecond float64

	// Share is the part of the project's limits that this connection takes, in percent. 0 means DefaultShare.
	Share int

	// SearchesPerMinute is how many searches of organizations and members Stytch grants the project in a minute of the
	// clock. 0 means that it is not known, and learned like the other limits.
	SearchesPerMinute int

	// MaxRetries is how often a failed call is repeated at most. 0 means 4; a negative number means never, and then
	// not even after a 429. Answers of 429 do not count: three of them are always waited out, more for two minutes in all.
	MaxRetries int

	// Log gets one line a call at debug level: never headers, bodies, secrets, query values or addresses. nil: none.
	Log *slog.Logger

	// Transport carries the requests. nil means Go's own, with more idle connections kept.
	Transport http.RoundTripper

	// Version ends the user agent, "stytch-reconcile/1.2.3".
	Version string
}

func (c Config) share() int {
	if c.Share <= 0 {
		return DefaultShare
	}
	return min(c.Share, 100)
}

// FromEnvironment reads the credentials and base URIs. A secret may stand in a file, named by STYTCH_SECRET_FILE or
// STYTCH_WORKSPACE_KEY_SECRET_FILE; one line break at its end is not part of it. The limit on searches is the one that
// Stytch documents. Every problem is named: a secret given both ways, a file that cannot be read or is empty, a base URI
// that is no absolute http or https URL.
func FromEnvironment(getenv func(string) string) (Config, error) {
	var problems []error
	secret := func(name string) Secret {
		s, err := secretFrom(getenv, name)
		if err != nil {
			problems = append(problems, err)
		}
		return s
	}
	uri := func(name string) string {
		text, err := baseURI(name, getenv(name))
		if err != nil {
			problems = append(problems, err)
		}
		return text
	}
	c := Config{
		ProjectID:          getenv(varProjectID),
		Secret:             secret(varSecret),
		WorkspaceKeyID:     getenv(varKeyID),
		WorkspaceKeySecret: secret(varKeySecret),
		BaseURI:            uri(varBaseURI),
		ManagementBaseURI:  uri(varManagementBaseURI),
		FraudBaseURI:       uri(varFraudBaseURI),
		SearchesPerMinute:  documentedSearches,
	}
	return c, errors.Join(problems...)
}

func secretFrom(getenv func(string) string, name string) (Secret, error) {
	value, file := getenv(name), getenv(name+"_FILE")
	if file == "" {
		return NewSecret(value), nil
	}
	if value != "" {
		return Secret{}, fmt.Errorf("%s and %s_FILE are both set: set only one of them", name, name)
	}
	content, err := os.ReadFile(file) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return Secret{}, fmt.Errorf("%s_FILE: reading the secret: %w", name, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return Secret{}, fmt.Errorf("%s_FILE: the file %s is empty", name, file)
	}
	return NewSecret(text), nil
}

// baseURI accepts what can be put in front of a path, and gives it without a slash at its end. Its errors do not repeat
// the value, which may hold a password.
func baseURI(name, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return "", fmt.Errorf("%s must be an absolute http or https URL, such as %s", name, hostTest)
	case u.User != nil:
		return "", fmt.Errorf("%s must not hold a user name or password", name)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("%s must end with its path: a query or fragment is not possible", name)
	}
	return strings.TrimRight(value, "/"), nil
}
