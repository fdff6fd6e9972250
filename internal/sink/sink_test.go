package sink_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/sink"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const canary = "canary \"quoted\" <secret>\nsecond line"

func open(t *testing.T, place string, environ ...string) (sink.Sink, error) {
	t.Helper()
	p, err := sink.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Open(t.Context(), append(environ, "PATH="+os.Getenv("PATH")))
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name) //nolint:gosec // a file of the test
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAFileTakesALineForEachSecret(t *testing.T) {
	name := filepath.Join(t.TempDir(), "secrets.jsonl")
	for range 2 { // the second run appends
		s, err := open(t, "file:"+name)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := s.Keep(t.Context(), plan.Address(fmt.Sprintf("m2m_client/%d", i)), "client_secret", client.NewSecret(canary)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	seen := map[string]int{}
	for text := range strings.Lines(content(t, name)) {
		var line map[string]string
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["value"] != canary || line["attribute"] != "client_secret" || len(line) != 3 {
			t.Errorf("%v", line)
		}
		seen[line["address"]]++
	}
	if len(seen) != 20 || seen["m2m_client/7"] != 2 {
		t.Errorf("%v", seen)
	}
}

func TestHalfALineSpoilsNoSecret(t *testing.T) {
	name := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(name, []byte(`{"address":"a`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := open(t, "file:"+name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "b", "x", client.NewSecret("y")); err != nil {
		t.Fatal(err)
	}
	whole := "{\"address\":\"a\n{\"address\":\"b\",\"attribute\":\"x\",\"value\":\"y\"}\n"
	if diff := cmp.Diff(whole, content(t, name)); diff != "" {
		t.Error(diff)
	}
	// Nor does half a line of this run: the disk was full, and is not any more.
	if err := os.WriteFile(name, []byte(whole+`{"address":"c`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "d", "x", client.NewSecret("y")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole+"{\"address\":\"c\n{\"address\":\"d\",\"attribute\":\"x\",\"value\":\"y\"}\n", content(t, name)); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatOthersMayUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("group", 0o640)
	put("world", 0o604)
	put("fine", 0o600)
	if err := os.Symlink("fine", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"group": "others may use", "world": "its mode is 0604", "link": "is a symbolic link", ".": "is not a regular file", "missing/secrets": "no such file or directory",
	} {
		if _, err := open(t, "file:"+filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := open(t, "file:"+filepath.Join(dir, "fine")); err != nil {
		t.Error(err)
	}
}

func TestACommandReadsEachSecretFromItsStandardInput(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	s, err := open(t, "command:cat >> "+out+"; env >> "+out+".env; echo $0 $* >> "+out+".args", "STYTCH_SECRET=canary-credential", "VAULT_TOKEN=kept")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []plan.Address{"m2m_client/a", "m2m_client/b"} {
		if err := s.Keep(t.Context(), address, "client_secret", client.NewSecret("canary-issued")); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"address":"m2m_client/a","attribute":"client_secret","value":"canary-issued"}` + "\n" +
		`{"address":"m2m_client/b","attribute":"client_secret","value":"canary-issued"}` + "\n"
	if diff := cmp.Diff(want, content(t, out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	environment := content(t, out+".env")
	for _, wanted := range []string{"STYTCH_RECONCILE_ADDRESS=m2m_client/b", "STYTCH_RECONCILE_ATTRIBUTE=client_secret", "VAULT_TOKEN=kept"} {
		if !strings.Contains(environment, wanted) {
			t.Errorf("%s is not in the environment:\n%s", wanted, environment)
		}
	}
	if strings.Contains(environment+content(t, out+".args"), "canary") {
		t.Errorf("a secret is in the environment or the arguments:\n%s", environment)
	}
}

func TestACommandThatFailsSaysSoAndRepeatsNothing(t *testing.T) {
	s, err := open(t, "command:cat >&2; cat; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	err = s.Keep(t.Context(), "m2m_client/a", "client_secret", client.NewSecret("canary-issued"))
	if err == nil || err.Error() != "the command of the secret sink: exit status 3" {
		t.Errorf("%v", err)
	}
}

// The keyboard's interrupt reaches every process of the terminal. It must not
// cost the secret of an object that exists.
func TestAnInterruptDoesNotReachTheCommand(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s, err := open(t, "command:kill -INT $$; kill -TERM $$; cat > "+out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "a", "x", client.NewSecret("canary-issued")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(content(t, out), "canary-issued") {
		t.Error("the secret is lost")
	}
}

func TestACommandThatCannotRunIsKnownBefore(t *testing.T) {
	for command, want := range map[string]string{
		"no-such-program-anywhere --put": "there is no program no-such-program-anywhere",
		"cat > 'out":                     "the shell does not understand the command",
	} {
		if _, err := open(t, "command:"+command); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", command, err, want)
		}
	}
	for _, command := range []string{"cat > /dev/null", "if true; then cat; fi", "X=1 cat", "(cat)"} {
		if _, err := open(t, "command:"+command); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestWhatIsNoPlaceIsRefused(t *testing.T) {
	for _, text := range []string{"secrets.json", "file:", "command: ", "vault:x", ""} {
		if _, err := sink.Parse(text); err == nil || !strings.Contains(err.Error(), "it must be file:PATH or command:CMD") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
