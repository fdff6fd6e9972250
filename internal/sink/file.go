package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A file takes each secret as a line at its end.
type file struct {
	mutex sync.Mutex
	name  string
	file  *os.File
}

// openFile opens a file for its owner alone. One that others may read, and
// everything that is no regular file, is refused: nobody can take back what was
// written there.
func openFile(name string) (Sink, error) {
	before, err := os.Lstat(name)
	flags := os.O_RDWR | os.O_APPEND
	switch {
	case errors.Is(err, fs.ErrNotExist):
		flags |= os.O_CREATE | os.O_EXCL
	case err != nil:
		return nil, fmt.Errorf("--secret-sink: %w", err)
	case before.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("--secret-sink: %s is a symbolic link; name the file itself", name)
	case !before.Mode().IsRegular():
		return nil, fmt.Errorf("--secret-sink: %s is not a regular file", name)
	case before.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("--secret-sink: others may use %s (its mode is %04o); make it 0600, or name another file", name, before.Mode().Perm())
	}
	opened, err := os.OpenFile(name, flags, 0o600) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return nil, fmt.Errorf("--secret-sink: %w", err)
	}
	f := &file{name: name, file: opened}
	if err := f.begin(before); err != nil {
		return nil, fmt.Errorf("--secret-sink: %w", errors.Join(err, opened.Close()))
	}
	return f, nil
}

// begin makes sure that the file is the one that was looked at, and is on the disk.
func (f *file) begin(before fs.FileInfo) error {
	now, err := f.file.Stat()
	if err != nil {
		return err
	}
	if before == nil {
		return syncDirectory(filepath.Dir(f.name))
	}
	if !os.SameFile(before, now) {
		return fmt.Errorf("%s was replaced while it was opened", f.name)
	}
	return nil
}

// endLine has the file end with a whole line. A run that was killed may have left
// half of one, and so may a disk that was full a moment ago.
func (f *file) endLine() error {
	now, err := f.file.Stat()
	if err != nil || now.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.file.ReadAt(last, now.Size()-1); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = f.file.WriteString("\n")
	return err
}

// syncDirectory has a new file's name survive a crash too.
func syncDirectory(name string) error {
	directory, err := os.Open(name) //nolint:gosec // the directory of the file that was named
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// Keep writes one line and has it on the disk before it returns.
func (f *file) Keep(_ context.Context, address plan.Address, attribute string, value client.Secret) error {
	text, err := line(address, attribute, value)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if err := f.add(text); err != nil {
		return fmt.Errorf("writing to the secret sink: %w", err)
	}
	return nil
}

func (f *file) add(text []byte) error {
	if err := f.endLine(); err != nil {
		return err
	}
	if _, err := f.file.Write(text); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *file) Close() error { return f.file.Close() }
