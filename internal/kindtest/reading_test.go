package kindtest

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestWhatIsNotDeclared(t *testing.T) {
	w := New(t, Options{})
	w.Converge(t, state(urls(0, 1)))
	declared := w.urls(t)
	t.Run("is not even read where the documents do not name the kind", func(t *testing.T) {
		w.Sandbox.ResetRequests()
		p := w.Plan(t, state("policy: {undeclared: {redirect_urls: delete}}\nenvironment: {user_lock_ttl: 3600}\n"))
		if only(t, p); p.Summary.Undeclared != 0 {
			t.Errorf("%d undeclared", p.Summary.Undeclared)
		}
		for _, r := range w.Sandbox.Requests() {
			if strings.Contains(r.Path, "redirect_urls") {
				t.Errorf("read %s", r.Path)
			}
		}
	})
	t.Run("is counted and kept by default", func(t *testing.T) {
		p := w.Plan(t, state("redirect_urls: {}\n"))
		if only(t, p); p.Summary.Undeclared != declared || len(p.Undeclared) != 1 || p.Undeclared[0].Count != declared {
			t.Errorf("undeclared: %+v, want %d", p.Undeclared, declared)
		}
	})
	t.Run("goes where the policy says delete and the kind is named, an empty set included", func(t *testing.T) {
		p := w.Apply(t, state("policy: {undeclared: {redirect_urls: delete}}\nredirect_urls: {}\n"), "delete_percent=100")
		if p.Summary.Delete != declared || w.urls(t) != 0 {
			t.Errorf("%d deleted, %d left", p.Summary.Delete, w.urls(t))
		}
	})
	t.Run("goes in the organizations alone that name the kind", func(t *testing.T) {
		two := func(acme, beta string) Documents {
			return state("policy: {undeclared: {members: delete}}\norganizations:\n  acme: {organization_name: Acme" + acme + "}\n  beta: {organization_name: Beta" + beta + "}\n")
		}
		w.Converge(t, two(", members: {a@acme.example: {}, b@acme.example: {}}", ", members: {a@beta.example: {}, b@beta.example: {}}"))
		p := w.Converge(t, two("", ", members: {a@beta.example: {}}"))
		only(t, p, "delete organization/beta/member/b@beta.example")
	})
	t.Run("is an organization that stays, and the policy cannot say otherwise", func(t *testing.T) {
		p := w.Plan(t, state("organizations: {acme: {organization_name: Acme}}\n"))
		if only(t, p); p.Summary.Undeclared != 1 {
			t.Errorf("%d undeclared, want beta", p.Summary.Undeclared)
		}
		_, diagnostics := w.Diagnose(t, state("policy: {undeclared: {organizations: delete}}\norganizations: {}\n"))
		if len(diagnostics) != 1 || diagnostics[0].Hint != "declare the one that shall go, with absent: true" {
			t.Errorf("%s", words(diagnostics))
		}
	})
}

// smallPages makes pages of two and, once broken, fails whatever follows the
// first page of a member search.
func smallPages(broken *atomic.Bool) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/members/search") {
				body = bytes.Replace(body, []byte(`"limit":1000`), []byte(`"limit":2`), 1)
				if broken.Load() && bytes.Contains(body, []byte(`"cursor":`)) {
					return Answered(r, http.StatusInternalServerError, `{"status_code":500,"error_type":"internal_server_error","error_message":"Oops."}`), nil
				}
			}
			return next(body)
		}}
	}
}

