package catalog

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

var update = flag.Bool("update", false, "rewrite the reference pages")

func TestTheReferencePagesAreCurrent(t *testing.T) {
	for _, k := range All().Kinds() {
		name := filepath.Join("..", "..", "docs", "reference", k.Name()+".md")
		want := kind.Reference(k)
		if *update {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not what the kind says; run go test ./internal/catalog -run Reference -update\n%s", name, diff)
		}
	}
}
