package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
)

// What hurt the users of other tools, played against this one: a script each,
// named after the issue in which somebody told of it, OWNER-REPOSITORY-NUMBER.
func TestIncidents(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: they go where the scripts go, by many processes")
	}
	testscript.Run(t, params("incidents"))
}

func TestTheIncidentsAreMany(t *testing.T) {
	scripts, err := filepath.Glob("testdata/incidents/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) < 12 {
		t.Errorf("%d incidents have a script, want at least 12", len(scripts))
	}
}

// faults RULE… makes the sandbox fail as the rules say, or, without a rule, work again.
func faults(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: faults RULE…")
	}
	var rules []sandbox.Fault
	for _, text := range args {
		rule, err := sandbox.ParseFault(text)
		ts.Check(err)
		rules = append(rules, rule)
	}
	ts.Check(worldOf(ts).sandbox.SetFaults(sandbox.Faults{Rules: rules}))
}

// populate FILE N FORMAT appends a line for each number below N to a file, with
// the number in the place of %d.
func populate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: populate FILE N FORMAT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, strings.ReplaceAll(args[2], "%d", strconv.Itoa(i)))
	}
	ts.Check(appendTo(ts.MkAbs(args[0]), b.String()))
}

func appendTo(name, text string) (err error) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.WriteString(text)
	return err
}
