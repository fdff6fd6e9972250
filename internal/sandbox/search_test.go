package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

const (
	searchOrganizations = organizationsPath + "/search"
	searchMembers       = organizationsPath + "/members/search"
)

// found lists one key of what a search answers, in the answer's order.
func (r reply) found(list, key string) []string {
	var values []string
	items, _ := r.at(list).([]any)
	for _, item := range items {
		values = append(values, item.(map[string]any)[key].(string))
	}
	return values
}

// wantFound compares what a search found, sorted, with names separated by spaces.
func (r reply) wantFound(t *testing.T, list, key, names string) {
	t.Helper()
	got := r.found(list, key)
	slices.Sort(got)
	if diff := cmp.Diff(strings.Fields(names), got, cmp.Transformer("length", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// query gives a body with one filter.
func query(filter, value string) string {
	return fmt.Sprintf(`"query":{"operator":"AND","operands":[{"filter_name":%q,"filter_value":%s}]}`, filter, value)
}

func TestSearchingOrganizationsByEveryFilter(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	acme := l.organization(`"organization_name":"Acme Corp","organization_slug":"acme","email_allowed_domains":["acme.example"]`)
	l.organization(`"organization_name":"Acme Labs","organization_slug":"labs","claimed_email_domains":["labs.example"]`)
	other := l.organization(`"organization_name":"Other","organization_slug":"other"`)
	l.member(acme, `"email_address":"ada@acme.example"`)
	left, _ := l.member(other, `"email_address":"bob@other.example"`)
	l.must("DELETE", left, "")
	acmeID, otherID := strings.TrimPrefix(acme, organizationsPath+"/"), strings.TrimPrefix(other, organizationsPath+"/")
	connection, err := l.server.AddSSOConnection(l.credentials.ProjectID, otherID, "Okta")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ filter, value, want string }{
		{"organization_ids", `["` + acmeID + `","` + otherID + `"]`, "acme other"},
		{"organization_ids", `[]`, ""},
		{"organization_slugs", `["labs","ghost"]`, "labs"},
		{"organization_name_fuzzy", `"ACME"`, "acme labs"},
		{"organization_slug_fuzzy", `"the"`, "other"},
		{"member_emails", `["ADA@acme.example"]`, "acme"},
		{"member_emails", `["bob@other.example"]`, ""},
		{"member_email_fuzzy", `"ada@"`, "acme"},
		{"allowed_domains", `["Acme.example"]`, "acme"},
		{"allowed_domain_fuzzy", `"cme.ex"`, "acme"},
		{"claimed_email_domains", `["labs.example"]`, "labs"},
		{"has_active_sso_connection", `true`, "other"},
		{"has_active_sso_connection", `false`, "acme labs"},
		{"sso_connection_id", `"` + connection + `"`, "other"},
	} {
		t.Run(test.filter+" "+test.value, func(t *testing.T) {
			l.must("POST", searchOrganizations, "{"+query(test.filter, test.value)+"}").wantFound(t, "organizations", "organization_slug", test.want)
		})
	}
	l.must("POST", searchOrganizations, `{}`).wantFound(t, "organizations", "organization_slug", "acme labs other")
	either := `{"query":{"operator":"OR","operands":[{"filter_name":"organization_slugs","filter_value":["labs"]},
		{"filter_name":"organization_name_fuzzy","filter_value":"other"}]}}`
	l.must("POST", searchOrganizations, either).wantFound(t, "organizations", "organization_slug", "labs other")
	l.must("POST", searchOrganizations, strings.Replace(either, "OR", "AND", 1)).wantFound(t, "organizations", "organization_slug", "")
	l.must("POST", searchOrganizations, `{"query":{"operator":"AND","operands":[]}}`).wantFound(t, "organizations", "organization_slug", "acme labs other")
}

func TestSearchingMembersByEveryFilter(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.makeRole("editor")
	acme := l.organization(`"organization_name":"Acme","organization_slug":"acme","rbac_email_implicit_role_assignments":[{"domain":"x.example","role_id":"editor"}]`)
	other := l.organization(`"organization_name":"Other","organization_slug":"other"`)
	_, ada := l.member(acme, `"email_address":"ada@x.example","is_breakglass":true,"external_id":"one","mfa_phone_number":"+12025550123"`)
	_, bob := l.member(acme, `"email_address":"bob@x.example","create_member_as_pending":true,"external_id":"two","roles":["stytch_admin"]`)
	gone, _ := l.member(acme, `"email_address":"gone@x.example"`)
	l.must("DELETE", gone, "")
	l.member(other, `"email_address":"ada@x.example"`)
	l.verify(ada)
	if err := l.server.SetFactors(l.credentials.ProjectID, ada, true, false); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ filter, value, want string }{
		{"member_ids", `["` + ada + `","` + bob + `"]`, "ada@x.example bob@x.example"},
		{"member_ids", `["two"]`, "bob@x.example"},
		{"member_ids", `[]`, ""},
		{"member_emails", `["ADA@x.example","gone@x.example"]`, "ada@x.example"},
		{"member_email_fuzzy", `"BOB"`, "bob@x.example"},
		{"member_is_breakglass", `true`, "ada@x.example"},
		{"member_is_breakglass", `false`, "bob@x.example"},
		{"statuses", `["pending"]`, "bob@x.example"},
		{"statuses", `["deleted"]`, "gone@x.example"},
		{"statuses", `["active","deleted"]`, "ada@x.example gone@x.example"},
		{"member_mfa_phone_numbers", `["+12025550123"]`, "ada@x.example"},
		{"member_mfa_phone_number_fuzzy", `"0123"`, "ada@x.example"},
		{"member_password_exists", `true`, "ada@x.example"},
		{"member_roles", `["stytch_admin"]`, "bob@x.example"},
		{"member_roles", `["editor"]`, "ada@x.example"},
	} {
		t.Run(test.filter+" "+test.value, func(t *testing.T) {
			r := l.must("POST", searchMembers, `{"organization_ids":["acme"],`+query(test.filter, test.value)+"}")
			r.wantFound(t, "members", "email_address", test.want)
		})
	}
	all := l.must("POST", searchMembers, `{"organization_ids":["acme","other","ghost"]}`)
	all.wantFound(t, "members", "email_address", "ada@x.example ada@x.example bob@x.example")
	all.wantJSON(t, `{"total":3,"next_cursor":null}`, "results_metadata")
	if organizations := all.at("organizations").(map[string]any); len(organizations) != 2 {
		t.Errorf("the page has %d organizations, want 2", len(organizations))
	}
	one := l.must("POST", searchMembers, `{"organization_ids":["acme","other"],`+query("member_is_breakglass", "true")+"}")
	if organizations := one.at("organizations").(map[string]any); len(organizations) != 1 {
		t.Errorf("organizations of no member on the page are shown: %v", organizations)
	}
}

func TestASearchInAnOrganizationThatDoesNotExistFindsNobodyOrIsRefused(t *testing.T) {
	const nobody = `{"organization_ids":["organization-test-00000000-0000-4000-8000-000000000000"]}`
	for _, refused := range []bool{false, true} {
		l := newLab(t, sandbox.Options{Knobs: sandbox.Knobs{UnknownOrganizationsRefused: refused}})
		if got := l.data("POST", searchMembers, nobody); refused {
			got.want(t, 404, "organization_not_found")
		} else if got.status != 200 || len(got.found("members", "member_id")) != 0 {
			t.Errorf("%d %v", got.status, got.found("members", "member_id"))
		}
	}
}

func TestSearchesThatAreRefused(t *testing.T) {
	l, _ := newAcme(t, sandbox.Options{Knobs: sandbox.Knobs{MaxOrganizationIDs: 2}})
	for _, test := range []struct{ path, body, errorType string }{
		{searchOrganizations, `"limit":0`, "user_search_invalid_limit"},
		{searchOrganizations, `"limit":1001`, "user_search_invalid_limit"},
		{searchOrganizations, `"limit":"10"`, "user_search_invalid_limit"},
		{searchOrganizations, `"cursor":"nonsense"`, "user_search_invalid_cursor"},
		{searchOrganizations, `"query":{"operands":[]}`, "user_search_invalid_operator"},
		{searchOrganizations, `"query":{"operator":"XOR"}`, "user_search_invalid_operator"},
		{searchOrganizations, query("organization_slug", `"acme"`), "organization_search_filter_name_not_recognized"},
		{searchOrganizations, query("", `"acme"`), "organization_search_missing_filter_name"},
		{searchOrganizations, query("organization_slugs", `null`), "organization_search_missing_filter_value"},
		{searchOrganizations, query("organization_slugs", `"acme"`), "organization_search_expected_array_of_strings"},
		{searchOrganizations, query("organization_name_fuzzy", `["acme"]`), "organization_search_expected_string"},
		{searchOrganizations, query("organization_name_fuzzy", `"ac"`), "organization_search_organization_name_fuzzy_too_short"},
		{searchOrganizations, query("has_active_sso_connection", `"yes"`), "organization_search_expected_boolean"},
		{searchOrganizations, query("member_emails", `["ada"]`), "invalid_email"},
		{searchMembers, `"limit":10`, "member_search_organization_ids_empty"},
		{searchMembers, `"organization_ids":[]`, "member_search_organization_ids_empty"},
		{searchMembers, `"organization_ids":"acme"`, "invalid_argument"},
		{searchMembers, `"organization_ids":["a","b","c"]`, "too_many_organization_ids"},
		{searchMembers, `"organization_ids":["acme"],` + query("status", `["active"]`), "member_search_filter_name_not_recognized"},
		{searchMembers, `"organization_ids":["acme"],` + query("statuses", `["gone"]`), "search_invalid_status_filter"},
		{
			searchMembers, `"organization_ids":["acme"],` + query("member_ids", `["one","member-test-1"]`),
			"member_search_cannot_mix_internal_and_external_member_ids",
		},
	} {
		t.Run(test.errorType+" for "+test.body, func(t *testing.T) {
			l.data("POST", test.path, "{"+test.body+"}").want(t, 400, test.errorType)
		})
	}
}
