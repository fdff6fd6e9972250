package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// sample is a world in which something of everything happens.
func sample() []plan.Set {
	return []plan.Set{
		policySet("editor", "viewer"),
		linkSet(only(declare("a", "roles="), declare("b", "roles=login")), live("1", "a", "roles=login"), live("2", "b")),
		{Kind: organizationKind, Declared: only(declare("acme", "name=Acme"), renamed("globex", "hooli", "name=Globex")), Live: []plan.Object{live("o1", "acme"), live("o2", "hooli")}},
		members(only(declare("ada", "name=Ada", "roles=editor"), declare("bob", "roles="), absent("cyd"), declare("dan"), declare("new", "external=7")),
			live("m1", "ada"), live("m2", "bob", "roles=viewer"), live("m3", "cyd"), revivable(live("m4", "dan")), live("m5", "stray")),
	}
}

// each changes every declaration of the sets in place.
func each(sets []plan.Set, change func(*plan.Declaration)) {
	for i := range sets {
		for j := range sets[i].Declared {
			change(&sets[i].Declared[j])
		}
	}
}

func TestTheDigestIsOverTheMeaningAlone(t *testing.T) {
	base, _ := draft(lax(), sample()...)
	same := map[string]func() *plan.Plan{
		"other positions": func() *plan.Plan {
			sets := sample()
			each(sets, func(d *plan.Declaration) { d.Source = &plan.Source{File: "other.hcl", Line: 99, Column: 9} })
			return first(draft(lax(), sets...))
		},
		"another order of everything": func() *plan.Plan {
			sets := sample()
			slices.Reverse(sets)
			for i := range sets {
				slices.Reverse(sets[i].Declared)
				slices.Reverse(sets[i].Live)
			}
			return first(draft(lax(), sets...))
		},
		"another version of the tool": func() *plan.Plan {
			d := plan.NewDraft(target, lax(), "9.9")
			for _, s := range sample() {
				d.Compare(s)
			}
			return first(d.Finish())
		},
		"another name of the same project": func() *plan.Plan {
			other := target
			other.ProjectSlug, other.EnvironmentSlug = "", "renamed"
			d := plan.NewDraft(other, lax(), "test")
			for _, s := range sample() {
				d.Compare(s)
			}
			return first(d.Finish())
		},
		"more that is unchanged or undeclared": func() *plan.Plan {
			sets := sample()
			sets[3].Declared = append(sets[3].Declared, declare("eve", "name=Eve"))
			sets[3].Live = append(sets[3].Live, live("m6", "eve", "name=Eve"), live("m7", "another", "roles=stytch_admin"))
			return first(draft(lax(), sets...))
		},
		"a warning, and something that could not be read": func() *plan.Plan {
			d := plan.NewDraft(target, lax(), "test")
			for _, s := range sample() {
				d.Compare(s)
			}
			d.Warn("look here")
			d.Unread("trusted_token_profile", "", "the server was away")
			return first(d.Finish())
		},
		"a policy that says what is the default anyway": func() *plan.Plan {
			policy := lax()
			policy.Undeclared = map[string]plan.Undeclaring{"link": plan.KeepUndeclared}
			policy.Protect = nil
			return first(draft(policy, sample()...))
		},
	}
	for name, make := range same {
		t.Run("it stays with "+name, func(t *testing.T) {
			if p := make(); p.Digest != base.Digest {
				t.Error("the digest differs")
			}
		})
	}
	if !strings.HasPrefix(base.Digest, "sha256:") || len(base.Digest) != len("sha256:")+64 {
		t.Errorf("%q is no digest", base.Digest)
	}
}

func TestTheDigestChangesWithWhatMatters(t *testing.T) {
	seen := map[string]string{}
	check := func(name string, p *plan.Plan) {
		t.Helper()
		if other, ok := seen[p.Digest]; ok {
			t.Errorf("%q has the digest of %q", name, other)
		}
		seen[p.Digest] = name
	}
	changed := func(name string, change func([]plan.Set)) {
		t.Helper()
		sets := sample()
		change(sets)
		check(name, first(draft(lax(), sets...)))
	}
	policy := func(name string, change func(*plan.Policy)) {
		t.Helper()
		check(name, first(draft(with(lax(), change), sample()...)))
	}
	changed("nothing", func([]plan.Set) {})
	changed("another value after", func(s []plan.Set) { s[3].Declared[0] = declare("ada", "name=Countess", "roles=editor") })
	changed("another value before", func(s []plan.Set) { s[3].Live[0] = live("m1", "ada", "name=A") })
	changed("another object under the same key", func(s []plan.Set) { s[3].Live[0].ID = "m9" })
	changed("another organization under the same slug", func(s []plan.Set) { s[3].OrganizationID = "organization-2" })
	changed("another address", func(s []plan.Set) { s[3].Declared[4] = declare("newer", "external=7") })
	changed("another action", func(s []plan.Set) { s[3].Live = slices.Delete(s[3].Live, 3, 4) })
	changed("what a deletion takes away", func(s []plan.Set) { s[3].Live[2] = live("m3", "cyd", "name=Cyd") })
	changed("one change less", func(s []plan.Set) { s[1].Declared = nil })
	changed("other steps", func(s []plan.Set) {
		whole := *policyKind
		whole.split = false
		s[0].Kind = &whole
	})
	policy("a limit", func(p *plan.Policy) { p.Limits.Deletes = 999 })
	policy("a protection", func(p *plan.Policy) { p.Protect = []plan.Address{"organization/other"} })
	policy("the administrators", func(p *plan.Policy) { p.MinAdmins = -1 })
	policy("a closed set", func(p *plan.Policy) {
		p.Undeclared = map[string]plan.Undeclaring{"secret": plan.DeleteUndeclared}
	})
	other := target
	other.ProjectID = "project-test-2"
	d := plan.NewDraft(other, lax(), "test")
	for _, s := range sample() {
		d.Compare(s)
	}
	check("another project", first(d.Finish()))
	// The policy is the same, and the world makes it forbid the plan.
	changed("a block", func(s []plan.Set) { s[3].Live[2].Nested = 2000 })
}

func first(p *plan.Plan, _ []plan.Problem) *plan.Plan { return p }
