package catalog

import (
	"context"
	"fmt"
	"net/http"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// restoreMember brings a deleted member back and writes everything that is
// declared: what of the former state returns is documented only in part.
func restoreMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) error {
	m := memberCalls{client: c, organization: e.OrganizationID, id: e.ID}
	now, err := m.reactivate(ctx)
	if err != nil {
		return err
	}
	const back = "the member is active again"
	body := kind.Body(e.After)
	delete(body, "create_member_as_pending")
	if lower(now.Email) == lower(e.After.Email) {
		delete(body, "email_address")
	}
	if body["mfa_phone_number"] == "" || body["mfa_phone_number"] == now.Phone {
		delete(body, "mfa_phone_number")
	}
	if e.After.Phone.Set && now.Phone != "" && now.Phone != e.After.Phone.Value {
		if err := m.delete(ctx, "/v1/b2b/organizations/%s/members/mfa_phone_numbers/%s"); err != nil {
			return partly([]string{back}, "the former phone number is not removed, nor anything else that is declared written", err)
		}
	}
	unsetID := body["external_id"] == ""
	if unsetID {
		delete(body, "external_id")
	}
	if len(body) > 0 {
		if err := m.put(ctx, body); err != nil {
			return partly([]string{back}, "what is declared of them is not written", err)
		}
	}
	if unsetID && now.ExternalID != "" {
		if err := m.delete(ctx, "/v1/b2b/organizations/%s/members/%s/external_id"); err != nil {
			return partly([]string{back}, "external_id is not unset", err)
		}
	}
	return nil
}

// reactivate answers with the member as they are now. A repeated request can
// find the member active already, and be refused for it.
func (m memberCalls) reactivate(ctx context.Context) (memberAnswer, error) {
	var answer struct {
		Member memberAnswer `json:"member"`
	}
	path := client.Path("/v1/b2b/organizations/%s/members/%s/reactivate", m.organization, m.id)
	err := m.client.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: map[string]any{}}, &answer)
	if hasType(err, "no_deleted_member_found_for_reactivation") {
		if now, readErr := m.read(ctx); readErr == nil && now.ID == m.id && now.Status != statusDeleted {
			return now, nil
		}
	}
	if hasType(err, "email_unverified_for_reactivation") {
		return memberAnswer{}, fmt.Errorf("the deleted member's address was never verified, so that Stytch does not bring them back: %w", err)
	}
	return answer.Member, err
}
