package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

func TestAnExcerptShowsAsterisksInPlaceOfWhatIsConcealed(t *testing.T) {
	source := "a: {secret: hünter2, other: x}\nb: |\n  hunter2\n  tail\n"
	at := func(from, to string) hcl.Range {
		start, end := strings.Index(source, from), strings.Index(source, to)+len(to)
		line := 1 + strings.Count(source[:start], "\n")
		return hcl.Range{Filename: "a.yaml", Start: hcl.Pos{Line: line, Column: 1, Byte: start}, End: hcl.Pos{Byte: end}}
	}
	secret, long := Errorf(at("hünter2", "hünter2"), "a secret"), Errorf(at("hunter2", "tail"), "a longer secret")
	secret.Conceal, long.Conceal = true, true
	var out strings.Builder
	sources := map[string][]byte{"a.yaml": []byte(source)}
	ds := Diagnostics{Errorf(at("other", "other"), "another mistake in the line").WithRelated(at("tail", "tail"), "see here"), secret, long}
	if err := ds.WriteText(&out, sources, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "nter2") || strings.Contains(out.String(), "tail") {
		t.Errorf("it is shown:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "a: {secret: ********, other: x}") {
		t.Errorf("the rest of the line is gone:\n%s", out.String())
	}
	if string(sources["a.yaml"]) != source {
		t.Error("the sources were changed")
	}
}

func TestAReferenceKnowsTheDirectoryOfItsDocument(t *testing.T) {
	working := t.TempDir()
	t.Chdir(working)
	for root, want := range map[string]string{
		".": "", "docs": "docs", "docs/../docs/x": "docs/x", working: "", filepath.Join(working, "docs"): "docs",
		"..": "..", "../docs": "../docs", "/nowhere/docs": "/nowhere/docs",
	} {
		if got := NewFileReference("key.pem", root).Directory(); got != want {
			t.Errorf("%s: %q, want %q", root, got, want)
		}
	}
	if err := os.WriteFile("key.pem", []byte("KEY"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := NewFileReference("key.pem", "").ReadFile(); err != nil || string(content) != "KEY" {
		t.Errorf("%q, %v", content, err)
	}
	if err := NewFileReference("later.pem", "").Inside(); err != nil {
		t.Errorf("what is not there may come: %v", err)
	}
	if err := NewFileReference("../key.pem", "").Inside(); err == nil {
		t.Error("the path leads out")
	}
}
