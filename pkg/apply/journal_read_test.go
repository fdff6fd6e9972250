package apply

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// sample is a journal with endings of many sorts.
func sample(t testing.TB) []byte {
	t.Helper()
	disk := &paper{room: -1}
	j := on(t, disk)
	p := planOf(append(twoStep(), change("x", step(0)))...)
	w := &world{fails: map[plan.Need]error{{Address: "x"}: errRefused}}
	if _, err := Run(t.Context(), p, w, Options{Parallelism: 1, Journal: j}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return disk.saved
}

// Wherever a journal is torn, it is read, and says no more than the whole one.
func TestATornJournal(t *testing.T) {
	content := sample(t)
	whole, err := readAccount("j", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if !whole.Ended {
		t.Fatal("the whole journal has not ended")
	}
	for size := range content {
		a, err := readAccount("j", bytes.NewReader(content[:size]))
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if lines := bytes.Count(content[:size], []byte("\n")); a.Ended || (lines > 0) != (a.FormatVersion != "") {
			t.Fatalf("%d bytes: ended: %t, head: %q", size, a.Ended, a.FormatVersion)
		}
		for i, b := range a.Begun {
			if full := whole.Begun[i]; b.Result != "" && b.Result != full.Result || b.Change.Address != full.Change.Address {
				t.Fatalf("%d bytes: operation %d is %s %q, want %s %q or nothing", size, i, b.Change.Address, b.Result, full.Change.Address, full.Result)
			}
			if text := string(content[:size]); b.Result != "" && strings.Count(text, `"event":"end"`) < ends(a) {
				t.Fatalf("%d bytes: an end was invented", size)
			}
		}
	}
}

func ends(a *Account) int {
	return len(slices.DeleteFunc(slices.Clone(a.Begun), func(b Begun) bool { return b.Result == "" }))
}

func TestWhatIsNoJournal(t *testing.T) {
	first, _, _ := strings.Cut(string(sample(t)), "\n")
	for _, test := range []struct{ name, content, want string }{
		{"another file", "apiVersion: v1\n", "j:1: this is not a line of a journal"},
		{"JSON of something else", "{}\n", "j:1: this is not a journal"},
		{"a journal of the future", strings.Replace(first, `"1.0"`, `"2.0"`, 1) + "\n", `format version "2.0"; this program reads 1.0`},
		{"a broken line in the middle", first + "\nnonsense\n" + `{"event":"ended"}` + "\n", "j:2: this is not a line of a journal"},
		{"two journals in one", first + "\n" + first + "\n", "j:2: this is not a journal"},
		{"an end without a beginning", first + "\n" + `{"event":"end","address":"a","step":0,"result":"done"}` + "\n", "j:2: a ends and has not begun"},
		{"a number where a text is", first + "\n" + `{"event":"begin","address":7}` + "\n", "j:2: this is not a line of a journal"},
		{"an event of a newer version is passed over", first + "\n" + `{"event":"pause"}` + "\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAccount("j", strings.NewReader(test.content))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzReadJournal(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte("{\"event\":\"apply\"}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := readAccount("j", bytes.NewReader(content))
		if err == nil && a.whole > int64(len(content)) {
			t.Error("more was read than there is")
		}
	})
}

// cut writes a journal as a killed process leaves it: bytes, and no lock.
func cut(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// until is the sample up to and including the nth line, and a torn one.
func until(t *testing.T, n int) string {
	t.Helper()
	lines := strings.SplitAfter(string(sample(t)), "\n")
	return strings.Join(lines[:n], "") + `{"event":"en`
}

func TestCutOffJournalsAreFound(t *testing.T) {
	dir := t.TempDir()
	ours := cut(t, dir, "apply-20261122T101112Z-00000002.jsonl", until(t, 2))
	first := cut(t, dir, "apply-20261122T101112Z-00000001.jsonl", until(t, 2))
	cut(t, dir, "apply-20261122T101112Z-00000003.jsonl", string(sample(t)))
	cut(t, dir, "apply-20261122T101112Z-00000004.jsonl", strings.ReplaceAll(until(t, 2), "project-test-1", "project-test-2"))
	cut(t, dir, "apply-20261122T101112Z-00000005.jsonl", "")
	cut(t, dir, "apply-20261122T101112Z-00000006.jsonl", `{"event":"app`)
	broken := cut(t, dir, "apply-20261122T101112Z-00000007.jsonl", "nonsense\n")
	cut(t, dir, "notes.txt", "nonsense\n")
	alive, err := NewJournal(dir, head())
	if err != nil {
		t.Fatal(err)
	}
	found, notices := CutOff(dir, "project-test-1")
	var names []string
	for _, a := range found {
		names = append(names, a.File)
	}
	if diff := cmp.Diff([]string{first, ours}, names); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if len(notices) != 1 || !strings.Contains(notices[0].Error(), broken) {
		t.Errorf("notices: %v", notices)
	}
	if again, _ := CutOff(dir, "project-test-1"); len(again) > 0 {
		t.Errorf("%s is taken by two", again[0].File)
	}
	for _, a := range found {
		if err := a.Drop(); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := ReadJournal(alive.Name()); err != nil || !a.InProgress() {
		t.Errorf("%v; a journal that is written is not in progress", err)
	}
	if err := alive.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err := ReadJournal(alive.Name()); err != nil || a.InProgress() {
		t.Errorf("%v; a journal that has ended is in progress", err)
	}
}

func TestADirectoryWhoseNameIsAPattern(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*c")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cut(t, dir, "apply-20261122T101112Z-00000001.jsonl", until(t, 2))
	found, _ := CutOff(dir, "project-test-1")
	if len(found) != 1 {
		t.Fatalf("found %d journals, want one", len(found))
	}
	if err := found[0].Drop(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatBecameOfACutOffApplyIsFoundAndWritten(t *testing.T) {
	for _, test := range []struct {
		name  string
		look  error
		want  Ending
		ended bool
	}{
		{"what is in place was done", plan.ErrInPlace, EndDone, true},
		{"what is as before was not done", nil, EndNotDone, true},
		{"what is neither was changed", errStale, EndChanged, true},
		{"what could not be read is still open", errOther, EndUnknown, false},
		{"what nobody can tell is not asked for again", &plan.Failure{Uncertain: true, Message: "a secret"}, EndUnknown, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			file := cut(t, dir, "apply-20261122T101112Z-00000001.jsonl", until(t, 6))
			found, notices := CutOff(dir, "project-test-1")
			if len(found) != 1 || len(notices) > 0 {
				t.Fatalf("found %d, notices %v", len(found), notices)
			}
			open := found[0].Begun[len(found[0].Begun)-1]
			var asked []plan.Address
			found[0].Settle(t.Context(), func(_ context.Context, op plan.Operation) (string, error) {
				asked = append(asked, op.Change.Address)
				return "id-1", test.look
			})
			if diff := cmp.Diff([]plan.Address{open.Change.Address}, asked); diff != "" || !open.Open() {
				t.Fatalf("asked for (-want +got):\n%s", diff)
			}
			if err := found[0].Save(); err != nil {
				t.Fatal(err)
			}
			a, err := ReadJournal(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Begun[len(a.Begun)-1]; got.Result != test.want || got.ID != "id-1" || a.Ended != test.ended {
				t.Errorf("%q with id %q, ended: %t; want %q, ended: %t", got.Result, got.ID, a.Ended, test.want, test.ended)
			}
			again, _ := CutOff(dir, "project-test-1")
			if (len(again) == 0) != test.ended {
				t.Errorf("found %d again", len(again))
			}
			for _, a := range again {
				if err := errors.Join(a.Save()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
