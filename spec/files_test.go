package spec

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAFolderStandsForItsOwnDocuments(t *testing.T) {
	files{
		"b.yaml": "version: 1\n", "a.hcl": "redirect_url \"a\" {}\n", "c.yml": "environment: {}\n",
		"d.vars.yaml": "x: 1\n", ".hidden.yaml": "x: 1\n", "notes.txt": "x", "below/e.yaml": "x: 1\n", "directory.yaml/f.yaml": "x: 1\n",
	}.write(t)
	if err := os.Symlink("b.yaml", "link.yaml"); err != nil {
		t.Fatal(err)
	}
	d, diags := Load([]string{".", "a.hcl", filepath.Join("below", "..", "c.yml")}, Options{Vocabulary: words})
	same(t, "diagnostics", nil, told(diags))
	same(t, "files", []string{"a.hcl", "b.yaml", "c.yml"}, slices.Sorted(maps.Keys(d.Sources)))
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	for _, test := range []struct {
		name  string
		files files
		path  string
		want  string
	}{
		{"a directory without documents", files{"d/x.txt": ""}, "d", "d:1:1: this directory holds no documents"},
		{"a path that does not exist", files{}, "gone", "gone:1:1: cannot read: no such file or directory"},
		{"a file of another kind", files{"x.json": "{}"}, "x.json", "x.json:1:1: only *.yaml, *.yml and *.hcl can be read as documents"},
		{"an empty file", files{"x.yaml": ""}, "x.yaml", "x.yaml:1:1: this file declares nothing"},
		{"a file of comments", files{"x.yaml": "# nothing\n"}, "x.yaml", "x.yaml:1:1: this file declares nothing"},
		{"an empty map", files{"x.yaml": "{}\n"}, "x.yaml", "x.yaml:1:1: this file declares nothing"},
		{"an empty file of HCL", files{"x.hcl": "# nothing\n"}, "x.hcl", "x.hcl:1:1: this file declares nothing"},
		{"bytes that are no text", files{"x.yaml": "a: 1\nb: é\xff\n"}, "x.yaml", "x.yaml:2:5: this byte is no UTF-8"},
		{"UTF-16", files{"x.yaml": "\xff\xfea\x00"}, "x.yaml", "x.yaml:1:1: this byte is no UTF-8"},
		{"a control character", files{"x.yaml": "a: \x00"}, "x.yaml", "x.yaml:1:4: a control character stands here"},
		{"a control character further down", files{"x.yaml": "a: é\nb: \"\x1b[31m\"\n"}, "x.yaml", "x.yaml:2:5: a control character stands here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.files.write(t)
			_, diags := Load([]string{test.path}, Options{Vocabulary: words})
			same(t, "diagnostics", test.want, strings.Join(told(diags), "\n"))
		})
	}
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	files{"x.yaml": "version: 1\n"}.write(t)
	if err := os.Truncate("x.yaml", sourceLimit+1); err != nil {
		t.Fatal(err)
	}
	_, diags := Load([]string{"x.yaml"}, Options{})
	same(t, "diagnostics", []string{"x.yaml:1:1: cannot read: it is larger than 32 MiB"}, told(diags))
}

func TestAReferenceReadsOnlyInsideTheFolderOfItsDocument(t *testing.T) {
	files{
		"docs/a.yaml":      "version: 1\nenvironment: {ok: '${file(\"sub/key.pem\")}', up: '${file(\"../secret\")}', abs: '${file(\"/etc/hostname\")}', link: '${file(\"link\")}', dir: '${file(\"sub\")}', large: '${file(\"large\")}', gone: '${file(\"gone\")}', env: '${env(\"X\")}'}\n",
		"docs/sub/key.pem": "PEM", "secret": "secret", "docs/large": strings.Repeat("x", fileLimit+1),
	}.write(t)
	if err := os.Symlink("../secret", "docs/link"); err != nil {
		t.Fatal(err)
	}
	d, diags := Load([]string{"docs"}, Options{Vocabulary: words})
	same(t, "diagnostics", nil, told(diags))
	for name, want := range map[string]string{"ok": "PEM", "up": "", "abs": "", "link": "", "dir": "", "large": "", "gone": "", "env": ""} {
		content, err := d.Resources[0].Attribute(name).Value.Reference.ReadFile()
		if string(content) != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", name, content, err)
		}
	}
}
