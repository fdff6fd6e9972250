package spec

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// Whoever proposes a change names its files and writes its lines: neither may
// command GitHub's runner, which reads two colons at the beginning of a line, and
// `##[` anywhere.
func TestNoDiagnosticCommandsTheWorkflow(t *testing.T) {
	const content = "x: ##[error]y\n"
	at := func(file string, from, to int) hcl.Range {
		return hcl.Range{Filename: file, Start: hcl.Pos{Line: 1, Column: from + 1, Byte: from}, End: hcl.Pos{Line: 1, Column: to + 1, Byte: to}}
	}
	var ds Diagnostics
	for _, file := range []string{"::error::a.yaml", "  ::error::a.yaml", "##[error]a.yaml"} {
		for from := range len(content) {
			ds.Append(Errorf(at(file, from, from+2), "::error::x ##[error]").WithHint("a\n::error::b").WithRelated(at(file, 5, 6), "::error::c"))
		}
	}
	var b bytes.Buffer
	sources := map[string][]byte{"::error::a.yaml": []byte(content), "  ::error::a.yaml": []byte(content), "##[error]a.yaml": []byte(content)}
	if err := ds.WriteText(&b, sources, false); err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^\s*::.*|.*##\[.*`).FindString(b.String()); found != "" {
		t.Errorf("a line is a command: %q", found)
	}
}
