package sandbox_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stytchauth/stytch-go/v16/stytch"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/b2bstytchapi"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/organizations/members"
	"github.com/stytchauth/stytch-go/v16/stytch/b2b/rbac"
	"github.com/stytchauth/stytch-go/v16/stytch/stytcherror"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// newSDK connects Stytch's own SDK, which asks for the JWKS at once; its base URI ends in a slash, as users write it.
func newSDK(t *testing.T, l *lab) *b2bstytchapi.API {
	t.Helper()
	api, err := b2bstytchapi.NewClient(l.credentials.ProjectID, l.credentials.Secret, b2bstytchapi.WithBaseURI(l.address+"/"))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestTheSDKTakesAnOrganizationAndAMemberThroughTheirLives(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	api, ctx := newSDK(t, l), t.Context()
	made, err := api.Organizations.Create(ctx, &organizations.CreateParams{
		OrganizationName: "Acme", OrganizationSlug: "acme", OrganizationExternalID: "crm-1",
		EmailInvites: "RESTRICTED", EmailAllowedDomains: []string{"acme.example"}, TrustedMetadata: map[string]any{"a": 1, "b": 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	organization := made.Organization
	updated, err := api.Organizations.Update(ctx, &organizations.UpdateParams{
		OrganizationID: "crm-1", MFAPolicy: "REQUIRED_FOR_ALL", TrustedMetadata: map[string]any{"a": nil},
	})
	if err != nil || updated.Organization.MFAPolicy != "REQUIRED_FOR_ALL" || len(updated.Organization.TrustedMetadata) != 1 {
		t.Fatalf("updated to %+v, %v", updated, err)
	}
	member, err := api.Organizations.Members.Create(ctx, &members.CreateParams{
		OrganizationID: organization.OrganizationID, EmailAddress: "ada@acme.example", Roles: []string{"stytch_admin"}, ExternalID: "7",
	})
	if err != nil || !member.Member.IsAdmin || member.Member.CreatedAt == nil || time.Since(*member.Member.CreatedAt) > time.Minute {
		t.Fatalf("made %+v, %v", member, err)
	}
	got, err := api.Organizations.Members.Get(ctx, &members.GetParams{OrganizationID: "acme", MemberID: "7"})
	if err != nil || got.Member.MemberID != member.MemberID || len(got.Member.Roles) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	changed, err := api.Organizations.Members.Update(ctx, &members.UpdateParams{
		OrganizationID: "acme", MemberID: member.MemberID, Name: "Ada", Roles: &[]string{},
	})
	if err != nil || changed.Member.Name != "Ada" || changed.Member.IsAdmin || changed.Member.ExternalID != "7" {
		t.Fatalf("changed to %+v, %v", changed, err)
	}
	l.verify(member.MemberID)
	if _, err := api.Organizations.Members.Delete(ctx, &members.DeleteParams{OrganizationID: "acme", MemberID: member.MemberID}); err != nil {
		t.Fatal(err)
	}
	back, err := api.Organizations.Members.Reactivate(ctx, &members.ReactivateParams{OrganizationID: "acme", MemberID: member.MemberID})
	if err != nil || back.Member.Status != "active" {
		t.Fatalf("reactivated %+v, %v", back, err)
	}
	policy, err := api.RBAC.Policy(ctx, &rbac.PolicyParams{})
	if err != nil || len(policy.Policy.Roles) < 2 {
		t.Fatalf("the policy is %+v, %v", policy, err)
	}
	if _, err := api.Organizations.Delete(ctx, &organizations.DeleteParams{OrganizationID: organization.OrganizationID}); err != nil {
		t.Fatal(err)
	}
	_, err = api.Organizations.Get(ctx, &organizations.GetParams{OrganizationID: "acme"})
	var refusal stytcherror.Error
	if !errors.As(err, &refusal) || refusal.StatusCode != 404 || string(refusal.ErrorType) != "organization_not_found" || refusal.RequestID == "" {
		t.Errorf("a deleted organization gives %v", err)
	}
}

func TestTheSDKSearchesPageByPage(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	for i := range 5 {
		l.member(acme, fmt.Sprintf(`"email_address":"m%d@acme.example"`, i))
	}
	api, cursor, seen := newSDK(t, l), "", map[string]bool{}
	for {
		r, err := api.Organizations.Members.Search(t.Context(), &members.SearchParams{
			OrganizationIds: []string{"acme"}, Limit: 2, Cursor: cursor,
			Query: &organizations.SearchQuery{
				Operator: organizations.SearchQueryOperatorAND,
				Operands: []map[string]any{{"filter_name": "statuses", "filter_value": []string{"active"}}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Members {
			seen[m.EmailAddress] = true
		}
		if cursor = r.ResultsMetadata.NextCursor; cursor == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("found %v", seen)
	}
}

func TestTheSDKSendsWhatItsTypesCannotSay(t *testing.T) {
	l, acme := newAcme(t, sandbox.Options{})
	ada, _ := l.member(acme, `"email_address":"ada@acme.example","mfa_enrolled":true,"external_id":"7"`)
	api := newSDK(t, l)
	for _, request := range []stytch.RequestParams{
		{Method: "PUT", Path: ada, Body: []byte(`{"mfa_enrolled":false}`)},
		{Method: "DELETE", Path: ada + "/external_id"},
	} {
		var got members.UpdateResponse
		request.V = &got
		if err := api.Organizations.Members.C.NewRequest(t.Context(), request); err != nil {
			t.Fatalf("%s %s: %v", request.Method, request.Path, err)
		}
		if got.Member.MFAEnrolled {
			t.Error("false did not reach the member")
		}
	}
}
