package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/apply"
)

// A recording is one apply that nobody killed: what there was, at the disk and in
// Stytch, at every instant at which it could have been.
type recording struct {
	journal  []byte
	log      []byte // of the sandbox
	instants []instant
	writes   int
}

// An instant is how much of both files there was. What the process had written
// is there however it dies; what it had not is not.
type instant struct{ journal, log int }

// record carries out the whole apply and notes the sizes of both files before
// and after every write. Between two writes, every line of the journal is an
// instant of its own.
func (c *scene) record(t *testing.T) recording {
	t.Helper()
	s := c.open(t, nil)
	defer s.close()
	journals := quick(t)
	var mu sync.Mutex
	type span struct{ journal, log int }
	var before, after []span
	look := func() span {
		journal, err := os.ReadFile(theJournal(t, journals))
		if err != nil {
			t.Error(err)
		}
		log, err := os.ReadFile(filepath.Join(s.dir, "log.jsonl"))
		if err != nil {
			t.Error(err)
		}
		return span{len(journal), len(log)}
	}
	s.place(func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		before = append(before, look())
		recorder := httptest.NewRecorder()
		serve.ServeHTTP(recorder, r)
		after = append(after, look())
		pass(w, recorder)
	})
	report := filepath.Join(quick(t), "report.json")
	s.must(t, "apply", "--auto-approve", "--replan", "--parallelism", "4", "--journal", journals, "--report", report, c.document)
	c.plan, c.stock = addresses(t, report), s.stock(t)
	if len(c.plan) < 200 {
		t.Fatalf("the apply has %d operations, want 200", len(c.plan))
	}
	rec := recording{writes: len(after)}
	var err error
	if rec.journal, err = os.ReadFile(theJournal(t, journals)); err != nil {
		t.Fatal(err)
	}
	if rec.log, err = os.ReadFile(filepath.Join(s.dir, "log.jsonl")); err != nil {
		t.Fatal(err)
	}
	from := instant{}
	for i := range len(before) + 1 {
		until := len(rec.journal)
		if i < len(before) {
			until = before[i].journal
		}
		rec.instants = append(rec.instants, from)
		for at := from.journal; at < until; {
			at += bytes.IndexByte(rec.journal[at:], '\n') + 1
			rec.instants = append(rec.instants, instant{at, from.log})
		}
		if i < len(before) {
			from = instant(after[i])
		}
	}
	return rec
}

func pass(w http.ResponseWriter, r *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), r.Header())
	w.WriteHeader(r.Code)
	_, _ = w.Write(r.Body.Bytes())
}

func theJournal(t testing.TB, dir string) string {
	found, err := filepath.Glob(filepath.Join(dir, "apply-*.jsonl"))
	if err != nil || len(found) != 1 {
		t.Errorf("%s holds %d journals, want one", dir, len(found))
		return ""
	}
	return found[0]
}

