package kindtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// company is a document with one organization, whose attributes and members are
// given, and whatever stands before it.
func company(attributes, members string) Documents {
	body := "organizations:\n  acme:\n    organization_name: Acme\n" + indented(attributes, 4)
	if members != "" {
		body += "    members:\n" + indented(members, 6)
	}
	return state(body)
}

const (
	everything = "auth_methods: ALL_ALLOWED"
	ssoAlone   = "auth_methods: RESTRICTED\nallowed_auth_methods: [sso]"
)

func TestTheLastWayToLogInStays(t *testing.T) {
	t.Run("single sign-on without a connection and without anybody who is exempt", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, company(everything, "ada@acme.example: {}"))
		p := refused(t, w, company(ssoAlone, "ada@acme.example: {}"), nil, "lock_outs")
		if want := "organization/acme would be left without a way to log in; the limit lock_outs is 0"; p.Blocked[0].Reason != want || p.Blocked[0].Lift != "--allow lock_outs=1" {
			t.Errorf("%+v", p.Blocked)
		}
		refused(t, w, company(ssoAlone, ""), nil, "lock_outs")
		w.Converge(t, company(ssoAlone, ""), "lock_outs=1")
	})
	t.Run("with an active connection it may close the others", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, company(everything, "ada@acme.example: {}"))
		if _, err := w.Sandbox.AddSSOConnection(w.Target.ProjectID, w.Organization(t, "acme")["organization_id"].(string), "Okta"); err != nil {
			t.Fatal(err)
		}
		w.Converge(t, company(ssoAlone, ""))
	})
	t.Run("with somebody who is exempt, declared or not, it may as well", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, company(everything, "ada@acme.example: {is_breakglass: true}\nbob@acme.example: {}"))
		before := len(w.Sandbox.Requests())
		p := w.Plan(t, company(ssoAlone, ""))
		searches := 0
		for _, r := range w.Sandbox.Requests()[before:] {
			if strings.HasSuffix(r.Path, "/members/search") {
				searches++
			}
		}
		if len(p.Blocked) > 0 || searches != 1 {
			t.Errorf("blocked %v after %d searches for members", p.Blocked, searches)
		}
		w.Converge(t, company(ssoAlone, "ada@acme.example: {}"))
		refused(t, w, company(ssoAlone, "ada@acme.example: {is_breakglass: false}"), nil, "lock_outs")
		w.Converge(t, company(everything, "ada@acme.example: {is_breakglass: false}"))
	})
	t.Run("it waits for whoever becomes exempt in the same plan", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, company(everything, "ada@acme.example: {}"))
		w.Sandbox.ResetRequests()
		w.Converge(t, company(ssoAlone, "ada@acme.example: {}\nbob@acme.example: {is_breakglass: true}"))
		want := []string{"POST /v1/b2b/organizations/{organization_id}/members", "PUT /v1/b2b/organizations/{organization_id}"}
		if diff := cmp.Diff(want, writes(w.Sandbox.Requests())); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("nobody was in a new organization, or in an empty one", func(t *testing.T) {
		w := New(t, Options{})
		w.Converge(t, company(ssoAlone, ""))
		w.Converge(t, company(everything, ""))
		w.Converge(t, company(ssoAlone, ""))
	})
}

func TestTheProfileAndTheKeysThatClientsRelyOnStay(t *testing.T) {
	profile := func(name string, keys ...string) string {
		text := "  " + name + ":\n    issuer: us\n    audience: them\n    public_key_type: PEM\n    attribute_mapping: {email: e, token_id: t}\n    pem_files:\n"
		for _, key := range keys {
			text += "      - |\n" + indented(key, 8)
		}
		return text
	}
	a, b := publicKey(t), publicKey(t)
	const head, all = "trusted_token_profiles:\n", "delete_percent=100"
	w := New(t, Options{})
	w.Converge(t, state(head+profile("one", a)+profile("two", a)))
	refused(t, w, state(head+"  one: {absent: true}\n  two: {absent: true}\n"), []string{all}, "lock_outs")
	w.Converge(t, state(head+"  one: {absent: true}\n"+profile("two", a)))
	p := refused(t, w, state(head+profile("two", b)), nil, "lock_outs")
	if want := "trusted_token_profile/two would be left without any key that tokens are signed with now; the limit lock_outs is 0"; p.Blocked[0].Reason != want {
		t.Errorf("%+v", p.Blocked)
	}
	w.Converge(t, state(head+profile("two", a, b))) // a rotation takes two changes
	w.Converge(t, state(head+profile("two", b)))
	last := state(head + "  two: {absent: true}\n")
	p = refused(t, w, last, []string{all}, "lock_outs")
	if want := "the environment would be left without any trusted_token_profile that callers know; the limit lock_outs is 0"; p.Blocked[0].Reason != want {
		t.Errorf("%+v", p.Blocked)
	}
	refused(t, w, state(head+"  two: {absent: true}\n"+profile("three", b)), []string{all}, "lock_outs") // callers hold the id of two
	w.Converge(t, state(head+profile("two", b)+profile("three", b)))
	w.Converge(t, state(head+"  two: {absent: true}\n"+profile("three", b)))
	w.Converge(t, state(head+"  three: {absent: true}\n"), all, "lock_outs=1")
}

