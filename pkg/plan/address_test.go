package plan_test

import (
	"slices"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAddresses(t *testing.T) {
	tests := []struct {
		name              string
		within            plan.Address
		kind, key         string
		want, nestsInside plan.Address
	}{
		{"an organization", "", "organization", "acme", "organization/acme", ""},
		{"a member lives in an organization", "organization/acme", "member", "ada@acme.example", "organization/acme/member/ada@acme.example", "organization/acme"},
		{"a key keeps its slashes", "", "redirect_url", "https://app.acme.example/a", "redirect_url/https://app.acme.example/a", ""},
		{"a key keeps its percent signs", "", "redirect_url", "https://a/%20", "redirect_url/https://a/%20", ""},
		{"a singleton is the bare kind", "", "rbac_policy", "", "rbac_policy", ""},
		{"a singleton in an organization", "organization/acme", "scim_connection", "", "organization/acme/scim_connection", "organization/acme"},
		{"control characters are percent-encoded, byte by byte", "", "link", "a\nb\x7f\u0085\u2028", "link/a%0Ab%7F%C2%85%E2%80%A8", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := plan.NewAddress(test.within, test.kind, test.key)
			if got != test.want || got.Organization() != test.nestsInside {
				t.Errorf("got %q in %q, want %q in %q", got, got.Organization(), test.want, test.nestsInside)
			}
		})
	}
}

func TestAnOrganizationIncludesWhatNestsInIt(t *testing.T) {
	tests := []struct {
		a, other plan.Address
		want     bool
	}{
		{"organization/acme", "organization/acme", true},
		{"organization/acme", "organization/acme/member/ada", true},
		{"organization/acme", "organization/acme2/member/ada", false},
		{"organization/acme/member/ada", "organization/acme", false},
		{"organization/acme/member/ada", "organization/acme/member/ada/x", false},
		{"link/a", "link/a/b", false},
		{"link/a", "link/a", true},
		{"", "link/a", false},
	}
	for _, test := range tests {
		if got := test.a.Includes(test.other); got != test.want {
			t.Errorf("%q includes %q: %v", test.a, test.other, got)
		}
	}
}

func TestEveryLimitHasAName(t *testing.T) {
	limits := plan.DefaultPolicy().Limits
	var got []int
	for _, name := range plan.LimitNames() {
		got = append(got, *limits.Limit(name))
	}
	if !slices.Equal(got, []int{10, 25, 25, 0, 0}) {
		t.Errorf("the defaults are %v", got)
	}
	if limits.Limit("delets") != nil {
		t.Error("a name that no limit has has a limit")
	}
}

func TestASavedReportIsToldFromASavedPlan(t *testing.T) {
	if _, ok := plan.DecodeReport([]byte(`{"format_version": "1.0", "operations": []}`)); !ok {
		t.Error("a report was not recognised")
	}
	p, _ := draft(lax(), sample()...)
	for _, other := range []string{encoded(t, p), "", "[]", "version: 1"} {
		if _, ok := plan.DecodeReport([]byte(other)); ok {
			t.Errorf("%.40q was taken for a report", other)
		}
	}
}
