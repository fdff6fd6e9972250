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
	request := client.Request{Path: client.Path("/v1/b2b/organizations/%s", id)}
	organization, err := getObject(ctx, c, request, "organization", func(a organizationAnswer) string { return a.ID })
	if err != nil {
		return kind.Live[Organization]{}, err
	}
	if e.ID == "" && organization.Slug != e.After.Slug {
		return kind.Live[Organization]{}, &client.Error{
			Status: http.StatusNotFound, Type: "organization_not_found", Message: "no organization has the slug " + e.After.Slug,
		}
	}
	return organization.live(), nil
}

// getMember reads one member directly: by id, else by address.
func getMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) (kind.Live[Member], error) {
	query := url.Values{"member_id": {e.ID}}
	if e.ID == "" {
		query = url.Values{"email_address": {e.After.Email}}
	}
	request := client.Request{Path: client.Path("/v1/b2b/organizations/%s/member", e.OrganizationID), Query: query}
	member, err := getObject(ctx, c, request, "member", func(a memberAnswer) string { return a.ID })
	if err != nil {
		return kind.Live[Member]{}, err
	}
	return member.live(), nil
}

// getObject reads the field of an answer that holds the object, with the numbers
// of metadata as they came. An answer without the object, or with one that has no
// id, is an error: it is neither an absence nor an object that has nothing.
func getObject[A any](ctx context.Context, c *client.Client, r client.Request, field string, id func(A) string) (A, error) {
	r.Method = http.MethodGet
	var object A
	var answer map[string]json.RawMessage
	if err := c.Data(ctx, r, &answer); err != nil {
		return object, err
	}
	err := decodeField(answer, field, &object)
	if err == nil && id(object) == "" {
		err = withoutID(field)
	}
	return object, unreadable(r.Path, err)
}
