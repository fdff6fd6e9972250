package catalog

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// settled is an organization as Stytch makes it, in which nothing is restricted.
func settled() Organization {
	some, list := kind.Some[string], kind.Some([]string{})
	return Organization{
		Slug: "acme", Name: some("Acme"), ExternalID: some(""), LogoURL: some(""), Metadata: kind.Some(map[string]any{}),
		Invites: some(allAllowed), EmailJIT: some(notAllowed), Domains: list, SSOJIT: some(allAllowed),
		Methods: some(allAllowed), Allowed: list, MFAPolicy: some("OPTIONAL"), MFAMethods: some(allAllowed), AllowedMFA: list,
		OAuthJIT: some(notAllowed), Tenants: kind.Some(map[string][]string{}), RoleGrants: kind.Some([]EmailRole{}), Claimed: list,
		FirstApps: some(allAllowed), FirstList: list, ThirdApps: some(allAllowed), ThirdList: list,
		SSOAllowed: list, SSODefault: some(""),
	}
}

func with[T any](v T, changes ...func(*T)) T {
	for _, change := range changes {
		change(&v)
	}
	return v
}

func TestOrganizationEffects(t *testing.T) {
	some := kind.Some[string]
	type change = func(*Organization)
	methods := func(list ...string) change {
		return func(o *Organization) { o.Methods, o.Allowed = some(restricted), kind.Some(list) }
	}
	factors := func(list ...string) change {
		return func(o *Organization) { o.MFAMethods, o.AllowedMFA = some(restricted), kind.Some(list) }
	}
	invites := func(value string, domains ...string) change {
		return func(o *Organization) { o.Invites, o.Domains = some(value), kind.Some(domains) }
	}
	required := func(o *Organization) { o.MFAPolicy = some("REQUIRED_FOR_ALL") }
	emailJIT := func(o *Organization) { o.EmailJIT = some(restricted) }
	ssoJIT := func(value string) change { return func(o *Organization) { o.SSOJIT = some(value) } }
	tenants := func(ids ...string) change {
		return func(o *Organization) {
			o.OAuthJIT, o.Tenants = some(restricted), kind.Some(map[string][]string{"slack": ids})
		}
	}
	grants := func(list ...EmailRole) change { return func(o *Organization) { o.RoleGrants = kind.Some(list) } }
	claimed := func(list ...string) change { return func(o *Organization) { o.Claimed = kind.Some(list) } }
	apps := func(value string, list ...string) change {
		return func(o *Organization) { o.ThirdApps, o.ThirdList = some(value), kind.Some(list) }
	}

	tests := []struct {
		name          string
		before, after []change
		risks         []string // "class: reason"
		consequences  []string
	}{
		{name: "a new name harms nobody", after: []change{func(o *Organization) { o.Name = some("Acme, Inc.") }}},
		{
			name: "restricting the methods takes the others away", after: []change{methods("sso", "password", "magic_link")},
			risks: []string{"access-removed: members can no longer log in with email_otp, github_oauth, google_oauth, hubspot_oauth, microsoft_oauth and slack_oauth; breakglass members are exempt"},
		},
		{
			name: "single sign-on alone can lock everybody out", before: []change{methods("sso", "password")}, after: []change{methods("sso")},
			risks: []string{
				"access-removed: members can no longer log in with password; breakglass members are exempt",
				"lock-out: single sign-on is the only way in that remains: without a working connection none but breakglass members can log in",
			},
		},
		{
			name: "a method that is allowed again widens access", before: []change{methods("sso")}, after: []change{methods("sso", "password")},
			risks: []string{"access-widened: members can log in with password"},
		},
		{name: "a restriction that names every method changes nothing for people", after: []change{methods(everyMethod...)}},
		{
			name: "a second factor that is no longer required weakens", before: []change{required},
			risks: []string{"authentication-weakened: a second factor is asked of members with mfa_enrolled alone, and no longer of all"},
		},
		{
			name: "a second factor that becomes required asks people to set one up", after: []change{required},
			risks: []string{"lock-out: members without a second factor must set one up when they log in next, before they get in; live sessions stay valid"},
		},
		{
			name: "a further second factor weakens", before: []change{factors("totp")},
			risks: []string{"authentication-weakened: sms_otp counts as a second factor too"},
		},
		{
			name: "a second factor that no longer counts is taken from people", after: []change{factors("totp")},
			risks: []string{
				"access-removed: sms_otp no longer counts as a second factor; breakglass members are exempt",
				"lock-out: members who have no other second factor must set one up when they log in next, before they get in",
			},
		},
		{
			name: "open invitations widen", before: []change{invites(restricted, "acme.example")}, after: []change{invites(allAllowed, "acme.example")},
			risks: []string{"access-widened: anybody can be invited (was RESTRICTED)"},
		},
		{name: "restricted invitations narrow, which takes nothing from members", after: []change{invites(restricted, "acme.example")}},
		{
			name: "a further domain for invitations widens", before: []change{invites(restricted, "acme.example")},
			after: []change{invites(restricted, "ACME.example", "globex.example")},
			risks: []string{"access-widened: people with addresses of globex.example can be invited"},
		},
		{name: "a domain that no setting uses widens nothing", after: []change{invites(allAllowed, "globex.example")}},
		{
			name: "e-mail provisioning widens", before: []change{invites(allAllowed, "acme.example")},
			after: []change{invites(allAllowed, "acme.example"), emailJIT},
			risks: []string{"access-widened: people with addresses of email_allowed_domains can join by themselves (was NOT_ALLOWED)"},
		},
		{
			name: "a further domain for e-mail provisioning lets people join", before: []change{emailJIT, invites(allAllowed, "acme.example")},
			after: []change{emailJIT, invites(allAllowed, "acme.example", "globex.example")},
			risks: []string{"access-widened: people with addresses of globex.example can join by themselves"},
		},
		{
			name: "SSO provisioning widens", before: []change{ssoJIT(notAllowed)},
			risks: []string{"access-widened: whoever logs in through any of the organization's SSO connections becomes a member (was NOT_ALLOWED)"},
		},
		{name: "SSO provisioning that ends takes nothing from members", after: []change{ssoJIT(notAllowed)}},
		{
			name: "a further tenant widens", before: []change{tenants("T1")}, after: []change{tenants("T1", "T2")},
			risks: []string{"access-widened: people of slack's T2 become members by logging in"},
		},
		{
			name: "implicit roles are gained and lost", before: []change{grants(EmailRole{"acme.example", "viewer"})},
			after: []change{grants(EmailRole{"acme.example", "editor"})},
			risks: []string{
				"access-widened: members with a verified address gain a role by their domain: editor for acme.example",
				"access-removed: members with a verified address lose a role that they have by their domain alone: viewer for acme.example",
			},
		},
		{
			name: "a claimed domain binds its addresses", after: []change{claimed("acme.example")},
			consequences: []string{"addresses of acme.example can no longer be used in organizations that do not claim the domain"},
		},
		{
			name: "a released domain frees its addresses", before: []change{claimed("acme.example")},
			risks: []string{"access-widened: addresses of acme.example can be used in other organizations"},
		},
		{
			name: "tightening connected apps may uninstall some", after: []change{apps(restricted, "app-1")},
			risks: []string{"access-removed: third-party Connected Apps that are no longer allowed may be uninstalled for its members"},
		},
		{
			name: "dropping one of the allowed apps may uninstall it", before: []change{apps(restricted, "app-1", "app-2")}, after: []change{apps(restricted, "app-1")},
			risks: []string{"access-removed: third-party Connected Apps that are no longer allowed may be uninstalled for its members"},
		},
		{
			name: "more connected apps widen", before: []change{apps(notAllowed)}, after: []change{apps(restricted, "app-1")},
			risks: []string{"access-widened: members can use more third-party Connected Apps"},
		},
		{name: "a list of apps that is not in force harms nobody", before: []change{apps(allAllowed, "app-1")}},
		{
			name: "a new slug breaks links", after: []change{func(o *Organization) { o.Slug = "globex" }},
			consequences: []string{`links and login pages that name the old slug "acme" stop working, and another organization may take it`},
		},
		{
			name: "another external id leaves the old one behind", before: []change{func(o *Organization) { o.ExternalID = some("42") }},
			consequences: []string{`whoever names the organization by its old external id "42" no longer finds it`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, after := with(settled(), test.before...), with(settled(), test.after...)
			got := organizationEffects(kind.Transition[Organization]{
				Action: plan.Update, Live: kind.Live[Organization]{Value: before}, After: after, Changed: changedBetween(before, after),
			})
			if diff := cmp.Diff(test.risks, riskText(got)); diff != "" {
				t.Errorf("risks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.consequences, got.Consequences); diff != "" {
				t.Errorf("consequences (-want +got):\n%s", diff)
			}
		})
	}
}

// changedBetween names the attributes that differ and that effects ask for.
func changedBetween(before, after Organization) map[string]bool {
	return map[string]bool{
		"organization_slug":        before.Slug != after.Slug,
		"organization_external_id": before.ExternalID != after.ExternalID,
	}
}

func riskText(e plan.Effects) []string {
	var lines []string
	for _, r := range e.Risks {
		lines = append(lines, r.Class+": "+r.Reason)
	}
	return lines
}

func TestDeletingAnOrganizationIsForGood(t *testing.T) {
	got := organizationEffects(kind.Transition[Organization]{Action: plan.Delete, Live: kind.Live[Organization]{Value: settled(), Nested: 12}})
	sameParts(t, riskText(got), []string{
		"irreversible: Stytch cannot bring a deleted organization back", "sessions-revoked: the sessions of all its members end",
		"access-removed: deleting this organization removes its 12 members",
	})
}

func TestANewOrganizationTellsWhoCanComeInByThemselves(t *testing.T) {
	domains := func(o *Organization) { o.Domains = kind.Some([]string{"acme.example", "Acme.test"}) }
	for _, test := range []struct {
		name     string
		change   func(*Organization)
		declared string
		want     []string
	}{
		{"Stytch's defaults are what a new organization is", func(*Organization) {}, "organization_name", nil},
		{"domains alone let nobody in", func(o *Organization) { domains(o); o.Invites = kind.Some(notAllowed) }, "email_allowed_domains", nil},
		{
			"people of a domain join", func(o *Organization) { domains(o); o.EmailJIT = kind.Some(restricted) }, "email_jit_provisioning",
			[]string{"access-widened: people with addresses of acme.example and acme.test can join by themselves"},
		},
		{
			"people of a domain are invited", func(o *Organization) { domains(o); o.Invites = kind.Some(restricted) }, "email_invites",
			[]string{"access-widened: people with addresses of acme.example and acme.test can be invited"},
		},
		{"anybody, and somebody wrote so", func(o *Organization) { o.Invites = kind.Some(allAllowed) }, "email_invites", []string{"access-widened: anybody can be invited"}},
		{
			"every connection, and somebody wrote so", func(o *Organization) { o.SSOJIT = kind.Some(allAllowed) }, "sso_jit_provisioning",
			[]string{"access-widened: whoever logs in through any of the organization's SSO connections becomes a member"},
		},
		{
			"people of a tenant", func(o *Organization) {
				o.OAuthJIT, o.Tenants = kind.Some(restricted), kind.Some(map[string][]string{"slack": {"T1"}, "github": {}})
			}, "allowed_oauth_tenants",
			[]string{"access-widened: people of slack's T1 become members by logging in"},
		},
		{
			"a role by domain", func(o *Organization) {
				o.RoleGrants = kind.Some([]EmailRole{{RoleID: "editor", Domain: "acme.example"}})
			}, "rbac_email_implicit_role_assignments",
			[]string{"access-widened: members with a verified address gain a role by their domain: editor for acme.example"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := organizationEffects(kind.Transition[Organization]{
				Action: plan.Create, After: with(Organization{Invites: kind.Some(allAllowed), SSOJIT: kind.Some(allAllowed)}, test.change), Changed: map[string]bool{test.declared: true},
			})
			if diff := cmp.Diff(test.want, riskText(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRestrictedSSOProvisioningNeedsAConnection(t *testing.T) {
	for connections, want := range map[string]int{"": 1, "saml_connection/Okta": 0} {
		o := with(settled(), func(o *Organization) {
			o.Slug, o.SSOJIT, o.SSOAllowed = "acme", kind.Some(restricted), kind.Some(slices.DeleteFunc([]string{connections}, func(c string) bool { return c == "" }))
		})
		if got := checkOrganization(o); len(got) != want || want == 1 && got[0].Attribute != "sso_jit_provisioning" {
			t.Errorf("with %q: problems %+v, want %d about sso_jit_provisioning", connections, got, want)
		}
	}
}

func TestAllowedConnectionsGoByTheirNames(t *testing.T) {
	b := newBench(t, sandbox.Knobs{})
	id := b.organization(Organization{Slug: "acme"})
	connection, err := b.server.AddSSOConnection(b.project, id, "Okta")
	b.must(err)
	path := client.Path("/v1/b2b/organizations/%s", id)
	b.must(b.client.Data(t.Context(), client.Request{
		Method: http.MethodPut, Path: path, Body: map[string]any{"sso_jit_provisioning_allowed_connections": []string{connection}},
	}, nil))
	for live, err := range listOrganizations(t.Context(), b.client, nil) {
		b.must(err)
		if diff := cmp.Diff([]string{"saml_connection/Okta"}, live.Value.SSOAllowed.Value); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAClosedWayToLogInTakesAGrantFromEveryMember(t *testing.T) {
	only := func(list ...string) func(*Organization) {
		return func(o *Organization) { o.Methods, o.Allowed = kind.Some(restricted), kind.Some(list) }
	}
	before, after := with(settled(), only("sso", "password", "email_otp")), with(settled(), only("sso"))
	got := organizationEffects(kind.Transition[Organization]{
		Action: plan.Update, Live: kind.Live[Organization]{Value: before, Nested: 214}, After: after, Changed: changedBetween(before, after),
	})
	if want := 2 * 214; got.Removals != want {
		t.Errorf("%d grants are lost, want %d", got.Removals, want)
	}
	if want := []string{"closing a way to log in concerns the organization's 214 members"}; !cmp.Equal(want, got.Consequences) {
		t.Errorf("consequences: %q", got.Consequences)
	}
}
