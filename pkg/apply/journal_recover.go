package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// CutOff finds in a directory the journals of applies to a project that ended
// without saying so. Each is locked until it is saved or dropped; one that a
// living process writes is left alone. Notices tell of files that cannot be
// read: they never stop anybody.
func CutOff(dir, projectID string) (found []*Account, notices []error) {
	names, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "apply-*.jsonl")) // in order
	for _, name := range names {
		if endsInOrder(name) {
			continue
		}
		a, err := takeUp(name, projectID)
		if err != nil {
			notices = append(notices, err)
		}
		if a != nil {
			found = append(found, a)
		}
	}
	return found, notices
}

// escapeGlob keeps a directory's name from being read as a pattern.
func escapeGlob(dir string) string {
	var b bytes.Buffer
	for _, r := range dir {
		if r == '*' || r == '?' || r == '[' {
			b.WriteString("[" + string(r) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// endsInOrder looks at the end of a file alone: old journals are many, and may
// be long.
func endsInOrder(name string) bool {
	file, err := os.Open(name) //nolint:gosec // whoever runs the program names the directory
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	want := `{"event":"` + lastEvent + `"}` + "\n"
	if _, err := file.Seek(-int64(len(want)), io.SeekEnd); err != nil {
		return false
	}
	end, err := io.ReadAll(file)
	return err == nil && string(end) == want
}

// takeUp reads a journal that has no last line and keeps it locked. Nil is one
// that is not ours to continue.
func takeUp(name, projectID string) (*Account, error) {
	file, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // whoever runs the program names the directory
	if err != nil {
		return nil, err
	}
	if held := lock(file, false); held {
		return nil, file.Close()
	}
	a, err := readAccount(name, file)
	if err != nil || a.Ended || a.FormatVersion == "" || a.Target.ProjectID != projectID {
		return nil, errors.Join(err, file.Close())
	}
	a.file = file
	return a, nil
}

// Settle finds out how the operations ended of which the journal does not say
// so, by looking at their objects. Look gives the object's id; its error is nil
// when the object is as it was before the operation, plan.ErrInPlace when it is
// as the operation makes it, a stale *plan.Failure when it is neither, and an
// uncertain one when nobody can tell. Any other error is a failure to look.
func (a *Account) Settle(ctx context.Context, look func(context.Context, plan.Operation) (string, error)) {
	for i := range a.Begun {
		b := &a.Begun[i]
		if !b.Open() {
			continue
		}
		id, err := look(ctx, b.Operation)
		b.found, b.ID = true, id
		b.Result, b.Reason, b.final = EndNotDone, "", true
		switch {
		case errors.Is(err, plan.ErrInPlace):
			b.Result = EndDone
		case err != nil:
			f := failure(err)
			b.Result, b.Reason, b.final = EndUnknown, f.Message, f.Stale || f.Uncertain
			if f.Stale {
				b.Result = EndChanged
			}
		}
	}
}

// Found are the operations whose end was found by Settle.
func (a *Account) Found() []Begun {
	var found []Begun
	for _, b := range a.Begun {
		if b.found {
			found = append(found, b)
		}
	}
	return found
}

// Save writes into the journal what was found, and that the run is over, unless
// some object could not be read: then the next apply looks again. It gives the
// journal free.
func (a *Account) Save() error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	known := true
	for _, b := range a.Found() {
		e := end{Event: endEvent, Address: b.Change.Address, Step: b.Step, Result: b.Result, ID: b.ID}
		if b.Reason != "" {
			e.Error = &plan.Failure{Type: string(b.Result), Message: b.Reason}
		}
		known = known && b.final
		if err := encoder.Encode(e); err != nil {
			return errors.Join(err, a.Drop())
		}
	}
	if known {
		text.WriteString(`{"event":"` + lastEvent + `"}` + "\n")
	}
	return errors.Join(a.continued(text.Bytes()), a.Drop())
}

// continued writes behind the last whole line.
func (a *Account) continued(text []byte) error {
	if err := a.file.Truncate(a.whole); err != nil {
		return err
	}
	if _, err := a.file.WriteAt(text, a.whole); err != nil {
		return err
	}
	return a.file.Sync()
}

// Drop gives the journal free as it is.
func (a *Account) Drop() error { return a.file.Close() }