func TestARoleThatADomainGivesIsTakenFromWhoeverHasItByThat(t *testing.T) {
	const roles = "rbac_policy: {custom_roles: {editor: {}}}\n"
	const given = "rbac_email_implicit_role_assignments: [{domain: acme.example, role_id: editor}]"
	with := func(attributes, members string) Documents {
		d := company(attributes, members)
		d["roles.yaml"] = roles
		return d
	}
	var people strings.Builder
	for i := range 26 {
		fmt.Fprintf(&people, "m%d@acme.example: {}\n", i)
	}
	w := New(t, Options{})
	w.Converge(t, with(given, people.String()))
	for i := range 26 {
		id := w.Member(t, "acme", fmt.Sprintf("m%d@acme.example", i))["member_id"].(string)
		if err := w.Sandbox.MarkVerified(w.Target.ProjectID, id); err != nil {
			t.Fatal(err)
		}
	}
	taken := with("rbac_email_implicit_role_assignments: []", "")
	p := refused(t, w, taken, nil, "access_removals")
	if p.Blocked[0].Reason != "26 grants would be taken from people; the limit access_removals is 25" || p.Blocked[0].Lift != "--allow access_removals=26" {
		t.Errorf("%+v", p.Blocked)
	}
	if !strings.Contains(consequences(p), "26 members have the role editor for no other reason") {
		t.Errorf("the plan does not say how many it concerns:\n%s", consequences(p))
	}
	w.Converge(t, taken, "access_removals=26")
}

func TestAdminsCanAlwaysManage(t *testing.T) {
	policy := func(text string) Documents {
		return state("rbac_policy:\n  custom_roles: {}\n  stytch_admin.permissions: " + text + "\n")
	}
	w := New(t, Options{})
	p := refused(t, w, policy("{stytch.member: []}"), nil, "lock_outs")
	if want := "the environment would be left without admins who can manage members; the limit lock_outs is 0"; p.Blocked[0].Reason != want {
		t.Errorf("%+v", p.Blocked)
	}
	refused(t, w, policy("{stytch.member: [search], stytch.organization: []}"), []string{"lock_outs=1"}, "lock_outs")
	w.Converge(t, policy("{stytch.member: [create, search, update.settings.roles], stytch.scim: []}"))
	w.Converge(t, policy("{stytch.member: [], stytch.organization: []}"), "lock_outs=2")
	w.Converge(t, policy("{stytch.sso: []}")) // they could not manage before
}

func TestARoleThatGoesIsTakenFromWhoeverHasIt(t *testing.T) {
	const roles = "rbac_policy: {custom_roles: {editor: {}, viewer: {}}}\n"
	var people strings.Builder
	people.WriteString(roles + "organizations:\n")
	for _, slug := range []string{"acme", "globex"} {
		fmt.Fprintf(&people, "  %s:\n    organization_name: N\n    members:\n", slug)
		for i := range 14 {
			fmt.Fprintf(&people, "      m%d@acme.example: {roles: [editor]}\n", i)
		}
	}
	w := New(t, Options{})
	w.Converge(t, state(people.String()))
	fewer := strings.Replace(roles, "editor: {}, ", "", 1)
	p := refused(t, w, state(fewer), nil, "access_removals")
	if p.Blocked[0].Reason != "28 grants would be taken from people; the limit access_removals is 25" {
		t.Errorf("nobody declares them: %+v", p.Blocked)
	}
	if !strings.Contains(consequences(p), "28 members have the role editor") {
		t.Errorf("the plan does not say how many it concerns:\n%s", consequences(p))
	}
	declared := strings.ReplaceAll(strings.Replace(people.String(), roles, fewer, 1), "roles: [editor]", "roles: [viewer]")
	p = refused(t, w, state(declared), nil, "access_removals")
	if p.Blocked[0].Lift != "--allow access_removals=28" {
		t.Errorf("who gives it up in the same plan counts once: %+v", p.Blocked)
	}
	w.Sandbox.ResetRequests()
	w.Plan(t, state(roles))
	for _, r := range w.Sandbox.Requests() {
		if strings.Contains(r.Path, "search") {
			t.Errorf("no role goes, and yet there was a %s %s", r.Method, r.Path)
		}
	}
	w.Converge(t, state(declared), "access_removals=28")
}

func TestWithoutCredentialsForMembersNoRoleIsRemovedUncounted(t *testing.T) {
	w := New(t, Options{Transport: func(next http.RoundTripper) http.RoundTripper {
		return failing{next, "/v1/b2b/organizations/members/search"}
	}})
	w.Converge(t, state("rbac_policy: {custom_roles: {editor: {}}}\norganizations: {acme: {organization_name: Acme}}\n"))
	p := w.Plan(t, state("rbac_policy: {custom_roles: {}}\norganizations: {acme: {organization_name: Acme Inc}}\n"))
	only(t, p, "update organization/acme")
	if p.Complete || len(p.Unknown) != 1 || p.Unknown[0].Change != "rbac_policy" {
		t.Errorf("complete %v, unknown %v", p.Complete, p.Unknown)
	}
}

// failing answers requests to one path with a server's error.
type failing struct {
	next http.RoundTripper
	path string
}

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == f.path {
		r = r.Clone(r.Context())
		r.URL.Path = "/nowhere"
	}
	return f.next.RoundTrip(r)
}
