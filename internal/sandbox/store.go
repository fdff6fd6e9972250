package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"
)

// The files of a state directory. A change is appended to the log before it is answered; when the log has grown, and
// at start and close, everything is written to the state file at once and the log starts again, empty.
const (
	stateFile = "state.json"
	logFile   = "log.jsonl"
	lockFile  = "lock"
)

// defaultCompactAfter is how many logged requests lead to a new state file.
const defaultCompactAfter = 20_000

// errBroken is the answer to every write after one that could not be kept: memory is then ahead of the disk.
var errBroken = errors.New("an earlier change could not be written to the state directory")

// A store keeps the state in a directory, or nowhere when dir is empty. All but sync are called with the server's lock
// held for writing.
type store struct {
	dir    string
	lock   *flock.Flock
	file   *os.File // the log, opened for appending
	logged int      // lines since the last state file
	closed bool

	compactAfter int

	broken  atomic.Bool
	written int64      // lines appended since the store was opened
	syncing sync.Mutex // guards synced; one fsync serves every request that waited for it
	synced  int64
}

// openStore locks the directory, loads what it holds and starts a new log.
func openStore(dir string) (*store, *state, error) {
	s := &store{dir: dir, compactAfter: defaultCompactAfter}
	if dir == "" {
		return s, newState(), nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	s.lock = flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	locked, err := s.lock.TryLock()
	if err != nil {
		return nil, nil, err
	}
	if !locked {
		return nil, nil, fmt.Errorf("%s is in use by another sandbox", dir)
	}
	loaded, err := s.open()
	if err != nil {
		return nil, nil, errors.Join(err, s.lock.Unlock())
	}
	return s, loaded, nil
}

func (s *store) open() (*state, error) {
	loaded, err := load(s.dir)
	if err != nil {
		return nil, err
	}
	s.file, err = os.OpenFile(filepath.Join(s.dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := s.compact(loaded); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return loaded, nil
}

// append logs one request's changes as one line and gives the number to pass to sync.
func (s *store) append(b batch) (int64, error) {
	if s.broken.Load() {
		return 0, errBroken
	}
	line, err := json.Marshal(b)
	if err != nil {
		return 0, err
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		s.broken.Store(true)
		return 0, err
	}
	s.logged++
	s.written++
	return s.written, nil
}

// sync returns when the line with this number is on the disk. It is called without the server's lock.
func (s *store) sync(line int64) error {
	if line == 0 {
		return nil
	}
	s.syncing.Lock()
	defer s.syncing.Unlock()
	if s.synced >= line {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		s.broken.Store(true)
		return err
	}
	s.synced = line
	return nil
}

// compact writes the whole state to the state file and empties the log. A crash in between is harmless: replaying the
// old log over the new state file ends in the same state, because every line holds whole objects.
func (s *store) compact(st *state) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	if err := writeState(s.dir, st); err != nil {
		s.broken.Store(true)
		return err
	}
	if err := s.file.Truncate(0); err != nil {
		s.broken.Store(true)
		return err
	}
	s.logged, s.synced = 0, s.written
	return nil
}

// close writes the state file and gives the directory free.
func (s *store) close(st *state) error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.dir == "" {
		return nil
	}
	var err error
	if !s.broken.Load() {
		err = s.compact(st)
	}
	return errors.Join(err, s.file.Close(), s.lock.Unlock())
}

// append keeps a batch and gives the number to pass to store.sync, 0 when there is nothing to wait for.
func (s *Server) append(b batch) (int64, error) {
	if board := s.faults.Load(); board != nil && board.past != nil && len(b) > 0 {
		if err := board.past.add(b); err != nil {
			return 0, err
		}
	}
	return s.keep(b)
}

// keep is append for what is no write in the eyes of a client.
func (s *Server) keep(b batch) (int64, error) {
	if len(b) == 0 || s.store.dir == "" {
		return 0, nil
	}
	line, err := s.store.append(b)
	if err == nil && s.store.logged >= s.store.compactAfter {
		err = s.store.compact(s.state)
	}
	return line, err
}

// commit keeps a batch and waits for the disk.
func (s *Server) commit(b batch) error {
	line, err := s.append(b)
	if err != nil {
		return err
	}
	return s.store.sync(line)
}
