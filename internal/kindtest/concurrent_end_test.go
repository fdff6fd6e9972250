package kindtest

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// endsAsWished holds the end against what each side wanted of each attribute.
//
//	who wrote it            the attribute ends as
//	both                    one of the two wants it
//	one, the other failed   the one wants it
//	nobody                  it was, or as a step on the way has it
func (r *race) endsAsWished(t *testing.T) {
	t.Helper()
	first, last := r.history[0].sight, r.history[len(r.history)-1].sight
	for address, ids := range last.ids {
		if twins := len(ids) > 1; twins && !strings.HasPrefix(string(address), "trusted_token_profile/") && !strings.HasPrefix(string(address), "connected_app/") {
			t.Errorf("%s is there %d times", address, len(ids))
		}
	}
	for i := range r.sides {
		s := &r.sides[i]
		for j, c := range s.report.Operations {
			change := &s.plan.Changes[j]
			object, there := last.byID[c.ID]
			if !there {
				object = last.objects[c.Address]
			}
			if object == nil || change.Action == plan.Delete {
				continue // who deletes is held against the report; see reportedTruly
			}
			for _, a := range change.Attributes {
				allowed := []any{wanted(a)}
				if c.Result != plan.Done || sharedDocuments[change.Kind] {
					allowed = append(allowed, valueIn(first.of(c), a.Name))
				}
				allowed = append(allowed, r.sides[1-i].wants(c.Address, a.Name)...)
				is := valueIn(object, a.Name)
				if !slices.ContainsFunc(allowed, func(v any) bool { return reflect.DeepEqual(v, is) }) && !onTheWay(a.Name, is, allowed) {
					t.Errorf("%s %s ends as %v, and nobody wants that: %v", c.Address, a.Name, is, allowed)
				}
			}
		}
	}
}

// sharedDocuments are kinds whose writes carry what they do not declare, as it
// was read right before. Without conditional writes an undeclared part that
// somebody changes in these milliseconds goes back to what it was.
var sharedDocuments = map[string]bool{"rbac_policy": true, "jwt_template": true, "password_strength_config": true, "b2b_sdk_config": true}

// wants are the values that a side may have given an attribute.
func (s *side) wants(address plan.Address, name string) []any {
	var values []any
	for _, c := range s.plan.Changes {
		for _, a := range c.Attributes {
			if c.Address == address && a.Name == name {
				values = append(values, wanted(a))
			}
		}
	}
	return values
}

// onTheWay: roles are added first and taken away last, so that a side which stopped
// in between leaves those of both.
func onTheWay(name string, is any, allowed []any) bool {
	if name != "custom_roles" {
		return false
	}
	known := map[any]bool{}
	for _, list := range allowed {
		roles, _ := list.([]any)
		for _, role := range roles {
			known[role] = true
		}
	}
	roles, _ := is.([]any)
	return !slices.ContainsFunc(roles, func(role any) bool { return !known[role] })
}

// settles: each side alone comes to its end, unless both have made a profile of
// one name: then the next plan stops and names both.
func (r *race) settles(t *testing.T) (shared int64) {
	t.Helper()
	end := r.history[len(r.history)-1].sight
	twins := end.ids["trusted_token_profile/new"]
	if len(twins) > 1 {
		shared = 1
	}
	for i := range r.sides {
		s := &r.sides[i]
		w := *r.world
		w.Sandbox = forked(t, r.world.Sandbox)
		declares := slices.ContainsFunc(s.plan.Changes, func(c plan.Change) bool { return c.Address == "trusted_token_profile/new" })
		for run := range 3 {
			w.Connection = w.pipe(t, w.Sandbox, nil)
			p := w.pipeline(t, s.desired, false)
			if len(twins) > 1 && declares {
				if text := words(p.problems); !strings.Contains(text, twins[0]) || !strings.Contains(text, twins[1]) {
					t.Errorf("%s: two profiles have one name, and the next plan does not name %v: %s", s.name, twins, p.told())
				}
				break
			}
			if p.plan == nil || p.problems.HasErrors() {
				t.Fatalf("%s alone has no plan: %s", s.name, p.told())
			}
			if len(p.plan.Changes) == 0 {
				break
			}
			if run == 2 {
				t.Errorf("%s alone does not come to an end: %s", s.name, p.told())
			}
		}
	}
	return shared
}

