package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A workflowCommand is what GitHub's runner makes of a line.
type workflowCommand struct {
	name       string
	properties map[string]string
	data       string
}

// runner reads a line as GitHub's runner does: the newer form at the beginning of
// the line, else the older one anywhere. It knows more names than the runner, so
// that nothing is let through because of its name.
func runner(line string) (workflowCommand, bool) {
	c := workflowCommand{properties: map[string]string{}}
	trimmed := strings.TrimLeftFunc(line, unicode.IsSpace)
	if rest, ok := strings.CutPrefix(trimmed, "::"); ok {
		info, data, ok := strings.Cut(rest, "::")
		if !ok {
			return c, false
		}
		name, properties, _ := strings.Cut(info, " ")
		c.name, c.data = name, unescaped(data, "\r", "%0D", "\n", "%0A")
		for pair := range strings.SplitSeq(strings.TrimSpace(properties), ",") {
			key, value, ok := strings.Cut(pair, "=")
			if value = strings.TrimLeft(value, "="); ok && key != "" && value != "" {
				c.properties[key] = unescaped(value, "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
			}
		}
		return c, true
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		c.name, c.data, ok = strings.Cut(rest, "]")
		return c, ok
	}
	return c, false
}

// unescaped undoes escapes one after the other, as the runner does.
func unescaped(text string, escapes ...string) string {
	for pair := range slices.Chunk(append(escapes, "%", "%25"), 2) {
		text = strings.ReplaceAll(text, pair[1], pair[0])
	}
	return text
}

// annotated are the commands that annotations make, each from one line.
func annotated(t tester, list []Annotation, whole string) []workflowCommand {
	t.Helper()
	out := string(written(t, func(w io.Writer) error { return GitHubAnnotations(w, list, whole) }))
	var commands []workflowCommand
	for line := range strings.Lines(out) {
		c, ok := runner(strings.TrimSuffix(line, "\n"))
		if !ok {
			t.Fatalf("%q is no command", line)
		}
		commands = append(commands, c)
	}
	return commands
}

func TestAnAnnotationIsOneCommand(t *testing.T) {
	for _, test := range []struct {
		name string
		in   Annotation
		want string
	}{
		{
			"all of it",
			Annotation{Source: &plan.Source{File: "acme.yaml", Line: 18, Column: 3}, Title: "Update organization/acme", Lines: []string{"a", "b"}},
			"::error file=acme.yaml,line=18,col=3,title=Update organization/acme::a%0Ab",
		},
		{"without a place", Annotation{Level: LevelWarning, Title: "Warning", Lines: []string{"x"}}, "::warning title=Warning::x"},
		{"without anything but a message", Annotation{Level: LevelNotice, Lines: []string{"x"}}, "::notice::x"},
		{"a place without a column", Annotation{Source: &plan.Source{File: "a.yaml", Line: 1}, Lines: []string{"x"}}, "::error file=a.yaml,line=1::x"},
		{"a column means nothing without a line", Annotation{Source: &plan.Source{File: "a.yaml", Column: 3}}, "::error file=a.yaml::"},
		{"a title is cut to what GitHub takes", Annotation{Title: strings.Repeat("ü", 200)}, "::error title=" + strings.Repeat("ü", 123) + "…::"},
		{"a percent sign is escaped", Annotation{Title: "100 %", Lines: []string{"50 %0A"}}, "::error title=100 %25::50 %250A"},
		{"a colon and a comma are escaped in properties alone", Annotation{Title: "a: b, c", Lines: []string{"a: b, c"}}, "::error title=a%3A b%2C c::a: b, c"},
		{"a line break of live text is no line break", Annotation{Title: "a\nb", Lines: []string{"c\r\n::error::d"}}, `::error title=a\nb::c\r\n::error::d`},
		{
			"a command in live text is broken",
			Annotation{Title: "::error::x", Lines: []string{"::set-output name=x::y", "##[error]z"}},
			`::error title=\x3a%3Aerror%3A%3Ax::\x3a:set-output name=x::y%0A##\x5berror]z`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.in.command()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnyTextIsOneCommandWithItsOwnProperties(t *testing.T) {
	anything := rapid.OneOf(rapid.String(), rapid.SampledFrom(meaningful), rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"::", ":", ",", "=", "%", "%0A", "%25", "\n", "\r", "##", "[", "]", " ", "error", "file=x", "\u2028", "\ufeff", "a"}), 0, 12).Draw(t, "parts"), "")
	}))
	rapid.Check(t, func(t *rapid.T) {
		a := Annotation{
			Level: Level(rapid.IntRange(0, 2).Draw(t, "level")), Title: "Update " + anything.Draw(t, "title"), Lines: rapid.SliceOfN(anything, 1, 3).Draw(t, "lines"),
			Source: &plan.Source{File: anything.Draw(t, "file"), Line: rapid.IntRange(1, 9).Draw(t, "line"), Column: rapid.IntRange(1, 9).Draw(t, "column")},
		}
		got := annotated(t, []Annotation{a}, "")
		var lines []string
		for _, line := range a.Lines {
			lines = append(lines, Safe(line))
		}
		want := map[string]string{"title": strings.TrimSpace(cutBytes(Safe(a.Title), titleBytes))}
		if a.Source.File != "" {
			want["line"], want["col"] = fmt.Sprint(a.Source.Line), fmt.Sprint(a.Source.Column)
			if file := strings.TrimLeft(Safe(a.Source.File), "="); file != "" { // the runner takes them away
				want["file"] = file
			}
		}
		command := workflowCommand{a.Level.String(), want, cutBytes(strings.Join(lines, "\n"), messageBytes)}
		if diff := cmp.Diff([]workflowCommand{command}, got, cmp.AllowUnexported(workflowCommand{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The runner shows ten of a level and cuts a message of more than 4,096 UTF-16
// units; what comes after is never seen.
func TestAnnotationsKeepGitHubsCaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := largePlan(rapid.IntRange(1, 200).Draw(t, "changes"), rapid.Uint64().Draw(t, "seed"))
		for i := range p.Changes {
			p.Changes[i].Risks = append(p.Changes[i].Risks, plan.Risk{Class: plan.LockOut, Reason: strings.Repeat("𝒳", i*40)})[rapid.IntRange(0, 1).Draw(t, "riskless"):]
		}
		all := PlanAnnotations(p)
		commands := annotated(t, all, "the log")
		for _, level := range []Level{LevelError, LevelWarning, LevelNotice} {
			of := slices.DeleteFunc(slices.Clone(all), func(a Annotation) bool { return a.Level != level })
			shown := slices.DeleteFunc(slices.Clone(commands), func(c workflowCommand) bool { return c.name != level.String() })
			if len(shown) != min(len(of), 10) {
				t.Fatalf("%d of %d %ss", len(shown), len(of), level)
			}
			if len(of) > 10 {
				if got, want := shown[9].properties["title"], fmt.Sprintf("%d more", len(of)-9); got != want || !strings.Contains(shown[9].data, "the log") {
					t.Fatalf("the last %s is %q, want %q: %s", level, got, want, shown[9].data)
				}
			}
		}
		for _, c := range commands {
			if n, title := len(utf16.Encode([]rune(c.data))), c.properties["title"]; n > 4096 || len(title) > 255 {
				t.Fatalf("a message of %d, a title of %d", n, len(title))
			}
		}
	})
}

func TestAnnotationsAreWorstFirst(t *testing.T) {
	at := func(line int, c plan.Change, risks ...string) plan.Change {
		c.Source = &plan.Source{File: "acme.yaml", Line: line, Column: 3}
		for _, class := range risks {
			c.Risks = append(c.Risks, plan.Risk{Class: class, Reason: "because"})
		}
		return c
	}
	member := func(action plan.Action, name string) plan.Change {
		return plan.Change{Address: plan.Address("organization/acme/member/" + name), Action: action}
	}
	blocked := at(7, member(plan.Delete, "ada"), plan.AccessRemoved)
	blocked.BlockedBy = []string{"deletes"}
	update := at(2, member(plan.Update, "bob"))
	update.Attributes = []plan.Attribute{differs("name", "a", "b"), hidden("secret")}
	p := planOf(staging, 0, at(1, member(plan.Create, "cyd")), update, at(3, member(plan.Update, "dan"), plan.SessionsRevoked, plan.AccessWidened),
		at(4, member(plan.Update, "eve"), plan.LockOut), at(5, member(plan.Restore, "fay"), "of-a-newer-version"), blocked, at(8, member(plan.Delete, "ada@x"), plan.AccessRemoved))
	p.Blocked = []plan.Block{{ID: "deletes", Reason: "too many", Lift: "--allow deletes=1"}, {ID: "protect", Reason: "organization/acme/member/ada@x is protected"}}
	p.Unknown, p.Complete = []plan.Unknown{{Kind: "member", Scope: "organization/b", Reason: "status 500"}, {Kind: "redirect_url", Reason: "status 500"}}, false
	p.Warnings = []string{"mind this"}
	var got []string
	for _, c := range annotated(t, PlanAnnotations(p), "") {
		got = append(got, fmt.Sprintf("%s %s %s | %s", c.name, c.properties["line"], c.properties["title"], strings.ReplaceAll(c.data, "\n", " / ")))
	}
	want := []string{
		"error 7 Blocked by deletes | too many / To lift it: --allow deletes=1",
		"error 8 Blocked by protect | organization/acme/member/ada@x is protected",
		"error 4 Update organization/acme/member/eve | lock-out: because",
		"warning  Not all could be read | member of organization/b: status 500; nothing is created or deleted there.",
		"warning  Not all could be read | redirect_url of the environment: status 500; nothing is created or deleted there.",
		"warning 7 Delete organization/acme/member/ada | access-removed: because / Blocked by deletes.",
		"warning 8 Delete organization/acme/member/ada@x | access-removed: because",
		"warning 3 Update organization/acme/member/dan | access-widened: because / sessions-revoked: because",
		"warning 5 Restore organization/acme/member/fay | of-a-newer-version: because",
		"warning  Warning | mind this",
		"notice 1 Create organization/acme/member/cyd | It is to be created.",
		"notice 2 Update organization/acme/member/bob | Changes name, secret.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	t.Run("drift says nothing of what would forbid to apply it", func(t *testing.T) {
		if a := DriftAnnotations(p)[0]; a.Title != "Not all could be read" {
			t.Errorf("the first is %q", a.Title)
		}
		blocked := *p
		blocked.Changes = []plan.Change{{Address: "organization/acme", Action: plan.Delete, BlockedBy: []string{"deletes"}}}
		if list := DriftAnnotations(&blocked); strings.Contains(fmt.Sprint(list), "Blocked") || blocked.Changes[0].BlockedBy == nil {
			t.Errorf("it says %v, of changes %v", list, blocked.Changes)
		}
	})
	t.Run("with a base each change says whose it is", func(t *testing.T) {
		p.Base, p.Changes[0].Origin = "git:main", plan.Both
		if a := changeAnnotation(&p.Changes[0], true); a.Title != "Create organization/acme/member/cyd (both)" {
			t.Errorf("the title is %q", a.Title)
		}
	})
	t.Run("many blocks and unknowns leave room for the changes", func(t *testing.T) {
		for i := range 30 {
			p.Blocked = append(p.Blocked, plan.Block{ID: "protect", Reason: fmt.Sprint(i)})
			p.Unknown = append(p.Unknown, plan.Unknown{Kind: "member", Reason: fmt.Sprint(i)})
		}
		var titles []string
		blocks := len(p.Blocked)
		for _, c := range annotated(t, PlanAnnotations(p), "") {
			title := c.properties["title"]
			titles = append(titles, title)
			if strings.HasPrefix(title, "Blocked by ") {
				blocks--
			}
			if title == "Blocked by more" && c.data != fmt.Sprintf("And %d more.", blocks+1) {
				t.Errorf("%q, and %d blocks are not annotated", c.data, blocks+1)
			}
		}
		for _, want := range []string{"Update organization/acme/member/eve", "Delete organization/acme/member/ada", "Blocked by more"} {
			if !slices.Contains(titles, want) {
				t.Errorf("%q is missing among %q", want, titles)
			}
		}
	})
}

func TestAnnotationsOfAReport(t *testing.T) {
	c := func(address plan.Address, line int) plan.Change {
		return plan.Change{Address: address, Action: plan.Update, Source: &plan.Source{File: "a.yaml", Line: line}}
	}
	p := planOf(staging, 0, c("a", 1), c("b", 2), c("c", 3), c("d", 4))
	r := &plan.Report{Operations: []plan.ReportedChange{
		{Address: "a", Action: plan.Update, Result: plan.Done, Written: 1},
		{Address: "d", Action: plan.Update, Result: plan.Done},
		{Address: "b", Action: plan.Update, Result: plan.Skipped, Note: "a failed"},
		{Address: "c", Action: plan.Update, Result: plan.Failed, Error: &plan.Failure{Type: "bad_request", Message: "no", RequestID: "r-1"}},
	}}
	var got []string
	for _, c := range annotated(t, ReportAnnotations(p, r), "") {
		got = append(got, fmt.Sprintf("%s %s %s | %s", c.name, c.properties["line"], c.properties["title"], c.data))
	}
	want := []string{
		"error 3 Failed: Update c | no (bad_request) (r-1)", "warning 2 Skipped: Update b | a failed",
		"notice 1 Done: Update a | It was updated.", "notice 4 Done: Update d | It was in place already; nothing was written.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// No line of any renderer, whatever live text says, is a command to the runner.
func TestNoLineOfAnyRendererIsACommand(t *testing.T) {
	parts := rapid.SampledFrom(append([]string{"##", "##[", "[error]", "error]x", "::error::x", ":", "::", " ", "\n", "\r", "\u2028", "]", "a"}, meaningful...))
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(parts, 1, 4).Draw(t, "parts"), "") })
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		p, r := hostilePlan(a, b), hostileReport(a, b)
		v := Verdict{Plan: p, Differences: []Finding{{plan.Address(a), b}}, Unreadable: []Finding{{plan.Address(b), a}}}
		width := rapid.IntRange(0, 120).Draw(t, "width")
		for name, write := range map[string]func(io.Writer) error{
			"text":            func(w io.Writer) error { return Text(w, p, Options{Width: width}) },
			"JSON":            func(w io.Writer) error { return JSON(w, p) },
			"Markdown":        func(w io.Writer) error { return Markdown(w, p, MarkdownOptions{}) },
			"cut Markdown":    func(w io.Writer) error { return Markdown(w, p, MarkdownOptions{MaxBytes: 8000}) },
			"report":          func(w io.Writer) error { return ReportText(w, r, Options{Width: width}) },
			"report JSON":     func(w io.Writer) error { return ReportJSON(w, r) },
			"report Markdown": func(w io.Writer) error { return ReportMarkdown(w, r, MarkdownOptions{}) },
			"verdict":         func(w io.Writer) error { return VerdictMarkdown(w, v, MarkdownOptions{}) },
		} {
			for line := range strings.Lines(string(written(t, write))) {
				if c, ok := runner(line); ok {
					t.Fatalf("%s: line %q is the command %q", name, line, c.name)
				}
			}
		}
	})
}

