package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func TestOrganizationRules(t *testing.T) {
	some := kind.Some[string]
	list := func(items ...string) kind.Opt[[]string] { return kind.Some(items) }
	tests := []struct {
		name string
		give Organization
		want []string // "attribute: message", or a part of it
	}{
		{"an organization that says nothing is fine", Organization{Slug: "acme"}, nil},
		{"a slug may hold capitals, dots and tildes", Organization{Slug: "Acme.v2_~"}, nil},
		{"a slug of one character is too short", Organization{Slug: "a"}, []string{`: "a" is not a slug`}},
		{"a slug holds no spaces", Organization{Slug: "acme inc"}, []string{`: "acme inc" is not a slug`}},
		{"a slug needs a letter or digit", Organization{Slug: "-._~"}, []string{`: "-._~" is not a slug`}},
		{"a slug has at most 128 characters", Organization{Slug: strings.Repeat("a", 129)}, []string{" is not a slug"}},
		{"a blank name is no name", Organization{Name: some("  ")}, []string{"organization_name: organization_name is blank"}},
		{"an external id may be unset", Organization{ExternalID: some("")}, nil},
		{"an external id may hold a bar", Organization{ExternalID: some("auth0|42")}, nil},
		{"an external id holds no slash", Organization{ExternalID: some("a/b")}, []string{`organization_external_id: "a/b" cannot be an external id`}},
		{"a logo may be cleared", Organization{LogoURL: some("")}, nil},
		{"a logo is a web address", Organization{LogoURL: some("logo.png")}, []string{`organization_logo_url: "logo.png" is not a web address`}},

		{
			"all three ways in closed is refused",
			Organization{Invites: some(notAllowed), EmailJIT: some(notAllowed), SSOJIT: some(notAllowed)},
			[]string{"email_invites: email_invites, email_jit_provisioning and sso_jit_provisioning are all NOT_ALLOWED"},
		},
		{"two ways in closed is fine", Organization{Invites: some(notAllowed), EmailJIT: some(notAllowed), SSOJIT: some(allAllowed)}, nil},
		{"two ways in closed and the third not declared says nothing", Organization{Invites: some(notAllowed), EmailJIT: some(notAllowed)}, nil},

		{"RESTRICTED invites with their domains are fine", Organization{Invites: some(restricted), Domains: list("acme.example")}, nil},
		{"RESTRICTED invites say nothing while the domains are unknown", Organization{Invites: some(restricted)}, nil},
		{
			"RESTRICTED invites need domains",
			Organization{Invites: some(restricted), Domains: list()},
			[]string{"email_invites: email_invites is RESTRICTED, and email_allowed_domains is empty"},
		},
		{
			"RESTRICTED e-mail provisioning needs domains",
			Organization{EmailJIT: some(restricted), Domains: list()},
			[]string{"email_jit_provisioning: email_jit_provisioning is RESTRICTED, and email_allowed_domains is empty"},
		},
		{
			"RESTRICTED methods need a list",
			Organization{Methods: some(restricted), Allowed: list()},
			[]string{"auth_methods: auth_methods is RESTRICTED, and allowed_auth_methods is empty"},
		},
		{"a list may be emptied when nothing is restricted", Organization{Methods: some(allAllowed), Allowed: list()}, nil},
		{
			"RESTRICTED second factors need a list",
			Organization{MFAMethods: some(restricted), AllowedMFA: list()},
			[]string{"mfa_methods: mfa_methods is RESTRICTED, and allowed_mfa_methods is empty"},
		},
		{
			"RESTRICTED tenants need one tenant",
			Organization{OAuthJIT: some(restricted), Tenants: kind.Some(map[string][]string{"slack": {}})},
			[]string{"oauth_tenant_jit_provisioning: oauth_tenant_jit_provisioning is RESTRICTED, and allowed_oauth_tenants is empty"},
		},
		{
			"tenants belong to three providers",
			Organization{Tenants: kind.Some(map[string][]string{"google": {"x"}, "hubspot": {"y"}})},
			[]string{`allowed_oauth_tenants.google: "google" is no provider with tenants`},
		},

		{"subdomains of a company are fine", Organization{Domains: list("mail.acme.com", "acme.me", "orange-juice.com")}, nil},
		{
			"public mail providers are refused, whatever their ending",
			Organization{Domains: list("gmail.com", "Yahoo.co.uk", "uol.com.br", "mx.gmx.de")},
			[]string{
				`email_allowed_domains: "Yahoo.co.uk" belongs to a public mail provider, and Stytch refuses those`,
				`email_allowed_domains: "gmail.com" belongs to a public mail provider, and Stytch refuses those`,
				`email_allowed_domains: "mx.gmx.de" belongs to a public mail provider, and Stytch refuses those`,
				`email_allowed_domains: "uol.com.br" belongs to a public mail provider, and Stytch refuses those`,
			},
		},
		{
			"domains are not addresses, patterns or labels",
			Organization{Domains: list("@acme.example", "*.acme.example", "acme", "a..b", "-a.example")},
			[]string{
				`email_allowed_domains: "*.acme.example" is not a domain`, `email_allowed_domains: "-a.example" is not a domain`,
				`email_allowed_domains: "@acme.example" is not a domain`, `email_allowed_domains: "a..b" is not a domain`,
				`email_allowed_domains: "acme" is not a domain`,
			},
		},
		{
			"domains repeat without regard to case",
			Organization{Domains: list("ACME.example", "acme.EXAMPLE")},
			[]string{`email_allowed_domains: "ACME.example" and "acme.EXAMPLE" are the same domain`},
		},
		{
			"claimed domains follow the same rules",
			Organization{Claimed: list("hotmail.com")},
			[]string{`claimed_email_domains: "hotmail.com" belongs to a public mail provider`},
		},
		{
			"one domain may give several roles", Organization{RoleGrants: kind.Some([]EmailRole{{"acme.example", "editor"}, {"acme.example", "viewer"}})}, nil,
		},
		{
			"implicit assignments name a domain and a role that can be assigned",
			Organization{RoleGrants: kind.Some([]EmailRole{{"gmail.com", "editor"}, {"acme.example", "stytch_member"}, {"acme.example", "has space"}})},
			[]string{
				`rbac_email_implicit_role_assignments: "gmail.com" belongs to a public mail provider`,
				`rbac_email_implicit_role_assignments: "has space" cannot be a role_id`,
				`rbac_email_implicit_role_assignments: the role stytch_member cannot be assigned`,
			},
		},

		{"twenty keys of metadata are fine", Organization{Metadata: kind.Some(keys(20))}, nil},
		{
			"twenty-one are too many",
			Organization{Metadata: kind.Some(keys(21))},
			[]string{"trusted_metadata: trusted_metadata would have 21 keys, and Stytch allows 20"},
		},
		{"keys that are null do not count", Organization{Metadata: kind.Some(withNull(keys(20)))}, nil},
		{"metadata of 4 KB is fine", Organization{Metadata: kind.Some(map[string]any{"k": strings.Repeat("<", 4096-8)})}, nil},
		{
			"one byte more is not",
			Organization{Metadata: kind.Some(map[string]any{"k": strings.Repeat("<", 4096-7)})},
			[]string{"trusted_metadata: trusted_metadata would have 4097 bytes of JSON, and Stytch allows 4096"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.give.Slug == "" {
				test.give.Slug = "acme"
			}
			got := problemText(checkOrganization(test.give))
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

func keys(n int) map[string]any {
	metadata := map[string]any{}
	for i := range n {
		metadata[fmt.Sprintf("key%02d", i)] = true
	}
	return metadata
}

func withNull(metadata map[string]any) map[string]any {
	metadata["removed"] = nil
	return metadata
}

func TestAnExternalIDNamesOneOrganizationAndOneMember(t *testing.T) {
	for name, test := range map[string]struct{ got, want []string }{
		"an organization's":       {organization.Unique(&Organization{ExternalID: kind.Some("42")}), []string{"organization_external_id 42"}},
		"an organization's empty": {organization.Unique(&Organization{ExternalID: kind.Some("")}), nil},
		"a member's":              {member.Unique(&Member{ExternalID: kind.Some("42")}), []string{"external_id 42"}},
		"a member's not declared": {member.Unique(&Member{}), nil},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if member.Fold("Ada@X.example") != member.Fold("ada@x.EXAMPLE") || organization.Fold("Acme") == organization.Fold("acme") {
		t.Error("addresses compare without case, slugs with it")
	}
}

func TestTidyOrganizationIsWhatStytchAnswersAndLeavesItsArgumentAlone(t *testing.T) {
	give := Organization{
		Domains:    kind.Some([]string{"ACME.example"}),
		Claimed:    kind.Some([]string{"Acme.Example"}),
		RoleGrants: kind.Some([]EmailRole{{"ACME.example", "Editor"}}),
		Tenants:    kind.Some(map[string][]string{"slack": {}, "github": {"T1"}}),
	}
	got := tidyOrganization(give)
	want := Organization{
		Domains:    kind.Some([]string{"acme.example"}),
		Claimed:    kind.Some([]string{"acme.example"}),
		RoleGrants: kind.Some([]EmailRole{{"acme.example", "Editor"}}),
		Tenants:    kind.Some(map[string][]string{"github": {"T1"}}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tidy form (-want +got):\n%s", diff)
	}
	if give.Domains.Value[0] != "ACME.example" || give.RoleGrants.Value[0].Domain != "ACME.example" || len(give.Tenants.Value) != 2 {
		t.Errorf("the argument became %+v", give)
	}
}

func TestOrganizationReferences(t *testing.T) {
	offers, uses := organizationReferences("", Organization{Slug: "acme", RoleGrants: kind.Some([]EmailRole{
		{"acme.example", "editor"}, {"acme.example", "stytch_admin"},
	})})
	if diff := cmp.Diff([]string{"organization/acme"}, offers); diff != "" {
		t.Errorf("offers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"role/editor"}, uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}
