// Package stytchreconcile_test holds the house together: it checks which room
// may know of which.
package stytchreconcile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/stytch-reconcile/stytch-reconcile/"

// A room is a package and the arrows that may start from it. What is in no room
// may not be imported by any; a new package needs a row and a reason.
type room struct {
	path    string
	imports []string // packages of ours
	why     string   // the reason for there being no other arrow
}

var rooms = []room{
	{"pkg/plan", nil, "a plan is pure data that every other room reads, so it must stand alone"},
	{"spec", nil, "the language knows no kind and no Stytch: whoever reads documents needs nothing else"},
	{"internal/sandbox", nil, "the sandbox must not share code with what it tests, or one misunderstanding would pass twice"},
	{"internal/client", nil, "a connection carries bytes and knows nothing of what they mean"},
	{"internal/kind", []string{"spec", "pkg/plan", "internal/client"}, "the description of kinds must not know a single kind"},
	{"internal/sink", []string{"pkg/plan", "internal/client"}, "a sink takes an address and a secret, and knows nothing of where they come from"},
	{"internal/catalog", []string{"internal/kind", "spec", "pkg/plan", "internal/client"}, "a kind says what Stytch is; how plans are applied and shown is not its affair"},
	{"pkg/apply", []string{"pkg/plan"}, "an apply carries out any plan through an Actor, without knowing kinds or Stytch"},
	{"internal/render", []string{"pkg/plan"}, "what is shown is in the plan: rendering that looked elsewhere could show what was not reviewed"},
	{"internal/notice", []string{"pkg/plan", "internal/render"}, "a notice says what the plan says; where it goes and what was told before is its only affair"},
	{
		"internal/kindtest",
		[]string{"internal/catalog", "internal/kind", "internal/client", "internal/sandbox", "pkg/plan", "pkg/apply", "spec"},
		"the conformance suite drives the kinds against the sandbox and needs no rendering or command",
	},
}

// Commands may import everything; nothing may import them.
var commands = []string{"cmd/", "tools/"}

// A ban says what a room must not reach, however far away it is; or, where the
// standard library brings it along anyway, what it must not import itself.
type ban struct {
	room     string
	what     string // an import path, with all below it
	directly bool
	why      string
}

var bans = []ban{
	{"pkg/plan", "net", false, "planning is pure: a plan that could ask the network would not be a function of what was read"},
	{"pkg/plan", "log", false, "planning is pure: what it has to say is in the plan"},
	{"pkg/plan", "os", true, "planning is pure: no environment or file may decide what is deleted"},
	{"pkg/plan", "time", true, "planning is pure: the same inputs give the same bytes at any hour"},
	{"pkg/plan", "context", true, "what needs a context is not core"},
	{"pkg/plan", "math/rand", false, "planning is pure: the same inputs give the same bytes"},
	{"pkg/plan", sdk, false, "a plan must be readable and comparable without Stytch"},
	{"spec", "net", false, "documents read no network: whoever writes one could send secrets away"},
	{"spec", "os/exec", false, "documents execute no code"},
	{"spec", sdk, false, "the language knows no Stytch"},
	{"internal/sandbox", sdk, false, "the sandbox is written from the documentation; the SDK's types would hide where the SDK is wrong"},
	{"pkg/apply", "net", false, "an apply writes through its Actor alone"},
	{"internal/render", "net", false, "rendering reads the plan and nothing else"},
}

// parsing are the packages below net that reach no network.
var parsing = []string{"net/url", "net/netip"}

const sdk = "github.com/stytchauth"

// A keeper is a dependency that only some rooms may import directly.
type keeper struct {
	what  string
	rooms []string
	tests bool // whether tests may import it everywhere
	why   string
}

var keepers = []keeper{
	{sdk, []string{"internal/client", "internal/catalog"}, true, "the SDKs change with Stytch: two rooms feel it, not ten"},
	{"gopkg.in/yaml.v3", []string{"spec"}, true, "YAML's traps are decided in one place"},
	{"github.com/hashicorp/hcl", []string{"spec", "internal/kind"}, true, "HCL is the language's affair; kinds know its positions alone"},
	{"github.com/google/go-cmp", nil, true, "go-cmp panics on what it cannot compare: it belongs to tests"},
	{"pgregory.net/rapid", nil, true, "a test library"},
	{"os/exec", []string{"internal/sink", "cmd/stytch-reconcile"}, true, "only git, for --base, and the command of a secret sink are started"},
	{"unsafe", nil, false, "nothing here needs it"},
}

// A listed package is what `go list -json` says of one.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

// packages are ours, by their path in the module.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	lookAtSources(t)
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	found := map[string]listed{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if path, ok := strings.CutPrefix(p.ImportPath, module); ok {
			found[path] = p
		}
	}
	return found
}

// lookAtSources lets the test cache know on which files the verdict depends:
// it cannot see what `go list` reads.
func lookAtSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		_, err = os.Stat(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportArrows(t *testing.T) {
	for path, p := range packages(t) {
		i := slices.IndexFunc(rooms, func(r room) bool { return r.path == path })
		if i < 0 && !isCommand(path) {
			t.Errorf("%s is no room of the house: give it a row, its arrows and a reason", path)
		}
		for _, imported := range p.Imports {
			ours, ok := strings.CutPrefix(imported, module)
			switch {
			case !ok:
			case isCommand(ours):
				t.Errorf("%s imports %s: a command is the end of every arrow", path, ours)
			case i >= 0 && !slices.Contains(rooms[i].imports, ours):
				t.Errorf("%s imports %s, which it must not: %s", path, ours, rooms[i].why)
			}
		}
	}
}

func isCommand(path string) bool {
	return slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(path+"/", c) })
}

func TestWhatARoomMustNotReach(t *testing.T) {
	all := packages(t)
	for _, b := range bans {
		reached := all[b.room].Deps
		if b.directly {
			reached = all[b.room].Imports
		}
		for _, dependency := range reached {
			if within(dependency, b.what) && !slices.Contains(parsing, dependency) {
				t.Errorf("%s reaches %s: %s", b.room, dependency, b.why)
				break
			}
		}
	}
}

func TestWhoKeepsADependency(t *testing.T) {
	for path, p := range packages(t) {
		for _, k := range keepers {
			imports := p.Imports
			if !k.tests {
				imports = slices.Concat(imports, p.TestImports, p.XTestImports)
			}
			i := slices.IndexFunc(imports, func(imported string) bool { return within(imported, k.what) })
			if i >= 0 && !slices.Contains(k.rooms, path) {
				t.Errorf("%s imports %s: %s", path, imports[i], k.why)
			}
		}
	}
}

// within reports whether an import path is another or lies below it.
func within(path, above string) bool {
	return path == above || strings.HasPrefix(path, above+"/")
}