func TestNoCommands(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain text stays", "error: a::b\n", "error: a::b\n"},
		{"a command at the beginning of any line is broken", "a\n  ::error::b\n", "a\n  \\u003a:error::b\n"},
		{"the older form is broken anywhere", "a ##[error]b", `a ##\u005berror]b`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := NoCommands(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestVerdictMarkdownKeepsItsBudgetAndCountsWhatIsCut(t *testing.T) {
	v := Verdict{Plan: planOf(staging, 0)}
	for i := range 200 {
		v.Differences = append(v.Differences, Finding{plan.Address(fmt.Sprintf("organization/o%d", i)), "it was changed meanwhile"})
	}
	for most := 700; most < 20_000; most += 500 {
		var b bytes.Buffer
		if err := VerdictMarkdown(&b, v, MarkdownOptions{MaxBytes: most}); err != nil || b.Len() > most {
			t.Fatalf("%d of %d bytes, %v", b.Len(), most, err)
		}
		items := strings.Count(b.String(), "- **Different**")
		if cut := fmt.Sprintf("%d not listed", 200-items); items < 200 && !strings.Contains(b.String(), cut) {
			t.Fatalf("%q is not said:\n%s", cut, b.String())
		}
		if !strings.Contains(b.String(), "200 differences") {
			t.Fatal("the count is not true")
		}
	}
}

func TestOneLongFindingOfAVerdictHidesNoOther(t *testing.T) {
	v := Verdict{Plan: planOf(staging, 0), Differences: []Finding{
		{Address: "organization/acme", Reason: strings.Repeat("long ", 1000)}, {Address: "organization/beta", Reason: "it is gone"},
	}}
	var b strings.Builder
	if err := VerdictMarkdown(&b, v, MarkdownOptions{MaxBytes: 2000}); err != nil || b.Len() > 2000 {
		t.Fatalf("%d bytes: %v", b.Len(), err)
	}
	for _, want := range []string{"organization/acme", "organization/beta"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, b.String())
		}
	}
}
