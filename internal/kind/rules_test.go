package kind

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// verdicts judges a document against an empty project.
func verdicts(t *testing.T, content string) []string {
	t.Helper()
	desired, problems := decoded(t, content)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r, diagnostics := desired.Rehearse(desired, nil)
	if len(diagnostics) > 0 {
		t.Fatal(told(diagnostics))
	}
	var lines []string
	for _, v := range r.Unexpected {
		line := fmt.Sprintf("%s %s %s: %s", v.Severity, v.Name, spot(v.Address), v.Message)
		if v.Undecided {
			line += " (undecided)"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRulesSeeWhatThereWillBe(t *testing.T) {
	const things = `
variables: {most: {type: number, default: 4}}
locals: {hues: [red, green]}
widgets:
  w: {title: abc, tags: [b, a], color: red, meta: {team: x}, shop: {s: {id: i}}}
organizations:
  o: {gadgets: {G: {code: c}}}
`
	for _, test := range []struct{ name, rule, want string }{
		{"a rule that holds", `subject: widget, condition: '${self.title == "abc"}', message: no`, ""},
		{"one that does not", `subject: widget, condition: '${self.title == "x"}', message: 'not ${self.title}'`, "error r widget/w: not abc"},
		{"as a warning", `subject: widget, condition: false, message: no, severity: warning`, "warning r widget/w: no"},
		{"Stytch's defaults", `subject: widget, condition: '${self.size == 3 && self.on}', message: no`, ""},
		{"what is neither declared nor a default is null", `subject: widget, condition: '${self.order == null}', message: no`, ""},
		{"the key and the address", `subject: widget, condition: '${self.key == self.name && self.address == "widget/w"}', message: no`, ""},
		{
			"the organization of what nests", `subject: gadget, condition: '${self.organization == "x"}', message: '${self.organization} ${self.address}'`,
			"error r organization/o/gadget/G: o organization/o/gadget/G",
		},
		{"variables and locals", `subject: widget, condition: '${self.size < var.most && contains(local.hues, self.color)}', message: no`, ""},
		{"sets in their order", `subject: widget, condition: '${self.tags[0] == "a"}', message: no`, ""},
		{"elements with their defaults", `subject: widget, condition: '${self.shop.s.count == 1}', message: no`, ""},
		{"what is owned by key", `subject: widget, condition: '${self.meta.team == "x"}', message: no`, ""},
		{"a rule that does not apply", `subject: widget, when: '${self.size > 3}', condition: false, message: no`, ""},
		{"one that does", `subject: widget, when: '${self.size == 3}', condition: false, message: no`, "error r widget/w: no"},
		{
			"a condition that cannot be evaluated has not been kept", `subject: widget, condition: '${length(self.order) > 0}', message: no`,
			"error r widget/w: cannot be decided: the condition: invalid function argument: invalid value for \"collection\" parameter: argument must not be null. (undecided)",
		},
		{
			"nor has one whose when cannot be", `subject: widget, when: '${self.meta.tema == "x"}', condition: true, message: no`,
			"error r widget/w: cannot be decided: the when: unsupported attribute: this object does not have an attribute named \"tema\". (undecided)",
		},
		{
			"nor one that yields null", `subject: widget, condition: '${try(self.meta.tema, null)}', message: no`,
			"error r widget/w: cannot be decided: the condition: it yields null, and a bool is wanted (undecided)",
		},
		{
			"a message that cannot be made", `subject: widget, condition: false, message: '${self.meta.tema}'`,
			"error r widget/w: does not hold, and its message cannot be made: unsupported attribute: this object does not have an attribute named \"tema\".",
		},
		{"the plan", `subject: plan, condition: '${plan.summary.create <= 2}', message: '${plan.summary.create} at once'`, "error r plan: 3 at once"},
		{"the changes of the plan", `subject: plan, condition: '${length([for c in plan.changes : c if c.kind == "gadget"]) == 0}', message: no`, "error r plan: no"},
		{
			"a change", `subject: change, condition: '${change.kind != "gadget" || change.action != "create"}', message: '${change.key} of ${length(plan.changes)}'`,
			"error r organization/o/gadget/G: G of 3",
		},
		{
			"the attributes of a change", `subject: change, condition: '${!contains([for a in change.attributes : a.after if a.name == "code"], "c")}', message: no`,
			"error r organization/o/gadget/G: no",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := verdicts(t, "policy: {rules: {r: {"+test.rule+"}}}\n"+things)
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesInRules(t *testing.T) {
	for _, test := range []struct{ name, rule, want string }{
		{"no map", `7`, `2:21: a map of subject, condition and message is wanted here, not a number`},
		{"an unknown word", `{subject: widget, conditoin: true, condition: true, message: no}`, `2:39: unknown word in a rule "conditoin" (did you mean "condition"?)`},
		{"no condition", `{subject: widget, message: no}`, `2:18: the rule "r" needs its condition`},
		{"an unknown kind", `{subject: widgets, condition: true, message: no}`, `2:31: unknown subject of a rule "widgets" (did you mean "widget"?)`},
		{"an unknown severity", `{subject: widget, condition: true, message: no, severity: fatal}`, `2:79: unknown severity "fatal" (known here: error, warning)`},
		{
			"a condition that is text", `{subject: widget, condition: 'self.on', message: no}`,
			`2:50: a bool is wanted here, not a string (an expression is written ${…} in YAML, and as it is in HCL)`,
		},
		{"an unknown name", `{subject: widget, condition: '${slef.on}', message: no}`, `2:53: unknown name "slef" (did you mean "self"?)`},
		{"the name of another subject", `{subject: plan, condition: '${self.on}', message: no}`, `2:51: unknown name "self"`},
		{"an unknown attribute", `{subject: widget, condition: '${self.tilte == "a"}', message: no}`, `2:57: unknown attribute of widget "tilte" (did you mean "title"?)`},
		{"an unknown attribute in a message", `{subject: widget, condition: true, message: 'a ${self.tilte}'}`, `2:74: unknown attribute of widget "tilte" (did you mean "title"?)`},
		{"an unknown attribute in try", `{subject: widget, condition: '${try(self.tilte, true)}', message: no}`, `2:61: unknown attribute of widget "tilte" (did you mean "title"?)`},
		{"an unknown attribute by index", `{subject: widget, condition: '${self["tilte"] == "a"}', message: no}`, `2:57: unknown attribute of widget "tilte" (did you mean "title"?)`},
		{"an unknown attribute in a nested one", `{subject: widget, condition: '${self.role.rihgts == null}', message: no}`, `2:62: unknown attribute of role "rihgts" (did you mean "rights"?)`},
		{
			"an unknown attribute of the items of a list", `{subject: plan, condition: '${length([for c in plan.changes : c if c.acton == "x"]) == 0}', message: no}`,
			`2:89: unsupported attribute (This object does not have an attribute named "acton".)`,
		},
		{"another type than a bool", `{subject: widget, condition: '${self.size}', message: no}`, `2:50: a bool is wanted here, not a number`},
		{"a function of the wrong type", `{subject: widget, condition: '${length(self.size) > 0}', message: no}`, `2:53: error in function call (Call to function "length" failed: collection must be a list, a map or a tuple.)`},
		{"a message that is no text", `{subject: widget, condition: true, message: '${self.tags}'}`, "2:65: a string is wanted here, not a list of string"},
		{"the environment", `{subject: widget, condition: '${env("HOME") == "x"}', message: no}`, "2:53: env can only be the whole value of an attribute"},
		{"a whole condition of the environment", `{subject: widget, condition: '${env("HOME")}', message: no}`, "2:50: env(\"HOME\") can stand only in an attribute of a resource, not in a rule"},
		{"a file", `{subject: widget, condition: true, message: '${file("x")}'}`, "file(\"x\") can stand only in an attribute of a resource, not in a rule"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := decoded(t, "policy: {rules: {r: "+test.rule+"}}\nwidgets: {}\n")
			if len(problems) != 1 || !strings.Contains(problems[0], test.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(problems, "\n     "), test.want)
			}
		})
	}
}

func TestASecretIsInvisibleToRules(t *testing.T) {
	catalog := NewCatalog(New(lockType()))
	for _, attribute := range []string{"client_secret"} {
		names := namesFor("lock", catalog)
		if names["self"].HasAttribute(attribute) {
			t.Errorf("a rule may name %s", attribute)
		}
		k, _ := catalog.Lookup("lock")
		secret := Answered("canary-secret-9")
		self := selfOf(k, plan.Subject{Kind: k, Key: "w", After: func() any { return &lock{Name: "w", Secret: Some(secret)} }})
		if shown := fmt.Sprintf("%#v", self); strings.Contains(shown, "canary") || strings.Contains(shown, attribute) {
			t.Errorf("a rule sees %s", shown)
		}
	}
	shown := fmt.Sprintf("%#v", spec.ValueOf(changeOf(&plan.Change{Attributes: []plan.Attribute{{Name: "s", Before: "canary", After: "canary", Sensitive: true}}})))
	if strings.Contains(shown, "canary") {
		t.Errorf("a rule sees %s", shown)
	}
}

func TestARuleAboutWhatCouldNotBeReadSaysSo(t *testing.T) {
	w := &town{homes: []string{"b"}, gadgets: map[string][]gadget{"b": {{Name: "g", Code: Some("old")}}}, broken: map[string]error{"b": errors.New("oops")}}
	p, problems, err := w.planned(t, `
policy: {rules: {r: {subject: gadget, condition: '${self.code == "new"}', message: 'code ${self.code}'}}}
organizations: {b: {gadgets: {g: {}, h: {code: new}}}}
`, ReadOptions{})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	want := []plan.Verdict{
		{Name: "r", Severity: "error", Address: "organization/b/gadget/g", Message: "code old"},
		{
			Name: "r", Severity: "warning", Address: "organization/b/gadget/h", Undecided: true,
			Message: "cannot be decided: the gadget of organization/b could not be read whole",
		},
	}
	for i := range p.Rules {
		if source := p.Rules[i].Source; source == nil || source.Line == 0 {
			t.Errorf("nobody knows where the rule %s stands: %+v", p.Rules[i].Name, source)
		}
		p.Rules[i].Source = nil
	}
	if diff := cmp.Diff(want, p.Rules); diff != "" {
		t.Error(diff)
	}
}

func TestARehearsalTellsWhatWasNotExpected(t *testing.T) {
	const house = "policy: {rules: {r: {subject: widget, condition: '${self.color != \"red\"}', message: red}, p: {subject: plan, condition: false, message: no}, " +
		"u: {subject: widget, when: '${self.key == \"v\"}', condition: '${self.meta == null || self.meta.x}', message: no}}}\n"
	for _, test := range []struct {
		name, expect, more, want string
	}{
		{"everything as expected", "{r: [widget/w], p: [plan]}", "", ""},
		{"something that was not expected", "{r: [widget/w]}", "", "unexpected p plan"},
		{"something that does not happen", "{r: [widget/w, widget/v], p: [plan]}", "", "missing r widget/v"},
		{"nothing of a rule is expected, and it fires", "{r: [], p: [plan]}", "", "unexpected r widget/w"},
		{"a rule that does not exist", "{q: [], p: [plan], r: [widget/w]}", "", `2:10: unknown rule "q" (known here: p, r, u)`},
		{"a rule that nobody could decide has not fired", "{r: [widget/w], p: [plan], u: [widget/v]}", ", meta: {y: 1}", "unexpected u widget/v\nmissing u widget/v"},
		{"an address that is no list", "{p: plan}", "", `2:13: a list of addresses is wanted here, not a string`},
	} {
		t.Run(test.name, func(t *testing.T) {
			judge, problems := decoded(t, house+"widgets: {}\n")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			catalog := toys()
			document, diagnostics := spec.Load([]string{write(t, "expect: "+test.expect+"\nwidgets: {w: {title: abc, color: red}, v: {title: abc"+test.more+"}}\n")},
				spec.Options{Vocabulary: catalog.Vocabulary(), Test: true})
			desired, more := Decode(document, catalog)
			if diagnostics = append(diagnostics, more...); len(diagnostics) > 0 {
				t.Fatal(told(diagnostics))
			}
			r, diagnostics := desired.Rehearse(judge, document.Expect)
			got := told(diagnostics)
			for _, v := range r.Unexpected {
				got = append(got, "unexpected "+v.Name+" "+spot(v.Address))
			}
			for _, m := range r.Missing {
				got = append(got, "missing "+m.Rule+" "+m.Address)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
			if r.Passed() != (len(r.Unexpected)+len(r.Missing) == 0) {
				t.Error("Passed says otherwise")
			}
		})
	}
}
