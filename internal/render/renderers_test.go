package render

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A telling is what a form of a plan says in numbers, read back from it.
type telling struct {
	Create, Update, Delete, Restore, Unchanged int

	Risks  map[string]int // changes by class of risk
	Blocks int            // what forbids the plan
}

var verdictLine = regexp.MustCompile(`^Plan: (\d+) to create, (\d+) to update, (\d+) to delete, (\d+) to restore\. (\d+) unchanged\.$`)

// verdictOf reads the numbers of the one line that everybody reads.
func verdictOf(t tester, line string) telling {
	t.Helper()
	m := verdictLine.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("%q does not say how much it is", line)
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	return telling{Create: n[0], Update: n[1], Delete: n[2], Restore: n[3], Unchanged: n[4], Risks: map[string]int{}}
}

var (
	textChange  = regexp.MustCompile(`^  [-+~^] `)
	textRisk    = regexp.MustCompile(`^ {6}! ([a-z-]+): `)
	textFolded  = regexp.MustCompile(`^ {6}! ((?:[a-z-]+ \(\d+\)(?:, )?)+)$`)
	textBlock   = regexp.MustCompile(`^Blocked by \w+: (?:(\d+) more times$)?`)
	foldedClass = regexp.MustCompile(`([a-z-]+) \(\d+\)`)
)

// toldByText reads text: its last lines, and the changes one by one.
func toldByText(t tester, out string) telling {
	t.Helper()
	_, body, _ := strings.Cut(out, "\n\n") // below the legend
	list := strings.Split(body, "\n")
	at := slices.IndexFunc(list, verdictLine.MatchString)
	if at < 0 {
		t.Fatalf("no line says how much it is, in:\n%s", out)
	}
	told, seen := verdictOf(t, list[at]), map[string]bool{}
	add := func(class string) {
		if plan.Severity(class) == riskless-1 {
			class = otherRisk
		}
		if !seen[class] {
			seen[class] = true
			told.Risks[class]++
		}
	}
	for _, line := range list {
		if textChange.MatchString(line) {
			clear(seen)
		}
		if m := textRisk.FindStringSubmatch(line); m != nil {
			add(m[1])
		}
		if m := textFolded.FindStringSubmatch(line); m != nil {
			for _, class := range foldedClass.FindAllStringSubmatch(m[1], -1) {
				add(class[1])
			}
		}
		if m := textBlock.FindStringSubmatch(line); m != nil {
			more, err := strconv.Atoi(m[1])
			if err != nil {
				more = 1
			}
			told.Blocks += more
		}
	}
	return told
}

var (
	markdownRisks   = regexp.MustCompile(`(?m)^Risks: (.*)\.$`)
	markdownBlocked = regexp.MustCompile(`(?m)^\*\*Blocked (once|\d+ times)\.\*\* `)
)

// toldByMarkdown reads the headline, which is never cut.
func toldByMarkdown(t tester, out string) telling {
	t.Helper()
	told := verdictOf(t, read(t, out).verdict)
	if m := markdownRisks.FindStringSubmatch(out); m != nil {
		for part := range strings.SplitSeq(m[1], ", ") {
			n, class, _ := strings.Cut(part, " ")
			told.Risks[class], _ = strconv.Atoi(n)
		}
	}
	if m := markdownBlocked.FindStringSubmatch(out); m != nil {
		told.Blocks = timesOf(m[1])
	}
	return told
}

func timesOf(text string) int {
	if n, err := strconv.Atoi(strings.TrimSuffix(text, " times")); err == nil {
		return n
	}
	return 1
}

// toldByJSON counts what is saved.
func toldByJSON(t tester, out string) telling {
	t.Helper()
	var p plan.Plan
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	s := p.Summary
	told := telling{Create: s.Create, Update: s.Update, Delete: s.Delete, Restore: s.Restore, Unchanged: s.Unchanged, Risks: map[string]int{}}
	for _, b := range p.Blocked {
		if b.ID != plan.RulesBlock {
			told.Blocks++
		}
	}
	for _, verdicts := range p.BrokenRules() { // a rule counts once
		if verdicts[0].Severity == plan.RuleError {
			told.Blocks++
		}
	}
	for i := range p.Changes {
		for _, class := range classesOf(&p.Changes[i]) {
			told.Risks[class]++
		}
	}
	return told
}

