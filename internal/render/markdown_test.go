package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// meaningful is text that means something in some Markdown, HTML or comment.
var meaningful = append([]string{
	"`", "```", "```\n</details>", "</details>", "<details>", "<script>alert(1)</script>", "<!--", "-->", "--", "@octocat", "a @octocat b", "ada@acme.example",
	"[x](https://evil.example)", "![x](https://evil.example/x.png)", "https://evil.example", "www.evil.example", "#1", "GH-1", "JIRA-1", "owner/repo#1",
	"| a | b |\n|---|---|", "~~x~~", "**Plan: 0 to create**", "_x_", "- [ ] x", "1. x", "# x", "> x", ":smile:", "&lt;b&gt;", "$x$", "\\", "  ", " a ", "    code",
	"\n/close", "0123456789abcdef0123456789abcdef01234567", "1234567", "===", "---",
}, hostile...)

// largePlan has so many changes in organizations of mixed sizes, and text that
// means something in Markdown.
func largePlan(n int, seed uint64) *plan.Plan {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same plan for the same seed
	pick := func(list []string) string { return strings.ToValidUTF8(list[random.IntN(len(list))], "?") }
	changes := make([]plan.Change, 0, n)
	organizations := 1 + random.IntN(n+1)
	for i := range n {
		action := actions[random.IntN(len(actions))]
		address := fmt.Sprintf("thing/%d", i)
		if o := random.IntN(organizations + 1); o > 0 {
			address = fmt.Sprintf("organization/o%d/thing/%d", o, i)
		}
		value := pick(meaningful)
		if random.IntN(20) == 0 {
			value = strings.Repeat("a line of a long text\n", random.IntN(60)) + value
		}
		c := change(action, address, i, differs("name", value+"a", value+"b"))
		for range max(0, random.IntN(5)-2) {
			c.Risks = append(c.Risks, plan.Risk{Class: classes()[random.IntN(len(classes()))], Reason: pick(meaningful)})
		}
		if random.IntN(50) == 0 {
			c.BlockedBy = []string{"deletes"}
		}
		changes = append(changes, c)
	}
	p := planOf(staging, random.IntN(9), changes...)
	for i := range random.IntN(12) {
		p.Warnings = append(p.Warnings, pick(meaningful))
		p.Unknown = append(p.Unknown, plan.Unknown{Kind: "member", Scope: "organization/" + pick(meaningful), Reason: pick(meaningful)})
		p.Undeclared = append(p.Undeclared, plan.Undeclared{Kind: "member", Scope: pick(meaningful), Count: i})
		p.Blocked = append(p.Blocked, plan.Block{ID: "deletes", Reason: pick(meaningful), Lift: pick(meaningful)})
	}
	return p
}

// lawful checks everything that holds of any plan within any budget.
func lawful(t tester, p *plan.Plan, most int) {
	t.Helper()
	source := markdown(t, p, MarkdownOptions{MaxBytes: most})
	if len(source) > most {
		t.Fatalf("%d bytes of Markdown, and the budget is %d:\n%s", len(source), most, source)
	}
	harmless(t, source)
	r := read(t, source)
	if s := savedSummary(t, p); s.Changes() > 0 {
		want := fmt.Sprintf("Plan: %d to create, %d to update, %d to delete, %d to restore. %d unchanged.", s.Create, s.Update, s.Delete, s.Restore, s.Unchanged)
		if r.verdict != want || !strings.Contains(text(t, p, Options{}), "\n"+want+"\n") {
			t.Fatalf("%q, want %q in Markdown and in text", r.verdict, want)
		}
	}
	if got := r.listed() + r.counted + r.unlisted; got != len(p.Changes) {
		t.Fatalf("%d listed, %d counted, %d left out of %d changes, within %d bytes:\n%s", r.listed(), r.counted, r.unlisted, len(p.Changes), most, source)
	}
	// What is riskier never says less.
	lowest, highest := map[int]int{}, map[int]int{}
	for i := range p.Changes {
		at, level := severity(&p.Changes[i]), r.levels[word(string(p.Changes[i].Address))]
		if known, ok := lowest[at]; !ok || level < known {
			lowest[at] = level
		}
		highest[at] = max(highest[at], level)
	}
	for riskier, low := range lowest {
		for less, high := range highest {
			if riskier < less && low < high {
				t.Fatalf("a change of severity %d is at level %d, one of %d at %d, within %d bytes:\n%s", riskier, low, less, high, most, source)
			}
		}
	}
	if most > len(source)+1500+20*len(p.Changes) && strings.Contains(source, "not listed") {
		t.Fatalf("%d bytes are left of %d and changes are not listed:\n%s", most-len(source), most, source)
	}
}

