package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// addresses lists the addresses of the changes in the order of the text, below
// the legend.
func addresses(out string) []string {
	var list []string
	_, out, _ = strings.Cut(out, "\n\n")
	for _, m := range regexp.MustCompile(`(?m)^  [-+~^] (\S+)`).FindAllStringSubmatch(out, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestOrder(t *testing.T) {
	risky := func(c plan.Change, classes ...string) plan.Change {
		for _, class := range classes {
			c.Risks = append(c.Risks, plan.Risk{Class: class, Reason: "because"})
		}
		return c
	}
	blocked := change(plan.Update, "organization/b/member/blocked", 0)
	blocked.BlockedBy = []string{"protect"}
	p := planOf(staging, 0,
		change(plan.Update, "organization/b", 0),
		change(plan.Update, "organization/b/member/quiet", 0),
		risky(change(plan.Update, "organization/b/member/new-class", 0), "something-new"),
		risky(change(plan.Update, "organization/b/member/widened", 0), plan.AccessWidened),
		risky(change(plan.Update, "organization/b/member/two", 0), plan.Irreversible, plan.AccessRemoved),
		risky(change(plan.Update, "organization/b/member/locked", 0), plan.LockOut),
		blocked,
		change(plan.Update, "organization/a/member/x", 0),
		change(plan.Update, "rbac_policy", 0),
	)
	want := []string{
		"rbac_policy", "organization/a/member/x", "organization/b/member/blocked", "organization/b/member/locked", "organization/b/member/two",
		"organization/b/member/widened", "organization/b/member/new-class", "organization/b", "organization/b/member/quiet",
	}
	out := text(t, p, Options{})
	if diff := cmp.Diff(want, addresses(out)); diff != "" {
		t.Errorf("environment, organizations by slug, riskiest first (-want +got):\n%s", diff)
	}
	for _, title := range []string{"\nEnvironment\n", "\nOrganization a\n", "\nOrganization b\n"} {
		if strings.Count(out, title) != 1 {
			t.Errorf("the title %q does not stand once in:\n%s", title, out)
		}
	}
}

func TestManyOfASortAreCounted(t *testing.T) {
	c := change(plan.Update, "organization/acme", 0)
	p := planOf(staging, 0, c)
	for i := range 25 {
		p.Changes[0].Risks = append(p.Changes[0].Risks, plan.Risk{Class: plan.AccessRemoved, Reason: fmt.Sprintf("m%d loses password", i)})
		p.Blocked = append(p.Blocked, plan.Block{ID: "idp_members", Reason: fmt.Sprintf("m%d", i)})
		p.Undeclared = append(p.Undeclared, plan.Undeclared{Kind: "member", Scope: fmt.Sprintf("organization/o%d", i), Count: 2})
	}
	p.Changes[0].Risks = append(p.Changes[0].Risks, plan.Risk{Class: plan.LockOut, Reason: "nobody is left"})
	out := text(t, p, Options{})
	for line, want := range map[string]int{
		"! access-removed: m": 20, "! access-removed: and 5 more": 1, "! lock-out: nobody is left": 1,
		"Blocked by idp_members: m": 20, "Blocked by idp_members: 5 more times": 1,
		"50 members of 25 scopes are not declared; left alone": 1, "of organization/o": 0,
	} {
		if got := strings.Count(out, line); got != want {
			t.Errorf("%q stands %d times, want %d, in:\n%s", line, got, want, out)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		name string
		in   plan.Target
		want string
	}{
		{"slugs and id", staging, "Plan for acme-auth/test (project-test-1111)"},
		{"a live environment is said out loud", production, "Plan for acme-auth/production (project-live-1111) LIVE"},
		{"the id alone, without a workspace key", plan.Target{ProjectID: "project-test-1"}, "Plan for project-test-1"},
		{"the slugs alone", plan.Target{ProjectSlug: "a", EnvironmentSlug: "b"}, "Plan for a/b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, _ := strings.Cut(text(t, planOf(test.in, 0), Options{}), "\n")
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// anyPlan draws a plan with changes of every action and values of every shape.
// Its text is UTF-8: bytes that are not cannot be saved in JSON.
func anyPlan(t *rapid.T) *plan.Plan {
	words := rapid.SampledFrom(append(valid(hostile), "acme", "RESTRICTED", "a@acme.example"))
	leaf := rapid.OneOf(rapid.Map(words, toAny), rapid.Map(rapid.Int64(), toAny), rapid.Map(rapid.Float64Range(-1e30, 1e30), toAny), rapid.Map(rapid.Bool(), toAny), rapid.Just[any](nil))
	value := rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(rapid.OneOf(leaf, rapid.Map(rapid.MapOfN(words, leaf, 0, 3), toAny)), 0, 4), toAny), rapid.Map(rapid.MapOfN(words, leaf, 0, 3), toAny))
	var changes []plan.Change
	for i := range rapid.IntRange(0, 8).Draw(t, "changes") {
		action := rapid.SampledFrom([]plan.Action{plan.Create, plan.Update, plan.Delete, plan.Restore}).Draw(t, "action")
		within := rapid.SampledFrom([]string{"", "organization/a/", "organization/b/"}).Draw(t, "within")
		c := change(action, fmt.Sprintf("%sthing/%d", within, i), i)
		for range rapid.IntRange(0, 3).Draw(t, "attributes") {
			c.Attributes = append(c.Attributes, differs(words.Draw(t, "name"), value.Draw(t, "before"), value.Draw(t, "after")))
		}
		if rapid.Bool().Draw(t, "risky") {
			c.Risks = append(c.Risks, plan.Risk{Class: rapid.SampledFrom(classes()).Draw(t, "class"), Reason: words.Draw(t, "reason")})
		}
		changes = append(changes, c)
	}
	return planOf(staging, rapid.IntRange(0, 5).Draw(t, "unchanged"), changes...)
}

func valid(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, strings.ToValidUTF8(s, "?"))
	}
	return out
}

func toAny[T any](v T) any { return v }

func TestLawsOfText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		before := show(t, JSON, p)
		o := Options{Width: rapid.IntRange(-1, 200).Draw(t, "width")}
		withOptions := func(w io.Writer, p *plan.Plan) error { return Text(w, p, o) }
		out := show(t, withOptions, p)
		if again := show(t, withOptions, p); again != out {
			t.Fatalf("the same plan gives two texts (-first +second):\n%s", cmp.Diff(out, again))
		}
		if after := show(t, JSON, p); after != before {
			t.Fatalf("showing the plan changed it (-before +after):\n%s", cmp.Diff(before, after))
		}
		counted := map[string]int{}
		for _, m := range regexp.MustCompile(`(?m)^  ([-+~^]) (?:thing|organization/[ab]/thing)/\d`).FindAllStringSubmatch(out, -1) {
			counted[m[1]]++
		}
		s := p.Summary
		if want := map[string]int{"+": s.Create, "~": s.Update, "-": s.Delete, "^": s.Restore}; counted["+"] != s.Create ||
			counted["~"] != s.Update || counted["-"] != s.Delete || counted["^"] != s.Restore {
			t.Fatalf("the text shows %v changes, the plan has %v:\n%s", counted, want, out)
		}
		verdict := fmt.Sprintf("\nPlan: %d to create, %d to update, %d to delete, %d to restore. %d unchanged.\n", s.Create, s.Update, s.Delete, s.Restore, s.Unchanged)
		if s.Changes() == 0 {
			verdict = "\nNo changes. What is declared is what is live.\n"
		}
		if !strings.HasSuffix(out, verdict+"Digest: "+digest+"\n") {
			t.Fatalf("the text does not end with %q:\n%s", verdict, out)
		}
		var decoded plan.Plan
		if err := decodeNumbers(before, &decoded); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out, show(t, withOptions, &decoded)); diff != "" {
			t.Fatalf("a saved plan is shown otherwise (-made +saved):\n%s", diff)
		}
	})
}

