package catalog

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// later is what Stytch's APIs manage and this version does not. Whoever builds
// it drops the row.
var later = [][2]string{
	{"creation and removal of projects", "create them in the dashboard; a document names the project that it is about"},
	{"creation and removal of environments", "create them in the dashboard; the settings of one are the kind environment"},
	{"creation and rotation of secrets and public tokens", "create them in the dashboard; the kinds secret and public_token guard them and remove old ones"},
	{"roles of single organizations (a private beta of Stytch's)", "declare the project's roles in rbac_policy"},
	{"the metadata URL of a SAML connection", "declare what it says: idp_entity_id, idp_sso_url, verification_certificates"},
	{"resetting settings that always exist to Stytch's defaults", "declare the values that they should have"},
}

func TestTheCoveragePageIsCurrent(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "coverage.md")
	want := kind.Coverage(All(), later)
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/coverage.md is not what the kinds say; run go test ./internal/catalog -run Coverage -update\n%s", diff)
	}
}