func TestWhatCouldNotBeReadWholeIsUnknownAndNothingIsMadeOrRemovedThere(t *testing.T) {
	var broken atomic.Bool
	w := New(t, Options{Transport: smallPages(&broken), Parallelism: 1}) // made in order: searches show d and c first
	document := func(name, members string) Documents {
		return state("policy: {undeclared: {members: delete}, limits: {delete_percent: 100}}\norganizations:\n  acme:\n    organization_name: " + name +
			"\n    members:\n" + indented(members, 6))
	}
	everybody := "a@acme.example: {}\nb@acme.example: {}\nc@acme.example: {}\nd@acme.example: {}\n"
	w.Converge(t, document("Acme", everybody))

	broken.Store(true)
	wanted := document("Acme, Inc.", "a@acme.example: {}\nd@acme.example: {name: D}\nb@acme.example: {absent: true}\nnew@acme.example: {}\n")
	p := w.Apply(t, wanted)
	only(t, p, "update organization/acme", "update organization/acme/member/d@acme.example")
	if p.Complete {
		t.Error("the plan says that it is complete")
	}
	if len(p.Unknown) != 1 || p.Unknown[0].Kind != "member" || p.Unknown[0].Scope != "organization/acme" || !strings.Contains(p.Unknown[0].Reason, "Oops") {
		t.Errorf("unknown: %+v", p.Unknown)
	}
	if p := w.Plan(t, document("Acme, Inc.", everybody)); p.Complete || len(p.Changes) > 0 {
		t.Errorf("complete: %v\n%s", p.Complete, Told(p))
	}

	broken.Store(false)
	p = w.Converge(t, wanted)
	only(t, p, "delete organization/acme/member/b@acme.example", "delete organization/acme/member/c@acme.example",
		"create organization/acme/member/new@acme.example")
}

func TestMembersOfOrganizationsThatWereNotSeenAreUnknownToo(t *testing.T) {
	var broken atomic.Bool
	w := New(t, Options{Transport: func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			if broken.Load() && strings.HasSuffix(r.URL.Path, "/organizations/search") {
				return Answered(r, http.StatusOK, `{"status_code":200,"results_metadata":{"total":1}}`), nil
			}
			return next(body)
		}}
	}})
	w.Converge(t, acme("ada@acme.example: {}"))
	broken.Store(true)
	p := w.Plan(t, state("environment: {user_lock_ttl: 60}\norganizations: {acme: {organization_name: New, members: {bob@acme.example: {}}}}\n"))
	only(t, p, "update environment")
	var unknown []string
	for _, u := range p.Unknown {
		unknown = append(unknown, u.Kind+" "+u.Scope)
	}
	if diff := cmp.Diff([]string{"member organization/acme", "organization "}, unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}

func TestRefusedCredentialsEndTheRunInsteadOfLookingLikeNothing(t *testing.T) {
	w := New(t, Options{Transport: func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, _ []byte, _ func([]byte) (*http.Response, error)) (*http.Response, error) {
			return Answered(r, http.StatusUnauthorized, `{"status_code":401,"error_type":"unauthorized_credentials","error_message":"Unauthorized."}`), nil
		}}
	}})
	var answered *client.Error
	if p, _, err := w.TryPlan(t, acme("ada@acme.example: {}")); p != nil || !errors.As(err, &answered) || answered.Status != http.StatusUnauthorized {
		t.Errorf("plan %v, error %v", p, err)
	}
}

// The guard is what keeps a plan from writing: the same operation is refused
// through the client for planning and goes through without the guard.
func TestTheClientForPlanningCannotWrite(t *testing.T) {
	w := New(t, Options{})
	p := w.Plan(t, acme("ada@acme.example: {}"))
	operation := plan.Operation{Change: &p.Changes[0]}
	before := len(w.Sandbox.Requests())
	_, err := kind.NewActor(w.Catalog, w.Connection.ReadOnly(), w.Target).Do(t.Context(), operation)
	if !errors.Is(err, client.ErrReadOnly) {
		t.Errorf("%v, want ErrReadOnly", err)
	}
	if sent := w.Sandbox.Requests()[before:]; len(sent) > 0 || w.Organization(t, "acme") != nil {
		t.Errorf("something was sent all the same: %v", sent)
	}
	if _, err := kind.NewActor(w.Catalog, w.Connection.Writable(), w.Target).Do(t.Context(), operation); err != nil {
		t.Fatal(err)
	}
	if w.Organization(t, "acme") == nil {
		t.Error("without the guard nothing was written either, so that this test shows nothing")
	}
}
