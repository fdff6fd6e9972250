package kindtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// From any world, what the documents say is what there is afterwards, and then
// there is nothing left to do. That it is there is told by the sandbox's answers
// and the drawn tree alone.
func TestAnyWorldBecomesWhatTheDocumentsSay(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		t.converges(b.yaml())
		t.holds(b)
	})
}

// holds fails the trial unless everything that documents declare is so.
func (t *trial) holds(b *documents) {
	d := t.dump()
	for _, word := range []string{"environment", "rbac_policy"} {
		if declared, ok := b.top[word].(Object); ok {
			t.has(word, declared, d[word])
		}
	}
	for word, name := range map[string]string{"jwt_templates": "jwt_template", "redirect_urls": "redirect_url", "trusted_token_profiles": "trusted_token_profile", "organizations": "organization"} {
		set, _ := b.top[word].(Object)
		for key := range set {
			declared := set[key].(Object)
			o := d.named(plan.Change{Kind: name, Key: key})
			t.has(name, declared, o)
			members, _ := declared["members"].(Object)
			for address := range members {
				t.has("member", members[address].(Object), d.named(plan.Change{Kind: "member", Key: address, OrganizationID: id(o)}))
			}
		}
	}
}

// has fails the trial unless an object has what is declared of it.
func (t *trial) has(kind string, declared, o Object) {
	if declared["absent"] == true {
		if o != nil {
			t.Fatalf("the %s is declared absent, and there: %v", kind, o)
		}
		return
	}
	if o == nil {
		t.Fatalf("the %s is not there: %v", kind, declared)
	}
	for name, value := range declared {
		switch name {
		case "members", "initial", "renamed_from", "idp_members":
			continue
		case "trusted_metadata", "untrusted_metadata", "stytch_member", "stytch_admin":
			for key, value := range flat(value.(Object)) {
				t.equal(kind, name+"."+key, value, o)
			}
			continue
		}
		t.equal(kind, name, value, o)
	}
}

func (t *trial) equal(kind, attribute string, value any, o Object) {
	if attribute == "template_content" && value == "{}" {
		value = nil
	}
	if diff := cmp.Diff(canonical(value), raw(kind, attribute, o)); diff != "" {
		t.Fatalf("%s of the %s, declared (-) and in the sandbox (+):\n%s\n%v", attribute, kind, diff, o)
	}
}

// flat is what is owned by key: {permissions: {a: …}} becomes {permissions.a: …}.
func flat(o Object) Object {
	permissions, ok := o["permissions"].(Object)
	if !ok {
		return o
	}
	flat := Object{}
	for resource, actions := range permissions {
		flat["permissions."+resource] = actions
	}
	return flat
}

// Every write belongs to a change of the plan and every change that was done has
// its writes; what the plan does not name is as it was, to the byte.
func TestNothingIsWrittenOutsideThePlan(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		p := t.usable(b.yaml())
		before := t.dump()
		t.witness.forget()
		report := t.run(p)
		t.done(p, report)
		t.accounted(p, report)
		t.untouched(p, before, t.dump())
	})
}

// accounted holds writes and report against the plan.
func (t *trial) accounted(p *plan.Plan, report *plan.Report) {
	wrote := map[plan.Address]int{}
	for i, s := range t.witness.writes {
		address := s.subject(p, report, t.witness.writes[:i])
		if !slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Address == address }) {
			t.Fatalf("%s %s %v %v belongs to nothing in the plan (%s):\n%s", s.method, s.path, s.url, s.body, address, Told(p))
		}
		wrote[address]++
	}
	for _, o := range report.Operations {
		tried := o.Written > 0 || o.Result == plan.Failed
		if o.Result == plan.Done && o.Written > 0 && wrote[o.Address] == 0 || !tried && wrote[o.Address] > 0 {
			t.Fatalf("%s %s is %s, %d steps of it wrote, and %d writes were sent", o.Action, o.Address, o.Result, o.Written, wrote[o.Address])
		}
	}
}

