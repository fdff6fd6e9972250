package kind

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/spec"
)

func TestDocumentsSayWhichEnvironmentTheyAreAbout(t *testing.T) {
	for _, test := range []struct{ name, project, want string }{
		{"slugs", "{project_slug: acme.auth, environment_slug: test_1}", ""},
		{"an id alone", "{project_id: project-test-1}", ""},
		{"no environment", "{project_slug: acme}", "the documents do not say which environment"},
		{"a slug that leads to another path", "{project_slug: ../other, environment_slug: test}", `"../other" is no slug`},
		{"an environment with a query", "{project_slug: acme, environment_slug: 'test?x=1'}", `"test?x=1" is no slug`},
		{"a slug of dots", "{project_slug: acme, environment_slug: ..}", `".." is no slug`},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.yaml")
			if err := os.WriteFile(file, []byte("version: 1\nproject: "+test.project+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			document, diagnostics := spec.Load([]string{file}, spec.Options{Vocabulary: toys().Vocabulary()})
			if diagnostics.HasErrors() {
				t.Fatal(told(diagnostics))
			}
			desired, _ := Decode(document, toys())
			got := desired.CheckProject()
			if test.want == "" {
				if len(got) > 0 {
					t.Error(told(got))
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0].Summary, test.want) || got[0].Range.Filename != file || got[0].Range.Start.Line == 0 {
				t.Errorf("%+v, want one at its place: %q", got, test.want)
			}
		})
	}
}
