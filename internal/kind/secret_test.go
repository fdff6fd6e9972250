package kind

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

// decodedLocks reads one document of a syntax and gives its lock, what is wrong
// with it, and the same as people see it.
func decodedLocks(t *testing.T, name, content string) (lock, []string, string) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"docs/" + name: content, "docs/key.pem": "KEY", "secret.txt": "hunter2", "docs/sub/x": "x"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret.txt", filepath.Join(dir, "docs/link")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	catalog := NewCatalog(New(lockType()))
	document, diagnostics := spec.Load([]string{"docs/" + name}, spec.Options{Vocabulary: catalog.Vocabulary()})
	desired, more := Decode(document, catalog)
	diagnostics = append(diagnostics, more...)
	var shown strings.Builder
	if err := diagnostics.WriteText(&shown, document.Sources, false); err != nil {
		t.Fatal(err)
	}
	set := desired.sets[setKey{kind: "lock"}]
	if len(set) == 0 {
		return lock{}, told(diagnostics), shown.String()
	}
	return *set[0].Value.(*lock), told(diagnostics), shown.String()
}

func TestASecretIsExactlyOneReferenceInBothSyntaxes(t *testing.T) {
	const only = `client_secret is a secret: exactly one call of env("NAME") or file("path") is wanted here, not `
	const hint = ` (write env("NAME"), and give the value in the variable STYTCH_RECONCILE_SECRET_NAME)`
	const below = " (the file of a secret is in the directory of the document, or below it)"
	out := "the path leads out of the directory of the document, where nothing is read"
	for _, test := range []struct {
		name, yaml, hcl string // the value alone
		want            plan.Reference
		problem         string // without its place
	}{
		{"a variable", `${env("OKTA")}`, `env("OKTA")`, plan.Reference{Env: "OKTA"}, ""},
		{"a file", `${file("key.pem")}`, `file("key.pem")`, plan.Reference{File: "key.pem", In: "docs"}, ""},
		{"a file that is not there yet", `${file("later/key.pem")}`, `file("later/key.pem")`, plan.Reference{File: "later/key.pem", In: "docs"}, ""},
		{"a literal", `hunter2`, `"hunter2"`, plan.Reference{}, only + "a string" + hint},
		{"an empty literal", `""`, `""`, plan.Reference{}, only + "a string" + hint},
		{"a number", `7777777`, `7777777`, plan.Reference{}, only + "a number" + hint},
		{"a list", `['${env("OKTA")}']`, `[env("OKTA")]`, plan.Reference{}, only + "a list" + hint},
		{"a document's variable", `${var.v}`, `var.v`, plan.Reference{}, only + "a string" + hint},
		{"an interpolation", `'x${env("OKTA")}'`, `"x${env("OKTA")}"`, plan.Reference{}, "env can only be the whole value of an attribute (what it refers to is read when it is needed, so nothing can be computed of it here)"},
		{"a choice", `'${true ? env("A") : env("B")}'`, `true ? env("A") : env("B")`, plan.Reference{}, "env can only be the whole value of an attribute (what it refers to is read when it is needed, so nothing can be computed of it here)"},
		{"a computed name", `${env(var.v)}`, `env(var.v)`, plan.Reference{}, `env takes one text that is written out (so that a reviewer sees what is read: env("NAME"))`},
		{"no name of a variable", `${env("A=B")}`, `env("A=B")`, plan.Reference{}, `env("A=B") names no variable: letters, digits and underscores are possible (env("NAME") reads the variable STYTCH_RECONCILE_SECRET_NAME)`},
		{"a path that leads out", `${file("../secret.txt")}`, `file("../secret.txt")`, plan.Reference{}, `cannot read file("../secret.txt"): ` + out + below},
		{"a link that leads out", `${file("link")}`, `file("link")`, plan.Reference{}, `cannot read file("link"): ` + out + below},
		{"a path from the root", `${file("/etc/hostname")}`, `file("/etc/hostname")`, plan.Reference{}, `cannot read file("/etc/hostname"): ` + out + below},
		{"a directory", `${file("sub")}`, `file("sub")`, plan.Reference{}, `cannot read file("sub"): sub is not a regular file` + below},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, content := range map[string]string{
				"a.yaml": "version: 1\nvariables: {v: {default: hunter2}}\nlocks:\n  w:\n    client_secret: " + test.yaml + "\n",
				"a.hcl":  "version = 1\nvariable \"v\" { default = \"hunter2\" }\nlock \"w\" {\n\n  client_secret = " + test.hcl + "\n}\n",
			} {
				got, problems, shown := decodedLocks(t, name, content)
				if got.Secret.Value.Reference != test.want || !got.Secret.Value.Empty() {
					t.Errorf("%s: %+v, want %+v", name, got.Secret.Value.Reference, test.want)
				}
				if test.problem == "" && len(problems) > 0 || test.problem != "" && len(problems) == 0 {
					t.Fatalf("%s: %q, want %q", name, problems, test.problem)
				}
				for _, p := range problems {
					place, problem, _ := strings.Cut(p, ": ")
					if problem != test.problem || !strings.HasPrefix(place, "5:") {
						t.Errorf("%s: %q, want 5:…: %q", name, p, test.problem)
					}
				}
				line := shown[strings.Index(shown, "\n")+1:]
				if strings.Contains(line, "hunter2") || strings.Contains(line, "7777777") {
					t.Errorf("%s: an excerpt shows the secret:\n%s", name, shown)
				}
			}
		})
	}
}

