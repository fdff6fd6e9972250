package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// sameManyPlan takes many members away, one of whom is an administrator.
func sameManyPlan() *plan.Plan {
	p := planOf(production, 3)
	for i := range 12 {
		c := change(plan.Delete, fmt.Sprintf("organization/acme/member/m%02d@acme.example", i), 7, lost("name", fmt.Sprintf("M%d", i)))
		c.Kind = "member"
		c.Risks = []plan.Risk{
			{Class: plan.AccessRemoved, Reason: string(c.Address) + " loses membership in organization/acme"},
			{Class: plan.SessionsRevoked, Reason: "all sessions of the member end"},
			{Class: plan.Irreversible, Reason: "passwords and second factors are destroyed"},
		}
		if i == 5 {
			c.Risks = append(c.Risks, plan.Risk{Class: plan.LockOut, Reason: "the organization's last administrator goes"})
		}
		c.Consequences = []string{"a member who never verified an address cannot come back"}
		if i < 2 {
			c.Consequences = append(c.Consequences, "an identity provider may bring them again")
		}
		p.Changes, p.Summary.Delete = append(p.Changes, c), p.Summary.Delete+1
	}
	c := change(plan.Update, "organization/acme", 3, differs("organization_name", "Acme", "Acme, Inc."))
	c.Consequences = []string{"a member who never verified an address cannot come back"}
	p.Changes, p.Summary.Update = append(p.Changes, c), p.Summary.Update+1
	return p
}

func TestWhatManyChangesSayIsSaidOnce(t *testing.T) {
	for form, out := range map[string]string{"text": text(t, sameManyPlan(), Options{}), "Markdown": strings.ReplaceAll(markdown(t, sameManyPlan(), MarkdownOptions{}), "`", "")} {
		for words, want := range map[string]int{
			"each of 12 members loses membership in organization/acme": 1, "12 members: all sessions of the member end": 1,
			"13 changes: a member who never verified an address cannot come back": 1, // members and their organization
			"the organization's last administrator goes":                          1, // nobody else says it
			"an identity provider may bring them again":                           2, // two are not many
			"access-removed (1), sessions-revoked (2), irreversible (3)":          12,
			"see (4)": 13,
		} {
			if got := strings.Count(out, words); got != want {
				t.Errorf("%s: %q stands %d times, want %d, in:\n%s", form, words, got, want, out)
			}
		}
	}
}

func TestEachChangeKeepsTheClassesOfItsRisks(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3, 4, 5} {
		p := largePlan(60, seed)
		for i := range p.Changes { // many say the same
			p.Changes[i].Risks = append(p.Changes[i].Risks, plan.Risk{Class: plan.SessionsRevoked, Reason: string(p.Changes[i].Address) + " is concerned"})
		}
		s := newSheet(p, 0)
		for _, section := range s.sections {
			for _, c := range section.changes {
				e, err := s.entry(c)
				if err != nil {
					t.Fatal(err)
				}
				item := e.item()
				for _, r := range c.Risks {
					if !strings.Contains(item, "`"+r.Class+"`") {
						t.Errorf("%s has the risk %s, which is not in\n%s", c.Address, r.Class, item)
					}
				}
				for _, m := range regexp.MustCompile(`\((\d+)\)(,|\n)`).FindAllStringSubmatch(item, -1) {
					if !strings.Contains(section.alikes(), "\n* ("+m[1]+") ") && !strings.HasPrefix(section.alikes(), "* ("+m[1]+") ") {
						t.Errorf("%s refers to (%s), which does not stand above it:\n%s", c.Address, m[1], section.alikes())
					}
				}
			}
		}
	}
}

func TestASentenceAfterManyRisksOfAnotherClassIsCounted(t *testing.T) {
	var changes []plan.Change
	for i := range 3 {
		c := change(plan.Delete, fmt.Sprintf("organization/acme/member/%d@acme.example", i), i+1)
		for j := range i * risksShown {
			c.Risks = append(c.Risks, plan.Risk{Class: plan.AccessRemoved, Reason: fmt.Sprintf("%d of %d", j, i)})
		}
		c.Risks = append(c.Risks, plan.Risk{Class: plan.Irreversible, Reason: "it is gone"})
		changes = append(changes, c)
	}
	s := sections(planOf(staging, 0, changes...))[0]
	if len(s.alike) != 1 || s.alike[0].text() != "3 organizations: it is gone" {
		t.Errorf("alike are %+v", s.alike)
	}
}
