package kindtest

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The gallery shows how every kind, every action that it can have and every class
// of risk that it can state look to a reviewer, in text and in Markdown: a plan
// of each scene, made over HTTP against the sandbox. Read testdata/gallery as if
// it were a pull request.

var updateGallery = flag.Bool("update", false, "write the gallery anew")

// A picture is one scene: what there was, what was applied before, what happened
// then by hand, and what is asked for.
type picture struct {
	name    string // a sentence
	world   func(t *testing.T, w *World)
	before  string // a document's body; "" for a project in which nothing was done yet
	prepare func(t *testing.T, w *World)
	after   string
	allow   []string // limits that are lifted, so that the picture is of the change and not of the block
}

// gallery is the scenes by kind. Each kind has its file, gallery_KIND_test.go.
var gallery = map[string][]picture{}

// exhibit adds the scenes of a kind.
func exhibit(kind string, scenes ...picture) bool { //nolint:unparam // so that a package variable can call it
	gallery[kind] = append(gallery[kind], scenes...)
	return true
}

// pictured are what the pictures of a kind show.
type pictured struct{ actions, classes map[string]bool }

func TestGallery(t *testing.T) {
	shown := map[string]pictured{}
	for _, k := range catalog.All().Kinds() {
		seen := pictured{map[string]bool{}, map[string]bool{}}
		shown[k.Name()] = seen
		if len(gallery[k.Name()]) == 0 {
			continue // missingPictures says so
		}
		t.Run(k.Name(), func(t *testing.T) {
			text, markdown := paint(t, k.Name(), gallery[k.Name()], seen)
			hung(t, k.Name()+".txt", text)
			hung(t, k.Name()+".md", markdown)
		})
	}
	if t.Failed() {
		return
	}
	for _, complaint := range missingPictures(t, shown) {
		t.Error(complaint)
	}
}

// ephemeral is what differs from run to run.
var ephemeral = []struct {
	pattern *regexp.Regexp
	stable  string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:DIGEST"},
}