func show(t *rapid.T, write func(io.Writer, *plan.Plan) error, p *plan.Plan) string {
	var b bytes.Buffer
	if err := write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func decodeNumbers(encoded string, p *plan.Plan) error {
	decoder := json.NewDecoder(strings.NewReader(encoded))
	decoder.UseNumber()
	return decoder.Decode(p)
}

func TestJSONDecodesToAnEqualPlan(t *testing.T) {
	p := busyPlan()
	p.Changes[2].Attributes = []plan.Attribute{differs("organization_name", "\u202e##[x] & <b>\x7f\U000e0041", "Acme")}
	out := written(t, func(w io.Writer) error { return JSON(w, p) })
	var got plan.Plan
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	var want plan.Plan
	plainly, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(plainly, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, part := range []string{`"\u202e##\u005bx] & <b>\u007f\udb40\udc41"`, "{\n  \"format_version\": \"1.0\",\n"} {
		if !bytes.Contains(out, []byte(part)) {
			t.Errorf("%q does not stand in:\n%s", part, out)
		}
	}
	if !bytes.HasSuffix(out, []byte("}\n")) {
		t.Error("no newline at the end")
	}
}

func TestReportJSONDecodesToAnEqualReport(t *testing.T) {
	want := report()
	var got plan.Report
	if err := json.Unmarshal(written(t, func(w io.Writer) error { return ReportJSON(w, want) }), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A fullDisk takes so many bytes and then no more.
type fullDisk struct{ room int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAWriterThatFailsIsReported(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"Text":           func(w io.Writer) error { return Text(w, busyPlan(), Options{}) },
		"JSON":           func(w io.Writer) error { return JSON(w, busyPlan()) },
		"ReportText":     func(w io.Writer) error { return ReportText(w, report(), Options{}) },
		"ReportJSON":     func(w io.Writer) error { return ReportJSON(w, report()) },
		"Markdown":       func(w io.Writer) error { return Markdown(w, busyPlan(), MarkdownOptions{}) },
		"ReportMarkdown": func(w io.Writer) error { return ReportMarkdown(w, report(), MarkdownOptions{}) },
	} {
		for _, room := range []int{0, 100} {
			if err := write(&fullDisk{room: room}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes = %v, want %v", name, room, err, errFull)
			}
		}
	}
}
