package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const (
	memberPath = "/v1/b2b/organizations/{organization_id}/members/{member_id}"
	phonePath  = "/v1/b2b/organizations/{organization_id}/members/mfa_phone_numbers/{member_id}"
)

// newRoster is a bench with one organization and two roles, and the id of the
// organization.
func newRoster(t *testing.T) (*bench, string) {
	t.Helper()
	b := newBench(t, sandbox.Knobs{StrictBodies: true}) // a key that Stytch does not take is refused
	b.roles("editor", "viewer")
	return b, b.organization(Organization{Slug: "acme"})
}

func (b *bench) updateMember(organization, id string, before, after Member) error {
	if before.Email == "" {
		before.Email = "ada@acme.example"
	}
	if after.Email == "" {
		after.Email = before.Email
	}
	return updateMember(b.t.Context(), b.client, kind.Edit[Member]{Scope: kind.Scope{OrganizationID: organization}, ID: id, Before: before, After: after})
}

func (b *bench) remove(organization, id string) {
	b.t.Helper()
	b.must(deleteMember(b.t.Context(), b.client, kind.Edit[Member]{Scope: kind.Scope{OrganizationID: organization}, ID: id}))
}

// everything declares every attribute of a member with a value that is not the default.
func everything() Member {
	return Member{
		Email: "ada@acme.example", Name: kind.Some("Ada"), ExternalID: kind.Some("crm|1"), Roles: kind.Some([]string{"editor", "stytch_admin"}),
		Breakglass: kind.Some(true), Trusted: kind.Some(map[string]any{"plan": "gold"}), Untrusted: kind.Some(map[string]any{"theme": "dark"}),
		Enrolled: kind.Some(true), Phone: kind.Some("+14155550123"), DefaultMFA: kind.Some("sms_otp"),
	}
}

func TestEveryAttributeOfAMemberIsSetAndCleared(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, everything())
	if diff := cmp.Diff(everything(), b.one(acme).Value, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after the creation (-want +got):\n%s", diff)
	}
	empty := Member{
		Email: "ada@acme.example", Name: kind.Some(""), ExternalID: kind.Some(""), Roles: kind.Some([]string{}), Breakglass: kind.Some(false),
		Trusted: kind.Some(map[string]any{"plan": nil}), Untrusted: kind.Some(map[string]any{"theme": nil}),
		Enrolled: kind.Some(false), Phone: kind.Some(""),
	}
	b.must(b.updateMember(acme, id, everything(), empty))
	want := empty
	want.Trusted, want.Untrusted, want.DefaultMFA = kind.Some(map[string]any{}), kind.Some(map[string]any{}), kind.Some("")
	if diff := cmp.Diff(want, b.one(acme).Value, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after clearing (-want +got):\n%s", diff)
	}
}

func TestAWriteOfAMemberTakesTheRequestsThatItNeeds(t *testing.T) {
	some := kind.Some[string]
	const first, second = "+14155550123", "+14155550199"
	tests := []struct {
		name          string
		give          Member
		before, after Member
		want          []string
	}{
		{"a few attributes go in one", Member{}, Member{}, Member{Name: some("Ada"), Enrolled: kind.Some(true)}, []string{"PUT " + memberPath}},
		{"a first number goes with the rest", Member{}, Member{}, Member{Name: some("Ada"), Phone: some(first)}, []string{"PUT " + memberPath}},
		{
			"another number is removed and set",
			Member{Phone: some(first)},
			Member{Phone: some(first)},
			Member{Phone: some(second)},
			[]string{"DELETE " + phonePath, "PUT " + memberPath},
		},
		{
			"the rest goes before another number",
			Member{Phone: some(first)},
			Member{Phone: some(first)},
			Member{Phone: some(second), Name: some("Ada")},
			[]string{"PUT " + memberPath, "DELETE " + phonePath, "PUT " + memberPath},
		},
		{"a number is removed in one", Member{Phone: some(first)}, Member{Phone: some(first)}, Member{Phone: some("")}, []string{"DELETE " + phonePath}},
		{
			"an external id is changed in one",
			Member{ExternalID: some("1")},
			Member{ExternalID: some("1")},
			Member{ExternalID: some("2")},
			[]string{"PUT " + memberPath},
		},
		{
			"an external id is unset by its own",
			Member{ExternalID: some("1")},
			Member{ExternalID: some("1")},
			Member{ExternalID: some(""), Name: some("Ada")},
			[]string{"PUT " + memberPath, "DELETE " + memberPath + "/external_id"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, acme := newRoster(t)
			test.give.Email = "ada@acme.example"
			id := b.member(acme, test.give)
			b.server.ResetRequests()
			b.must(b.updateMember(acme, id, test.before, test.after))
			if diff := cmp.Diff(test.want, b.writes()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			live := b.one(acme).Value
			for _, pair := range [][2]kind.Opt[string]{{test.after.Phone, live.Phone}, {test.after.ExternalID, live.ExternalID}, {test.after.Name, live.Name}} {
				if pair[0].Set && pair[0] != pair[1] {
					t.Errorf("the member has %q, want %q", pair[1].Value, pair[0].Value)
				}
			}
		})
	}
}

func TestAReplacedNumberStaysTheDefaultSecondFactor(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, everything())
	b.must(b.updateMember(acme, id, Member{Phone: everything().Phone}, Member{Phone: kind.Some("+14155550199")}))
	live := b.one(acme).Value
	if live.DefaultMFA.Value != "sms_otp" || live.Phone.Value != "+14155550199" {
		t.Errorf("default_mfa_method is %q with %q", live.DefaultMFA.Value, live.Phone.Value)
	}
}

