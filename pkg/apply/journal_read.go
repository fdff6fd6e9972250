package apply

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// An Account is what a journal says of an apply.
type Account struct {
	Head // empty when the run was cut off before it was written

	File  string
	Begun []Begun // in the order of the file
	Ended bool    // the run is over, and how every operation ended is known

	whole int64    // bytes of the complete lines
	file  *os.File // while it is ours to continue
}

// A Begun is one operation that began: a change of one step, with the attributes
// of that step.
type Begun struct {
	plan.Operation

	Line   int // in the file, from 1
	Step   int // of the plan's change, from 0
	Result Ending
	ID     string // of the object, where it was learned
	Reason string // why it failed, or why its end is not known
	Status int    // with which Stytch refused it, 0 if it did not
	found  bool   // the result was found by Settle
	final  bool   // no further look would find another
}

// Open reports whether nobody knows how the operation ended.
func (b *Begun) Open() bool { return b.Result == "" || b.Result == EndUnknown }

// ReadJournal reads a journal. Whatever was torn off its end, what is left is an
// account of what was surely written.
func ReadJournal(name string) (*Account, error) {
	file, err := os.Open(name) //nolint:gosec // whoever runs the program names the file
	if err != nil {
		return nil, fmt.Errorf("reading a journal: %w", err)
	}
	defer func() { _ = file.Close() }()
	return readAccount(name, file)
}

// InProgress reports whether a process that lives is writing the journal.
func (a *Account) InProgress() bool {
	if a.Ended {
		return false
	}
	file, err := os.Open(a.File)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return lock(file, false)
}

func readAccount(name string, r io.Reader) (*Account, error) {
	a := &Account{File: name}
	last := map[plan.Need]int{}
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return a, nil // what has no end was torn
		}
		if err != nil {
			return nil, fmt.Errorf("reading the journal %s: %w", name, err)
		}
		if err := a.line(number, line, last); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		a.whole += int64(len(line))
	}
}

// line reads one line. Last are the operations so far, by address and step.
func (a *Account) line(number int, text []byte, last map[plan.Need]int) error {
	var l struct {
		Event string `json:"event"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("this is not a line of a journal: %w", err)
	}
	if (l.Event == headEvent) != (number == 1) {
		return errors.New("this is not a journal: one starts with a line of the event " + headEvent)
	}
	switch l.Event {
	case headEvent:
		return a.head(text)
	case beginEvent:
		var b beginning
		if err := decodeLine(text, &b); err != nil {
			return err
		}
		last[plan.Need{Address: b.Address, Step: b.Step}] = len(a.Begun)
		a.Begun = append(a.Begun, b.begun(number))
	case endEvent:
		var e end
		if err := decodeLine(text, &e); err != nil {
			return err
		}
		i, began := last[plan.Need{Address: e.Address, Step: e.Step}]
		if !began {
			return fmt.Errorf("%s ends and has not begun", e.Address)
		}
		a.Begun[i].Result, a.Begun[i].ID = e.Result, e.ID
		if e.Error != nil {
			a.Begun[i].Reason, a.Begun[i].Status = e.Error.Message, e.Error.Status
		}
	case lastEvent:
		a.Ended = true
	}
	return nil // a newer version may have further events
}

func (a *Account) head(text []byte) error {
	var h headLine
	if err := decodeLine(text, &h); err != nil {
		return err
	}
	major, _, _ := strings.Cut(h.FormatVersion, ".")
	if mine, _, _ := strings.Cut(JournalVersion, "."); major != mine {
		return fmt.Errorf("the journal has format version %q; this program reads %s", h.FormatVersion, JournalVersion)
	}
	a.Head = h.Head
	return nil
}

func (b *beginning) begun(number int) Begun {
	return Begun{
		Line: number, Step: b.Step,
		Operation: plan.Operation{Change: &plan.Change{
			Address: b.Address, Action: b.Action, Kind: b.Kind, Key: b.Key, ID: b.ID, OrganizationID: b.OrganizationID,
			Attributes: b.Attributes, Risks: b.Risks, Steps: []plan.Step{{Needs: b.Needs}},
		}},
	}
}

// decodeLine keeps numbers as they are written, as a saved plan does.
func decodeLine(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("this is not a line of a journal: %w", err)
	}
	return nil
}
