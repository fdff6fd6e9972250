package kindtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func policyAndMember(policy, role string) Documents {
	return state("rbac_policy:\n  custom_roles: " + policy + "\norganizations:\n  acme:\n    organization_name: Acme\n" +
		"    rbac_email_implicit_role_assignments: [{domain: acme.example, role_id: " + role + "}]\n" +
		"    members:\n      ada@acme.example: {roles: [" + role + "]}\n")
}

// The sandbox refuses to remove a role that somebody has, and to give one that
// is not there: any other order than the planned one fails.
func TestThePolicyAddsBeforeMembersUseItAndRemovesAfterTheyLetGo(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{UsedRolesKept: true}})
	w.Converge(t, policyAndMember("{editor: {}}", "editor"))
	w.Sandbox.ResetRequests()
	w.Converge(t, policyAndMember("{author: {}}", "author"))
	const (
		put          = "PUT /pwa/v3/projects/{project_slug}/environments/{environment_slug}/rbac_policy"
		organization = "PUT /v1/b2b/organizations/{organization_id}"
		member       = "PUT /v1/b2b/organizations/{organization_id}/members/{member_id}"
	)
	if diff := cmp.Diff([]string{put, organization, member, put}, writes(w.Sandbox.Requests())); diff != "" {
		t.Errorf("order of writes (-want +got):\n%s", diff)
	}
}

func TestARoleThatAMemberKeepsIsNotTakenFromUnderThem(t *testing.T) {
	w := New(t, Options{Knobs: sandbox.Knobs{UsedRolesKept: true}})
	w.Converge(t, policyAndMember("{editor: {}}", "editor"))
	// Somebody gives the member another role, which the next change would take away with the old.
	p := w.Plan(t, policyAndMember("{author: {}}", "author"))
	for _, step := range p.Changes {
		if step.Kind == "rbac_policy" && (len(step.Steps) != 2 || len(step.Steps[1].Needs) == 0) {
			t.Errorf("the removal waits for nobody: %+v", step.Steps)
		}
	}
	ada := w.Member(t, "acme", "ada@acme.example")
	w.Ask(t, http.MethodDelete, "/v1/b2b/organizations/"+ada["organization_id"].(string)+"/members/"+id(ada), nil)
	report, err := w.Run(t, p) // the member is gone: letting go fails, and so the role stays
	if err != nil {
		t.Fatal(err)
	}
	results := map[plan.Address]plan.Result{}
	for _, o := range report.Operations {
		results[o.Address] = o.Result
	}
	want := map[plan.Address]plan.Result{
		"rbac_policy": plan.Skipped, "organization/acme": plan.Done, "organization/acme/member/ada@acme.example": plan.Failed,
	}
	if diff := cmp.Diff(want, results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	policy := w.Ask(t, http.MethodGet, "~/rbac_policy", nil)["policy"].(Object)
	roles := byID(policy["custom_roles"], "role_id").(Object)
	if roles["editor"] == nil || roles["author"] == nil {
		t.Errorf("roles: %v, want both", roles)
	}
}

func TestKeysOfThePolicyThatNobodyKnowsSurvive(t *testing.T) {
	var mu sync.Mutex
	var sent Object
	newer := func(next http.RoundTripper) http.RoundTripper {
		return Between{Next: next, Do: func(r *http.Request, body []byte, next func([]byte) (*http.Response, error)) (*http.Response, error) {
			if !strings.HasSuffix(r.URL.Path, "/rbac_policy") {
				return next(body)
			}
			if r.Method == http.MethodPut {
				mu.Lock()
				defer mu.Unlock()
				sent = nil
				if err := json.Unmarshal(body, &sent); err != nil {
					return nil, err
				}
				return next(body)
			}
			answer, err := next(body)
			if err != nil {
				return nil, err
			}
			text, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			text = bytes.Replace(text, []byte(`"custom_roles":[{`), []byte(`"future_rules":[{"id":7}],"custom_roles":[{"future_flag":true,`), 1)
			return Answered(r, http.StatusOK, string(text)), err
		}}
	}
	w := New(t, Options{Transport: newer})
	w.Ask(t, http.MethodPut, "~/rbac_policy", Object{"custom_roles": []Object{{"role_id": "editor", "description": "", "permissions": []any{}}}})
	w.Apply(t, state("rbac_policy: {custom_roles: {editor: {description: writes}, viewer: {}}}\n"))
	mu.Lock()
	defer mu.Unlock()
	want := Object{
		"future_rules": []any{Object{"id": 7.0}},
		"editor":       Object{"role_id": "editor", "description": "writes", "permissions": []any{}, "future_flag": true},
	}
	got := Object{"future_rules": sent["future_rules"], "editor": pick(sent["custom_roles"], "role_id", "editor")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestStytchsOwnPermissionsStayUnlessNamed(t *testing.T) {
	w := New(t, Options{})
	permissions := func() Object {
		policy := w.Ask(t, http.MethodGet, "~/rbac_policy", nil)["policy"].(Object)
		return byResource(policy["stytch_admin"].(Object)["permissions"]).(Object)
	}
	before := permissions()
	w.Converge(t, state("rbac_policy: {custom_resources: {invoices: {available_actions: [pay]}}, stytch_admin: {permissions: {invoices: [pay], stytch.scim: []}}}\n"))
	before["invoices"] = []any{"pay"}
	delete(before, "stytch.scim")
	if diff := cmp.Diff(before, permissions()); diff != "" {
		t.Errorf("permissions of stytch_admin (-want +got):\n%s", diff)
	}
}

func TestRolesAreFreeToUseWhereTheDocumentsLeaveThemAlone(t *testing.T) {
	w := New(t, Options{})
	w.Ask(t, http.MethodPut, "~/rbac_policy", Object{"custom_roles": []Object{{"role_id": "editor", "description": "", "permissions": []any{}}}})
	member := "organizations: {acme: {organization_name: Acme, members: {ada@acme.example: {roles: [editor]}}}}\n"
	w.Converge(t, state("rbac_policy: {custom_resources: {invoices: {available_actions: [pay]}}}\n"+member))
	_, diagnostics := w.Diagnose(t, state("rbac_policy: {custom_roles: {editr: {}}}\n"+member))
	if len(diagnostics) != 1 || diagnostics[0].Hint != `did you mean "editr"?` {
		t.Errorf("a role that the declared policy lacks: %s", words(diagnostics))
	}
	if _, diagnostics := w.Diagnose(t, state("rbac_policy: {custom_roles: {}}\n"+member)); len(diagnostics) != 1 {
		t.Errorf("the declared policy has no roles: %s", words(diagnostics))
	}
}