// savedSummary is the summary as the JSON form has it.
func savedSummary(t tester, p *plan.Plan) plan.Summary {
	var saved struct{ Summary plan.Summary }
	if err := json.Unmarshal(written(t, func(w io.Writer) error { return JSON(w, p) }), &saved); err != nil {
		t.Fatal(err)
	}
	return saved.Summary
}

func TestLawsOfMarkdown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 12), rapid.IntRange(0, 200)).Draw(rt, "changes")
		p := largePlan(n, rapid.Uint64().Draw(rt, "seed"))
		most := rapid.OneOf(rapid.IntRange(900, 6000), rapid.SampledFrom([]int{700, 1000, 10_000, GitHubBytes})).Draw(rt, "budget")
		lawful(rt, p, most)
	})
}

func TestLawsOfMarkdownOfLargePlans(t *testing.T) {
	for _, n := range []int{1, 20_000} {
		for _, most := range []int{900, GitHubBytes, GitLabBytes} {
			lawful(t, largePlan(n, uint64(n)), most) //nolint:gosec // not negative
		}
	}
}

func TestTheCutIsMeasuredAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(rt, "changes")
		d := newDocument(newSheet(largePlan(n, rapid.Uint64().Draw(rt, "seed")), 0), MarkdownOptions{})
		sizes, err := d.measure()
		if err != nil {
			rt.Fatal(err)
		}
		var c cut
		for _, bound := range []*int{&c.counted, &c.line, &c.brief, &c.whole} {
			top := n
			if bound != &c.counted {
				top = c.counted
			}
			for _, above := range []int{c.line, c.brief} {
				if bound != &c.line && bound != &c.counted && above < top && (above == c.line || bound == &c.whole) {
					top = above
				}
			}
			*bound = rapid.IntRange(0, top).Draw(rt, "bound")
		}
		out, err := d.write("", c, "")
		if err != nil {
			rt.Fatal(err)
		}
		if measured := sizes.of(c); len(out) > measured {
			rt.Fatalf("%+v of %d: %d bytes, measured as %d:\n%s", c, n, len(out), measured, out)
		}
	})
}

