package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyMembers writes one organization with n members.
func manyMembers(n int) files {
	var b strings.Builder
	b.WriteString("version: 1\nlocals: {domain: acme.example}\norganizations:\n  acme:\n    members:\n")
	for i := range n {
		fmt.Fprintf(&b, "      member%d@acme.example:\n        name: Member %d\n        roles: [reader, \"r-${local.domain}\"]\n", i, i)
	}
	return files{"a.yaml": b.String()}
}

// The bound is far above what it takes, and far below what anything quadratic would.
func TestTwentyThousandMembersLoadInSeconds(t *testing.T) {
	started := time.Now()
	d, diags := load(t, manyMembers(20_000), Options{})
	same(t, "diagnostics", nil, diags)
	if n := len(d.Resources); n != 20_001 {
		t.Errorf("got %d resources", n)
	}
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestOneLongLineIsNotQuadratic(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\norganizations: {acme: {members: {")
	for i := range 20_000 {
		fmt.Fprintf(&b, "\"é%d@acme.example\": {name: x}, ", i)
	}
	b.WriteString("}}}\n")
	started := time.Now()
	_, diags := load(t, files{"a.yaml": b.String()}, Options{})
	same(t, "diagnostics", nil, diags)
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func BenchmarkLoad(b *testing.B) {
	content := manyMembers(20_000)["a.yaml"]
	for b.Loop() {
		var diags Diagnostics
		if readYAML(newText("a.yaml", ".", []byte(content)), &diags) == nil {
			b.Fatal(diags)
		}
	}
}
