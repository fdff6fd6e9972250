package render

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func planHTML(t tester, p *plan.Plan) string {
	t.Helper()
	return string(written(t, func(w io.Writer) error { return HTML(w, p) }))
}

func reportHTML(t tester, r *plan.Report) string {
	t.Helper()
	return string(written(t, func(w io.Writer) error { return ReportHTML(w, r) }))
}

// The style and the script have tests of their own; the goldens show what differs
// between pages.
func TestHTMLGolden(t *testing.T) {
	incomplete := planOf(staging, 0)
	incomplete.Complete = false
	incomplete.Unknown = []plan.Unknown{{Kind: "member", Scope: "organization/acme", Reason: "status 500"}}
	for name, out := range map[string]string{
		"busy.html": planHTML(t, busyPlan()), "base.html": planHTML(t, basedPlan()), "nothing.html": planHTML(t, planOf(staging, 7)),
		"incomplete.html": planHTML(t, incomplete), "rules.html": planHTML(t, ruledPlan()), "report.html": reportHTML(t, report()),
	} {
		t.Run(name, func(t *testing.T) {
			out = strings.Replace(strings.Replace(out, reportStyle, "…", 1), reportScript, "…", 1)
			golden(t, name, []byte(regexp.MustCompile(`sha256-[^&]*&#39;`).ReplaceAllString(out, "sha256-…&#39;")))
		})
	}
}

func TestTheSamePlanGivesTheSamePage(t *testing.T) {
	for seed := range uint64(5) {
		p := largePlan(40, seed)
		first := planHTML(t, p)
		for range 3 {
			if diff := cmp.Diff(first, planHTML(t, p)); diff != "" {
				t.Fatalf("(-first +again):\n%s", diff)
			}
		}
	}
}

func TestThePolicyAllowsTheStyleAndTheScriptOfThePageAlone(t *testing.T) {
	for name, out := range map[string]string{"a plan": planHTML(t, busyPlan()), "nothing": planHTML(t, planOf(staging, 0)), "a report": reportHTML(t, report())} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, out)
			want := "default-src 'none'; style-src " + hashed(d.text["style"][0]) + "; script-src " + hashed(d.text["script"][0]) + "; base-uri 'none'; form-action 'none'"
			if got := d.policy; got != want || len(d.text["style"]) != 1 || len(d.text["script"]) != 1 {
				t.Errorf("the policy is\n%s, want\n%s", got, want)
			}
			for _, part := range d.links {
				if !regexp.MustCompile(`^#(changes|c\d+|s\d+n\d+)$`).MatchString(part) {
					t.Errorf("the page leads to %q", part)
				}
			}
		})
	}
}

func TestEveryLinkOfAPageLeadsSomewhere(t *testing.T) {
	for name, p := range map[string]*plan.Plan{"busy": busyPlan(), "every action and risk": everyActionAndRisk(), "large": largePlan(300, 1), "alike": alikePlan()} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, planHTML(t, p))
			for id, n := range d.ids {
				if n != 1 {
					t.Errorf("the id %q stands %d times", id, n)
				}
			}
			for _, link := range d.links {
				if d.ids[strings.TrimPrefix(link, "#")] == 0 {
					t.Errorf("%q leads nowhere", link)
				}
			}
			for _, named := range d.named {
				for id := range strings.FieldsSeq(named) {
					if d.ids[id] == 0 {
						t.Errorf("something is named or described by %q, which is not there", id)
					}
				}
			}
			if slices.Contains(d.headings, 0) || d.headings[0] != 1 {
				t.Errorf("headings are %v", d.headings)
			}
			for i, level := range d.headings[1:] {
				if level == 1 || level > d.headings[i]+1 {
					t.Fatalf("a heading of level %d follows one of level %d", level, d.headings[i])
				}
			}
		})
	}
}