// Another mistake in the same line, or the lines of a longer text, show it no more.
func TestNoExcerptShowsALiteralSecret(t *testing.T) {
	for name, content := range map[string]string{
		"flow.yaml":  "version: 1\nlocks:\n  w: {client_secret: \"hunter2\", titel: x}\n",
		"quote.yaml": "version: 1\nlocks:\n  w: {titel: x, 'client_secret': 'hunter2'}\n",
		"block.yaml": "version: 1\nlocks:\n  w:\n    private_key: |\n      hunter2\n      hunter2\n",
		"plain.yaml": "version: 1\nlocks:\n  w:\n    private_key: und \"hunter2\" ü # hunter\n",
		"one.hcl":    "version = 1\nlock \"w\" {\n  client_secret = \"hunter2\"\n}\n",
		"doc.hcl":    "version = 1\nlock \"w\" {\n  private_key = <<EOT\nhunter2\nEOT\n}\n",
		"value.hcl":  "version = 1\nlocks = { w = { client_secret = \"hunter2\", titel = \"x\" } }\n",
	} {
		_, problems, shown := decodedLocks(t, name, content)
		if len(problems) == 0 || strings.Contains(shown, "hunter2") {
			t.Errorf("%s:\n%s", name, shown)
		}
	}
}

func TestNothingPrintsASecretOfAKind(t *testing.T) {
	const canary = "canary-secret-9"
	secret := Answered(canary)
	secret.Reference = plan.Reference{Env: "OKTA"}
	value := lock{Name: "w", Secret: Some(secret)}
	holder := struct {
		Public  Secret
		private Opt[Secret]
	}{secret, Some(secret)}
	for _, v := range []any{
		secret, &secret, Some(secret), value, &value,
		Edit[lock]{After: value},
		Live[lock]{Value: value},
		holder,
		[]Secret{secret},
		map[string]Secret{"a": secret},
		plan.Attribute{After: secret},
		plan.Object{Value: &value},
		jsonOf(reflectOf(&secret)),
		map[plan.Reference]client.Secret{{}: secret.Secret},
		cmp.Diff(secret, Answered("other")), cmp.Diff(value, lock{}),
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T"} {
			fmt.Fprintf(&out, verb, v)
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("x", "value", v)
		}
		_ = json.NewEncoder(&out).Encode(v)
		_ = xml.NewEncoder(&out).Encode(v)
		_ = gob.NewEncoder(&out).Encode(v)
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%T shows the secret: %s", v, out.String())
			}
		}
	}
	if secret.Reveal() != canary || Body(value)["client_secret"] != canary {
		t.Error("the one way out is closed")
	}
}

