package client

import (
	"net/http"
	"testing"
)

// What is appended is not sent again when nobody knows whether it arrived.
func TestTheAppendingPutIsNotRepeated(t *testing.T) {
	for path, repeats := range map[string]bool{
		"/v1/b2b/sso/saml/organization-test-1/connections/saml-connection-test-1":     false,
		"/v1/b2b/sso/saml/organization-test-1/connections/saml-connection-test-1/url": true,
		"/v1/b2b/sso/oidc/organization-test-1/connections/oidc-connection-test-1":     true,
		"/v1/b2b/organizations/organization-test-1":                                   true,
	} {
		if got := endpointOf(http.MethodPut, path); got.Repeat != repeats || got.Read {
			t.Errorf("PUT %s: %+v", path, got)
		}
	}
}
