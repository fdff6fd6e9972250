package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAnOrganizationLetsPeopleInByWhatItAllows(t *testing.T) {
	for _, test := range []struct {
		name        string
		methods     string
		allowed     []string
		connections int
		want        int
	}{
		{"everything", allAllowed, nil, 0, 1},
		{"everything, whatever the list says", allAllowed, []string{"sso"}, 0, 1},
		{"everything, and by each connection", allAllowed, nil, 2, 3},
		{"a password", restricted, []string{"password"}, 0, 1},
		{"single sign-on through a connection", restricted, []string{"sso"}, 1, 1},
		{"single sign-on through either of two", restricted, []string{"sso"}, 2, 2},
		{"single sign-on without one", restricted, []string{"sso"}, 0, 0},
		{"single sign-on or magic links", restricted, []string{"magic_link", "sso"}, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Organization{Methods: kind.Some(test.methods), Allowed: kind.Some(test.allowed), Connections: test.connections}
			var want []plan.Lifeline
			for range test.want {
				want = append(want, plan.Lifeline{Where: "organization/acme", What: "a way to log in"})
			}
			if diff := cmp.Diff(want, organizationLifelines("", "acme", nil, &o)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoHoldsUpALifelineOfAnOrganization(t *testing.T) {
	exempt := Member{Breakglass: kind.Some(true)}
	for _, test := range []struct {
		name   string
		member Member
		want   []string
	}{
		{"nobody in particular", Member{Roles: kind.Some([]string{"editor"}), Breakglass: kind.Some(false)}, nil},
		{"an admin", Member{Roles: kind.Some([]string{"editor", "stytch_admin"})}, []string{plan.Administrator}},
		{"a breakglass member", exempt, []string{wayIn}},
		{"not one who is invited", with(exempt, func(m *Member) { m.Inactive = "invited" }), nil},
		{"not one who will be pending", with(exempt, func(m *Member) { m.Pending = kind.Some(true) }), nil},
		{"both", with(exempt, func(m *Member) { m.Roles = kind.Some([]string{"stytch_admin"}) }), []string{wayIn, plan.Administrator}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, l := range memberLifelines("organization/acme", "ada@acme.example", nil, &test.member) {
				if l.Where != "organization/acme" {
					t.Errorf("it hangs on %s", l.Where)
				}
				got = append(got, l.What)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProfileHoldsTheKeysThatAreInUse(t *testing.T) {
	keys := func(keys ...string) *TrustedTokenProfile { return &TrustedTokenProfile{PEMFiles: kind.Some(keys)} }
	for _, test := range []struct {
		name    string
		live, p *TrustedTokenProfile
		want    int
	}{
		{"those that are live", keys("A", "B"), keys("A", "B"), 2},
		{"those that stay", keys("A", "B"), keys("B", "C"), 1},
		{"whatever their line endings", keys("A\r\nB\r\n"), keys("A\nB"), 1},
		{"no new ones", keys("A"), keys("B"), 0},
		{"neither itself nor a key, when it is new", nil, keys("A"), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			held := trustedTokenProfileLifelines("", "p", test.live, test.p)
			if test.live == nil {
				if len(held) > 0 {
					t.Errorf("nobody knows it yet: %v", held)
				}
				return
			}
			if held[0].Where != "" {
				t.Errorf("a profile is one of the environment: %v", held)
			}
			if got := len(held) - 1; got != test.want || got > 0 && held[1].Where != "trusted_token_profile/p" {
				t.Errorf("%d keys in %v, want %d", got, held, test.want)
			}
		})
	}
}

func TestWhatAdminsMayHoldsUp(t *testing.T) {
	whole := permissions{"stytch.member": {"*"}, "stytch.organization": {"*"}}
	of := func(p permissions) []string {
		var held []string
		for _, l := range rbacPolicyLifelines("", "", nil, &RBACPolicy{Admin: kind.Some(p)}) {
			held = append(held, l.What)
		}
		return held
	}
	members, settings := "admins who can manage members", "admins who can manage settings"
	for _, test := range []struct {
		name  string
		admin permissions
		want  []string
	}{
		{"everything", whole, []string{members, settings}},
		{"what it takes", permissions{"stytch.member": {"create", "search", "update.settings.roles"}, "stytch.organization": {"update.settings.allowed-auth-methods"}}, []string{members, settings}},
		{"spelled as in the documentation", permissions{"stytch.organization": {"update.settings.allowed_auth_methods"}}, []string{settings}},
		{"members without roles", permissions{"stytch.member": {"create", "search", "delete"}}, nil},
		{"nothing", permissions{"documents": {"*"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, of(test.admin)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoStepOfAPolicyHoldsLessThanBothEnds(t *testing.T) {
	actions := append([]string{wildcard}, managing[0].actions...)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) RBACPolicy {
			p := permissions{}
			for _, m := range managing {
				p[m.resource] = slices.Clone(m.actions[:rapid.IntRange(0, len(m.actions)).Draw(t, label+m.resource)])
				if rapid.IntRange(0, 3).Draw(t, label+" all of "+m.resource) == 0 {
					p[m.resource] = actions[:1]
				}
			}
			return RBACPolicy{Admin: kind.Some(p)}
		}
		live, after := draw("live"), draw("after")
		held := func(p RBACPolicy) []plan.Lifeline { return rbacPolicyLifelines("", "", &live, &p) }
		for i, state := range splitRBACPolicy(live, after) {
			for _, l := range held(live) {
				if slices.Contains(held(after), l) && !slices.Contains(held(state), l) {
					t.Fatalf("step %d lets go of %s: %v", i, l, state.Admin)
				}
			}
		}
	})
}

func TestARoleHangsOnADomainWhenNothingElseGivesIt(t *testing.T) {
	const here, elsewhere = `{"type": "email_assignment", "details": {"email_domain": "Acme.example"}}`, `{"type": "email_assignment", "details": {"email_domain": "b.example"}}`
	const unsaid, direct = `{"type": "email_assignment"}`, `{"type": "direct_assignment", "details": {}}`
	for _, test := range []struct {
		name, sources string
		want          bool
	}{
		{"the domain", here, true},
		{"another domain", elsewhere, false},
		{"both", here + "," + elsewhere, false},
		{"a role of one's own beside it", here + "," + direct, false},
		{"a domain that the answer does not name", unsaid, true},
		{"nothing that the answer names", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var role roleAnswer
			if err := kind.DecodeJSON([]byte(`{"role_id": "editor", "sources": [`+test.sources+`]}`), &role); err != nil {
				t.Fatal(err)
			}
			if got := role.hangsOn([]string{"acme.example"}); got != test.want {
				t.Error(got)
			}
			if role.hangsOn(nil) {
				t.Error("it hangs on no domain at all")
			}
		})
	}
}

func TestWhoHasARoleByTheirDomainAloneIsCounted(t *testing.T) {
	w := newBench(t, sandbox.Knobs{})
	w.roles("editor", "viewer")
	rules := func(rules ...string) kind.Opt[[]EmailRole] {
		var grants []EmailRole
		for _, rule := range rules {
			role, domain, _ := strings.Cut(rule, "@")
			grants = append(grants, EmailRole{Domain: domain, RoleID: role})
		}
		return kind.Some(grants)
	}
	all := rules("editor@acme.example", "viewer@acme.example", "editor@other.example")
	id := w.organization(Organization{Slug: "acme", RoleGrants: all})
	for _, m := range []Member{
		{Email: "ada@acme.example"}, {Email: "bob@Acme.example", Roles: kind.Some([]string{"editor"})}, {Email: "cyd@other.example"}, {Email: "dan@third.example"},
	} {
		w.must(w.server.MarkVerified(w.project, w.member(id, m)))
	}
	w.member(id, Member{Email: "eve@acme.example"}) // never verified: she has no role by it
	for _, test := range []struct {
		name  string
		after kind.Opt[[]EmailRole]
		want  map[plan.Grant]int
	}{
		{"one rule: bob keeps the role that is his own", rules("viewer@acme.example", "editor@other.example"), map[plan.Grant]int{{What: "role editor", Where: "organization/acme"}: 1}},
		{"another", rules("editor@ACME.example", "editor@other.example"), map[plan.Grant]int{{What: "role viewer", Where: "organization/acme"}: 2}},
		{"all", rules(), map[plan.Grant]int{{What: "role editor", Where: "organization/acme"}: 2, {What: "role viewer", Where: "organization/acme"}: 2}},
		{"one more costs no request", rules("viewer@third.example", "editor@acme.example", "viewer@acme.example", "editor@other.example"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.server.ResetRequests()
			live := kind.Live[Organization]{ID: id, Value: Organization{Slug: "acme", RoleGrants: all}}
			got, err := countDomainRoles(t.Context(), w.client, live, Organization{Slug: "acme", RoleGrants: test.after})
			w.must(err)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if asked := len(w.server.Requests()) > 0; asked != (test.want != nil) {
				t.Errorf("asked: %v", asked)
			}
		})
	}
}

// crew is three organizations whose people have roles, in a sandbox that takes
// two organizations a search.
func crew(t *testing.T) (*bench, []kind.Live[Organization]) {
	b := newBench(t, sandbox.Knobs{MaxOrganizationIDs: 2})
	b.roles("editor", "viewer")
	var organizations []kind.Live[Organization]
	for _, slug := range []string{"acme", "globex", "hooli"} {
		id := b.organization(Organization{Slug: slug})
		organizations = append(organizations, kind.Live[Organization]{ID: id})
		b.member(id, Member{Email: "ada@acme.example", Roles: kind.Some([]string{"editor", "viewer"}), Breakglass: kind.Some(slug != "hooli")})
		b.member(id, Member{Email: "bob@acme.example", Roles: kind.Some([]string{"viewer"})})
		b.member(id, Member{Email: "eve@acme.example", Breakglass: kind.Some(true), Pending: kind.Some(true)})
	}
	b.server.ResetRequests()
	return b, organizations
}

func TestOnlyActiveBreakglassMembersAreCounted(t *testing.T) {
	b, organizations := crew(t)
	got, err := countBreakglass(t.Context(), b.client, organizations)
	b.must(err)
	if diff := cmp.Diff(map[string]int{organizations[0].ID: 1, organizations[1].ID: 1}, got); diff != "" {
		t.Error(diff)
	}
	if n := len(b.server.Requests()); n != 3 {
		t.Errorf("%d searches; one of three that is refused and its halves are three", n)
	}
}

func TestWhoHasARoleThatGoesIsCounted(t *testing.T) {
	b, _ := crew(t)
	policy := func(roles ...string) RBACPolicy {
		p := RBACPolicy{Roles: kind.Some(map[string]CustomRole{})}
		for _, id := range roles {
			p.Roles.Value[id] = CustomRole{}
		}
		return p
	}
	for _, test := range []struct {
		name        string
		live, after RBACPolicy
		want        map[plan.Grant]int
		asked       bool
	}{
		{"one role", policy("editor", "viewer"), policy("viewer"), map[plan.Grant]int{{What: "role editor"}: 3}, true},
		{"both", policy("editor", "viewer"), policy(), map[plan.Grant]int{{What: "role editor"}: 3, {What: "role viewer"}: 6}, true},
		{"one that comes costs no request", policy("editor"), policy("editor", "viewer"), nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.server.ResetRequests()
			got, err := countHolders(t.Context(), b.client, kind.Live[RBACPolicy]{Value: test.live}, test.after)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if asked := len(b.server.Requests()) > 0; asked != test.asked {
				t.Errorf("asked: %v", asked)
			}
		})
	}
	t.Run("whom Stytch counts and does not give may have any of them", func(t *testing.T) {
		got := unseen(map[plan.Grant]int{{What: "role editor"}: 3}, "", []string{"editor", "viewer"}, &kind.Miscount{Rows: 3, Total: 5})
		if diff := cmp.Diff(map[plan.Grant]int{{What: "role editor"}: 5, {What: "role viewer"}: 2}, got); diff != "" {
			t.Error(diff)
		}
	})
}
