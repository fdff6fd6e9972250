package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminal reports whether a stream is one that a person sits at, and its width.
func terminal(stream any) (width int, ok bool) {
	file, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// colored decides on colour for one stream: the flag, then NO_COLOR, then
// FORCE_COLOR, then whether a person sits there.
func (o *output) colored(stream io.Writer) bool {
	_, isTerminal := terminal(stream)
	force := o.getenv("FORCE_COLOR")
	switch {
	case o.color != "auto":
		return o.color == "always"
	case o.getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case o.getenv("TERM") == "dumb":
		return false
	}
	return isTerminal
}

// confirm asks before the first write. Only the word yes is consent; to
// interrupt is to decline.
func (o *output) confirm(ctx context.Context, question string) error {
	if _, ok := terminal(o.stdin); !ok {
		return errors.New("apply asks before it writes, and there is no terminal to ask at; nothing was written. Give --auto-approve to apply without asking")
	}
	return ask(ctx, o.stdin, o.stderr, question)
}

func ask(ctx context.Context, in io.Reader, out io.Writer, question string) error {
	fmt.Fprintf(out, "\n%s\nOnly \"yes\" is taken as consent: ", question)
	type reply struct {
		line string
		err  error
	}
	answered := make(chan reply, 1)
	// A read of a terminal cannot be ended from here: after an interrupt it is left
	// to the end of the process, which follows at once.
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		answered <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		return errors.New("interrupted; nothing was written")
	case r := <-answered:
		switch {
		case r.err != nil && !errors.Is(r.err, io.EOF):
			return fmt.Errorf("reading the answer: %w", r.err)
		case strings.TrimSpace(r.line) != "yes":
			return errors.New("declined; nothing was written")
		}
		return nil
	}
}
