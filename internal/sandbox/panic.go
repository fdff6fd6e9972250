package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// A panic in a handler is a mistake of the sandbox. It becomes one answer 500; the sandbox lives on, and nothing that
// the handler had half done stays.

// survive turns a panic into an answer. It is deferred where the lock is still held.
func (s *Server) survive(c *call, reply *response) {
	problem := recover()
	if problem == nil {
		return
	}
	s.options.Log.Error("a mistake in the sandbox", slog.String("endpoint", c.route.method+" "+c.route.pattern),
		slog.String("panic", fmt.Sprint(problem)), slog.String("stack", string(debug.Stack())))
	*reply = refused(internalError("The sandbox made a mistake; see its log."), c.env)
	if c.route.access == read {
		return // it held the lock for reading, and changed nothing
	}
	if err := s.undo(c); err != nil {
		s.options.Log.Error("undoing what was half done", slog.Any("error", err))
		s.store.broken.Store(true)
	}
}

// undo brings back the state before a call that was not kept: from the disk, which has everything that was. In memory
// alone there is no other copy: when something may have changed, the sandbox refuses to go on.
func (s *Server) undo(c *call) error {
	if s.store.dir == "" {
		if len(c.changes) > 0 {
			return errors.New("without a directory there is nothing to go back to")
		}
		return nil
	}
	kept, err := load(s.store.dir)
	if err != nil {
		return err
	}
	s.state = kept
	return nil
}
