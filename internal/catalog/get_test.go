package catalog

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// An answer that does not hold the object says nothing of it: neither that it is
// not there, nor that all of its attributes are empty.
func TestADirectReadWithoutItsObjectIsAnError(t *testing.T) {
	for name, body := range map[string]string{
		"no body":         "",
		"no object":       `{"request_id": "r", "status_code": 200}`,
		"null":            `{"request_id": "r", "organization": null, "member": null, "redirect_url": null, "profile": null}`,
		"an empty object": `{"request_id": "r", "organization": {}, "member": {}, "redirect_url": {}, "profile": {}}`,
	} {
		t.Run(name, func(t *testing.T) {
			host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
			defer host.Close()
			connection, err := client.Connect(client.Config{
				ProjectID: "project-test-1", Secret: client.NewSecret("s"), WorkspaceKeyID: "k", WorkspaceKeySecret: client.NewSecret("s"),
				BaseURI: host.URL, ManagementBaseURI: host.URL,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			ctx, c, s := t.Context(), connection.ReadOnly(), kind.Scope{ProjectSlug: "p", EnvironmentSlug: "test", OrganizationID: "o"}
			for what, read := range map[string]func() error{
				"an organization by slug": func() error {
					_, err := getOrganization(ctx, c, kind.Edit[Organization]{Scope: s, After: Organization{Slug: "acme"}})
					return err
				},
				"an organization by id": func() error {
					_, err := getOrganization(ctx, c, kind.Edit[Organization]{Scope: s, ID: "o"})
					return err
				},
				"a member": func() error {
					_, err := getMember(ctx, c, kind.Edit[Member]{Scope: s, After: Member{Email: "ada@acme.example"}})
					return err
				},
				"a redirect URL": func() error {
					_, err := getRedirectURL(ctx, c, kind.Edit[RedirectURL]{Scope: s, ID: "https://acme.example"})
					return err
				},
				"the keys of a profile": func() error {
					_, err := profileKeys{client: c, scope: s, profile: "p"}.read(ctx)
					return err
				},
			} {
				if err := read(); err == nil || client.IsNotFound(err) || errors.Is(err, client.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "GET /") {
					t.Errorf("%s: %v; want an error that names the request, and does not say that it is not there", what, err)
				}
			}
		})
	}
}