// formerly is what both sides plan from.
func formerly() Object {
	return Object{
		"environment":   Object{"name": "Staging", "user_lock_threshold": 5},
		"redirect_urls": Object{"https://a.example/": validFor("LOGIN", false), "https://old.example/": validFor("INVITE", false)},
		"rbac_policy":   Object{"custom_roles": Object{"editor": Object{}, "viewer": Object{}}},
		"jwt_templates": Object{"SESSION": Object{"template_content": `{"plan":"gold"}`, "custom_audience": "billing"}},
		"trusted_token_profiles": Object{
			"first": jwkProfile(nil), "old": jwkProfile(nil),
		},
		"organizations": Object{
			"acme": Object{"organization_name": "Acme", "email_invites": "ALL_ALLOWED", "members": Object{
				"ada@acme.example": Object{"roles": []string{"stytch_admin"}},
				"bob@acme.example": Object{"name": "Bob", "roles": []string{"editor"}, "trusted_metadata": Object{"plan": "gold"}},
				"eve@acme.example": Object{"name": "Eve"},
			}},
			"old": Object{"organization_name": "Old", "members": Object{"ola@old.example": Object{}}},
		},
	}
}

// wishes are one side's documents, by chance: the same objects as the other
// side's, with values of its own.
func wishes(random *rand.Rand, name string) Object {
	one := func(values ...any) any { return values[random.IntN(len(values))] }
	some := func(object Object, key string, values ...any) {
		if random.IntN(3) > 0 {
			object[key] = one(values...)
		}
	}
	gone := Object{"absent": true}

	environment := Object{}
	some(environment, "name", name)
	some(environment, "user_lock_threshold", 10, 20)
	urls := Object{}
	some(urls, "https://a.example/", validFor("LOGIN", true), validFor("SIGNUP", false))
	some(urls, "https://old.example/", gone, validFor("DISCOVERY", false))
	some(urls, "https://new.example/", validFor("LOGIN", false), validFor("INVITE", name == "left"))
	template := Object{}
	some(template, "template_content", `{"plan":"`+name+`"}`)
	some(template, "custom_audience", name)
	profiles := Object{}
	some(profiles, "first", jwkProfile(Object{"issuer": name + ".example"}))
	some(profiles, "old", gone, jwkProfile(Object{"issuer": name + ".example"}))
	some(profiles, "new", jwkProfile(Object{"issuer": name + ".example"}))

	bob := Object{}
	some(bob, "name", name)
	some(bob, "roles", []string{"editor"}, []string{"stytch_admin"}, []string{})
	some(bob, "trusted_metadata", Object{"plan": name}, Object{name: 1}, Object{"plan": nil})
	members := Object{"ada@acme.example": Object{"roles": []string{"stytch_admin"}}, "bob@acme.example": bob}
	some(members, "eve@acme.example", gone, Object{"name": name})
	some(members, "new@acme.example", Object{"name": name}, Object{"name": "New"})
	acme := Object{"members": members}
	some(acme, "organization_name", name)
	some(acme, "email_invites", "NOT_ALLOWED", "ALL_ALLOWED")
	organizations := Object{"acme": acme}
	some(organizations, "old", gone, Object{"organization_name": name, "members": Object{"ola@old.example": Object{"name": name}}})
	some(organizations, "newest", Object{"organization_name": name, "members": Object{"kim@newest.example": Object{"name": name}}})

	documents := Object{
		"environment": environment, "redirect_urls": urls, "jwt_templates": Object{"SESSION": template},
		"trusted_token_profiles": profiles, "organizations": organizations,
	}
	some(documents, "rbac_policy",
		Object{"custom_roles": Object{"editor": Object{}, name: Object{}}}, Object{"custom_roles": Object{"editor": Object{}, "viewer": Object{}, name: Object{}}},
	)
	return documents
}
