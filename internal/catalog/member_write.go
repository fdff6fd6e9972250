package catalog

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// createMember sends everything that a creation takes, and then what it does
// not: the second factor that is asked for first.
func createMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) (string, error) {
	body := creationBody(e.After)
	delete(body, "default_mfa_method")
	for _, name := range []string{"external_id", "mfa_phone_number"} {
		if body[name] == "" {
			delete(body, name) // has none; "" is no value that Stytch takes
		}
	}
	var answer struct {
		MemberID string `json:"member_id"`
	}
	path := client.Path("/v1/b2b/organizations/%s/members", e.OrganizationID)
	if err := c.Data(ctx, client.Request{Method: http.MethodPost, Path: path, Body: body}, &answer); err != nil {
		return "", err
	}
	if answer.MemberID == "" {
		return "", errors.New("the member was created, but Stytch's answer does not tell the id")
	}
	if method := e.After.DefaultMFA.Value; method != "" {
		m := memberCalls{client: c, organization: e.OrganizationID, id: answer.MemberID}
		if err := m.put(ctx, map[string]any{"default_mfa_method": method}); err != nil {
			return answer.MemberID, partly([]string{"the member was created"}, "default_mfa_method is not set", err)
		}
	}
	return answer.MemberID, nil
}

// updateMember sends what changed in one request, and what has endpoints of its
// own after it:
//
//	change                              requests
//	phone number set for the first time in the PUT with the rest
//	phone number replaced               PUT of the rest, DELETE of the number, PUT of the new one
//	phone number removed                PUT of the rest, DELETE of the number
//	external_id unset                   PUT of the rest, DELETE of it
//
// What is most likely refused comes first, so that a refusal leaves the member
// with the number that they had.
func updateMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) error {
	m := memberCalls{client: c, organization: e.OrganizationID, id: e.ID}
	body := kind.Body(e.After)
	delete(body, "create_member_as_pending")
	if lower(e.Before.Email) == lower(e.After.Email) {
		delete(body, "email_address")
	}
	hadPhone := e.After.Phone.Set && e.Before.Phone.Value != ""
	if hadPhone || body["mfa_phone_number"] == "" {
		delete(body, "mfa_phone_number")
	}
	unsetID := body["external_id"] == ""
	if unsetID {
		delete(body, "external_id")
	}
	var done []string
	if len(body) > 0 {
		if err := m.put(ctx, body); err != nil {
			return err
		}
		done = append(done, "the other changes were made")
	}
	if unsetID {
		if err := m.delete(ctx, "/v1/b2b/organizations/%s/members/%s/external_id"); err != nil {
			return partly(done, "external_id is not unset", err)
		}
		done = append(done, "external_id was unset")
	}
	if hadPhone {
		return m.replacePhone(ctx, e.After.Phone.Value, done)
	}
	return nil
}

// deleteMember deletes softly: Stytch keeps the record and destroys the factors
// and sessions.
func deleteMember(ctx context.Context, c *client.Client, e kind.Edit[Member]) error {
	m := memberCalls{client: c, organization: e.OrganizationID, id: e.ID}
	return m.delete(ctx, "/v1/b2b/organizations/%s/members/%s")
}

// memberCalls are the requests about one member, within one operation.
type memberCalls struct {
	client       *client.Client
	organization string
	id           string
}

// put changes what the body names. A repeated request can find its own phone
// number already set and be refused for it; then the number needs no request.
func (m memberCalls) put(ctx context.Context, body map[string]any) error {
	request := client.Request{Method: http.MethodPut, Path: client.Path("/v1/b2b/organizations/%s/members/%s", m.organization, m.id), Body: body}
	err := m.client.Data(ctx, request, nil)
	if !hasType(err, "duplicate_member_phone_number_for_member") {
		return err
	}
	now, readErr := m.read(ctx)
	if readErr != nil || now.Phone == "" || now.Phone != body["mfa_phone_number"] {
		return err
	}
	delete(body, "mfa_phone_number")
	if len(body) == 0 {
		return nil
	}
	return m.client.Data(ctx, request, nil)
}

func (m memberCalls) delete(ctx context.Context, format string) error {
	return m.client.Data(ctx, client.Request{Method: http.MethodDelete, Path: client.Path(format, m.organization, m.id)}, nil)
}

func (m memberCalls) read(ctx context.Context) (memberAnswer, error) {
	var answer struct {
		Member memberAnswer `json:"member"`
	}
	err := m.client.Data(ctx, client.Request{
		Method: http.MethodGet, Path: client.Path("/v1/b2b/organizations/%s/member", m.organization),
		Query: url.Values{"member_id": {m.id}},
	}, &answer)
	return answer.Member, err
}

// replacePhone removes the number, and sets another one unless it is empty.
// With the number goes the default method that uses it; it is set again with
// the new one.
func (m memberCalls) replacePhone(ctx context.Context, number string, done []string) error {
	var defaultMethod string
	if number != "" {
		now, err := m.read(ctx)
		if err != nil {
			return partly(done, "the phone number is not replaced", err)
		}
		defaultMethod = now.DefaultMFA
	}
	if err := m.delete(ctx, "/v1/b2b/organizations/%s/members/mfa_phone_numbers/%s"); err != nil {
		return partly(done, "the phone number is not removed", err)
	}
	if number == "" {
		return nil
	}
	body := map[string]any{"mfa_phone_number": number}
	if defaultMethod == "sms_otp" {
		body["default_mfa_method"] = defaultMethod
	}
	if err := m.put(ctx, body); err != nil {
		return partly(append(done, "the old phone number was removed"), "the new one is not set, so that the member has none", err)
	}
	return nil
}

// partly says what was done before an error.
func partly(done []string, notDone string, err error) error {
	if len(done) == 0 {
		return err
	}
	return &kind.Partly{Done: listed(done), NotDone: notDone, Cause: err}
}

// hasType tells whether Stytch refused with one of its error types.
func hasType(err error, errorType string) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Type == errorType
}
