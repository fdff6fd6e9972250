package catalog

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

func TestANewOrganizationKeepsInvitationsOpenUnlessItSaysOtherwise(t *testing.T) {
	some := kind.Some[string]
	tests := []struct {
		name string
		give Organization
		want string
	}{
		{"nothing declared", Organization{}, allAllowed},
		{"another setting declared, even at its default", Organization{Methods: some(allAllowed)}, allAllowed},
		{"closed explicitly", Organization{Invites: some(notAllowed), SSOJIT: some(allAllowed)}, notAllowed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, sandbox.Knobs{})
			test.give.Slug = "acme"
			b.organization(test.give)
			if got := b.live("acme").Value.Invites.Value; got != test.want {
				t.Errorf("email_invites is %s, want %s", got, test.want)
			}
			if writes := b.writes(); len(writes) != 1 {
				t.Errorf("a creation took %v, want one request", writes)
			}
		})
	}
}

// full declares every attribute with a value that is not the default.
func full() Organization {
	some, list := kind.Some[string], func(items ...string) kind.Opt[[]string] { return kind.Some(items) }
	return Organization{
		Slug: "acme", Name: some("Acme, Inc."), ExternalID: some("crm|42"), LogoURL: some("https://acme.example/logo.png"),
		Metadata: kind.Some(map[string]any{"plan": "gold", "seats": map[string]any{"max": "12"}}),
		Invites:  some(restricted), EmailJIT: some(restricted), Domains: list("acme.example", "globex.example"), SSOJIT: some(notAllowed),
		Methods: some(restricted), Allowed: list("sso", "password"), MFAPolicy: some("REQUIRED_FOR_ALL"),
		MFAMethods: some(restricted), AllowedMFA: list("totp"),
		OAuthJIT: some(restricted), Tenants: kind.Some(map[string][]string{"github": {"1"}, "slack": {"T1", "T2"}}),
		RoleGrants: kind.Some([]EmailRole{{"acme.example", "stytch_admin"}}), Claimed: list("acme.example"),
		FirstApps: some(restricted), FirstList: list("app-1"), ThirdApps: some(notAllowed), ThirdList: list("app-2"),
		SSOAllowed: list(), SSODefault: some(""), // which name connections: TestSettingsThatNameConnections in internal/kindtest
	}
}

func TestEverySettingOfAnOrganizationIsSetAndCleared(t *testing.T) {
	for _, merged := range []bool{false, true} {
		b := newBench(t, sandbox.Knobs{OAuthTenantsMerged: merged, StrictBodies: true})
		id := b.organization(full())
		if diff := cmp.Diff(full(), b.live("acme").Value, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after the creation (-want +got):\n%s", diff)
		}
		b.server.ResetRequests()

		cleared := settled()
		cleared.Name = full().Name
		cleared.Metadata = kind.Some(map[string]any{"plan": nil, "seats": nil})
		b.must(b.update(id, full(), cleared))
		want := []string{"PUT /v1/b2b/organizations/{organization_id}", "DELETE /v1/b2b/organizations/{organization_id}/external_id"}
		if diff := cmp.Diff(want, b.writes()); diff != "" {
			t.Errorf("all settings go in one request, the external id in its own (-want +got):\n%s", diff)
		}
		cleared.Metadata = kind.Some(map[string]any{})
		if diff := cmp.Diff(cleared, tidyOrganization(b.live("acme").Value), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after clearing, with tenants merged = %v (-want +got):\n%s", merged, diff)
		}
	}
}

func TestMetadataIsWrittenKeyByKey(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	metadata := func(m map[string]any) kind.Opt[map[string]any] { return kind.Some(m) }
	id := b.organization(Organization{Slug: "acme", Metadata: metadata(map[string]any{
		"ours": map[string]any{"a": 1, "b": 2}, "theirs": "kept", "null on creation": nil, "big": 1,
	})})
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "acme", Metadata: metadata(map[string]any{
		"ours": map[string]any{"a": 1}, "big": kindNumber("12345678901234567890.5"),
	})}))
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "acme", Metadata: metadata(map[string]any{"big2": nil})}))
	want := map[string]any{
		"ours": map[string]any{"a": kindNumber("1")}, "theirs": "kept", "big": kindNumber("12345678901234567890.5"),
	}
	if diff := cmp.Diff(want, b.live("acme").Value.Metadata.Value); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "acme", Metadata: metadata(map[string]any{"ours": nil})}))
	if _, there := b.live("acme").Value.Metadata.Value["ours"]; there {
		t.Error("a key that was removed is still there")
	}
}

func TestAnOrganizationIsRenamedInPlace(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	id := b.organization(Organization{Slug: "acme"})
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "globex"}))
	if got := b.live("globex").ID; got != id {
		t.Errorf("the renamed organization has the id %s, want %s", got, id)
	}
}

func TestAChangeOfSomethingElseLeavesTheSlugToWhoeverRenamedMeanwhile(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	id := b.organization(Organization{Slug: "acme"})
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "globex"}))
	b.must(b.update(id, Organization{Slug: "acme"}, Organization{Slug: "acme", Name: kind.Some("New")}))
	if live := b.live("globex"); live.Value.Name.Value != "New" {
		t.Errorf("the name is %q", live.Value.Name.Value)
	}
}

// Stytch takes no empty id: where none is wanted none is sent.
func TestANewObjectWithAnEmptyExternalIDHasNone(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	id := b.organization(Organization{Slug: "acme", ExternalID: kind.Some("")})
	b.member(id, Member{Email: "ada@acme.example", ExternalID: kind.Some(""), Phone: kind.Some("")})
	if organization, member := b.live("acme").Value.ExternalID.Value, b.one(id).Value.ExternalID.Value; organization != "" || member != "" {
		t.Errorf("external ids %q and %q, want none", organization, member)
	}
}

func TestAnExternalIDThatIsNotUnsetSaysWhatWasDone(t *testing.T) {
	c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			answer(w, http.StatusBadRequest, `{"status_code":400,"request_id":"r-1","error_type":"bad_request","error_message":"no"}`)
			return
		}
		answer(w, http.StatusOK, `{"status_code":200,"request_id":"r-2"}`)
	}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
	err := updateOrganization(t.Context(), c, kind.Edit[Organization]{
		ID:     "organization-test-1",
		Before: Organization{Slug: "acme", ExternalID: kind.Some("42")},
		After:  Organization{Slug: "acme", Name: kind.Some("Acme"), ExternalID: kind.Some("")},
	})
	if err == nil || !strings.Contains(err.Error(), "the other changes were made, but organization_external_id is not unset") {
		t.Errorf("error %v", err)
	}
}

func TestDeletingAnOrganizationTakesItsMembersAlong(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	id := b.organization(Organization{Slug: "acme"})
	b.member(id, Member{Email: "ada@acme.example"})
	b.member(id, Member{Email: "grace@acme.example"})
	n, err := countMembers(t.Context(), b.client, b.live("acme"))
	b.must(err)
	if n != 2 {
		t.Errorf("%d members would go, want 2", n)
	}
	b.must(deleteOrganization(t.Context(), b.client, kind.Edit[Organization]{ID: id}))
	for live, err := range listOrganizations(t.Context(), b.client, nil) {
		b.must(err)
		t.Errorf("%s is still live", live.Value.Slug)
	}
	if _, err := countMembers(t.Context(), b.client, kind.Live[Organization]{ID: id}); !client.IsNotFound(err) {
		t.Errorf("counting the members of a deleted organization: %v, want not found", err)
	}
}