func TestANumberOfAMemberWhoIsNotActiveStaysAndNothingIsHidden(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example", Phone: kind.Some("+14155550123")})
	b.must(b.server.SetStatus(b.project, id, "invited"))
	err := b.updateMember(acme, id, Member{Phone: kind.Some("+14155550123")}, Member{Phone: kind.Some("+14155550199"), Name: kind.Some("Ada")})
	if err == nil || !strings.Contains(err.Error(), "the other changes were made, but the phone number is not removed") ||
		!hasType(err, "action_available_only_for_active_members") {
		t.Errorf("error %v", err)
	}
	if live := b.one(acme).Value; live.Name.Value != "Ada" || live.Phone.Value != "+14155550123" {
		t.Errorf("the member is %+v", live)
	}
}

func TestRolesAreTheDirectOnesAloneAndOwnedWhole(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example", Roles: kind.Some([]string{"editor"})})
	b.must(b.server.GrantProvidedRole(b.project, id, "viewer", "sso_connection"))
	if diff := cmp.Diff([]string{"editor"}, b.one(acme).Value.Roles.Value); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	b.must(b.updateMember(acme, id, Member{Roles: kind.Some([]string{"editor"})}, Member{Roles: kind.Some([]string{"stytch_admin"})}))
	if diff := cmp.Diff([]string{"stytch_admin"}, b.one(acme).Value.Roles.Value); diff != "" {
		t.Errorf("after another role (-want +got):\n%s", diff)
	}
	b.must(b.updateMember(acme, id, Member{Roles: kind.Some([]string{"stytch_admin"})}, Member{Roles: kind.Some([]string{})}))
	if got := b.one(acme).Value.Roles.Value; len(got) != 0 {
		t.Errorf("after the last role went: %v", got)
	}
}

func TestAnotherAddressKeepsTheMemberAndRetiresTheOldOne(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example"})
	b.must(b.server.MarkVerified(b.project, id))
	b.must(b.server.SetFactors(b.project, id, true, false))
	b.must(b.updateMember(acme, id, Member{Email: "ada@acme.example"}, Member{Email: "lovelace@acme.example"}))
	live := b.one(acme)
	if live.ID != id || live.Value.Email != "lovelace@acme.example" {
		t.Errorf("the member is %s %s", live.ID, live.Value.Email)
	}
	if diff := cmp.Diff([]string{"ada@acme.example"}, live.Aliases); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	raw := b.raw(acme, id)
	if raw["email_address_verified"] != false || raw["member_password_id"] != "" {
		t.Errorf("the consequences that are told do not happen: %v", raw)
	}
}

func TestAnAddressInAnotherCaseIsNotWritten(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "Ada@acme.example"})
	b.server.ResetRequests()
	b.must(b.updateMember(acme, id, Member{Email: "Ada@acme.example"}, Member{Email: "ada@acme.example"}))
	if writes := b.writes(); len(writes) != 0 {
		t.Errorf("requests %v, want none", writes)
	}
}