// untouched holds what the sandbox has after an apply against what it had.
func (t *trial) untouched(p *plan.Plan, before, after dump) {
	doomed, changes := map[any]bool{}, map[string]plan.Change{}
	for _, c := range p.Changes {
		if o := before.of(c); o != nil || c.Action == plan.Restore {
			changes[keyOf(c)] = c
		}
		if c.Kind == "organization" && c.Action == plan.Delete {
			doomed[c.ID] = true
		}
	}
	for key, was := range before {
		is, c := after[key], changes[key]
		switch _, named := changes[key]; {
		case is == nil || is["status"] == "deleted" && was["status"] != "deleted":
			if c.Action != plan.Delete && !doomed[was["organization_id"]] {
				t.Fatalf("%s is gone, and the plan does not delete it: %v\n%s", key, was, Told(p))
			}
		case !named:
			if diff := cmp.Diff(before.lasting(key), after.lasting(key)); diff != "" && !moved(p, was) {
				t.Fatalf("the plan does not name %s, and it was changed:\n%s\n%s", key, diff, Told(p))
			}
		case c.Action == plan.Update:
			t.sparing(c, was, is)
		}
	}
}

func keyOf(c plan.Change) string {
	switch c.Kind {
	case "environment", "rbac_policy":
		return c.Kind
	case "redirect_url", "jwt_template":
		return c.Kind + "/" + c.Key
	}
	return c.Kind + "/" + c.ID
}

// lasting is an object without what others' changes show in it: roles that an
// organization gives by domain.
func (d dump) lasting(key string) Object {
	o := copied(d[key]).(Object)
	if strings.HasPrefix(key, "member/") {
		o["roles"] = assigned(d[key])
		delete(o, "is_admin")
	}
	return o
}

// moved reports whether the plan says that a URL is no longer a default.
func moved(p *plan.Plan, o Object) bool {
	address, isURL := o["url"].(string)
	return isURL && strings.Contains(consequences(p), address+" is no longer the default for ")
}

// beside are the attributes that a change of another brings along (Stytch's API
// reference): of the address, the number, and whatever is written.
var beside = map[string][]string{
	"":                 {"updated_at"},
	"email_address":    {"email_address_verified", "email_id", "member_password_id", "retired_email_addresses", "roles"},
	"mfa_phone_number": {"mfa_phone_number_verified", "default_mfa_method"},
	"roles":            {"is_admin"},
}

// sparing fails the trial if an update changed more than the plan says.
func (t *trial) sparing(c plan.Change, was, is Object) {
	may := slices.Clone(beside[""])
	for _, a := range c.Attributes {
		may = append(append(may, a.Name), beside[a.Name]...)
	}
	before, after := parts(c.Kind, was), parts(c.Kind, is)
	for _, name := range may {
		delete(before, name)
		delete(after, name)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("the update of %s changed what the plan does not say:\n%s\n%s", c.Address, diff, fmt.Sprint(c.Attributes))
	}
}

// parts are the attributes of an object, those that are owned by key by their keys.
func parts(kind string, o Object) Object {
	all := Object{}
	for name := range o {
		var keys Object
		within := name
		switch {
		case strings.HasSuffix(name, "_metadata"):
			keys, _ = o[name].(Object)
		case kind == "rbac_policy" && (name == "stytch_member" || name == "stytch_admin"):
			within += ".permissions"
			keys, _ = raw(kind, within, o).(Object)
		default:
			all[name] = raw(kind, name, o)
			continue
		}
		for key := range keys {
			all[within+"."+key] = raw(kind, within+"."+key, o)
		}
	}
	return all
}

// Planning twice gives the same bytes, and changes nothing.
func TestPlanningTwiceGivesTheSameAndChangesNothing(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		before := t.dump()
		desired := t.decoded(b.yaml())
		first, err := t.planned(desired, kind.ReadOptions{})
		if err != nil {
			t.r.Skip(err)
		}
		again, err := t.planned(desired, kind.ReadOptions{PackSize: 1000, Parallelism: 1})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(t.encoded(first), t.encoded(again)); diff != "" {
			t.Fatalf("the first plan (-) and the second (+):\n%s", diff)
		}
		if diff := cmp.Diff(before, t.dump()); diff != "" {
			t.Fatalf("planning changed something:\n%s", diff)
		}
	})
}

func (t *trial) encoded(p *plan.Plan) string {
	var b bytes.Buffer
	if err := p.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
