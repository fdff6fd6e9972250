package kindtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// urls declares n redirect URLs from the first on.
func urls(first, n int) string {
	var b strings.Builder
	b.WriteString("redirect_urls:\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "  https://app%d.acme.example/: {valid_types: [{type: LOGIN}]}\n", i)
	}
	return b.String()
}

func (w *World) urls(t *testing.T) int {
	t.Helper()
	return len(w.Ask(t, http.MethodGet, "~/redirect_urls/all", nil)["redirect_urls"].([]any))
}

func TestMoreDeletionsThanTheLimitAreBlockedAndNamingItLetsThemThrough(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state(urls(0, 59))) // beside the one of every new environment
	fewer := state("policy: {undeclared: {redirect_urls: delete}}\n" + urls(11, 48))
	p := refused(t, w, fewer, nil, "deletes")
	if p.Summary.Delete != 12 || p.Blocked[0].Lift != "--allow deletes=12" {
		t.Errorf("%d deletions, lifted by %q", p.Summary.Delete, p.Blocked[0].Lift)
	}
	refused(t, w, fewer, []string{"deletes=11"}, "deletes")
	if w.urls(t) != 60 {
		t.Fatalf("%d URLs are left of 60", w.urls(t))
	}
	if p := w.Converge(t, fewer, "deletes=12"); p.Summary.Delete != 12 || w.urls(t) != 48 {
		t.Errorf("%d deleted, %d left", p.Summary.Delete, w.urls(t))
	}
}

func TestASmallSetNeverLosesMoreThanHalf(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state(urls(0, 3)))
	one := state("policy: {undeclared: {redirect_urls: delete}}\n" + urls(0, 1))
	p := refused(t, w, one, nil, "delete_percent")
	if p.Blocked[0].Lift != "--allow delete_percent=75" {
		t.Errorf("lifted by %q", p.Blocked[0].Lift)
	}
	w.Converge(t, one, "delete_percent=75")
	if w.urls(t) != 1 {
		t.Errorf("%d URLs are left, want 1", w.urls(t))
	}
}

func TestALimitIsOnlyRaisedByAllow(t *testing.T) {
	w := New(t, Options{})
	for _, test := range []struct{ name, allow, want string }{
		{"an unknown limit", "delets=3", `--allow "delets=3" names no limit that it could raise: did you mean deletes?`},
		{"a limit without number", "deletes", `--allow "deletes" names no limit that it could raise: write LIMIT=N, such as deletes=12`},
		{"a negative number", "deletes=-1", `--allow "deletes=-1" names no limit that it could raise: write LIMIT=N, such as deletes=12`},
		{"a number below the limit", "deletes=3", `--allow "deletes=3" names no limit that it could raise: the documents already allow 10`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := w.TryPlan(t, state(urls(0, 1)), test.allow)
			if err == nil || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestAProtectedOrganizationIsNotDeleted(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {}\nbob@acme.example: {}"))
	const absent = "organizations: {acme: {absent: true}}\n"
	protected := state("policy: {protect: [organization/acme]}\n" + absent)
	refused(t, w, protected, nil, "delete_percent", "protect")
	refused(t, w, protected, []string{"delete_percent=100"}, "protect")
	refused(t, w, state("policy: {protect: [organization/acme/member/ADA@acme.example]}\n"+absent), []string{"delete_percent=100"}, "protect")
	refused(t, w, state(absent), nil, "delete_percent")
	p := w.Converge(t, state(absent), "delete_percent=100")
	only(t, p, "delete organization/acme")
	if w.Organization(t, "acme") != nil {
		t.Error("the organization is still there")
	}
}

func TestDeletingAnOrganizationCountsItsMembers(t *testing.T) {
	w := New(t, Options{})
	var members strings.Builder
	for i := range 12 {
		fmt.Fprintf(&members, "m%d@acme.example: {}\n", i)
	}
	w.Converge(t, acme(members.String()))
	absent := state("organizations: {acme: {absent: true}}\n")
	p := refused(t, w, absent, []string{"delete_percent=100"}, "deletes")
	if p.Blocked[0].Lift != "--allow deletes=13" {
		t.Errorf("lifted by %q, want the organization and its 12 members", p.Blocked[0].Lift)
	}
	w.Converge(t, absent, "delete_percent=100", "deletes=13")
}

func TestADeletedMemberIsNeverRestoredSilently(t *testing.T) {
	const roles = "rbac_policy: {custom_roles: {editor: {}}}\n"
	ada := roles + "organizations:\n  acme:\n    organization_name: Acme\n    members:\n      ada@acme.example: {name: Ada, roles: [editor], external_id: user-1}\n"
	for _, test := range []struct {
		name     string
		verified bool
	}{
		{"one whose address was verified comes back as the same member, with roles", true},
		{"one whose address was not is created anew", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := New(t, Options{})
			w.Converge(t, state(ada))
			before := w.Member(t, "acme", "ada@acme.example")
			if test.verified {
				if err := w.Sandbox.MarkVerified(w.Target.ProjectID, id(before)); err != nil {
					t.Fatal(err)
				}
			}
			w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+before["organization_id"].(string)+"/members/"+id(before), nil)

			p := refused(t, w, state(ada), nil, "restorations")
			only(t, p, "restore organization/acme/member/ada@acme.example")
			if !strings.Contains(consequences(p), "access-widened") {
				t.Errorf("the plan does not call it access-widened:\n%s", consequences(p))
			}
			w.Converge(t, state(ada), "restorations=1")
			after := w.Member(t, "acme", "ada@acme.example")
			if same := id(after) == id(before); same != test.verified {
				t.Errorf("member_id was %s and is %s", id(before), id(after))
			}
			if diff := cmp.Diff([]any{"editor"}, assigned(after)); diff != "" || after["status"] != "active" || after["external_id"] != "user-1" {
				t.Errorf("came back as %v\n%s", after, diff)
			}
		})
	}
}

func TestTakingMoreGrantsThanTheLimitIsBlocked(t *testing.T) {
	const roles = "rbac_policy: {custom_roles: {editor: {}}}\n"
	members := func(attributes string) Documents {
		var b strings.Builder
		for i := range 26 {
			fmt.Fprintf(&b, "      m%d@acme.example: {%s}\n", i, attributes)
		}
		return state(roles + "organizations:\n  acme:\n    organization_name: Acme\n    members:\n" + b.String())
	}
	w := New(t, Options{})
	w.Converge(t, members("roles: [editor]"))
	p := refused(t, w, members("roles: []"), nil, "access_removals")
	if p.Blocked[0].Lift != "--allow access_removals=26" {
		t.Errorf("lifted by %q", p.Blocked[0].Lift)
	}
	w.Converge(t, members("roles: []"), "access_removals=26")
}

func TestTheLastAdministratorStays(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, acme("ada@acme.example: {roles: [stytch_admin]}\nbob@acme.example: {}"))
	refused(t, w, acme("ada@acme.example: {roles: []}\nbob@acme.example: {}"), nil, "min_admins")
	w.Sandbox.ResetRequests()
	w.Converge(t, acme("ada@acme.example: {roles: []}\nbob@acme.example: {roles: [stytch_admin]}"))
	var order []string
	ids := map[string]string{id(w.Member(t, "acme", "ada@acme.example")): "ada", id(w.Member(t, "acme", "bob@acme.example")): "bob"}
	for _, r := range w.Sandbox.Requests() {
		if r.Write {
			order = append(order, ids[r.Path[strings.LastIndex(r.Path, "/")+1:]])
		}
	}
	if diff := cmp.Diff([]string{"bob", "ada"}, order); diff != "" {
		t.Errorf("the removal does not wait for the addition (-want +got):\n%s", diff)
	}
}

