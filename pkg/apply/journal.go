package apply

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// JournalVersion is the version of the form of a journal's lines. Fields and
// events are only ever added to it.
const JournalVersion = "1.0"

// A Journal is the write-ahead record of one apply: a file of JSON lines, of
// which each is on the disk before what it announces can happen.
//
//	{"event":"apply",…}   first: which plan, for which environment, when
//	{"event":"begin",…}   before an operation sends anything: all of it, what was there before included
//	{"event":"end",…}     how the operation ended
//	{"event":"ended"}     last: the run is over, and how every operation ended is known
//
// Whoever is killed in between leaves operations that began and did not end, and
// no others can be in doubt. A last line that was torn says nothing. Nothing
// depends on the file: whoever plans again without it converges all the same.
//
// A Journal is safe for concurrent use. The process that writes it holds a lock
// on it that ends with the process.
type Journal struct {
	name string
	file disk

	mu      sync.Mutex
	written int64 // lines
	broken  error // why nothing is written any more: what follows a torn line could not be read
	open    map[plan.Need]bool

	syncing sync.Mutex // one fsync serves every operation that waits for it
	synced  int64
}

// A disk is what a journal needs of a file.
type disk interface {
	io.WriteCloser
	Sync() error
}

// A Head is the first line of a journal: the apply that it is of.
type Head struct {
	FormatVersion string      `json:"format_version"`
	ToolVersion   string      `json:"tool_version"`
	Started       time.Time   `json:"started"`
	Digest        string      `json:"digest"`
	Target        plan.Target `json:"target"`
	Policy        plan.Policy `json:"policy"`
}

// The events of a journal's lines.
const (
	headEvent  = "apply"
	beginEvent = "begin"
	endEvent   = "end"
	lastEvent  = "ended"
)

type headLine struct {
	Event string `json:"event"`
	Head
}

// A beginning is the line of an operation that is about to be carried out.
type beginning struct {
	Event          string           `json:"event"`
	Address        plan.Address     `json:"address"`
	Action         plan.Action      `json:"action"`
	Kind           string           `json:"kind"`
	Key            string           `json:"key"`
	ID             string           `json:"id,omitempty"`
	OrganizationID string           `json:"organization_id,omitempty"`
	Step           int              `json:"step"` // from 0
	Attributes     []plan.Attribute `json:"attributes"`
	Risks          []plan.Risk      `json:"risks"`
	Needs          []plan.Need      `json:"needs,omitempty"`
}

// An end is the line of an operation that has ended.
type end struct {
	Event   string        `json:"event"`
	Address plan.Address  `json:"address"`
	Step    int           `json:"step"`
	Result  Ending        `json:"result"`
	ID      string        `json:"id,omitempty"`
	Error   *plan.Failure `json:"error,omitempty"`
}

// An Ending says in a journal how an operation ended.
type Ending string

// The endings of an operation. The last two are found by reading, after a run
// that was cut off.
const (
	EndDone    Ending = "done"
	EndInPlace Ending = "in_place" // nothing had to be written
	EndFailed  Ending = "failed"   // a write of several requests may have made some of them
	EndStale   Ending = "stale"    // nothing was written, because somebody else had
	EndUnknown Ending = "unknown"
	EndNotDone Ending = "not_done" // the object is as it was before
	EndChanged Ending = "changed"  // it is neither as before nor as the operation makes it
)

// NewJournal starts the journal of an apply in a directory, which is made where
// it is missing: readable by its owner alone, for journals hold people's
// addresses, and ignored by git.
func NewJournal(dir string, h Head) (*Journal, error) {
	j, err := startJournal(dir, h)
	if err != nil {
		return nil, fmt.Errorf("starting the journal in %s: %w", dir, err)
	}
	return j, nil
}

func startJournal(dir string, h Head) (*Journal, error) {
	if err := readyJournals(dir); err != nil {
		return nil, err
	}
	name, file, err := newJournalFile(dir, h.Started)
	if err != nil {
		return nil, err
	}
	lock(file, true) // before the first line: a journal without one is nobody's to pick up
	j := &Journal{name: name, file: file, open: map[plan.Need]bool{}}
	if err := j.head(h); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	if err := syncDirectory(dir); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	return j, nil
}

