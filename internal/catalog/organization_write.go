package catalog

import (
	"context"
	"errors"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// createOrganization sends everything in one request. email_invites is always
// in it: a creation that names any setting, even at its default, and not this
// one would forbid invitations (Stytch's SDK comment on Organizations.Create).
func createOrganization(ctx context.Context, c *client.Client, e kind.Edit[Organization]) (string, error) {
	body := creationBody(e.After)
	if _, given := body["email_invites"]; !given {
		body["email_invites"] = allAllowed
	}
	for _, later := range []string{"sso_jit_provisioning_allowed_connections", "sso_default_connection_id"} {
		delete(body, later) // a new organization has no connections, and its creation does not take these
	}
	if e.After.ExternalID.Value == "" {
		delete(body, "organization_external_id") // has none; "" is no id
	}
	var answer struct {
		Organization struct {
			ID string `json:"organization_id"`
		} `json:"organization"`
	}
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: "/v1/b2b/organizations", Body: body}, &answer); err != nil {
		return "", err
	}
	if answer.Organization.ID == "" {
		return "", errors.New("the organization was created, but Stytch's answer does not tell its id")
	}
	return answer.Organization.ID, nil
}

// creationBody is kind.Body without the keys of metadata that are null: there
// is nothing that they could remove from a new object.
func creationBody[T any](v T) map[string]any {
	body := kind.Body(v)
	for _, name := range []string{"trusted_metadata", "untrusted_metadata"} {
		keys, _ := body[name].(map[string]any)
		for key, value := range keys {
			if value == nil {
				delete(keys, key)
			}
		}
	}
	return body
}

// updateOrganization sends all changed settings in one request, because Stytch
// judges each result by itself: two requests could pass through a state that it
// refuses. Only unsetting the external id has an endpoint of its own.
func updateOrganization(ctx context.Context, c *client.Client, e kind.Edit[Organization]) error {
	body := kind.Body(e.After)
	if e.Before.Slug == e.After.Slug {
		delete(body, "organization_slug")
	}
	unset := e.After.ExternalID.Set && e.After.ExternalID.Value == ""
	if unset {
		delete(body, "organization_external_id")
	}
	if e.After.Tenants.Set {
		body["allowed_oauth_tenants"] = wholeTenants(e.Before.Tenants.Value, e.After.Tenants.Value)
	}
	if err := idsForConnections(ctx, c, e.ID, body); err != nil {
		return err
	}
	path := client.Path("/v1/b2b/organizations/%s", e.ID)
	if len(body) > 0 {
		if err := c.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}, nil); err != nil {
			return err
		}
	}
	if !unset {
		return nil
	}
	if err := c.Data(ctx, client.Request{Method: http.MethodDelete, Path: path + "/external_id"}, nil); err != nil {
		var done []string
		if len(body) > 0 {
			done = append(done, "the other changes were made")
		}
		return partly(done, "organization_external_id is not unset", err)
	}
	return nil
}

// wholeTenants names every provider that has tenants or had some. Whether Stytch
// replaces the map or merges it is not documented; this says the same to both.
func wholeTenants(before, after map[string][]string) map[string][]string {
	whole := map[string][]string{}
	for provider := range before {
		whole[provider] = []string{}
	}
	for provider, ids := range after {
		whole[provider] = append([]string{}, ids...)
	}
	return whole
}

// deleteOrganization deletes the organization and everything in it, for good.
func deleteOrganization(ctx context.Context, c *client.Client, e kind.Edit[Organization]) error {
	return c.Data(ctx, client.Request{Method: http.MethodDelete, Path: client.Path("/v1/b2b/organizations/%s", e.ID)}, nil)
}