func TestMembersOfAnIdentityProvider(t *testing.T) {
	const present, gone = "ada@acme.example: {}\nbob@acme.example: {}", "ada@acme.example: {absent: true}\nbob@acme.example: {}"
	organization := func(policy, members string) Documents {
		return state("policy: {undeclared: {members: delete}, limits: {delete_percent: 100}}\norganizations:\n  acme:\n    organization_name: Acme\n" +
			"    idp_members: " + policy + "\n    members:\n" + indented(members, 6))
	}
	brought := func(t *testing.T, source string) *World {
		t.Helper()
		w := New(t, Options{})
		w.Converge(t, acme(present))
		if err := w.Sandbox.MarkProvisioned(w.Target.ProjectID, id(w.Member(t, "acme", "ada@acme.example")), source); err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, source := range []string{"scim", "sso"} {
		t.Run(source+" members who are declared absent are not removed unless the organization says manage", func(t *testing.T) {
			w := brought(t, source)
			refused(t, w, organization("observe", gone), nil, "idp_members")
			refused(t, w, organization("roles", gone), nil, "idp_members")
			only(t, w.Converge(t, organization("manage", gone)), "delete organization/acme/member/ada@acme.example")
			if w.Member(t, "acme", "ada@acme.example")["status"] != "deleted" {
				t.Error("the member is not deleted")
			}
		})
		t.Run(source+" members who are not declared are counted, and removed with manage alone", func(t *testing.T) {
			w := brought(t, source)
			for _, policy := range []string{"observe", "roles"} {
				p := w.Converge(t, organization(policy, "bob@acme.example: {}"))
				if only(t, p); p.Summary.Undeclared != 1 {
					t.Errorf("%d undeclared, want 1", p.Summary.Undeclared)
				}
			}
			only(t, w.Converge(t, organization("manage", "bob@acme.example: {}")), "delete organization/acme/member/ada@acme.example")
		})
	}
	t.Run("SCIM members are not written unless the organization says so", func(t *testing.T) {
		w := brought(t, "scim")
		named := "ada@acme.example: {name: Ada}\nbob@acme.example: {}"
		refused(t, w, organization("observe", named), nil, "idp_members")
		refused(t, w, organization("roles", named), nil, "idp_members")
		w.Converge(t, organization("roles", "ada@acme.example: {roles: [stytch_admin]}\nbob@acme.example: {}"))
		w.Converge(t, organization("manage", "ada@acme.example: {name: Ada}\nbob@acme.example: {}"))
	})
}