// readyJournals makes the directory. One that holds something is left as it is:
// a .gitignore there would hide files that are none of ours.
func readyJournals(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
}

// newJournalFile makes a file that no other apply has, of this second or of
// another process.
func newJournalFile(dir string, started time.Time) (string, *os.File, error) {
	for {
		var random [4]byte
		_, _ = rand.Read(random[:]) // never fails
		name := filepath.Join(dir, fmt.Sprintf("apply-%s-%s.jsonl", started.UTC().Format("20060102T150405Z"), hex.EncodeToString(random[:])))
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // whoever runs the program names the directory
		if !errors.Is(err, fs.ErrExist) {
			return name, file, err
		}
	}
}

// Name is the journal's file.
func (j *Journal) Name() string { return j.name }

func (j *Journal) head(h Head) error {
	h.FormatVersion = JournalVersion
	line, err := j.append(headLine{Event: headEvent, Head: h})
	if err != nil {
		return err
	}
	return j.sync(line)
}

// begin puts an operation on the disk. Only when it returns nil may anything of
// the operation be sent.
func (j *Journal) begin(op plan.Operation) error {
	c := op.Change
	line, err := j.append(beginning{
		Event: beginEvent, Address: c.Address, Action: c.Action, Kind: c.Kind, Key: c.Key, ID: c.ID, OrganizationID: c.OrganizationID,
		Step: op.Step, Attributes: withoutSecrets(op.Attributes()), Risks: c.Risks, Needs: op.Needs(),
	})
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.open[plan.Need{Address: c.Address, Step: op.Step}] = true
	j.mu.Unlock()
	return j.sync(line)
}

// withoutSecrets are the attributes as they may stand in a file: a plan holds no
// value of what is sensitive, and a journal would not pass one on.
func withoutSecrets(attributes []plan.Attribute) []plan.Attribute {
	safe := make([]plan.Attribute, len(attributes))
	for i, a := range attributes {
		if a.Sensitive {
			a.Before, a.After = nil, nil
		}
		safe[i] = a
	}
	return safe
}

// end notes how an operation ended. It need not be on the disk at once: whoever
// misses the line looks at the object.
func (j *Journal) end(op plan.Operation, id string, err error) {
	at := plan.Need{Address: op.Change.Address, Step: op.Step}
	e := end{Event: endEvent, Address: at.Address, Step: at.Step, ID: id}
	e.Result, e.Error = ended(err)
	_, failed := j.append(e)
	j.mu.Lock()
	defer j.mu.Unlock()
	if failed == nil && e.Result != EndUnknown {
		delete(j.open, at)
	}
}

// ended says how an operation ended of which the actor gave this error.
func ended(err error) (Ending, *plan.Failure) {
	switch {
	case err == nil, remark(err) != "":
		return EndDone, nil
	case errors.Is(err, plan.ErrInPlace):
		return EndInPlace, nil
	}
	f := failure(err)
	switch {
	case f.Stale:
		return EndStale, f
	case f.Uncertain || f.Type == panicked:
		return EndUnknown, f
	}
	return EndFailed, f
}

// Close ends the journal. Its last line is left out while it is not known how
// some operation ended, so that the next apply looks.
func (j *Journal) Close() error {
	j.mu.Lock()
	known, line, err := len(j.open) == 0, j.written, j.broken
	j.mu.Unlock()
	if known && err == nil {
		line, err = j.append(struct {
			Event string `json:"event"`
		}{lastEvent})
	}
	if err == nil {
		err = j.sync(line)
	}
	return errors.Join(err, j.file.Close())
}

// append writes one line and gives the number to pass to sync.
func (j *Journal) append(v any) (int64, error) {
	line, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return 0, j.broken
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		j.broken = err
		return 0, err
	}
	j.written++
	return j.written, nil
}

// sync returns when the line with this number is on the disk.
func (j *Journal) sync(line int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= line {
		return nil
	}
	j.mu.Lock()
	written := j.written
	j.mu.Unlock()
	if err := j.file.Sync(); err != nil {
		j.mu.Lock()
		j.broken = err
		j.mu.Unlock()
		return err
	}
	j.synced = written
	return nil
}