func TestCutsGiveWayFromTheLeastRisky(t *testing.T) {
	var tried []cut
	cuts(3, 1, func(c cut) bool {
		tried = append(tried, c)
		return false
	})
	want := []cut{
		{3, 3, 3, 3}, {2, 3, 3, 3}, {1, 3, 3, 3}, // values of what has no risk are shortened
		{1, 3, 3, 3}, {1, 2, 3, 3}, {1, 1, 3, 3}, // then it is one line each
		{1, 1, 3, 3}, {1, 1, 2, 3}, {1, 1, 1, 3}, // then one line an organization
		{1, 1, 1, 3}, {1, 1, 1, 2}, {1, 1, 1, 1}, // then a number
		{1, 1, 1, 1}, {0, 1, 1, 1}, {0, 1, 1, 1}, {0, 0, 1, 1}, {0, 0, 1, 1}, {0, 0, 0, 1}, {0, 0, 0, 1}, {0, 0, 0, 0},
	}
	if diff := cmp.Diff(want, tried, cmp.AllowUnexported(cut{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABudgetBelowTheHeadlineIsRefused(t *testing.T) {
	for name, write := range map[string]func(io.Writer, MarkdownOptions) error{
		"a plan":   func(w io.Writer, o MarkdownOptions) error { return Markdown(w, busyPlan(), o) },
		"a report": func(w io.Writer, o MarkdownOptions) error { return ReportMarkdown(w, report(), o) },
	} {
		var least int
		err := write(io.Discard, MarkdownOptions{MaxBytes: 100})
		if few, ok := errors.AsType[*BudgetError](err); ok {
			least = few.Least
		}
		if least < 200 || least > 700 {
			t.Errorf("%s: %v, want what the headline takes, a few hundred bytes", name, err)
			continue
		}
		if err := write(io.Discard, MarkdownOptions{MaxBytes: least - 1}); err == nil {
			t.Errorf("%s: %d bytes are enough, want %d", name, least-1, least)
		}
		out := string(written(t, func(w io.Writer) error { return write(w, MarkdownOptions{MaxBytes: least}) }))
		asHTML(t, out)
		if len(out) > least {
			t.Errorf("%s: %d bytes, want %d at most", name, len(out), least)
		}
	}
}

// everyActionAndRisk has each action with each class of risk, and with none.
func everyActionAndRisk() *plan.Plan {
	var changes []plan.Change
	for _, action := range actions {
		for i, class := range append(classes(), "") {
			a := differs("roles", []any{"editor"}, []any{"viewer"})
			switch action {
			case plan.Create, plan.Restore:
				a = adds("roles", []any{"viewer"})
			case plan.Delete:
				a = lost("roles", []any{"editor"})
			}
			c := change(action, fmt.Sprintf("organization/%s/member/%d@acme.example", action, i), i, a)
			if class != "" {
				c.Risks = []plan.Risk{{Class: class, Reason: string(c.Address) + " is concerned"}}
			}
			changes = append(changes, c)
		}
	}
	return planOf(production, 3, changes...)
}

func TestMarkdownGolden(t *testing.T) {
	many := planOf(staging, 0)
	for i := range 7 {
		c := change(plan.Update, fmt.Sprintf("organization/o%d", i), i+1, differs("email_invites", "ALL_ALLOWED", "RESTRICTED"))
		if i == 4 {
			c.Risks = []plan.Risk{{Class: plan.LockOut, Reason: "nobody is left"}}
		}
		many.Changes = append(many.Changes, c)
		many.Summary.Update++
	}
	incomplete := planOf(staging, 0)
	incomplete.Complete = false
	incomplete.Unknown = []plan.Unknown{{Kind: "member", Scope: "organization/acme", Reason: "status 500"}}
	known := planOf(staging, 1)
	acceptance := plan.Acceptance{Address: "organization/acme", Attribute: "email_invites", Value: "ALL_ALLOWED", Owner: "ada", Reason: "a trial", Expires: "2030-01-01"}
	guest := plan.Acceptance{Address: "organization/acme/member/eve@acme.example", Value: plan.Present, Owner: "ops", Reason: "a guest", Expires: "2026-01-01"}
	known.Accepted, known.Lapsed = []plan.Accepted{{Acceptance: acceptance}}, []plan.Lapsed{{Acceptance: guest, Why: "it expired on 2026-01-01"}}
	page := func(p *plan.Plan, o MarkdownOptions) func(io.Writer) error {
		return func(w io.Writer) error { return Markdown(w, p, o) }
	}
	for name, write := range map[string]func(io.Writer) error{
		"busy.md":               page(busyPlan(), MarkdownOptions{}),
		"busy.2500.md":          page(busyPlan(), MarkdownOptions{MaxBytes: 2500, File: "plan.json"}),
		"busy.1500.md":          page(busyPlan(), MarkdownOptions{MaxBytes: 1500}),
		"busy.600.md":           page(busyPlan(), MarkdownOptions{MaxBytes: 600}),
		"folded.md":             page(many, MarkdownOptions{}),
		"folded.1100.md":        page(many, MarkdownOptions{MaxBytes: 1100}),
		"nothing.md":            page(planOf(staging, 7), MarkdownOptions{}),
		"incomplete.md":         page(incomplete, MarkdownOptions{}),
		"accepted.md":           page(known, MarkdownOptions{}),
		"alike.md":              page(sameManyPlan(), MarkdownOptions{}),
		"alike.1600.md":         page(sameManyPlan(), MarkdownOptions{MaxBytes: 1600}),
		"alike.txt":             func(w io.Writer) error { return Text(w, sameManyPlan(), Options{}) },
		"rules.md":              page(ruledPlan(), MarkdownOptions{}),
		"rules.txt":             func(w io.Writer) error { return Text(w, ruledPlan(), Options{}) },
		"accepted.txt":          func(w io.Writer) error { return Text(w, known, Options{}) },
		"base.md":               page(basedPlan(), MarkdownOptions{}),
		"actions-and-risks.md":  page(everyActionAndRisk(), MarkdownOptions{}),
		"actions-and-risks.txt": func(w io.Writer) error { return Text(w, everyActionAndRisk(), Options{}) },
		"report.md":             func(w io.Writer) error { return ReportMarkdown(w, report(), MarkdownOptions{}) },
		"report.600.md":         func(w io.Writer) error { return ReportMarkdown(w, report(), MarkdownOptions{MaxBytes: 600}) },
	} {
		t.Run(name, func(t *testing.T) {
			out := written(t, write)
			golden(t, name, out)
			if strings.HasSuffix(name, ".md") {
				asHTML(t, string(out))
			}
		})
	}
}

func TestMarkdownShowsNoSecretEvenWhenAPlanHoldsIt(t *testing.T) {
	leaky := plan.Attribute{Name: "client_secret", Before: "hunter1", After: "hunter2", Sensitive: true}
	for _, action := range actions {
		p := planOf(staging, 0, change(action, "thing", 0, leaky))
		for _, most := range []int{GitHubBytes, 500} {
			if out := markdown(t, p, MarkdownOptions{MaxBytes: most}); strings.Contains(out, "hunter") {
				t.Errorf("%s shows the secret:\n%s", action, out)
			}
		}
	}
}

func TestAReportIsCutFromItsEnd(t *testing.T) {
	r := report()
	r.Operations, r.Summary = nil, plan.ReportSummary{}
	for i := range 300 {
		result := []plan.Result{plan.NotTried, plan.Failed, plan.Skipped}[i%3]
		r.Operations = append(r.Operations, plan.ReportedChange{Address: plan.Address(fmt.Sprintf("thing/%d", i)), Action: plan.Create, Result: result, Note: meaningful[i%len(meaningful)]})
	}
	r.Summary = plan.ReportSummary{Failed: 100, Skipped: 100, NotTried: 100}
	for _, most := range []int{700, 1000, 5000, 9000, GitHubBytes} {
		out := string(written(t, func(w io.Writer) error { return ReportMarkdown(w, r, MarkdownOptions{MaxBytes: most}) }))
		asHTML(t, out)
		harmless(t, out)
		listed := map[string]int{}
		for _, result := range []string{"failed", "skipped", "not tried"} {
			listed[result] = strings.Count(out, "- **"+result+"** `+ thing/")
		}
		if len(out) > most || listed["failed"] < 100 && listed["skipped"] > 0 || listed["skipped"] < 100 && listed["not tried"] > 0 {
			t.Errorf("%d bytes of %d, %v, want failures before what they caused", len(out), most, listed)
		}
		if most < GitHubBytes && !strings.Contains(out, fmt.Sprintf("%d not tried. All of it: ", 100-listed["not tried"])) {
			t.Errorf("what is cut is not counted:\n%s", out)
		}
	}
}

func BenchmarkMarkdown(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		p := largePlan(n, 1)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if err := Markdown(io.Discard, p, MarkdownOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestWhatIsBriefKeepsTheWorst(t *testing.T) {
	c := change(plan.Update, "organization/acme", 1)
	for _, class := range []string{plan.Irreversible, plan.SessionsRevoked, plan.AccessWidened, plan.AccessRemoved, plan.LockOut} {
		c.Risks = append(c.Risks, plan.Risk{Class: class, Reason: "because"})
	}
	for i := range 7 {
		c.Attributes = append(c.Attributes, differs(fmt.Sprintf("attribute_%d", i), "", strings.Repeat("long ", 100)))
	}
	p := planOf(staging, 0, c)
	for i := range 8 {
		p.Unknown = append(p.Unknown, plan.Unknown{Kind: "member", Scope: fmt.Sprintf("organization/o%d", i), Reason: strings.Repeat("long ", 100)})
	}
	p.Changes = append(p.Changes, change(plan.Create, "organization/beta", 2, adds("organization_name", strings.Repeat("long ", 1000))))
	out := markdown(t, p, MarkdownOptions{MaxBytes: 4500})
	for line, want := range map[string]int{
		"  - **Risk** `lock-out`": 1, "  - **Risk** `access-removed`": 1, "  - **Risk** `access-widened`": 1, "  - **Risk**": 3, "  - → and 2 more risks, of sessions-revoked, irreversible too\n": 1,
		"  - `attribute_": 5, "  - `and 2 more attributes`\n": 1, "  - `organization_name: \"long long ": 1, strings.Repeat("long ", 40): 0,
		"- **Unknown**: member": 5, "- **Unknown**: and 3 more\n": 1, "Not all could be read: 8 unknown.": 1,
		"Cut to fit: 2 changes shortened, notes. All of it: `stytch-reconcile show plan.json` after `plan -o plan.json`\n": 1,
	} {
		if got := strings.Count(out, line); got != want {
			t.Errorf("%q stands %d times, want %d, in:\n%s", line, got, want, out)
		}
	}
}

func TestFoldedOrganizationsWithAnyNameAreHarmless(t *testing.T) {
	p := planOf(staging, 0)
	for _, slug := range meaningful {
		c := change(plan.Update, "organization/x", 1, differs("name", slug, "b"))
		c.Address = plan.NewAddress("", "organization", slug)
		p.Changes, p.Summary.Update = append(p.Changes, c), p.Summary.Update+1
	}
	for _, most := range []int{GitHubBytes, 5000} {
		out := markdown(t, p, MarkdownOptions{MaxBytes: most})
		harmless(t, out)
		asHTML(t, out)
	}
}

func TestWhatIsCutNamesEveryClassOfRiskAndEveryBlock(t *testing.T) {
	blocks := []string{"access_removals", "deletes", "lock_outs", "protect"}
	c := change(plan.Delete, "organization/acme", 1)
	c.BlockedBy = blocks
	for i := range 200 {
		c.Risks = append(c.Risks, plan.Risk{Class: plan.AccessRemoved, Reason: fmt.Sprintf("member %d loses membership", i)})
	}
	c.Risks = append(c.Risks, plan.Risk{Class: plan.SessionsRevoked, Reason: "sessions end"}, plan.Risk{Class: plan.Irreversible, Reason: "it is gone"})
	s := newSheet(planOf(staging, 0, c), 0)
	e, err := s.entry(&c)
	if err != nil {
		t.Fatal(err)
	}
	brief := e.brief()
	for form, text := range map[string]string{"brief": brief.item(), "in a line": brief.line()} {
		for _, want := range append([]string{plan.AccessRemoved, plan.SessionsRevoked, plan.Irreversible}, blocks...) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is not in\n%s", form, want, text)
			}
		}
	}
	if want := "and 199 more risks"; !strings.Contains(brief.item(), want) {
		t.Errorf("%q is not in\n%s", want, brief.item())
	}
}

func TestWhatIsBlockedHasTheWorstRiskFirstToo(t *testing.T) {
	var changes []plan.Change
	for i, class := range []string{"", plan.Irreversible, plan.LockOut, "", plan.LockOut} {
		c := change(plan.Delete, fmt.Sprintf("organization/acme/member/%d@acme.example", i), i+1)
		if class != "" {
			c.Risks = []plan.Risk{{Class: class, Reason: "because"}}
		}
		if i < 3 {
			c.BlockedBy = []string{"deletes"}
		}
		changes = append(changes, c)
	}
	var got []string
	for _, c := range sections(planOf(staging, 0, changes...))[0].changes {
		got = append(got, string(c.Address[len("organization/acme/member/"):]))
	}
	if diff := cmp.Diff([]string{"2@acme.example", "1@acme.example", "0@acme.example", "4@acme.example", "3@acme.example"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
