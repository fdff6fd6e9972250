package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

var started = time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC)

func head() Head {
	return Head{ToolVersion: "1.2.3", Started: started, Digest: "sha256:aa", Target: plan.Target{ProjectID: "project-test-1"}, Policy: plan.DefaultPolicy()}
}

// kept starts a journal in a new directory.
func kept(t *testing.T) *Journal {
	t.Helper()
	j, err := NewJournal(filepath.Join(t.TempDir(), "journals"), head())
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// paper is a disk that knows what was synced, and is full after some bytes.
type paper struct {
	mu             sync.Mutex
	written, saved []byte
	room           int // -1: no end
}

var errFull = errors.New("no space left on device")

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.room >= 0 && len(p.written)+len(b) > p.room {
		b = b[:p.room-len(p.written)]
		p.written = append(p.written, b...)
		return len(b), errFull
	}
	p.written = append(p.written, b...)
	return len(b), nil
}

func (p *paper) Sync() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.saved = bytes.Clone(p.written)
	return nil
}

func (p *paper) Close() error { return nil }

// account reads what is surely on the disk.
func (p *paper) account(t testing.TB) *Account {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	a, err := readAccount("paper", bytes.NewReader(p.saved))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// on writes a journal to a paper, beginning with its head.
func on(t testing.TB, p *paper) *Journal {
	t.Helper()
	j := &Journal{name: "paper", file: p, open: map[plan.Need]bool{}}
	if err := j.head(head()); err != nil {
		t.Fatal(err)
	}
	return j
}

// endings are what a journal says of every operation, as ADDRESS#STEP: ending.
func endings(a *Account) []string {
	var list []string
	for _, b := range a.Begun {
		result := b.Result
		if result == "" {
			result = "-"
		}
		list = append(list, name(plan.Need{Address: b.Change.Address, Step: b.Step})+" "+string(result))
	}
	return list
}

func TestAJournalTellsHowEveryOperationEnded(t *testing.T) {
	p := planOf(append(twoStep(), change("there", step(0)), change("old", step(0)), change("lost", step(0)), change("boom", step(0)), change("late", step(3, "boom")))...)
	w := &world{hook: func(_ context.Context, op plan.Operation) error {
		switch op.Change.Address {
		case "m":
			return errRefused
		case "there":
			return plan.ErrInPlace
		case "old":
			return errStale
		case "lost":
			return &plan.Failure{Message: "cut off", Uncertain: true}
		case "boom":
			panic("boom")
		}
		return nil
	}}
	j := kept(t)
	if _, err := Run(t.Context(), p, w, Options{Parallelism: 1, Journal: j}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := ReadJournal(j.Name())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"rbac_policy done", "there in_place", "old stale", "lost unknown", "boom unknown", "m failed", "other done"}
	if diff := cmp.Diff(want, endings(a)); diff != "" {
		t.Errorf("endings (-want +got):\n%s", diff)
	}
	if a.Ended {
		t.Error("the journal says that all is known, and two endings are not")
	}
	wantHead := head()
	wantHead.FormatVersion = JournalVersion
	if diff := cmp.Diff(wantHead, a.Head); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
	if got := a.Begun[5]; got.Reason != "Email format is invalid." || got.Status != 400 {
		t.Errorf("the failure reads %q, %d", got.Reason, got.Status)
	}
}

func TestAJournalHoldsWhatAnOperationIs(t *testing.T) {
	c := change("organization/acme/member/ada", step(0))
	c.ID, c.OrganizationID, c.Kind, c.Key = "member-1", "organization-1", "member", "ada"
	c.Steps[0].Attributes = []plan.Attribute{
		{Name: "name", Before: "Ada", After: "A <b>"}, {Name: "seats", Before: json.Number("12345678901234567890"), After: nil},
	}
	c.Steps[0].Needs = []plan.Need{{Address: "organization/acme", Step: 0}}
	c.Risks = []plan.Risk{{Class: plan.PasswordCleared, Reason: "why"}}
	disk := &paper{room: -1}
	j := on(t, disk)
	if err := j.begin(plan.Operation{Change: &c}); err != nil {
		t.Fatal(err)
	}
	got := disk.account(t).Begun[0]
	want := c
	want.Attributes, want.Steps = c.Steps[0].Attributes, []plan.Step{{Needs: c.Steps[0].Needs}}
	if diff := cmp.Diff(&want, got.Change); diff != "" || got.Line != 2 || got.Step != 0 {
		t.Errorf("read from line %d as step %d (-want +got):\n%s", got.Line, got.Step, diff)
	}
}

func TestNothingSecretIsInAJournal(t *testing.T) {
	const canary = "canary-7f3a"
	c := change("a", step(0))
	c.Attributes = []plan.Attribute{{Name: "client_secret", Before: canary, After: canary, Sensitive: true, Reference: &plan.Reference{Env: "NAME"}}}
	disk := &paper{room: -1}
	if err := on(t, disk).begin(plan.Operation{Change: &c}); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(disk.written, []byte(canary)) {
		t.Errorf("the journal holds a secret: %s", disk.written)
	}
	if c.Attributes[0].After != canary {
		t.Error("the plan lost what it had")
	}
}

func TestTheLineIsOnTheDiskBeforeAnythingIsSent(t *testing.T) {
	var changes []plan.Change
	for i := range 50 {
		changes = append(changes, change(string(rune('a'+i%26))+strings.Repeat("x", i), step(0), step(1)))
	}
	disk := &paper{room: -1}
	w := &world{hook: func(_ context.Context, op plan.Operation) error {
		for _, b := range disk.account(t).Begun {
			if b.Change.Address == op.Change.Address && b.Step == op.Step {
				return nil
			}
		}
		t.Errorf("%s#%d was sent, and its line is not on the disk", op.Change.Address, op.Step)
		return nil
	}}
	j := on(t, disk)
	if _, err := Run(t.Context(), planOf(changes...), w, Options{Journal: j}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if a := disk.account(t); !a.Ended || len(a.Begun) != 100 {
		t.Errorf("ended: %t, %d operations", a.Ended, len(a.Begun))
	}
}

// Wherever the disk is full, what was not written down was not done, and the
// report says why.
func TestAFullDiskStopsTheRun(t *testing.T) {
	p := planOf(change("a", step(0)), change("b", step(0)), change("c", step(0)), change("d", step(1, "a")))
	whole := &paper{room: -1}
	j := on(t, whole)
	begun := len(whole.written)
	if _, err := Run(t.Context(), p, failing(), Options{Parallelism: 1, Journal: j}); err != nil {
		t.Fatal(err)
	}
	for room := begun; room < len(whole.written); room++ {
		disk, w := &paper{room: room}, failing()
		j := on(t, disk)
		r, err := Run(t.Context(), p, w, Options{Parallelism: 1, Journal: j})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err == nil {
			t.Fatalf("room for %d bytes: closing says nothing", room)
		}
		written := map[plan.Address]bool{}
		a := disk.account(t)
		for _, b := range a.Begun {
			written[b.Change.Address] = true
		}
		for _, address := range w.started() {
			if !written[plan.Address(address)] {
				t.Fatalf("room for %d bytes: %s was done and is not written down", room, address)
			}
		}
		if a.Ended {
			t.Fatalf("room for %d bytes: the journal says that it ended", room)
		}
		refused := r.Summary.Failed == 1 && r.Summary.Skipped+r.Summary.NotTried == 3-r.Summary.Done
		if all := r.Summary.Done == len(p.Changes); !all && !refused {
			t.Fatalf("room for %d bytes: %+v", room, r.Summary)
		}
		if want := map[bool]int{true: ExitPartly, false: ExitError}[len(w.events) > 0]; r.Summary.Failed > 0 && ExitCode(p, r) != want {
			t.Fatalf("room for %d bytes: exit code %d, want %d", room, ExitCode(p, r), want)
		}
	}
}

func TestAFailedOperationNamesTheJournal(t *testing.T) {
	disk := &paper{room: -1}
	j := on(t, disk)
	disk.room = len(disk.written)
	r, err := Run(t.Context(), planOf(change("a", step(0)), change("b", step(0))), failing(), Options{Parallelism: 1, Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a failed (the journal paper cannot be written, so this was not begun: no space left on device)", "b not_tried"}
	if diff := cmp.Diff(want, told(r)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestTheDirectoryOfJournals(t *testing.T) {
	mode := func(name string) os.FileMode {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	t.Run("is made, private, and ignored by git", func(t *testing.T) {
		j := kept(t)
		dir := filepath.Dir(j.Name())
		if mode(dir) != 0o700 || mode(j.Name()) != 0o600 {
			t.Errorf("modes %o and %o, want 700 and 600", mode(dir), mode(j.Name()))
		}
		if content, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || string(content) != "*\n" {
			t.Errorf(".gitignore: %q, %v", content, err)
		}
		if !strings.HasPrefix(filepath.Base(j.Name()), "apply-20261122T101112Z-") {
			t.Errorf("it is called %s", j.Name())
		}
	})
	t.Run("gets no .gitignore where files of others are", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "acme.yaml"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewJournal(dir, head()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, ".gitignore")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf(".gitignore: %v", err)
		}
	})
	t.Run("that cannot be one is an error that names it", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewJournal(file, head()); err == nil || !strings.Contains(err.Error(), "starting the journal in "+file) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("takes many applies of one second", func(t *testing.T) {
		dir, names := t.TempDir(), map[string]bool{}
		for range 30 {
			j, err := NewJournal(dir, head())
			if err != nil {
				t.Fatal(err)
			}
			names[j.Name()] = true
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if len(names) != 30 {
			t.Errorf("%d names for 30 applies", len(names))
		}
	})
}
