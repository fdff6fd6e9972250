package render

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// under is what stands under the change's own line, its indent removed.
func under(t *testing.T, action plan.Action, width int, attributes ...plan.Attribute) string {
	t.Helper()
	out := text(t, planOf(staging, 0, change(action, "thing", 0, attributes...)), Options{Width: width})
	_, rest, _ := strings.Cut(out, " thing\n")
	body, _, _ := strings.Cut(rest, "\n\nPlan: ")
	var lines []string
	for line := range strings.SplitSeq(body, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "      "))
	}
	return strings.Join(lines, "\n")
}

func TestDifferences(t *testing.T) {
	long := strings.Repeat("0123456789", 12)
	for _, test := range []struct {
		name          string
		before, after any
		want          string
	}{
		{"text", "old", "new", `x: "old" -> "new"`},
		{"a number, a flag", 1, true, `x: 1 -> true`},
		{"a number that is large stays exact", int64(9007199254740993), 5e21, `x: 9007199254740993 -> 5e+21`},
		{"a value that was not there", nil, "new", `x: (none) -> "new"`},
		{"a value that is cleared", "old", nil, `x: "old" -> (none)`},
		{"text that is emptied", "old", "", `x: "old" -> ""`},
		{"false that was not there", nil, false, `x: (none) -> false`},
		{"text that looks like another value is quoted", "true", "(none)", `x: "true" -> "(none)"`},
		{"a set gains and loses members", []string{"b", "a"}, []string{"a", "c"}, `x: +c -b`},
		{"a set that was not there gains all", nil, []any{"a", "b"}, `x: +a +b`},
		{"a set that is emptied loses all", []any{"a", "b"}, []any{}, `x: -a -b`},
		{"an empty set that is declared", nil, []any{}, `x: (none) -> []`},
		{"members that could be misread are quoted", []any{}, []any{"a b", "-c", "", ":d", "é"}, `x: +"a b" +-c +"" +":d" +"é"`},
		{"a set in another order is shown whole", []any{"a", "b"}, []any{"b", "a"}, `x: ["a", "b"] -> ["b", "a"]`},
		{
			"a set too large for a line has a line for each member",
			[]any{},
			numbered("member-%02d-of-the-set-with-a-long-name", 3),
			"x:\n  +member-00-of-the-set-with-a-long-name\n  +member-01-of-the-set-with-a-long-name\n  +member-02-of-the-set-with-a-long-name",
		},
		{
			"keys in a set are shown line by line",
			[]any{"-----BEGIN-----\nold\n"},
			[]any{"-----BEGIN-----\nnew\n", "short"},
			"x:\n  + -----BEGIN-----\n  + new\n  +short\n  - -----BEGIN-----\n  - old",
		},
		{"lists of numbers are shown whole", []any{1, 2}, []any{1, 3}, `x: [1, 2] -> [1, 3]`},
		{"an object shows the leaves that differ", object{"a": 1, "b": object{"c": "x", "d": 2}}, object{"a": 1, "b": object{"c": "y", "d": 2}}, `x.b.c: "x" -> "y"`},
		{"an object's key that goes, one that is null", object{"a": 1, "b": nil}, object{"b": 2}, "x.a: 1 -> (none)\nx.b: null -> 2"},
		{"an odd key is quoted", object{}, object{"a.b: c": 1}, `x."a.b: c": (none) -> 1`},
		{"a short object that was not there", nil, object{"b": 1, "a": "y"}, `x: (none) -> {a: "y", b: 1}`},
		{"a long object that goes, leaf by leaf", object{"a": long, "b": 1}, nil, "x.a:\n  - \"" + long + "\"\n  + (none)\nx.b: 1 -> (none)"},
		{"a list of objects that nothing tells apart, by place", []any{object{"t": "a", "d": true}, object{"t": "a"}}, []any{object{"t": "a", "d": false}}, "x.0.d: true -> false\nx.1: {t: \"a\"} -> (none)"},
		{
			"a set of objects, by what each is",
			[]any{object{"type": "LOGIN", "on": true, "note": "a"}, object{"type": "SIGNUP", "on": true}},
			[]any{object{"type": "INVITE"}, object{"type": "LOGIN", "on": false, "note": "b"}},
			"x:\n  +INVITE\n  -SIGNUP {on: true}\nx.LOGIN.note: \"a\" -> \"b\"\nx.LOGIN.on: true -> false",
		},
		{
			"a set of pairs, each whole",
			[]any{object{"domain": "a.example", "role_id": "x"}, object{"domain": "a.example", "role_id": "y"}},
			[]any{object{"domain": "a.example", "role_id": "y"}},
			"x:\n  -{domain: \"a.example\", role_id: \"x\"}",
		},
		{"a set of objects in another order", []any{object{"id": "a"}, object{"id": "b"}}, []any{object{"id": "b"}, object{"id": "a"}}, `x: [{id: "a"}, {id: "b"}] -> [{id: "b"}, {id: "a"}]`},
		{"a set of objects that was not there", nil, []any{object{"id": "a b"}}, "x:\n  +\"a b\""},
		{"objects without text, by place", []any{object{"d": 1}}, []any{object{"d": 2}}, "x.0.d: 1 -> 2"},
		{"a key that is a number is no place", object{}, object{"0": 1}, `x."0": (none) -> 1`},
		{"an object becomes text", object{"a": 1}, "a", `x: {a: 1} -> "a"`},
		{"long text is cut to where it differs", long + "A" + long, long + "B" + long, "x:\n  - …\"01234567890123456789A01234567890123456789\"…\n  + …\"01234567890123456789B01234567890123456789\"…"},
		{"long text that grows at its end", long, long + "tail", "x:\n  - …\"01234567890123456789\"\n  + …\"01234567890123456789tail\""},
		{"long text that repeats itself", strings.Repeat("a", 100), strings.Repeat("a", 101), "x:\n  - …\"aaaaaaaaaaaaaaaaaaaa\"\n  + …\"aaaaaaaaaaaaaaaaaaaaa\""},
		{"lines, with what is around them", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "x:\n    2\n    3\n    4\n  - 5\n  + five\n    6\n    7\n    8"},
		{"lines, far apart", "a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\n8\nB\n", "x:\n  - a\n  + A\n    1\n    2\n    3\n  …\n    6\n    7\n    8\n  - b\n  + B"},
		{"a space at the end of a line can be seen", "a\nb\n", "a \nb\n", "x:\n  - a\n  + a\\x20\n    b"},
		{"a newline at the end can be seen", "a\nb", "a\nb\n", "x:\n    a\n  - b \\ no newline at the end\n  + b"},
		{"lines that were not there", nil, "a\nb\n", "x:\n  + a\n  + b"},
		{"lines that go", "a\nb\n", "", "x:\n  - a\n  - b"},
		{"lines inside an object", object{"k": "a\nb\n"}, object{"k": "a\nc\n"}, "x.k:\n    a\n  - b\n  + c"},
		{"a value that is sent again", object{"a": 1}, object{"a": 1}, `x: {a: 1} -> {a: 1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, under(t, plan.Update, 100, differs("x", test.before, test.after))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreations(t *testing.T) {
	for _, test := range []struct {
		name string
		in   plan.Attribute
		want string
	}{
		{"text", adds("x", "new"), `x: "new"`},
		{"a set", adds("x", []any{"a", "b"}), `x: ["a", "b"]`},
		{"nothing", adds("x", nil), `x: (none)`},
		{"a key of metadata that could be misread", adds("trusted_metadata.a: b", 1), `"trusted_metadata.a: b": 1`},
		{"lines", adds("x", "a\nb\n"), "x:\n  + a\n  + b"},
		{"an object too wide for a line", adds("x", object{"a": strings.Repeat("y", 30), "b": object{"c": 1}}), "x.a: \"" + strings.Repeat("y", 30) + "\"\nx.b: {c: 1}"},
		{"a set of objects", adds("x", []any{object{"type": "B", "d": true}, object{"type": "A"}}), "x:\n  +B {d: true}\n  +A"},
		{"a text that is JSON", adds("x", "{\"b\": {{ y }},\n \"a\": [1.0]}"), "x: {a: [1.0], b: {{ y }}}"},
		{"a text that is an empty object", adds("x", "{}"), "x: {}"},
		{"an empty list", adds("x", []any{}), "x: []"},
		{"a list with lines", adds("x", []any{"a\nb\n", "c"}), "x.0:\n  + a\n  + b\nx.1: \"c\""},
		{"a secret", hiddenFrom("x", plan.Reference{Env: "X"}), `x: (sensitive), from env("X")`},
		{"a secret in a file", hiddenFrom("x", plan.Reference{File: "a\x1b.pem", In: "docs"}), `x: (sensitive), from file("a\\x1b.pem")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, action := range []plan.Action{plan.Create, plan.Restore} {
				if diff := cmp.Diff(test.want, under(t, action, 40, test.in)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", action, diff)
				}
			}
		})
	}
}

