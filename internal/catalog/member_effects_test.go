package catalog

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestMemberEffectsOfAnUpdate(t *testing.T) {
	some := kind.Some[string]
	ada := Member{
		Email: "ada@acme.example", ExternalID: some("42"), Phone: some("+14155550123"), DefaultMFA: some("sms_otp"),
		Roles: kind.Some([]string{"editor", "viewer"}), Breakglass: kind.Some(true), Enrolled: kind.Some(true),
	}
	type change = func(*Member)
	const cleared = "password-cleared: Stytch clears the member's password with the change of address"
	tests := []struct {
		name         string
		live         kind.Live[Member]
		change       change
		changed      string
		risks        []string
		consequences []string // parts of them
		problem      string
	}{
		{name: "a new name harms nobody", change: func(m *Member) { m.Name = some("Ada") }, changed: "name"},
		{
			name: "another address", change: func(m *Member) { m.Email = "ada@globex.example" }, changed: "email_address",
			risks: []string{cleared},
			consequences: []string{
				"ada@globex.example is not verified", "ada@acme.example is retired", "roles that come by the domain",
			},
		},
		{
			name: "another address of the same domain keeps its roles", change: func(m *Member) { m.Email = "lovelace@ACME.example" },
			changed: "email_address", risks: []string{cleared}, consequences: []string{"is not verified", "is retired"},
		},
		{
			name: "going back to a retired address", live: kind.Live[Member]{Aliases: []string{"Lovelace@acme.example"}},
			change: func(m *Member) { m.Email = "lovelace@acme.example" }, changed: "email_address", risks: []string{cleared},
			consequences: []string{"is not verified", "ada@acme.example is retired", "lovelace@acme.example is one of the member's retired addresses"},
		},
		{
			name: "no second factor any more", change: func(m *Member) { m.Enrolled = kind.Some(false) }, changed: "mfa_enrolled",
			risks: []string{"authentication-weakened: no second factor is asked of the member unless the organization requires one of all"},
		},
		{
			name: "another phone number", change: func(m *Member) { m.Phone = some("+14155550199") }, changed: "mfa_phone_number",
			risks:        []string{"authentication-weakened: between removing the old phone number and setting the new one the member has none; the new one is not verified"},
			consequences: []string{"takes two requests and works for active members alone"},
		},
		{
			name: "no phone number", change: func(m *Member) { m.Phone = some("") }, changed: "mfa_phone_number",
			risks:        []string{"authentication-weakened: the member has no phone number for second factors any more"},
			consequences: []string{"works for active members alone", "default_mfa_method is reset with it"},
		},
		{
			name:   "another number while the member is pending is refused",
			live:   kind.Live[Member]{Value: Member{Email: "ada@acme.example", Phone: some(""), Inactive: "pending"}},
			change: func(m *Member) { m.Phone = some("+14155550199") }, changed: "mfa_phone_number",
			consequences: []string{"works for active members alone"}, problem: "mfa_phone_number",
		},
		{
			name:   "a number that another member has is refused before the old one goes",
			change: func(m *Member) { m.Phone = some("+14155550000") }, changed: "mfa_phone_number",
			risks:        []string{"authentication-weakened: between removing the old phone number and setting the new one the member has none; the new one is not verified"},
			consequences: []string{"takes two requests and works for active members alone"}, problem: "mfa_phone_number",
		},
		{
			name:   "an authenticator app that nobody set up is no default",
			change: func(m *Member) { m.DefaultMFA = some("totp") }, changed: "default_mfa_method", problem: "default_mfa_method",
		},
		{
			name: "one that is set up can be the default", live: kind.Live[Member]{Value: Member{Email: "ada@acme.example", App: true}},
			change: func(m *Member) { m.DefaultMFA = some("totp") }, changed: "default_mfa_method",
		},
		{
			name: "a default without its factor is refused", change: func(m *Member) { m.Phone = some("") }, changed: "default_mfa_method",
			problem: "default_mfa_method",
		},
		{
			name: "breakglass ends", change: func(m *Member) { m.Breakglass = kind.Some(false) }, changed: "is_breakglass",
			risks: []string{"access-removed: the member is held to the organization's methods again, and cannot log in by others"},
		},
		{
			name: "breakglass begins", live: kind.Live[Member]{Value: Member{Email: "ada@acme.example", Breakglass: kind.Some(false)}},
			change: func(m *Member) { m.Breakglass = kind.Some(true) }, changed: "is_breakglass",
			risks: []string{"authentication-weakened: the member may log in by methods that the organization does not allow"},
		},
		{name: "a role that goes is told by its grant", change: func(m *Member) { m.Roles = kind.Some([]string{"viewer"}) }, changed: "roles"},
		{
			name: "a role that goes from a member who came by SSO may end sessions", live: kind.Live[Member]{Owner: "sso"},
			change: func(m *Member) { m.Roles = kind.Some([]string{"viewer"}) }, changed: "roles",
			risks: []string{"sessions-revoked: if an SSO connection gives editor too, the sessions that came by it end, and the role stays"},
		},
		{
			name: "another external id", change: func(m *Member) { m.ExternalID = some("43") }, changed: "external_id",
			consequences: []string{`by the old external_id "42"`},
		},
	}
	others := []kind.Live[Member]{{ID: "ada", Value: ada}, {ID: "bob", Value: Member{Email: "bob@acme.example", Phone: some("+14155550000")}}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.live.ID = "ada"
			if test.live.Value.Email == "" {
				test.live.Value = ada
			}
			got := memberEffects(kind.Transition[Member]{
				Action: plan.Update, Live: test.live, After: with(test.live.Value, test.change), Changed: map[string]bool{test.changed: true},
				Siblings: func() iter.Seq[kind.Live[Member]] { return slices.Values(others) },
			})
			if diff := cmp.Diff(test.risks, riskText(got)); diff != "" {
				t.Errorf("risks (-want +got):\n%s", diff)
			}
			sameParts(t, got.Consequences, test.consequences)
			if removed := strings.Count(strings.Join(test.risks, "\n"), plan.AccessRemoved); got.Removals != removed {
				t.Errorf("%d grants are counted as lost, want %d", got.Removals, removed)
			}
			if (len(got.Problems) > 0) != (test.problem != "") || len(got.Problems) > 0 && got.Problems[0].Attribute != test.problem {
				t.Errorf("problems %+v, want one about %q", got.Problems, test.problem)
			}
		})
	}
}

