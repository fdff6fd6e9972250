package spec

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// golden compares output with a file of testdata.
func golden(t *testing.T, directory, name string, got []byte) {
	t.Helper()
	path := filepath.Join(directory, name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, name, string(want), string(got))
}

func TestDiagnosticsReadAsTheirGoldenFiles(t *testing.T) {
	directory, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	fs := files{
		"acme.yaml": "version: 1\n" +
			"organizations:\n" +
			"  acme:\n" +
			"    members:\n" +
			"      ada@x: {roles: [a], roles: [b]}\n" +
			"      \"\u202ehidden\": {absent: yes}\n" +
			"    long: " + strings.Repeat("x", 150) + " ${var.regoin} " + strings.Repeat("y", 150) + "\n" +
			"\tenvironment: {}\n",
		"b.hcl": "organization \"b\" {\n\tpolicy {}\n  a = \"##[error]x ${vra.x}\"\n}\nvariable \"region\" { default = \"eu\" }\n",
	}
	fs["acme.yaml"] = strings.TrimSuffix(fs["acme.yaml"], "\tenvironment: {}\n")
	fs.write(t)
	d, diags := Load([]string{"."}, Options{Vocabulary: words})
	diags.Append(Warningf(hcl.Range{}, "the run has\na problem\x1b[2J of its own").WithHint("two lines\nof advice"))
	var plain, colored, list bytes.Buffer
	for _, err := range []error{diags.WriteText(&plain, d.Sources, false), diags.WriteText(&colored, d.Sources, true), diags.WriteJSON(&list)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, directory, "diagnostics.txt", plain.Bytes())
	golden(t, directory, "diagnostics.color.txt", colored.Bytes())
	golden(t, directory, "diagnostics.json", list.Bytes())
	if strings.ContainsAny(plain.String(), "\x1b\u202e") || strings.Contains(plain.String(), "##[") {
		t.Error("what documents hold reached the terminal as it is")
	}
}

func TestNoDiagnosticsAreAnEmptyList(t *testing.T) {
	var b bytes.Buffer
	if err := Diagnostics(nil).WriteJSON(&b); err != nil || strings.TrimSpace(b.String()) != "[]" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestDiagnosticsAreSortedAndToldOnce(t *testing.T) {
	at := func(file string, line int) hcl.Range {
		return hcl.Range{Filename: file, Start: hcl.Pos{Line: line, Column: 1}}
	}
	ds := Diagnostics{Errorf(at("b", 1), "x"), Errorf(at("a", 10), "y"), Errorf(at("a", 9), "z"), Errorf(at("a", 10), "y"), Warningf(at("a", 9), "a")}
	same(t, "order", []string{"a:9:1: z", "a:9:1: warning: a", "a:10:1: y", "b:1:1: x"}, told(ds.Sort()))
	same(t, "the original", "b", ds[0].Range.Filename)
	if !ds.HasErrors() || (Diagnostics{Warningf(at("a", 1), "x")}).HasErrors() {
		t.Error("an error is one, a warning is none")
	}
}

func TestAMismatchSaysWhatToWrite(t *testing.T) {
	for _, test := range []struct {
		name, want, summary, hint string
		node                      Node
	}{
		{"yes for a bool", "a bool", "a bool is wanted here, not a string", "write true", Node{Type: String, String: "yes"}},
		{"a quoted number", "a number", "a number is wanted here, not a string", "write it without quotes", Node{Type: String, String: "12"}},
		{"a number for text", "a string", "a string is wanted here, not a number", `write it in quotes: "12"`, Node{Type: Number, Number: "12"}},
		{"a bool for text", "a string", "a string is wanted here, not a bool", `write it in quotes: "true"`, Node{Type: Bool, Bool: true}},
		{"one text for a list", "a list of strings", "a list of strings is wanted here, not a string", `write ["x"]`, Node{Type: String, String: "x"}},
		{"a map for a list", "a list", "a list is wanted here, not a map", "", Node{Type: Map}},
		{"null", "a list", "a list is wanted here, not null", "", Node{Type: Null}},
		{
			"a reference", "a string", `a string is wanted here, not env("X")`,
			"env and file are legal for secrets, and file for keys and templates: write the value itself",
			Node{Type: Ref, Reference: &Reference{Function: "env", Argument: "X"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := test.node.Mismatch(test.want)
			same(t, "summary", test.summary, d.Summary)
			same(t, "hint", test.hint, d.Hint)
		})
	}
}

func TestSuggestFindsWhatWasMeant(t *testing.T) {
	known := []string{"email_invites", "email_allowed_domains", "mfa_policy", "name", "redirect_urls", "organizations"}
	for name, want := range map[string]string{
		"email_invite": "email_invites", "emailInvites": "email_invites", "email-invites": "email_invites", "nmae": "name",
		"Name": "name", "redirect_url": "redirect_urls", "organisations": "organizations", "x": "", "totally_different": "", "": "",
	} {
		same(t, name, want, Suggest(name, known))
	}
}

func TestAnyYieldsTypesOfJSON(t *testing.T) {
	d, _ := load(t, files{"a.yaml": "version: 1\nenvironment: {a: {n: 12345678901234567890.5, l: [true, null, x], r: '${env(\"X\")}'}}\n"}, Options{})
	encoded, err := json.Marshal(d.Resources[0].Attributes[0].Value.Any())
	same(t, "JSON", `{"l":[true,null,"x"],"n":12345678901234567890.5,"r":"env(\"X\")"}`, string(encoded))
	same(t, "error", nil, err)
	same(t, "nothing", nil, (*Node)(nil).Any())
}