func TestSecretsAndTheirTagsBelongTogether(t *testing.T) {
	const pair = ".A: an attribute of type Secret, and no other, is either secret or writeonly"
	for _, test := range []struct {
		of   any
		want string
	}{
		{struct {
			A Opt[Secret] `attr:"a" doc:"-"`
		}{}, pair},
		{struct {
			A Opt[Secret] `attr:"a,secret,writeonly" doc:"-"`
		}{}, pair},
		{struct {
			A Opt[string] `attr:"a,secret" doc:"-"`
		}{}, pair},
		{struct {
			A Opt[Secret] `attr:"a,secret" min:"3" doc:"-"`
		}{}, ".A: a secret has neither a default nor rules about its value"},
		{struct {
			A Opt[Secret] `attr:"a,writeonly,immutable" doc:"-"`
		}{}, ".A: what can be given only once and is never shown belongs in initial"},
		{struct {
			A Opt[[]Secret] `attr:"a" doc:"-"`
		}{}, ".A: a secret is an attribute of its own, not part of a list or map"},
	} {
		if said := panics(func() { tableOf(reflect.TypeOf(test.of)) }); !strings.HasSuffix(said, test.want) {
			t.Errorf("%q, want %q", said, test.want)
		}
	}
}

func TestAReferenceReadsItsVariableOrFileAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"docs/crlf": "value\r\n", "docs/two": "a\n\n", "docs/empty": "\n", "docs/key.pem": "value\n", "../outside": "hunter2"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environment := map[string]string{"STYTCH_RECONCILE_SECRET_A": "value", "STYTCH_RECONCILE_SECRET_EMPTY": "", "HOME": "hunter2", "STYTCH_SECRET": "hunter2"}
	lookup := func(name string) (string, bool) { text, ok := environment[name]; return text, ok }
	const elsewhere = ", outside of the working directory, where a saved plan reads no secrets: plan in a directory that holds the documents"
	for _, test := range []struct {
		of          plan.Reference
		saved       bool
		want, wrong string
	}{
		{plan.Reference{Env: "A"}, true, "value", ""},
		{plan.Reference{Env: "EMPTY"}, false, "", "the variable STYTCH_RECONCILE_SECRET_EMPTY is not set, or empty"},
		{plan.Reference{Env: "HOME"}, false, "", "the variable STYTCH_RECONCILE_SECRET_HOME is not set, or empty"},
		{plan.Reference{File: "key.pem", In: "docs"}, true, "value", ""},
		{plan.Reference{File: "crlf", In: "docs"}, false, "value", ""},
		{plan.Reference{File: "two", In: "docs"}, false, "a\n", ""},
		{plan.Reference{File: "empty", In: "docs"}, false, "", `file("empty") is empty`},
		{plan.Reference{File: "docs/key.pem"}, true, "value", ""},
		{plan.Reference{File: "key.pem"}, false, "", `cannot read file("key.pem"): no such file or directory (sought in the working directory)`},
		{plan.Reference{File: "key.pem", In: "docs/gone"}, true, "", `cannot read file("key.pem"): no such file or directory (sought in docs/gone; a saved plan is applied from the directory in which it was made)`},
		{plan.Reference{File: "outside", In: ".."}, false, "hunter2", ""},
		{plan.Reference{File: "outside", In: ".."}, true, "", `file("outside") is in ..` + elsewhere},
		{plan.Reference{File: "hostname", In: "/etc"}, true, "", `file("hostname") is in /etc` + elsewhere},
		{plan.Reference{File: "../outside"}, true, "", `cannot read file("../outside"): the path leads out of the directory of the document, where nothing is read (sought in the working directory; a saved plan is applied from the directory in which it was made)`},
	} {
		got, err := Secrets{LookupEnv: lookup, Saved: test.saved}.Read(test.of)
		wrong := ""
		if err != nil {
			wrong = err.Error()
		}
		if got.Reveal() != test.want || wrong != test.wrong {
			t.Errorf("%v: %q, %q; want %q, %q", test.of, got.Reveal(), wrong, test.want, test.wrong)
		}
	}
}
