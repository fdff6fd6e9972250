package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestMemberRules(t *testing.T) {
	some, roles := kind.Some[string], func(ids ...string) kind.Opt[[]string] { return kind.Some(ids) }
	tests := []struct {
		name string
		give Member
		want []string // "attribute: message", or a part of it
	}{
		{"a member who says nothing is fine", Member{}, nil},
		{"an address may hold a plus and an apostrophe", Member{Email: "o'hara+test@mail.acme.example"}, nil},
		{"an address may hold letters of any script before the @", Member{Email: "jürgen@acme.example"}, nil},
		{"an address needs a domain", Member{Email: "ada"}, []string{`: "ada" is not an e-mail address`}},
		{"an address needs a whole domain", Member{Email: "ada@acme"}, []string{`: "ada@acme" is not an e-mail address`}},
		{"an address has one @", Member{Email: "ada@home@acme.example"}, []string{" is not an e-mail address"}},
		{"an address is bare", Member{Email: "Ada <ada@acme.example>"}, []string{" is not an e-mail address"}},
		{"an address holds no control characters", Member{Email: "ada\x1b@acme.example"}, []string{" is not an e-mail address"}},
		{"an external id may be unset", Member{ExternalID: some("")}, nil},
		{"an external id holds no spaces", Member{ExternalID: some("a b")}, []string{`external_id: "a b" cannot be an external id`}},
		{"an external id has at most 128 characters", Member{ExternalID: some(strings.Repeat("x", 129))}, []string{"external_id: "}},
		{"stytch_admin can be assigned", Member{Roles: roles("stytch_admin", "editor")}, nil},
		{"stytch_member cannot", Member{Roles: roles("stytch_member")}, []string{"roles: the role stytch_member cannot be assigned"}},
		{"a role_id is not empty", Member{Roles: roles("")}, []string{`roles: "" cannot be a role_id`}},
		{"a phone number may be removed", Member{Phone: some("")}, nil},
		{"a phone number is in E.164 form", Member{Phone: some("+14155550123")}, nil},
		{"a phone number has no spaces", Member{Phone: some("+1 415 555 0123")}, []string{"mfa_phone_number: "}},
		{"a phone number has its plus sign", Member{Phone: some("14155550123")}, []string{"mfa_phone_number: "}},
		{"trusted metadata has its limit", Member{Trusted: kind.Some(keys(21))}, []string{"trusted_metadata: trusted_metadata would have 21 keys"}},
		{"untrusted metadata has its own", Member{Untrusted: kind.Some(keys(21))}, []string{"untrusted_metadata: untrusted_metadata would have 21 keys"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.give.Email == "" {
				test.give.Email = "ada@acme.example"
			}
			got := problemText(checkMember(test.give))
			if len(got) != len(test.want) {
				t.Fatalf("problems %q, want %q", got, test.want)
			}
			for i := range got {
				if !strings.Contains(got[i], test.want[i]) {
					t.Errorf("problem %q, want %q", got[i], test.want[i])
				}
			}
		})
	}
}

func TestMembersOfOneOrganization(t *testing.T) {
	some := kind.Some[string]
	tests := []struct {
		name  string
		give  []Member
		index int
		want  string // "" for no problem
	}{
		{"sms_otp needs a number", []Member{{Email: "bob@x.example"}, {Email: "ada@x.example", DefaultMFA: some("sms_otp"), Phone: some("")}}, 1, "mfa_phone_number is empty"},
		{"sms_otp with an unmanaged number may be right", []Member{{Email: "ada@x.example", DefaultMFA: some("sms_otp")}}, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := checkMembersTogether(test.give)
			if test.want == "" {
				if len(got) != 0 {
					t.Errorf("problems %+v, want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Index != test.index || !strings.Contains(got[0].Message, test.want) {
				t.Errorf("problems %+v, want one about %d: %q", got, test.index, test.want)
			}
		})
	}
}

func TestMemberGrantsAreTheMembershipAndTheDirectRoles(t *testing.T) {
	const who, where = "organization/acme/member/ada@acme.example", "organization/acme"
	got := memberGrants(where, who, Member{Roles: kind.Some([]string{"stytch_admin", "editor"})})
	want := []plan.Grant{
		{Who: who, What: "membership", Where: where}, {Who: who, What: "role stytch_admin", Where: where}, {Who: who, What: "role editor", Where: where},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func TestDirectRolesAreThoseWithADirectSource(t *testing.T) {
	var roles []roleAnswer
	if err := kind.DecodeJSON([]byte(`[
		{"role_id": "stytch_member", "sources": [{"type": "direct_assignment", "details": {}}]},
		{"role_id": "editor", "sources": [{"type": "direct_assignment"}]},
		{"role_id": "viewer", "sources": [{"type": "sso_connection"}, {"type": "direct_assignment"}]},
		{"role_id": "by domain", "sources": [{"type": "email_assignment"}]},
		{"role_id": "by group", "sources": [{"type": "scim_connection_group"}]},
		{"role_id": "by nobody", "sources": []},
		{"role_id": "editor", "sources": [{"type": "direct_assignment"}]}
	]`), &roles); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"editor", "viewer"}, directRoles(roles)); diff != "" {
		t.Errorf("direct roles (-want +got):\n%s", diff)
	}
}
