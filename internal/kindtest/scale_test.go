package kindtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// crowd declares organizations with ten members each, those of each
// organization in a roster.
func crowd(organizations int) Documents {
	documents := Documents{}
	var b strings.Builder
	b.WriteString("version: 1\nproject: {project_slug: acme-auth, environment_slug: test}\norganizations:\n")
	for o := range organizations {
		slug := fmt.Sprintf("customer-%04d", o)
		fmt.Fprintf(&b, "  %s:\n    organization_name: Customer %d\n    members_from: %s.csv\n", slug, o, slug)
		var roster strings.Builder
		roster.WriteString("email_address,name,external_id\n")
		for m := range 10 {
			fmt.Fprintf(&roster, "m%d@%s.example,Member %d,user-%d-%d\n", m, slug, m, o, m)
		}
		documents[slug+".csv"] = roster.String()
	}
	documents["state.yaml"] = b.String()
	return documents
}

func TestAThousandOrganizationsAndTenThousandMembersPlanWithFewRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: making 11,000 objects takes a while")
	}
	const most = 25
	w := New(t, Options{})
	documents := crowd(1000)
	p := w.Apply(t, documents)
	if p.Summary.Create != 11_000 {
		t.Fatalf("%d objects were created, want 11000", p.Summary.Create)
	}
	plan := func(documents Documents) (changes, requests int) {
		w.Sandbox.ResetRequests()
		p := w.Plan(t, documents)
		if !p.Complete {
			t.Errorf("the plan is not complete: %v", p.Unknown)
		}
		return p.Summary.Changes(), len(w.Sandbox.Requests())
	}
	changes, requests := plan(documents)
	t.Logf("%d requests", requests)
	if changes != 0 || requests > most {
		t.Errorf("nothing has changed: %d changes with %d requests, want none with at most %d", changes, requests, most)
	}
	// Somebody new in every organization: there is more to look for, among the deleted too.
	for name, content := range documents {
		if slug, roster := strings.CutSuffix(name, ".csv"); roster {
			documents[name] = content + "new@" + slug + ".example,New,\n"
		}
	}
	changes, requests = plan(documents)
	t.Logf("%d requests with a thousand members to create", requests)
	if changes != 1000 || requests > most {
		t.Errorf("a thousand members are new: %d changes with %d requests, want 1000 with at most %d", changes, requests, most)
	}
}

func TestPacksOfOrganizationsAreHalvedWhenStytchRefusesThem(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{MaxOrganizationIDs: 3}})
	documents := crowd(10)
	w.Converge(t, documents)
	w.Sandbox.ResetRequests()
	if p := w.Plan(t, documents); !p.Complete || len(p.Changes) > 0 || p.Summary.Unchanged != 110 {
		t.Errorf("complete: %v, unchanged: %d\n%s", p.Complete, p.Summary.Unchanged, Told(p))
	}
	refusals := 0
	for _, r := range w.Sandbox.Requests() {
		if r.Status == 400 {
			refusals++
		}
	}
	if refusals == 0 {
		t.Error("the sandbox has refused nothing, so that this test shows nothing")
	}
}

func TestPackSizeIsHowManyOrganizationsOneSearchAsksFor(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{MaxOrganizationIDs: 3}, PackSize: 3})
	documents := crowd(10)
	w.Converge(t, documents)
	w.Sandbox.ResetRequests()
	w.Plan(t, documents)
	if n := len(w.Sandbox.Requests()); n != 5 {
		t.Errorf("%d requests, want 1 for the organizations and 4 for packs of 3 of them", n)
	}
}
