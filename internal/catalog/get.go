package catalog

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// getOrganization reads one organization directly: by id, else by slug, which
// Stytch takes in the id's place. It takes an external id there too: what
// answers to that alone is another organization.
func getOrganization(ctx context.Context, c *client.Client, e kind.Edit[Organization]) (kind.Live[Organization], error) {
	id := e.ID
	if id == "" {
		id = e.After.Slug
	}
	var answer struct {
		Organization organizationAnswer `json:"organization"`
	}
	if err := getObject(ctx, c, client.Request{Method: http.MethodGet, Path: client.Path("/v1/b2b/organizations/%s", id)}, &answer); err != nil {
		return kind.Live[Organization]{}, err
	}
	if e.ID == "" && answer.Organization.Slug != e.After.Slug {
		return kind.Live[Organization]{}, &client.Error{
			Status: http.StatusNotFound, Type: "organization_not_found", Message: "no organization has the slug " + e.After.Slug,
		}
	}
	return answer.Organization.live(), nil
}

// getMember reads one member directly: by id, else by address.
func getMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) (kind.Live[Member], error) {
	query := url.Values{"member_id": {e.ID}}
	if e.ID == "" {
		query = url.Values{"email_address": {e.After.Email}}
	}
	var answer struct {
		Member memberAnswer `json:"member"`
	}
	request := client.Request{Method: http.MethodGet, Path: client.Path("/v1/b2b/organizations/%s/member", e.OrganizationID), Query: query}
	if err := getObject(ctx, c, request, &answer); err != nil {
		return kind.Live[Member]{}, err
	}
	return answer.Member.live(), nil
}

// getObject decodes an answer with the numbers of metadata as they came.
func getObject(ctx context.Context, c *client.Client, r client.Request, into any) error {
	var raw json.RawMessage
	if err := c.Data(ctx, r, &raw); err != nil {
		return err
	}
	return kind.DecodeJSON(raw, into)
}