// toldByHTML reads the head of the page, and checks that its filters and its
// changes say the same.
func toldByHTML(t tester, out string) telling {
	t.Helper()
	d := parse(t, out)
	told := verdictOf(t, d.verdict)
	told.Risks = d.risks
	if m := regexp.MustCompile(`Blocked (once|\d+ times)\. `).FindStringSubmatch(d.visible.String()); m != nil {
		told.Blocks = timesOf(m[1])
	}
	for chip, n := range d.chips {
		if d.answers[chip] != n {
			t.Fatalf("a filter says %s %d times, and %d changes have it", chip, n, d.answers[chip])
		}
	}
	for class, n := range d.risks {
		if d.answers["risk="+class] != n {
			t.Fatalf("%d changes are said to be %s, and %d are", n, class, d.answers["risk="+class])
		}
	}
	for action, n := range map[string]int{"create": told.Create, "update": told.Update, "delete": told.Delete, "restore": told.Restore} {
		if d.answers["action="+action] != n {
			t.Fatalf("%d changes are said to %s, and %d do", n, action, d.answers["action="+action])
		}
	}
	return told
}

const planted = "planted-5ecret"

// randomPlan is a large plan with what each form must handle besides: many blocks
// of one sort, rules that do not hold, classes of risk that only a newer version knows, and secrets.
func randomPlan(n int, seed uint64, blocks int) *plan.Plan {
	p := largePlan(n, seed)
	p.Base = []string{"", "git:main"}[seed%2]
	for i := range blocks {
		p.Blocked = append(p.Blocked, plan.Block{ID: "deletes", Reason: fmt.Sprintf("reason %d", i), Lift: "--allow deletes=9"})
	}
	if rules := ruledPlan(); seed%4 == 1 {
		p.Rules, p.Warnings = rules.Rules, append(p.Warnings, rules.RuleWarnings()...)
		p.Blocked = append(p.Blocked, rules.Blocked...)
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Origin = everyOrigin[i%len(everyOrigin)]
		switch i % 7 {
		case 1:
			c.Risks = append(c.Risks, plan.Risk{Class: "of-a-newer-version", Reason: "who knows"}, plan.Risk{Class: "of-another", Reason: "who knows"})
		case 2:
			c.Risks = append(c.Risks, plan.Risk{Class: plan.AccessRemoved, Reason: string(c.Address) + " loses what all lose"})
		case 3:
			leaky := plan.Attribute{Name: "client_secret", Before: planted, After: planted + "2", Sensitive: true}
			c.Attributes, c.Steps[0].Attributes = append(c.Attributes, leaky), []plan.Attribute{leaky}
		}
	}
	return p
}

// agree checks what holds of every form of any plan: it is made, it says the same
// numbers, it shows no secret, and what live text says does no harm in it.
func agree(t tester, p *plan.Plan, budgets ...int) {
	t.Helper()
	forms := map[string]string{
		"text": text(t, p, Options{}), "narrow text": text(t, p, Options{Width: 30}), "HTML": planHTML(t, p),
		"JSON": string(written(t, func(w io.Writer) error { return JSON(w, p) })),
	}
	told := map[string]telling{
		"text": toldByText(t, forms["text"]), "narrow text": toldByText(t, forms["narrow text"]), "HTML": toldByHTML(t, forms["HTML"]), "JSON": toldByJSON(t, forms["JSON"]),
	}
	for _, most := range budgets {
		name := fmt.Sprintf("Markdown within %d bytes", most)
		forms[name] = markdown(t, p, MarkdownOptions{MaxBytes: most})
		told[name] = toldByMarkdown(t, forms[name])
		if len(forms[name]) > most {
			t.Fatalf("%s has %d", name, len(forms[name]))
		}
	}
	for name, out := range forms {
		if diff := cmp.Diff(told["JSON"], told[name]); diff != "" {
			t.Fatalf("%s says other numbers (-JSON +%s):\n%s", name, name, diff)
		}
		if strings.Contains(out, planted) {
			t.Fatalf("%s shows a secret", name)
		}
		harmless(t, out)
	}
}

func TestAllFormsOfAPlanAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 60)).Draw(rt, "changes")
		p := randomPlan(n, rapid.Uint64().Draw(rt, "seed"), rapid.SampledFrom([]int{0, 0, 1, 19, 45}).Draw(rt, "blocks"))
		agree(rt, p, rapid.IntRange(1000, 9000).Draw(rt, "budget"), GitHubBytes)
	})
}

func TestAllFormsOfALargePlanAgree(t *testing.T) {
	sizes := []int{1, 700, 20_000}
	if testing.Short() {
		sizes = []int{1, 700}
	}
	for _, n := range sizes {
		agree(t, randomPlan(n, uint64(n), n/50), GitHubBytes) //nolint:gosec // not negative
	}
}
