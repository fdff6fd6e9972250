package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// A bench is a sandbox with one environment, and a client that talks to it.
type bench struct {
	t       *testing.T
	server  *sandbox.Server
	client  *client.Client
	project string
}

func newBench(t *testing.T, knobs sandbox.Knobs) *bench {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Knobs: knobs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	credentials, err := server.Ensure(sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{
		t: t, server: server, project: credentials.ProjectID,
		client: clientFor(t, server, credentials.ProjectID, credentials.Secret),
	}
}

// clientFor connects to a handler as if it were Stytch's data plane.
func clientFor(t *testing.T, handler http.Handler, project, secret string) *client.Client {
	t.Helper()
	host := httptest.NewServer(handler)
	t.Cleanup(host.Close)
	connection, err := client.Connect(client.Config{ProjectID: project, Secret: client.NewSecret(secret), BaseURI: host.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	return connection.Writable()
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// organization creates one and gives its id.
func (b *bench) organization(o Organization) string {
	b.t.Helper()
	if !o.Name.Set {
		o.Name = kind.Some(o.Slug)
	}
	id, err := createOrganization(b.t.Context(), b.client, kind.Edit[Organization]{After: o})
	b.must(err)
	return id
}

// live reads the organization with a slug.
func (b *bench) live(slug string) kind.Live[Organization] {
	b.t.Helper()
	for live, err := range listOrganizations(b.t.Context(), b.client, nil) {
		b.must(err)
		if live.Value.Slug == slug {
			return live
		}
	}
	b.t.Fatalf("no organization %q is live", slug)
	return kind.Live[Organization]{}
}

// update writes what changes between two values, as a plan would.
func (b *bench) update(id string, before, after Organization) error {
	return updateOrganization(b.t.Context(), b.client, kind.Edit[Organization]{ID: id, Before: before, After: after})
}

// member creates one in an organization and gives the id.
func (b *bench) member(organization string, m Member) string {
	b.t.Helper()
	id, err := createMember(b.t.Context(), b.client, kind.Edit[Member]{Scope: kind.Scope{OrganizationID: organization}, After: m})
	b.must(err)
	return id
}

func (b *bench) members(organizations ...string) []kind.Live[Member] {
	b.t.Helper()
	return b.collect(listMembers(b.t.Context(), b.client, scopesOf(organizations, nil)))
}

func (b *bench) deleted(organization string, keys ...string) []kind.Live[Member] {
	b.t.Helper()
	return b.collect(listDeletedMembers(b.t.Context(), b.client, scopesOf([]string{organization}, keys)))
}

func (b *bench) collect(all func(func(kind.Live[Member], error) bool)) []kind.Live[Member] {
	b.t.Helper()
	var found []kind.Live[Member]
	for live, err := range all {
		b.must(err)
		found = append(found, live)
	}
	return found
}

// one reads the only member of an organization.
func (b *bench) one(organization string) kind.Live[Member] {
	b.t.Helper()
	found := b.members(organization)
	if len(found) != 1 {
		b.t.Fatalf("%d members are live, want 1", len(found))
	}
	return found[0]
}

func scopesOf(organizations, keys []string) []kind.Scope {
	var scopes []kind.Scope
	for _, id := range organizations {
		scopes = append(scopes, kind.Scope{OrganizationID: id, Keys: keys})
	}
	return scopes
}

// raw reads a member as Stytch answers.
func (b *bench) raw(organization, id string) map[string]any {
	b.t.Helper()
	var answer json.RawMessage
	b.must(b.client.Data(b.t.Context(), client.Request{
		Method: http.MethodGet, Path: client.Path("/v1/b2b/organizations/%s/member", organization), Query: map[string][]string{"member_id": {id}},
	}, &answer))
	var decoded struct {
		Member map[string]any `json:"member"`
	}
	b.must(kind.DecodeJSON(answer, &decoded))
	return decoded.Member
}

// writes lists the writing requests since the last reset, as "METHOD endpoint".
func (b *bench) writes() []string {
	var writes []string
	for _, r := range b.server.Requests() {
		if r.Write {
			writes = append(writes, r.Method+" "+r.Endpoint)
		}
	}
	return writes
}

// roles puts roles into the project's RBAC policy, through the management API.
func (b *bench) roles(ids ...string) {
	b.t.Helper()
	credentials, err := b.server.Ensure(sandbox.Seed{ProjectSlug: "acme", EnvironmentSlug: "test"})
	b.must(err)
	var roles []map[string]any
	for _, id := range ids {
		roles = append(roles, map[string]any{"role_id": id, "description": "", "permissions": []any{}})
	}
	body, err := json.Marshal(map[string]any{"custom_roles": roles})
	b.must(err)
	host := httptest.NewServer(b.server)
	defer host.Close()
	b.must(put(b.t.Context(), host.URL+"/pwa/v3/projects/acme/environments/test/rbac_policy", body,
		credentials.WorkspaceKeyID, credentials.WorkspaceKeySecret))
}

// problemText writes problems for comparison: "attribute: message".
func problemText(problems []kind.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%s: %s", p.Attribute, p.Message))
	}
	slices.Sort(lines)
	return lines
}

func put(ctx context.Context, url string, body []byte, user, password string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth(user, password)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("PUT %s: %s", url, response.Status)
	}
	return nil
}
