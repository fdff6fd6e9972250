package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// patience is how long one process may take for one secret.
const patience = time.Minute

// A command is run once for each secret, which it reads from its standard input.
// What it prints goes nowhere: it may print the secret.
type command struct {
	text    string
	environ []string
}

// openCommand looks whether the shell understands the command and finds the
// program that it begins with.
func openCommand(ctx context.Context, text string, environ []string) (Sink, error) {
	c := command{text: text, environ: withoutOurs(environ)}
	if err := c.shell(ctx, "-n", "-c", text).Run(); err != nil {
		return nil, fmt.Errorf("--secret-sink: the shell does not understand the command: %w", err)
	}
	if first := strings.TrimSpace(firstWord.FindString(text)); first != "" {
		if err := c.shell(ctx, "-c", `command -v "$0"`, first).Run(); err != nil {
			return nil, fmt.Errorf("--secret-sink: there is no program %s", first)
		}
	}
	return c, nil
}

// firstWord is the name of a program at the beginning of a command, where
// nothing but a name can be meant.
var firstWord = regexp.MustCompile(`^[A-Za-z0-9_./+-]+(?:$|[ \t])`)

// withoutOurs is the environment without our own variables: the sink takes what
// it is given, and has no business with Stytch's credentials.
func withoutOurs(environ []string) []string {
	rest := []string{} // not nil, which would mean all of them
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "STYTCH_") {
			rest = append(rest, variable)
		}
	}
	return rest
}

func (c command) shell(ctx context.Context, args ...string) *exec.Cmd {
	process := exec.CommandContext(ctx, "sh", args...) //nolint:gosec // whoever runs the program gives the command
	process.Env = c.environ
	process.WaitDelay = time.Second // for what the shell started, and is deaf to its end
	return process
}

// Keep runs the command for one secret. An interrupt from the keyboard does not
// reach it: the object exists, and nobody will see its secret again.
func (c command) Keep(ctx context.Context, address plan.Address, attribute string, value client.Secret) error {
	text, err := line(address, attribute, value)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	process := c.shell(ctx, "-c", "trap '' INT TERM\n"+c.text)
	process.Env = slices.Concat(c.environ, []string{"STYTCH_RECONCILE_ADDRESS=" + string(address), "STYTCH_RECONCILE_ATTRIBUTE=" + attribute})
	process.Stdin = bytes.NewReader(text)
	switch err := process.Run(); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the command of the secret sink did not end within %s", patience)
	case err != nil:
		return fmt.Errorf("the command of the secret sink: %w", err)
	}
	return nil
}

// Close does nothing: no process outlives Keep.
func (c command) Close() error { return nil }
