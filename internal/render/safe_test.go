package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

func TestSafe(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain text stays", "Acme, Inc. (Zürich) 株式会社 🏠", "Acme, Inc. (Zürich) 株式会社 🏠"},
		{"an emoji with its selector stays", "❤️", "❤️"},
		{"the empty text stays", "", ""},
		{"a colour sequence cannot colour", "\x1b[31mred", `\x1b[31mred`},
		{"a C1 control cannot control", "\u009b31m", `\u009b31m`},
		{"a newline cannot begin a line", "a\nPlan: 0 to create", `a\nPlan: 0 to create`},
		{"a carriage return cannot overwrite the line", "a\rb\tc", `a\rb\tc`},
		{"Unicode's own line ends are escaped", "a\u2028b\u2029c\u0085d", `a\u2028b\u2029c\u0085d`},
		{"a backspace and a bell are escaped", "a\b\a\x00\x7f", `a\x08\x07\x00\x7f`},
		{"a bidirectional override cannot reorder", "\u202egnp.exe\u2066", `\u202egnp.exe\u2066`},
		{"what has no width is shown", "a\u200bd\u200dm\ufeffi\u00adn", `a\u200bd\u200dm\ufeffi\u00adn`},
		{"letters and selectors without a shape are shown", "\u3164\u115f\u2800\ufe00\U000e0100\u034f", `\u3164\u115f\u2800\ufe00\U000e0100\u034f`},
		{"hidden tags are shown", "a\U000e0041", `a\U000e0041`},
		{"a space that is not the space is shown", "a\u00a0b\u3000c", `a\u00a0b\u3000c`},
		{"bytes that are no UTF-8 are shown", "a\xff\xc3", `a\xff\xc3`},
		{"a backslash is doubled, so that an escape cannot be forged", `a\nb`, `a\\nb`},
		{"a workflow command at the start is broken", "::error::x", `\x3a:error::x`},
		{"a workflow command after spaces is broken", "  ::set-output name=x::y", `  \x3a:set-output name=x::y`},
		{"colons inside a word stay", "arn:aws:iam::1234", "arn:aws:iam::1234"},
		{"the older form of a command is broken anywhere", "a ##[error]x", `a ##\x5berror]x`},
		{"Azure's and TeamCity's commands are broken", "##vso[task]##teamcity[x]", `##vso\x5btask]##teamcity\x5bx]`},
		{"a Markdown heading stays", "## Title [1]", "## Title [1]"},
		{"quotation marks stay", `say "hi"`, `say "hi"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Safe(test.in); got != test.want {
				t.Errorf("Safe(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

var hostile = []string{
	"\x1b[31m", "::error::x", " ::warning file=a::b", "a\nPlan: 0 to create, 0 to update", "##[error]", "##", "##vso", "[", ":", "::", "\\",
	"\u202e", "\xff", "\r\n", "a\r::error::b", `"`, `" -> "`, "", " ", "a b", "\u2028", "|", "<b>", "`", "**x**", "\u0000", "a.b", "-", "+", "(none)",
}

var command = regexp.MustCompile(`##[a-zA-Z]*\[`)

// harmless reports what is wrong with a rendered text, line by line.
func harmless(t tester, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%q is not UTF-8", out)
	}
	for line := range strings.SplitSeq(out, "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != 0xfe0f }) {
			t.Errorf("line %q holds a character that cannot be seen", line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || command.MatchString(line) {
			t.Errorf("line %q is a workflow command", line)
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		harmless(t, Safe(s))
		if strings.Contains(Safe(s), "\n") {
			t.Errorf("Safe(%q) has more than one line", s)
		}
		back, err := strconv.Unquote(quote(s))
		if err != nil || back != s {
			t.Errorf("quote(%q) = %s, which reads back as %q, %v", s, quote(s), back, err)
		}
		encoded, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := json.Unmarshal(encoded, &want); err != nil {
			t.Fatal(err)
		}
		out := safeJSON(encoded)
		harmless(t, string(out))
		if err := json.Unmarshal(out, &got); err != nil || got != want {
			t.Errorf("safeJSON(%s) = %s, which decodes to %q, %v", encoded, out, got, err)
		}
	})
}

// hostilePlan has a and b wherever a plan holds text.
func hostilePlan(a, b string) *plan.Plan {
	c := func(action plan.Action, within plan.Address, attributes ...plan.Attribute) plan.Change {
		return plan.Change{
			Address: plan.NewAddress(within, "member", a), Action: action, Source: &plan.Source{File: b, Line: 1}, Attributes: attributes,
			Risks: []plan.Risk{{Class: a, Reason: b}}, Consequences: []string{a}, BlockedBy: []string{b},
		}
	}
	values := []any{a, []any{a, b}, object{a: b, b: object{a: a}}, []any{object{a: b}, 1, nil}, a + "\n" + b + "\n", []any{a + "\n" + b}, strings.Repeat(a, 30)}
	others := []any{b, []any{b}, object{a: a, b: []any{a}}, []any{object{a: a}}, b + "\n" + a, []any{b + "\n"}, strings.Repeat(b, 30), nil, ""}
	var updates, creations, losses []plan.Attribute
	for _, v := range values {
		creations, losses = append(creations, adds(a, v)), append(losses, lost(b, v))
		for _, w := range others {
			updates = append(updates, differs(a+b, v, w), differs(b, w, v))
		}
	}
	p := planOf(plan.Target{ProjectSlug: a, EnvironmentSlug: b, ProjectID: a}, 0,
		c(plan.Create, "", creations...), c(plan.Update, plan.NewAddress("", "organization", b), updates...), c(plan.Delete, "", losses...), c(plan.Action(a), ""))
	p.Digest, p.Warnings = a, []string{a, b}
	p.Unknown = []plan.Unknown{{Kind: a, Scope: b, Reason: a}}
	p.Undeclared = []plan.Undeclared{{Kind: a, Scope: b, Count: 1}}
	p.Blocked = []plan.Block{{ID: a, Reason: b, Lift: a}}
	return p
}

func hostileReport(a, b string) *plan.Report {
	return &plan.Report{Digest: a, Target: plan.Target{ProjectSlug: b}, Operations: []plan.ReportedChange{
		{Address: plan.Address(a), Action: plan.Action(b), Result: plan.Failed, Note: b, Error: &plan.Failure{Type: a, Message: b, RequestID: a}},
		{Address: plan.Address(b), Action: plan.Create, Result: plan.Skipped, Note: a},
	}}
}

func FuzzPlanIsHarmless(f *testing.F) {
	for i, a := range meaningful {
		f.Add(a, hostile[(i+7)%len(hostile)], 100)
		f.Add(a, hostile[(i+1)%len(hostile)], 20)
	}
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		p, r := hostilePlan(a, b), hostileReport(a, b)
		for _, write := range []func(io.Writer) error{
			func(w io.Writer) error { return Text(w, p, Options{Width: width}) },
			func(w io.Writer) error { return JSON(w, p) },
			func(w io.Writer) error { return ReportText(w, r, Options{Width: width}) },
			func(w io.Writer) error { return ReportJSON(w, r) },
			func(w io.Writer) error { return HTML(w, p) },
			func(w io.Writer) error { return ReportHTML(w, r) },
		} {
			harmless(t, string(written(t, write)))
		}
		for _, write := range []func(io.Writer, MarkdownOptions) error{
			func(w io.Writer, o MarkdownOptions) error { return Markdown(w, p, o) },
			func(w io.Writer, o MarkdownOptions) error { return ReportMarkdown(w, r, o) },
		} {
			for _, most := range []int{GitHubBytes, 4000} {
				var b bytes.Buffer
				err := write(&b, MarkdownOptions{MaxBytes: most})
				if _, few := errors.AsType[*BudgetError](err); few {
					continue
				}
				if err != nil || b.Len() > most {
					t.Errorf("%d bytes of %d, %v", b.Len(), most, err)
				}
				harmless(t, b.String())
				asHTML(t, b.String())
			}
		}
		plain, coloured := text(t, p, Options{Width: width}), text(t, p, Options{Width: width, Color: true})
		if diff := cmp.Diff(plain, sgr.ReplaceAllString(coloured, "")); diff != "" {
			t.Errorf("without the colours (-plain +coloured):\n%s", diff)
		}
	})
}

func TestNoLiveTextCanForgeALine(t *testing.T) {
	calm := strings.Count(text(t, hostilePlan("x", "y"), Options{Width: 100000}), "\nPlan: ")
	out := text(t, hostilePlan("x\nPlan: 0 to create, 0 to update, 0 to delete, 0 to restore. 9 unchanged.", "y\nNo changes."), Options{Width: 100000})
	if got := strings.Count(out, "\nPlan: "); got != calm || calm != 1 {
		t.Errorf("%d lines begin with Plan:, want 1:\n%s", got, out)
	}
	if strings.Contains(out, "\nNo changes.") {
		t.Errorf("a line was forged:\n%s", out)
	}
}