// alikePlan has many members of whom the same is said.
func alikePlan() *plan.Plan {
	p := planOf(staging, 0)
	for i := range 9 {
		c := change(plan.Delete, fmt.Sprintf("organization/o%d/member/%d@acme.example", i/5, i), 0)
		c.Kind = "member"
		c.Risks = []plan.Risk{{Class: plan.AccessRemoved, Reason: string(c.Address) + " loses membership"}}
		c.Risks = append(c.Risks, c.Risks[0]) // told twice, it is referred to once
		c.Consequences = []string{"cannot come back"}
		p.Changes, p.Summary.Delete = append(p.Changes, c), p.Summary.Delete+1
	}
	return p
}

func TestWhatManyChangesSayStandsAboveThem(t *testing.T) {
	out := planHTML(t, alikePlan())
	for text, want := range map[string]int{
		"each of 5 members loses membership": 1, "each of 4 members loses membership": 1, "5 members: cannot come back": 1,
		`href="#s1n1"`: 5, `href="#s6n1"`: 4, `href="#s1n2"`: 5, `id="s6n2"`: 1,
	} {
		if got := strings.Count(out, text); got != want {
			t.Errorf("%q stands %d times, want %d", text, got, want)
		}
	}
}

func TestThePageShowsTheRiskiestOrganizationFirst(t *testing.T) {
	p := planOf(staging, 0, change(plan.Update, "rbac_policy", 1), change(plan.Update, "organization/a", 2), change(plan.Update, "organization/b", 3))
	p.Changes[2].Risks = []plan.Risk{{Class: plan.LockOut, Reason: "nobody is left"}}
	got := parse(t, planHTML(t, p)).addresses
	if diff := cmp.Diff([]string{"organization/b", "rbac_policy", "organization/a"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOfManyOrganizationsTheRiskyOnesStayOpen(t *testing.T) {
	p := planOf(staging, 0)
	for i := range 7 {
		c := change(plan.Update, fmt.Sprintf("organization/o%d", i), 1)
		if i > 1 {
			c.Risks = []plan.Risk{{Class: plan.LockOut, Reason: fmt.Sprintf("reason %d", i)}}
		}
		p.Changes = append(p.Changes, c)
	}
	out := planHTML(t, p)
	if folded := strings.Count(out, `<details class="section" open data-fold>`); folded != 4 {
		t.Errorf("%d sections are folded, want 4", folded)
	}
	if open := strings.Count(out, `<details class="section" open>`); open != 3 {
		t.Errorf("%d sections stay open, want 3", open)
	}
	few := planHTML(t, busyPlan())
	if strings.Contains(few, " data-fold>") {
		t.Error("of few organizations one is folded")
	}
}

func TestFiltersCountTheChangesThatTheyFind(t *testing.T) {
	baseless := basedPlan()
	baseless.Base = ""
	for name, p := range map[string]*plan.Plan{"busy": busyPlan(), "based": basedPlan(), "baseless": baseless, "every": everyActionAndRisk(), "large": largePlan(500, 5)} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, planHTML(t, p))
			if len(d.chips) == 0 {
				t.Fatal("there are no filters")
			}
			for chip, said := range d.chips {
				if got := d.answers[chip]; got != said {
					t.Errorf("%s says %d, and %d changes have it", chip, said, got)
				}
			}
			for answer := range d.answers {
				if question, _, _ := strings.Cut(answer, "="); d.questions[question] && d.chips[answer] == 0 {
					t.Errorf("nothing finds the changes of %s", answer)
				}
			}
			if d.questions["origin"] != (p.Base != "") {
				t.Errorf("origins can be filtered: %v, and the base is %q", d.questions["origin"], p.Base)
			}
		})
	}
}

// evil is text that would do harm on a page that took it for HTML.
var evil = append([]string{
	"</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", `"></details><b>`, "</code></h4></article></details>", "javascript:alert(1)",
	"</title><script>alert(1)</script>", "</style><style>*{display:none}", "<!--", "-->", "]]>", "&lt;script&gt;", "&#60;b&#62;", "{{.Digest}}", "' onclick='alert(1)",
	"\u202e\x00", "<a href=//evil.example>", "<svg/onload=alert(1)>", "</textarea></noscript><iframe>", "data-action=create",
}, meaningful...)