// paint makes the pictures of a kind's scenes and notes what they show.
func paint(t *testing.T, kind string, scenes []picture, seen pictured) (text, markdown string) {
	t.Helper()
	var asText, asMarkdown bytes.Buffer
	fmt.Fprintf(&asMarkdown, "# %s\n", kind)
	for i, s := range scenes {
		p := s.plan(t)
		for _, c := range p.Changes {
			if c.Kind != kind {
				continue
			}
			seen.actions[string(c.Action)] = true
			for _, r := range c.Risks {
				seen.classes[r.Class] = true
			}
		}
		if i > 0 {
			asText.WriteString("\n\n")
		}
		fmt.Fprintf(&asText, "%s %s\n\n", strings.Repeat("=", 6), s.name)
		fmt.Fprintf(&asMarkdown, "\n## %s\n\n", s.name)
		if err := render.Text(&asText, p, render.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := render.Markdown(&asMarkdown, p, render.MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	text, markdown = asText.String(), asMarkdown.String()
	for _, e := range ephemeral {
		text, markdown = e.pattern.ReplaceAllString(text, e.stable), e.pattern.ReplaceAllString(markdown, e.stable)
	}
	return text, markdown
}

// plan is the plan of a scene. Documents stand in no directory.
func (s picture) plan(t *testing.T) *plan.Plan {
	t.Helper()
	w := New(t, Options{Parallelism: 1})
	if s.world != nil {
		s.world(t, w)
	}
	if s.before != "" {
		w.Apply(t, state(s.before))
	}
	if s.prepare != nil {
		s.prepare(t, w)
	}
	p, diagnostics, err := w.TryPlan(t, state(s.after), s.allow...)
	if err != nil || diagnostics.HasErrors() {
		t.Fatalf("%s: %v\n%s", s.name, err, words(diagnostics))
	}
	if len(p.Changes) == 0 {
		t.Fatalf("%s: nothing would change", s.name)
	}
	for i := range p.Changes {
		if source := p.Changes[i].Source; source != nil {
			p.Changes[i].Source = &plan.Source{File: filepath.Base(source.File), Line: source.Line, Column: source.Column}
		}
	}
	return p
}

// hung compares a picture with the one in the gallery, or hangs it there.
func hung(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "gallery", name)
	if *updateGallery {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); -run Gallery -update writes it anew, then read it:\n%s", path, diff)
	}
}

// missingPictures says which actions that a kind can have, and which classes of
// risk that it can state, no picture shows; and which pictures are of nothing.
func missingPictures(t *testing.T, shown map[string]pictured) []string {
	t.Helper()
	var complaints []string
	complain := func(kind, what string) {
		complaints = append(complaints, fmt.Sprintf("no picture of %s shows %s: add a scene to gallery_%s_test.go", kind, what, kind))
	}
	stated := statedClasses(t)
	for _, k := range catalog.All().Kinds() {
		traits := k.Traits()
		for action, can := range map[plan.Action]bool{
			plan.Create: traits.Creatable, plan.Update: changeable(k), plan.Delete: traits.Deletable, plan.Restore: traits.Restorable,
		} {
			if can && !shown[k.Name()].actions[string(action)] {
				complain(k.Name(), "the action "+string(action))
			}
		}
		for class := range stated[k.Name()] {
			if !shown[k.Name()].classes[class] {
				complain(k.Name(), "the risk "+class)
			}
		}
	}
	hanging, err := os.ReadDir(filepath.Join("testdata", "gallery"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range hanging {
		kind := strings.TrimSuffix(file.Name(), filepath.Ext(file.Name()))
		if len(gallery[kind]) == 0 {
			complaints = append(complaints, file.Name()+" hangs in the gallery and shows nothing: remove it")
		}
	}
	for kind := range gallery {
		if _, ok := catalog.All().Lookup(kind); !ok {
			complaints = append(complaints, "the gallery has pictures of "+kind+", which is no kind")
		}
	}
	for kind, seen := range shown {
		for class := range seen.classes {
			if !slices.ContainsFunc(plan.RiskClasses(), func(c plan.RiskClass) bool { return c.ID == class }) {
				complaints = append(complaints, kind+" states the risk "+class+", which is not registered: see pkg/plan/risk.go")
			}
		}
	}
	slices.Sort(complaints)
	return complaints
}

var (
	riskConstant = regexp.MustCompile(`(?m)^\t(\w+) += "([a-z-]+)"$`)
	riskStated   = regexp.MustCompile(`(?:\brisk\(|Class: *)(plan\.\w+|"[^"]*"|\w+)`)
)

// statedClasses are the classes of risk that the source of each kind names. What
// stands in a file of several kinds is under "".
func statedClasses(t *testing.T) map[string]map[string]bool {
	t.Helper()
	registry, err := os.ReadFile("../../pkg/plan/risk.go")
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string]string{}
	for _, m := range riskConstant.FindAllStringSubmatch(string(registry), -1) {
		classes["plan."+m[1]] = m[2]
	}
	files, err := filepath.Glob("../catalog/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of kinds, %v", len(files), err)
	}
	stated := map[string]map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := kindOfFile(name)
		if stated[kind] == nil {
			stated[kind] = map[string]bool{}
		}
		for _, m := range riskStated.FindAllStringSubmatch(string(source), -1) {
			class, known := classes[m[1]]
			switch {
			case known:
				stated[kind][class] = true
			case m[1] != "class": // the parameter of a function that is called so
				t.Errorf("%s states the risk %s, which pkg/plan/risk.go does not register", name, m[1])
			}
		}
		if strings.Contains(string(source), "\tIssues: ") {
			stated[kind][plan.SecretIssued] = true
		}
	}
	return stated
}

// kindOfFile is the kind whose name begins that of a file, the longest of several.
func kindOfFile(name string) string {
	found := ""
	for _, k := range catalog.All().Kinds() {
		rest, ok := strings.CutPrefix(name, k.Name())
		if ok && len(k.Name()) > len(found) && (rest == ".go" || strings.HasPrefix(rest, "_")) {
			found = k.Name()
		}
	}
	return found
}

func TestTheGalleryNoticesWhatItDoesNotShow(t *testing.T) {
	shown := map[string]pictured{}
	stated := statedClasses(t)
	for _, k := range catalog.All().Kinds() {
		shown[k.Name()] = pictured{map[string]bool{"create": true, "update": true, "delete": true, "restore": true}, maps.Clone(stated[k.Name()])}
	}
	if complaints := missingPictures(t, shown); len(complaints) > 0 {
		t.Fatalf("all is shown, and yet: %q", complaints)
	}
	delete(shown["member"].actions, "restore")
	delete(shown["organization"].classes, plan.LockOut)
	shown["redirect_url"].classes["made-up"] = true
	want := []string{
		"no picture of member shows the action restore: add a scene to gallery_member_test.go",
		"no picture of organization shows the risk lock-out: add a scene to gallery_organization_test.go",
		"redirect_url states the risk made-up, which is not registered: see pkg/plan/risk.go",
	}
	if diff := cmp.Diff(want, missingPictures(t, shown)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