// sameParts wants as many lines as parts, each line holding its part.
func sameParts(t *testing.T, lines, parts []string) {
	t.Helper()
	if len(lines) != len(parts) {
		t.Fatalf("consequences %q, want %q", lines, parts)
	}
	for i := range lines {
		if !strings.Contains(lines[i], parts[i]) {
			t.Errorf("consequence %q, want %q", lines[i], parts[i])
		}
	}
}

func TestARestorationSaysWhatComesBackAndWhatDoesNot(t *testing.T) {
	got := memberEffects(kind.Transition[Member]{Action: plan.Restore, Live: kind.Live[Member]{Gone: true, Revives: true}})
	if diff := cmp.Diff([]string{"access-widened: the deleted member comes back as active"}, riskText(got)); diff != "" {
		t.Errorf("risks (-want +got):\n%s", diff)
	}
	sameParts(t, got.Consequences, []string{"comes back: the member_id", "does not come back: password"})

	got = memberEffects(kind.Transition[Member]{Action: plan.Restore, Live: kind.Live[Member]{Gone: true}})
	if len(got.Risks) != 1 || got.Risks[0].Class != plan.AccessWidened {
		t.Errorf("risks %+v, want access-widened", got.Risks)
	}
	sameParts(t, got.Consequences, []string{"a new member with a new member_id is created"})
}

func TestADeletionSaysWhatIsDestroyed(t *testing.T) {
	got := memberEffects(kind.Transition[Member]{Action: plan.Delete, Live: kind.Live[Member]{Owner: "scim"}})
	var classes []string
	for _, r := range got.Risks {
		classes = append(classes, r.Class)
	}
	if diff := cmp.Diff([]string{plan.SessionsRevoked, plan.Irreversible}, classes); diff != "" {
		t.Errorf("risks (-want +got):\n%s", diff)
	}
	sameParts(t, got.Consequences, []string{"a new member with a new member_id", "may bring them again"})
}

func TestNobodyIsNewWithAnAuthenticatorApp(t *testing.T) {
	some := kind.Some[string]
	for _, test := range []struct {
		name string
		give Member
		want bool
	}{
		{"no default", Member{}, false},
		{"an authenticator app", Member{DefaultMFA: some("totp")}, true},
		{"a number that is given", Member{DefaultMFA: some("sms_otp"), Phone: some("+14155550123")}, false},
		{"a number that is not", Member{DefaultMFA: some("sms_otp"), Phone: some("")}, true},
	} {
		for _, action := range []plan.Action{plan.Create, plan.Restore} {
			got := memberEffects(kind.Transition[Member]{Action: action, After: test.give})
			if (len(got.Problems) == 1) != test.want {
				t.Errorf("%s, %s: problems %+v", test.name, action, got.Problems)
			}
		}
	}
}

func TestWhatANewMemberMayDoIsSaid(t *testing.T) {
	for _, test := range []struct {
		name string
		in   Member
		want []string
	}{
		{"nothing but being one", Member{Name: kind.Some("Ada")}, nil},
		{"a role", Member{Roles: kind.Some([]string{"editor"})}, []string{"access-widened: a new member has the role editor"}},
		{
			"roles, and past the organization's methods",
			Member{Roles: kind.Some([]string{"viewer", "editor"}), Breakglass: kind.Some(true)},
			[]string{
				"access-widened: a new member has the roles editor and viewer",
				"authentication-weakened: the member may log in by methods that the organization does not allow",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := memberEffects(kind.Transition[Member]{Action: plan.Create, After: test.in})
			if diff := cmp.Diff(test.want, riskText(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