// tame is text of the same width that means nothing in HTML.
var tame = strings.NewReplacer("<", "(", ">", ")", "&", "(")

func TestNoLiveTextMakesAnythingOfAPage(t *testing.T) {
	for i, a := range evil {
		b := evil[(i+5)%len(evil)]
		t.Run(fmt.Sprintf("%q and %q", a, b), func(t *testing.T) {
			for name, pages := range map[string][2]string{
				"plan":   {planHTML(t, hostilePlan(a, b)), planHTML(t, hostilePlan(tame.Replace(a), tame.Replace(b)))},
				"report": {reportHTML(t, hostileReport(a, b)), reportHTML(t, hostileReport(tame.Replace(a), tame.Replace(b)))},
			} {
				harmless(t, pages[0])
				d := parse(t, pages[0])
				if diff := cmp.Diff(elementsOf(t, pages[1]), elementsOf(t, pages[0])); diff != "" {
					t.Errorf("the text makes elements of a %s (-of tame text +of this):\n%s", name, diff)
				}
				if !strings.Contains(d.visible.String(), Safe(a)) {
					t.Errorf("%q cannot be read on the page of a %s", Safe(a), name)
				}
			}
		})
	}
}

func TestAPageShowsNoSecretEvenWhenAPlanHoldsIt(t *testing.T) {
	leaky := plan.Attribute{Name: "client_secret", Before: "hunter1", After: "hunter2", Sensitive: true}
	for _, action := range actions {
		if out := planHTML(t, planOf(staging, 0, change(action, "thing", 0, leaky))); strings.Contains(out, "hunter") || !strings.Contains(out, "(sensitive)") {
			t.Errorf("%s shows the secret, or not that there is one:\n%s", action, out)
		}
	}
}

func TestAValueThatIsNotJSONIsAnErrorOfThePage(t *testing.T) {
	err := HTML(io.Discard, planOf(staging, 0, change(plan.Create, "thing", 0, adds("x", math.Inf(1)))))
	if err == nil || !strings.HasPrefix(err.Error(), "showing a value of the plan: ") {
		t.Errorf("%v, want what value cannot be shown", err)
	}
}

func TestAPagePartsNamesFromValues(t *testing.T) {
	for _, test := range []struct {
		name, row string
		want      []htmlSpan
	}{
		{"a value that changes", `a.b: "x" -> "y"`, []htmlSpan{{"name", "a.b:"}, {"", " "}, {"gone", `"x"`}, {"dim", " -> "}, {"new", `"y"`}}},
		{"an arrow and a colon in a value", `a: ": -> \" -> " -> 1`, []htmlSpan{{"name", "a:"}, {"", " "}, {"gone", `": -> \" -> "`}, {"dim", " -> "}, {"new", "1"}}},
		{"a name that is quoted", `"a: b".c: (none) -> true`, []htmlSpan{{"name", `"a: b".c:`}, {"", " "}, {"gone", "(none)"}, {"dim", " -> "}, {"new", "true"}}},
		{"a value alone", `a: {b: 1}`, []htmlSpan{{"name", "a:"}, {"", " {b: 1}"}}},
		{"a name alone", `a:`, []htmlSpan{{"name", "a:"}}},
		{"a sentence", "and 3 more attributes", []htmlSpan{{"", "and 3 more attributes"}}},
		{"a value that was cut", `a: "x -> y…`, []htmlSpan{{"name", "a:"}, {"", ` "x -> y…`}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parted(row{indent: fieldIndent, spans: []span{{plain, test.row}}})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var whole strings.Builder
			for _, s := range got {
				whole.WriteString(s.Text)
			}
			if whole.String() != test.row {
				t.Errorf("%q, want %q", whole.String(), test.row)
			}
		})
	}
}
