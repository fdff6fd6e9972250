package kindtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const scimAddress plan.Address = "organization/acme/scim_connection"

func scim(connection string) Documents { return state(scimBody(connection)) }

// give is a document that gives the role editor to groups.
func give(groups ...string) Documents {
	text := "display_name: Okta\nscim_group_implicit_role_assignments: ["
	for i, g := range groups {
		if i > 0 {
			text += ", "
		}
		text += "{role_id: editor, group_id: " + g + "}"
	}
	return scim(text + "]\n")
}

// assigned are the roles by group, as the sandbox has them.
func (w *World) assigned(t *testing.T) []string {
	t.Helper()
	var pairs []string
	for _, r := range each(w.SCIM(t, "acme")["scim_group_implicit_role_assignments"]) {
		pairs = append(pairs, r["role_id"].(string)+" "+r["group_name"].(string))
	}
	slices.Sort(pairs)
	return pairs
}

func TestTheBearerTokenOfANewSCIMConnectionIsInTheSinkAlone(t *testing.T) {
	w := New(t, Options{})
	p := w.Converge(t, give())
	token := w.Drawer.Of(scimAddress, "bearer_token")
	if end := w.SCIM(t, "acme")["bearer_token_last_four"]; token == "" || end != token[len(token)-4:] {
		t.Errorf("the sink has %q, Stytch one that ends in %v", token, end)
	}
	if strings.Contains(asJSON(p), token) {
		t.Error("the plan shows the token")
	}
}

// Nobody knows the token of a connection whose creation was not answered: the
// report says so, and a rotation makes another.
func TestABearerTokenThatNobodySawIsToldAndRotated(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, companyWith(nil))
	w.strike(t, sandbox.Fault{Kind: sandbox.FaultCutAfterCommit, Endpoint: "POST /v1/b2b/scim/{organization_id}/connection", Times: 1})
	report, err := w.Run(t, w.Plan(t, scim("display_name: Okta\n")))
	if err != nil {
		t.Fatal(err)
	}
	w.strike(t)
	var failed *plan.Failure
	for _, o := range report.Operations {
		if o.Address == scimAddress {
			failed = o.Error
		}
	}
	if failed == nil || failed.Type != "secret_lost" || !strings.Contains(failed.Message, "it was created, but its bearer_token was not seen") {
		t.Errorf("%+v", failed)
	}
	w.Converge(t, scim("display_name: Okta\nbearer_token_rotation: started\n"))
	if w.Drawer.Of(scimAddress, "next_bearer_token") == "" {
		t.Error("the next token is not in the sink")
	}
}

func TestTheBearerTokenIsRotated(t *testing.T) {
	w := New(t, Options{})
	document := func(rotation string) Documents {
		return scim("display_name: Okta\nbearer_token_rotation: " + rotation + "\n")
	}
	ends := func() (current, next any) {
		shown := w.SCIM(t, "acme")
		return shown["bearer_token_last_four"], shown["next_bearer_token_last_four"]
	}
	_, problems, err := w.TryPlan(t, document("started"))
	if err != nil || !strings.Contains(words(problems), "a new connection has a new bearer token, and nothing to rotate") {
		t.Errorf("%v %s", err, words(problems))
	}
	w.Converge(t, document("none"))
	first, _ := ends()
	w.Converge(t, document("started"))
	next := w.Drawer.Of(scimAddress, "next_bearer_token")
	if current, shown := ends(); current != first || next == "" || shown != next[len(next)-4:] {
		t.Errorf("started: %v and %v; the sink has %q", current, shown, next)
	}
	p := w.Converge(t, document("completed"))
	if current, shown := ends(); current != next[len(next)-4:] || shown != "" {
		t.Errorf("completed: %v and %v", current, shown)
	}
	if said := consequences(p); !strings.Contains(said, "access-removed: an identity provider that still sends the former bearer token is refused") {
		t.Error(said)
	}
	w.Converge(t, document("started"))
	w.Converge(t, document("none"))
	if current, shown := ends(); current != next[len(next)-4:] || shown != "" {
		t.Errorf("cancelled: %v and %v", current, shown)
	}
}