func TestLosses(t *testing.T) {
	got := under(t, plan.Delete, 40,
		lost("empty", ""), lost("none", nil), lost("list", []any{}), lost("object", object{}),
		lost("zero", 0), lost("no", false), hidden("client_secret"), lost("text", strings.Repeat("y", 50)), lost("lines", "a\nb"))
	want := strings.Join([]string{
		"zero: 0", "no: false", "client_secret: (sensitive)", `text: "` + strings.Repeat("y", 26) + "…", `lines: "a\nb"`,
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestASecretThatDiffersShowsWhereItComesFromAlone(t *testing.T) {
	for _, test := range []struct {
		name   string
		action plan.Action
		a      plan.Attribute
		want   string
	}{
		{"an update", plan.Update, hiddenFrom("x", plan.Reference{Env: "X"}), `x: (sensitive) -> (sensitive), from env("X")`},
		{"a creation", plan.Create, hiddenFrom("x", plan.Reference{File: "key.pem", In: "docs"}), `x: (sensitive), from file("key.pem")`},
		{"a deletion", plan.Delete, hidden("x"), "x: (sensitive)"},
	} {
		if got := under(t, test.action, 100, test.a); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNothingIsSaidToBeLiveThatCannotBeCompared(t *testing.T) {
	var out bytes.Buffer
	p := planOf(staging, 1)
	p.NotComparable = []plan.NotComparable{{Kind: "m2m_client", Attribute: "client_secret", Count: 1, Keys: []string{"a"}}}
	if err := Text(&out, p, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"client_secret of 1 m2m_client of the environment is not comparable: Stytch never shows it; --resend ADDRESS sends it again\n",
		"No changes in what can be compared.\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
}

func TestSecretsAreNotShownEvenWhenAPlanHoldsThem(t *testing.T) {
	leaky := plan.Attribute{Name: "client_secret", Before: "hunter1", After: "hunter2", Sensitive: true}
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete, plan.Restore} {
		if out := under(t, action, 100, leaky); strings.Contains(out, "hunter") {
			t.Errorf("%s shows the secret:\n%s", action, out)
		}
	}
}

func TestAValueThatIsNotJSONIsAnError(t *testing.T) {
	p := planOf(staging, 0, change(plan.Update, "thing", 0, differs("x", math.NaN(), 1)))
	if err := Text(&bytes.Buffer{}, p, Options{}); err == nil || !strings.Contains(err.Error(), "showing a value of the plan") {
		t.Errorf("Text = %v, want an error that says what was being done", err)
	}
	if err := JSON(&bytes.Buffer{}, p); err == nil {
		t.Error("JSON = nil, want an error")
	}
}

func TestASetKeepsToTheWidth(t *testing.T) {
	// Six columns of indent and the seventeen of `x: +aaaa -bbbb -c`.
	attribute := differs("x", []any{"bbbb", "c"}, []any{"aaaa"})
	if got, want := under(t, plan.Update, 23, attribute), "x: +aaaa -bbbb -c"; got != want {
		t.Errorf("23 columns: %q, want %q", got, want)
	}
	if got, want := under(t, plan.Update, 22, attribute), "x:\n  +aaaa\n  -bbbb\n  -c"; got != want {
		t.Errorf("22 columns: %q, want %q", got, want)
	}
}
