package spec

import (
	"strings"
	"testing"
)

const rosterDocument = "version: 1\ndefaults: {members: {roles: [default]}}\norganizations: {acme: {members_from: team.csv}}\n"

func TestATableDeclaresMembers(t *testing.T) {
	d, diags := load(t, files{
		"a.yaml": rosterDocument,
		"team.csv": "\ufeffemail_address,name,roles,trusted_metadata.team,trusted_metadata.n,initial.pending,absent\r\n" +
			"ada@x,\"Lovelace, \"\"Ada\"\"\",a;b,core,1,true,\r\n" +
			"\r\n" +
			"bob@x,,,,,,\r\n" +
			"eve@x,,,,,,true\n",
	}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{
		"organization/acme bare",
		"acme/member/ada@x", `  name = cell Lovelace, "Ada"`, "  roles = cell a;b", "  trusted_metadata = {team:cell core n:cell 1}", "  initial pending = cell true",
		"acme/member/bob@x", `  roles = ["default"]`,
		"acme/member/eve@x absent",
	}, written(d))
	same(t, "members declared", true, d.Declares("member", "acme"))
	ada := d.Resources[1]
	same(t, "place of a name", "team.csv:2,7-26", ada.Attribute("name").Value.Range.String())
	same(t, "place of a column", "team.csv:1,15-19", ada.Attribute("name").NameRange.String())
	same(t, "place of the key", "team.csv:2,1-6", ada.KeyRange.String())
}

func TestJSONLinesDeclareMembers(t *testing.T) {
	d, diags := load(t, files{
		"a.yaml": strings.Replace(rosterDocument, "team.csv", "team.jsonl", 1),
		"team.jsonl": `{"email_address": "ada@x", "roles": ["a", "${var.x}"], "trusted_metadata": {"a": 1.50, "b": null, "c": true}}` + "\n\n" +
			`  {"email_address":"bob@x","initial":{"name":"Bob"},"renamed_from":"rob@x"}`,
	}, Options{})
	same(t, "diagnostics", nil, diags)
	same(t, "resources", []string{
		"organization/acme bare",
		"acme/member/ada@x", `  roles = ["a" "${var.x}"]`, "  trusted_metadata = {a:1.5 b:<nil> c:true}",
		"acme/member/bob@x from rob@x", `  roles = ["default"]`, `  initial name = "Bob"`,
	}, written(d))
	same(t, "place of a list", "team.jsonl:1,37-54", d.Resources[1].Attribute("roles").Value.Range.String())
	same(t, "place of a key", "team.jsonl:3,20-27", d.Resources[2].KeyRange.String())
}

func TestMistakesInRostersAreTold(t *testing.T) {
	for _, test := range []struct{ name, path, content, want string }{
		{"no column for the key", "r.csv", "name\nx\n", "r.csv:1:1: this roster has no column `email_address`"},
		{"an empty table", "r.csv", "", "r.csv:1:1: this roster is empty"},
		{"an empty key", "r.csv", "email_address,name\n,x\n", "r.csv:2:1: this line of the roster has no `email_address`"},
		{"a line with too many cells", "r.csv", "email_address\na,b\nc\n", "r.csv:2:1: this line has 2 cells, and the header 1"},
		{"an open quote", "r.csv", "email_address\n\"a\n", `r.csv:3:1: this is no CSV: extraneous or missing " in quoted-field`},
		{"a column twice", "r.csv", "email_address,a,a\n", "r.csv:1:17: the column \"a\" is declared twice\n  r.csv:1:15: first declared here"},
		{"a column without name", "r.csv", "email_address,\n", "r.csv:1:15: this column names no attribute"},
		{"a part of another column", "r.csv", "email_address,a,a.b\n", `r.csv:1:17: the column "a.b" is part of the column "a"`},
		{"a member twice", "r.csv", "email_address\na\na\n", "r.csv:3:1: member \"a\" of \"o\" is declared twice\n  r.csv:2:1: first declared here"},
		{"a line that is no object", "r.jsonl", "[1]\n", "r.jsonl:1:1: an object in each line is wanted here, not a list"},
		{"a line that ends early", "r.jsonl", "{\"a\": 1\n", "r.jsonl:1:8: this is no JSON: the line ends too early"},
		{"two objects in a line", "r.jsonl", "{} {}\n", "r.jsonl:1:3: a line of the roster holds one object"},
		{"a key twice", "r.jsonl", `{"email_address":"a","b":1,"b":2}`, "r.jsonl:1:28: the key \"b\" is declared twice\n  r.jsonl:1:22: first declared here"},
		{"a key that is a number", "r.jsonl", `{"email_address":1}`, "r.jsonl:1:18: every line of a roster needs its `email_address`, as text"},
		{"a line without its key", "r.jsonl", `{"name":"x"}`, "r.jsonl:1:1: this line of the roster has no `email_address`"},
		{"a path outside", "../r.csv", "", "a.yaml:2:35: cannot read the roster ../r.csv: the path leads out of the directory of the document, where nothing is read"},
		{"a file that does not exist", "gone.csv", "", "a.yaml:2:35: cannot read the roster gone.csv: no such file or directory"},
		{"another kind of file", "r.txt", "", "a.yaml:2:35: a roster is a *.csv file, or *.jsonl with an object in each line"},
		{"no path", "[]", "", "a.yaml:2:35: `members_from` is the path of a file in this directory, as text, not a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fs := files{"a.yaml": "version: 1\norganizations: {o: {members_from: " + test.path + "}}\n"}
			if test.path == "r.csv" || test.path == "r.jsonl" || test.path == "r.txt" {
				fs[test.path] = test.content
			}
			_, diags := load(t, fs, Options{})
			same(t, "diagnostics", test.want, strings.Join(diags, "\n"))
		})
	}
}

func TestACellIsReadByTheTypeThatIsWanted(t *testing.T) {
	for _, test := range []struct {
		cell string
		want NodeType
		got  string
	}{
		{"true", Bool, "true"},
		{"yes", Bool, "cell yes"},
		{"12.50", Number, "12.5"},
		{"010", Number, "cell 010"},
		{"a; b;;", List, "[cell a cell b]"},
		{";", List, "[]"},
		{"a;b", String, "cell a;b"},
		{"a", Map, "cell a"},
	} {
		same(t, test.cell, test.got, shown((&Node{Type: String, String: test.cell, Cell: true}).As(test.want)))
	}
	same(t, "text that is no cell", `"a;b"`, shown((&Node{Type: String, String: "a;b"}).As(List)))
}
