package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this very test binary as the program, each run a
// process of its own: with its exit code, its signals and its terminal.
func TestMain(m *testing.M) {
	if word, ok := platformWords[filepath.Base(os.Args[0])]; ok {
		word() // a recipe calls it
		return
	}
	testscript.Main(m, map[string]func(){"stytch-reconcile": main})
}

// params are what all scripts share. To write the golden parts of the scripts
// anew, set UPDATE_SCRIPTS=1, and read the difference before it is kept.
func params(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 filepath.Join("testdata", dir),
		Setup:               newWorld,
		Cmds:                words,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	}
}

// What a user types, and what comes back: a script each.
func TestScripts(t *testing.T) { testscript.Run(t, params("script")) }

// Documents that are wrong: a script for each mistake, named after it. They are
// told with their place, before anything is asked of Stytch.
func TestMistakes(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: two processes for each of a hundred documents, and the scripts have mistakes, too")
	}
	testscript.Run(t, params("mistakes"))
}

func TestTheMistakesAreMany(t *testing.T) {
	scripts, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) < 45 {
		t.Errorf("%d mistakes have a script, want at least 45", len(scripts))
	}
}