// A role for a group that the identity provider has not pushed is neither a
// mistake nor drift: it waits, and the plan says so.
func TestARoleForAGroupWaitsForTheGroup(t *testing.T) {
	w := New(t, Options{})
	told := func(p *plan.Plan) bool {
		return slices.Contains(p.Warnings, `organization/acme/scim_connection: the role editor for the group "writers" waits until the identity provider has pushed the group`)
	}
	if p := w.Converge(t, give("writers")); !told(p) {
		t.Errorf("nothing says that it waits: %v", p.Warnings)
	}
	if p := w.Plan(t, give("writers")); !told(p) || len(p.Changes) > 0 {
		t.Errorf("%v\n%s", p.Warnings, Told(p))
	}
	w.pushGroups(t, "readers")
	w.Converge(t, give("writers", "readers"))
	if diff := cmp.Diff([]string{"editor readers"}, w.assigned(t)); diff != "" {
		t.Error(diff)
	}
	ids := w.pushGroups(t, "writers")
	p := w.Converge(t, give("writers", "readers"))
	only(t, p, "update "+string(scimAddress))
	if told(p) {
		t.Error("what no longer waits is told to wait")
	}
	if diff := cmp.Diff([]string{"editor readers", "editor writers"}, w.assigned(t)); diff != "" {
		t.Error(diff)
	}
	if p := w.Plan(t, give(ids[0], "readers")); len(p.Changes) > 0 {
		t.Errorf("an id in place of the name is a difference:\n%s", Told(p))
	}
}

func TestGroupsOfOneNameAreToldApartByTheirIDs(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, give())
	ids := w.pushGroups(t, "staff", "staff")
	_, problems, err := w.TryPlan(t, give("staff"))
	if said := words(problems); err != nil || !strings.Contains(said, ids[0]) || !strings.Contains(said, ids[1]) {
		t.Errorf("%v %s", err, said)
	}
	w.Converge(t, give(ids[1]))
	if got := each(w.SCIM(t, "acme")["scim_group_implicit_role_assignments"])[0]["group_id"]; got != ids[1] {
		t.Errorf("assigned to %v, want %s", got, ids[1])
	}
}

// A connection that is deleted, and a role that a group loses, count whom they concern.
func TestWhoLosesWhatSCIMGave(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, give())
	group := w.pushGroups(t, "writers")[0]
	w.Converge(t, give("writers"))
	for _, address := range []string{"ada@acme.example", "grace@acme.example"} {
		made := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/acme/members", Object{"email_address": address})
		if err := w.Sandbox.ProvisionBySCIM(w.Target.ProjectID, made["member_id"].(string), group); err != nil {
			t.Fatal(err)
		}
	}
	if said := consequences(w.Plan(t, give())); !strings.Contains(said, `the members of the group "writers" lose the role editor, unless they have it for another reason: 2 members lose it`) {
		t.Error(said)
	}
	gone := state(scimBody("absent: true\n") + "policy: {limits: {access_removals: 3}}\n")
	p := refused(t, w, gone, []string{"delete_percent=100"}, "access_removals") // two are provisioned, and two have the role
	if !strings.Contains(consequences(p), "and the roles of its groups go: 2 members came so") {
		t.Error(consequences(p))
	}
	gone = state(scimBody("absent: true\n") + "policy: {limits: {access_removals: 4}}\n")
	w.Converge(t, gone, "delete_percent=100")
	if shown := w.Organization(t, "acme")["scim_active_connection"]; shown != nil {
		t.Errorf("there still is %v", shown)
	}
}

// What is not answered is unknown: no second connection is tried.
func TestASCIMConnectionThatCannotBeReadIsUnknown(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, give("writers"))
	for _, endpoint := range []string{"GET /v1/b2b/scim/{organization_id}/connection", "GET /v1/b2b/scim/{organization_id}/connection/{connection_id}"} {
		for _, fault := range []string{"error status=500", "error status=429"} {
			w.fault(t, fault+` endpoint="`+endpoint+`"`)
			p := w.Plan(t, scim("display_name: Other\n"))
			if p.Complete || len(p.Unknown) != 1 || len(p.Changes) > 0 {
				t.Errorf("%s %s: unknown %v\n%s", fault, endpoint, p.Unknown, Told(p))
			}
		}
	}
}

// Somebody made the connection after the plan: it is another, and stays.
func TestASecondSCIMConnectionIsNotMade(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, companyWith(nil))
	p := w.Plan(t, scim("display_name: Okta\n"))
	w.Ask(t, http.MethodPost, "/v1/b2b/scim/acme/connection", Object{"display_name": "Other"})
	report, err := w.Run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Operations {
		if o.Address == scimAddress && (o.Error == nil || !strings.Contains(o.Error.Message, "it exists by now, and differs from what the plan creates in display_name")) {
			t.Errorf("%s %+v", o.Result, o.Error)
		}
	}
	if name := w.SCIM(t, "acme")["display_name"]; name != "Other" {
		t.Errorf("the connection is called %v", name)
	}
}