// addresses are those of a saved report's operations.
func addresses(t testing.TB, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Operations []struct {
			Address string `json:"address"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(content, &report); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, o := range report.Operations {
		list = append(list, o.Address)
	}
	return list
}

// An apply of some 200 operations is killed at every instant at which its files
// differ, and torn lines between them. The next apply, with the journal or
// without it, brings everything to where it was to be, and the journal and
// Stytch agree.
func TestKilledAtEveryWriteBoundary(t *testing.T) {
	c := setScene(t)
	rec := c.record(t)
	stride := 1
	if testing.Short() {
		stride = 23
	}
	t.Logf("%d operations, %d instants", len(c.plan), len(rec.instants))
	for i := 0; i < len(rec.instants); i += stride {
		at := rec.instants[i]
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := c.open(t, rec.log[:at.log])
			defer s.close()
			journal := rec.journal[:at.journal]
			if next := bytes.IndexByte(rec.journal[at.journal:], '\n'); i%3 == 0 && next > 0 {
				journal = rec.journal[:at.journal+i%next] // torn
			}
			dir := quick(t)
			if err := os.WriteFile(filepath.Join(dir, "apply-20261122T101112Z-00000001.jsonl"), journal, 0o600); err != nil {
				t.Fatal(err)
			}
			c.carryOn(t, s, dir, i/stride%2 == 0)
		})
	}
}

// carryOn applies again after a kill and checks what the journal promised.
func (c *scene) carryOn(t *testing.T, s *site, journals string, with bool) {
	t.Helper()
	name := theJournal(t, journals)
	cut, err := apply.ReadJournal(name)
	if err != nil {
		t.Fatal(err)
	}
	if !with {
		journals = quick(t)
	}
	report := filepath.Join(journals, "report.json")
	_, talk := s.must(t, "apply", "--auto-approve", "--replan", "--journal", journals, "--report", report, c.document)
	if diff := cmp.Diff(c.stock, s.stock(t)); diff != "" {
		t.Fatalf("what there is after a whole apply (-) and after a killed one (+):\n%s", diff)
	}
	found := cut
	if with && cut.FormatVersion != "" && !cut.Ended {
		if found, err = apply.ReadJournal(name); err != nil {
			t.Fatal(err)
		}
		if !found.Ended {
			t.Fatalf("the journal was not picked up:\n%s", talk)
		}
	}
	want, unsure := left(c.plan, found)
	got := addresses(t, report)
	for _, address := range c.plan {
		if planned := slices.Contains(got, address); planned != want[address] && !unsure[address] {
			t.Errorf("%s: left to do: %t; by the journal: %t\n%s", address, planned, want[address], talk)
		}
	}
	for _, address := range got {
		if !slices.Contains(c.plan, address) {
			t.Errorf("%s is in the second plan alone", address)
		}
	}
}

// left says by a journal which addresses are left to do: what never began, and
// what began and was not done, in its last step. Unsure is what the journal
// leaves open.
func left(addresses []string, a *apply.Account) (want, unsure map[string]bool) {
	want, unsure = map[string]bool{}, map[string]bool{}
	for _, address := range addresses {
		want[address] = true
	}
	for _, b := range a.Begun {
		address := string(b.Change.Address)
		want[address] = b.Result != apply.EndDone || address == "rbac_policy" && b.Step == 0
		unsure[address] = b.Open()
	}
	return want, unsure
}

// The same with processes that are really killed, by SIGKILL, around writes that
// are still under way: before the request reaches Stytch, after it was carried
// out and before the answer, and after the answer.
func TestAKilledProcess(t *testing.T) {
	program, err := exec.LookPath("stytch-reconcile")
	if err != nil {
		t.Fatal(err) // TestMain puts it there
	}
	c := setScene(t)
	rec := c.record(t)
	writes := rec.writes - 20 // the last ones may be done before the signal arrives
	stride := 17
	if testing.Short() {
		stride = 61
	}
	for k := 1; k <= writes; k += stride {
		for _, when := range []string{"before the request", "before the answer", "after the answer"} {
			t.Run(fmt.Sprintf("%s of write %d", when, k), func(t *testing.T) {
				t.Parallel()
				s := c.open(t, nil)
				defer s.close()
				journals := quick(t)
				command := exec.CommandContext(t.Context(), program, "apply", "--auto-approve", "--journal", journals, c.document)
				for name, value := range s.environment() {
					command.Env = append(command.Env, name+"="+value)
				}
				started := make(chan struct{})
				s.place(killer(k, when, func() {
					<-started
					_ = command.Process.Kill()
				}))
				if err := command.Start(); err != nil {
					t.Fatal(err)
				}
				close(started)
				if err := command.Wait(); err == nil || command.ProcessState.ExitCode() != -1 {
					t.Fatalf("it was not killed: %v", command.ProcessState)
				}
				s.settle()
				a, err := apply.ReadJournal(theJournal(t, journals))
				if err != nil {
					t.Fatal(err)
				}
				if a.InProgress() {
					t.Fatal("a dead process holds the journal")
				}
				c.carryOn(t, s, journals, (k/stride)%2 == 0)
			})
		}
	}
}

// killer kills around the kth write. What was under way besides is carried out.
func killer(k int, when string, kill func()) func(http.ResponseWriter, *http.Request, http.Handler) {
	var mu sync.Mutex
	count := 0
	return func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
		mu.Lock()
		count++
		now := count == k
		mu.Unlock()
		if now && when == "before the request" {
			kill()
			panic(http.ErrAbortHandler)
		}
		recorder := httptest.NewRecorder()
		serve.ServeHTTP(recorder, r)
		if now && when == "before the answer" {
			kill()
			panic(http.ErrAbortHandler)
		}
		pass(w, recorder)
		if now {
			_ = http.NewResponseController(w).Flush()
			kill()
		}
	}
}
