package kindtest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A plan is saved, others go on working, and the plan is carried out: what they
// changed is refused and named, what leans on it is skipped, the rest is done.
// What that is, the test works out from the sandbox before and after they worked.
func TestASavedPlanWritesOnlyWhatNobodyTouchedMeanwhile(t *testing.T) {
	trials(t, func(t *trial) {
		b := t.wish(t.begin())
		p := t.usable(b.yaml())
		before := t.dump()
		for range rapid.IntRange(1, 4).Draw(t.r, "happenings meanwhile") {
			t.happens("meanwhile")
		}
		meanwhile := t.dump()
		want := foretell(p, before, meanwhile)

		t.witness.forget()
		got := t.carryOut(t, p)
		if diff := gocmp.Diff(want.of, got.tolerantOf(want)); diff != "" {
			t.Fatalf("results (-want +got):\n%s\n%s\n%s", diff, got.told(), steps(p))
		}
		if code := want.code(got); got.code != code {
			t.Fatalf("exit code %d, want %d\n%s", got.code, code, got.told())
		}
		t.accounted(p, got.report)
		t.untouched(p, meanwhile, t.dump())

		again, err := t.try(b.yaml(), kind.ReadOptions{})
		if errors.Is(err, errDocuments) || err == nil && len(again.Blocked) > 0 {
			return // others made the documents impossible: the same name twice, a member of an identity provider
		}
		t.converges(b.yaml())
		t.holds(b)
	})
}

// A foretelling is how the changes of a saved plan will end.
type foretelling struct {
	of      map[plan.Address]string
	doubted map[plan.Address]bool // in place or done: a default that moves may leave nothing to do
}

// code is the exit code of an outcome that ended as foretold.
func (f foretelling) code(got outcome) int {
	ends := map[string]int{}
	for _, how := range f.of {
		ends[how]++
	}
	switch {
	case ends["failed"] > 0 && len(got.writes) > 0:
		return apply.ExitPartly
	case ends["failed"] > 0:
		return apply.ExitError
	case ends["stale"] > 0:
		return apply.ExitStale
	}
	return apply.ExitDone
}

// tolerantOf is how the changes ended, "done" where that was foretold and cannot
// be told from "in place".
func (o outcome) tolerantOf(want foretelling) map[plan.Address]string {
	ended := map[plan.Address]string{}
	for address, how := range o.of {
		if how == "in place" && want.doubted[address] {
			how = "done"
		}
		ended[address] = how
	}
	return ended
}

// foretell works out how each step of a plan will end, phase by phase, from what
// was live when it was made and what is live now:
//
//	its need, or the step before it, was not done   skipped
//	what it changes is as before                    done
//	... is all as it shall be                       in place
//	... is neither                                  stale
//	more live in what it deletes than before        stale
//	it takes a name that somebody holds by now      failed
//	somebody on whom it relies holds nothing up     stale
func foretell(p *plan.Plan, before, now dump) foretelling {
	f := foretelling{of: map[plan.Address]string{}, doubted: map[plan.Address]bool{}}
	ended := map[plan.Need]string{}
	operations := p.Operations()
	slices.SortStableFunc(operations, func(a, b plan.Operation) int { return cmp.Compare(a.Phase(), b.Phase()) })
	for _, op := range operations {
		c := *op.Change
		this := plan.Need{Address: c.Address, Step: op.Step}
		needs := op.Needs()
		if op.Step > 0 {
			needs = append([]plan.Need{{Address: c.Address, Step: op.Step - 1}}, needs...)
		}
		end := ""
		for _, n := range needs {
			if how := ended[n]; how != "done" && how != "in place" {
				end = "skipped"
			}
		}
		if end == "" {
			end = fate(op, before, now, ended)
		}
		if (end == "done" || end == "failed") && slices.ContainsFunc(c.ReliesOn, func(r plan.Reliance) bool { return !now.holdsUp(r) }) {
			end = "stale"
		}
		ended[this] = end
		f.doubted[c.Address] = c.Kind == "redirect_url"
		if f.doubted[c.Address] && end == "in place" {
			end = "done"
		}
		// The first step that was not done decides, and one that wrote is a change that was done.
		switch was, known := f.of[c.Address]; {
		case !known, was == "in place", was == "done" && end != "in place":
			f.of[c.Address] = end
		}
	}
	return f
}

