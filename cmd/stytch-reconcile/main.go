// Command stytch-reconcile brings a Stytch B2B project to the state that
// documents declare.
//
// Read first: run in this file, then session.go (what every command that talks
// to Stytch does first), then the file of the command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/stytch-reconcile/stytch-reconcile/internal/render"
)

func main() {
	// The first interrupt ends the run in order; the second, no longer caught,
	// ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookupEnv: os.LookupEnv, environ: os.Environ()}))
}

// A program is what a run may touch of the world outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookupEnv      func(string) (string, bool)
	environ        []string // for the command of a secret sink
}

func (p program) getenv(name string) string {
	value, _ := p.lookupEnv(name)
	return value
}

// The exit codes of the contract that commands decide themselves; those of an
// apply come from pkg/apply.
const (
	exitError      = 1
	exitChanges    = 2
	exitBlocked    = 3
	exitStale      = 4
	exitPartial    = 5
	exitWaiting    = 6
	exitIncomplete = 7
)

// An exit is an error that ends the run with a code. An empty message was
// already told.
type exit struct {
	code    int
	message string
}

func (e exit) Error() string { return e.message }

// run is the whole program: what it was called with to the exit code.
func run(ctx context.Context, args []string, p program) int {
	o := &output{program: p}
	root := newRoot(o)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return o.tellWorkflow(codeOf(p.stderr, err), err)
}

// codeOf is the exit code of a run that ended with an error, which it tells.
func codeOf(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var ended exit
	if !errors.As(err, &ended) {
		tell(w, err)
		return exitError
	}
	if ended.message != "" {
		tell(w, ended)
	}
	return ended.code
}

// tell writes an error to a stream; of several that were joined, each as one of
// its own.
func tell(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // a joined error further down is part of a sentence
		for _, one := range joined.Unwrap() {
			tell(w, one)
		}
		return
	}
	fmt.Fprintf(w, "error: %s\n", render.NoCommands(err.Error()))
}
