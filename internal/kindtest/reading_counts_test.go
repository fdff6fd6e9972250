package kindtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestACountThatDisagrees(t *testing.T) {
	const organizations, members = `"POST /v1/b2b/organizations/search"`, `"POST /v1/b2b/organizations/members/search"`
	w, l := crossing(t)
	wanted := readingDocument(ofWanted)
	whole := w.Plan(t, wanted)
	requests := len(l.requests(t, w, wanted))
	for _, test := range []struct {
		name, fault string
		more        int // requests
		warnings    []string
	}{
		{"once causes one more reading, and all is well", "wrong-total nth=2 endpoint=" + organizations, 2, nil},
		{"again is told: which search, how many rows, which total", "wrong-total endpoint=" + organizations, 2, []string{
			"POST /v1/b2b/organizations/search gave 3 rows and a total of 4, also when it was read again; the plan goes by the rows",
		}},
		{"is told for each search", "wrong-total endpoint=" + members, 3, []string{
			"POST /v1/b2b/organizations/members/search gave 1 rows and a total of 2, also when it was read again; the plan goes by the rows",
			"POST /v1/b2b/organizations/members/search gave 3 rows and a total of 4, also when it was read again; the plan goes by the rows",
		}},
		{"because a page was cut is put right", "cut-page nth=1 endpoint=" + members, 2, nil},
		{"because a later page was cut too", "cut-page nth=2 endpoint=" + members, 2, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.fault(t, test.fault)
			w.Sandbox.ResetRequests()
			p := w.Plan(t, wanted)
			n := len(w.Sandbox.Requests()) - requests
			if strings.HasPrefix(test.fault, "cut-page nth=1") {
				n++ // the page that was cut off was not read the first time
			}
			if n != test.more || !p.Complete {
				t.Errorf("complete: %v, %d more requests, want %d", p.Complete, n, test.more)
			}
			var warnings []string
			for _, s := range p.Warnings {
				if strings.Contains(s, "rows") {
					warnings = append(warnings, s)
				}
			}
			if diff := cmp.Diff(test.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(Told(whole), Told(p)); diff != "" || p.Digest != whole.Digest {
				t.Errorf("the plan is another (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereStytchDoesNotCountNothingIsReadTwice(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{TotalsDisabled: true}})
	w.Converge(t, acme("ada@acme.example: {}"))
	w.fault(t, "wrong-total")
	w.Sandbox.ResetRequests()
	if p := w.Plan(t, acme("ada@acme.example: {}")); !p.Complete || len(p.Warnings) > 0 || len(w.Sandbox.Requests()) != 2 {
		t.Errorf("complete: %v, warnings %v, %d requests, want 2", p.Complete, p.Warnings, len(w.Sandbox.Requests()))
	}
}

// A list may show a row twice. That is one object, of every kind.
func TestARowThatComesTwiceIsOneObject(t *testing.T) {
	w, _ := crossing(t)
	wanted := readingDocument(ofWanted)
	whole := w.Plan(t, wanted)
	w.fault(t, "repeated-row")
	p := w.Plan(t, wanted)
	if diff := cmp.Diff(Told(whole), Told(p)); diff != "" || !p.Complete || p.Summary != whole.Summary {
		t.Errorf("complete: %v, %+v, want %+v; changes (-want +got):\n%s", p.Complete, p.Summary, whole.Summary, diff)
	}
}

// What cuts every page every time cannot be told from what is not there; a count
// that disagrees says so at least. A plan made of it must do no harm: whatever it
// thinks absent is looked at before a second one could be made of it.
func TestAPlanFromPagesThatWereAlwaysCutDoublesNothingAndDeletesNothingThatIsDeclared(t *testing.T) {
	w, _ := crossing(t)
	live := readingDocument(ofLive)
	before := w.everything(t)
	w.fault(t, `cut-page endpoint="READ /**"`)
	p := w.Plan(t, live, "restorations=99")
	if p.Summary.Create < 6 || !slices.ContainsFunc(p.Warnings, func(s string) bool { return strings.Contains(s, "and a total of 3, also when it was read again") }) {
		t.Errorf("warnings %v\n%s", p.Warnings, Told(p))
	}
	w.fault(t)
	report, err := w.Run(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Operations {
		if o.Result != plan.Done || o.Written > 0 {
			t.Errorf("%s %s: %s, %d written, %v", o.Action, o.Address, o.Result, o.Written, o.Error)
		}
	}
	if diff := cmp.Diff(before, w.everything(t)); diff != "" {
		t.Errorf("the sandbox (-before +after):\n%s", diff)
	}
	if again := w.Plan(t, live); len(again.Changes) > 0 {
		t.Errorf("something is left to change:\n%s", Told(again))
	}
}

// everything is what the sandbox has, by the names that must not come twice.
func (w *World) everything(t *testing.T) []string {
	t.Helper()
	var list []string
	add := func(kind, key string, items any) {
		objects, _ := items.([]any)
		for _, item := range objects {
			list = append(list, fmt.Sprint(kind, " ", item.(Object)[key]))
		}
	}
	organizations := w.Ask(t, http.MethodPost, "/v1/b2b/organizations/search", Object{"limit": 1000})["organizations"]
	add("organization", "organization_slug", organizations)
	var ids []any
	for _, o := range organizations.([]any) {
		ids = append(ids, o.(Object)["organization_id"])
	}
	if len(ids) > 0 {
		add("member", "email_address", w.Ask(t, http.MethodPost, "/v1/b2b/organizations/members/search", Object{"organization_ids": ids, "limit": 1000})["members"])
	}
	add("redirect_url", "url", w.Ask(t, http.MethodGet, "~/redirect_urls/all", nil)["redirect_urls"])
	add("profile", "name", w.Ask(t, http.MethodGet, "~/trusted_token_profiles", nil)["profiles"])
	slices.Sort(list)
	return list
}

func TestAnOrganizationThatVanishesMakesOnlyItselfUnknown(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{UnknownOrganizationsRefused: true}})
	documents := crowd(16)
	w.Converge(t, documents)
	const slug = "customer-0005"
	doomed := id(w.Organization(t, slug))
	w.fault(t, `stale-read reads=1 endpoint="POST /v1/b2b/organizations/search"`)
	w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+doomed, nil) // and the plan's search still shows it
	for name, content := range documents {
		if organization, roster := strings.CutSuffix(name, ".csv"); roster {
			documents[name] = content + "new@" + organization + ".example,New,\n"
		}
	}
	w.Sandbox.ResetRequests()
	p := w.Plan(t, documents)
	if len(p.Unknown) != 1 || p.Unknown[0].Scope != "organization/"+slug || !strings.Contains(p.Unknown[0].Reason, "organization_not_found") {
		t.Errorf("unknown: %+v", p.Unknown)
	}
	if p.Complete || p.Summary.Create != 15 || p.Summary.Changes() != 15 {
		t.Errorf("complete: %v, %+v, want 15 new members", p.Complete, p.Summary)
	}
	if n := len(w.Sandbox.Requests()); n != 11 {
		t.Errorf("%d requests, want one for the organizations, nine for their members, in halves down to the one that is gone, and one for deleted members", n)
	}
}

func TestOneBadPackIsNoReasonToDoubtAnother(t *testing.T) {
	var bad atomic.Value
	bad.Store("")
	w := New(t, Options{PackSize: 1, Transport: func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			if id := bad.Load().(string); id != "" && strings.HasSuffix(r.URL.Path, "/members/search") && bytes.Contains(body, []byte(id)) {
				return Answered(r, http.StatusInternalServerError, `{"status_code":500,"error_type":"internal_server_error","error_message":"Oops."}`), nil
			}
			return next(body)
		}}
	}})
	documents := crowd(6)
	w.Converge(t, documents)
	bad.Store(id(w.Organization(t, "customer-0003")))
	for name, content := range documents {
		documents[name] = strings.ReplaceAll(content, "Member 1,", "Somebody,")
	}
	p := w.Plan(t, documents)
	if len(p.Unknown) != 1 || p.Unknown[0].Scope != "organization/customer-0003" || p.Summary.Update != 5 {
		t.Errorf("unknown: %+v\n%s", p.Unknown, Told(p))
	}
}
