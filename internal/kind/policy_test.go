package kind

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestAPolicyIsReadOverTheDefaults(t *testing.T) {
	desired, problems := decoded(t, `
policy:
  undeclared: {widgets: delete, gadget: keep}
  protect: [widget/w, organization/o, organization/o/gadget/a/b, setting]
  limits: {deletes: 0, restorations: 3}
  min_admins: 2
widgets: {v: {protect: true, title: abc}, w: {protect: true}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := plan.DefaultPolicy()
	want.Undeclared = map[string]plan.Undeclaring{"widget": plan.DeleteUndeclared, "gadget": plan.KeepUndeclared}
	want.Protect = []plan.Address{"organization/o", "organization/o/gadget/a/b", "setting", "widget/v", "widget/w"}
	want.Limits.Deletes, want.Limits.Restorations, want.MinAdmins = 0, 3, 2
	if diff := cmp.Diff(want, desired.Policy); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesInAPolicy(t *testing.T) {
	for _, test := range []struct{ name, policy, want string }{
		{"no map", "7", `2:9: a map of policies is wanted here, not a number`},
		{"an unknown word", "{limit: {}}", `2:10: unknown policy "limit" (did you mean "limits"?)`},
		{"an unknown limit", "{limits: {delets: 1}}", `2:19: unknown limit "delets" (did you mean "deletes"?)`},
		{"limits that are no map", "{limits: 3}", `2:18: a map of limits to whole numbers is wanted here, not a number`},
		{"a limit that is no number", "{limits: {deletes: many}}", `2:28: a whole number is wanted here, not a string`},
		{"a fraction of a deletion", "{limits: {deletes: 1.5}}", `2:28: 1.5 is no count: it must be a whole number, 0 or more`},
		{"a percentage of more than all", "{limits: {delete_percent: 101}}", `2:35: delete_percent is a percentage: 101 is more than 100`},
		{"a negative number", "{min_admins: -1}", `2:22: -1 is no count: it must be a whole number, 0 or more`},
		{"an unknown kind", "{undeclared: {widget: keep, wigdets: delete}}", `2:37: unknown deletable kind "wigdets" (did you mean "widgets"?)`},
		{"a kind that is never deleted by omission", "{undeclared: {organizations: delete}}", `2:23: organizations are never deleted because they are not declared (declare the one that shall go, with absent: true)`},
		{"a singleton", "{undeclared: {setting: delete}}", `2:23: unknown deletable kind "setting" (known here: widgets, gadgets)`},
		{"another word than keep and delete", "{undeclared: {widgets: remove}}", `2:32: "remove" is not allowed here: it must be one of keep or delete`},
		{"neither", "{undeclared: {widgets: true}}", `2:32: keep or delete is wanted here, not a bool`},
		{"kinds that are no map", "{undeclared: delete}", `2:22: a map of kinds to keep or delete is wanted here, not a string`},
		{"protections that are no list", "{protect: widget/w}", `2:19: a list of addresses is wanted here, not a string`},
		{"a protection that is no text", "{protect: [{widget: w}]}", `2:20: an address such as organization/acme is wanted here, not a map`},
		{"an expression with a mistake is told once", "{min_admins: '${nope}', undeclared: {widgets: '${nope}'}, protect: ['${nope}']}", ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := decoded(t, "policy: "+test.policy+"\nwidgets: {}\n")
			if test.want == "" {
				if len(problems) != 3 {
					t.Errorf("%d problems, want one for each expression: %v", len(problems), problems)
				}
				return
			}
			if diff := cmp.Diff([]string{test.want}, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProtectionNamesOneObjectThatCanBe(t *testing.T) {
	for _, test := range []struct{ address, want string }{
		{"widget/w", ""},
		{"widget/https://a.example/?b=c", ""},
		{"organization/o", ""},
		{"organization/o/gadget/g/h", ""},
		{"setting", ""},
		{"", `no kind is called ""`},
		{"wigdet/w", `no kind is called "wigdet"`},
		{"widget", "it does not name one widget"},
		{"widget/", "it does not name one widget"},
		{"setting/x", "it does not name one setting"},
		{"organization", "it does not name one organization"},
		{"organization/", "it does not name one organization"},
		{"organization//gadget/g", "the organization's slug is empty"},
		{"organization/o/", `no kind is called ""`},
		{"organization/o/widget/w", "a widget lives in no organization"},
		{"organization/o/gadget", "it does not name one gadget"},
		{"gadget/g", "a gadget lives in an organization"},
	} {
		if got := checkAddress(test.address, toys()); got != test.want {
			t.Errorf("%q: %q, want %q", test.address, got, test.want)
		}
	}
}

func TestAllowRaisesTheNamedLimit(t *testing.T) {
	policy := plan.DefaultPolicy()
	if err := Allow(&policy, []string{"deletes=12", "restorations=1", "deletes=13"}); err != nil {
		t.Fatal(err)
	}
	want := plan.DefaultPolicy().Limits
	want.Deletes, want.Restorations = 13, 1
	if diff := cmp.Diff(want, policy.Limits); diff != "" {
		t.Error(diff)
	}
	for allowance, want := range map[string]string{
		"deletes":            `--allow "deletes" names no limit that it could raise: write LIMIT=N, such as deletes=12`,
		"deletes=":           `--allow "deletes=" names no limit that it could raise: write LIMIT=N, such as deletes=12`,
		"deletes=x":          `--allow "deletes=x" names no limit that it could raise: write LIMIT=N, such as deletes=12`,
		"deletes=-1":         `--allow "deletes=-1" names no limit that it could raise: write LIMIT=N, such as deletes=12`,
		"protect=1":          `--allow "protect=1" names no limit that it could raise: the limits are deletes, delete_percent, access_removals, restorations, lock_outs`,
		"delete_percent=101": `--allow "delete_percent=101" names no limit that it could raise: delete_percent is a percentage: no more than 100 makes sense`,
		"restoration=1":      `--allow "restoration=1" names no limit that it could raise: did you mean restorations?`,
		"deletes=3":          `--allow "deletes=3" names no limit that it could raise: the documents already allow 13`,
	} {
		if err := Allow(&policy, []string{allowance}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
