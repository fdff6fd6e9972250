package plan_test

import (
	"reflect"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The shortest way to write a world in a test.

// value is a thing with fields such as "name=x", "roles=a,b", "external=1".
func value(key string, fields ...string) *thing {
	t := &thing{Key: key}
	for _, f := range fields {
		name, text, _ := strings.Cut(f, "=")
		switch name {
		case "name":
			t.Name = &text
		case "external":
			t.External = &text
		case "roles":
			roles := strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
			t.Roles = &roles
		default:
			panic("no field " + name)
		}
	}
	return t
}

func declare(key string, fields ...string) plan.Declaration {
	return plan.Declaration{Key: key, Value: value(key, fields...), Resource: key, Source: &plan.Source{File: "acme.yaml", Line: 1, Column: 1}}
}

func live(id, key string, fields ...string) plan.Object {
	v := value(key, fields...)
	return plan.Object{ID: id, Key: key, Value: &thing{
		Key: key, Name: new(deref(v.Name)), Roles: new(deref(v.Roles)), External: new(deref(v.External)),
	}}
}

// with changes a copy of a declaration or an object.
func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

var target = plan.Target{ProjectID: "project-test-1", ProjectSlug: "acme-auth", EnvironmentSlug: "test"}

// lax is a policy under which nothing but what a test is about is blocked.
func lax() plan.Policy {
	p := plan.DefaultPolicy()
	p.Limits = plan.Limits{Deletes: 1000, DeletePercent: 100, AccessRemovals: 1000, Restorations: 1000, LockOuts: 1000}
	p.MinAdmins = 0
	return p
}

func draft(policy plan.Policy, sets ...plan.Set) (*plan.Plan, []plan.Problem) {
	d := plan.NewDraft(target, policy, "test")
	for _, s := range sets {
		d.Compare(s)
	}
	return d.Finish()
}

// members is the set of acme's members.
func members(declared []plan.Declaration, live ...plan.Object) plan.Set {
	return plan.Set{Kind: memberKind, Within: "organization/acme", OrganizationID: "organization-1", Declared: declared, Live: live, Closed: true}
}

func only(declared ...plan.Declaration) []plan.Declaration { return declared }

// actions writes a plan as "action address" lines.
func actions(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.Changes {
		out = append(out, string(c.Action)+" "+string(c.Address))
	}
	return out
}

func blockIDs(p *plan.Plan) []string {
	out := []string{}
	for _, b := range p.Blocked {
		out = append(out, b.ID)
	}
	return slices.Compact(out)
}

func messages(problems []plan.Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, p.Message)
	}
	return out
}

func find(p *plan.Plan, address plan.Address) *plan.Change {
	i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.Address == address })
	if i < 0 {
		return nil
	}
	return &p.Changes[i]
}

// nulls reports a nil list or map anywhere in a value that marshals it.
func nulls(v reflect.Value, path string) []string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return nulls(v.Elem(), path)
	case reflect.Struct:
		var out []string
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.PkgPath == "" && !strings.Contains(field.Tag.Get("json"), "omitempty") {
				out = append(out, nulls(v.Field(i), path+"."+field.Name)...)
			}
		}
		return out
	case reflect.Slice, reflect.Map:
		if v.IsNil() {
			return []string{path}
		}
		if v.Kind() == reflect.Map {
			return nil
		}
		var out []string
		for i := range v.Len() {
			out = append(out, nulls(v.Index(i), path)...)
		}
		return out
	}
	return nil
}
