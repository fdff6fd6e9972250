package spec

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

func TestAnUnknownNameThatIsAGapIsExplained(t *testing.T) {
	gaps := []Gap{{Names: []string{"webhook"}, What: "webhooks", Where: "create them in the dashboard"}}
	at := hcl.Range{Filename: "acme.yaml", Start: hcl.Pos{Line: 3, Column: 1}}
	explained := Errorf(at, "Stytch has no API for webhooks").WithHint("create them in the dashboard")
	tests := []struct {
		name string
		give Diagnostic
		want Diagnostic
	}{
		{"the word itself", UnknownName(at, "word", "webhook", nil), explained},
		{"its plural", UnknownName(at, "word", "webhooks", nil), explained},
		{"in capitals", UnknownName(at, "word", "Webhook", nil), explained},
		{"another word", UnknownName(at, "word", "web", nil), Errorf(at, `unknown word "web"`)},
		{"a mistake of another sort", Errorf(at, "webhook"), Errorf(at, "webhook")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list := Diagnostics{test.give}
			list.Explain(gaps)
			if diff := cmp.Diff(test.want, list[0], cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".unknown" }, cmp.Ignore())); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