// fate is how a step ends that nothing hinders.
func fate(op plan.Operation, before, now dump, ended map[plan.Need]string) string {
	c := *op.Change
	if c.Action == plan.Create || c.Action == plan.Restore {
		return arrival(op, now, ended)
	}
	was, is := before.of(c), now.of(c)
	switch {
	case is == nil && c.Action == plan.Delete:
		return "in place"
	case is == nil:
		return "stale"
	case c.Action == plan.Delete:
		// For a deletion all that is not runtime counts.
		for name := range was {
			if !slices.Contains(runtime[c.Kind], name) && gocmp.Diff(raw(c.Kind, name, was), raw(c.Kind, name, is)) != "" {
				return "stale"
			}
		}
		if c.Kind == "organization" && len(now.living(c.ID)) > len(before.living(c.ID)) {
			return "stale"
		}
		return "done"
	}
	missing := 0
	for _, a := range op.Attributes() {
		value := raw(c.Kind, a.Name, is)
		if same(a.Name, a.After, value) {
			continue
		}
		missing++
		if gocmp.Diff(raw(c.Kind, a.Name, was), value) != "" {
			return "stale"
		}
	}
	switch key := (plan.Change{Kind: c.Kind, Key: c.Key, OrganizationID: c.OrganizationID}); {
	case missing == 0:
		return "in place"
	case c.Kind != "trusted_token_profile" && now.named(key) != nil && id(now.named(key)) != id(is):
		return "failed"
	}
	return "done"
}

// holdsUp reports whether an object still keeps people from being locked out. What
// happens meanwhile deletes profiles and organizations, and changes nothing else
// of them that counts.
func (d dump) holdsUp(r plan.Reliance) bool {
	o := d.of(plan.Change{Kind: r.Kind, Key: r.Key, ID: r.ID})
	switch {
	case o == nil:
		return false
	case r.What == plan.Administrator:
		roles, _ := assigned(o).([]any)
		return slices.Contains(roles, any("stytch_admin"))
	case r.Kind == "member":
		return o["is_breakglass"] == true && o["status"] == "active"
	}
	return true
}

// same reports whether a declared value is what the sandbox has; an address that
// is spelled otherwise is the same.
func same(name string, declared, value any) bool {
	if name == "template_content" && declared == "{}" {
		declared = ""
	}
	if text, ok := declared.(string); ok && name == "email_address" {
		return strings.EqualFold(text, value.(string))
	}
	return gocmp.Equal(canonical(declared), value)
}

// arrival is how a creation or a restoration ends.
func arrival(op plan.Operation, now dump, ended map[plan.Need]string) string {
	c := *op.Change
	if c.OrganizationID != "" && now["organization/"+c.OrganizationID] == nil {
		return "stale" // where it belongs is gone
	}
	if home := c.Address.Organization(); home != "" && c.OrganizationID == "" {
		if ended[plan.Need{Address: home}] == "done" {
			return "done" // in an organization that the plan has just made
		}
		organization := now.named(plan.Change{Kind: "organization", Key: strings.TrimPrefix(string(home), "organization/")})
		c.OrganizationID = id(organization)
	}
	there := now.named(c)
	if there == nil {
		return "done"
	}
	for _, a := range op.Attributes() {
		if a.Name != "create_member_as_pending" && !same(a.Name, a.After, raw(c.Kind, a.Name, there)) {
			return "stale"
		}
	}
	return "in place"
}

// runtime are the attributes that only Stytch sets, by kind (the tables of its
// API reference); a deletion is not stale for them.
var runtime = map[string][]string{
	"organization": {"updated_at", "created_at", "custom_roles", "scim_active_connection", "scim_active_connections", "sso_active_connections"},
	"member": {
		"updated_at", "created_at", "status", "email_address_verified", "scim_registration", "sso_registrations", "is_admin", "retired_email_addresses",
		"mfa_phone_number_verified", "is_locked", "lock_created_at", "lock_expires_at", "member_password_id", "oauth_registrations", "totp_registration_id",
	},
}