func TestWhoBroughtAMember(t *testing.T) {
	b, acme := newRoster(t)
	ids := map[string]string{}
	for _, name := range []string{"nobody", "sso", "scim", "both"} {
		ids[name] = b.member(acme, Member{Email: name + "@acme.example"})
	}
	for name, source := range map[string]string{"sso": "sso", "scim": "scim"} {
		b.must(b.server.MarkProvisioned(b.project, ids[name], source))
		b.must(b.server.MarkProvisioned(b.project, ids["both"], source))
	}
	got := map[string]string{}
	for _, live := range b.members(acme) {
		got[strings.TrimSuffix(live.Value.Email, "@acme.example")] = live.Owner
	}
	if diff := cmp.Diff(map[string]string{"nobody": "", "sso": "sso", "scim": "scim", "both": "scim"}, got); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
}

func TestMembersOfManyOrganizationsAreOneSearch(t *testing.T) {
	b, acme := newRoster(t)
	globex := b.organization(Organization{Slug: "globex"})
	b.organization(Organization{Slug: "initech"})
	b.member(acme, Member{Email: "ada@acme.example"})
	b.member(globex, Member{Email: "ada@acme.example", Pending: kind.Some(true)})
	gone := b.member(globex, Member{Email: "bob@acme.example"})
	b.remove(globex, gone)
	b.server.ResetRequests()
	got := map[string]string{}
	for _, live := range b.members(acme, globex) {
		got[live.OrganizationID] += live.Value.Email + " "
	}
	if diff := cmp.Diff(map[string]string{acme: "ada@acme.example ", globex: "ada@acme.example "}, got); diff != "" {
		t.Errorf("members by organization (-want +got):\n%s", diff)
	}
	if n := len(b.server.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestNoOrganizationIsNoSearch(t *testing.T) {
	b, _ := newRoster(t)
	b.server.ResetRequests()
	if got := append(b.members(""), b.deleted("", "ada@acme.example")...); len(got) != 0 || len(b.server.Requests()) != 0 {
		t.Errorf("%v in %d requests, want none", got, len(b.server.Requests()))
	}
}

func TestASecondWriteThatFailsSaysThatTheMemberExists(t *testing.T) {
	b, acme := newRoster(t)
	id, err := createMember(t.Context(), b.client, kind.Edit[Member]{
		Scope: kind.Scope{OrganizationID: acme}, After: Member{Email: "ada@acme.example", DefaultMFA: kind.Some("totp")},
	})
	if err == nil || !strings.Contains(err.Error(), "the member was created, but default_mfa_method is not set") {
		t.Errorf("error %v", err)
	}
	if id != b.one(acme).ID {
		t.Errorf("the id is %q", id)
	}
}

func TestPendingIsForNewMembersAlone(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example", Pending: kind.Some(true)})
	if got := b.raw(acme, id)["status"]; got != "pending" {
		t.Errorf("status %v, want pending", got)
	}
}

func TestWhatOnlyStytchSetsIsReadForTheEffects(t *testing.T) {
	for _, test := range []struct {
		status   string
		app      bool
		inactive string
	}{{"active", true, ""}, {"pending", false, "pending"}, {"invited", true, "invited"}} {
		b, acme := newRoster(t)
		id := b.member(acme, Member{Email: "ada@acme.example"})
		b.must(b.server.SetFactors(b.project, id, false, test.app))
		b.must(b.server.SetStatus(b.project, id, test.status))
		if live := b.one(acme).Value; live.Inactive != test.inactive || live.App != test.app {
			t.Errorf("%s: inactive %q, authenticator app %v", test.status, live.Inactive, live.App)
		}
	}
}

func TestMetadataOfAMemberIsWrittenKeyByKey(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example", Trusted: kind.Some(map[string]any{"ours": 1, "theirs": "kept", "gone": nil})})
	b.must(b.updateMember(acme, id, Member{}, Member{Trusted: kind.Some(map[string]any{"ours": nil, "big": kindNumber("0.10000000000000000001")})}))
	want := map[string]any{"theirs": "kept", "big": kindNumber("0.10000000000000000001")}
	if diff := cmp.Diff(want, b.one(acme).Value.Trusted.Value); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}
